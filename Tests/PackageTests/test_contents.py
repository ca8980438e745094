"""The contents of the package."""

from __future__ import annotations

import re
from pathlib import Path

import debian
from debian import NAME, REPOSITORY, succeed

TOOL = REPOSITORY / ".build" / "release" / "maxmind-acl"


def files(package: Path) -> set[str]:
    listed = succeed("dpkg-deb", "--contents", package).splitlines()
    return {line.split()[5].removeprefix(".") for line in listed if not line.endswith("/")}


def test_lintian_finds_no_mistake(package: Path) -> None:
    found = debian.run("lintian", "--allow-root", "--fail-on", "error,warning", package)
    assert (found.status, found.text) == (0, "")


def test_its_version_is_that_of_the_tool(package: Path) -> None:
    assert succeed(TOOL, "--version").split()[-1] == debian.field(package, "Version")


def test_it_depends_on_the_libraries_of_debian_alone(package: Path) -> None:
    names = re.findall(r"(?:^|, )([^ ,]+)", debian.field(package, "Depends"))
    assert sorted(names) == ["libc6", "libgcc-s1", "libmaxminddb0", "libpcre2-8-0", "libstdc++6",
                             "libyaml-0-2", "libzstd1", "zlib1g"]
    assert debian.field(package, "Recommends") == "trafficserver"


def test_it_refuses_the_next_major_version_of_traffic_server(package: Path) -> None:
    installed = debian.status("trafficserver").split()[1]
    next_major = int(installed.split(".")[0]) + 1
    assert debian.field(package, "Breaks") == f"trafficserver (>= {next_major}~)"


def test_it_has_every_file_and_no_other(package: Path) -> None:
    document = f"/usr/share/doc/{NAME}"
    tracked = succeed("git", "-C", REPOSITORY, "ls-files", "docs", "configs").split()
    pages = {f"/usr/share/man/man{page.suffix[1]}/{page.name}.gz"
             for page in (REPOSITORY / ".build" / "manual").glob("*.[15]")}
    assert "/usr/share/man/man5/maxmind-acl.yaml.5.gz" in pages
    assert files(package) == pages | {
        str(debian.OURS),
        "/usr/bin/maxmind-acl",
        "/usr/sbin/maxmind-acl-divert",
        "/usr/share/man/man8/maxmind-acl-divert.8.gz",
        "/usr/share/bash-completion/completions/maxmind-acl",
        "/usr/share/zsh/vendor-completions/_maxmind-acl",
        "/usr/share/fish/vendor_completions.d/maxmind-acl.fish",
        f"{document}/README.md", f"{document}/CHANGELOG.md", f"{document}/SECURITY.md",
        f"{document}/changelog.gz", f"{document}/copyright",
        # What README.md and docs link to as configs.
        f"{document}/configs",
    } | {f"{document}/{file.replace('configs/', 'examples/')}" for file in tracked}


def test_it_has_no_file_of_another_package(package: Path) -> None:
    for file in sorted(files(package)):
        owner = debian.run("dpkg-query", "--search", file)
        assert owner.status == 1 or owner.text.startswith(f"{NAME}:"), owner.text
