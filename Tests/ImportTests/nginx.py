"""Runs a real nginx with a configuration, and asks it as clients on loopback."""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from loopback import free_port
from processes import end_group
from traffic_server import DATABASES, REPOSITORY
from waiting import HANG_SECONDS

UNPACKED = REPOSITORY / ".build" / "nginx"
CROSSPLANE = REPOSITORY / ".build-import" / "bin" / "crossplane"

#: What nginx's logs say of a connection that it closes without an answer.
CLOSED = 444

#: Every configuration of the tests is a part of http.
MAIN = """\
load_module {unpacked}/usr/lib/nginx/modules/ngx_http_geoip2_module.so;
daemon off;
master_process off;
pid nginx.pid;
error_log nginx.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path temporary;
  fastcgi_temp_path temporary;
  proxy_temp_path temporary;
  scgi_temp_path temporary;
  uwsgi_temp_path temporary;
  include {part};
}}
"""


@dataclasses.dataclass(frozen=True)
class Request:
    client: str
    host: str
    path: str = "/"
    method: str = "GET"
    forwarded: str | None = None


@dataclasses.dataclass(frozen=True)
class Nginx:
    """A running nginx: its main configuration and its port."""

    configuration: Path
    port: int

    def answer(self, request: Request) -> int:
        """The status of an answer; CLOSED: the connection was closed without one."""
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=HANG_SECONDS, source_address=(request.client, 0))
        headers = {"Host": request.host}
        if request.forwarded is not None:
            headers["X-Forwarded-For"] = request.forwarded
        with contextlib.closing(connection):
            connection.request(request.method, request.path, headers=headers)
            try:
                return connection.getresponse().status
            except http.client.RemoteDisconnected:
                return CLOSED


def write(parts: dict[str, str], directory: Path, paths: list[str]) -> tuple[Path, int]:
    """Writes a configuration and the files at these paths into a directory. Returns its main file and its port.

    `parts` are the texts of the files; the first is included into http.
    """
    port = free_port()
    for name, text in parts.items():
        for key, value in {"port": port, "root": directory / "root", "databases": DATABASES}.items():
            text = text.replace("{" + key + "}", str(value))
        (directory / name).write_text(text)
    for path in paths:
        file = directory / "root" / (path.lstrip("/") or "index.html")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("here\n")
    main = directory / "nginx.conf"
    main.write_text(MAIN.format(unpacked=UNPACKED, part=directory / next(iter(parts))))
    return main, port


@contextlib.contextmanager
def running(main: Path, port: int) -> Iterator[Nginx]:
    process = subprocess.Popen(
        [UNPACKED / "usr/sbin/nginx", "-p", main.parent, "-e", main.parent / "nginx.log", "-c", main],
        start_new_session=True, stderr=subprocess.PIPE)
    try:
        deadline = time.monotonic() + HANG_SECONDS
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            assert process.poll() is None, process.stderr.read().decode()  # type: ignore[union-attr]
            assert time.monotonic() < deadline, "nginx does not listen"
            time.sleep(0.02)
        yield Nginx(main, port)
    finally:
        end_group(process, 10)
