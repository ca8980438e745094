"""Spellings of the URL of a protected file that some origin may take for it.

A spelling replaces parts of the plain path by entries of the tables below: the slash before the first
segment, the slash before the file's name, the characters, and the end of the path.
"""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable, Iterable, Iterator

#: Texts that may stand for a slash.
SLASHES = (
    "//", "///", "/./", "/.//", "/%2e/", "/%2E/", "/.%2f",
    "/%2f", "/%2F", "%2f", "%2F", "%2f/", "%2f%2f", "%2f.%2f", "%2f./",
    "\\", "/\\", "\\/", "\\.\\", "/.\\", "%5c", "%5C", "/%5c", "%5c/", "/.%5c",
    "/;/", "/;x/", "/;x=1;y/", "/.;/", "/.;x/", "/;%2f", "/;x%2f", "/.;%2f", "/.%3b/", "/%3b/",
    "/%3Bx/", "/;\\", "/;x\\", "/;%5c", ";/", ";x/", ";x=1;y/", ";x%2f", ";/./", ";//", "%3b/", "%3bx/",
    ";x\\", ";%5c", ";x/;y/",
    "/..;%2f../", "/..;x%2f..%2f", "/..\\%2f../", "/..%5c%2f../", "/.;\\..%2f../", "//../", "/.//../", "/;//../",
    "%252f", "%25%32%66", "%255c", "%c0%af", "%C0%AF", "%e0%80%af", "%ef%bc%8f", "%u002f", "%u2215",
    "/%00/", "/%20/", "/+/", "/?/", "/#/", "/%23/", "/%3f/",
)

#: Texts that may lead from a folder to another one beside it.
DETOURS = (
    "/../", "/..//", "//../", "//../../", "/./../", "/.././", "/y/../../", "/y//../../", "/..///",
    "\\y%2f../", "%5cy%2f../", "\\y%2f..%2f", ";y%2f..%2f", "%2fy/../", "%2fy/..%2f", "%2fy/..\\", "%5cy\\../",
    "/y\\z%2f../../", "/y\\z%2f../..%2f", "/y%5cz%2f../../", "/y%2fz/..\\..\\", "/y%2fz\\..\\../",
    "/%2e%2e/", "/%2E%2E/", "/.%2e/", "/%2e./", "/%2e/../", "/%2e%2e//",
    "/..%2f", "/..%2F", "%2f../", "%2f..%2f", "%2F..%2F", "/%2f../", "/%2f../../", "/..%2f/", "/..%2f%2f",
    "/%2e%2e%2f", "/.%2e%2F", "%2f%2e%2e%2f", "/.%2f../", "/./..%2f", "/y/..%2f../", "/y%2f..%2f..%2f",
    "/..\\", "\\..\\", "\\../", "/..\\/", "/\\../", "/.\\..\\", "/..%5c", "/..%5C", "%5c..%5c", "%5c../",
    "/%2e%2e\\", "/%2e%2e%5c", "\\..%2f", "%2f..\\", "/y\\..\\..\\",
    "/..;/", "/..;x/", "/..;x=1;y/", "/.;/../", "/.;x/../", "/;/../", "/;x/../", "/;/..;/", "/;x/../../",
    ";x/../", ";/../", ";x/..;y/", ";x/.;y/..;z/", "/y/..;/..;/", "/y;x/..;/../", "//..;/", "/..;//",
    "/..;%2f", "/..;x%2f", "/..;%5c", "/..;\\", "/..;x\\", "/..;%2f/", "/..;/;/", "/.;/..;/", "/.;%2f../",
    "/%2e%2e;/", "/%2E%2e;x/", "/.%2e;/", "/..%3b/", "/..%3Bx/", "/%2e%2e%3b/", "/..%3b%2f", "/..%3bx%2f",
    "/..;%2e%2e/", "/..;a/b%2f..%2f", "%2f..;/", "%2f..;x%2f", "%3bx%2f..%2f", ";%2f..%2f", ";%2f../",
    ";x%2f../", "\\..;/", "\\..;x\\",
    "/%252e%252e/", "/%25%32%65%25%32%65/", "/..%252f", "/..%255c", "/..%253b/", "%252f..%252f",
    "/%c0%ae%c0%ae/", "/..%c0%af", "/..%ef%bc%8f", "/%ef%bc%8e%ef%bc%8e/", "/%u002e%u002e/", "/..%u2216",
    "/..%00/", "/%00/../", "/..%20/", "/..%09/", "/..%0a/", "/.../", "/..../", "/..?/", "/..#/", "/%2e%2e%23/",
    "/..%3f/",
)

