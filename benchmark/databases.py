"""The databases that the benchmark runs on: a City one and the Country one that is derived from it.
They are made once and kept in build/databases."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import address_space
import maxmind_db

HERE = Path(__file__).parent
FOLDER = HERE / "build" / "databases"
ENVIRONMENT = FOLDER / "python"
PACKAGE = "maxminddb-geolite2==2018.703"
WRITER = ["mmdb-writer==0.2.7", "netaddr==1.3.0"]
GENERATED_NODES = {"city": 3_600_000, "asn": 1_100_000, "anonymous": 600_000}
QUICK_NODES = {"city": 20_000, "asn": 20_000, "anonymous": 5_000}


@dataclasses.dataclass
class Databases:
    origin: str
    """one line for the report"""
    city: Path
    country: Path
    space: address_space.AddressSpace
    asn: Path
    """generated, as is the next one: no package has one"""
    anonymous: Path


def provide(quick: bool, say: Callable[[str], None]) -> Databases:
    origin, city = provide_city(quick, say)
    stem = f"{city.stem}-{digest(city)}"
    country = made(
        FOLDER / f"{stem}-country.mmdb",
        lambda path: derive(city, path),
        f"deriving a Country database from {city.name}",
        say,
    )
    survey = made(
        FOLDER / f"{stem}-survey.json",
        lambda path: path.write_text(json.dumps(dataclasses.asdict(address_space.survey(country)))),
        "counting its countries",
        say,
    )
    space = address_space.AddressSpace(**json.loads(survey.read_text()))
    nodes = QUICK_NODES if quick else GENERATED_NODES
    asn, anonymous = (generated(kind, nodes[kind], say) for kind in ("asn", "anonymous"))
    return Databases(origin, city, country, space, asn, anonymous)


def provide_city(quick: bool, say: Callable[[str], None]) -> tuple[str, Path]:
    """One line for the report, and the file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    own = os.environ.get("BENCH_DATABASE")
    if quick:
        return "generated, small", generated("city", QUICK_NODES["city"], say)
    if own:
        return f"{Path(own).name} (BENCH_DATABASE)", Path(own).resolve()
    return packaged_or_generated(say)


def packaged_or_generated(say: Callable[[str], None]) -> tuple[str, Path]:
    try:
        city = made(FOLDER / "GeoLite2-City.mmdb", fetch, f"fetching {PACKAGE} from PyPI", say)
        return f"GeoLite2-City of July 2018 ({PACKAGE} of PyPI)", city
    except (subprocess.CalledProcessError, OSError, ValueError) as problem:
        say(f"{PACKAGE} can't be had ({problem}): a generated database takes its place")
        return (
            "GENERATED, about as large as GeoLite2-City",
            generated("city", GENERATED_NODES["city"], say),
        )


def generated(kind: str, nodes: int, say: Callable[[str], None]) -> Path:
    return made(
        FOLDER / f"generated-{kind}-{nodes}.mmdb",
        lambda path: generate(path, nodes, kind),
        f"generating a database ({kind}) of {nodes:,} nodes",
        say,
    )


def made(
    path: Path, make: Callable[[Path], object], what: str, say: Callable[[str], None]
) -> Path:
    """The file, made if it is not there; never half of it."""
    if not path.exists():
        say(what)
        part = path.with_suffix(".part")
        make(part)
        part.rename(path)
    return path


def digest(path: Path) -> str:
    # The end holds the metadata, with the time of the build.
    content = path.read_bytes()
    return hashlib.sha256(str(len(content)).encode() + content[-4096:]).hexdigest()[:8]


def pip(*arguments: str | Path) -> None:
    if not ENVIRONMENT.exists():
        subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    subprocess.run(
        [ENVIRONMENT / "bin" / "pip", *arguments, "--quiet", "--disable-pip-version-check"],
        check=True,
        timeout=300,
    )


def run_with_writer(program: str, *arguments: str | Path) -> None:
    """Runs a program of this folder in the environment, with mmdb-writer in it."""
    pip("install", *WRITER)
    subprocess.run([ENVIRONMENT / "bin" / "python", HERE / program, *arguments], check=True)


def generate(path: Path, nodes: int, kind: str) -> None:
    run_with_writer("generated_database.py", path, str(nodes), kind)


def derive(city: Path, country: Path) -> None:
    run_with_writer("country_database.py", city, country)


def fetch(path: Path) -> None:
    downloads = FOLDER / "downloads"
    pip("download", "--no-deps", "--dest", downloads, PACKAGE)
    archive = next(downloads.glob("*.tar.gz"))
    with tarfile.open(archive) as members:
        for member in members:
            file = members.extractfile(member) if member.name.endswith("-City.mmdb") else None
            if file is not None:
                path.write_bytes(file.read())
                return
    raise ValueError(f"no database in {archive.name}")


def node_count(path: Path) -> int:
    return int(maxmind_db.read_metadata(path.read_bytes())["node_count"])


def described(path: Path) -> str:
    """For the report: type, build date and size."""
    metadata = maxmind_db.read_metadata(path.read_bytes())
    return (
        f"{metadata['database_type']}, {metadata['node_count']:,} nodes, "
        f"{path.stat().st_size / 1e6:.1f} MB"
    )
