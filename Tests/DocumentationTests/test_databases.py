"""The scripts of docs/getting-a-database.md install a database that the plugin can load."""

from __future__ import annotations

import datetime
import gzip
import subprocess
from pathlib import Path

import pytest

from documents import REPOSITORY, blocks
from workplace import FIXTURES, SECONDS, check

PAGE = REPOSITORY / "docs" / "getting-a-database.md"

#: Like the real one: it reads the page's settings and names the file after its edition.
GEOIPUPDATE = """#!/bin/sh
test "$1" = -f || exit 1
setting() { sed -n "s/^$1 //p" "$conf"; }
conf=$2
test -n "$(setting AccountID)" && test -n "$(setting LicenseKey)" || exit 1
cp 'FIXTURE' "$(setting DatabaseDirectory)/$(setting EditionIDs).mmdb"
"""


def script(test: str) -> str:
    return next(each.text for each in blocks(PAGE) if each.markers.get("test") == test)


def run(text: str, root: Path) -> None:
    """Runs a script with all its places and servers below a directory."""
    for shown, meant in (("https://download.db-ip.com/free", f"file://{root}/served"),
                         ("https://ipinfo.io/data", f"file://{root}/served"),
                         ("/var/lib/GeoIP", f"{root}/GeoIP"), ("/etc/", f"{root}/etc/")):
        text = text.replace(shown, meant)
    assert "https://" not in text
    subprocess.run(["/bin/sh", "-c", text], check=True, timeout=SECONDS,
                   env={"PATH": f"{root}/bin:/usr/bin:/bin"})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in ("bin", "etc", "GeoIP", "served"):
        (tmp_path / name).mkdir()
    return tmp_path


def loads(root: Path, name: str) -> None:
    assert {file.name for file in (root / "GeoIP").iterdir()} - {f"{name}.gz"} == {name}
    (root / "etc" / "acl.yaml").write_text(
        f"maxmind:\n  database: {root}/GeoIP/{name}\n  deny: {{country: [DE]}}\n", encoding="utf-8")
    done = check("acl.yaml", root / "etc")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_script_for_db_ip(root: Path) -> None:
    month = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m")
    (root / "served" / f"dbip-country-lite-{month}.mmdb.gz").write_bytes(
        gzip.compress((FIXTURES / "loopback-country.mmdb").read_bytes()))
    run(script("dbip"), root)
    loads(root, "dbip-country-lite.mmdb")


def test_a_download_that_fails_leaves_the_old_database(root: Path) -> None:
    old = root / "GeoIP" / "dbip-country-lite.mmdb"
    old.write_bytes(b"old")
    with pytest.raises(subprocess.CalledProcessError):
        run(script("dbip"), root)
    assert old.read_bytes() == b"old"


def test_the_script_for_ipinfo(root: Path) -> None:
    (root / "etc" / "ipinfo.token").write_text("abc123\n", encoding="utf-8")
    (root / "served" / "ipinfo_lite.mmdb").write_bytes((FIXTURES / "ipinfo-lite.mmdb").read_bytes())
    run(script("ipinfo"), root)
    loads(root, "ipinfo_lite.mmdb")


def test_the_command_for_geolite2(root: Path) -> None:
    settings = next(each.text for each in blocks(PAGE) if "EditionIDs" in each.text)
    (root / "etc" / "GeoIP.conf").write_text(
        settings.replace("/var/lib/GeoIP", f"{root}/GeoIP"), encoding="utf-8")
    program = root / "bin" / "geoipupdate"
    program.write_text(GEOIPUPDATE.replace("FIXTURE", str(FIXTURES / "loopback-country.mmdb")), encoding="utf-8")
    program.chmod(0o755)
    run(script("geoipupdate"), root)
    loads(root, "GeoLite2-Country.mmdb")
