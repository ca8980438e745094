"""`traffic_ctl config reload` loads changed files, all of them or none.

One Traffic Server (with its manager) runs through all of this file, with clients that keep asking. A
reload takes Traffic Server up to six seconds, so each test makes one or two.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from maps import DE, GB, US
from steady_clients import load, nobody_notices  # noqa: F401, used by all tests
from traffic_server import DATABASES, TrafficServer

COUNTRY = DATABASES / "loopback-country.mmdb"
SWAPPED = DATABASES / "loopback-country-swapped.mmdb"


def configuration(database: str = "loopback-country.mmdb", page: str = "deny.html",
                  country: str = "US") -> str:
    return (f"maxmind:\n  database: {database}\n  html: {page}\n"
            f"  allow:\n    country:\n      - {country}\n")


REMAP = "\n".join(
    f"map http://{name}.example/ {{origin}} @plugin={{plugin}} @pparam={name}.yaml"
    for name in ("steady", "off", "rules", "database", "page"))


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    files = {
        "steady.yaml": configuration(page="steady.html") + '  deny:\n    regex: [["*", "x$"]]\n',
        "off.yaml": configuration() + "  reload: off\n",
        "rules.yaml": configuration(),
        "database.yaml": configuration(database="changing.mmdb") + "  allow_older: true\n",
        "page.yaml": configuration(page="changing.html"),
        "loopback-country.mmdb": COUNTRY,
        "changing.mmdb": COUNTRY,
        "deny.html": "<p>denied</p>\n",
        "changing.html": "<p>first</p>\n",
        "steady.html": "<p>steady</p>\n" * 4000,  # by the way of large pages
    }
    with TrafficServer(REMAP, files=files, managed=True) as running:
        yield running


def statuses(server: TrafficServer, host: str) -> tuple[int, int, int]:
    return tuple(server.get(client, host).status for client in (US, DE, GB))


def test_a_broken_configuration_changes_nothing_and_a_corrected_one_is_loaded(
        server: TrafficServer) -> None:
    assert statuses(server, "rules.example") == (200, 403, 403)
    start = len(server.log("diags.log"))
    server.write("rules.yaml", configuration(country="GB").replace("country:", "contry:"))
    assert server.reload() == "failed"
    assert statuses(server, "rules.example") == (200, 403, 403)
    assert re.search(r"rules\.yaml:5:5: error: ", server.log("diags.log")[start:])
    # The corrected file alone triggers the load: no other file changes.
    server.write("rules.yaml", configuration(country="GB"))
    assert server.reload() == "loaded"
    assert statuses(server, "rules.example") == (403, 403, 200)


def test_with_reload_off_the_rules_stay_where_another_file_fails(server: TrafficServer) -> None:
    assert statuses(server, "off.example") == (200, 403, 403)
    rules = (server.etc / "rules.yaml").read_text(encoding="utf-8")
    server.write("off.yaml", configuration(country="GB") + "  reload: off\n")
    server.write("rules.yaml", rules.replace("country:", "contry:"))
    assert server.reload() == "failed"
    assert statuses(server, "off.example") == (200, 403, 403)
    server.write("rules.yaml", rules)
    assert server.reload() == "loaded"
    assert statuses(server, "off.example") == (403, 403, 200)


def test_a_replaced_database_answers_anew(server: TrafficServer) -> None:
    assert statuses(server, "database.example") == (200, 403, 403)
    server.write("changing.mmdb", SWAPPED)
    assert server.reload() == "loaded"
    assert statuses(server, "database.example") == (403, 200, 403)
    server.write("changing.mmdb", COUNTRY)
    assert server.reload() == "loaded"
    assert statuses(server, "database.example") == (200, 403, 403)


def test_a_database_that_breaks_on_disk_changes_nothing(server: TrafficServer) -> None:
    content = COUNTRY.read_bytes()
    # In place, like a careless copy: the file of the running policy shrinks and changes.
    with open(server.etc / "changing.mmdb", "r+b") as file:
        file.truncate(100)
        file.write(b"\xff" * 100)
    server.touch("changing.mmdb")
    assert statuses(server, "database.example") == (200, 403, 403)
    start = len(server.log("diags.log"))
    assert server.reload() == "failed"
    assert statuses(server, "database.example") == (200, 403, 403)
    assert re.search(r"database\.yaml:2:13: error: .*changing\.mmdb",
                     server.log("diags.log")[start:])
    server.write("changing.mmdb", content)
    assert server.reload() == "loaded"
    assert statuses(server, "database.example") == (200, 403, 403)


def test_a_changed_page_is_sent(server: TrafficServer) -> None:
    assert server.get(DE, "page.example").body == b"<p>first</p>\n"
    server.write("changing.html", "<p>second</p>\n")
    assert server.reload() == "loaded"
    assert server.get(DE, "page.example").body == b"<p>second</p>\n"


def test_a_page_that_goes_missing_changes_nothing_and_its_return_is_noticed(
        server: TrafficServer) -> None:
    (server.etc / "changing.html").unlink()
    server.touch("remap.config")
    assert server.reload() == "failed"
    assert server.get(DE, "page.example").status == 403
    server.write("changing.html", "<p>third</p>\n")
    assert server.reload() == "loaded"
    assert server.get(DE, "page.example").body == b"<p>third</p>\n"
