"""The scrape and the alerts of docs/operations.md, held against a real Traffic Server and promtool."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path

from maps import DE, US
from traffic_server import DATABASES, REPOSITORY, TrafficServer

DOCUMENTED = REPOSITORY / "docs" / "prometheus"
PAGE = REPOSITORY / "docs" / "operations.md"
SECONDS = 30

RULES = """\
maxmind:
  database: loopback-country.mmdb
  allow: {country: [US]}
  log: {file: denials.log, sample: 50%}
"""


def promtool(*arguments: str | Path, text: str | None = None) -> None:
    done = subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True,
                          timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_alerts_are_rules() -> None:
    promtool("check", "rules", DOCUMENTED / "alerts.yaml")


def test_the_alerts_fire_when_they_should() -> None:
    promtool("test", "rules", Path(__file__).resolve().parent / "alerts-test.yaml")


def test_the_alerts_name_metrics_that_there_are() -> None:
    script = (DOCUMENTED / "maxmind_acl.awk").read_text(encoding="utf-8")
    written = {f"maxmind_acl_{name}" for name in re.findall(r'kind\["(\w+)"\]', script)}
    named = set(re.findall(r"\bmaxmind_acl_\w+\b",
                           (DOCUMENTED / "alerts.yaml").read_text(encoding="utf-8")))
    assert named - {"maxmind_acl_alerts"} <= written
    assert named


def scrape(server: TrafficServer) -> str:
    """What the documented command writes."""
    block = re.search(r"<!-- test: scrape -->\n```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"),
                      re.DOTALL)
    assert block is not None
    command = block[1].replace("http://127.0.0.1:8080", f"http://127.0.0.1:{server.port}")
    command = command.replace("maxmind_acl.awk", str(DOCUMENTED / "maxmind_acl.awk"))
    command = command.replace("/var/lib/prometheus/node-exporter", str(server.root))
    done = subprocess.run(["/bin/sh", "-c", command], cwd=server.root, capture_output=True,
                          text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return (server.root / "maxmind_acl.prom").read_text(encoding="utf-8")


def test_the_documented_scrape_works() -> None:
    files: dict[str, str | bytes | Path] = {
        "shop.yaml": RULES, "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
        "plugin.config": "stats_over_http.so _stats\n"}
    with TrafficServer("map http://shop.example/ {origin} @plugin={plugin} @pparam=shop.yaml",
                       files=files) as server:
        for client, times in ((US, 130), (DE, 4)):
            for _ in range(times):
                server.get(client, "shop.example")
        wanted = {
            'maxmind_acl_decisions_total{name="shop",verdict="allow",reason="country"} 130',
            'maxmind_acl_decisions_total{name="shop",verdict="deny",reason="default"} 4',
            'maxmind_acl_denials_logged_total{name="shop"} 2',
            'maxmind_acl_denials_unlogged_total{name="shop"} 2',
            'maxmind_acl_internal_requests_total{name="shop"} 0',
            'maxmind_acl_reloads_total{name="shop"} 0',
            'maxmind_acl_reload_failures_total{name="shop"} 0',
            'maxmind_acl_reload_failing{name="shop"} 0',
            'maxmind_acl_database_build_timestamp_seconds{name="shop"} 1788220800',
            'maxmind_acl_rules{name="shop"} 1',
        }
        deadline = time.monotonic() + SECONDS
        while not wanted <= set((text := scrape(server)).splitlines()):
            assert time.monotonic() < deadline, text
            time.sleep(0.5)
        promtool("check", "metrics", text=text)
        seconds = re.search(r'^maxmind_acl_decision_seconds_total\{name="shop"\} (\S+)$', text,
                            re.MULTILINE)
        assert seconds is not None and 0 < float(seconds[1]) < 134
