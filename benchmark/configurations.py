"""The configurations that are measured, as the YAML that both plugins read."""

from __future__ import annotations

import dataclasses
import ipaddress
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

SEED = 4

# Shares of prefix lengths: most entries of a real list are single addresses and /24s.
LENGTHS = {16: 1, 18: 3, 20: 40, 22: 250, 24: 4206, 26: 500, 28: 2000, 32: 3000}


@dataclasses.dataclass
class Scene:
    """The plugin that reads a configuration."""

    database: Path
    countries: list[str]
    """by IPv4 addresses, most first"""
    scale: float
    """1, or less for a quick run: the size of long lists"""
    page: Path
    asn: Path
    anonymous: Path

    def scaled(self, count: int) -> int:
        return max(10, int(count * self.scale))


def country_list(countries: list[str]) -> str:
    # Quoted: NO is a country and, in YAML, false.
    return "[" + ", ".join(f'"{code}"' for code in countries) + "]"


def document(
    scene: Scene, *sections: str, page: bool = False, header: bool = False, also: Sequence[Path] = ()
) -> str:
    """By default without the decision header: nearly all of its cost is Traffic Server's, and here the host's."""
    databases = ", ".join(f'"{path}"' for path in (scene.database, *also))
    lines = ["maxmind:", f"  database: {f'[{databases}]' if also else databases}",
             f"  decision_header: {'on' if header else 'off'}"]
    if page:
        lines.append(f'  html: "{scene.page}"')
    return "\n".join([*lines, *sections]) + "\n"


def countries(verdict: str, codes: list[str]) -> str:
    return f"  {verdict}:\n    country: {country_list(codes)}"


def ip_list(prefixes: Iterator[str]) -> str:
    return "    ip:\n" + "\n".join(f"      - {prefix}" for prefix in prefixes)


def regexes(codes: list[str], patterns: list[str]) -> str:
    prefix = ", ".join(f'"{code}"' for code in codes)
    # Single quotes keep the backslashes.
    return "    regex:\n" + "\n".join(f"      - [{prefix}, '{text}']" for text in patterns)


def prefixes(count: int) -> Iterator[str]:
    """Disjoint IPv4 prefixes in no order."""
    generator = random.Random(SEED)
    lengths, weights = list(LENGTHS), list(LENGTHS.values())
    found: dict[int, int] = {}
    while len(found) < count:
        wanted = count - len(found)
        for length in generator.choices(lengths, weights, k=wanted + wanted // 8 + 16):
            size = 1 << (32 - length)
            found.setdefault(generator.randrange(1 << 24, 224 << 24) // size * size, length)
        end = 0
        for first in sorted(found):
            if first < end:
                del found[first]
            else:
                end = first + (1 << (32 - found[first]))
    chosen = list(found.items())
    generator.shuffle(chosen)
    for first, length in chosen[:count]:
        yield f"{ipaddress.IPv4Address(first)}/{length}"


def allow_one(scene: Scene, header: bool = False) -> str:
    return document(scene, countries("allow", scene.countries[:1]), header=header)


def allow_one_with_header(scene: Scene) -> str:
    return allow_one(scene, header=True)


def deny_twenty(scene: Scene, page: bool = False) -> str:
    return document(scene, countries("deny", scene.countries[:20]), page=page)


def deny_twenty_with_page(scene: Scene) -> str:
    return deny_twenty(scene, page=True)


def allow_and_deny(scene: Scene) -> str:
    """Twenty countries in, others and a hundred networks out."""
    return document(
        scene,
        countries("allow", scene.countries[:20]),
        countries("deny", scene.countries[20:40]),
        ip_list(prefixes(100)),
    )


def with_prefixes(scene: Scene, count: int) -> str:
    return document(
        scene,
        countries("allow", scene.countries[:1]),
        "  deny:",
        ip_list(prefixes(scene.scaled(count))),
    )


def with_regexes(scene: Scene, codes: int, patterns: list[str]) -> str:
    """Deny patterns that none of the requests' URLs match."""
    return document(
        scene,
        countries("allow", scene.countries[: max(codes, 1)]),
        "  deny:",
        regexes(scene.countries[:codes], patterns),
    )


def two_regexes(scene: Scene) -> str:
    return with_regexes(scene, 1, [r".*\.exe$", r".*\.zip$"])


def fifty_regexes(scene: Scene) -> str:
    return with_regexes(scene, 20, [rf".*\.ext{number}$" for number in range(50)])


def matching_regex(scene: Scene) -> str:
    """Every URL of the twenty countries is denied."""
    return with_regexes(scene, 20, [r".*\.html$"])


def many_regexes(scene: Scene) -> str:
    """As many patterns for each of 200 countries."""
    codes = scene.countries[:200]
    each = scene.scaled(10_000) // len(codes) or 1
    rules = [
        regexes([code], [rf".*\.{code.lower()}{number}$" for number in range(each)])
        for code in codes
    ]
    joined = "\n".join(rule.removeprefix("    regex:\n") for rule in rules)
    return document(scene, countries("allow", codes), "  deny:\n    regex:\n" + joined)


def asns(count: int, seed: int = SEED) -> str:
    """Numbers of networks; most of them are in the generated database."""
    numbers = random.Random(seed).sample(range(1, 375_000), count)
    return f"    asn: [{', '.join(map(str, sorted(numbers)))}]"


def with_networks(scene: Scene, *sections: str, also: Sequence[Path] = ()) -> str:
    return document(
        scene, countries("allow", scene.countries[:1]), "  deny:", asns(50), *sections,
        also=(scene.asn, *also))


def with_each_database(scene: Scene) -> str:
    flags = "  anonymous: { vpn: true, tor: true, public: true }"
    return with_networks(scene, flags, also=(scene.anonymous,))


def with_named_rule(scene: Scene) -> str:
    """One that some clients fulfil, by country and network."""
    country = country_list(scene.countries[1:4])
    rule = f"    rules:\n      - {{ name: both, country: {country}, asn: [1-100000] }}"
    return with_networks(scene, rule)


CONFIGURATIONS: dict[str, Callable[[Scene], str]] = {
    "allow one country": allow_one,
    "allow one country, with the decision header": allow_one_with_header,
    "100,000 CIDRs": lambda scene: with_prefixes(scene, 100_000),
    "1,000,000 CIDRs": lambda scene: with_prefixes(scene, 1_000_000),
    "2 regexes": two_regexes,
    "50 regexes on 20 countries": fifty_regexes,
    "10,000 regexes on 200 countries": many_regexes,
    "deny 20 countries": deny_twenty,
    "deny 20 countries, with a page": deny_twenty_with_page,
    "a deny regex that matches": matching_regex,
    "allow 20, deny 20 and 100 CIDRs": allow_and_deny,
    "City + ASN + Anonymous, a rule on each": with_each_database,
    "City + ASN, an ASN rule": with_networks,
    "City + ASN, and a named rule": with_named_rule,
}


UNITS = {
    "100,000 CIDRs": 100_000,
    "1,000,000 CIDRs": 1_000_000,
    "10,000 regexes on 200 countries": 10_000,
}


def line_configuration(scene: Scene, line: int, networks: bool) -> str:
    """The configuration of the line-th of many remap lines: five countries, other ones each time; with 50 networks,
    also other ones."""
    codes = random.Random(line).sample(scene.countries, 5)
    if not networks:
        return document(scene, countries("allow", codes))
    denied = ["  deny:", asns(50, seed=line)]
    return document(scene, countries("allow", codes), *denied, also=(scene.asn,))
