"""What there is of loopback on this machine."""

from __future__ import annotations

import socket


def free_port() -> int:
    """A port that is free on 127.0.0.1 and, where there is IPv6, on ::1."""
    for _ in range(50):
        with socket.socket(socket.AF_INET) as four:
            four.bind(("127.0.0.1", 0))
            port = four.getsockname()[1]
            if not has_ipv6():
                return port
            with socket.socket(socket.AF_INET6) as six:
                try:
                    six.bind(("::1", port))
                    return port
                except OSError:
                    continue
    raise OSError("no port is free on both 127.0.0.1 and ::1")


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
        return True
    except OSError:
        return False
