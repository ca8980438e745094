"""A real Traffic Server lets a request through or answers it with 403, as the configuration says."""

from __future__ import annotations

import pytest

from installation import VERSION
from loopback import has_ipv6
from maps import ANONYMOUS_PAGE, CONTINENT_ONLY, DE, DENIAL_PAGE, FR, GB, NO, NOWHERE, US
from origin import Origin
from traffic_server import DATABASES, TrafficServer

ipv6 = pytest.mark.skipif(not has_ipv6(), reason="this machine has no ::1")


def expect(server: TrafficServer, client: str, host: str, path: str, status: int,
           page: bytes = DENIAL_PAGE, **more: object) -> None:
    reply = server.get(client=client, host=host, path=path, **more)
    assert (reply.status, reply.body) == (status, Origin.BODY if status == 200 else page)
    if status == 403:
        assert reply.content_type == "text/html"
        assert "no-store" in reply.headers["Cache-Control"]
        assert "X-Origin" not in reply.headers


@pytest.mark.parametrize(("client", "path", "status"), [
    (US, "/index.html", 200),
    (US, "/", 200),
    (US, "/notes.txt", 403),
    (US, "/song.mp3", 403),
    (US, "/song.mp4", 200),
    (US, "/search?name=notes.txt", 200),
    (DE, "/index.html", 403),
    (GB, "/index.html", 403),
    (GB, "/notes.txt", 403),
    ("127.0.0.1", "/index.html", 403),
    (NOWHERE, "/index.html", 403),
    (CONTINENT_ONLY, "/index.html", 403),
    ("127.9.0.1", "/index.html", 200),
    ("127.9.15.255", "/index.html", 200),
    ("127.9.16.1", "/index.html", 403),
])
def test_the_manuals_example(server: TrafficServer, client: str, path: str, status: int) -> None:
    expect(server, client, "manual.example", path, status)


@pytest.mark.parametrize(("client", "path", "status"), [
    (US, "/index.html", 200),
    (DE, "/index.html", 403),
    (NO, "/index.html", 403),
    (FR, "/private/x", 200),
    (GB, "/private/x", 403),
    (GB, "/public/x", 200),
    ("127.1.65.255", "/", 200),
    ("127.1.66.0", "/", 403),
    ("127.1.66.255", "/", 403),
    ("127.1.67.0", "/", 200),
    (NOWHERE, "/private/x", 200),
    (CONTINENT_ONLY, "/private/x", 200),
    pytest.param("::1", "/", 403, marks=ipv6),
])
def test_without_allow_rules_everything_passes_unless_it_is_denied(
        server: TrafficServer, client: str, path: str, status: int) -> None:
    expect(server, client, "deny-only.example", path, status)


@pytest.mark.parametrize(("client", "status"), [
    ("127.11.0.1", 403),  # vpn
    ("127.12.0.1", 200),  # hosting, which is set to false
    ("127.13.0.1", 403),  # public
    ("127.14.0.1", 403),  # tor
    ("127.15.0.1", 200),  # residential, which is not named
    ("127.16.0.1", 403),  # vpn and hosting: false does not protect
    ("127.99.0.1", 403),  # deny.ip
    ("127.1.0.1", 200),
    pytest.param("::1", 200, marks=ipv6),
])
def test_anonymity(server: TrafficServer, client: str, status: int) -> None:
    expect(server, client, "anonymity.example", "/", status, ANONYMOUS_PAGE)


@pytest.mark.parametrize(("client", "status"), [
    ("127.11.0.1", 200),  # vpn, but listed
    ("127.11.0.2", 403),
    ("127.18.0.1", 403),  # only tor, which is false; not listed, and a list turns the default
    ("127.1.0.1", 403),
])
def test_an_anonymous_address_that_is_listed_passes(
        server: TrafficServer, client: str, status: int) -> None:
    expect(server, client, "allowed.example", "/", status, ANONYMOUS_PAGE)


@pytest.mark.parametrize(("client", "status", "page"), [
    (US, 200, b""),
    (DE, 403, DENIAL_PAGE),
    ("127.12.0.1", 403, DENIAL_PAGE),
    ("127.11.0.1", 403, ANONYMOUS_PAGE),
    ("127.14.0.1", 403, ANONYMOUS_PAGE),
    (NOWHERE, 200, b""),
])
def test_two_instances_on_one_line_must_both_agree(
        server: TrafficServer, client: str, status: int, page: bytes) -> None:
    expect(server, client, "two.example", "/", status, page)


@ipv6
@pytest.mark.parametrize(("host", "status"), [
    ("manual.example", 403), ("deny-only.example", 403), ("two.example", 200)])
def test_an_ipv6_client(server: TrafficServer, host: str, status: int) -> None:
    expect(server, "::1", host, "/", status)


@pytest.mark.parametrize(("client", "path", "status"), [
    (US, "/a;b/notes.txt", 403),
    (US, "/notes.txt;jsessionid=1", 403),
    (US, "/index.html;a=b", 200),
    (US, "/notes%2etxt", 403),
    (US, "/notes.t%78t", 403),
    (US, "/notes%2Etx%74?x", 403),
    (US, "/notes.txt?download", 403),
    (US, "/a/../notes.txt", 403),
    (US, "//notes.txt", 403),
])
def test_another_spelling_of_a_file_does_not_evade_a_rule(
        server: TrafficServer, client: str, path: str, status: int) -> None:
    expect(server, client, "manual.example", path, status)


