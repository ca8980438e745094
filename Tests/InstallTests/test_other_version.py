"""TS_PREFIX=… selects another Traffic Server than Debian's, for the build and the installation."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def prefix(tmp_path: Path) -> Path:
    """What the Makefiles read of an installation, of version 10.2."""
    headers = tmp_path / "include" / "ts"
    headers.mkdir(parents=True)
    (headers / "ts.h").touch()
    (headers / "apidefs.h").write_text("#define TS_VERSION_MAJOR 10\n#define TS_VERSION_MINOR 2\n")
    (tmp_path / "bin").mkdir()
    layout = tmp_path / "bin" / "traffic_layout"
    layout.write_text(f"#!/bin/sh\necho 'LIBDIR: {tmp_path}/lib'\necho 'PLUGINDIR: {tmp_path}/plugins'\n")
    layout.chmod(0o755)
    return tmp_path


def make(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", "-C", REPOSITORY, *arguments], capture_output=True, text=True, timeout=600)


def test_no_package_of_traffic_server_is_installed(prefix: Path) -> None:
    for target in ("plugin", "dependencies"):
        lines = make("-n", target, f"TS_PREFIX={prefix}").stdout.splitlines()
        installing = [line for line in lines if "install-dependencies" in line]
        assert installing and not any("trafficserver" in line for line in installing)


def test_its_headers_come_before_all_others_as_cxx(prefix: Path) -> None:
    printed = make("-n", "plugin", f"TS_PREFIX={prefix}").stdout
    compiling = [line for line in printed.splitlines() if "/trafficserver/metrics.c" in line]
    assert compiling and all(f" -I{prefix}/include " in line and "-x c++ " in line for line in compiling)


def test_a_prefix_without_headers_is_an_error(tmp_path: Path) -> None:
    done = make("-n", "plugin", f"TS_PREFIX={tmp_path}")
    assert done.returncode != 0
    assert f"TS_PREFIX={tmp_path}: there is no include/ts/ts.h in it" in done.stderr


def test_a_relative_prefix_is_an_error() -> None:
    done = make("-n", "plugin", "TS_PREFIX=../trafficserver")
    assert done.returncode != 0
    assert "TS_PREFIX=../trafficserver: give an absolute path" in done.stderr


@pytest.mark.parametrize(("built_for", "is_right"), [(9, False), (10, True), (1, False), (100, False)])
def test_a_plugin_for_another_major_version_is_not_installed(
        prefix: Path, built_for: int, is_right: bool) -> None:
    plugin = prefix / "maxmind_acl.so"
    plugin.write_bytes(b"\x7fELF\0this plugin is built for Traffic Server %d, not for this one\0" % built_for)
    done = make("install", f"TS_PREFIX={prefix}", f"PLUGIN={plugin}")
    assert (done.returncode == 0) == is_right
    assert (prefix / "plugins" / "maxmind_acl.so").exists() == is_right
    if not is_right:
        assert "is not built for Traffic Server 10, which would refuse it: run make plugin TS_PREFIX=" in done.stderr
