"""The Traffic Server under test: Debian's, or the installation whose prefix TS_PREFIX names.

This file has all that differs between the versions.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

from waiting import HANG_SECONDS


@dataclasses.dataclass(frozen=True)
class Version:
    """What the tests have to know about a version of Traffic Server."""

    #: As the tool's --traffic-server names it.
    name: str
    #: traffic_server's exit status when it can't use its remap.config.
    exit_remap_failed: int
    #: Whether traffic_ctl needs traffic_manager.
    has_manager: bool
    #: The file of the records, and its text for names and values such as "INT 1".
    records_file: str
    records_text: Callable[[dict[str, str]], str]
    #: The options of a port on which the PROXY protocol names the client.
    proxy_protocol: str
    #: Whether such a port also answers a connection without the protocol.
    answers_without_protocol: bool
    #: Whether the room for metrics is limited (--maxRecords).
    has_limited_metrics: bool
    #: Whether the stock plugin loads outside of Traffic Server, and so in the replay host.
    is_stock_loadable: bool
    #: The suffix of the corpus files on which the stock plugin decides otherwise.
    stock_suffix: str
    #: Whether plugins can set a verified client address.
    has_verified_addresses: bool
    #: Whether the path of a remap line is compared with `;parameters` too.
    has_parameters_in_path: bool


def _lines(records: dict[str, str]) -> str:
    return "".join(f"CONFIG {name} {value}\n" for name, value in records.items())


#: The names of records that have others in version 10.
RENAMED = {"proxy.config.exec_thread.autoconfig": "proxy.config.exec_thread.autoconfig.enabled"}


def _yaml(records: dict[str, str]) -> str:
    text = "records:\n"
    for name, value in records.items():
        kind, _, value = value.partition(" ")
        value = "null" if value == "NULL" else json.dumps(value) if kind == "STRING" else value
        text += f"  {RENAMED.get(name, name).removeprefix('proxy.config.')}: {value}\n"
    return text


VERSIONS = {
    9: Version(
        name="9.2", exit_remap_failed=70, has_manager=True,
        records_file="records.config", records_text=_lines, proxy_protocol="pp", stock_suffix=".stock",
        answers_without_protocol=False, has_limited_metrics=True, is_stock_loadable=True,
        has_verified_addresses=False, has_parameters_in_path=False),
    10: Version(
        name="10.2", exit_remap_failed=33, has_manager=False,
        records_file="records.yaml", records_text=_yaml, proxy_protocol="pp:pp-clnt", stock_suffix=".stock-10.2",
        answers_without_protocol=True, has_limited_metrics=False, is_stock_loadable=False,
        has_verified_addresses=True, has_parameters_in_path=True),
}


def _layout() -> dict[str, str]:
    program = PREFIX / "bin" / "traffic_layout" if PREFIX else "traffic_layout"
    environment = {name: value for name, value in os.environ.items() if name != "TS_RUNROOT"}
    text = subprocess.run([program, "info"], env=environment, capture_output=True, text=True,
                          timeout=HANG_SECONDS, check=True).stdout
    return dict(re.findall(r"^([A-Z]+): (.*)$", text, re.MULTILINE))


def _major() -> int:
    text = subprocess.run([PROGRAMS / "traffic_server", "--version"], capture_output=True, text=True,
                          timeout=HANG_SECONDS).stdout
    found = re.search(r"Traffic Server (\d+)\.", text)
    assert found is not None, text
    return int(found[1])


PREFIX = Path(os.environ["TS_PREFIX"]) if os.environ.get("TS_PREFIX") else None
LAYOUT = _layout()
PROGRAMS = Path(LAYOUT["BINDIR"])
MODULES = Path(LAYOUT["PLUGINDIR"])
VERSION = VERSIONS[_major()]
STOCK_PLUGIN = Path(os.environ.get("STOCK_PLUGIN", MODULES / "maxmind_acl.so"))


def runroot(root: Path) -> str:
    """The text of a runroot.yaml: the installation's programs and plugins, with its files in `root`."""
    return "".join(f"{name}: {value}\n" for name, value in {
        "prefix": LAYOUT["PREFIX"], "exec_prefix": LAYOUT["PREFIX"],
        "bindir": LAYOUT["BINDIR"], "sbindir": LAYOUT["BINDIR"],
        "sysconfdir": root / "etc", "datadir": root / "cache", "includedir": LAYOUT["INCLUDEDIR"],
        "libdir": LAYOUT["LIBDIR"], "libexecdir": LAYOUT["PLUGINDIR"],
        "localstatedir": root / "run", "runtimedir": root / "run", "logdir": root / "log",
        "cachedir": root / "cache"}.items())
