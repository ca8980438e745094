r"""remap.config files and URLs, for Traffic Server and the tool to agree on.

In a text, each RULES stands for the plugin with a configuration of that place's own: it denies everyone, and its
page is its name. So an answer says which line a URL went through.
"""

from __future__ import annotations

import dataclasses

RULES = "RULES"


@dataclasses.dataclass(frozen=True)
class Remap:
    """A remap.config, the files that it includes, and URLs."""

    text: str
    urls: list[str]
    files: dict[str, str] = dataclasses.field(default_factory=dict)


LONG_HOST = "h" * 250 + ".example"

REMAPS = {
    "the first line wins, not the longest": Remap(r"""
        map http://a.example/b   http://o.example/ RULES
        map http://a.example/b/c http://o.example/ RULES
        map http://a.example/x/y http://o.example/ RULES
        map http://a.example/x   http://o.example/ RULES
        map http://a.example/x/z http://o.example/ RULES
        map http://b.example     http://o.example/ RULES
        map http://b.example/b   http://o.example/ RULES
        """, [
        "http://a.example/b", "http://a.example/b/c", "http://a.example/bc", "http://a.example/B",
        "http://a.example/x/y", "http://a.example/x/yy/z", "http://a.example/x/z", "http://a.example/x/",
        "http://a.example/xx", "http://a.example/", "http://a.example", "http://a.example/a",
        "http://b.example/", "http://b.example/b", "http://b.example", "http://b.example?b"]),
    "slashes, parameters and escapes in paths": Remap(r"""
        map http://a.example/dir/   http://o.example/ RULES
        map http://a.example//two   http://o.example/ RULES
        map http://a.example/p;q    http://o.example/ RULES
        map http://a.example/p      http://o.example/ RULES
        map http://a.example/%41    http://o.example/ RULES
        map http://a.example/q?r    http://o.example/ RULES
        map http://a.example/end//  http://o.example/ RULES
        """, [
        "http://a.example/dir/", "http://a.example/dir", "http://a.example/dir/x", "http://a.example//dir/x",
        "http://a.example/dir//x", "http://a.example/two", "http://a.example///two", "http://a.example/p;q",
        "http://a.example/p;", "http://a.example/p;q/dir/", "http://a.example/;/dir/", "http://a.example/A",
        "http://a.example/%41", "http://a.example/%41x", "http://a.example/q?r", "http://a.example/q",
        "http://a.example/end/", "http://a.example/end", "http://a.example/dir/?x;y", "http://a.example/x/../dir/"]),
    "hosts and ports": Remap(r"""
        map http://A.Example/        http://o.example/ RULES
        map http://a.example:8080/   http://o.example/ RULES
        map http://b.example:80/     http://o.example/ RULES
        map http://c.example:0/      http://o.example/ RULES
        map http://d.example:65616/  http://o.example/ RULES
        map http://[::1]/            http://o.example/ RULES
        map http://[2001:DB8::1]:81/ http://o.example/ RULES
        map http://127.0.0.1/        http://o.example/ RULES
        map http://""" + LONG_HOST[-255:] + r"""/ http://o.example/ RULES
        """, [
        "http://a.example/", "http://A.EXAMPLE/", "http://a.example:80/", "http://a.example:8080/",
        "http://a.example:8081/", "http://a.example./", "http://b.example/", "http://b.example:80/",
        "http://b.example:0080/", "http://c.example/", "http://c.example:80/", "http://d.example/",
        "http://d.example:80/", "http://[::1]/", "http://[::1]:80/", "http://[::1]:81/",
        "http://[2001:db8::1]:81/", "http://[2001:db8::1]/", "http://127.0.0.1/", "http://x.a.example/",
        f"http://{LONG_HOST[-255:]}/", f"http://x{LONG_HOST[-255:]}/", "http://u@a.example/"]),
    "schemes": Remap(r"""
        map http://a.example/       http://o.example/ RULES
        map https://a.example/      http://o.example/ RULES
        map ws://a.example/         ws://o.example/ RULES
        map HTTPS://b.example:80/   http://o.example/ RULES
        map c.example/c             http://o.example/ RULES
        map d.example:8080          http://o.example/ RULES
        map wss://e.example/        ws://o.example/ RULES
        """, [
        "http://a.example/", "https://a.example/", "HTTPS://a.example:443/", "https://a.example:80/",
        "http://a.example:443/", "ws://a.example/", "ws://a.example:80/", "https://b.example:80/",
        "https://b.example/", "http://c.example/c", "https://c.example/c", "http://c.example/",
        "http://d.example:8080/", "http://d.example/",
        "wss://a.example/", "wss://e.example/", "wss://e.example:443/w", "ws://e.example/", "https://e.example/"]),
    "lines without a host": Remap(r"""
        map /                       http://o.example/ RULES
        map /images                 http://o.example/ RULES
        map http://a.example/a      http://o.example/ RULES
        regex_map http://r[0-9]\.example/r http://o.example/ RULES
        """, [
        "http://a.example/a", "http://a.example/", "http://a.example/images", "http://any.example/images/x",
        "https://any.example:8443/", "http://any.example:81/", "http://r1.example/r", "http://r1.example/",
        "http://rr.example/r", "ws://any.example/", f"http://x{LONG_HOST}/"]),
    "the first of the lines without a host": Remap(r"""
        map /a/b http://o.example/ RULES
        map /a   http://o.example/ RULES
        map /a/c http://o.example/ RULES
        map http://h.example/ {origin}
        """, [
        "http://x.example/a/b", "http://x.example/a/c", "http://x.example/a", "http://x.example/",
        "http://x.example/ab", "http://h.example/a"]),
    "expressions": Remap(r"""
        regex_map http://x([0-9]+)\.example/    http://real-$1.example/ RULES
        regex_map http://^y\.example$/          http://o.example/ RULES
        regex_map http://Z\D\.example/          http://o.example/ RULES
        regex_map http://(?:p|q)\.example:81/p  http://o.example/ RULES
        regex_map https://s.*/                  http://o.example/ RULES
        regex_map http://.*\.e(m?)pty/          http://o.example/ RULES
        regex_map http://colon\.example:/       http://o.example/ RULES
        regex_map http://v6.*1\]/               http://o.example/ RULES
        regex_map http://\[fe80:.*\]/           http://o.example/ RULES
        """, [
        "http://x1.example/", "http://xx12.example.org/", "http://x.example/", "http://X3.EXAMPLE/",
        "http://y.example/", "http://y.example.org/", "http://ay.example/", "http://za.example/",
        "http://z5.example/", "http://Z5.example/", "http://p.example:81/p", "http://q.example:81/px",
        "http://q.example:81/", "http://p.example/p", "https://s.example/", "http://s.example/",
        "https://as.example/", "http://x.epty/", "http://x.empty/a", "http://colon.example/",
        "http://[fe80::2]/", "http://[fe80::2]:80/", "http://x1.example:81/"]),
    "expressions and plain lines in their order": Remap(r"""
        regex_map http://a.*\.example/one http://o.example/ RULES
        map http://ab.example/            http://o.example/ RULES
        regex_map http://ab\.example/     http://o.example/ RULES
        map http://ac.example/two         http://o.example/ RULES
        regex_map http://a[a-z]\.example/ http://o.example/ RULES
        map http://ac.example/            http://o.example/ RULES
        """, [
        "http://ab.example/", "http://ab.example/one", "http://ac.example/two", "http://ac.example/",
        "http://ac.example/one", "http://ad.example/", "http://abc.example/one", "http://abc.example/"]),
    "an expression that is empty": Remap(r"""
        map http://a.example/ http://o.example/ RULES
        regex_map /e          http://o.example/ RULES
        """, ["http://a.example/e", "http://b.example/e", "http://b.example/", "https://b.example/e"]),
    "redirects": Remap(r"""
        redirect http://a.example/           http://one.example/ RULES-LESS
        redirect http://b.example/           http://two.example/
        redirect_temporary http://b.example/ http://three.example/
        redirect_temporary http://b.example/x http://four.example/
        regex_redirect http://c.*\.example/  http://five.example/
        redirect http://cd.example/x         http://six.example/
        map http://a.example/m               http://o.example/ RULES
        reverse_map http://r.example/        http://a.example/
        redirect http://d.example:81/        http://seven.example/
        """.replace("RULES-LESS", ""), [
        "http://a.example/", "http://a.example/m", "http://a.example/M", "http://b.example/", "http://b.example/x",
        "http://cd.example/x", "http://cd.example/", "http://r.example/", "http://d.example:81/",
        "http://d.example/", "https://a.example/"]),
    "other lines": Remap(r"""
        # a comment \
        map http://comment.example/ http://o.example/
        MAP http://a.example/ http://o.example/ RULES
          Regex_Map	http://b+\.example/	http://o.example/	RULES
        map http://c.example/ \
            http://o.example/ \
            RULES
        map http://d.example/ http://o.example/ tag RULES @mapid=5 @unknown=1 @
        map_with_referer http://e.example/ http://o.example/ http://away.example/ RULES
        map http://f.example/ http://o.example/ @in_ip=127.0.0.1 RULES
        .definefilter unused @action=deny @method=POST
        .deactivatefilter ip_allow
        map http://g.example/ http://o.example/ RULES
        .activatefilter ip_allow
        map http://h.example/ {origin}
        """, [f"http://{name}.example/" for name in ("comment", "a", "bb", "c", "d", "e", "f", "g", "h", "i")]),
    "included files": Remap(r"""
        map http://a.example/ http://o.example/ RULES
        .include parts one.config
        map http://b.example/ http://o.example/ RULES
        """, [
        "http://a.example/x", "http://a.example/", "http://b.example/x", "http://b.example/",
        "http://c.example/x", "http://c.example/", "http://d.example/"],
        files={
            "parts/z.config": "map http://c.example/x http://o.example/ RULES\n",
            "parts/B.config": "map http://c.example/ http://o.example/ RULES\n.include nested/d.config\n",
            "parts/.hidden": "map http://b.example/x http://o.example/ RULES\n",
            "parts/deeper/e.config": "map http://e.example/ http://o.example/ RULES\n",
            "nested/d.config": "map http://d.example/ http://o.example/ RULES",
            "one.config": "map http://a.example/x http://o.example/ RULES\n",
        }),
    "a NUL ends the file": Remap(
        "map http://a.example/ http://o.example/ RULES\n\0map http://b.example/ http://o.example/ RULES\n",
        ["http://a.example/", "http://b.example/"]),
}

