"""A configuration that can't be used stops Traffic Server at its start, and the log says where."""

from __future__ import annotations

import re

import pytest

from installation import VERSION
from maps import DE, MANUAL, US
from traffic_server import DATABASES, TrafficServer
from waiting import eventually

REMAP = "map http://a.example/ {origin} @plugin={plugin} @pparam=acl.yaml"

#: Configurations that can't be used, and where the first error is: the text at that place.
BROKEN = {
    "a malformed document": ("maxmind:\n  database: [unclosed\n", None),
    "an unknown key": (MANUAL + "  colour: red\n", "colour"),
    "an unknown country key": (MANUAL.replace("country:", "countries:", 1), "countries"),
    "a bad CIDR": (MANUAL.replace("127.9.10.0/20", "127.9.10.0/33"), "127.9.10.0/33"),
    "a bad regex": (MANUAL.replace(r'".*\\.txt"', '"[a-"'), '"[a-"'),
    "a scalar for a list": (MANUAL.replace("\n      - US", " US", 1), "US"),
    "a page that is not there": (MANUAL.replace("deny.html", "none.html"), "none.html"),
    "a database that is not there": (
        MANUAL.replace("loopback-country.mmdb", "none.mmdb"), "none.mmdb"),
    "a database of another kind": (
        MANUAL.replace("loopback-country.mmdb", "loopback-anonymous.mmdb"), None),
    "no rule in any key": ("maxmind:\n  database: loopback-country.mmdb\n"
                           "  allow:\n    country: []\n", None),
    "no top-level maxmind": ("database: loopback-country.mmdb\n", None),
    "an empty file": ("", None),
}


def traffic_server(configuration: str, remap: str = REMAP) -> TrafficServer:
    return TrafficServer(remap, files={
        "acl.yaml": configuration,
        "deny.html": "<p>denied</p>\n",
        "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
        "loopback-anonymous.mmdb": DATABASES / "loopback-anonymous.mmdb",
    })


def position(configuration: str, text: str | None) -> str:
    """The regex that finds "acl.yaml:LINE:COLUMN:" of `text`, or of any place."""
    if configuration == "":
        return r"acl\.yaml: error: "
    if text is None:
        return r"acl\.yaml:\d+:\d+: error: "
    before = configuration[: configuration.index(text)]
    line = before.count("\n") + 1
    column = len(before) - (before.rfind("\n") + 1) + 1
    return rf"acl\.yaml:{line}:{column}: error: "


@pytest.mark.parametrize(("configuration", "text"), BROKEN.values(), ids=BROKEN)
def test_a_broken_configuration_is_refused_with_its_place(
        configuration: str, text: str | None) -> None:
    server = traffic_server(configuration)
    try:
        server.prepare()
        server.start_without_waiting()
        assert server.wait_for_exit() == VERSION.exit_remap_failed
        log = server.log("diags.log")
    finally:
        server.close()
    assert "remap.config failed to load" in log
    assert re.search(position(configuration, text), log), log
    # Traffic Server's own message about the remap line contains the reason too.
    (failure,) = (line for line in log.splitlines() if "failed to create instance" in line)
    assert "acl.yaml:" in failure


def test_all_errors_are_logged() -> None:
    configuration = MANUAL.replace("127.9.10.0/20", "127.9.10.0/33").replace(
        r'".*\\.txt"', '"[a-"') + "  colour: red\n"
    server = traffic_server(configuration)
    try:
        server.prepare()
        server.start_without_waiting()
        assert server.wait_for_exit() == VERSION.exit_remap_failed
        log = server.log("diags.log")
    finally:
        server.close()
    for text in ("127.9.10.0/33", '"[a-"', "colour"):
        assert re.search(position(configuration, text), log), log


