"""A real Traffic Server with all origins after it, each under each rule."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from exchange import Answer, get_all
from origins import ORIGINS, running_origins
from spellings import OPERATORS_RULES, RULES, Rule
from traffic_server import DATABASES, TrafficServer

DENIAL_PAGE = b"<p>denied by the rule</p>\n"

#: No cache, so that each request gets to its origin, and every byte in a request target.
RECORDS = {
    "proxy.config.http.cache.http": "INT 0",
    "proxy.config.http.strict_uri_parsing": "INT 0",
}

#: All rules. None: the line has no plugin.
ALL_RULES: tuple[Rule | None, ...] = (
    None, *RULES, *(rule for pair in OPERATORS_RULES for rule in (pair.open, pair.closed)))


def is_denial(answer: Answer) -> bool:
    """Whether the plugin denied the request. An origin has 403 answers of its own."""
    return answer.status == 403 and answer.body == DENIAL_PAGE


def host_name(rule: Rule | None, origin: str) -> str:
    return f"{rule.name if rule else 'no-rule'}.{origin}.example"


@dataclasses.dataclass(frozen=True)
class Proxy:
    """Maps a host for each rule and origin."""

    server: TrafficServer

    def get(self, rule: Rule | None, origin: str, targets: Sequence[str]) -> list[Answer]:
        """The answers to all targets, in their order."""
        return get_all(self.server.port, host_name(rule, origin), targets)


@contextmanager
def running_proxy() -> Iterator[Proxy]:
    files: dict[str, str | bytes | Path] = {
        "loopback-country.mmdb": DATABASES / "loopback-country.mmdb", "deny.html": DENIAL_PAGE}
    lines = []
    with running_origins() as urls:
        for origin in ORIGINS:
            for rule in ALL_RULES:
                host = host_name(rule, origin)
                line = f"map http://{host}/ {urls[origin]}"
                if rule:
                    files[f"{host}.yaml"] = rule.configuration(host)
                    line += f" @plugin={{plugin}} @pparam={host}.yaml"
                lines.append(line)
        with TrafficServer("\n".join(lines), files=files, records=RECORDS,
                           start_seconds=300) as server:
            yield Proxy(server)
            assert server.running, server.logs()