#: Texts at the end of a path that may not count.
ENDS = (
    ";", ";x", ";x=1;y", ";x=1", ";.txt", ";jsessionid=1", ";%2fx", ";x%2f", ";%2Fx%2fy", ";x%5cy",
    ";%5c", ";\\x", ";%2e%2e", ";..", ";%2f..", ";%3b", ";a;b%2fc", ";/../song.mp3",
    "%3b", "%3B", "%3bx", "%3bx=1", "%3B.txt", "%3b%2fx", "%3b;x", ";%00", ";x%00",
    "?", "?x", "?.txt", "?/../x", "#", "#x", "#.txt", "%23", "%23x", "%3f", "%3fx", "%3f.txt",
    ".", "..", "%2e", "%20", "%20.txt", "+", "%09", "%0a", "%0d%0a", "%00", "%00.txt", "%00;x", "%01", "%7f",
    "%a0", "%c2%a0", "~", "*", "::$DATA", "%3a%3a$DATA", "%252e", "%253b", "%2500", "%c0%80", "%u0000",
    "%5c..%5cx%5c..%5csong.mp3", "//../song.mp3", "/../song.mp3", "/..;/song.mp3", "/..%2fsong.mp3",
    "/%2e%2e/song.mp3", "/..\\song.mp3", "/.;/../song.mp3",
)

#: Ends after which the path goes on below the file. Some origins serve the file.
BELOW_A_FILE = (
    "/", "//", "/.", "/./", "/%2e", "/x", "/x.txt", "/x/..", "/x/../", "/;x", "/;", "/.;x", ";x/", ";x/.",
    ";x/y", "/x;y", "%2f", "%2f.", "%2fx", "/%2f", "/..;/song.mp3/.", "\\", "%5c", "\\x", "%5cx", "/x/..;/",
    "/.%2f", "/./.", "/x%2f..", "%3b/", "%3bx/.",
)


def escape(characters: str, text: Callable[[str], str]) -> Callable[[str], str]:
    """Spells those characters of a path with `text`."""
    return lambda path: "".join(text(byte) if byte in characters else byte for byte in path)


LETTERS = "abcdefghijklmnopqrstuvwxyz"

#: Spellings of the characters of a path.
CHARACTERS: tuple[Callable[[str], str], ...] = (
    escape(LETTERS, lambda byte: f"%{ord(byte):02x}"),
    escape(LETTERS, lambda byte: f"%{ord(byte):02X}"),
    escape(LETTERS + ".", lambda byte: f"%{ord(byte):02x}"),
    escape("aeiou", lambda byte: f"%{ord(byte):02x}"),
    escape("ms", lambda byte: f"%{ord(byte):02X}"),
    escape(".", lambda byte: f"%{ord(byte):02x}"),
    escape("3t", lambda byte: f"%{ord(byte):02x}"),
    escape(LETTERS, lambda byte: f"%25{ord(byte):02x}"),
    escape("ms.", lambda byte: f"%25{ord(byte):02x}"),
    escape("ms", lambda byte: "%25" + "".join(f"%{ord(digit):02x}" for digit in f"{ord(byte):02x}")),
    escape("ms.", lambda byte: f"%2525{ord(byte):02x}"),
    escape("ms.", lambda byte: f"%u00{ord(byte):02x}"),
    escape("ms.", lambda byte: f"%c{1 if byte > '?' else 0}%{0x80 | ord(byte) & 0x3f:02x}"),
    escape("ms", lambda byte: "".join(f"%{part:02x}" for part in chr(ord(byte) + 0xfee0).encode())),
    str.upper,
    str.title,
)

#: Forms of a request target for a path on a host.
TARGETS = (
    "http://{host}{path}", "HTTP://{host}{path}", "http://{HOST}{path}", "http://{host}:80{path}",
    "http://{host}.{path}", "http://user@{host}{path}", "http://{host}/{path}", "http://{host};x{path}",
    "http://other.example/{path}",
)


@dataclasses.dataclass(frozen=True)
class Rule:
    """A rule on the URL, and one of the files that it protects: the spellings are of that one."""

    name: str
    verdict: str
    #: `HOST` stands for the host, its dots escaped.
    pattern: str
    file: str
    #: The folder that detours begin in. Every spelling that an allow rule could match begins in its folder.
    folder: str = "/x"

    def protects(self, file: str) -> bool:
        """Whether the rule keeps the file under its plain URL."""
        matches = re.search(self.pattern.replace("HOST", "a"), f"a/{file}") is not None
        return matches == (self.verdict == "deny")

    def configuration(self, host: str) -> str:
        pattern = self.pattern.replace("HOST", host.replace(".", "\\."))
        return (f"maxmind:\n  database: loopback-country.mmdb\n  html: deny.html\n"
                f"  {self.verdict}:\n    regex: [['*', '{pattern}']]\n")


