"""The median of a sample, and an interval that holds the true median with 95 % confidence.

The interval comes from order statistics. It only assumes that the values are independent. It is exact and
not random.
"""

from __future__ import annotations

import dataclasses
import math
import statistics
from collections.abc import Sequence

CONFIDENCE = 0.95


@dataclasses.dataclass(frozen=True)
class Median:
    value: float
    low: float
    high: float


def median(sample: Sequence[float]) -> Median:
    """With fewer than six values, where no such interval exists, the interval is the whole range."""
    ordered = sorted(sample)
    count = len(ordered)
    # How many values may be left out on each side: each is beyond the median with chance one half.
    skipped, beyond = 0, 0.0
    for below in range(count // 2):
        beyond += math.comb(count, below) / 2 ** count
        if 2 * beyond > 1 - CONFIDENCE:
            break
        skipped = below
    return Median(statistics.median(ordered), ordered[skipped], ordered[count - 1 - skipped])
