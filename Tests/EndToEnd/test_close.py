"""`close: true` ends the client's connection without an answer, and nothing else."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Iterator

import pytest

from answer_maps import FILES, REMAP, host
from http2 import Connection
from maps import DE, US
from origin import Origin
from traffic_server import TrafficServer
from waiting import HANG_SECONDS

CLOSE = host("close")


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    with TrafficServer(REMAP, files=FILES, tls=True) as running:
        yield running
        assert running.running, running.logs()
        assert "Fatal" not in running.logs()


def bytes_until_the_end(connection: socket.socket) -> bytes:
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def request(path: str, method: str = "GET", more: str = "") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: {CLOSE}\r\n{more}\r\n".encode()


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "OPTIONS"])
def test_not_a_byte_is_answered(server: TrafficServer, method: str) -> None:
    asked = server.origin.requests
    with socket.create_connection(("127.0.0.1", server.port), 10, (DE, 0)) as connection:
        connection.sendall(request("/", method))
        assert bytes_until_the_end(connection) == b""
    assert server.origin.requests == asked
    assert server.get(US, CLOSE).status == 200


@pytest.mark.parametrize("size", [10, 100_000, 5_000_000])
def test_an_upload_ends_with_the_connection(server: TrafficServer, size: int) -> None:
    with pytest.raises((OSError, http.client.HTTPException)):
        server.get(DE, CLOSE, method="POST", data=b"x" * size)
    assert server.get(US, CLOSE).status == 200


@pytest.mark.parametrize("pipelined", [False, True])
def test_earlier_answers_on_the_connection_arrive(
        server: TrafficServer, pipelined: bool) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 10, (US, 0)) as connection:
        requests = [request("/cached/1"), request("/cached/1"), request("/secret"), request("/")]
        received = b""
        if pipelined:
            connection.sendall(b"".join(requests))
        else:
            for each in requests[:2]:
                connection.sendall(each)
                while received.count(Origin.BODY) < requests.index(each) + 1:
                    received += connection.recv(65536)
            connection.sendall(requests[2])
        received += bytes_until_the_end(connection)
    assert received.count(b"HTTP/1.1 200 OK") == received.count(Origin.BODY) == 2
    assert received.count(b"HTTP/1.1 ") == 2


def test_a_tls_connection_ends_without_an_answer(server: TrafficServer) -> None:
    context = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", server.tls_port), 10, (DE, 0)) as plain:
        with context.wrap_socket(plain) as connection:
            connection.sendall(request("/"))
            # The proxy sends no close_notify: to TLS, the connection is cut.
            with pytest.raises((ssl.SSLEOFError, ConnectionResetError)):
                assert connection.recv(1) == b""
                raise ssl.SSLEOFError
    assert server.get(US, CLOSE, tls=True).status == 200


def test_other_connections_of_the_same_client_go_on(server: TrafficServer) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 10, (US, 0)) as other:
        other.sendall(request("/cached/1"))
        first = other.recv(65536)
        with socket.create_connection(("127.0.0.1", server.port), 10, (US, 0)) as connection:
            connection.sendall(request("/secret"))
            assert bytes_until_the_end(connection) == b""
        other.sendall(request("/cached/1"))
        second = other.recv(65536)
    assert first.startswith(b"HTTP/1.1 200 OK") and second.startswith(b"HTTP/1.1 200 OK")


def test_all_streams_of_an_http2_connection_end_with_the_denied_one(server: TrafficServer) -> None:
    with Connection(server.tls_port, US) as connection:
        done = connection.request(CLOSE, "/cached/1")
        connection.read(done)
        assert (done.status, done.body, done.ended) == (200, Origin.BODY, True)
        # Its body is larger than the client's first flow-control window.
        waiting = connection.request("generator.answers.example", "/nocache/1000000/x")
        connection.read_headers(waiting)
        denied = connection.request(CLOSE, "/secret")
        connection.read(takes_more=False)
        assert connection.closed
        assert (denied.status, denied.body, denied.reset) == (None, b"", False)
        assert waiting.status == 200
        assert not waiting.ended and len(waiting.body) < 1_000_000
    assert server.get(US, CLOSE).status == 200


def test_an_http2_client_can_come_back_on_another_connection(server: TrafficServer) -> None:
    for path in ("/secret", "/cached/1"):
        with Connection(server.tls_port, US) as connection:
            stream = connection.request(CLOSE, path)
            connection.read(stream)
            assert connection.closed == (path == "/secret")
            assert stream.status == (None if connection.closed else 200)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_other_answers_leave_the_other_streams_alone(server: TrafficServer, method: str) -> None:
    with Connection(server.tls_port, DE) as connection:
        streams = [connection.request(host(name), "/", method)
                   for name in ("status-451", "redirect", "headers-large", "page-404")]
        for stream in streams:
            connection.read(stream)
        assert [stream.status for stream in streams] == [451, 302, 429, 404]
        assert streams[1].headers["location"] == "https://sorry.example/denied"
        assert all(stream.headers["cache-control"] == "no-store" for stream in streams)
        assert not connection.closed


def test_closing_under_load_leaves_the_server_as_it_was(server: TrafficServer) -> None:
    failures: list[str] = []

    def ask(client: str) -> None:
        for number in range(100):
            try:
                reply = server.get(client, CLOSE, tls=number % 2 == 0)
                if client == DE:
                    failures.append(f"answered with {reply.status}")
            except (OSError, http.client.HTTPException) as error:
                if client == US:
                    failures.append(repr(error))

    threads = [threading.Thread(target=ask, args=(client,)) for client in (US, DE) * 3]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(HANG_SECONDS)
    assert failures == []