#: The rules that every spelling is tried on.
RULES = (
    Rule("deny-folder", "deny", "^HOST/admin", "admin/index.html"),
    Rule("deny-end", "deny", r"\.mp3$", "song.mp3"),
    Rule("deny-file", "deny", "^HOST/admin/secret", "admin/secret"),
    Rule("allow-folder", "allow", "^HOST/public/", "secret/x.txt", folder="/public"),
)


def rule_named(name: str) -> Rule:
    return next(rule for rule in RULES if rule.name == name)


@dataclasses.dataclass(frozen=True)
class OperatorsRule:
    """A rule that some spellings dodge on some origins, and the documented pattern that closes them."""

    open: Rule
    closed: Rule
    targets: tuple[str, ...]


def operators_rule(verdict: str, file: str, pattern: str, closed: str, targets: Iterable[str],
                   name: str) -> OperatorsRule:
    return OperatorsRule(Rule(f"{name}-open", verdict, pattern, file),
                         Rule(f"{name}-closed", verdict, closed, file), tuple(targets))


#: Spellings that show in no form, as listed in docs/semantics.md.
OPERATORS_RULES = (
    operators_rule(
        "deny", "song.mp3", r"\.mp3$", r"\.mp3(/|$)",
        (lead + "song.mp3" + end for lead in ("/", "//", "/x/..%2f", "/;x/") for end in BELOW_A_FILE),
        name="below-a-file"),
    operators_rule(
        "allow", "secret/x.txt", r"/robots\.txt$", r"^[^/]+/robots\.txt$",
        ("/secret/x.txt" + end for end in (
            "/robots.txt", "//robots.txt", "/./robots.txt", "/;x/robots.txt", "/x/robots.txt", ";x/robots.txt",
            "%2frobots.txt", "/%72obots.txt", "/robots%2etxt")),
        name="end-of-a-path"),
    operators_rule(
        "deny", "admin/secret", "^HOST/admin", r"^HOST/(\\[^/\\]*[/\\])?admin",
        ("/\\x" + slash + "admin" + inner + "secret"
         for slash in ("/", "\\", "//", "/./", "/y/../") for inner in ("/", "//", "%2f")),
        name="host-in-the-path"),
)


def spellings(rule: Rule) -> list[str]:
    """The distinct request targets for a rule, the plain one first. `{host}` in one stands for the host."""
    return list(dict.fromkeys([*spell(rule), *spell_at_random(rule)]))


def spell(rule: Rule) -> Iterator[str]:
    folder, _, name = rule.file.rpartition("/")
    detours = [rule.folder + detour for detour in DETOURS]
    leads = [slash for slash in SLASHES if slash.startswith("/")]
    decoded, resolved = "/x/..%2f", "/x%2fy/../"
    plain = "/"
    if rule.verdict == "allow":
        leads = [f"{rule.folder}/..{slash}" for slash in SLASHES]
        decoded, resolved = f"{rule.folder}/..%2f", f"{rule.folder}/a%2fb/../../"
        plain = f"{rule.folder}/../"

    def path(lead: str, slash: str = "/", characters: Callable[[str], str] = str) -> str:
        return lead + (characters(folder) + slash if folder else "") + characters(name)

    yield path(plain)
    yield from map(path, [*leads, *detours])
    if folder:
        yield from (path(lead, slash) for lead in (plain, resolved) for slash in SLASHES)
        yield from (path(plain, "/y" + detour) for detour in DETOURS)
    for lead in (plain, decoded):
        yield from (path(lead, characters=characters) for characters in CHARACTERS)
        yield from (path(lead) + end for end in ENDS)
        yield from (target.replace("{path}", path(lead)) for target in TARGETS)


def spell_at_random(rule: Rule, count: int = 100) -> Iterator[str]:
    """Paths of the file with segments and separators of any kind before and between its own."""
    source = random.Random(rule.name)
    segments = ("", ".", "..", "..", "..", "%2e%2e", ".%2e", "..;", "..;x", "..%3b", ".;", "x", "x", "y;z", "x;",
                "%3bx", "..;%2f", "..;%2f..", ";x%2f..", "x%2f..", "x\\y", "x%5cy", "..\\", "%252e%252e",
                "public", "admin", "secret")
    separators = (*"////////", "//", "%2f", "%2f", "%2F", "\\", "%5c", "/./", "/;/", "/;x/")
    for _ in range(count):
        chosen = [rule.folder.removeprefix("/"), *source.choices(segments, k=source.randrange(4))]
        for segment in rule.file.split("/"):
            chosen += source.choices(segments, k=source.choice((0, 0, 1, 2)))
            chosen.append(segment + source.choice(("", "", "", ";", ";x%2f", "%3bx")))
        path, *others = chosen
        yield "/" + path + "".join(source.choice(separators) + segment for segment in others)
