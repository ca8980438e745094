#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""check-traps.py PLUGIN: can a decision end the process?

Follows the calls of the machine code from what is called for each request, and from the closures it hands on,
through the functions of our modules, and tells each that holds a trap (`ud2`) or calls what allocates,
locks or checks for exclusive access. Exits 1 if there is any that ALLOWED does not name.
"""

import re
import subprocess
import sys

OURS = re.compile(r"10MaxMindACL|19MaxMindACLInterface|10URLPattern|11GeoDatabase|maxmind_acl")
#: What is called for each request, besides the closures that it hands on.
ENTRIES = ("maxmind_acl_decide", "maxmind_acl_resolve_client", "maxmind_acl_is_enforced",
           "maxmind_acl_write_decision", "maxmind_acl_write_annotation",
           "maxmind_acl_annotation_name", "maxmind_acl_attached", "maxmind_acl_response_for",
           "maxmind_acl_bypass_header", "maxmind_acl_retain")
ROOTS = re.compile(rf"^({'|'.join(ENTRIES)})$|({'|'.join(ENTRIES)}).*CXEfU.*")
# What must not be reached: what ends the process, allocates, locks.
FORBIDDEN = re.compile(
    r"^(swift_allocObject|swift_slowAlloc|malloc|calloc|realloc|swift_beginAccess|pthread_mutex_lock"
    r"|abort|swift_unexpectedError|swift_deallocClassInstance|\$ss17_assertionFailure.*)$")
# A thread's first decision that looks at a URL makes its subject; a longer URL or a deeper match than any
# before makes it larger. docs/c-interface.md says so.
ALLOWED = {
    ("ofThisThread", "pthread key and subject of a new thread"),
    ("URLSubjectC4copy", "a URL longer than any before"),
    ("URLSubjectCACSgycfc", "the subject of a new thread"),
    ("URLSubjectCACSgycfC", "the subject of a new thread"),
    ("MatcherCACSgycfc", "PCRE2's scratch of a new thread"),
    ("MatcherCACSgycfC", "PCRE2's scratch of a new thread"),
}


def functions(plugin: str) -> dict[str, list[str]]:
    """The instructions of each function of the plugin."""
    listing = subprocess.run(
        ["objdump", "--disassemble", "--no-show-raw-insn", plugin],
        check=True, capture_output=True, text=True).stdout
    found: dict[str, list[str]] = {}
    body: list[str] = []
    for line in listing.splitlines():
        start = re.match(r"^[0-9a-f]+ <(.+)>:$", line)
        if start:
            body = found.setdefault(start.group(1), [])
        elif line.startswith(" "):
            body.append(line.split(":", 1)[1].strip())
    return found


def main() -> int:
    code = functions(sys.argv[1])
    pending = [name for name in code if ROOTS.search(name)]
    if missing := [name for name in ENTRIES if name not in pending]:
        print(f"check-traps: no function {missing[0]}: has the plugin been stripped?", file=sys.stderr)
        return 2
    seen: set[str] = set()
    faults: list[str] = []
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        is_allowed = any(part in name for part, _ in ALLOWED)
        for instruction in code[name]:
            if is_allowed:
                break
            if instruction.startswith("ud2"):
                faults.append(f"{name} holds a trap")
            target = re.search(r"<([^>+@]+)(@plt)?>$", instruction)
            if target is None or not re.match(r"call|jmp|lea", instruction):
                continue
            callee = target.group(1)
            if FORBIDDEN.match(callee):
                faults.append(f"{name} calls {callee}")
            elif callee in code and OURS.search(callee):
                pending.append(callee)
    for fault in sorted(set(faults)):
        print(f"check-traps: {fault}", file=sys.stderr)
    if len(seen) < 10:
        print(f"check-traps: followed {len(seen)} functions only", file=sys.stderr)
        return 2
    print(f"{len(seen)} functions of a decision: {len(set(faults))} that trap, allocate or lock")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
