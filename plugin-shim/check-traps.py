#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""check-traps.py PLUGIN: checks that a decision cannot end the process.

Follows the calls in the machine code from the entry points of a request and their closures, through the functions of
our modules. Reports each function that contains a trap (`ud2`) or calls a function that allocates, locks or checks
exclusive access. Exits 1 if there is one that ALLOWED does not name.
"""

import re
import subprocess
import sys

OURS = re.compile(r"10MaxMindACL|19MaxMindACLInterface|10URLPattern|13LookupService|11GeoDatabase|9Addresses|9CivilTime|5Files|4Text|maxmind_acl")
#: The entry points of a request. Their closures are roots too.
ENTRIES = ("maxmind_acl_decide", "maxmind_acl_resolve_client", "maxmind_acl_is_enforced",
           "maxmind_acl_write_decision", "maxmind_acl_write_annotation",
           "maxmind_acl_is_annotation", "maxmind_acl_remove_annotations",
           "maxmind_acl_response_for", "maxmind_acl_retain", "maxmind_acl_settings_of",
           "maxmind_acl_admits_log_line", "maxmind_acl_write_log_line", "maxmind_acl_write_time")
ROOTS = re.compile(rf"^({'|'.join(ENTRIES)})$|({'|'.join(ENTRIES)}).*CXEfU.*")
# Forbidden functions: they end the process, allocate or lock.
FORBIDDEN = re.compile(
    r"^(swift_allocObject|swift_slowAlloc|malloc|calloc|realloc|swift_beginAccess|pthread_mutex_lock"
    r"|abort|swift_unexpectedError|swift_deallocClassInstance|\$ss17_assertionFailure.*)$")
# A thread allocates its URL subject in the first decision on a URL, and enlarges it for a longer URL or a deeper match
# than any before (docs/c-interface.md).
ALLOWED = {
    ("ofThisThread", "pthread key and subject of a new thread"),
    ("URLSubjectC4copy", "a URL longer than any before"),
    ("URLSubjectCACSgycfc", "the subject of a new thread"),
    ("URLSubjectCACSgycfC", "the subject of a new thread"),
    ("MatcherCACSgycfc", "PCRE2's scratch of a new thread"),
    ("MatcherCACSgycfC", "PCRE2's scratch of a new thread"),
}


TARGET = re.compile(r"^(call|jmp|lea)\b.*\b([0-9a-f]+) <.+>$")
PADDING = re.compile(r"nop|int3|xchg +%ax,%ax")


def run(*command: str) -> list[str]:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()


def functions(plugin: str) -> dict[str, list[str]]:
    """The instructions of each function of the plugin. Functions without a symbol get a name.

    Functions without a symbol lie between the end of a symbol (its address plus its size) and the next symbol. Each
    begins at that end or at the target of a call.
    """
    sizes = {int(row[0], 16): int(row[1], 16)
             for row in map(str.split, run("nm", "--print-size", "--defined-only", plugin)) if len(row) == 4}
    code: list[tuple[int, str, int]] = []  # address, instruction, start of the symbol before
    names: dict[int, str] = {}
    start = 0
    for line in run("objdump", "--disassemble", "--no-show-raw-insn", plugin):
        if label := re.match(r"^([0-9a-f]+) <(.+)>:$", line):
            start = int(label.group(1), 16)
            names[start] = label.group(2)
        elif line.startswith(" "):
            address, instruction = line.split(":", 1)
            code.append((int(address, 16), instruction.strip(), start))
    gaps = {address: start for address, _, start in code
            if start in sizes and address >= start + max(sizes[start], 1)}
    for address, instruction, _ in code:
        target = TARGET.match(instruction)
        at = int(target.group(2), 16) if target else 0
        if at in gaps and (instruction.startswith("call") or gaps.get(address) != gaps[at]):
            names[at] = f"nameless at {at:x}"
    found: dict[str, list[str]] = {}
    name = ""
    for address, instruction, start in code:
        if address in names:
            name = names[address]
        elif address in gaps and PADDING.search(instruction):
            continue
        elif address in gaps and not name.startswith("nameless"):
            name = f"nameless at {address:x}"
        if (target := TARGET.match(instruction)) and int(target.group(2), 16) in gaps:
            instruction = f"{target.group(1)} <{names.get(int(target.group(2), 16))}>"
        found.setdefault(name, []).append(instruction)
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
                faults.append(f"{name} contains a trap")
            target = re.search(r"<([^>+@]+)(@plt)?>$", instruction)
            if target is None or not re.match(r"call|jmp|lea", instruction):
                continue
            callee = target.group(1)
            if FORBIDDEN.match(callee):
                faults.append(f"{name} calls {callee}")
            elif callee in code and (OURS.search(callee) or callee.startswith("nameless")):
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
