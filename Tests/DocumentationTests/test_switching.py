"""The commands of docs/switching.md put the stock plugin and its YAML back."""

from __future__ import annotations

import subprocess
from pathlib import Path

from documents import REPOSITORY, blocks
from workplace import SECONDS

PAGE = REPOSITORY / "docs" / "switching.md"


def test_going_back_restores_the_plugin_and_the_yaml(tmp_path: Path) -> None:
    etc, modules = tmp_path / "etc", tmp_path / "modules"
    for file, content in ((etc / "maxmind.yaml", "ours"), (etc / "maxmind.yaml.stock", "stock"),
                          (modules / "maxmind_acl.so", "ours"), (modules / "maxmind_acl.so.stock", "stock")):
        file.parent.mkdir(exist_ok=True)
        file.write_text(content, encoding="utf-8")
    text = next(each.text for each in blocks(PAGE) if each.markers.get("test") == "back")
    for shown, meant in (("/etc/trafficserver", str(etc)), ("/usr/lib/trafficserver/modules", str(modules)),
                         ("sudo ", "")):
        assert shown in text
        text = text.replace(shown, meant)
    subprocess.run(["/bin/sh", "-ec", text], check=True, timeout=SECONDS)
    assert {file.name: file.read_text(encoding="utf-8") for file in [*etc.iterdir(), *modules.iterdir()]} == {
        "maxmind.yaml": "stock", "maxmind.yaml.stock": "stock", "maxmind.yaml.replaced": "ours",
        "maxmind_acl.so": "stock"}
