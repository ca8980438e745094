"""`make install` keeps a copy of each file that it overwrites, and says how to go back."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[2] / "plugin-shim" / "install-plugin.sh"
NAME = "maxmind_acl.so"
#: The contents of the installed files, one after the other.
CONTENTS = ("stock", "ours, first", "ours, second")


class Place:
    """A plugin directory under a separate root, with a `dpkg` that knows at most one package."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.directory = root / "root/usr/lib/trafficserver/modules"
        self.target = self.directory / NAME
        self.directory.mkdir(parents=True)
        self.commands = root / "commands"
        self.commands.mkdir()
        self.command("dpkg-query", "exit 1\n")

    def install(self, content: str, **environment: str) -> subprocess.CompletedProcess[str]:
        plugin = self.root / NAME
        plugin.write_text(content)
        return subprocess.run(
            [SCRIPT, plugin, "/usr/lib/trafficserver/modules", self.root / "root"],
            capture_output=True, text=True, timeout=60,
            env={"PATH": f"{self.commands}:{os.environ['PATH']}", **environment})

    def files(self) -> dict[str, str]:
        return {file.name.removeprefix(NAME): file.read_text() for file in self.directory.iterdir()}

    def go_back(self, done: subprocess.CompletedProcess[str]) -> None:
        """Runs the command that the script prints first."""
        commands = re.search(r"(?:^    .*\n)+", done.stdout, re.MULTILINE)
        assert commands, done.stdout
        subprocess.run(commands[0], shell=True, check=True, timeout=60)

    def command(self, name: str, script: str) -> None:
        file = self.commands / name
        file.write_text(f"#!/bin/sh\n{script}")
        file.chmod(0o755)

    def owned(self, package: str, content: str) -> None:
        """Lets a package have the file, with this content."""
        (self.root / "packaged").write_text(content)
        self.target.write_text(content)
        self.command("dpkg-query", f"echo '{package}: {self.target}'\n")
        self.command("dpkg", f"cmp -s {self.root}/packaged {self.target} || echo '??5?????? {self.target}'\n")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_where_nothing_was_the_way_back_is_to_remove_it(place: Place) -> None:
    done = place.install("ours")
    assert (done.returncode, done.stderr) == (0, "")
    assert place.files() == {"": "ours"}
    assert f"To go back: rm {place.target}\n" in done.stdout


def test_a_copy_of_any_file_is_kept(place: Place) -> None:
    place.target.write_text("built from source")
    done = place.install("ours")
    assert place.files() == {"": "ours", ".before-1": "built from source"}
    place.go_back(done)
    assert place.files() == {"": "built from source"}


def test_a_copy_is_not_overwritten(place: Place) -> None:
    for content in CONTENTS:
        done = place.install(content)
    assert place.files() == {"": CONTENTS[2], ".before-1": CONTENTS[0], ".before-2": CONTENTS[1]}
    place.go_back(done)
    assert place.files()[""] == CONTENTS[1]


def test_a_content_is_kept_once(place: Place) -> None:
    for content in CONTENTS[:2] * 3:
        place.install(content)
    assert sorted(place.files()) == ["", ".before-1", ".before-2"]


def test_what_is_installed_already_leaves_no_copy(place: Place) -> None:
    place.install("ours")
    place.install("ours")
    assert place.files() == {"": "ours"}


def test_a_symbolic_link_is_kept_and_its_file_stays(place: Place) -> None:
    (place.root / "elsewhere.so").write_text("linked")
    place.target.symlink_to(place.root / "elsewhere.so")
    done = place.install("ours")
    assert not place.target.is_symlink()
    assert (place.root / "elsewhere.so").read_text() == "linked"
    place.go_back(done)
    assert place.target.readlink() == place.root / "elsewhere.so"


def test_a_directory_is_not_overwritten(place: Place) -> None:
    place.target.mkdir()
    done = place.install("ours")
    assert done.returncode == 1
    assert done.stderr == f"install: {place.target} is a directory; nothing was changed\n"
    assert list(place.target.iterdir()) == []


def test_the_file_of_a_package_is_left_alone(place: Place) -> None:
    place.owned("stock-plugins", "stock")
    done = place.install("ours")
    assert done.returncode == 1
    assert f"{place.target} belongs to the package stock-plugins; nothing was changed." in done.stderr
    assert place.files() == {"": "stock"}


def test_the_file_of_a_package_stays_kept_however_often_ours_is_installed(place: Place) -> None:
    place.owned("stock-plugins", "stock")
    first = place.install("ours, first", FORCE="1")
    assert place.files() == {"": "ours, first", ".stock": "stock"}
    assert f"    mv {place.target}.stock {place.target}\n" in first.stdout
    second = place.install("ours, second", FORCE="1")
    assert place.files() == {"": "ours, second", ".stock": "stock", ".before-1": "ours, first"}
    for ours in ("ours, second", "ours, third"):
        done = place.install(ours, FORCE="1")
        assert place.files()[".stock"] == "stock"
        assert f"    mv {place.target}.stock {place.target}\n" in done.stdout
    place.go_back(second)
    assert place.files()[""] == "ours, first"


def test_an_upgrade_of_the_package_is_what_one_goes_back_to(place: Place) -> None:
    place.owned("stock-plugins", "stock, old")
    place.install("ours", FORCE="1")
    place.owned("stock-plugins", "stock, upgraded")
    done = place.install("ours", FORCE="1")
    assert place.files() == {"": "ours", ".stock": "stock, upgraded", ".before-1": "stock, old"}
    place.go_back(done)
    assert place.files()[""] == "stock, upgraded"


def test_a_failure_leaves_what_was_there(place: Place) -> None:
    place.target.write_text("stock")
    place.command("cp", "exit 1\n")
    assert place.install("ours").returncode == 1
    assert place.files() == {"": "stock"}
