"""Sends requests byte by byte as given, many on each connection."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import http.client
import socket
import threading
from collections.abc import Sequence

#: A guard against a hang, not a measure.
REQUEST_SECONDS = 120

THREADS = 4


@dataclasses.dataclass(frozen=True)
class Answer:
    """The status and body of an answer. The status is 0 if the connection closed without one."""

    status: int
    body: bytes


class Connection:
    """A connection to the proxy that opens again when the other side has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def get(self, target: str, host: str) -> Answer:
        """Sends one GET for `target`, in UTF-8."""
        request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()
        fresh = self._socket is None
        try:
            return self._exchange(request)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            if isinstance(error, TimeoutError):
                raise
            # The proxy may close a connection that waits for its next request.
            return Answer(0, b"") if fresh else self.get(target, host)

    def _exchange(self, request: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection(("127.0.0.1", self._port), REQUEST_SECONDS)
        self._socket.sendall(request)
        response = http.client.HTTPResponse(self._socket, method="GET")
        response.begin()
        answer = Answer(response.status, response.read())
        if response.will_close:
            self.close()
        return answer

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def get_all(port: int, host: str, targets: Sequence[str]) -> list[Answer]:
    """The answers to all targets, in their order. `{host}` and `{HOST}` in a target stand for the host."""
    here = threading.local()
    connections: list[Connection] = []

    def get(target: str) -> Answer:
        if not hasattr(here, "connection"):
            here.connection = Connection(port)
            connections.append(here.connection)
        target = target.replace("{host}", host).replace("{HOST}", host.upper())
        return here.connection.get(target, host)

    try:
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            return list(pool.map(get, targets))
    finally:
        for connection in connections:
            connection.close()
