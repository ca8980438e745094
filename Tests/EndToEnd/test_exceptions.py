"""The recipe "Exceptions from a country block" of docs/operations.md, in a real Traffic Server."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from maps import DE, GB, NOWHERE, US
from traffic_server import DATABASES, REPOSITORY, TrafficServer

HOST = "hooks.example"
#: A token as certbot makes it: 32 random bytes in base64url.
CHALLENGE = "/.well-known/acme-challenge/LoqXcYV8q5ONbJQxbmR7SCTNo3tiAXDfowyjxAjEuX0"
MONITOR, CRAWLER, LISTED = "127.2.40.1", "127.3.60.7", "127.1.66.1"

#: The addresses of the recipe's lists, in the formats of their services.
LISTS = {
    "monitors.txt": f"# the monitoring service\n{MONITOR}\n",
    "googlebot.json": '{"creationTime": "2026-09-01T00:00:00.000000", "prefixes": [\n'
                      '  {"ipv6Prefix": "2001:db8:60::/64"}, {"ipv4Prefix": "127.3.60.0/24"}]}\n',
}


def recipe() -> str:
    page = (REPOSITORY / "docs" / "operations.md").read_text(encoding="utf-8")
    block = re.search(r"^<!-- file: exceptions\.yaml -->\n```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert block
    return block[1]


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    files = {"exceptions.yaml": recipe(), "GeoLite2-Country.mmdb": DATABASES / "loopback-country.mmdb", **LISTS,
             "listed.yaml": recipe() + f"  deny: {{ip: [{LISTED}, {CRAWLER}]}}\n"}
    remap = "\n".join(f"map http://{host}/ {{origin}} @plugin={{plugin}} @pparam={yaml}" for host, yaml in (
        (HOST, "exceptions.yaml"), ("listed.example", "listed.yaml")))
    with TrafficServer(remap, files=files, managed=True) as running:
        yield running
        assert running.running, running.logs()


def status(server: TrafficServer, client: str, path: str, host: str = HOST, **more: object) -> int:
    return server.get(client, host, path, **more).status


def test_the_example_configuration_is_the_recipe() -> None:
    assert (REPOSITORY / "configs" / "exceptions.yaml").read_text(encoding="utf-8") == recipe()


@pytest.mark.parametrize("client", [DE, GB, NOWHERE, US])
@pytest.mark.parametrize("path", [
    CHALLENGE, f"{CHALLENGE}?x=/../admin", "/hooks/payments", "/hooks/deploy?id=7",
    "/.well-known/acme-challenge/_-09azAZ"])
def test_challenges_and_webhooks_pass_from_everywhere(
        server: TrafficServer, client: str, path: str) -> None:
    assert status(server, client, path) == 200


def test_a_webhook_is_posted(server: TrafficServer) -> None:
    asked = server.origin.requests
    body = b'{"event": "push"}'
    assert status(server, DE, "/hooks/deploy", method="POST", data=body) == 200
    assert status(server, DE, "/hooks/other", method="POST", data=body) == 403
    assert server.origin.requests == asked + 1


def test_certbots_request_passes(server: TrafficServer) -> None:
    """As the validation servers of Let's Encrypt send it."""
    answer = server.raw(
        f"GET {CHALLENGE} HTTP/1.1\r\nHost: {HOST}\r\nAccept: */*\r\nConnection: close\r\n"
        "User-Agent: Mozilla/5.0 (compatible; Let's Encrypt validation server; "
        "+https://www.letsencrypt.org)\r\n\r\n".encode(), client=NOWHERE)
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize(("client", "expected"), [
    (MONITOR, 200), ("127.2.40.2", 403), (CRAWLER, 200), ("127.3.61.7", 403), (DE, 403), (US, 200)])
@pytest.mark.parametrize("path", ["/", "/status", "/admin"])
def test_listed_clients_pass_on_every_path(
        server: TrafficServer, client: str, path: str, expected: int) -> None:
    assert status(server, client, path) == expected


def test_exceptions_come_before_deny_rules(server: TrafficServer) -> None:
    assert status(server, LISTED, CHALLENGE, "listed.example") == 200
    assert status(server, LISTED, "/", "listed.example") == 403
    assert status(server, CRAWLER, "/", "listed.example") == 200


