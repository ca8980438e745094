"""Operators see decisions in metrics, in the decision's header in a log, in the origin's headers and in the log
of denials. One Traffic Server with its manager, which traffic_ctl of 9.2 needs for metrics."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from installation import VERSION
from maps import DE, GB, US
from processes import processor_seconds
from traffic_server import DATABASES, OUR_PLUGIN, REPOSITORY, TrafficServer
from waiting import HANG_SECONDS, eventually

PAGE = REPOSITORY / "docs" / "operations.md"

RULES = """\
maxmind:
  database: loopback-country.mmdb
  allow:
    country: [US]
    ip: [127.2.7.0/24]
  deny:
    country: [GB]
  reload: 100ms
"""

#: The configurations by the host that they are for.
CONFIGURATIONS = {
    "counted": RULES,
    "named": RULES + "  name: other-name\n",
    "reloaded": RULES,
    "refused": RULES.replace("loopback-country", "refused"),
    "off": RULES + "  decision_header: off\n",
    "all": RULES + "  decision_header: on\n",
    "annotated": RULES + """\
  bypass: {header: X-Pass, value: sesame}
  annotate:
    X-Client-Country: "{country}"
    X-Client-Reason: "{verdict} by {reason} ({rule})"
    X-Client: "{client} {database} {name}"
    X-Pass: passed
