"""The remap.config, configurations and pages that the tests of a running server share.

The loopback databases place 127.1/16 in US, 127.2 in DE, 127.3 in GB, 127.4 in NO, 127.5 in CA, 127.6
and ::1 in FR, 127.7 on a continent only; 127.0/16 is in none. The anonymity database flags 127.11 (vpn),
127.12 (hosting), 127.13 (public), 127.14 (tor), 127.15 (residential), 127.16 (vpn and hosting).
"""

from __future__ import annotations

from pathlib import Path

from traffic_server import DATABASES

US, DE, GB, NO, CA, FR = (f"127.{number}.0.9" for number in range(1, 7))
CONTINENT_ONLY = "127.7.0.9"
NOWHERE = "127.0.0.9"

#: The example of the stock plugin's manual, but for the database and two loopback addresses.
MANUAL = r"""
maxmind:
  database: loopback-country.mmdb
  html: deny.html
  allow:
    country:
      - US
    ip:
      - 127.0.0.1
      - 127.9.10.0/20
  deny:
    country:
      - DE
    ip:
      - 127.0.0.1
    regex:
      - [US, ".*\\.txt"] # Because these get parsed you must escape the escape of the ``.``
      - [US, ".*\\.mp3"]
"""

DENY_ONLY = r"""
maxmind:
  database: loopback-country.mmdb
  html: deny.html
  deny:
    country:
      - DE
      - NO
    ip:
      - 127.1.66.0/24
      - ::1
    regex:
      - [GB, "/private/"]
"""

#: The manual's second example, with tor set to true beside it.
ANONYMITY = """
maxmind:
  database: loopback-anonymous.mmdb
  html: anonymous.html
  anonymous:
    hosting: false
    vpn: true
    tor: true
    public: true
  deny:
    ip:
      - 127.99.0.0/16
"""

ANONYMITY_WITH_ALLOWED_ADDRESS = """
maxmind:
  database: loopback-anonymous.mmdb
  html: anonymous.html
  anonymous:
    hosting: false
    ip: true
    vpn: true
    tor: false
  allow:
    ip:
      - 127.11.0.1 # a known anonymous address
"""

#: From the manual, for anonymity beside geography: two instances on one line, and both must allow.
GEOGRAPHY_OF_TWO = """
maxmind:
  database: loopback-country.mmdb
  html: deny.html
  deny:
    country: [DE]
    ip: [127.12.0.0/16]
"""

BYPASS = """
maxmind:
  database: loopback-country.mmdb
  html: deny.html
  bypass:
    header: X-Let-Me-In
    value: open sesame
  allow:
    country: [US]
  deny:
    ip: [127.1.66.0/24]
"""


def page_map(page: str) -> str:
    """Lets the US through; all others get `page`."""
    return f"""
maxmind:
  database: loopback-country.mmdb
  {f"html: {page}" if page else "# no page of its own"}
  allow:
    country: [US]
"""


def page(size: int) -> bytes:
    """A page of exactly `size` bytes in which no two stretches are the same."""
    text = b"<!doctype html><title>Denied</title>\n"
    lines = b"".join(b"<p>line %08d</p>\n" % number for number in range(size // 21 + 1))
    return (text + lines)[: size - 8] + b"</html>\n"


#: The pages whose delivery is tested: name → content. 8,192 bytes is Traffic Server's limit for the
#: body of an error (proxy.config.body_factory.response_max_size).
PAGES: dict[str, bytes] = {
    "small": b"<p>You can't see this.</p>\n",
    "8190": page(8190),
    "8191": page(8191),
    "8192": page(8192),
    "8193": page(8193),
    "8200": page(8200),
    "nul": b"<p>before</p>\0<p>after</p>\n",
    "large": page(1_000_000),
}

DENIAL_PAGE = b"<p>denied</p>\n"
ANONYMOUS_PAGE = b"<p>anonymous</p>\n"

FILES: dict[str, str | bytes | Path] = {
    "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
    "loopback-anonymous.mmdb": DATABASES / "loopback-anonymous.mmdb",
    "deny.html": DENIAL_PAGE,
    "anonymous.html": ANONYMOUS_PAGE,
    "empty.html": b"",
    "manual.yaml": MANUAL,
    "deny-only.yaml": DENY_ONLY,
    "anonymity.yaml": ANONYMITY,
    "anonymity-allowed.yaml": ANONYMITY_WITH_ALLOWED_ADDRESS,
    "geography-of-two.yaml": GEOGRAPHY_OF_TWO,
    "bypass.yaml": BYPASS,
    "no-page.yaml": page_map(""),
    "empty-page.yaml": page_map("empty.html"),
    **{f"page-{name}.html": content for name, content in PAGES.items()},
    **{f"page-{name}.yaml": page_map(f"page-{name}.html") for name in PAGES},
}


def acl(name: str) -> str:
    return f"@plugin={{plugin}} @pparam={name}"


REMAP = "\n".join([
    f"map http://manual.example/ {{origin}} {acl('manual.yaml')}",
    f"map http://deny-only.example/ {{origin}} {acl('deny-only.yaml')}",
    f"map http://anonymity.example/ {{origin}} {acl('anonymity.yaml')}",
    f"map http://allowed.example/ {{origin}} {acl('anonymity-allowed.yaml')}",
    f"map http://two.example/ {{origin}} {acl('geography-of-two.yaml')} {acl('anonymity.yaml')}",
    f"map http://bypass.example/ {{origin}} {acl('bypass.yaml')}",
    f"map http://generator.example/ http://127.0.0.1:1/ {acl('manual.yaml')} @plugin=generator.so",
    f"map http://generator-large.example/ http://127.0.0.1:1/ {acl('page-large.yaml')}"
    " @plugin=generator.so",
    f"map http://no-page.example/ {{origin}} {acl('no-page.yaml')}",
    f"map http://empty-page.example/ {{origin}} {acl('empty-page.yaml')}",
    *(f"map http://page-{name}.example/ {{origin}} {acl(f'page-{name}.yaml')}" for name in PAGES),
])