@pytest.mark.parametrize("arguments", ["", "@pparam=", "@pparam=none.yaml"])
def test_a_missing_configuration_is_refused_and_named(arguments: str) -> None:
    server = traffic_server(
        MANUAL, f"map http://a.example/ {{origin}} @plugin={{plugin}} {arguments}")
    try:
        server.prepare()
        server.start_without_waiting()
        assert server.wait_for_exit() == VERSION.exit_remap_failed
        log = server.log("diags.log")
    finally:
        server.close()
    assert "remap.config failed to load" in log
    if "none" in arguments:
        assert "none.yaml" in log


def test_an_absolute_path_of_the_configuration() -> None:
    remap = "map http://a.example/ {origin} @plugin={plugin} @pparam={etc}/acl.yaml"
    with traffic_server(MANUAL, remap) as server:
        assert server.get(US).status == 200
        assert server.get(DE).status == 403


def test_a_load_is_logged_in_one_line() -> None:
    with traffic_server(MANUAL) as server:
        log = server.log("diags.log")
    lines = [line for line in log.splitlines() if "acl.yaml" in line]
    notes = [line for line in lines if "NOTE:" in line]
    assert len(notes) == 1, log
    assert "GeoLite2-Country" in notes[0]
    assert all("WARNING:" in line for line in lines if line not in notes)
    # The database of the tests is older than 45 days.
    assert re.search(r"\[maxmind_acl\] acl\.yaml:\d+:\d+: warning: database: built on 2026-09-01, \d+ days ago; "
                     r".* \[database-age\]", log), log


def test_remap_lines_of_one_file_share_its_warnings() -> None:
    lines = "\n".join(f"map http://{host}.example/ {{origin}} @plugin={{plugin}} @pparam=acl.yaml"
                      for host in "abc")
    with traffic_server(MANUAL.replace("- DE", "- de"), lines) as server:
        log = server.log("diags.log")
    assert log.count("codes are written in upper case") == 1, log


def test_verify_config_accepts_a_good_configuration() -> None:
    server = traffic_server(MANUAL)
    try:
        server.prepare()
        status, text = server.verify()
    finally:
        server.close()
    assert status == 0, text
    assert "error:" not in text


@pytest.mark.parametrize(("configuration", "text"), BROKEN.values(), ids=BROKEN)
def test_verify_config_refuses_a_broken_configuration_with_its_place(
        configuration: str, text: str | None) -> None:
    server = traffic_server(configuration)
    try:
        server.prepare()
        status, output = server.verify()
    finally:
        server.close()
    assert status != 0, output
    assert re.search(position(configuration, text), output), output


def test_every_cold_start_checks_files_and_counts() -> None:
    # The first check of the files is due before Traffic Server 9 has threads for the metrics.
    for _ in range(20):
        with TrafficServer(REMAP, files={
                "acl.yaml": "maxmind:\n  database: loopback-country.mmdb\n  reload: 10ms\n"
                            "  deny: {country: [DE]}\n",
                "loopback-country.mmdb": DATABASES / "loopback-country.mmdb"}, managed=True) as server:
            assert server.get(DE).status == 403
            eventually(lambda: server.metrics("acl").get("deny"), 1)
            server.write("acl.yaml", "maxmind:\n  database: loopback-country.mmdb\n")
            eventually(lambda: server.get(DE).status, 200)


def test_a_plugin_that_comes_with_a_reload_follows_its_files() -> None:
    files = {"acl.yaml": "maxmind:\n  database: loopback-country.mmdb\n  reload: 100ms\n"
                         "  deny: {country: [DE]}\n",
             "loopback-country.mmdb": DATABASES / "loopback-country.mmdb"}
    with TrafficServer("map http://a.example/ {origin}", files=files, managed=True) as server:
        server.write_remap(REMAP)
        assert server.reload() == "loaded"
        assert server.get(DE).status == 403
        server.write("acl.yaml", "maxmind:\n  database: loopback-country.mmdb\n")
        eventually(lambda: server.get(DE).status, 200)
