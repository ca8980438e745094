"""Fixtures for a module whose tests change the files of its `server`. Meanwhile clients keep asking
http://steady.example/, whose rules allow only the US. Their answers must not change."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clients import Load
from maps import DE, US
from traffic_server import TrafficServer


@pytest.fixture(scope="module", autouse=True)
def load(server: TrafficServer) -> Iterator[Load]:
    load = Load(server, "steady.example", ((US, 200), (DE, 403)))
    yield load
    load.stop()


@pytest.fixture(autouse=True)
def nobody_notices(load: Load, server: TrafficServer) -> Iterator[None]:
    process = server.process_id
    before = load.answers
    yield
    assert load.problems == [], server.log("diags.log")[-3000:]
    assert load.answers > before
    assert server.running and server.process_id == process
