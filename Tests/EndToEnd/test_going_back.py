"""The stock plugin ignores the keys that docs/switching.md names, so its YAML has to be restored with it."""

from __future__ import annotations

import pytest

from maps import DE, US
from traffic_server import DATABASES, STOCK_PLUGIN, TrafficServer

pytestmark = pytest.mark.skipif(not STOCK_PLUGIN.exists(), reason="the stock plugin is not installed")

RULES = "maxmind:\n  database: country.mmdb\n"

#: Lines of a configuration, and the stock plugin's status for a client from Germany.
IGNORED = {
    "monitor": ("  deny: {country: [DE]}\n  mode: monitor\n", 403),
    "percent": ("  deny: {country: [DE]}\n  enforce_percent: 0\n", 403),
    "later": ("  deny: {country: [DE]}\n  enforce_from: 2100-01-01T00:00:00Z\n", 403),
    "bypass": (f"  deny: {{country: [DE]}}\n  bypass: {{ip: [{DE}]}}\n", 403),
    "response": ("  deny: {country: [DE]}\n  response: {status: 451}\n", 403),
    "list": ("  deny: {country: [GB], ip_file: [list.txt]}\n", 200),
}


def test_the_stock_plugin_ignores_our_keys() -> None:
    remap = "\n".join(
        f"map http://{name}.example/ {{origin}} @plugin={STOCK_PLUGIN} @pparam={name}.yaml" for name in IGNORED)
    files = {f"{name}.yaml": RULES + text for name, (text, _) in IGNORED.items()}
    with TrafficServer(remap, files=files | {
            "country.mmdb": DATABASES / "loopback-country.mmdb", "list.txt": f"{DE}\n"}) as server:
        for name, (_, status) in IGNORED.items():
            assert server.get(client=DE, host=f"{name}.example").status == status, name
            assert server.get(client=US, host=f"{name}.example").status == 200, name
