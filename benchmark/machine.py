"""The machine of the measurement."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from pathlib import Path

PACKAGES = ("trafficserver-experimental-plugins", "libmaxminddb0", "libpcre2-8-0", "libc6")


def cpu() -> str:
    model = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return model.group(1) if model else platform.machine()


def memory_gib() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // (1 << 30)


def package_versions() -> str:
    shown = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Package} ${Version}\n", *PACKAGES],
        capture_output=True,
        text=True,
    )
    return ", ".join(shown.stdout.split("\n")).strip(", ")


def swift_version() -> str:
    shown = subprocess.run(["swift", "--version"], capture_output=True, text=True)
    version = re.search(r"Swift version (\S+)", shown.stdout)
    return version.group(1) if version else "?"


def facts() -> list[str]:
    return [
        f"{cpu()}, {len(os.sched_getaffinity(0))} cores, {memory_gib()} GiB",
        f"Linux {platform.release()}, Swift {swift_version()}, {package_versions()}",
    ]
