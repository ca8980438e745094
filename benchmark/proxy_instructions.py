"""The instructions of a request's remap step, where Traffic Server runs the plugins of a line: exact, in
a run of its own under valgrind's callgrind, which counts them and is far too slow to time anything.

It does not measure cache lines that the plugin displaces, the kernel's work, or the speed of instructions.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from proxy_sites import (
    OBJECT, RECORDS, REMAP, SITES, BenchmarkError, Geography, Site, TrafficServer, allowed_clients)

REMAP_STEP = "HttpSM::do_remap_request*"
START_SECONDS = 180
REQUEST_SECONDS = 60
WARM_UP = 20


def instructions(where: Geography, requests: int) -> dict[str, float]:
    """By site, the mean over that many requests from that many clients."""
    with tempfile.TemporaryDirectory(prefix="bench-proxy-") as directory, TrafficServer(
            REMAP, files=where.files(), records=RECORDS, start_seconds=START_SECONDS,
            request_seconds=REQUEST_SECONDS,
            launcher=["valgrind", "--tool=callgrind", f"--toggle-collect={REMAP_STEP}",
                      f"--callgrind-out-file={directory}/count"]) as server:
        clients = allowed_clients(server, where, requests)
        return {site.name: count(server, site, clients, Path(directory)) for site in SITES}


def count(server: TrafficServer, site: Site, clients: list[str], directory: Path) -> float:
    for client in clients[:WARM_UP]:
        server.get(client, site.host, OBJECT)
    control(server, "--zero")
    for client in clients:
        status = server.get(client, site.host, OBJECT).status
        if status != 200:
            raise BenchmarkError(f"{site.name}: {status} for {client}\n{server.logs()}")
    control(server, "--dump")
    [dump] = directory.glob("count.*")  # each dump is a file of its own, with a number
    total = re.search(r"^(?:summary|totals): (\d+)", dump.read_text(), re.MULTILINE)
    dump.unlink()
    if total is None or total[1] == "0":
        raise BenchmarkError(f"{site.name}: callgrind has counted nothing in {REMAP_STEP}")
    return int(total[1]) / len(clients)


def control(server: TrafficServer, order: str) -> None:
    subprocess.run(["callgrind_control", order, str(server.process_id)], check=True, timeout=60,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL)