""",
    "logged": RULES + "  log: maxmind_acl.log\n",
    "proxied": RULES + "  client: {trusted: [127.9.0.0/16], header: X-Forwarded-For}\n  log: proxied.log\n",
    "sampled": RULES + "  log: {file: sampled.log, sample: 10%}\n",
    "limited": RULES + "  log: {file: limited.log, rate: 5/s}\n",
    "monitored": RULES + "  mode: monitor\n  log: monitored.log\n",
    "first": RULES + "  mode: monitor\n",
    "second": RULES.replace("[US]", "[US, DE]"),
    "older": RULES + "  name: both\n",
    "newer": RULES.replace("country.mmdb", "country-swapped.mmdb").replace(
        "country: [GB]", "ip_file: [blocked.conf]") + "  name: both\n",
    "clashing": RULES + "  log: decisions.log\n",  # logging.yaml has it, too
}

REMAP = "\n".join(
    [f"map http://{name}.example/ {{origin}} @plugin={{plugin}} @pparam={name}.yaml"
     for name in CONFIGURATIONS]
    + ["map http://twin.example/ {origin} @plugin={plugin} @pparam=counted.yaml",
       # The first would deny DE and GB, the second allows DE.
       "map http://chain.example/ {origin} @plugin={plugin} @pparam=first.yaml"
       " @plugin={plugin} @pparam=second.yaml",
       f"map http://stats.example/ http://127.0.0.1:1/ @plugin={{plugin}} @pparam=off.yaml"])

RECORDS = {"proxy.config.log.logging_enabled": "INT 3",
           "proxy.config.log.max_secs_per_buffer": "INT 1",
           "proxy.config.raw_stat_sync_interval_ms": "INT 200",
           "proxy.config.config_update_interval_ms": "INT 200"}


def logging_yaml() -> str:
    """The logging.yaml that the page shows."""
    found = re.search(r"<!-- test: logging -->\n```text\n(.*?)```", PAGE.read_text(encoding="utf-8"),
                      re.DOTALL)
    assert found is not None
    return found[1]


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    files: dict[str, str | bytes | Path] = {
        f"{name}.yaml": text for name, text in CONFIGURATIONS.items()}
    files |= {name: DATABASES / name
              for name in ("loopback-country.mmdb", "loopback-country-swapped.mmdb")}
    files["refused.mmdb"] = DATABASES / "loopback-country-swapped.mmdb"
    files |= {"logging.yaml": logging_yaml(), "blocked.conf": "127.3.0.1\n127.3.0.2\n127.3.0.3\n"}
    with TrafficServer(REMAP, files=files, records=RECORDS, managed=True) as running:
        yield running


def test_decisions_are_counted_by_verdict_and_reason(server: TrafficServer) -> None:
    for client, times in ((US, 3), ("127.2.7.1", 2), (DE, 4), (GB, 1)):
        for _ in range(times):
            server.get(client, "counted.example")
    # An instance of the same name counts with it.
    server.get(US, "twin.example")

    def seen() -> dict[str, int]:
        return {name: value for name, value in server.metrics("counted").items()
                if name.split(".")[0] in ("allow", "deny", "would_have_denied", "internal_requests")}

    eventually(seen, {"allow": 6, "allow.country": 4, "allow.ip": 2, "deny": 5, "deny.default": 4,
                      "deny.country": 1, "would_have_denied": 0, "internal_requests": 0})


def test_metrics_describe_rules_and_the_database(server: TrafficServer) -> None:
    eventually(lambda: server.metrics("other-name").get("rules"), 3)
    seen = server.metrics("other-name")
    epoch = seen["database_build_epoch"]
    assert epoch == 1788220800  # 2026-09-01
    assert abs(time.time() - epoch - seen["database_age_seconds"]) < HANG_SECONDS
    assert seen["allow"] == seen["reloads"] == seen["reload_failures"] == 0
    assert "named" not in server.ctl("metric", "match", "maxmind_acl")


def test_files_of_one_name_report_their_oldest_database_and_the_sum_of_rules_and_entries(
        server: TrafficServer) -> None:
    eventually(lambda: [server.metrics("both").get(name) for name in ("rules", "database_build_epoch")],
               [3 + 2 + 3, 1788220800])


def test_a_denial_that_is_not_enforced_is_counted_and_logged_as_would_deny(
        server: TrafficServer) -> None:
    for client in (US, GB, DE, DE):
        assert server.get(client, "monitored.example", "/monitored").status == 200

    def seen() -> dict[str, int]:
        return {name: value for name, value in server.metrics("monitored").items()
                if name.split(".")[0] in ("allow", "deny", "would_have_denied", "denials_logged")}

    eventually(seen, {"allow": 1, "allow.country": 1, "deny": 0, "would_have_denied": 3,
                      "would_have_denied.country": 1, "would_have_denied.default": 2,
                      "denials_logged": 3})
    denials = ["deny deny.country GB monitored.yaml:7 db=2026-09-01 not-enforced",
               *["deny default DE monitored.yaml db=2026-09-01 not-enforced"] * 2]
    eventually(lambda: log_lines(server, "monitored.example"), [
        "[-]", *(f"[{text}]" for text in denials)])
    eventually(lambda: [line.split(" ", 2)[2] for line in server.log("monitored.log").splitlines()],
               [f"{text} GET http://monitored.example/monitored" for text in denials])


def test_time_is_measured_for_one_decision_in_64(server: TrafficServer) -> None:
    before = server.metrics("off").get("decision_nanoseconds", 0)
    for _ in range(200):
        server.get(US, "off.example", "/nanoseconds")
    eventually(lambda: server.metrics("off")["decision_nanoseconds"] > before, True)
    taken = server.metrics("off")["decision_nanoseconds"] - before
    assert 200 <= taken < 200 * 1_000_000


def test_reloads_and_failures_are_counted_and_counters_go_on(server: TrafficServer) -> None:
    server.get(US, "reloaded.example")
    eventually(lambda: server.metrics("reloaded").get("allow"), 1)
    server.write("reloaded.yaml", RULES + "  unknown: allow\n")
    eventually(lambda: server.metrics("reloaded")["reloads"], 1)
    server.write("reloaded.yaml", RULES + "  unknwn: allow\n")
    eventually(lambda: server.metrics("reloaded")["reload_failures"], 1)
    eventually(lambda: server.metrics("reloaded")["reload_failing"], 1)
    server.get(US, "reloaded.example")
    eventually(lambda: server.metrics("reloaded")["allow"], 2)
    # A reload of remap.config keeps the counters.
    server.write("reloaded.yaml", RULES)
    server.write_remap(REMAP + "\nmap http://later.example/ {origin}")
    assert server.reload() == "loaded"
    server.get(US, "reloaded.example")
    eventually(lambda: server.metrics("reloaded")["allow"], 3)
    eventually(lambda: server.metrics("reloaded")["reload_failing"], 0)


@pytest.mark.parametrize("allowed, database", [("allow_lost_countries", "loopback-country"),
                                               ("allow_older", "one-country")])
def test_a_refused_database_is_counted_as_a_reload_that_failed(
        allowed: str, database: str, server: TrafficServer) -> None:
    def counted() -> tuple[int, int, int]:
        seen = server.metrics("refused")
        return seen["reloads"], seen["reload_failures"], seen["reload_failing"]

    server.get(US, "refused.example")
    eventually(lambda: server.metrics("refused").get("rules"), 3)
    before = counted()
    rules = CONFIGURATIONS["refused"] + f"  {allowed}: true\n"
    server.write("refused.yaml", rules)
    eventually(counted, (before[0] + 1, before[1], 0))
    # An older database, or one without a country that rules name. The key allows the other file.
    server.write("refused.mmdb", DATABASES / f"{database}.mmdb")
    eventually(counted, (before[0] + 1, before[1] + 1, 1))
    server.write("refused.mmdb", DATABASES / "loopback-country-swapped.mmdb")
    eventually(counted, (before[0] + 2, before[1] + 1, 0))


def test_gauges_describe_the_plugin_in_use(tmp_path: Path) -> None:
    """Traffic Server loads a plugin's new file and keeps the old one loaded, without a configuration."""
    plugin = tmp_path / "maxmind_acl.so"
    shutil.copy(OUR_PLUGIN, plugin)
    remap = "map http://a.example/ {origin} @plugin={plugin} @pparam=updated.yaml"
    with TrafficServer(remap, files={"updated.yaml": RULES,
                                     "loopback-country.mmdb": DATABASES / "loopback-country.mmdb"},
                       plugin=plugin, records=RECORDS, managed=True) as server:
        eventually(lambda: server.metrics("updated").get("rules"), 3)
        # Each copy sets gauges once a second: not at the same moments.
        loaded = re.search(r":\d\d:(\d\d\.\d+)\] .*updated\.yaml: 1 deny", server.log("diags.log"))
        assert loaded is not None
        time.sleep((float(loaded[1]) + 0.4 - time.time()) % 1)
        shutil.copy(OUR_PLUGIN, tmp_path / "update")
        (tmp_path / "update").rename(plugin)
        server.write_remap(remap + "\nmap http://later.example/ {origin}")
        assert server.reload() == "loaded"
        # It keeps unused rules for more than a minute.
        time.sleep(80)
        assert {server.metrics("updated")["rules"] for _ in range(25) if time.sleep(0.13) is None} == {3}


