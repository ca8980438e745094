"""A denial stands if another plugin of the remap line, before or after ours, answers for the origin."""

from __future__ import annotations

import http.client
import itertools
from collections.abc import Iterator

import pytest

from answer_maps import FILES, RESPONSES
from maps import DE, US
from traffic_server import TrafficServer

#: Plugins that register an intercept, as a server and in the place of the whole transaction.
INTERCEPTS = {
    "generator": "@plugin=generator.so",
    "server": "@plugin=tslua.so @pparam=server_intercept.lua",
    "whole": "@plugin=tslua.so @pparam=intercept.lua",
}

LUA = """\
function answer()
  ts.say("HTTP/1.1 200 OK\\r\\nContent-Type: text/plain\\r\\nContent-Length: 6\\r\\nX-Intercept: yes\\r\\n\\r\\nothers")
end

function do_remap()
  ts.http.%s(answer)
  return 0
end
"""

#: Where ours is on the line, seen from the other.
PLACES = {"alone": "{ours}", **{f"after-{name}": f"{plugin} {{ours}}" for name, plugin in INTERCEPTS.items()},
          **{f"before-{name}": f"{{ours}} {plugin}" for name, plugin in INTERCEPTS.items()}}
#: All hosts are as long as each other: their texts are in redirects.
HOSTS = {place: f"{number}.example" for number, place in enumerate(PLACES)}


def host(name: str, place: str) -> str:
    return f"{name}.{HOSTS[place]}"


REMAP = "\n".join(
    f"map http://{host(name, place)}/ {{origin}} "
    + plugins.format(ours=f"@plugin={{plugin}} @pparam={name}.yaml")
    for (place, plugins), name in itertools.product(PLACES.items(), RESPONSES))


@pytest.fixture(scope="module")
def server() -> Iterator[TrafficServer]:
    files = {**FILES, "intercept.lua": LUA % "intercept", "server_intercept.lua": LUA % "server_intercept"}
    with TrafficServer(REMAP, files=files) as running:
        yield running
        assert running.running, running.logs()


Answer = tuple[int, str, dict[str, str], bytes] | None


def answer(server: TrafficServer, name: str, place: str, method: str, client: str = DE) -> Answer:
    """An answer without the fields that change from one to the next, and without the language of Traffic Server's
    own pages, which is absent where a transaction ends late. None: the connection was closed."""
    data = b"a=1" if method == "POST" else None
    try:
        reply = server.get(client, host(name, place), "/nocache/6/x", method=method, data=data)
    except (OSError, http.client.HTTPException):
        return None
    fields = {field.lower(): value.replace(HOSTS[place], "HOST") for field, value in reply.headers.items()
              if field not in ("Date", "Age", "Content-Language")}
    return reply.status, fields.pop("server", ""), fields, reply.body.replace(HOSTS[place].encode(), b"HOST")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("place", [place for place in PLACES if place != "alone"])
def test_a_denial_is_answered_as_if_the_plugin_were_alone(
        server: TrafficServer, place: str, method: str) -> None:
    for name in RESPONSES:
        asked = server.origin.requests
        alone = answer(server, name, "alone", method)
        assert alone is None or alone[0] != 200
        assert answer(server, name, place, method) == alone, name
        assert server.origin.requests == asked


@pytest.mark.parametrize("place", [place for place in PLACES if place != "alone"])
def test_the_other_plugin_answers_allowed_requests(server: TrafficServer, place: str) -> None:
    asked = server.origin.requests
    allowed = answer(server, "redirect", place, "GET", US)
    assert allowed is not None and allowed[0] == 200
    assert server.origin.requests == asked
