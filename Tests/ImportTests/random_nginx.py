"""Random nginx configurations that import as a whole."""

from __future__ import annotations

import random

COUNTRIES = ["US", "DE", "GB", "NO", "CA", "FR"]
PREFIXES = ["127.0.0.0/9", "127.1.0.0/16", "127.1.0.0/24", "127.1.0.1", "127.2.0.0/15", "127.2.0.8/29", "127.3.38.0/23",
            "127.4.0.0/16", "127.6.7.0/24", "127.6.7.9", "127.8.0.0/15", "127.99.0.0/16"]
#: Without `= /`: nginx would go on to /index.html, and its location would decide again.
LOCATIONS = ["/", "/admin/", "/admin/public/", "/a", "= /status", "^~ /static/", "~ /\\.git", "~* \\.(bak|old)$",
             "~ ^/(upload|secret)/", "/secret/s"]
STATUSES = ["403", "444", "404", "451", "410"]


def configuration(seed: int) -> str:
    """A part of http with one server, with placeholders as the other configurations."""
    choose = random.Random(seed)
    default = choose.choice(["default=XX ", ""])
    countries = "".join(
        f"  {key} {choose.choice('abc')};\n"
        for key in choose.sample([*COUNTRIES, "~^(NO|GB)$", "~*^d", "xx", '""'], choose.randint(0, 4)))
    networks = "".join(f"  {prefix} {choose.choice('01x')};\n"
                       for prefix in choose.sample(PREFIXES, choose.randint(1, 6)))
    both = "".join(f"  {choose.choice('abc')}:{value} {choose.choice(['0', '1', '$network'])};\n"
                   for value in choose.sample("01x", choose.randint(1, 3)))
    locations = "".join(
        f"  location {location} {{\n{rewrites(choose, 1)}{access(choose)}  }}\n"
        for location in choose.sample(LOCATIONS, choose.randint(0, 4)))
    return f"""\
geoip2 {{databases}}/loopback-country.mmdb {{
  $code {default}country iso_code;
}}
map $code $class {{
  default {choose.choice('abc')};
{countries}}}
geo $network {{
  default {choose.choice('01x')};
{networks}}}
map $class:$network $both {{
  default {choose.choice('01')};
{both}}}
server {{
  listen 127.0.0.1:{{port}};
  server_name www.example.com;
  root {{root}};
  set $x 0;
{rewrites(choose, 3)}{access(choose) if choose.random() < 0.3 else ''}{locations}}}
"""


def condition(choose: random.Random) -> str:
    return choose.choice([
        "$class = a", "$class != b", "$network", "$network = x", "$both", "$x = 1", "$x ~ ^0+$",
        f"$code = {choose.choice(COUNTRIES)}", f"$code ~* ^{choose.choice('udgncf')}",
        "$request_method = PUT", "$uri ~ ^/a", "$uri !~* old$"])


def rewrites(choose: random.Random, most: int) -> str:
    lines = ""
    for _ in range(choose.randint(0, most)):
        action = choose.choice([f"return {choose.choice(STATUSES)};", "set $x 1;", 'set $x "${x}0";', "break;",
                                f"return {choose.choice(STATUSES)};"])
        lines += f"  if ({condition(choose)}) {{\n    {action}\n  }}\n"
    return lines


def access(choose: random.Random) -> str:
    if choose.random() < 0.4:
        return ""
    lines = "".join(f"  {choose.choice(['allow', 'deny'])} {prefix};\n"
                    for prefix in choose.sample(PREFIXES, choose.randint(1, 4)))
    return lines + choose.choice(["", "  deny all;\n", "  allow all;\n"])
