"""Configurations for tests of answers: each has a map, `NAME.answers.example`."""

from __future__ import annotations

from pathlib import Path

from maps import page
from traffic_server import DATABASES

PAGE = b"<p>not here</p>\n"
LARGE = page(100_000)

#: name → the value of `response:`, in YAML's flow style.
RESPONSES = {
    **{f"status-{status}": f"{{status: {status}}}"
       for status in (400, 401, 403, 404, 410, 418, 429, 451, 500, 503, 599)},
    **{f"page-{status}": f"{{status: {status}, html: page.html}}" for status in (404, 418, 451, 503)},
    **{f"large-{status}": f"{{status: {status}, html: large.html}}" for status in (404, 418, 451, 503)},
    "type": "{html: page.html, content_type: text/plain; charset=utf-8}",
    "type-large": "{html: large.html, content_type: text/plain; charset=utf-8}",
    "headers": "{status: 429, headers: {Retry-After: 120, X-Why: 'the lists: \"x\"', Server: ours}}",
    "headers-page": "{status: 429, html: page.html, headers: {Retry-After: 120, X-Why: lists}}",
    "headers-large": "{status: 429, html: large.html, headers: {Retry-After: 120, X-Why: lists}}",
    "cacheable": "{status: 404, headers: {Cache-Control: 'public, max-age=3600', "
                 "Expires: 'Fri, 01 Jan 2100 00:00:00 GMT', Last-Modified: 'Sat, 01 Jan 2000 00:00:00 GMT'}}",
    "cacheable-page": "{html: page.html, headers: {Cache-Control: 'public, max-age=3600'}}",
    "cacheable-large": "{html: large.html, headers: {Cache-Control: 'public, max-age=3600'}}",
    "cacheable-redirect": "{status: 301, redirect: 'https://sorry.example/', "
                          "headers: {Cache-Control: 'public, max-age=3600'}}",
    **{f"redirect-{status}": f"{{status: {status}, redirect: 'https://sorry.example/denied'}}"
       for status in (301, 302, 303, 307, 308)},
    "redirect": "{redirect: 'https://sorry.example/denied'}",
    "redirect-page": "{redirect: 'https://sorry.example/denied', html: page.html}",
    "redirect-large": "{redirect: 'https://sorry.example/denied', html: large.html}",
    "all": "{redirect: 'https://sorry.example/{country}/{path}?c={client}&r={reason}&s={scheme}"
           "&h={host}&p={path}&q={query}&u={url}#{country}'}",
    "query": "{redirect: 'https://{country}.sorry.example/{path}?{query}'}",
    "same-host": "{redirect: /denied, html: page.html, headers: {X-Why: lists}}",
    "same-host-url": "{redirect: 'https://SAME-host-url.answers.example:8443/denied?from={url}'}",
    "close": "{close: true}",
    "kinds": "{status: 410, html: page.html, headers: {X-Why: plain}, country: {status: 451}, "
             "regex: {redirect: 'https://sorry.example/{reason}'}, ip: {close: true}}",
    "kinds-default": "{default: {status: 404}, unknown: {status: 429}, country: {status: 451}}",
}


def configuration(name: str) -> str:
    rules = ("allow: {country: [US]}\n  unknown: deny" if name == "kinds-default" else
             "deny:\n    country: [DE]\n    ip: [127.1.66.0/24]\n    regex: [['*', /secret]]")
    return (f"maxmind:\n  database: loopback-country.mmdb\n  {rules}\n"
            f"  response: {RESPONSES[name]}\n")


def host(name: str) -> str:
    return f"{name}.answers.example"


FILES: dict[str, str | bytes | Path] = {
    "loopback-country.mmdb": DATABASES / "loopback-country.mmdb",
    "page.html": PAGE,
    "large.html": LARGE,
    **{f"{name}.yaml": configuration(name) for name in RESPONSES},
}

REMAP = "\n".join(
    [f"map {scheme}://{host(name)}/ {{origin}} @plugin={{plugin}} @pparam={name}.yaml"
     for name in RESPONSES for scheme in ("http", "https")]
    + ["map https://generator.answers.example/ http://127.0.0.1:1/ @plugin=generator.so"])
