"""Changed files are loaded without a command, and an invalid change changes nothing.

One Traffic Server runs through all of this file, with clients that keep asking a map whose files are
rewritten all the time, and no command is given to it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from maps import DE, GB, US
from steady_clients import load, nobody_notices  # noqa: F401, used by all tests
from traffic_server import DATABASES, TrafficServer
from waiting import HANG_SECONDS, eventually

COUNTRY = DATABASES / "loopback-country.mmdb"
NEWER = DATABASES / "loopback-country-swapped.mmdb"
#: Newer, too, and US alone is in it.
LOST = DATABASES / "one-country.mmdb"


def configuration(database: str = "loopback-country.mmdb", country: str = "US",
                  more: str = "reload: 100ms", page: str = "page.html") -> str:
    return (f"maxmind:\n  database: {database}\n  html: {page}\n  {more}\n"
            f"  allow:\n    country:\n      - {country}\n")


def built(epoch: int) -> bytes:
    """The database as if it had been built at that time."""
    content = COUNTRY.read_bytes()
    key = b"build_epoch\x04\x02"  # an integer of 64 bits, written in four bytes
    place = content.index(key) + len(key)
    return content[:place] + epoch.to_bytes(4, "big") + content[place + 4:]


LISTS = "    ip_file: [allowed.conf]\n  deny:\n    ip_file: [blocked.conf]\n"
PASS = "maxmind:\n  database: loopback-country.mmdb\n  reload: 100ms\n  deny: {country: [DE]}\n"
#: A change is seen after one second and counts as settled after another.
SLOW = "reload: 1s\n  jitter: 0s"
NAMES = ("steady", "rules", "twice", "database", "older", "lost", "off", "page", "lists", "slow", "late", "stale",
         "stale-too", "pass")
REMAP = "\n".join(
    [f"map http://{name}.example/ {{origin}} @plugin={{plugin}} @pparam={name}.yaml"
     for name in NAMES]
    + ["map http://again.example/ {origin} @plugin={plugin} @pparam=twice.yaml"])


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    files = {
        "steady.yaml": configuration(more="reload: 10ms"),
        "rules.yaml": configuration(),
        "twice.yaml": configuration(),
        "database.yaml": configuration("changing.mmdb", more="reload: 100ms\n  allow_older: true"),
        "older.yaml": configuration("older.mmdb"),
        "lost.yaml": configuration("lost.mmdb", country="DE"),
        "off.yaml": configuration(more="reload: off"),
        "page.yaml": configuration(page="changing.html"),
        "changing.html": "<p>first</p>\n",
        "lists.yaml": configuration() + LISTS,
        "allowed.conf": f"{DE}\n",
        "blocked.conf": "# nobody\n",
        "slow.yaml": configuration(more=SLOW),
        "late.yaml": configuration(more="reload: 10ms\n  jitter: 1d"),
        "stale.yaml": configuration("stale.mmdb"),
        "stale-too.yaml": configuration("stale.mmdb"),
        "pass.yaml": PASS,
        "loopback-country.mmdb": COUNTRY,
        "changing.mmdb": COUNTRY,
        "older.mmdb": NEWER,
        "lost.mmdb": COUNTRY,
        "stale.mmdb": built(1577836800),  # 2020-01-01
        "page.html": "<p>denied</p>\n" * 1000,  # by the way of large pages
    }
    with TrafficServer(REMAP, files=files) as running:
        yield running


def statuses(server: TrafficServer, name: str) -> tuple[int, int, int]:
    return tuple(server.get(client, f"{name}.example").status for client in (US, DE, GB))


def becomes(server: TrafficServer, name: str, expected: tuple[int, int, int]) -> None:
    eventually(lambda: statuses(server, name), expected)


def stays(server: TrafficServer, name: str, expected: tuple[int, int, int],
          seconds: float = 2) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert statuses(server, name) == expected
        time.sleep(0.05)


def news(server: TrafficServer, start: int) -> str:
    return server.log("diags.log")[start:]


def position(server: TrafficServer) -> int:
    return len(server.log("diags.log"))


def test_changed_rules_come_into_force(server: TrafficServer) -> None:
    assert statuses(server, "rules") == (200, 403, 403)
    server.write("rules.yaml", configuration(country="GB"))
    becomes(server, "rules", (403, 403, 200))


def test_a_new_bypass_rule_lets_a_denied_client_through_and_keeps_the_default(server: TrafficServer) -> None:
    assert statuses(server, "pass") == (200, 403, 200)
    server.write("pass.yaml", PASS + f"  bypass: {{ip: [{DE}]}}\n")
    becomes(server, "pass", (200, 200, 200))
    assert server.get("127.99.1.1", "pass.example").status == 200


def test_broken_rules_change_nothing_and_are_reported_once(server: TrafficServer) -> None:
    before = statuses(server, "rules")
    start = position(server)
    server.write("rules.yaml", configuration(country="DE").replace("country:", "contry:"))
    eventually(lambda: "rules.yaml: not reloaded: the running rules stay in use"
               in news(server, start))
    assert "rules.yaml:6:5: error: " in news(server, start)
    stays(server, "rules", before)
    assert news(server, start).count("rules.yaml: not reloaded") == 1
    server.write("rules.yaml", configuration(country="DE"))
    becomes(server, "rules", (403, 200, 403))


def test_a_missing_file_is_loaded_when_it_appears(server: TrafficServer) -> None:
    start = position(server)
    server.write("rules.yaml",
                 configuration(country="US").replace("page.html", "not-there-yet.html"))
    eventually(lambda: "rules.yaml: not reloaded" in news(server, start))
    stays(server, "rules", (403, 200, 403), 0.5)
    server.write("not-there-yet.html", "<p>here</p>\n")
    becomes(server, "rules", (200, 403, 403))


def test_a_changed_page_is_sent(server: TrafficServer) -> None:
    assert server.get(DE, "page.example").body == b"<p>first</p>\n"
    server.write("changing.html", "<p>second</p>\n")
    eventually(lambda: server.get(DE, "page.example").body == b"<p>second</p>\n")


def test_changed_lists_are_loaded(server: TrafficServer) -> None:
    assert statuses(server, "lists") == (200, 200, 403)
    server.write("blocked.conf", f"{US}\n")
    becomes(server, "lists", (403, 200, 403))
    server.write("allowed.conf", f"{GB}\n")
    becomes(server, "lists", (403, 403, 200))


REFUSED = "has errors; the running list stays in use (1 entry)"
EMPTIED = "has lost all its entries; allow_empty: true accepts that; the running list stays in use (1 entry)"


@pytest.mark.parametrize("content, reason", [
    (f"{DE}\nnonsense\n", REFUSED), (f"{DE}\n198.51.100.0/2", REFUSED), (None, REFUSED),
    ("", EMPTIED), ("# none\n", EMPTIED)])
def test_a_refused_list_stays_as_it_was_and_all_else_is_loaded(
        content: str | None, reason: str, server: TrafficServer) -> None:
    server.write("lists.yaml", configuration() + LISTS)
    server.write("allowed.conf", f"{DE}\n")
    server.write("blocked.conf", f"{US}\n")
    becomes(server, "lists", (403, 200, 403))
    start = position(server)
    if content is None:
        (server.etc / "blocked.conf").unlink()
    else:
        server.write("blocked.conf", content)
    eventually(lambda: f"blocked.conf {reason}" in news(server, start))
    if content and "nonsense" in content:
        assert 'blocked.conf:2:1: error: "nonsense" is not an IPv4 or IPv6 address' in news(server, start)
    assert "not reloaded" not in news(server, start)
    # A change of another list, and of the YAML, is loaded; the list that is kept stays.
    server.write("allowed.conf", f"{GB}\n")
    becomes(server, "lists", (403, 403, 200))
    server.write("lists.yaml", configuration(more=f"reload: 100ms\n  bypass: {{ip: [{DE}]}}") + LISTS)
    becomes(server, "lists", (403, 200, 200))
    server.write("blocked.conf", f"{GB}\n")
    becomes(server, "lists", (200, 200, 403))


def test_a_list_may_become_empty_where_that_is_allowed(server: TrafficServer) -> None:
    server.write("blocked.conf", f"{US}\n")
    server.write("lists.yaml", configuration() + "  deny:\n    ip_file:\n"
                 "      - {file: blocked.conf, allow_empty: true}\n")
    becomes(server, "lists", (403, 403, 403))
    start = position(server)
    server.write("blocked.conf", "")
    becomes(server, "lists", (200, 403, 403))
    assert "blocked.conf " not in news(server, start).replace("blocked.conf (", "")


def test_of_very_many_mistakes_fifty_are_logged_and_the_others_counted(server: TrafficServer) -> None:
    start = position(server)
    server.write("blocked.conf", "x\n" * 5000)
    eventually(lambda: "and 4,950 more errors" in news(server, start))
    assert news(server, start).count(": error: ") == 50
    server.write("blocked.conf", f"{US}\n")
    becomes(server, "lists", (403, 403, 403))


def test_a_file_that_keeps_changing_is_loaded_when_it_has_settled(server: TrafficServer) -> None:
    start = position(server)
    for number in range(100):
        server.write("slow.yaml", configuration(more=SLOW, country="GB") + f"# {number}\n")
        time.sleep(0.04)
        assert "slow.yaml" not in news(server, start)
    becomes(server, "slow", (403, 403, 200))
    assert news(server, start).count("slow.yaml: 1 allow.country") == 1


def test_a_check_is_delayed_by_up_to_the_jitter(server: TrafficServer) -> None:
    server.write("late.yaml", configuration(country="GB", more="reload: 10ms"))
    # The next check may come at any time within a day.
    stays(server, "late", (200, 403, 403))


def test_all_remap_lines_of_a_file_share_one_load(server: TrafficServer) -> None:
    start = position(server)
    server.write("twice.yaml", configuration(country="GB"))
    becomes(server, "twice", (403, 403, 200))
    assert statuses(server, "again") == (403, 403, 200)
    assert news(server, start).count("twice.yaml: 1 allow.country") == 1, news(server, start)


def rewrite_in_place(path: Path, content: bytes) -> None:
    with open(path, "r+b") as file:
        file.write(content)
        file.truncate()


def test_a_database_may_be_renamed_over(server: TrafficServer) -> None:
    server.write("changing.mmdb", NEWER)
    becomes(server, "database", (403, 200, 403))


def test_a_database_may_be_rewritten_in_place(server: TrafficServer) -> None:
    rewrite_in_place(server.etc / "changing.mmdb", COUNTRY.read_bytes())
    becomes(server, "database", (200, 403, 403))


def test_a_database_may_be_truncated_for_a_second(server: TrafficServer) -> None:
    path = server.etc / "changing.mmdb"
    os.truncate(path, 100)
    stays(server, "database", (200, 403, 403), 1)
    rewrite_in_place(path, NEWER.read_bytes())
    becomes(server, "database", (403, 200, 403))


def test_a_database_may_be_gone_for_a_while(server: TrafficServer) -> None:
    start = position(server)
    (server.etc / "changing.mmdb").unlink()
    eventually(lambda: "database.yaml: not reloaded" in news(server, start))
    stays(server, "database", (403, 200, 403), 0.5)
    server.write("changing.mmdb", COUNTRY)
    becomes(server, "database", (200, 403, 403))


def test_an_older_database_is_refused_unless_that_is_allowed(server: TrafficServer) -> None:
    start = position(server)
    assert statuses(server, "older") == (403, 200, 403)
    server.write("older.mmdb", COUNTRY)
    eventually(lambda: "older.yaml:2:13: warning: database: built on " in news(server, start))
    stays(server, "older", (403, 200, 403), 0.5)
    # All else is reloaded.
    server.write("older.yaml", configuration("older.mmdb", country="FR"))
    becomes(server, "older", (403, 403, 403))
    server.write("older.yaml", configuration("older.mmdb", more="reload: 100ms\n  allow_older: yes"))
    becomes(server, "older", (200, 403, 403))


def test_a_database_that_has_lost_a_country_is_refused_unless_that_is_allowed(
        server: TrafficServer) -> None:
    start = position(server)
    assert statuses(server, "lost") == (403, 200, 403)
    server.write("lost.mmdb", LOST)
    eventually(lambda: "lost.yaml:2:13: warning: database: the file has lost countries that "
               "rules use: DE (65,792 of 590,593 IPv4 addresses)" in news(server, start))
    stays(server, "lost", (403, 200, 403), 0.5)
    # All else is reloaded.
    server.write("lost.yaml", configuration("lost.mmdb", country="GB"))
    becomes(server, "lost", (403, 403, 200))
    more = "reload: 100ms\n  allow_lost_countries: true"
    server.write("lost.yaml", configuration("lost.mmdb", country="GB", more=more))
    becomes(server, "lost", (403, 403, 403))


def test_a_database_without_readable_countries_is_refused(server: TrafficServer) -> None:
    start = position(server)
    before = statuses(server, "lost")
    server.write("lost.mmdb", DATABASES / "unreadable-country.mmdb")
    eventually(lambda: "lost.yaml: not reloaded" in news(server, start))
    refusal = "has a country that can be read, but rules read one; looked for country.iso_code"
    assert refusal in news(server, start)
    stays(server, "lost", before, 0.5)


def test_an_old_database_is_reported_once_for_each_build(server: TrafficServer) -> None:
    def reports(name: str, day: str) -> int:
        return server.log("diags.log").count(
            f"[maxmind_acl] {name}.yaml:2:13: warning: database: built on {day}, ")

    for country, expected in (("GB", (403, 403, 200)), ("DE", (403, 200, 403))):
        server.write("stale.yaml", configuration("stale.mmdb", country))
        becomes(server, "stale", expected)
    assert reports("stale", "2020-01-01") == reports("stale-too", "2020-01-01") == 1
    server.write("stale.mmdb", built(1577923200))
    eventually(lambda: reports("stale", "2020-01-02") == reports("stale-too", "2020-01-02") == 1)
    server.write("stale.yaml", configuration("stale.mmdb", "GB"))
    becomes(server, "stale", (403, 403, 200))
    assert reports("stale", "2020-01-02") == 1


def test_with_reload_off_nothing_is_loaded(server: TrafficServer) -> None:
    server.write("off.yaml", configuration(country="GB", more="reload: off"))
    stays(server, "off", (200, 403, 403))


def resident_kilobytes(process: int) -> int:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise AssertionError("no VmRSS")


def test_a_thousand_reloads_under_load_take_no_memory(server: TrafficServer) -> None:
    start = position(server)

    def loads() -> int:
        return news(server, start).count("steady.yaml: 1 allow.country")

    sizes: list[int] = []
    deadline = time.monotonic() + HANG_SECONDS
    while (count := loads()) < 1000:
        assert time.monotonic() < deadline, f"{count} reloads"
        # Each reload gets a new database, which must be freed with its policy.
        server.write("loopback-country.mmdb", COUNTRY)
        server.write("steady.yaml", configuration(more="reload: 10ms") + f"      # {time.monotonic()}\n")
        time.sleep(0.03)
        sizes.append(resident_kilobytes(server.process_id))
    # The first third warms up permanent caches.
    third = len(sizes) // 3
    assert max(sizes[-third:]) < max(sizes[third:2 * third]) * 1.03 + 1024, sizes[::20]
