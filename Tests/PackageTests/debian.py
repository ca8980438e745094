"""Uses dpkg to read the fields of a package, and to install it into this system for a while."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
OUTPUT = REPOSITORY / ".build" / "deb"
NAME = "trafficserver-plugin-maxmind-acl"
STOCK_PACKAGE = "trafficserver-experimental-plugins"

MODULES = Path("/usr/lib/trafficserver/modules")
STOCK = MODULES / "maxmind_acl.so"
KEPT = MODULES / "maxmind_acl.so.stock"
OURS = MODULES / "maxmind-acl" / "maxmind_acl.so"

#: The stock plugin as it was. There while these tests run: a run after a killed one may purge the package.
SAVED = REPOSITORY / ".build" / "deb-stock-maxmind_acl.so"

#: Places in which the package could leave a file: everything in the first list, files with its name in the second.
OWN_PLACES = ["/usr/lib/trafficserver", "/etc/trafficserver"]
SHARED_PLACES = ["/etc", "/usr/bin", "/usr/sbin", "/usr/share/bash-completion/completions",
                 "/usr/share/doc", "/usr/share/fish/vendor_completions.d", "/usr/share/man/man1",
                 "/usr/share/man/man5", "/usr/share/man/man8", "/usr/share/zsh/vendor-completions", "/var/lib",
                 "/var/lib/dpkg/info"]

SECONDS = 600
DPKG_OPTIONS = [
    # Images for containers often leave out documents.
    f"--path-include=/usr/share/doc/{NAME}/*", "--path-include=/usr/share/man/*"]

Snapshot = dict[str, str]


class PackageError(Exception):
    """A command failed; the text is its output."""


@dataclasses.dataclass(frozen=True)
class Output:
    status: int
    text: str


def run(*command: str | Path, directory: Path | None = None) -> Output:
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=SECONDS, cwd=directory,
        env=os.environ | {"DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"})
    return Output(done.returncode, done.stdout)


def succeed(*command: str | Path, directory: Path | None = None) -> str:
    done = run(*command, directory=directory)
    if done.status != 0:
        raise PackageError(f"{' '.join(map(str, command))}: exit status {done.status}\n{done.text}")
    return done.text


def as_root(*command: str | Path) -> str:
    return succeed(*([] if os.geteuid() == 0 else ["sudo"]), *command)


def apt_get(*arguments: str | Path) -> str:
    options = [part for option in DPKG_OPTIONS for part in ("-o", f"Dpkg::Options::={option}")]
    return as_root("apt-get", "-qq", "-y", "-o", f"DPkg::Lock::Timeout={SECONDS // 2}", *options,
                   *arguments)


# -- files of packages ---------------------------------------------------------------------------


def built_package() -> Path:
    packages = list(OUTPUT.glob("*.deb"))
    if len(packages) != 1:
        pytest.exit(f"{OUTPUT} has {len(packages)} packages: make deb", returncode=2)
    return packages[0]


def field(package: Path, name: str) -> str:
    return succeed("dpkg-deb", "--field", package, name).strip()


def with_version(package: Path, version: str, directory: Path) -> Path:
    """A copy of the package that differs in its version and in the time of its plugin."""
    tree = directory / "tree"
    succeed("dpkg-deb", "--raw-extract", package, tree)
    control = tree / "DEBIAN" / "control"
    old = field(package, "Version")
    control.write_text(control.read_text().replace(f"Version: {old}\n", f"Version: {version}\n"))
    os.utime(tree / OURS.relative_to("/"), (1, 1))
    copy = directory / f"{NAME}_{version}.deb"
    succeed("dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, copy)
    return copy


def repacked(package: str, directory: Path) -> Path:
    """The installed package as a file again, so that it can be installed once more without a mirror."""
    succeed("dpkg-repack", package, directory=directory)
    return next(directory.glob("*.deb"))


# -- the system ----------------------------------------------------------------------------------


def status(package: str = NAME) -> str:
    """`installed 1.0.0`, `config-files 1.0.0`, …, or `not-installed`."""
    known = run("dpkg-query", "--show", "--showformat=${db:Status-Status} ${Version}", package)
    return known.text.strip() if known.status == 0 else "not-installed"


def install(package: Path) -> None:
    apt_get("install", "--no-install-recommends", "--allow-downgrades", package)


def remove() -> None:
    apt_get("remove", NAME)


def purge() -> None:
    as_root("dpkg", "--purge", NAME)


def divert(action: str) -> str:
    return as_root("maxmind-acl-divert", action)


def diversion() -> str:
    return succeed("dpkg-divert", "--list", str(STOCK)).strip()


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def snapshot() -> Snapshot:
    """The files in the places, and the diversion of the stock plugin."""
    paths = [path for place in OWN_PLACES for path in Path(place).rglob("*")]
    paths += [path for place in SHARED_PLACES for path in Path(place).glob("*maxmind?acl*")]
    found = {str(path): digest(path) if path.is_file() else "" for path in paths}
    return found | {"diversion": diversion()}


@contextlib.contextmanager
def untouched_system() -> Iterator[Snapshot]:
    """Purges the package at the end, also after a failure, and restores the stock plugin."""
    if status() != "not-installed" and not SAVED.exists():
        pytest.exit(f"{NAME} is installed on this system: purge it before the tests, which install "
                    f"and purge it: dpkg --purge {NAME}", returncode=2)
    restore()
    succeed("cp", "-p", STOCK, SAVED)
    try:
        yield snapshot()
    finally:
        restore()


def restore() -> None:
    """Without the package's own command and scripts, which may be broken."""
    if succeed("dpkg-divert", "--listpackage", str(STOCK)).strip() == NAME:
        if KEPT.exists():
            as_root("mv", "-fT", KEPT, STOCK)
        as_root("dpkg-divert", "--quiet", "--package", NAME, "--no-rename", "--divert", KEPT,
                "--remove", STOCK)
    if SAVED.exists():
        if STOCK.is_symlink() or not STOCK.exists() or digest(STOCK) != digest(SAVED):
            as_root("cp", "-p", "--remove-destination", SAVED, STOCK)
        if status() != "not-installed":
            purge()
        SAVED.unlink()
