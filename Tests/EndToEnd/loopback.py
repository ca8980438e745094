"""Free ports and IPv6 on this machine's loopback interface."""

from __future__ import annotations

import contextlib
import random
import socket
from pathlib import Path


def free_port() -> int:
    """A port that is free on 127.0.0.1 and, where there is IPv6, on ::1.

    The port is outside the kernel's range for outgoing connections if possible. Such a connection could take the
    port before the server binds it, and Traffic Server would then wait in vain.
    """
    hosts = ["127.0.0.1", "::1"] if has_ipv6() else ["127.0.0.1"]
    for _ in range(50):
        port = random.choice(server_ports())
        with contextlib.suppress(OSError), contextlib.ExitStack() as taken:
            for host in hosts:
                family = socket.AF_INET6 if ":" in host else socket.AF_INET
                taken.enter_context(socket.socket(family)).bind((host, port))
            return port
    raise OSError(f"no port is free on {' and '.join(hosts)}")


def server_ports() -> range:
    """The ports to choose from."""
    outgoing = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()
    return range(10_000, int(outgoing[0])) if int(outgoing[0]) > 11_000 else range(10_000, 65_536)


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False