def test_plugins_and_configurations_share_the_file_of_a_log(tmp_path: Path) -> None:
    plugin = tmp_path / "maxmind_acl.so"
    shutil.copy(OUR_PLUGIN, plugin)
    remap = "\n".join(f"map http://{name}.example/ {{origin}} @plugin={{plugin}} @pparam={name}.yaml"
                      for name in ("short", "whole"))
    files = {"short.yaml": RULES + "  log: denials\n", "whole.yaml": RULES + "  log: denials.log\n",
             "loopback-country.mmdb": DATABASES / "loopback-country.mmdb"}
    with TrafficServer(remap, files=files, plugin=plugin, records=RECORDS, managed=True) as server:
        for time_of in ("before", "after"):
            for host in ("short", "whole"):
                server.get(GB, f"{host}.example", f"/{time_of}")
            shutil.copy(OUR_PLUGIN, tmp_path / "update")
            (tmp_path / "update").rename(plugin)
            server.touch("remap.config")
            assert server.reload() == "loaded"
        eventually(lambda: [line.split("http://")[1] for line in server.log("denials.log").splitlines()],
                   ["short.example/before", "whole.example/before", "short.example/after",
                    "whole.example/after"])
        assert all(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ 127\.\S+ deny ", line)
                   for line in server.log("denials.log").splitlines())


def log_lines(server: TrafficServer, host: str) -> list[str]:
    """The text in brackets in the log, for the requests of a host."""
    return [line[line.index("["):] for line in server.log("decisions.log").splitlines()
            if f" http://{host}/" in line]


MADE_UP = [("@MaxMind-ACL", "allow made.up"), ("X-Between", "1"), ("@maxmind-acl", "twice")]


def test_a_log_prints_all_decisions_with_on(server: TrafficServer) -> None:
    server.get(US, "all.example", headers=MADE_UP)
    server.get(GB, "all.example", headers=MADE_UP)
    server.get("127.99.0.1", "all.example")
    eventually(lambda: log_lines(server, "all.example"), [
        "[allow allow.country US all.yaml:4 db=2026-09-01]",
        "[deny deny.country GB all.yaml:7 db=2026-09-01]",
        "[deny default - all.yaml db=2026-09-01]"])


