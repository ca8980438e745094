"""A real Traffic Server answers denied clients as `response` says."""

from __future__ import annotations

import http.client
import itertools
import re
from collections.abc import Iterator

import pytest

from answer_maps import FILES, LARGE, PAGE, REMAP, RESPONSES, host
from http2 import Connection
from maps import DE, GB, NOWHERE, US
from origin import Origin
from traffic_server import Reply, TrafficServer
from waiting import HANG_SECONDS, eventually

unused = itertools.count(1)

LOGGING = """\
logging:
  formats: [{name: short, format: '%<pssc> %<crc>'}]
  logs: [{filename: access, format: short, mode: ascii}]
"""


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    # This record has the proxy follow redirects of origins. A redirect of the plugin is not one of them.
    records = {"proxy.config.http.number_of_redirections": "INT 3",
               "proxy.config.http.redirect.actions": "STRING routable:follow,loopback:follow,self:follow"}
    with TrafficServer(REMAP, files=FILES, tls=True, records=records) as running:
        yield running
        assert running.running, running.logs()


def no_store(reply: Reply) -> bool:
    return reply.headers.get_all("Cache-Control") == ["no-store"]


def reason_phrase(server: TrafficServer, name: str, method: str = "GET") -> str:
    answer = server.raw(
        f"{method} / HTTP/1.1\r\nHost: {host(name)}\r\nConnection: close\r\n\r\n".encode(), DE)
    return answer.split(b"\r\n")[0].decode()


@pytest.mark.parametrize("name", [name for name in RESPONSES if name.startswith("status-")])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_status_alone_comes_with_traffic_servers_own_page(
        server: TrafficServer, name: str, method: str) -> None:
    data = b"a=1" if method == "POST" else None
    reply = server.get(DE, host(name), method=method, data=data)
    assert reply.status == int(name.split("-")[1])
    assert no_store(reply)
    assert reply.content_type == "text/html"
    assert (reply.body == b"") == (method == "HEAD")
    assert server.get(US, host(name)).status == 200


@pytest.mark.parametrize("name", [name for name in RESPONSES if re.match(r"(page|large)-\d", name)])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE"])
def test_a_page_comes_with_its_status(server: TrafficServer, name: str, method: str) -> None:
    body = LARGE if name.startswith("large") else PAGE
    data = b"x" * 50_000 if method in ("POST", "PUT") else None
    reply = server.get(DE, host(name), method=method, data=data)
    assert reply.status == int(name.split("-")[1])
    assert reply.body == (b"" if method == "HEAD" else body)
    assert reply.content_type == "text/html"
    assert no_store(reply)


@pytest.mark.parametrize(("status", "phrase"), [
    (404, "Not Found"), (429, "Too Many Requests"), (451, "Unavailable For Legal Reasons"),
    (418, "Denied"), (599, "Denied"), (503, "Service Unavailable")])
def test_each_status_has_its_reason_phrase(
        server: TrafficServer, status: int, phrase: str) -> None:
    for name in (f"status-{status}", f"page-{status}", f"large-{status}"):
        if name in RESPONSES:
            assert reason_phrase(server, name) == f"HTTP/1.1 {status} {phrase}"


