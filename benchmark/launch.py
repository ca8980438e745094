"""Runs a program, and prints its seconds, its processor time and its peak of memory as JSON.

    launch.py OUTPUT PROGRAM [ARGUMENT...]

A process inherits the peak of the one that started it, so that has to be a small one: this.
"""

import json
import os
import sys
import time


def main() -> int:
    # The bars are for two cores.
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:2])
    begin = time.monotonic()
    child = os.fork()
    if child == 0:
        output = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(output, 1)
        os.execvp(sys.argv[2], sys.argv[2:])
    _, status, usage = os.wait4(child, 0)
    print(json.dumps({
        "status": os.waitstatus_to_exitcode(status),
        "seconds": time.monotonic() - begin,
        "processor": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss * 1024,
    }))
    return 0


if __name__ == "__main__":
    sys.exit(main())
