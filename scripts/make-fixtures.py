#!/usr/bin/env python3
"""Write the small MaxMind DB files that the tests read: Tests/Fixtures/databases.

    make-fixtures.py [--output DIR]    write the files
    make-fixtures.py --check           compare with the committed files; exit 1 where they differ

The output depends on nothing but the generator in Tests/Fixtures/generator and the version of
mmdb-writer: two runs give the same bytes. `scripts/make-fixtures` runs this with the packages that it
needs.
"""

import argparse
import pathlib
import sys
import tempfile

FIXTURES = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "Fixtures"
COMMITTED = FIXTURES / "databases"
SIZE_LIMIT = 30_000
SIZE_LIMITS = {"broken/deep-record.mmdb": 250_000}

sys.path.insert(0, str(FIXTURES / "generator"))

from broken import write_broken  # noqa: E402
from vendors import write_vendors  # noqa: E402
from well_formed import write_well_formed  # noqa: E402


def databases(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*.mmdb")}


def write_all(folder):
    broken = folder / "broken"
    vendors = folder / "vendors"
    for kind in (broken, vendors):
        kind.mkdir(parents=True, exist_ok=True)
    write_well_formed(folder)
    write_vendors(vendors)
    write_broken(broken, (folder / "loopback-country.mmdb").read_bytes())
    for name, content in databases(folder).items():
        limit = SIZE_LIMITS.get(name, SIZE_LIMIT)
        if len(content) > limit:
            sys.exit(f"{name}: {len(content)} bytes, more than {limit}")


def check():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        write_all(folder)
        made = databases(folder)
    committed = databases(COMMITTED)
    problems = []
    for name in sorted(made.keys() | committed.keys()):
        if name not in committed:
            problems.append(f"{name}: not committed")
        elif name not in made:
            problems.append(f"{name}: not written by this script")
        elif made[name] != committed[name]:
            problems.append(f"{name}: differs from what this script writes")
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description="Write the test databases.")
    parser.add_argument("--check", action="store_true", help="compare with the committed files")
    parser.add_argument("--output", type=pathlib.Path, default=COMMITTED, help="folder to write to")
    arguments = parser.parse_args()
    if arguments.check:
        return check()
    write_all(arguments.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
