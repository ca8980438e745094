"""A denied client gets the whole page, with any size, request and cache."""

from __future__ import annotations

import http.client
import io
import itertools
import socket

import pytest

from maps import DE, PAGES, US
from origin import Origin
from traffic_server import Reply, TrafficServer
from waiting import HANG_SECONDS

SIZES = ["small", "large"]

unused = itertools.count(1)


def fresh_path() -> str:
    """A cacheable path of the origin that no request has used before."""
    return f"/cached/{next(unused)}"


def denied(reply: Reply, name: str) -> None:
    assert reply.status == 403
    assert reply.content_type == "text/html"
    assert "no-store" in reply.headers["Cache-Control"]
    assert len(reply.body) == len(PAGES[name])
    assert reply.body == PAGES[name]


def fill_cache(server: TrafficServer, host: str, path: str) -> None:
    asked = server.origin.requests
    for _ in range(2):
        reply = server.get(US, host, path)
        assert (reply.status, reply.body) == (200, Origin.BODY)
    assert server.origin.requests == asked + 1, "the object did not come from the cache"


def still_cached(server: TrafficServer, host: str, path: str) -> None:
    asked = server.origin.requests
    reply = server.get(US, host, path)
    assert (reply.status, reply.body) == (200, Origin.BODY)
    assert server.origin.requests == asked, "the cached object is gone"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_arrives_whole(server: TrafficServer, name: str) -> None:
    denied(server.get(DE, f"page-{name}.example"), name)
    assert server.get(US, f"page-{name}.example").status == 200