FOLDER = "/.well-known/acme-challenge"


@pytest.mark.parametrize("path", [
    f"{FOLDER}/../admin", f"{FOLDER}/../../admin", f"{FOLDER}/x/../../../admin",
    f"{FOLDER}/%2e%2e/admin", f"{FOLDER}/%2e%2e/%2e%2e/admin", f"{FOLDER}/.%2e/admin",
    f"{FOLDER}/..%2fadmin", f"{FOLDER}/%2e%2e%2fadmin", f"{FOLDER}/%2E%2E%2F%2E%2E%2Fadmin",
    f"{FOLDER}/%252e%252e%252fadmin",
    f"{FOLDER}/..;/admin", f"{FOLDER}/..;/..;/admin", f"{FOLDER}/..%3b/admin", f"{FOLDER}/x;/../../admin",
    f"{FOLDER}/..\\admin", f"{FOLDER}/..%5cadmin", f"{FOLDER}/..%5C..%5Cadmin",
    f"{FOLDER}//../../admin", f"{FOLDER}/..//admin", f"/admin/{FOLDER}/x", f"/admin{FOLDER}/x", f"/admin;{FOLDER}/x",
    "/.WELL-KNOWN/acme-challenge/x", "/.well-known/ACME-challenge/x", "/HOOKS/deploy", "/hooks/Deploy",
    f"/admin?{CHALLENGE}", f"/admin?x={CHALLENGE}", f"/?{CHALLENGE}", "/admin?/hooks/deploy",
    f"{CHALLENGE}%00", f"{CHALLENGE}%00/../admin", f"{FOLDER}/%00", "/hooks/deploy%00.txt",
    f"{CHALLENGE}%0a", f"{CHALLENGE}%0d%0aX: y", f"{CHALLENGE}/", f"{CHALLENGE}/x", f"{CHALLENGE}.php",
    f"{FOLDER}/", FOLDER, f"{FOLDER}/a/b", f"{FOLDER}%2fx", f"{FOLDER}/a%2fb", f"{FOLDER}/a%20b",
    "/hooks", "/hooks/", "/hooks/other", "/hooks/deploy/", "/hooks/deploy/x", "/hooks/deploy%2f..%2fadmin",
    "/./hooks/deploy", "/hooks/%64eploy", "/admin/../hooks/deploy", "/hooks/deploy/..;/admin", "/hooks/../admin", "/hooks/deploy/../../admin", "/hooks;/../admin",
    "/admin/hooks/deploy", "/%2e/../admin/hooks/deploy", "/hooks/deploy.json", "/hooks/deployx",
])
def test_no_other_spelling_passes(server: TrafficServer, path: str) -> None:
    path = path.replace(" ", "%20")
    asked = server.origin.requests
    assert status(server, DE, path) == 403
    assert server.origin.requests == asked


@pytest.mark.parametrize("target", [
    f"http://{HOST}/admin#{CHALLENGE}", f"http://{HOST}{FOLDER}/../admin", f"http://{HOST}/admin?{CHALLENGE}",
    f"http://x@{HOST}/admin"])
def test_no_absolute_target_passes(server: TrafficServer, target: str) -> None:
    assert status(server, DE, target) in (400, 403, 404)


def test_no_null_byte_passes(server: TrafficServer) -> None:
    answer = server.raw(f"GET {CHALLENGE}\0/../admin HTTP/1.1\r\nHost: {HOST}\r\n"
                        "Connection: close\r\n\r\n".encode(), client=DE)
    assert re.match(rb"HTTP/1\.[01] 40[03] ", answer)


def test_a_changed_list_is_noticed_and_a_broken_one_is_not_loaded(server: TrafficServer) -> None:
    server.write("monitors.txt", "127.2.40.2\n")
    assert server.reload() == "loaded"
    assert (status(server, MONITOR, "/"), status(server, "127.2.40.2", "/")) == (403, 200)
    start = len(server.log("diags.log"))
    server.write("monitors.txt", "127.2.40/2\n")
    assert server.reload() == "loaded"
    assert (status(server, MONITOR, "/"), status(server, "127.2.40.2", "/")) == (403, 200)
    assert "monitors.txt has errors; the running list stays in use" in server.log("diags.log")[start:]