@pytest.mark.parametrize("name", ["type", "type-large"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_type_of_a_page(server: TrafficServer, name: str, method: str) -> None:
    reply = server.get(DE, host(name), method=method, data=b"x" if method == "POST" else None)
    assert reply.headers.get_all("Content-Type") == ["text/plain; charset=utf-8"]


@pytest.mark.parametrize("name", ["headers", "headers-page", "headers-large"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_headers_are_added_to_every_kind_of_answer(
        server: TrafficServer, name: str, method: str) -> None:
    data = b"x" * 1000 if method == "POST" else None
    reply = server.get(DE, host(name), method=method, data=data)
    assert reply.status == 429
    assert reply.headers.get_all("Retry-After") == ["120"]
    assert reply.headers.get_all("X-Why") == ['the lists: "x"' if name == "headers" else "lists"]
    assert no_store(reply)
    if name == "headers":
        assert reply.headers.get_all("Server") == ["ours"]
    assert "X-Why" not in server.get(US, host(name)).headers


@pytest.mark.parametrize(("name", "status"), [
    ("cacheable", 404), ("cacheable-page", 403), ("cacheable-large", 403),
    ("cacheable-redirect", 301), ("redirect-301", 301), ("redirect-308", 308), ("page-404", 404),
    ("large-404", 404), ("redirect-large", 302)])
@pytest.mark.parametrize("negative", [False, True], ids=["", "negative caching"])
def test_no_denial_is_cached(name: str, status: int, negative: bool) -> None:
    records = {"proxy.config.http.negative_caching_enabled": "INT 1",
               "proxy.config.http.cache.required_headers": "INT 0"} if negative else {}
    with TrafficServer(REMAP, files=FILES, tls=True, records=records) as server:
        for method in ("GET", "POST", "GET"):
            path = f"/cached/{next(unused)}"
            data = b"" if method == "POST" else None
            denied = server.get(DE, host(name), path, method=method, data=data)
            for field in ("Cache-Control", "Expires", "Last-Modified"):
                values = denied.headers.get_all(field) or []
                assert len(values) <= 1
            if name.startswith("cacheable"):
                assert denied.headers["Cache-Control"] == "public, max-age=3600"
            def asks_the_origin() -> bool:
                before = server.origin.requests
                reply = server.get(US, host(name), path)
                assert (reply.status, reply.body) == (200, Origin.BODY)
                return server.origin.requests > before

            # The first allowed client gets it from the origin. Later ones get it from the cache, as soon as
            # Traffic Server has written it there.
            assert asks_the_origin()
            eventually(asks_the_origin, False)
            again = server.get(DE, host(name), path, method=method, data=data)
            assert again.status == denied.status == status


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_redirect(server: TrafficServer, status: int, method: str) -> None:
    data = b"" if method == "POST" else None
    reply = server.get(DE, host(f"redirect-{status}"), "/x?y", method=method, data=data)
    assert reply.status == status
    assert reply.headers.get_all("Location") == ["https://sorry.example/denied"]
    assert no_store(reply)


@pytest.mark.parametrize(("name", "body"), [("redirect-page", PAGE), ("redirect-large", LARGE)])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_redirect_with_a_page(
        server: TrafficServer, name: str, body: bytes, method: str) -> None:
    reply = server.get(DE, host(name), method=method, data=b"x" if method == "POST" else None)
    assert reply.status == 302
    assert reply.headers.get_all("Location") == ["https://sorry.example/denied"]
    assert reply.body == body


@pytest.mark.parametrize(("client", "target", "location"), [
    (DE, "/shop/a%20b?x=1&y=%26", "https://sorry.example/DE/shop/a%20b?c=127.2.0.9&r=deny.country"
     "&s=http&h=all.answers.example&p=shop%2Fa%2520b&q=x%3D1%26y%3D%2526"
     "&u=http%3A%2F%2Fall.answers.example%2Fshop%2Fa%2520b%3Fx%3D1%26y%3D%2526#DE"),
    (NOWHERE, "/secret;v=1", "https://sorry.example/XX/secret;v=1?c=127.0.0.9&r=deny.regex&s=http"
     "&h=all.answers.example&p=secret%3Bv%3D1&q=&u=http%3A%2F%2Fall.answers.example%2Fsecret%3Bv%3D1#XX"),
    ("127.1.66.1", "/", "https://sorry.example/US/?c=127.1.66.1&r=deny.ip&s=http"
     "&h=all.answers.example&p=&q=&u=http%3A%2F%2Fall.answers.example%2F#US"),
    (DE, "/%0d%0aSet-Cookie:%20x=y", "https://sorry.example/DE/%0d%0aSet-Cookie:%20x=y?c=127.2.0.9"
     "&r=deny.country&s=http&h=all.answers.example&p=%250d%250aSet-Cookie%3A%2520x%3Dy&q="
     "&u=http%3A%2F%2Fall.answers.example%2F%250d%250aSet-Cookie%3A%2520x%3Dy#DE"),
])
def test_placeholders(
        server: TrafficServer, client: str, target: str, location: str) -> None:
    reply = server.get(client, host("all"), target)
    assert reply.status == 302
    assert reply.headers.get_all("Location") == [location]


def test_a_query_is_passed_on_unchanged(server: TrafficServer) -> None:
    reply = server.get(DE, host("query"), "/a/b?x=1&y=%26;z=?")
    assert reply.headers["Location"] == "https://DE.sorry.example/a/b?x=1&y=%26;z=?"


def test_the_scheme_is_the_clients(server: TrafficServer) -> None:
    reply = server.get(DE, host("all"), "/x", tls=True)
    assert "&s=https&" in reply.headers["Location"]
    assert "&u=https%3A%2F%2Fall.answers.example%2Fx" in reply.headers["Location"]


@pytest.mark.parametrize("length", [1500, 2048, 6000, 20_000])
def test_a_long_url_comes_back_whole(server: TrafficServer, length: int) -> None:
    path = "/" + "a%22" * (length // 4)
    location = server.get(DE, host("query"), path).headers["Location"]
    assert location == f"https://DE.sorry.example{path}?"


@pytest.mark.parametrize("length", range(2046, 2051))
def test_a_location_may_fill_the_usual_buffer(server: TrafficServer, length: int) -> None:
    start = "https://DE.sorry.example/"
    path = "/" + "x" * (length - len(start) - len("?"))
    location = server.get(DE, host("query"), path).headers["Location"]
    assert location == f"https://DE.sorry.example{path}?"
    assert len(location) == length


def test_a_redirect_that_would_be_too_long_is_a_403(server: TrafficServer) -> None:
    path = "/" + "x" * 20_000  # stands in the redirect twice
    reply = server.get(DE, host("all"), path)
    assert (reply.status, reply.headers["Location"]) == (403, None)
    with Connection(server.tls_port, DE) as connection:
        stream = connection.request(host("all"), path)
        connection.read(stream)
        assert (stream.status, stream.headers.get("location")) == (403, None)


@pytest.mark.parametrize("target", [
    "/<script>", '/"x"', "/a\\b", "/{x}", "/a|b", "/a^b", "/a`b", "/\xe9", "/a?<b>", "/a?'\"",
    "//evil.example/x", "/%2F%2Fevil.example",
])
def test_placeholders_escape_the_clients_text(server: TrafficServer, target: str) -> None:
    for name in ("all", "query"):
        answer = server.raw(
            f"GET {target} HTTP/1.1\r\nHost: {host(name)}\r\nConnection: close\r\n\r\n".encode("latin-1"),
            DE)
        if answer.split(b" ")[1] == b"400":
            continue  # Traffic Server refuses it
        locations = re.findall(rb"(?mi)^location: (.*)\r$", answer)
        assert len(locations) == 1, answer
        assert re.fullmatch(
            rb"https://(DE\.)?sorry\.example/([A-Za-z0-9._~!$&'()*+,;=:@/?#-]|%[0-9A-Fa-f]{2})*",
            locations[0])


@pytest.mark.parametrize(("name", "elsewhere", "there"), [
    ("same-host", "/x", "/denied"), ("same-host", "/x", "/denied?again"),
    ("same-host-url", "/x", "/denied?from=x"),
])
def test_a_redirect_to_the_denied_url_is_a_403(
        server: TrafficServer, name: str, elsewhere: str, there: str) -> None:
    assert server.get(DE, host(name), elsewhere).status == 302
    reply = server.get(DE, host(name), there)
    assert reply.status == 403
    assert "Location" not in reply.headers
    assert no_store(reply)
    if name == "same-host":
        assert (reply.body, reply.headers["X-Why"]) == (PAGE, "lists")


@pytest.mark.parametrize(("client", "path", "status", "why"), [
    (DE, "/", 451, None), (GB, "/secret", 302, None), (US, "/", 200, None)])
def test_each_kind_of_denial_has_its_own_answer(
        server: TrafficServer, client: str, path: str, status: int, why: str | None) -> None:
    reply = server.get(client, host("kinds"), path)
    assert (reply.status, reply.headers["X-Why"]) == (status, why)
    if status == 302:
        assert reply.headers["Location"] == "https://sorry.example/deny.regex"
    assert PAGE not in reply.body


@pytest.mark.parametrize(("client", "status"), [(DE, 404), (NOWHERE, 429), (US, 200)])
def test_the_default_and_the_unknown_have_answers(
        server: TrafficServer, client: str, status: int) -> None:
    assert server.get(client, host("kinds-default")).status == status


@pytest.mark.parametrize("name", ["headers", "headers-large", "redirect", "page-404"])
def test_a_connection_goes_on_after_an_answer(server: TrafficServer, name: str) -> None:
    connection = http.client.HTTPConnection(
        "127.0.0.1", server.port, timeout=HANG_SECONDS, source_address=(DE, 0))
    try:
        for _ in range(3):
            connection.request("GET", "/", headers={"Host": host(name)})
            response = connection.getresponse()
            response.read()
            assert response.status >= 300
    finally:
        connection.close()


def test_the_log_has_the_status_of_each_answer() -> None:
    with TrafficServer(REMAP, files={**FILES, "logging.yaml": LOGGING}, tls=True, records={
            "proxy.config.log.logging_enabled": "INT 3",
            "proxy.config.log.max_secs_per_buffer": "INT 1"}) as server:
        assert server.get(DE, host("status-451")).status == 451
        assert server.get(DE, host("redirect")).status == 302
        with pytest.raises((OSError, http.client.HTTPException)):
            server.get(DE, host("close"))

        def codes() -> dict[str, str]:
            """The code of the proxy's answer by status; 200 is of the harness's own requests."""
            lines = [line.split() for line in server.log("access.log").splitlines()]
            return {status: code for status, code in lines if status != "200"}

        # Each thread logs by itself, so the lines come in any order.
        eventually(lambda: codes().keys(), {"451", "302", "403"})
        assert codes()["403"].startswith("ERR_CLIENT_")
