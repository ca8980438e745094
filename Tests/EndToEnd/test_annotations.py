"""An origin sees the plugin's values of the fields in `annotate`, and never a client's, however it reads names."""

from __future__ import annotations

import re
import subprocess
import threading
import wsgiref.simple_server
from collections.abc import Iterator
from pathlib import Path

import pytest

import corpus
from maps import US
from traffic_server import DATABASES, OUR_PLUGIN, TrafficServer
from waiting import eventually

CONFIGURATION = """\
maxmind:
  database: loopback-country.mmdb
  annotate:
    X-Client-Country: "{country}"
    X-Client: "{client}"
"""

LOGGING = """\
logging:
  formats: [{name: connection, format: '%<cquuc> [%<{Connection}cqh>]'}]
  logs: [{filename: connection, format: connection}]
"""

RECORDS = {"proxy.config.log.logging_enabled": "INT 3", "proxy.config.log.max_secs_per_buffer": "INT 1"}


class WSGIOrigin:
    """wsgiref's server, which turns header fields into variables as in WSGI and CGI."""

    def __init__(self) -> None:
        self.environment: dict[str, str] = {}

        def application(environment, start_response):
            self.environment = {name: value for name, value in environment.items()
                                if name.startswith("HTTP_")}
            start_response("200 OK", [("Content-Type", "text/plain"), ("Cache-Control", "no-store")])
            return [b"wsgi\n"]

        class Handler(wsgiref.simple_server.WSGIRequestHandler):
            def log_message(self, *_: object) -> None:
                pass

        self._server = wsgiref.simple_server.make_server("127.0.0.1", 0, application, handler_class=Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)


@pytest.fixture(scope="module")
def wsgi() -> Iterator[WSGIOrigin]:
    origin = WSGIOrigin()
    yield origin
    origin.close()


@pytest.fixture(scope="module")
def server(wsgi: WSGIOrigin) -> Iterator[TrafficServer]:
    remap = "\n".join(f"map http://{host}.example/ {origin} @plugin={{plugin}} @pparam=annotated.yaml"
                      for host, origin in (("wsgi", wsgi.url), ("plain", "{origin}")))
    files = {"loopback-country.mmdb": DATABASES / "loopback-country.mmdb", "annotated.yaml": CONFIGURATION,
             "logging.yaml": LOGGING}
    with TrafficServer(remap, files=files, records=RECORDS) as running:
        yield running
        assert running.running, running.logs()


MADE_UP = [
    ["X-Client-Country"], ["x-client-country"], ["X_Client_Country"], ["x_client_country"], ["X_CLIENT-COUNTRY"],
    ["x-client_Country"], ["X.Client.Country"], ["X~Client!Country"], ["X-Client-Country", "X_Client_Country"],
    ["X_Client_Country", "X_CLIENT_COUNTRY", "X-CLIENT_COUNTRY", "X_CLIENT-COUNTRY", "X-client-country"] * 3,
    ["X_Client", "x.client", "X-Client"],
]


@pytest.mark.parametrize("names", MADE_UP, ids=lambda names: f"{names[0]} and {len(names) - 1}")
def test_a_wsgi_origin_sees_the_plugins_values_alone(
        server: TrafficServer, wsgi: WSGIOrigin, names: list[str]) -> None:
    reply = server.get(US, "wsgi.example", headers=[(name, "GB") for name in names])
    assert (reply.status, reply.body) == (200, b"wsgi\n")
    assert wsgi.environment["HTTP_X_CLIENT_COUNTRY"] == "US"
    assert wsgi.environment["HTTP_X_CLIENT"] == US
    assert "GB" not in ",".join(wsgi.environment.values())


