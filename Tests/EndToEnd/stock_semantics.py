"""Configurations and requests on which `semantics:` is compared with the stock plugin: seeded, as strange as allowed.

A scene is one configuration with its requests. The stock plugin ignores the key `semantics`, so both plugins read one
file. Scenes leave out what docs/semantics.md lists under "What `semantics` leaves out".
"""

from __future__ import annotations

import dataclasses
import json
import random
from collections.abc import Callable

#: Databases, each with the clients that are added to the common ones.
DATABASES: dict[str, list[str]] = {
    "loopback-country.mmdb": ["2002:7f01:1::1", "2001:0:7f01:1::1"],
    "lower-case-country.mmdb": [],
    "ipv4-only-country.mmdb": [],
    "loopback-country-anonymous.mmdb": ["127.1.200.9", "127.2.200.9"],
    "loopback-anonymous.mmdb": [f"127.{net}.0.1" for net in range(11, 19)],
    "loopback-geoguard.mmdb": [f"127.{net}.0.1" for net in range(21, 26)],
    "loopback-city.mmdb": ["127.1.64.9", "127.1.200.9"],
    "flat-country.mmdb": [],
    "ipinfo-flat.mmdb": [],
    "no-country.mmdb": [],
    "empty.mmdb": [],
    "country-texts.mmdb": [],
}

#: All of these are local addresses.
LOOPBACK = ([f"127.{net}.0.{last}" for net in range(1, 10) for last in (1, 5, 9)]
            + ["127.1.0.200", "127.1.200.7", "127.2.200.7", "127.200.0.1", "::1"])
OTHERS = ["192.0.2.1", "198.51.100.7", "203.0.113.1", "203.0.113.200", "10.1.1.1", "8.8.8.8",
          "2001:db8:1::1", "2001:db8:2::5", "2001:db8:4::1", "2001:db8:7::1", "2001:db8:9::1", "-"]

COUNTRIES = ["US", "DE", "GB", "NO", "CA", "FR", "us", "de", "Us", "*", "", "-", "USA", "null", "EU", "CLOUDFLARE"]

ADDRESSES = [
    "127.1.0.1", "127.1.0.0/24", "127.1.0.5/16", "127.2.0.0/15", "127.0.0.0/8", "0/0", "0.0.0.0/0", "127.7.0.0/16",
    "127.200.0.0/16", "127.9.0.1-127.9.0.5", "127.1.0.9-127.1.0.1", "127.1.0.1 - 127.1.0.9", "127.1.0.0-",
    "127.1.0.0/", "127.1.0.0/33", "127.1.0.0/-1", "127.1.0.0/-0", "127.1.0.0/030", "127.1.0.0/08",
    "127.1.0.0/0x18", "127.1.0.0/24abc", "127.1.0.0/ 24", "127.1.0.0 /24", "127.1.0.0/264", "127.1", "127.65537",
    "0x7f.1.0.1", "0177.1.0.1", "2130771969", "127.1.0.1:80", "[127.1.0.1]", "[127.1.0.1]:80", " 127.1.0.1",
    "127.1.0.1 ", "127.1.0.1 x", "127.1.0.1.", "127..0.1", "127.1.0.256", "127.1.0.1.1", "x", "", "127.1.0.1,127.1.0.5",
    "127.1.0.1/24/16", "127.1.0.1-127.1.0.5-127.1.0.9", "10.0.0.0/8", "192.0.2.0/24", "8.8.8.8",
    "::1", "::1/128", "[::1]", "[::1]:80", "::/0", "2001:db8::/32", "2001:db8:1::/48", "2001:DB8:1::1", "2001:db8:7::/48",
    "2001:db8:1::/129", "2001:db8:1::/-1", "2001:db8:1::1-2001:db8:2::9", "127.1.0.1-::1", "::ffff:127.1.0.1", "2001:db8",
    "2001:db8:::1", "2001:db8:1::1%lo", "2001:db8:1:0:0:0:0:1", "g::1",
]

