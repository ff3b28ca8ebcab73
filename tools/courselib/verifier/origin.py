# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Where a value comes from: follows it back along the walk."""

import re
from dataclasses import dataclass, field

from .walk import Step, Walk

PLACE = r"[rw]\d+|\*\(u\d+ \*\)\(r10 [-+]\d+\)"  # a register, a slot of the stack
ASSIGN = re.compile(rf"({PLACE}) (\S*)= (.*)")
CALL = re.compile(r"call (bpf_\w+)#")
CLEARED = ("r0", "r1", "r2", "r3", "r4", "r5")  # by any call; r0 is its result
MOVES_PACKET = re.compile(
    r"bpf_(clone_redirect|l[34]_csum_replace|skb_(store_bytes|pull_data|adjust_room"
    r"|vlan_push|vlan_pop|change_\w+)|xdp_adjust_\w+|lwt_\w+|msg_\w+)"
)
RELEASES = re.compile(r"bpf_(ringbuf_(submit|discard)\w*|sk_release)")


@dataclass
class Origin:
    """How a value came to be, the last step first; the calls that gave and took it."""

    path: list[Step] = field(default_factory=list)
    given: Step | None = None
    lost: Step | None = None


def trace(steps: list[Step], register: str) -> Origin:
    """Follows the value of a register, such as "R6", back from the last step."""
    origin = Origin()
    wanted, lost = register.lower(), None
    for step in reversed(steps[:-1]):
        call = CALL.search(step.code)
        if call and (MOVES_PACKET.match(call[1]) or RELEASES.match(call[1])):
            lost = step
        if step.frame != steps[-1].frame:
            continue
        if step.code.startswith("call ") and wanted in CLEARED:
            origin.given = step if call and wanted == "r0" else None
            break
        made = ASSIGN.match(step.code)
        if not made or normal(made[1]) != wanted:
            continue
        origin.path.append(step)
        if made[2]:
            continue
        if not re.fullmatch(PLACE, made[3]):
            break
        wanted = normal(made[3])
    else:
        return origin
    if is_pointer(step.registers.get(wanted.upper(), "")):
        origin.lost = lost
    return origin


def normal(place: str) -> str:
    """w3 is the lower half of r3."""
    return re.sub(r"^w(\d+)$", r"r\1", place.strip())


def is_pointer(state: str) -> bool:
    return bool(re.match(r"(pkt|mem|ringbuf_mem|alloc_mem|sock|ptr_)", state))


def notes(walk: Walk) -> tuple[Origin, list[str]]:
    """What the log shows besides the message; rules.toml describes the notes."""
    named = re.search(r"\bR(\d+)\b", walk.message.partition("\n")[2] or walk.message)
    if not named or not walk.steps:
        return Origin(), []
    origin = trace(walk.steps, named[0])
    state = walk.registers.get(named[0], "")
    found = []
    if origin.lost:
        found.append(f"# lost to {called(origin.lost)}")
    if origin.given:
        found.append(f"# given by {called(origin.given)}")
    if re.fullmatch(r"P?0", state) or began_as_zero(origin):
        found.append("# zero")
    if too_far := most_offset(state):
        found.append(f"# offset up to {too_far}")
    return origin, found


def began_as_zero(origin: Origin) -> bool:
    """NULL, and perhaps an index added to it, as in ptr->array[i]."""
    first = ASSIGN.match(origin.path[-1].code) if origin.path else None
    return bool(first) and (first[2], first[3]) == ("", "0")


def called(step: Step) -> str:
    return CALL.search(step.code)[1]


def most_offset(state: str) -> int:
    """How far a packet pointer may lie in the packet, if that is too far to prove."""
    limit = re.search(r"umax=(?:\w+=)*(\w+)", state)
    fixed = re.search(r"\boff=(\d+)", state)
    if not state.startswith("pkt(") or not limit:
        return 0
    most = int(limit[1], 0) + int(fixed[1] if fixed else 0)
    return most if most > 0xFFFF else 0
