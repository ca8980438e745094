"""`semantics: trafficserver-9` and `trafficserver-10` decide as the stock plugins do.

SEMANTICS_TRIPLES sets the number of comparisons of a configuration, an address and a URL, for a long run.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import corpus
from installation import VERSION
from loopback import has_ipv6
from stock_semantics import Scene, scene
from traffic_server import DATABASES, OUR_PLUGIN, REPOSITORY, STOCK_PLUGIN, TrafficServer
from waiting import HANG_SECONDS

TRIPLES = int(os.environ.get("SEMANTICS_TRIPLES", "20000"))
REQUESTS = 250

#: Decisions of the stock plugin of Traffic Server 10.2: number of the scene, digest of the scene, `a` or `d` for each
#: request, and `-` for a request that Traffic Server refuses. Written with SEMANTICS_WRITE=1 and TS_PREFIX.
MEASURED = REPOSITORY / "Tests" / "Fixtures" / "semantics" / "trafficserver-10.2.txt"
SCENES_OF_10 = 200
REQUESTS_OF_10 = 60


def verdicts(plugin: Path, directory: Path, scene_: Scene) -> list[str]:
    directory.mkdir()
    yaml = directory / "scene.yaml"
    yaml.write_text(scene_.yaml.replace("{databases}", str(DATABASES)))
    result = subprocess.run(
        [corpus.REPLAY_HOST, "--config-dir", directory, plugin, yaml.name],
        input="".join(f"{line}\n" for line in scene_.requests).encode(), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, timeout=HANG_SECONDS)
    if result.returncode != 0:
        return [f"exit {result.returncode}: {result.stderr.decode()}"] * len(scene_.requests)
    return [line.split("\t")[2] for line in result.stdout.decode().splitlines()]


def differences(directory: Path, number: int) -> list[str]:
    found = scene(number, REQUESTS, version=9)
    stock = verdicts(STOCK_PLUGIN, directory / f"{number}-stock", found)
    ours = verdicts(OUR_PLUGIN, directory / f"{number}-ours", found)
    assert len(stock) == len(ours) == len(found.requests)
    different = [f"{request}: stock {old}, ours {new}"
                 for request, old, new in zip(found.requests, stock, ours) if old != new]
    return [f"scene {number}\n{found.yaml}" + "\n".join(different[:3])] if different else []


@pytest.mark.skipif(not STOCK_PLUGIN.exists(), reason="the stock plugin is not installed")
@pytest.mark.skipif(not VERSION.is_stock_loadable, reason="the stock plugin of this version needs Traffic Server")
def test_decisions_are_those_of_the_stock_plugin_9(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        scenes = range(-(-TRIPLES // REQUESTS))
        found = list(pool.map(lambda number: differences(tmp_path, number), scenes))
    assert [text for texts in found for text in texts] == []


def scene_of_10(number: int) -> Scene:
    return scene(number, REQUESTS_OF_10, version=10, domain=f".s{number}.example")


def digest(scene_: Scene) -> str:
    return hashlib.sha256("\n".join([scene_.yaml, *scene_.requests]).encode()).hexdigest()[:16]


def measured() -> list[tuple[Scene, str]]:
    rows = [line.split(" ") for line in MEASURED.read_text().splitlines()]
    assert [int(number) for number, _, _ in rows] == list(range(SCENES_OF_10))
    found = [(scene_of_10(number), decisions) for number, (_, _, decisions) in enumerate(rows)]
    assert [digest(scene_) for scene_, _ in found] == [row[1] for row in rows], "measure again with SEMANTICS_WRITE=1"
    return found


def test_decisions_are_those_of_the_stock_plugin_10(tmp_path: Path) -> None:
    different = []
    for number, (found, decisions) in enumerate(measured()):
        ours = verdicts(OUR_PLUGIN, tmp_path / f"{number}", found)
        different += [f"scene {number}\n{found.yaml}{request}: stock {old}, ours {new}"
                      for request, old, new in zip(found.requests, decisions, ours) if old not in ("-", new[0])]
    assert different == []


def asked(server: TrafficServer, line: str) -> str:
    request, _, field = line.partition("\t")
    client, url = request.split(" ")
    if ":" in client and not has_ipv6():
        return "-"
    match = re.fullmatch(r"http://([^/]*)(/.*)", url)
    assert match is not None, url
    text = f"GET {match[2]} HTTP/1.1\r\nHost: {match[1]}\r\nConnection: close\r\n{field}{field and chr(13) + chr(10)}\r\n"
    answer = server.raw(text.encode(), client)
    return {b"200": "a", b"403": "d"}.get(answer.split(b" ", 2)[1], "-")


@pytest.mark.skipif(VERSION.name != "10.2" or not STOCK_PLUGIN.exists(), reason="needs the stock plugin of 10.2")
def test_the_stock_plugin_10_decides_as_measured() -> None:
    scenes = [scene_of_10(number) for number in range(SCENES_OF_10)]
    remap = "\n".join(rf"regex_map http://.*\.s{number}\.example\.?/ {{origin}} @plugin={STOCK_PLUGIN} @pparam=s{number}.yaml"
                      for number in range(SCENES_OF_10))
    files: dict[str, str | bytes | Path] = {
        f"s{number}.yaml": scene_.yaml.replace("{databases}", str(DATABASES)) for number, scene_ in enumerate(scenes)}
    with TrafficServer(remap, files=files) as server, ThreadPoolExecutor(4) as pool:
        rows = [f"{number} {digest(scene_)} {''.join(pool.map(lambda line: asked(server, line), scene_.requests))}\n"
                for number, scene_ in enumerate(scenes)]
    if os.environ.get("SEMANTICS_WRITE") == "1":
        MEASURED.parent.mkdir(exist_ok=True)
        MEASURED.write_text("".join(rows))
    assert "".join(rows) == MEASURED.read_text()