PATTERNS = [
    r".*\.txt", r".*\\.txt", r"\.mp3$", r"^music/", r"^/music/", r"music", r"Music", r"(?i)MUSIC", r"^$", r"", r".*", r"x*",
    r"^.*$", r"secret", r"^secret", r"(^|/)secret(/|$)", r"\bsecret\b", r"%2e", r"%", r";", r"//", r"\.\.", r"\\",
    r"[[:alpha:]]+\.txt", r"\d+", r"^\d", r"[^/]+/", r"^[^/]+$", r"^[^/]+/[^/]+$", r"a|b", r"(?<!a)/b", r"(?=m)usic",
    r"(?=m)m", r"\Amusic", r"mp3\Z", r"mp3\z", r"(a+)+", r"(\w)\1", r"example", r"^a\.example/", r"^A", r"A\.EXAMPLE",
    r"\.example\./", r"\[::1\]", r"a{2,3}", r"(music|video)/.*\.(mp3|txt)$", r"\?", r"#", r"=", r"\s", r".", r"..", r"^.$",
    r"é", r"\x2e", r"[.]txt(?!x)", r"m(?#comment)usic", r"(?x) mus ic", r"txt\b", r"$", r"^", r"\Qa.b\E", r"^(?!music)", r"b?",
]
BAD_PATTERNS = ["[", "(", "*", "a{2,1}", "(?P<", "\\"]

HOSTS = ["a.example", "A.Example", "music.example.com", "a.example.", "b.example:8080", "192.0.2.1", "[::1]", "[::1]:8080"]
PIECES = ["music", "Music", "video", "secret", "a", "b", "aa", "x.txt", "song.mp3", "x%2etxt", "%73ecret", "..", ".", "", "1",
          "a.b", "x.txt;v=1", ";", "a;b", "%2F", "\\", "~", "x.mp3"]
QUERIES = ["", "", "", "?x.txt", "?a=b", "?", "#x.txt"]

#: Sections that are no mapping of rules, as YAML.
ODD_SECTIONS = ["null", "{}", "[]", "x", '""', "[US]", "{regex: null}", "{country: US}", "{ip: 127.1.0.1}", "{country: {US: x}}",
                "{regex: x}", "{region: [US]}", "~", "5"]


@dataclasses.dataclass(frozen=True)
class Scene:
    yaml: str
    #: Lines of the replay host: client and URL, and header fields after a tab.
    requests: list[str]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _list(random_: random.Random, text: Callable[[], str], most: int, odd: float) -> str:
    items = [_quoted(text()) for _ in range(random_.randint(0, most))]
    if items and random_.random() < odd:
        items.insert(random_.randint(0, len(items)), random_.choice(["~", "[x]", "{a: b}", "US", "127", "NO"]))
    return f"[{', '.join(items)}]"


def _rule(random_: random.Random) -> str:
    countries = [random_.choice(COUNTRIES[:8]) for _ in range(random_.choice([1, 1, 1, 2, 3]))]
    if random_.random() < 0.03:
        return random_.choice(["x", "[US]", "{US: x}", "~", "[[US], x]", '["x"]', "[US, ~]"])
    bad = random_.random() < 0.04
    pattern = random_.choice(BAD_PATTERNS if bad else PATTERNS)
    return f"[{', '.join([_quoted(country) for country in countries] + [_quoted(pattern)])}]"


def _section(random_: random.Random) -> list[str]:
    lines = []
    if random_.random() < 0.7:
        lines.append("country: " + _list(random_, lambda: random_.choice(COUNTRIES[: random_.choice([6, 6, 16])]), 4, 0.1))
    if random_.random() < 0.5:
        lines.append("ip: " + _list(random_, lambda: random_.choice(ADDRESSES), 4, 0.06))
    if random_.random() < 0.6:
        lines.append(f"regex: [{', '.join(_rule(random_) for _ in range(random_.randint(0, 4)))}]")
    if random_.random() < 0.08 and lines:
        lines.append(lines[0].split(":")[0] + ": [US, 127.3.0.0/16]")
    if random_.random() < 0.08:
        lines.append("region: [US]")
    random_.shuffle(lines)
    return lines


