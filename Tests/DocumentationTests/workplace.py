"""A directory in which the commands of the documentation run, and the programs that they call.

MAXMIND_ACL names the tool (default: the release build, else the debug build of this repository).
"""

from __future__ import annotations

import functools
import os
import pty
import shutil
import subprocess
from pathlib import Path

from documents import REPOSITORY, Block, blocks

FIXTURES = REPOSITORY / "Tests" / "Fixtures" / "databases"
CONFIGS = REPOSITORY / "configs"
MISTAKES = Path(__file__).resolve().parent / "mistakes"
#: Mistaken files of rule tests.
TEST_MISTAKES = Path(__file__).resolve().parent / "test-mistakes"
#: Builds for the tests only; kept between runs.
SCRATCH = REPOSITORY / ".build-docs"
#: The directory of crossplane.
IMPORT = REPOSITORY / ".build-import" / "bin"

#: The names that the documentation uses, and the fixtures that stand for them.
DATABASES = {
    "GeoLite2-Country.mmdb": "loopback-country.mmdb",
    "GeoLite2-City.mmdb": "loopback-city.mmdb",
    "GeoLite2-ASN.mmdb": "no-country.mmdb",
    "GeoIP2-Anonymous-IP.mmdb": "loopback-anonymous.mmdb",
    "Country-and-Anonymous.mmdb": "loopback-country-anonymous.mmdb",
    "other-vendor.mmdb": "vendors/other-vendor.mmdb",
    "mistyped-records.mmdb": "mistyped-records.mmdb",
    "new.mmdb": "loopback-country-swapped.mmdb",
    "truncated.mmdb": "broken/truncated.mmdb",
}

#: Files that the mistaken ones name.
NAMED_FILES = {
    "empty.conf": "# none\n",
    "bad-line.conf": "203.0.113.7 1\n",
    "circle.yaml": "maxmind: {database: GeoLite2-Country.mmdb, deny: {country: [DE]},\n"
                   "  response: {redirect: '/denied/{path}'}}\n",
    "short.conf": "128.0.0.0/1\n",
}

SECONDS = 600
BUILD_SECONDS = 1200


def tool() -> Path:
    """The command-line tool."""
    named = os.environ.get("MAXMIND_ACL")
    candidates = [Path(named).resolve()] if named else [
        REPOSITORY / ".build" / kind / "maxmind-acl" for kind in ("release", "debug")]
    for candidate in candidates:
        if candidate.exists():
            return candidate
    raise FileNotFoundError("maxmind-acl is not built: swift build --product maxmind-acl")


def prepare(directory: Path) -> Path:
    """Fills a directory with the example configurations, databases and mistaken configurations."""
    directory.mkdir(parents=True, exist_ok=True)
    for file in [*CONFIGS.iterdir(), *MISTAKES.iterdir(), *TEST_MISTAKES.iterdir()]:
        shutil.copy(file, directory)
    for name, fixture in DATABASES.items():
        shutil.copy(FIXTURES / fixture, directory / name)
    for name, text in NAMED_FILES.items():
        (directory / name).write_text(text, encoding="utf-8")
    (directory / "empty.html").touch()
    with open(directory / "large.html", "wb") as file:
        file.truncate(5_000_000)
    return directory


def prepare_for(block: Block, directory: Path) -> Path:
    """The same, with the files and programs that the page shows before a block."""
    prepare(directory)
    for earlier in blocks(block.page):
        if earlier.line >= block.line:
            break
        if earlier.language == "c":
            shutil.copy(c_program(earlier), directory)
        elif is_swift_program(earlier):
            (directory / ".build" / "debug").mkdir(parents=True, exist_ok=True)
            shutil.copy(swift_program(earlier), directory / ".build" / "debug")
        elif earlier.language != "swift" and earlier.file:
            (directory / earlier.file).write_text(earlier.configuration, encoding="utf-8")
    return directory


#: A time at which the test databases are not old.
TIME_OF_CHECKS = "2026-09-15T00:00:00Z"


@functools.cache
def timed_tool() -> Path:
    """A directory with the tool, whose `check` looks at the files at TIME_OF_CHECKS."""
    directory = SCRATCH / "bin"
    script = directory / "maxmind-acl"
    _write(script, f"""#!/bin/sh
test "$1" != check || {{ shift; set -- check --now {TIME_OF_CHECKS} "$@"; }}
exec '{tool()}' "$@"
""")
    script.chmod(0o755)
    return directory