@pytest.mark.parametrize("names", MADE_UP, ids=lambda names: f"{names[0]} and {len(names) - 1}")
def test_no_origin_gets_two_fields_that_it_may_read_as_one(
        server: TrafficServer, names: list[str]) -> None:
    between = [("X-Between", "1"), ("X-Client-Countries", "2"), ("XClientCountry", "3")]
    server.get(US, "plain.example", headers=[*between, *((name, "GB") for name in names), *between])
    fields = [(re.sub("[^A-Z0-9]", "_", name.upper()), value)
              for name, value in server.origin.last_headers.items()]
    assert [value for name, value in fields if name == "X_CLIENT_COUNTRY"] == ["US"]
    assert [value for name, value in fields if name == "X_CLIENT"] == [US]
    assert [value for name, value in fields if name in ("X_BETWEEN", "X_CLIENT_COUNTRIES", "XCLIENTCOUNTRY")] == [
        "1", "2", "3"] * 2


@pytest.mark.parametrize("name", ["X-Client-Country", "X_Client_Country", "x.client.country"])
def test_any_number_of_forged_fields_is_removed(server: TrafficServer, name: str) -> None:
    server.get(US, "plain.example", headers=[(name, "GB")] * 60)
    assert [value for field, value in server.origin.last_headers.items()
            if re.sub("[^A-Z0-9]", "_", field.upper()) == "X_CLIENT_COUNTRY"] == ["US"]


def elements(text: str) -> list[str]:
    return [part for part in re.split(r"\s*,\s*", text) if part]


@pytest.mark.parametrize(("number", "sent", "left"), [
    (1, ["close, X-Client-Country"], "close"),
    (2, ["X-Client-Country, close"], "close"),
    (3, ["close,x_client_COUNTRY ,\tX-CLIENT,te"], "close,te"),
    (4, ["close", "X-Client-Country", "te, X-Client, X-Client"], "close,te"),
    (5, ['close, "X-Client-Country"'], "close"),
    (6, ["close, X-Client-Countries, XX-Client"], "close, X-Client-Countries, XX-Client"),
    (7, ["close," + "X-Client-Country," * 500], "close"),
    (8, ["X-Client-Country"], ""),
])
def test_a_client_cannot_remove_the_fields_with_connection(
        server: TrafficServer, number: int, sent: list[str], left: str) -> None:
    """Newer versions of Traffic Server do not send fields that `Connection` names; the log shows the field."""
    fields = "".join(f"Connection: {value}\r\n" for value in sent)
    version = "1.1" if "close" in left else "1.0"
    answer = server.raw(
        f"GET /{number} HTTP/{version}\r\nHost: plain.example\r\n{fields}\r\n".encode(), US)
    assert b" 200 " in answer.split(b"\r\n")[0]
    assert server.origin.last_headers.get_all("X-Client-Country") == ["US"]
    eventually(lambda: [elements(line[line.index("[") + 1:-1])
                        for line in server.log("connection.log").splitlines() if f".example/{number} " in line],
               [elements(left)])


@pytest.mark.parametrize(("client", "left"), [
    ("internal", []), (f"internal={US}", ["X-Client-Country: US", f"X-Client: {US}"]),
])
def test_a_request_of_the_proxy_itself_carries_no_forged_fields(
        tmp_path: Path, client: str, left: list[str]) -> None:
    """Only the replay host makes internal requests without a client address."""
    (tmp_path / "annotated.yaml").write_text(CONFIGURATION, encoding="utf-8")
    (tmp_path / "loopback-country.mmdb").symlink_to(DATABASES / "loopback-country.mmdb")
    fields = ["X-Client-Country: GB", "x_client: GB", "Connection: close, X-Client", "X-Other: 1",
              "@MaxMind-ACL: made up"]
    done = subprocess.run(
        [corpus.REPLAY_HOST, "--config-dir", tmp_path, "--fields", OUR_PLUGIN, "annotated.yaml"],
        input="\t".join([f"{client} http://a.example/", *fields]) + "\n",
        capture_output=True, text=True, check=True)
    _, _, decision, _, *found = done.stdout.rstrip("\n").split("\t")
    assert decision == "allow"
    assert [field for field in found if not field.startswith("@")] == [
        "Host: a.example", "Connection: close", "X-Other: 1", *left]
    assert "made up" not in done.stdout
