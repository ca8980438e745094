"""The rows of the table."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True)
class Row:
    database: str
    """City or Country"""
    configuration: str
    """of configurations.CONFIGURATIONS"""
    addresses: str
    """a kind of traffic.requests"""
    threads: int = 1
    bar: int | None = None
    """how many times as fast as the stock plugin it has to be"""
    slice: int = 50_000
    """decisions a round; fewer where the stock plugin takes long"""

    @property
    def title(self) -> str:
        return f"{self.configuration}, {self.database}"


@dataclasses.dataclass(frozen=True)
class LinesRow:
    """Remap lines, each with its own configuration, on one City database."""

    lines: int
    networks: bool = False
    """with ASN rules, on an ASN database too"""

    @property
    def title(self) -> str:
        databases = "City + ASN, ASN rules" if self.networks else "City"
        return f"{self.lines:,} remap line{'s' if self.lines > 1 else ''}, {databases}"

    @property
    def further_bar(self) -> int:
        """kB for each remap line after the first"""
        return 100 if self.networks else 20


@dataclasses.dataclass(frozen=True)
class KindRow:
    """A configuration that the stock plugin cannot read, against another one of ours, on random IPv4 addresses."""

    configuration: str
    """of configurations.CONFIGURATIONS, on City"""
    base: str
    most: float | None = None
    """the bar: how many times the base's time it may take"""
    most_added: float | None = None
    """the bar: how much it may add, as a multiple of the net time of `ONE_DATABASE`"""


ONE_DATABASE = "allow one country"

FEW = 10_000

ROWS = [
    Row("Country", "allow one country", "IPv4", bar=50),
    Row("City", "allow one country", "IPv4", bar=80),
    Row("City", "allow one country", "60/40", bar=60),
    Row("City", "100,000 CIDRs", "IPv4", bar=70),
    Row("City", "2 regexes", "IPv4", bar=40),
    Row("City", "50 regexes on 20 countries", "IPv4", bar=70, slice=FEW),
    Row("Country", "allow one country", "IPv4 Zipf"),
    Row("City", "allow one country", "IPv4 Zipf"),
    Row("City", "allow one country", "60/40 Zipf"),
    Row("City", "100,000 CIDRs", "IPv4 Zipf"),
    Row("City", "2 regexes", "IPv4 Zipf"),
    Row("City", "50 regexes on 20 countries", "IPv4 Zipf", slice=FEW),
    Row("City", "deny 20 countries", "IPv4"),
    Row("City", "deny 20 countries", "IPv4 Zipf"),
    Row("City", "deny 20 countries, with a page", "IPv4"),
    Row("City", "a deny regex that matches", "IPv4"),
    Row("City", "allow 20, deny 20 and 100 CIDRs", "IPv4"),
    Row("City", "allow one country, with the decision header", "IPv4"),
    Row("City", "allow one country", "IPv4", threads=2),
    Row("City", "allow one country", "60/40", threads=2),
    Row("City", "100,000 CIDRs", "IPv4", threads=2),
    Row("City", "2 regexes", "IPv4", threads=2),
    Row("City", "50 regexes on 20 countries", "IPv4", threads=2, slice=FEW),
    Row("City", "1,000,000 CIDRs", "IPv4"),
    Row("City", "10,000 regexes on 200 countries", "IPv4", slice=FEW),
]

KIND_ROWS = [
    KindRow("City + ASN + Anonymous, a rule on each", ONE_DATABASE, most=3),
    KindRow("City + ASN, an ASN rule", ONE_DATABASE),
    KindRow("City + ASN, and a named rule", "City + ASN, an ASN rule", most_added=1),
]

LINES_ROWS = [LinesRow(1), LinesRow(100), LinesRow(1000), LinesRow(100, networks=True)]

MEMORY_BARS = {"allow one country, Country": 12, "allow one country, City": 40}
"""MB"""
ASN_LOAD_BAR = 1
"""the time of an ASN database's load a node, as a multiple of City's"""

INSTRUCTIONS_BAR = 60
INSTRUCTIONS_REQUESTS = 20_000
