"""The package in this system, beside the packaged Traffic Server: from installing it to purging it.

The tests stand in the order of a package's life. The stock plugin's name is taken for moments only.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import debian
from debian import KEPT, NAME, OURS, STOCK, Snapshot, succeed
from traffic_server import DATABASES, TrafficServer

#: An address that is in both lists: the stock plugin allows it, this one denies it.
BOTH = "maxmind:\n  database: country.mmdb\n  allow:\n    ip: [127.0.0.1]\n  deny:\n    ip: [127.0.0.1]\n"
BROKEN = BOTH.replace("deny:", "denied:")

OURS_LINE = "map http://ours.example/ {origin} @plugin=maxmind-acl/maxmind_acl.so @pparam=acl.yaml\n"
STOCK_LINE = "map http://stock.example/ {origin} @plugin=maxmind_acl.so @pparam=acl.yaml\n"


def traffic_server(remap: str, configuration: str = BOTH) -> TrafficServer:
    return TrafficServer(remap, files={"acl.yaml": configuration,
                                       "country.mmdb": DATABASES / "loopback-country.mmdb"})


def answers() -> dict[str, int]:
    """The statuses that a Traffic Server answers, by the plugin of the line."""
    with traffic_server(OURS_LINE + STOCK_LINE) as server:
        return {host: server.get(host=f"{host}.example").status for host in ("ours", "stock")}


def added(before: Snapshot) -> set[str]:
    return set(debian.snapshot()) - set(before)


# -- installed -----------------------------------------------------------------------------------


def test_installing_leaves_the_stock_plugin_alone(installed: Path, before: Snapshot) -> None:
    now = debian.snapshot()
    assert {path: now.get(path) for path in before} == before
    assert str(OURS) in now
    assert debian.status() == f"installed {debian.field(installed, 'Version')}"


def test_every_file_arrives_as_packaged(installed: Path) -> None:
    assert succeed("dpkg", "--verify", NAME) == ""


def test_the_tool_and_its_manual_are_found(installed: Path) -> None:
    assert succeed("maxmind-acl", "--version").split()[-1] == debian.field(installed, "Version")
    for page in ("maxmind-acl", "maxmind-acl-replay", "maxmind-acl-divert", "maxmind-acl.yaml"):
        assert Path(succeed("man", "-w", page).strip()).is_file()


def test_the_tool_finds_the_lines_of_the_installed_plugin(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "remap.config").write_text(OURS_LINE.replace("{origin}", "http://origin.example/"))
    (tmp_path / "acl.yaml").write_text(BOTH)
    (tmp_path / "country.mmdb").write_bytes((DATABASES / "loopback-country.mmdb").read_bytes())
    assert "1 configuration checked: 0 errors" in succeed(
        "maxmind-acl", "check", tmp_path / "remap.config")


@pytest.fixture
def prepared(request: pytest.FixtureRequest, installed: Path) -> Iterator[TrafficServer]:
    server = traffic_server(OURS_LINE, request.param)
    try:
        server.prepare()
        yield server
    finally:
        server.close()


@pytest.mark.parametrize("prepared", [BOTH], indirect=True)
def test_verify_config_accepts_a_line_with_the_installed_plugin(prepared: TrafficServer) -> None:
    status, text = prepared.verify()
    assert status == 0, text
    assert "[maxmind_acl] " in text


@pytest.mark.parametrize("prepared", [BROKEN], indirect=True)
def test_verify_config_refuses_a_broken_configuration(prepared: TrafficServer) -> None:
    status, text = prepared.verify()
    assert status != 0
    assert 'acl.yaml:5:3: error: maxmind: unknown key "denied"' in text


def test_both_plugins_decide_in_one_traffic_server(installed: Path) -> None:
    assert answers() == {"ours": 403, "stock": 200}


# -- the stock plugin's name ---------------------------------------------------------------------


def test_the_command_takes_the_stock_name_and_gives_it_back(
        installed: Path, before: Snapshot) -> None:
    assert debian.divert("status") == f"{STOCK} is not the plugin of {NAME}.\n"
    stock = debian.digest(STOCK)
    report = debian.divert("add")
    assert report.startswith(
        f"{STOCK} is the plugin of {NAME}.\nTraffic Server's own is {KEPT}.\n")
    assert (STOCK.resolve(), debian.digest(KEPT)) == (OURS, stock)
    assert answers() == {"ours": 403, "stock": 403}
    taken = debian.snapshot()
    assert debian.divert("add") == report, "a second time changes nothing"
    assert debian.snapshot() == taken
    for _ in range(2):
        assert debian.divert("remove") == f"{STOCK} is not the plugin of {NAME}.\n"
        assert {path: debian.snapshot().get(path) for path in before} == before
        assert not KEPT.exists()


def test_an_upgrade_of_the_stock_package_leaves_the_name_with_the_taker(
        installed: Path, before: Snapshot, tmp_path: Path) -> None:
    stock = debian.repacked(debian.STOCK_PACKAGE, tmp_path)
    debian.divert("add")
    before_upgrade = KEPT.stat().st_ino
    debian.as_root("dpkg", "--install", stock)
    assert STOCK.resolve() == OURS
    assert KEPT.stat().st_ino != before_upgrade, "the package's file was installed under the other name"
    debian.divert("remove")
    assert {path: debian.snapshot().get(path) for path in before} == before


def test_a_diversion_of_the_administrator_is_not_touched(installed: Path) -> None:
    own = ["dpkg-divert", "--quiet", "--local", "--no-rename", "--divert", f"{STOCK}.own"]
    debian.as_root(*own, "--add", STOCK)
    try:
        with pytest.raises(debian.PackageError, match="is diverted by another: see dpkg-divert --list"):
            debian.divert("add")
        debian.divert("remove")
        assert debian.diversion() == f"local diversion of {STOCK} to {STOCK}.own"
    finally:
        debian.as_root(*own, "--remove", STOCK)
    assert not STOCK.is_symlink()


def test_make_install_does_not_overwrite_the_kept_stock_plugin(installed: Path) -> None:
    stock = debian.digest(STOCK)
    debian.divert("add")
    done = debian.run("make", "-C", debian.REPOSITORY, "install", "FORCE=1")
    assert f"{STOCK} is diverted by the package {NAME}; nothing was changed" in done.text
    assert (done.status != 0, STOCK.resolve(), debian.digest(KEPT)) == (True, OURS, stock)


# -- upgraded, removed, purged -------------------------------------------------------------------


def test_an_upgrade_keeps_the_name(installed: Path, tmp_path: Path) -> None:
    version = debian.field(installed, "Version")
    debian.divert("add")
    debian.install(debian.with_version(installed, f"{version}+1", tmp_path))
    assert debian.status() == f"installed {version}+1"
    assert (STOCK.resolve(), OURS.stat().st_mtime) == (OURS, 1)
    assert KEPT.is_file()


def test_removing_gives_the_name_back_and_leaves_nothing(
        installed: Path, before: Snapshot) -> None:
    debian.divert("add")
    debian.remove()
    assert debian.snapshot() == before
    assert succeed("dpkg", "--verify", debian.STOCK_PACKAGE) == ""


def test_purging_leaves_nothing(installed: Path, before: Snapshot) -> None:
    debian.divert("add")
    debian.purge()
    assert debian.snapshot() == before
    assert debian.status() == "not-installed"
