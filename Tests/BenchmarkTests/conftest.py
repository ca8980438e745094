"""Lets the tests import the benchmark's modules."""

import sys
from pathlib import Path

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmark"
sys.path.insert(0, str(BENCHMARK))
