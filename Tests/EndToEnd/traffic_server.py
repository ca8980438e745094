"""A private Traffic Server for one test: its own directory, its own ports, stopped with the test.

    with TrafficServer("map http://a.example/ {origin} @plugin={plugin} @pparam=acl.yaml",
                       files={"acl.yaml": "maxmind: ..."}) as server:
        reply = server.get(client="127.1.0.1", host="a.example", path="/index.html")
        assert reply.status == 200

Every 127.x.y.z is a local address, so a request can come from any of them. Every wait
has a limit, and only processes that were started here are stopped. The standard library only.
"""

from __future__ import annotations

import contextlib
import dataclasses
import http.client
import os
import re
import select
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from installation import LAYOUT, PROGRAMS, VERSION, runroot
from installation import STOCK_PLUGIN as STOCK_PLUGIN
from loopback import free_port, has_ipv6
from origin import Origin
from processes import end_group, signals_wait
from waiting import HANG_SECONDS

REPOSITORY = Path(__file__).resolve().parents[2]
DATABASES = REPOSITORY / "Tests" / "Fixtures" / "databases"
OUR_PLUGIN = Path(
    os.environ.get("MAXMIND_ACL_PLUGIN", REPOSITORY / "plugin-shim" / "build" / "maxmind_acl.so"))

#: Seconds between SIGTERM and SIGKILL.
STOP_SECONDS = 60

IP_ALLOW = """\
ip_allow:
  - {apply: in, ip_addrs: 0/0, action: allow, methods: ALL}
  - {apply: in, ip_addrs: "::/0", action: allow, methods: ALL}
"""

RECORDS = {
    # Keep the present user: the package's own user can't read a private directory.
    "proxy.config.admin.user_id": "STRING #-1",
    "proxy.config.exec_thread.autoconfig": "INT 0",
    "proxy.config.exec_thread.limit": "INT 2",
    "proxy.config.url_remap.remap_required": "INT 1",
    "proxy.config.http.wait_for_cache": "INT 1",
    "proxy.config.crash_log_helper": "STRING NULL",
    "proxy.config.diags.debug.tags": "STRING maxmind_acl",
    "proxy.config.diags.debug.enabled": "INT 0",
}

#: A map of the harness's own, which answers as soon as remapping and the cache are up.
READY_HOST = "ready.harness.example"
READY_MAP = f"map http://{READY_HOST}/ http://127.0.0.1:1/ @plugin=generator.so\n"


class TrafficServerError(Exception):
    """Traffic Server failed in the harness; the text has its logs."""


