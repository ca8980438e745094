"""A denied client that is still sending gets its answer whole, and its connection is not reset."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from http2 import Connection
from maps import DE, FILES, PAGES, REMAP, US
from traffic_server import TrafficServer

PIECE = b"x" * 40_000
PIECES = 40
SIZE = len(PIECE) * PIECES
MEGABYTE = 1 << 20

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


@pytest.fixture(scope="module")
def secure() -> Iterator[TrafficServer]:
    """A server with TLS that sends 100 Continue itself."""
    remap = "\n".join(f"{line}\n{line.replace('http:', 'https:', 1)}" for line in REMAP.splitlines()
                      if line.startswith("map http://page-"))
    records = {"proxy.config.http.send_100_continue_response": "INT 1"}
    with TrafficServer(remap, files=FILES, tls=True, records=records) as running:
        yield running
        assert running.running, running.logs()


def head(name: str, method: str, *fields: str) -> bytes:
    lines = [f"{method} / HTTP/1.1", f"Host: page-{name}.example", *fields, "Connection: close", "", ""]
    return "\r\n".join(lines).encode()


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


def denied(answer: bytes, name: str) -> None:
    fields, _, page = answer.partition(b"\r\n\r\n")
    assert fields.startswith(b"HTTP/1.1 403 ")
    assert page == PAGES[name]


@pytest.mark.parametrize("name", ["small", "8192", "nul", "large"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "GET"])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["length", "chunked"])
def test_a_slow_upload_gets_its_page_and_no_reset(
        server: TrafficServer, name: str, method: str, is_chunked: bool) -> None:
    asked = server.origin.requests
    if is_chunked:
        field, pieces = "Transfer-Encoding: chunked", [chunk(PIECE)] * PIECES + [b"0\r\n\r\n"]
    else:
        field, pieces = f"Content-Length: {SIZE}", [PIECE] * PIECES
    answer, sent = server.upload(head(name, method, field), pieces, DE)
    denied(answer, name)
    assert sent == sum(map(len, pieces))
    assert server.origin.requests == asked


@pytest.mark.parametrize("name", ["small", "large"])
def test_a_slow_upload_in_a_trickle_of_small_pieces(server: TrafficServer, name: str) -> None:
    """Ends of lines and of chunks lie between pieces."""
    body = chunk(b"abcd") * 20 + b"3;name=\"value\"\r\nxyz\r\n" + b"0\r\nTrailer: x\r\n\r\n"
    request = head(name, "POST", "Transfer-Encoding: chunked")
    answer, sent = server.upload(request, [body[index:index + 3] for index in range(0, len(body), 3)], DE)
    denied(answer, name)
    assert sent == len(body)


@pytest.mark.parametrize("name", ["small", "large"])
@pytest.mark.parametrize("field", [f"Content-Length: {SIZE}", "Transfer-Encoding: chunked"])
def test_a_client_that_waits_is_answered_at_once(server: TrafficServer, name: str, field: str) -> None:
    answer, sent = server.upload(head(name, "POST", field, "Expect: 100-continue"), [], DE)
    denied(answer, name)


@pytest.mark.parametrize("name", ["small", "large"])
@pytest.mark.parametrize("is_chunked", [False, True], ids=["length", "chunked"])
def test_a_client_that_got_100_continue_can_send_its_body(
        secure: TrafficServer, name: str, is_chunked: bool) -> None:
    if is_chunked:
        field, pieces = "Transfer-Encoding: chunked", [chunk(PIECE)] * PIECES + [b"0\r\n\r\n"]
    else:
        field, pieces = f"Content-Length: {SIZE}", [PIECE] * PIECES
    answer, sent = secure.upload(
        head(name, "POST", field, "Expect: 100-continue"), pieces, DE, waits_for=CONTINUE)
    denied(answer, name)
    assert sent == sum(map(len, pieces))
    assert CONTINUE not in answer


@pytest.mark.parametrize("name", ["small", "large"])
def test_a_body_that_never_ends_is_answered_after_16_megabytes(server: TrafficServer, name: str) -> None:
    pieces = (chunk(b"x" * (MEGABYTE // 4)) for _ in range(4 * 28))
    answer, sent = server.upload(head(name, "POST", "Transfer-Encoding: chunked"), pieces, DE)
    denied(answer, name)
    assert sent >= 16 * MEGABYTE


@pytest.mark.parametrize("name", ["small", "large"])
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_slow_upload_over_http_2_gets_its_page(secure: TrafficServer, name: str, method: str) -> None:
    """The request has neither a length nor an encoding of its body."""
    with Connection(secure.tls_port, DE) as connection:
        stream = connection.request(f"page-{name}.example", "/", method, ends=False)
        for _ in range(20):
            connection.send(stream, PIECE)
        assert stream.status is None
        connection.send(stream, b"end", ends=True)
        connection.read(stream)
        assert not stream.reset and not connection.closed
        assert (stream.status, stream.body) == (403, PAGES[name])


def test_an_allowed_upload_reaches_the_origin(server: TrafficServer) -> None:
    answer, sent = server.upload(head("small", "POST", f"Content-Length: {SIZE}"), [PIECE] * PIECES, US)
    assert answer.startswith(b"HTTP/1.1 200 ") and sent == SIZE
