"""Access logs as a site of some size writes them: seeded, a few hundred lines a second."""

from __future__ import annotations

import dataclasses
import itertools
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import traffic
from address_space import AddressSpace

SEED = 12
START = 1_790_000_000
LINES_A_SECOND = 250
CLIENTS = 100_000
TAILS = 50_000
CHUNK = 100_000

PATHS = (
    "/", "/index.html", "/robots.txt", "/shop/item/{}?ref=mail", "/static/js/app.{}.js",
    "/images/products/{}/front.jpg", "/api/v1/items/{}", "/search?q=word+{}", "/feed/{}/rss.xml",
)
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "curl/8.5.0",
)


@dataclasses.dataclass(frozen=True)
class Format:
    name: str
    stamp: Callable[[int], str]
    """a time, as the format writes it"""
    tail: Callable[[random.Random], str]
    """all that depends on neither the client nor the time"""
    line: str
    """where the three stand"""


def path(generator: random.Random) -> str:
    return generator.choice(PATHS).format(generator.randint(1, 99_999))


def combined_tail(generator: random.Random) -> str:
    status = generator.choice((200, 200, 200, 200, 304, 404))
    return (f'"GET {path(generator)} HTTP/1.1" {status} {generator.randint(100, 90_000)} '
            f'"https://www.example.com/start" "{generator.choice(AGENTS)}"')


def squid_tail(generator: random.Random) -> str:
    result = generator.choice(("TCP_HIT", "TCP_MEM_HIT", "TCP_MISS", "TCP_REFRESH_HIT"))
    return (f"{result}/200 {generator.randint(100, 90_000)} GET "
            f"http://www.example.com{path(generator)} - DIRECT/origin.example.com text/html")


COMBINED = Format(
    "combined", lambda second: time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(second)),
    combined_tail, "{client} - - [{stamp}] {tail}\n")
SQUID = Format(
    "squid", lambda second: f"{second}.125 45", squid_tail, "{stamp} {client} {tail}\n")


def lines(form: Format, count: int, space: AddressSpace) -> Iterator[str]:
    """Clients as in `traffic`, 60/40 Zipf, but more of them: the n-th 1/n times as often as the first."""
    generator = random.Random(f"{SEED} {form.name}")
    clients = [traffic.one_address(generator, space, mixed=True) for _ in range(CLIENTS)]
    weights = list(itertools.accumulate(1 / rank for rank in range(1, CLIENTS + 1)))
    tails = [form.tail(generator) for _ in range(min(TAILS, count))]
    # The client stands before the tail in every format. All that rarely changes is formatted once, so that a
    # million lines take seconds.
    pattern = form.line.format(client="%s", stamp="\0", tail="%s")
    for second in range(0, count, LINES_A_SECOND):
        here = min(LINES_A_SECOND, count - second)
        stamped = pattern.replace("\0", form.stamp(START + second // LINES_A_SECOND))
        yield "".join(
            map(stamped.__mod__, zip(
                generator.choices(clients, cum_weights=weights, k=here),
                generator.choices(tails, k=here))))


def write(file: Path, form: Format, count: int, space: AddressSpace) -> None:
    with file.open("w") as output:
        output.writelines(lines(form, count, space))
