#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""zones.py: writes what Python's zoneinfo reads from the files in Tests/Fixtures/zones/slim.

A file in Tests/Fixtures/zones/changes has the offset at 1900-01-01 and each change of the offset until 2200: seconds
since 1970 and seconds east of UTC.
"""

import datetime
import pathlib
import zoneinfo

ZONES = pathlib.Path(__file__).parent.parent / "zones"
UTC = datetime.timezone.utc
FIRST = int(datetime.datetime(1900, 1, 1, tzinfo=UTC).timestamp())
END = int(datetime.datetime(2200, 1, 1, tzinfo=UTC).timestamp())
# Shorter than any offset has held.
STEP = 6 * 3600


def changes(path: pathlib.Path) -> list[tuple[int, int]]:
    with path.open("rb") as file:
        zone = zoneinfo.ZoneInfo.from_file(file)
    start = datetime.datetime(1970, 1, 1, tzinfo=UTC)

    def offset(epoch: int) -> int:
        local = (start + datetime.timedelta(seconds=epoch)).astimezone(zone)
        return int(local.utcoffset().total_seconds())

    found = [(FIRST, offset(FIRST))]
    for epoch in range(FIRST + STEP, END, STEP):
        after = offset(epoch)
        if after == found[-1][1]:
            continue
        low, high = epoch - STEP, epoch
        while high - low > 1:
            middle = (low + high) // 2
            if offset(middle) == after:
                high = middle
            else:
                low = middle
        found.append((high, after))
    return found


for file in sorted((ZONES / "slim").glob("*/*")):
    lines = [f"{epoch} {offset}\n" for epoch, offset in changes(file)]
    target = ZONES / "changes" / file.relative_to(ZONES / "slim")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(lines), encoding="ascii")
