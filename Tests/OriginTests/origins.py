"""Origin servers from Debian's packages, each a private process that serves the same files.

Each runs with the settings of its package and with the most lenient ones, which resolve more spellings.
"""

from __future__ import annotations

import dataclasses
import grp
import http.client
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "EndToEnd"))

from loopback import free_port  # noqa: E402
from processes import end_group, signals_wait  # noqa: E402

SERVERS = HERE / "servers"

#: Where `scripts/unpack-packages` puts the servers whose packages would start a system service.
UNPACKED = HERE.parents[1] / ".build" / "origins"

START_SECONDS = 300
STOP_SECONDS = 10

#: The files that every origin serves. The content of each names it: see `content`.
FILES = (
    "index.html", "notes.txt", "robots.txt", "song.mp3",
    "admin/index.html", "admin/secret",
    "public/index.html", "public/x.txt", "public/a b.txt", "public/café", "public/a/b",
    "secret/x.txt",
)


def content(file: str) -> bytes:
    """What an origin serves for `file`, and for no other."""
    return f"<the content of {file}>\n".encode()


def served(body: bytes) -> str | None:
    """The file whose content `body` has."""
    return next((file for file in FILES if content(file) in body), None)


def write_files(root: Path) -> None:
    for file in FILES:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content(file))


@dataclasses.dataclass(frozen=True)
class Place:
    """Where an origin runs: its own directory, the files that it serves, its port."""

    directory: Path
    root: Path
    port: int

    def write(self, name: str, template: str, **values: object) -> Path:
        """Writes a file of `servers` into the directory, with its `{placeholders}` filled in."""
        text = (SERVERS / template).read_text()
        for key, value in {**dataclasses.asdict(self), **values}.items():
            text = text.replace("{" + key + "}", str(value))
        path = self.directory / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path


Command = Sequence[str | Path]


def nginx(merge_slashes: str) -> Callable[[Place], Command]:
    def prepare(place: Place) -> Command:
        configuration = place.write("nginx.conf", "nginx.conf", merge_slashes=merge_slashes)
        return [UNPACKED / "usr/sbin/nginx", "-p", place.directory, "-e", "nginx.log",
                "-c", configuration]
    return prepare


def lighttpd(**parse_options: str) -> Callable[[Place], Command]:
    def prepare(place: Place) -> Command:
        options = ", ".join(f'"{name.replace("_", "-")}" => "{value}"'
                            for name, value in parse_options.items())
        configuration = place.write("lighttpd.conf", "lighttpd.conf", parse_options=options)
        return [UNPACKED / "usr/sbin/lighttpd", "-D", "-m", UNPACKED / "usr/lib/lighttpd",
                "-f", configuration]
    return prepare


def apache(*options: str) -> Callable[[Place], Command]:
    def prepare(place: Place) -> Command:
        # Apache refuses to serve as root.
        user = "nobody" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
        group = grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
        configuration = place.write(
            "apache.conf", "apache.conf", modules="/usr/lib/apache2/modules", user=user, group=group,
            options="\n".join(options))
        return ["/usr/sbin/apache2", "-X", "-f", configuration]
    return prepare


def tomcat(**attributes: str) -> Callable[[Place], Command]:
    def prepare(place: Place) -> Command:
        options = " ".join(f'{name}="{value}"' for name, value in attributes.items())
        place.write("conf/server.xml", "tomcat-server.xml", options=options)
        place.write("conf/web.xml", "tomcat-web.xml")
        home = Path("/usr/share/tomcat10")
        return ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                f"-Dcatalina.home={home}", f"-Dcatalina.base={place.directory}",
                "-cp", f"{home}/bin/bootstrap.jar:{home}/bin/tomcat-juli.jar",
                "org.apache.catalina.startup.Bootstrap", "start"]
    return prepare


def node(way: str) -> Callable[[Place], Command]:
    return lambda place: ["node", SERVERS / "static-server.mjs", place.root, str(place.port), way]


def python() -> Callable[[Place], Command]:
    return lambda place: ["/usr/bin/python3", "-m", "http.server", "--bind", "127.0.0.1",
                          "--directory", place.root, str(place.port)]


#: Name → what prepares the origin and returns its command.
ORIGINS: dict[str, Callable[[Place], Command]] = {
    "nginx": nginx(merge_slashes="on"),
    "nginx-lenient": nginx(merge_slashes="off"),
    "lighttpd": lighttpd(),
    "lighttpd-lenient": lighttpd(url_normalize="disable", url_ctrls_reject="disable",
                                 header_strict="disable", host_strict="disable"),
    "apache": apache(),
    "apache-lenient": apache("AllowEncodedSlashes On", "MergeSlashes Off", "AcceptPathInfo On"),
    "tomcat": tomcat(),
    "tomcat-lenient": tomcat(encodedSolidusHandling="decode", encodedReverseSolidusHandling="decode",
                             allowBackslash="true", relaxedPathChars="\\[]^`{|}&lt;&gt;&quot;"),
    "node-url": node("url"),
    "node-base": node("base"),
    "node-path": node("path"),
    "python": python(),
}


@contextmanager
def running_origins() -> Iterator[dict[str, str]]:
    """Starts all origins. Yields the URL of each by its name."""
    top = Path(tempfile.mkdtemp(prefix="origins-", dir="/tmp"))
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        # Apache's own user reads the files.
        top.chmod(0o755)
        root = top / "files"
        write_files(root)
        places = {}
        for name, prepare in ORIGINS.items():
            place = places[name] = Place(top / name, root, free_port())
            place.directory.mkdir()
            (place.directory / "temporary").mkdir()
            # Dies with us, should we be killed.
            command = ["setpriv", "--pdeathsig", "KILL", *prepare(place)]
            with open(place.directory / "terminal.log", "wb") as terminal, signals_wait():
                processes[name] = subprocess.Popen(
                    command, cwd=place.directory, stdin=subprocess.DEVNULL, stdout=terminal,
                    stderr=terminal, start_new_session=True)
        for name, place in places.items():
            wait_until_it_serves(name, place, processes[name])
        yield {name: f"http://127.0.0.1:{place.port}/" for name, place in places.items()}
        for name, process in processes.items():
            assert process.poll() is None, f"{name} has ended\n{logs(places[name])}"
    finally:
        for process in processes.values():
            end_group(process, STOP_SECONDS)
        shutil.rmtree(top, ignore_errors=True)


def wait_until_it_serves(name: str, place: Place, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", place.port, timeout=10)
            connection.request("GET", "/notes.txt")
            if served(connection.getresponse().read()) == "notes.txt":
                return
        assert process.poll() is None, f"{name} has ended\n{logs(place)}"
        assert time.monotonic() < deadline, f"{name} does not serve its files\n{logs(place)}"
        time.sleep(0.05)


def logs(place: Place) -> str:
    return "\n".join(log.read_text(errors="replace")[-4000:] for log in place.directory.glob("*.log"))
