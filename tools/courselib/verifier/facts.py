# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What a failure is about, as words that the text of a rule may use."""

import re

from .origin import CALL
from .places import (
    Case,
    busiest,
    context_member,
    given_by,
    made_by,
    place_of,
    pointer_name,
    zero_from,
)
from .sources import file_lines

KINDS = {
    "scalar": "a number",
    "inv": "a number",
    "fp": "a local variable's address",
    "pkt": "a packet pointer",
    "pkt_end": "data_end",
    "map_key": "a map's key",
    "map_value": "a map's value",
    "map_ptr": "a map",
    "ctx": "the context",
    "mem": "memory of known size",
    "ringbuf_mem": "memory of a ring buffer",
    "func": "a function",
    "sock": "a socket",
}


def facts(case: Case, found: dict[str, str | None]) -> dict[str, str]:
    """What the template of a rule may use; found are its named groups."""
    known = {name: value or "" for name, value in found.items()}
    call = CALL.search(case.code)
    name = pointer_name(case.source)
    known |= {
        "program": case.program,
        "name": name or "ptr",
        "pointer": f"`{name}`" if name else "the pointer",
        "through": f", through `{name}`," if name else ",",
        "helper": f"`{call[1]}()`" if call else "the helper",
        "given_by": given_by(case),
        "lost_to": place_of(case, case.origin.lost) or "a call that moves the packet",
        "zero_from": zero_from(case),
        "busiest": busiest(case),
        "made_by": made_by(case, known.get("made_at", "")),
        "context": context_member(case.source),
    }
    known["access_verb"] = access(case.code)
    known["access"] = known["access_verb"] + "s"
    by = known["helper"] if call else "this"
    known["access_stack"] = f"{by} {'reads' if call else known['access']}"
    return known | numbers(known) | argument(case, known) | returned(known)


def access(code: str) -> str:
    """What an instruction does: "read", "write" or "use"."""
    if re.match(r"[rw]\d+ = \*\(", code):
        return "read"
    return "write" if re.match(r"(lock )?\*\(", code) else "use"


def numbers(known: dict[str, str]) -> dict[str, str]:
    if "size" not in known:
        return {}
    size = int(known["size"])
    offset = int(known.get("off", 0))
    last = offset + size - 1
    return {
        "size_words": "1 byte" if size == 1 else f"{size} bytes",
        "bytes": f"byte {last}" if size == 1 else f"bytes {offset} to {last}",
        "last": str(last),
        "need": str(last + 1),
        "room": room(offset),
    }


def room(offset: int) -> str:
    return f"only {-offset} are left" if -512 <= offset < 0 else "there is no stack"


def returned(known: dict[str, str]) -> dict[str, str]:
    """A return value and its range; until Linux 6.7 as bits: (value; unknown bits)."""
    has = re.sub(r"smin=(\S+) smax=\1$", r"\1", known.get("has", ""))
    has = re.sub(r"value \((\w+); 0x0\)", lambda bits: str(int(bits[1], 0)), has)
    allowed = known.get("range", "")
    if bits := re.match(r"\((\w+); (\w+)\)", allowed):
        least, unknown = int(bits[1], 0), int(bits[2], 0)
        allowed = f"[{least}, {least | unknown}]"
    return {"has": has.replace("unknown scalar value", "any value"), "range": allowed}


def argument(case: Case, known: dict[str, str]) -> dict[str, str]:
    """Of a call: which argument is wrong, as what, and what it should be."""
    number = int(known.get("argument_number") or 0)
    given = arguments(case)
    text = f", `{given[number - 1]}`" if 0 < number <= len(given) else ""
    expected = (known.get("expected") or "").split(",")
    right = dict.fromkeys(KINDS.get(kind.strip(), "") for kind in expected)
    kind = known.get("kind") or known.get("type") or ""
    return {
        "argument": f"argument {number}{text}" if number else "one of its arguments",
        "kind_words": KINDS.get(kind, kind),
        "expected_words": ", ".join(filter(None, right)) or ", ".join(expected),
    }


def arguments(case: Case) -> list[str]:
    """The arguments of the call in the line, which may go on in the next lines."""
    call = CALL.search(case.code)
    lines = file_lines(case.source.file)[case.source.line - 1 :][:6]
    text = " ".join(line.strip() for line in lines) or case.source.text
    _, found, rest = text.partition(f"{call[1]}(" if call else "\0")
    if not found:
        return []
    given, depth = [""], 1
    for letter in rest:
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            return [one.strip() for one in given]
        if letter == "," and depth == 1:
            given.append("")
        else:
            given[-1] += letter
    return []