#: Lines for which Traffic Server does not load the file.
REFUSED = {
    "a URL twice": "map http://a.example/ http://b/\nmap http://a.example/ http://c/",
    "a URL twice, written otherwise": "map http://a.example http://b/\nmap HTTP://A.example:80/ http://c/",
    "a URL twice, once by referer": "map http://a.example/ http://b/\nmap_with_referer http://a.example/ http://c/",
    "a redirect twice": "redirect http://a.example/ http://b/\nredirect http://a.example/ http://c/",
    "a reverse map twice": "reverse_map http://a.example/ http://b/\nreverse_map http://a.example/ http://c/",
    "a line without a host twice": "map / http://b/\nmap / http://c/",
    "too few words": "map http://a.example/",
    "options only": "@plugin=generator.so",
    "an unknown mapping": "mop http://a.example/ http://b/",
    "an unknown directive": ".incude x",
    "an undefined filter": ".activatefilter x",
    "a filter of nothing": ".definefilter x",
    "a filter without a name": ".activatefilter",
    "include without a name": ".include",
    "an unknown scheme to map from": "map ftp://a.example/ http://b/",
    "an unknown scheme to map to": "map http://a.example/ ftp://b/",
    "a Unix domain socket to map to": "map http://a.example/ http+unix://b/",
    "no scheme to map to": "map http://a.example/ b.example/",
    "no host to map to": "map http://a.example/ http:///x",
    "no port to map to": "map http://a.example/ http://b:/x",
    "ws to http": "map ws://a.example/ http://b/",
    "a redirect without a host": "redirect / http://b/",
    "no scheme before the mark": "map ://a.example/ http://b/",
    "nothing after a colon": "map :// http://b/",
    "no host after the scheme": "map http:///x http://b/",
    "a broken expression": "regex_map http://a[.example/ http://b/",
    "ten groups": "regex_map http://(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)/ http://b/",
    "a group that is not there": "regex_map http://(a)/ http://b$2/",
    "no group": "regex_map http://(a)/ http://b$x/",
}

#: Lines that look wrong, but that Traffic Server loads.
ACCEPTED = {
    "other ports and schemes": "map http://a.example/ http://b/\nmap https://a.example/ http://b/\n"
                               "map http://a.example:81/ http://b/",
    "an expression twice": "regex_map http://a.*/ http://b/\nregex_map http://a.*/ http://b/",
    "one URL mapped and redirected": "map http://a.example/ http://b/\nredirect http://a.example/ http://b/\n"
                                     "redirect_temporary http://a.example/ http://b/",
    "a mark alone": "map http:// http://b/",
    "a dollar at the end": "regex_map http://(a)/ http://b$/",
    "unknown options": "map http://a.example/ http://b/ @nonsense=1 @",
    "a filter, deleted": ".deffilter x @action=deny\n.useflt x\n.delflt x\n.deffilter x @method=get",
    "quotes": "map http://a.example/ http://b/ 'a tag'",
}
