"""The scrape and the alerts of docs/operations.md, held against a real Traffic Server and promtool."""

from __future__ import annotations

import contextlib
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from loopback import free_port, has_ipv6
from maps import DE, US
from origin import Origin
from traffic_server import DATABASES, REPOSITORY, TrafficServer
from waiting import eventually

DOCUMENTED = REPOSITORY / "docs" / "prometheus"
PAGE = REPOSITORY / "docs" / "operations.md"
SECONDS = 600

RULES = """\
maxmind:
  database: loopback-country.mmdb
  allow: {country: [US]}
  log: {file: denials.log, sample: 50%}
"""


def promtool(*arguments: str | Path, text: str | None = None) -> None:
    done = subprocess.run(["promtool", *arguments], input=text, capture_output=True, text=True,
                          timeout=SECONDS, check=False)
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


def documented(test: str) -> str:
    """The block of the page that is marked so."""
    block = re.search(rf"<!-- test: {re.escape(test)} -->\n```\w+\n(.*?)```",
                      PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None
    return block[1]


def scrape(collector: Path, port: int) -> subprocess.CompletedProcess[str]:
    """Runs the documented command, which writes into the directory of the collector."""
    command = documented("scrape")
    for shown, meant in (("http://127.0.0.1:8080", f"http://127.0.0.1:{port}"),
                         ("/etc/trafficserver", str(DOCUMENTED)),
                         ("/var/lib/prometheus/node-exporter", str(collector))):
        assert command.count(shown) == 1
        command = command.replace(shown, meant)
    return subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=SECONDS,
                          check=False)


@contextlib.contextmanager
def answering(plugin_config: str = documented("plugin.config"),
              stats_config: str = documented("stats.config")) -> Iterator[TrafficServer]:
    """A Traffic Server with the documented configuration of its statistics."""
    files: dict[str, str | bytes | Path] = {
        "shop.yaml": RULES, "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
        "stats.config": stats_config}
    server = TrafficServer("map http://shop.example/ {origin} @plugin={plugin} @pparam=shop.yaml",
                           files=files)
    try:
        server.prepare()
        server.write("plugin.config", plugin_config.replace("/etc/trafficserver", str(server.etc)))
        server.start()
        yield server
    finally:
        server.close()


def test_the_documented_scrape_works(tmp_path: Path) -> None:
    with answering() as server:
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
        written = tmp_path / "maxmind_acl.prom"
        deadline = time.monotonic() + SECONDS
        while True:
            done = scrape(tmp_path, server.port)
            # Until the metrics have arrived, there may be none of the plugin.
            assert (done.returncode, done.stderr) in (
                (0, ""), (1, "maxmind_acl.awk: no metric of maxmind_acl in the input\n"))
            text = written.read_text(encoding="utf-8") if written.exists() else ""
            if wanted <= set(text.splitlines()):
                break
            assert time.monotonic() < deadline, text
            time.sleep(0.5)
        promtool("check", "metrics", text=text)
        seconds = re.search(r'^maxmind_acl_decision_seconds_total\{name="shop"\} (\S+)$', text,
                            re.MULTILINE)
        assert seconds is not None and 0 < float(seconds[1]) < 134


def test_the_metrics_from_before_stay_where_traffic_server_does_not_answer(tmp_path: Path) -> None:
    (tmp_path / "maxmind_acl.prom").write_text("from before\n", encoding="utf-8")
    # An answer of another run must not count for this one.
    (tmp_path / "maxmind_acl.csv").write_text("plugin.maxmind_acl.shop.rules,1\n", encoding="utf-8")
    done = scrape(tmp_path, free_port())
    assert done.returncode == 7, done.stderr
    assert (tmp_path / "maxmind_acl.prom").read_text(encoding="utf-8") == "from before\n"


@pytest.mark.parametrize("answer", [b"", b"proxy.process.version.server.short,9.2.5\n"])
def test_the_metrics_from_before_stay_where_none_is_of_maxmind_acl(
        answer: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "maxmind_acl.prom").write_text("from before\n", encoding="utf-8")
    (tmp_path / "maxmind_acl.csv").write_text("plugin.maxmind_acl.shop.rules,1\n", encoding="utf-8")
    monkeypatch.setattr(Origin, "BODY", answer)
    with contextlib.closing(Origin()) as origin:
        done = scrape(tmp_path, int(origin.url.rstrip("/").rsplit(":", 1)[1]))
    assert (done.returncode, done.stderr) == (
        1, "maxmind_acl.awk: no metric of maxmind_acl in the input\n")
    assert (tmp_path / "maxmind_acl.prom").read_text(encoding="utf-8") == "from before\n"


def test_nobody_but_this_machine_gets_the_statistics() -> None:
    with answering() as server:
        def statistics(client: str, host: str) -> bool:
            reply = server.get(client, host, "/_stats", headers={"Accept": "text/csv"})
            return b"proxy.process." in reply.body

        assert statistics("127.0.0.1", f"127.0.0.1:{server.port}")
        assert server.get("127.5.0.9", f"127.0.0.1:{server.port}", "/_stats").status == 404
        assert not statistics("127.5.0.9", "shop.example")


@pytest.mark.skipif(not has_ipv6(), reason="no IPv6 here")
def test_the_statistics_are_narrowed_for_ipv6_by_a_line_of_their_own() -> None:
    for address, status in (("::1", 200), ("2001:db8::1", 404)):
        text = documented("stats.config").replace("allow_ip6=::1", f"allow_ip6={address}")
        with answering(stats_config=text) as server:
            def answered() -> int | None:
                with contextlib.suppress(ConnectionRefusedError):
                    # It may listen on IPv6 later than on IPv4.
                    return server.get("::1", f"[::1]:{server.port}", "/_stats").status
                return None

            eventually(answered, status)