@pytest.mark.parametrize("path", [
    "/private/x", "/./private/x", "/a/../private/x", "//private/x", "/%70rivate/x",
    "/p%72ivat%65/x", "/private;v=1/../private/x", "/;/private/x",
])
def test_no_spelling_of_a_denied_folder_passes(server: TrafficServer, path: str) -> None:
    expect(server, GB, "deny-only.example", path, 403)


@pytest.mark.parametrize("host", ["MANUAL.example", "Manual.EXAMPLE", "manual.example:80"])
def test_the_case_and_port_of_the_host_do_not_matter(server: TrafficServer, host: str) -> None:
    expect(server, US, host, "/index.html", 200)
    expect(server, US, host, "/notes.txt", 403)
    expect(server, DE, host, "/index.html", 403)


@pytest.mark.parametrize(("client", "path", "status"), [
    (US, "http://manual.example/index.html", 200),
    (US, "http://manual.example/notes.txt", 403),
    (US, "HTTP://MANUAL.example:80/notes.txt", 403),
    (DE, "http://manual.example/index.html", 403),
])
def test_a_request_target_in_absolute_form(
        server: TrafficServer, client: str, path: str, status: int) -> None:
    expect(server, client, "manual.example", path, status)


@pytest.mark.parametrize(("client", "headers", "status"), [
    (DE, {"X-Let-Me-In": "open sesame"}, 200),
    (DE, {"x-let-me-in": "open sesame"}, 200),
    (NOWHERE, {"X-Let-Me-In": "open sesame"}, 200),
    ("127.1.66.1", {"X-Let-Me-In": "open sesame"}, 200),
    ("127.1.66.1", {}, 403),
    (DE, {}, 403),
    (DE, {"X-Let-Me-In": ""}, 403),
    (DE, {"X-Let-Me-In": "Open Sesame"}, 403),
    (DE, {"X-Let-Me-In": "open sesame, open sesame"}, 403),
    (DE, {"X-Let-Me-In2": "open sesame"}, 403),
    (US, {"X-Let-Me-In": "wrong"}, 200),
])
def test_the_bypass_header(
        server: TrafficServer, client: str, headers: dict[str, str], status: int) -> None:
    expect(server, client, "bypass.example", "/", status, headers=headers)


def test_the_bypass_header_is_passed_on_to_the_origin(server: TrafficServer) -> None:
    expect(server, DE, "bypass.example", "/", 200, headers={"X-Let-Me-In": "open sesame"})
    assert server.origin.last_headers.get_all("X-Let-Me-In") == ["open sesame"]


@pytest.mark.parametrize(("values", "status"), [
    (("open sesame", "wrong"), 200), (("wrong", "open sesame"), 403)])
def test_only_the_first_bypass_header_counts(
        server: TrafficServer, values: tuple[str, str], status: int) -> None:
    fields = "".join(f"X-Let-Me-In: {value}\r\n" for value in values)
    answer = server.raw(f"GET / HTTP/1.1\r\nHost: bypass.example\r\n{fields}"
                        "Connection: close\r\n\r\n".encode(), client=DE)
    assert answer.startswith(b"HTTP/1.1 %d " % status)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PURGE"])
def test_no_method_evades_a_denial(server: TrafficServer, method: str) -> None:
    asked = server.origin.requests
    data = b"x" if method in ("POST", "PUT") else None
    assert server.get(DE, "manual.example", "/", method=method, data=data).status == 403
    assert server.origin.requests == asked


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE"])
def test_requests_that_the_proxy_answers_itself_are_denied_too(
        server: TrafficServer, method: str) -> None:
    reply = server.get(DE, "manual.example", "/", method=method, headers={"Max-Forwards": "0"})
    assert reply.status == 403


def test_other_maps_are_left_alone(server: TrafficServer) -> None:
    assert server.get(DE, host="unmapped.example").status == 404


@pytest.mark.parametrize("host", ["generator.example", "generator-large.example"])
@pytest.mark.parametrize("kind", ["cache", "nocache"])
def test_a_content_plugin_later_on_the_line_does_not_answer_a_denied_client(
        server: TrafficServer, host: str, kind: str) -> None:
    path = f"/{kind}/100/{host}"
    for _ in range(2):
        assert server.get(DE, host, path).status == 403
        allowed = server.get(US, host, path)
        assert (allowed.status, len(allowed.body)) == (200, 100)


def test_an_empty_parameter_is_part_of_the_path_if_the_version_keeps_it() -> None:
    """Version 9.2 drops the `;` of an empty parameter, also for the origin."""
    rule = "regex: [['*', 'example/help$']]"
    files = {"a.yaml": f"maxmind: {{database: a.mmdb, allow: {{{rule}}}}}\n",
             "b.yaml": f"maxmind: {{database: a.mmdb, deny: {{{rule}}}}}\n",
             "a.mmdb": DATABASES / "loopback-country.mmdb"}
    remap = "\n".join(f"map http://{name}.example/ {{origin}} @plugin={{plugin}} @pparam={name}.yaml"
                      for name in "ab")
    with TrafficServer(remap, files=files) as server:
        allowed = [server.get(US, "a.example", path).status for path in ("/help", "/help;", "/help;x")]
        denied = [server.get(US, "b.example", path).status for path in ("/help", "/help;", "/help;x")]
    assert allowed == [200, 403 if VERSION.has_parameters_in_path else 200, 403]
    assert denied == [403, 403, 403]