FLAGS = ["ip", "vpn", "hosting", "public", "tor", "residential", "vpn_datacenter", "relay_proxy", "proxy_over_vpn", "smart_dns_proxy"]
BOOLEANS = ["true", "true", "true", "false", "yes", "Yes", "YES", "yEs", "on", "y", "N", "1", '"true"', "~", "[x]", "no"]


def _anonymous(random_: random.Random) -> str:
    if random_.random() < 0.1:
        return random_.choice(["x", "~", "[vpn]", "{}"])
    flags = random_.sample(FLAGS, random_.randint(1, 4))
    return "{" + ", ".join(f"{flag}: {random_.choice(BOOLEANS)}" for flag in flags) + "}"


BYPASSES = ["{header: X-Probe, value: pass}", "{header: x-probe, value: pass}", "{header: X-Probe, value: PASS}", "x", "~",
            "{header: X-Probe}", "{value: pass}", '{header: "", value: pass}', '{header: X-Probe, value: ""}',
            "{header: [X-Probe], value: pass}", "{header: X-Probe, value: ~}", "{header: X-Probe, value: pass, more: x}"]
FIELDS = ["X-Probe: pass", "X-Probe: PASS", "X-Probe:  pass ", "X-Probe: pass, pass", "X-Other: pass"]


def _url(random_: random.Random, domain: str) -> str:
    path = "/".join(random_.choice(PIECES) for _ in range(random_.randint(0, 4)))
    if domain:
        # Version 9 removes a final `;`, version 10 does not.
        host = random_.choice(HOSTS[:3]) + domain + random_.choice(["", "", "."])
        return f"http://{host}/{path.rstrip(';')}{random_.choice(QUERIES[:-1])}"
    slash = "" if not path and random_.random() < 0.5 else "/"
    return f"http://{random_.choice(HOSTS)}{slash}{path}{random_.choice(QUERIES) if slash else ''}"


def scene(number: int, count: int, *, version: int, domain: str = "") -> Scene:
    """The scene of a number, with so many requests.

    With a domain, the requests suit a real proxy on this machine: each host is in the domain, and each client is a
    local address.
    """
    random_ = random.Random(f"semantics {version} {number}")
    database = random_.choice([*DATABASES, *["loopback-country.mmdb", "loopback-country-anonymous.mmdb"] * 4])
    lines = [f"database: {{databases}}/{database}", f"semantics: trafficserver-{version}"]
    for name in ("allow", "deny"):
        kind = random_.random()
        if kind < 0.08:
            lines.append(f"{name}: {random_.choice(ODD_SECTIONS)}")
        elif kind < 0.8:
            section = _section(random_)
            lines += [f"{name}:"] + [f"  {line}" for line in section]
    if random_.random() < (0.4 if version >= 10 else 0.2):
        lines.append(f"anonymous: {_anonymous(random_)}")
    if random_.random() < 0.2:
        lines.append(f"bypass: {random_.choice(BYPASSES)}")
    # Keys of delivery change no decision, and the stock plugin ignores them.
    lines += random_.sample(["response: {status: 451}", "name: scene", "decision_header: true", "unheard: of", "reload: 10m"],
                            random_.randint(0, 2))
    clients = LOOPBACK + [client for client in DATABASES[database] if not domain or client.startswith("127.")]
    if not domain:
        clients = clients + OTHERS * 2
    requests = []
    for _ in range(count):
        field = f"\t{random_.choice(FIELDS)}" if random_.random() < 0.2 else ""
        requests.append(f"{random_.choice(clients)} {_url(random_, domain)}{field}")
    return Scene("maxmind:\n" + "".join(f"  {line}\n" for line in lines), requests)