def test_a_log_prints_denials_by_default_and_none_with_off(server: TrafficServer) -> None:
    for host in ("named.example", "off.example"):
        server.get(US, host, "/made-up", headers=MADE_UP)
        server.get(GB, host, "/made-up", headers=MADE_UP)
        server.get("127.99.0.1", host)
    eventually(lambda: log_lines(server, "named.example"), [
        "[-]", "[deny deny.country GB named.yaml:7 db=2026-09-01]",
        "[deny default - named.yaml db=2026-09-01]"])
    eventually(lambda: set(log_lines(server, "off.example")), {"[-]"})


def test_a_denial_that_is_not_enforced_stays_in_the_log_when_a_later_instance_allows(
        server: TrafficServer) -> None:
    for client in (US, DE, GB):
        server.get(client, "chain.example", headers=MADE_UP)
    eventually(lambda: log_lines(server, "chain.example"), [
        "[-]", "[deny default DE first.yaml db=2026-09-01 not-enforced]",
        "[deny deny.country GB second.yaml:7 db=2026-09-01]"])


def test_the_client_of_a_trusted_proxy_is_logged_with_its_source(server: TrafficServer) -> None:
    for value in (GB, "garbage", "unknown"):
        server.get("127.9.0.1", "proxied.example", headers=[("X-Forwarded-For", value)])
    decisions = [f"deny deny.country GB proxied.yaml:7 db=2026-09-01 client={GB} from=X-Forwarded-For",
                 "deny error - proxied.yaml db=2026-09-01 error=unreadable-client client=- from=X-Forwarded-For",
                 "deny error - proxied.yaml db=2026-09-01 error=hidden-client client=- from=X-Forwarded-For"]
    eventually(lambda: log_lines(server, "proxied.example"), [f"[{words}]" for words in decisions])
    eventually(lambda: [line.split(" ", 1)[1] for line in server.log("proxied.log").splitlines()],
               [f"{client} {words} GET http://proxied.example/"
                for client, words in zip((GB, "-", "-"), decisions)])


def test_the_origin_gets_annotations_and_not_the_clients_fields(server: TrafficServer) -> None:
    made_up = [("X-Client-Country", "XX"), ("x-client-country", "YY"), ("X-CLIENT-REASON", "none"),
               ("@MaxMind-ACL", "made up")]
    server.get(US, "annotated.example", "/annotated", headers=made_up)
    fields = server.origin.last_headers
    assert fields.get_all("X-Client-Country") == ["US"]
    assert fields.get_all("X-Client-Reason") == ["allow by allow.country (annotated.yaml:4)"]
    assert fields.get_all("X-Client") == [f"{US} 2026-09-01 annotated"]
    assert not [name for name in fields if name.startswith("@")]


def test_many_forged_fields_cost_a_small_multiple_of_traffic_servers_own_time(
        server: TrafficServer) -> None:
    """Traffic Server visits all fields of one name for each field that the plugin reads or removes."""
    def seconds(host: str, name: str) -> float:
        """In processor time, which other work on the machine does not change."""
        before = processor_seconds(server.process_id)
        assert server.get(GB, host, "/many", headers=[(name, "XX")] * 400).status == 403
        return processor_seconds(server.process_id) - before

    for host, name in [("annotated.example", "X-Client-Country"), ("counted.example", "@MaxMind-ACL"),
                       ("off.example", "@MaxMind-ACL")]:
        assert min(seconds(host, name) for _ in range(2)) < 6 * min(
            seconds(host, "X-Any") for _ in range(2))


def test_an_unknown_value_gives_no_field(server: TrafficServer) -> None:
    server.write("annotated.yaml", CONFIGURATIONS["annotated"].replace("127.2.7.0/24", "127.99.0.0/16"))
    eventually(lambda: server.get("127.99.0.1", "annotated.example").status, 200)
    server.get("127.99.0.1", "annotated.example", "/unknown",
               headers=[("X-Client-Country", "XX"), ("X-Client-Country", "YY")])
    fields = server.origin.last_headers
    assert fields.get_all("X-Client-Country") is None
    assert fields.get_all("X-Client-Reason") == ["allow by allow.ip (annotated.yaml:5)"]