def run(command: str, directory: Path) -> tuple[int, str]:
    """Runs a shell command as on a terminal. Returns its exit status and the text on the terminal."""
    environment = {**os.environ, "PATH": f"{timed_tool()}:{IMPORT}:{os.environ['PATH']}",
                   "LC_ALL": "C.UTF-8", "TERM": "dumb", "COLUMNS": "100"}
    leader, follower = pty.openpty()
    process = subprocess.Popen(
        ["/bin/sh", "-c", command], cwd=directory, env=environment, stdin=subprocess.DEVNULL,
        stdout=follower, stderr=follower)
    os.close(follower)
    output = b""
    try:
        while chunk := os.read(leader, 65536):
            output += chunk
    except OSError:
        pass  # Linux reports the end of a terminal as an error
    finally:
        os.close(leader)
    status = process.wait(SECONDS)
    return status, output.decode("utf-8").replace("\r\n", "\n")


def check(file: str, directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """`maxmind-acl check` on one file."""
    return _apply("check", file, directory, *options)


def run_tests(file: str, directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """`maxmind-acl test` on one file."""
    return _apply("test", file, directory, *options)


def _apply(
        command: str, file: str, directory: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [timed_tool() / "maxmind-acl", command, *options, file], cwd=directory, capture_output=True, text=True, timeout=SECONDS)


def explain_by_remap(file: str, directory: Path) -> subprocess.CompletedProcess[str]:
    """`maxmind-acl explain --remap` on one file."""
    return subprocess.run(
        [tool(), "explain", "--remap", file, "--client", "127.0.0.1", "http://a.example/"],
        cwd=directory, capture_output=True, text=True, timeout=SECONDS)


def build(command: list[str | Path], directory: Path) -> None:
    """Runs a compiler; its messages are the test's failure."""
    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=directory, capture_output=True, text=True, timeout=BUILD_SECONDS)

    done = run()
    # SwiftPM can keep a stale plan after a source file was added or removed, so this build starts from nothing.
    if done.returncode != 0 and "--scratch-path" in command:
        shutil.rmtree(command[command.index("--scratch-path") + 1], ignore_errors=True)
        done = run()
    assert done.returncode == 0, done.stdout + done.stderr


@functools.cache
def swift_program(program: Block) -> Path:
    """The program of a swift block, built as the package that the page describes for its folder."""
    assert program.file, f"{program.name}: which file is it?"
    source = Path(program.file)
    folder = source.parts[:source.parts.index("Sources")]
    manifest = next(block for block in blocks(program.page)
                    if block.file == str(Path(*folder, "Package.swift")))
    package = SCRATCH / "-".join([*folder, "package"])
    _write(package / "Package.swift", manifest.text)
    _write(package / source.relative_to(Path(*folder)), program.text)
    # The page depends on this repository by the path ../maxmind-acl.
    link = SCRATCH / "maxmind-acl"
    link.unlink(missing_ok=True)
    link.symlink_to("..")
    scratch = SCRATCH / f"{package.name}-build"
    build(["swift", "build", "--package-path", package, "--scratch-path", scratch], REPOSITORY)
    return scratch / "debug" / source.parts[len(folder) + 1]


def is_swift_program(block: Block) -> bool:
    return block.language == "swift" and Path(block.file or "").name != "Package.swift"


@functools.cache
def c_program(block: Block) -> Path:
    """The program of a c block, built with the commands that follow it on the page."""
    assert block.file, f"{block.name}: which file is it?"
    directory = SCRATCH / "c"
    _write(directory / block.file, block.text)
    (directory / ".build" / "release").mkdir(parents=True, exist_ok=True)
    for name, target in (("Sources", REPOSITORY / "Sources"),
                         (".build/release/libMaxMindACLInterface.a", archive())):
        (directory / name).unlink(missing_ok=True)
        (directory / name).symlink_to(target)
    following = next(each for each in blocks(block.page)
                     if each.language == "sh" and each.line > block.line)
    for line in following.text.splitlines():
        if not line.startswith("swift build "):  # that makes the archive
            build(["/bin/sh", "-c", line], directory)
    return directory / Path(block.file).stem


@functools.cache
def archive() -> Path:
    """The C interface as a static library, built if it is not there yet."""
    name = "libMaxMindACLInterface.a"
    for kind in ("release", "debug"):
        if (found := REPOSITORY / ".build" / kind / name).exists():
            return found
    scratch = SCRATCH / "main"
    build(["swift", "build", "--scratch-path", scratch, "--product", "MaxMindACLInterface"],
          REPOSITORY)
    return scratch / "debug" / name


def _write(path: Path, text: str) -> None:
    """Writes a file, unless it has this content already, so that a build is not repeated."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