@pytest.mark.parametrize("name", PAGES)
def test_an_answer_to_connect_has_the_length_that_it_says(server: TrafficServer, name: str) -> None:
    host = f"page-{name}.example"
    answer = server.raw(
        f"CONNECT {host}:80 HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode(), DE)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == b"403"
    assert f"content-length: {len(body)}\r\n".encode() in head.lower() + b"\r\n"
    # Else the page is Traffic Server's own.
    is_carried = len(PAGES[name]) <= 8192 and b"\0" not in PAGES[name]
    assert body and (body == PAGES[name]) == is_carried


@pytest.mark.parametrize("name", PAGES)
def test_a_page_arrives_whole_by_http_1_0(server: TrafficServer, name: str) -> None:
    answer = server.raw(f"GET / HTTP/1.0\r\nHost: page-{name}.example\r\n\r\n".encode(), DE)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.split(b" ")[1] == b"403"
    assert body == PAGES[name]


@pytest.mark.parametrize("host", ["no-page.example", "empty-page.example"])
def test_without_a_page_traffic_servers_own_is_sent(server: TrafficServer, host: str) -> None:
    reply = server.get(DE, host)
    assert reply.status == 403
    assert reply.content_type == "text/html"
    assert b"<" in reply.body


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("hot", [False, True], ids=["cold cache", "hot cache"])
@pytest.mark.parametrize(("method", "headers", "data"), [
    ("GET", {}, None),
    ("GET", {"Range": "bytes=0-9"}, None),
    ("GET", {"Range": "bytes=-5"}, None),
    ("GET", {"Cache-Control": "only-if-cached"}, None),
    ("GET", {"Cache-Control": "no-cache"}, None),
    ("GET", {"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, None),
    ("GET", {"If-None-Match": "*"}, None),
    ("GET", {"If-Match": '"x"'}, None),
    ("GET", {"Max-Forwards": "0"}, None),
    ("GET", {"Accept-Encoding": "gzip", "Accept": "image/png"}, None),
    ("POST", {}, b""),
    ("POST", {}, b"a=1"),
    ("POST", {}, b"x" * 100_000),
    ("PUT", {}, b"x" * 100_000),
    ("DELETE", {}, None),
], ids=lambda value: None if value is None else str(value)[:40])
def test_a_denied_request_of_any_kind_gets_the_page_and_leaves_the_cache_alone(
        server: TrafficServer, name: str, hot: bool, method: str, headers: dict[str, str],
        data: bytes | None) -> None:
    host, path = f"page-{name}.example", fresh_path()
    if hot:
        fill_cache(server, host, path)
    asked = server.origin.requests
    denied(server.get(DE, host, path, method=method, headers=headers, data=data), name)
    assert server.origin.requests == asked
    if hot:
        still_cached(server, host, path)
    else:
        fill_cache(server, host, path)
    # The object that is now in the cache does not reach the denied client either.
    denied(server.get(DE, host, path, method=method, headers=headers, data=data), name)


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("hot", [False, True], ids=["cold cache", "hot cache"])
def test_head_gets_the_status_and_no_body(server: TrafficServer, name: str, hot: bool) -> None:
    host, path = f"page-{name}.example", fresh_path()
    if hot:
        fill_cache(server, host, path)
    answer = server.raw(
        f"HEAD {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode(), DE)
    head, separator, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403 ")
    assert (separator, body) == (b"\r\n\r\n", b"")
    fields = io.BytesIO(head.partition(b"\r\n")[2] + separator)
    length = http.client.parse_headers(fields).get("Content-Length")
    assert length in (None, str(len(PAGES[name])))
    fill_or_find = still_cached if hot else fill_cache
    fill_or_find(server, host, path)


@pytest.mark.parametrize("name", SIZES)
@pytest.mark.parametrize("method", ["POST", "PUT"])
@pytest.mark.parametrize(("field", "body"), [
    ("Transfer-Encoding: chunked", b"4\r\nabcd\r\n" * 20_000 + b"0\r\n\r\n"),
    # The client waits for a go-ahead and must get the denial instead.
    ("Content-Length: 100000\r\nExpect: 100-continue", b""),
], ids=["chunked", "expect"])
def test_a_denied_upload_of_another_kind(
        server: TrafficServer, name: str, method: str, field: str, body: bytes) -> None:
    answer = server.raw(f"{method} / HTTP/1.1\r\nHost: page-{name}.example\r\n{field}\r\n"
                        f"Connection: close\r\n\r\n".encode() + body, DE)
    head, _, page = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 403 ")
    assert page == PAGES[name]


@pytest.mark.parametrize("name", SIZES)
def test_a_denied_purge_removes_nothing(server: TrafficServer, name: str) -> None:
    host, path = f"page-{name}.example", fresh_path()
    fill_cache(server, host, path)
    assert server.get(DE, host, path, method="PURGE").status == 403
    still_cached(server, host, path)


@pytest.mark.parametrize("name", SIZES)
def test_a_connection_can_be_used_again_after_a_denial(server: TrafficServer, name: str) -> None:
    connection = http.client.HTTPConnection(
        "127.0.0.1", server.port, timeout=HANG_SECONDS, source_address=(DE, 0))
    try:
        for _ in range(3):
            for host, status, body in ((f"page-{name}.example", 403, PAGES[name]),
                                       ("two.example", 403, None)):
                connection.request("GET", "/", headers={"Host": host})
                response = connection.getresponse()
                answer = response.read()
                assert response.status == status
                assert body is None or answer == body
    finally:
        connection.close()


@pytest.mark.parametrize("name", SIZES)
def test_a_body_that_was_not_read_is_not_taken_for_a_request(
        server: TrafficServer, name: str) -> None:
    smuggled = f"GET /smuggled HTTP/1.1\r\nHost: page-{name}.example\r\n\r\n".encode() * 2_000
    answer = server.raw(
        f"POST / HTTP/1.1\r\nHost: page-{name}.example\r\nContent-Length: {len(smuggled)}\r\n"
        f"Connection: close\r\n\r\n".encode() + smuggled, DE)
    assert answer.count(b"HTTP/1.1 403 ") == 1
    assert answer.count(b"HTTP/1.1 ") == 1


@pytest.mark.parametrize("name", ["small", "nul", "large"])
@pytest.mark.parametrize("request_text", [
    "GET / HTTP/1.1\r\nHost: {}\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: {}\r\nContent-Length: 1000\r\n\r\nunfinished",
], ids=["GET", "unfinished POST"])
def test_a_client_that_goes_away_early_does_no_harm(
        server: TrafficServer, name: str, request_text: str) -> None:
    host = f"page-{name}.example"
    for wait in [True, False] * 10:
        with socket.create_connection(("127.0.0.1", server.port), 10, (DE, 0)) as connection:
            connection.sendall(request_text.format(host).encode())
            if wait and request_text.startswith("GET"):
                connection.recv(100)
    denied(server.get(DE, host), name)