@dataclasses.dataclass(frozen=True)
class Reply:
    """An answer, read to its end."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "").split(";")[0].strip()


class TrafficServer:
    """A configuration directory, and the Traffic Server that runs from it inside a `with`.

    `remap` is the text of remap.config; in it, `{plugin}` stands for the plugin under test, `{origin}`
    for an origin server that answers everything, and `{etc}` for the configuration directory.
    `files` are written beside it: name → text, bytes, or the path of a file to copy.
    `managed` starts traffic_manager, if traffic_ctl needs one (reload, metrics).
    `launcher` is a command that executes the one that follows it, such as `taskset -c 0`; one that makes
    it slow wants more `start_seconds`, and more `request_seconds` for an answer.
    `tls` opens another port, for which `get` is asked with `tls=True`.
    `proxy_protocol` opens another port, `proxy_protocol_port`, which wants that protocol: for `raw`.
    """

    def __init__(self, remap: str, *, files: dict[str, str | bytes | Path] | None = None,
                 plugin: Path = OUR_PLUGIN, records: dict[str, str] | None = None,
                 managed: bool = False, launcher: Sequence[str | Path] = (),
                 start_seconds: float = HANG_SECONDS,
                 request_seconds: float = HANG_SECONDS, tls: bool = False,
                 proxy_protocol: bool = False) -> None:
        self._proxy_protocol = proxy_protocol
        self.plugin = plugin
        self._tls = tls
        self.managed = managed
        self._launcher = launcher
        self._start_seconds = start_seconds
        self._request_seconds = request_seconds
        self._remap = remap
        self._files = files or {}
        self._records = {**RECORDS, **(records or {})}
        self._process: subprocess.Popen[bytes] | None = None
        self._cleanup = contextlib.ExitStack()
        # Traffic Server reloads a file only if it is newer than before, in whole seconds:
        # each write gets the next second, from a start in the past.
        self._clock = int(time.time()) - 100_000

    # -- life ----------------------------------------------------------------------------------

    def __enter__(self) -> TrafficServer:
        try:
            self.prepare()
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def prepare(self) -> None:
        """Writes the directory, without starting anything."""
        # Short: the management sockets live in it, and a socket's path has at most 107 bytes.
        self.root = Path(tempfile.mkdtemp(prefix="ats-", dir="/tmp"))
        self._cleanup.callback(shutil.rmtree, self.root, ignore_errors=True)
        self.etc = self.root / "etc"
        for name in ("etc", "run", "log", "cache"):
            (self.root / name).mkdir()
        shutil.copytree(Path(LAYOUT["SYSCONFDIR"], "body_factory"), self.etc / "body_factory")
        self.origin = Origin()
        self._cleanup.callback(self.origin.close)
        self.port = free_port()
        (self.root / "runroot.yaml").write_text(runroot(self.root))
        ports = f"STRING {self.port}:ip-in=127.0.0.1"
        if has_ipv6():
            ports += f" {self.port}:ip-in=[::1]"
        if self._tls:
            self.tls_port = free_port()
            ports += f" {self.tls_port}:ssl:ip-in=127.0.0.1"
            self._make_certificate()
        if self._proxy_protocol:
            self.proxy_protocol_port = free_port()
            ports += f" {self.proxy_protocol_port}:{VERSION.proxy_protocol}:ip-in=127.0.0.1"
        records = {"proxy.config.http.server_ports": ports, **self._records}
        self.write(VERSION.records_file, VERSION.records_text(records))
        self.write("storage.config", f"{self.root}/cache 64M\n")
        self.write("ip_allow.yaml", IP_ALLOW)
        self.write("plugin.config", "")
        for name, content in self._files.items():
            self.write(name, content)
        self.write_remap(self._remap)

    def _make_certificate(self) -> None:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
             "-nodes", "-subj", "/CN=localhost", "-days", "2", "-keyout", self.etc / "key.pem",
             "-out", self.etc / "certificate.pem"],
            check=True, capture_output=True, timeout=HANG_SECONDS)
        self.write("ssl_multicert.config",
                   f"dest_ip=* ssl_cert_name={self.etc}/certificate.pem ssl_key_name={self.etc}/key.pem\n")

    def start(self) -> None:
        """Starts Traffic Server and returns when it answers."""
        self.start_without_waiting()
        deadline = time.monotonic() + self._start_seconds
        while True:
            assert self._process is not None
            if self._process.poll() is not None:
                raise TrafficServerError(
                    f"exit status {self._process.returncode} at start\n{self.logs()}")
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.get(host=READY_HOST, path="/nocache/1/ready", seconds=2).status == 200:
                    return
            if time.monotonic() > deadline:
                raise TrafficServerError(f"no answer within {self._start_seconds:g} s\n{self.logs()}")
            time.sleep(0.05)

    def start_without_waiting(self) -> None:
        program = "traffic_manager" if self.managed and VERSION.has_manager else "traffic_server"
        # The kernel kills it if this process is killed. The manager's own child dies with the manager.
        command = ["setpriv", "--pdeathsig", "KILL", *self._launcher, program]
        with open(self.root / "log" / "terminal.log", "ab") as terminal, signals_wait():
            self._process = subprocess.Popen(
                command, env=self.environment, cwd=self.root, stdin=subprocess.DEVNULL,
                stdout=terminal, stderr=terminal, start_new_session=True)

    def wait_for_exit(self, seconds: float = HANG_SECONDS) -> int:
        """The exit status of a server that is expected to stop by itself."""
        assert self._process is not None
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TrafficServerError(f"still running after {seconds} s\n{self.logs()}") from None

    def stop(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        # The group holds the manager's child too.
        end_group(process, STOP_SECONDS)

    def close(self) -> None:
        self.stop()
        self._cleanup.close()

    @property
    def environment(self) -> dict[str, str]:
        return {"PATH": f"{PROGRAMS}:/usr/bin:/usr/sbin:/bin:/sbin", "HOME": str(self.root),
                "TS_RUNROOT": str(self.root / "runroot.yaml")}

    @property
    def process_id(self) -> int:
        """Of the process that was started: traffic_server or traffic_manager. Launchers execute it in place."""
        assert self._process is not None
        return self._process.pid

    @property
    def server_process_id(self) -> int:
        """Of traffic_server."""
        if not (self.managed and VERSION.has_manager):
            return self.process_id
        (child,) = Path(f"/proc/{self.process_id}/task/{self.process_id}/children").read_text().split()
        return int(child)

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    # -- files ---------------------------------------------------------------------------------

    def write(self, name: str, content: str | bytes | Path) -> Path:
        """Puts a file into the configuration directory, one second newer than the one before.

        The new file takes the place of the old one in one step (rename), as an operator's tools do.
        """
        path = self.etc / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, Path):
            content = content.read_bytes()
        if isinstance(content, str):
            content = content.encode()
        fresh = path.with_name(path.name + ".fresh")
        fresh.write_bytes(content)
        self._clock += 2
        os.utime(fresh, (self._clock, self._clock))
        fresh.replace(path)
        return path

    def touch(self, name: str) -> None:
        self._clock += 2
        os.utime(self.etc / name, (self._clock, self._clock))

    def write_remap(self, remap: str) -> None:
        for placeholder, value in (("{plugin}", str(self.plugin)), ("{origin}", self.origin.url),
                                   ("{etc}", str(self.etc))):
            remap = remap.replace(placeholder, value)
        self.write("remap.config", READY_MAP + remap.rstrip("\n") + "\n")

    def log(self, name: str) -> str:
        """`diags.log`, `traffic.out`, `terminal.log`, … ; empty if there is none."""
        try:
            return (self.root / "log" / name).read_text(errors="replace")
        except OSError:
            return ""

    def logs(self) -> str:
        return "\n".join(f"--- {name}\n{self.log(name)[-8000:]}"
                         for name in ("terminal.log", "diags.log", "traffic.out", "manager.log"))

    # -- requests ------------------------------------------------------------------------------

    def get(self, client: str = "127.0.0.1", host: str | None = "a.example", path: str = "/",
            method: str = "GET",
            headers: dict[str, str] | list[tuple[str, str]] | None = None,
            data: bytes | None = None, seconds: float | None = None,
            tls: bool = False) -> Reply:
        """Sends one request on a connection of its own, from `client`, exactly as written.

        An empty reply, a reply cut short, none in time, or a reset while the body is sent raises
        (http.client's errors, OSError). `host=None` sends no Host field.
        """
        target = "::1" if ":" in client else "127.0.0.1"
        if seconds is None:
            seconds = self._request_seconds
        if tls:
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                target, self.tls_port, timeout=seconds, source_address=(client, 0),
                context=ssl._create_unverified_context())
        else:
            connection = http.client.HTTPConnection(
                target, self.port, timeout=seconds, source_address=(client, 0))
        try:
            connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
            if host is not None:
                connection.putheader("Host", host)
            fields = headers.items() if isinstance(headers, dict) else headers or ()
            for name, value in fields:
                connection.putheader(name, value)
            if data is not None:
                connection.putheader("Content-Length", str(len(data)))
            connection.putheader("Connection", "close")
            connection.endheaders()
            if data is not None:
                connection.send(data)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def raw(self, request: bytes, client: str = "127.0.0.1",
            seconds: float = HANG_SECONDS, port: int | None = None) -> bytes:
        """Sends bytes as they are, and returns all that comes until the connection closes.

        A connection reset after an answer has come ends it; one without any answer, or while the bytes are
        sent, raises.
        """
        target = "::1" if ":" in client else "127.0.0.1"
        answer = b""
        with socket.create_connection((target, port or self.port), seconds, (client, 0)) as connection:
            connection.sendall(request)
            try:
                while chunk := connection.recv(65536):
                    answer += chunk
            except ConnectionResetError:
                if not answer:
                    raise
        if not answer:
            raise TrafficServerError("an empty reply")
        return answer

    def upload(self, request: bytes, pieces: Iterable[bytes], client: str = "127.0.0.1",
               waits_for: bytes = b"") -> tuple[bytes, int]:
        """Sends a request and, after `waits_for` has come, its body in pieces with pauses. It stops at the first byte
        of an answer, like a client that checks for one between pieces.

        Returns the answer, up to the end of the connection, and how much of the body was sent.
        A reset of the connection raises at any time.
        """
        with socket.create_connection(("127.0.0.1", self.port), HANG_SECONDS, (client, 0)) as connection:
            connection.sendall(request)
            answer = b""
            while len(answer) < len(waits_for):
                chunk = connection.recv(len(waits_for) - len(answer))
                if not chunk:
                    break
                answer += chunk
            if answer != waits_for:
                raise TrafficServerError(f"{answer!r} came, not {waits_for!r}")
            answer, sent = b"", 0
            for piece in pieces:
                if select.select([connection], [], [], 0.005)[0]:
                    break
                connection.sendall(piece)
                sent += len(piece)
            while chunk := connection.recv(65536):
                answer += chunk
        return answer, sent

    # -- management ----------------------------------------------------------------------------

    def ctl(self, *arguments: str) -> str:
        """Runs traffic_ctl (`managed` only) and returns its output."""
        result = subprocess.run(["traffic_ctl", *arguments], env=self.environment, timeout=HANG_SECONDS,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)
        output = result.stdout.decode(errors="replace")
        if result.returncode != 0:
            raise TrafficServerError(f"traffic_ctl {' '.join(arguments)}: {output}\n{self.logs()}")
        return output

    def metrics(self, name: str) -> dict[str, int]:
        """The metrics of the configurations of that name (`managed` only)."""
        prefix = f"plugin.maxmind_acl.{name}."
        return {line.split()[0].removeprefix(prefix): int(line.split()[1])
                for line in self.ctl("metric", "match", "maxmind_acl").splitlines()
                if line.startswith(prefix)}

    def verify(self) -> tuple[int, str]:
        """`traffic_server -C verify_config`: the exit status, and terminal and diags.log."""
        result = subprocess.run(["traffic_server", "-C", "verify_config"], env=self.environment,
                                cwd=self.root, timeout=HANG_SECONDS, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return (result.returncode,
                result.stdout.decode(errors="replace") + self.log("diags.log"))

    RELOADED = re.compile(r"remap\.config finished loading")
    REFUSED = re.compile(r"remap\.config failed to load")

    def reload(self, seconds: float = HANG_SECONDS) -> str | None:
        """`traffic_ctl config reload`, and wait for what remap makes of it.

        Returns "loaded" or "failed", or None if remap was not read again within `seconds`.
        """
        before = len(self.log("diags.log"))
        self.ctl("config", "reload")
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            news = self.log("diags.log")[before:]
            if self.REFUSED.search(news):
                return "failed"
            if self.RELOADED.search(news):
                return "loaded"
            time.sleep(0.05)
        return None
