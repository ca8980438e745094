"""An HTTP/2 client that reports how each stream of a connection ends."""

from __future__ import annotations

import contextlib
import dataclasses
import socket
import ssl
import time

import h2.config
import h2.connection
import h2.errors
import h2.events

from waiting import HANG_SECONDS


@dataclasses.dataclass
class Stream:
    status: int | None = None
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: bytes = b""
    ended: bool = False
    reset: bool = False


class Connection:
    """Several requests on one connection over TLS."""

    def __init__(self, port: int, client: str, seconds: float = HANG_SECONDS) -> None:
        context = ssl._create_unverified_context()
        context.set_alpn_protocols(["h2"])
        plain = socket.create_connection(("127.0.0.1", port), seconds, (client, 0))
        self._socket = context.wrap_socket(plain, server_hostname="localhost")
        assert self._socket.selected_alpn_protocol() == "h2"
        self._seconds = seconds
        self._h2 = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self._h2.initiate_connection()
        self.streams: dict[int, Stream] = {}
        self.closed = False
        self.last_error: str | None = None

    def __enter__(self) -> Connection:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def request(self, host: str, path: str, method: str = "GET", *, ends: bool = True) -> Stream:
        number = self._h2.get_next_available_stream_id()
        self._h2.send_headers(number, [(":method", method), (":scheme", "https"),
                                       (":authority", host), (":path", path)], end_stream=ends)
        self.streams[number] = Stream()
        self._send()
        return self.streams[number]

    def send(self, stream: Stream, data: bytes, *, ends: bool = False) -> None:
        """Sends a piece of a request's body, within the windows that the server opens, and looks for an
        answer for a moment; sends no more once one has come."""
        number = next(number for number, each in self.streams.items() if each is stream)
        while data and stream.status is None and not stream.reset:
            size = min(len(data), self._h2.local_flow_control_window(number), 16_384)
            if size > 0:
                self._h2.send_data(number, data[:size], end_stream=ends and size == len(data))
                data = data[size:]
                self._send()
            self._socket.settimeout(0.005 if size > 0 else self._seconds)
            with contextlib.suppress(TimeoutError):
                for event in self._h2.receive_data(self._socket.recv(65536)):
                    self._take(event, True)
                self._send()
            self._socket.settimeout(self._seconds)

    def read(self, until: Stream | None = None, *, takes_more: bool = True) -> None:
        """Reads until a stream has ended; None: until the connection closes. Without `takes_more` the
        server may send no more of bodies than the first windows hold."""
        deadline = time.monotonic() + self._seconds
        while not self.closed and not (until and (until.ended or until.reset)):
            assert time.monotonic() < deadline, "neither an answer nor the end of the connection"
            try:
                data = self._socket.recv(65536)
            except (ssl.SSLEOFError, ConnectionResetError) as error:
                self.last_error = type(error).__name__
                data = b""
            if not data:
                self.closed = True
                return
            for event in self._h2.receive_data(data):
                self._take(event, takes_more)
            self._send()

    def read_headers(self, of: Stream) -> None:
        """Reads until the headers of an answer are there."""
        while not self.closed and of.status is None:
            for event in self._h2.receive_data(self._socket.recv(65536)):
                self._take(event, False)
            self._send()

    def _take(self, event: h2.events.Event, takes_more: bool) -> None:
        stream = self.streams.get(getattr(event, "stream_id", None) or 0)
        if isinstance(event, h2.events.ResponseReceived) and stream:
            stream.headers = dict(event.headers)
            stream.status = int(stream.headers[":status"])
        elif isinstance(event, h2.events.DataReceived) and stream:
            stream.body += event.data
            if takes_more:
                self._h2.acknowledge_received_data(
                    event.flow_controlled_length, event.stream_id)
        elif isinstance(event, h2.events.StreamEnded) and stream:
            stream.ended = True
        elif isinstance(event, h2.events.StreamReset) and stream:
            stream.reset = True

    def _send(self) -> None:
        if data := self._h2.data_to_send():
            self._socket.sendall(data)