def test_a_bypassing_request_is_annotated_too(server: TrafficServer) -> None:
    server.get(DE, "annotated.example", "/bypass", headers=[("X-Pass", "sesame")])
    fields = server.origin.last_headers
    assert fields.get_all("X-Client-Country") == ["DE"]
    assert fields.get_all("X-Pass") == ["passed"]


def test_denials_are_logged_in_one_line_each(server: TrafficServer) -> None:
    server.get(US, "logged.example", "/not-this")
    server.raw(b'GET /a"b\\%0a?q=%0d%0a HTTP/1.1\r\nHost: logged.example\r\n'
               b'Connection: close\r\n\r\n', client=GB)
    server.get(DE, "logged.example", "/" + "x" * 3000, method="POST", data=b"")

    def lines() -> list[str]:
        return [line.split(" ", 1)[1] for line in server.log("maxmind_acl.log").splitlines()]

    eventually(lines, [
        f"{GB} deny deny.country GB logged.yaml:7 db=2026-09-01 GET "
        "http://logged.example/a%22b%5C%0a?q=%0d%0a",
        f"{DE} deny default DE logged.yaml db=2026-09-01 POST "
        + "http://logged.example/".ljust(2046, "x") + "..."])
    stamp = server.log("maxmind_acl.log").split(" ", 1)[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", stamp)


def test_a_sample_of_denials_is_logged(server: TrafficServer) -> None:
    for number in range(30):
        server.get(DE, "sampled.example", f"/{number}")
    eventually(lambda: [line.rsplit("/", 1)[1] for line in server.log("sampled.log").splitlines()],
               ["0", "10", "20"])
    eventually(lambda: [server.metrics("sampled")[name]
                        for name in ("denials_logged", "denials_unlogged")], [3, 27])


def test_a_flood_of_denials_is_counted_and_not_logged(server: TrafficServer) -> None:
    for number in range(60):
        server.get(DE, "limited.example", f"/{number}")
    eventually(lambda: sum(server.metrics("limited")[name]
                           for name in ("denials_logged", "denials_unlogged")), 60)
    seen = server.metrics("limited")
    assert 5 <= seen["denials_logged"] < 60

    def counts() -> tuple[int, int]:
        lines = server.log("limited.log").splitlines()
        suppressed = [int(match[1]) for line in lines if (match := re.search(
            r" # limited: (\d+) denials more than the rate allows$", line))]
        return len(lines) - len(suppressed), sum(suppressed)

    eventually(counts, (seen["denials_logged"], seen["denials_unlogged"]))


def test_a_log_whose_name_is_taken_gets_another_and_the_logs_report_it(server: TrafficServer) -> None:
    server.get(DE, "clashing.example", "/clash")
    logs = server.root / "log"
    assert (f"has been set to {logs}/decisions.log_1 rather than {logs}/decisions.log because the latter is being "
            "used by another LogObject\n") in server.log("diags.log")
    eventually(lambda: server.log("decisions.log_1").endswith(
        f" {DE} deny default DE clashing.yaml db=2026-09-01 GET http://clashing.example/clash\n"), True)


def test_more_names_than_there_is_room_for_do_no_harm() -> None:
    names = [f"n{number}" for number in range(130)]
    remap = "\n".join(f"map http://{name}.example/ http://127.0.0.1:1/ @plugin={{plugin}} "
                      f"@pparam={name}.yaml @plugin=generator.so" for name in names)
    files: dict[str, str | bytes | Path] = {
        "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
        **{f"{name}.yaml": RULES for name in names}}
    with TrafficServer(remap, files=files) as server:
        for name in names:
            assert server.get(US, f"{name}.example", "/nocache/1/x").status == 200
            assert server.get(DE, f"{name}.example", "/nocache/1/x").status == 403
        time.sleep(3)
        assert server.get(US, "n129.example", "/nocache/1/x").status == 200
        log = server.log("diags.log").splitlines()
        assert sum("[maxmind_acl]" in line and "--maxRecords" in line for line in log) == VERSION.has_limited_metrics
        assert sum("too many stats/configs" in line for line in log) == VERSION.has_limited_metrics
