# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Reads a log of the verifier: the way to the instruction that was refused."""

import re
from dataclasses import dataclass, field

KEEP_TAIL = 1 << 18  # bytes of a log; what is long before nobody reads

STEP = re.compile(r"(\d+): \([0-9a-f]{2}\) (.*)")
LINE = re.compile(r"; ?(.*?)(?: @ ([^ @]+):(\d+))?$")
GLUED = re.compile(r" ; (.*) @ ([^ @]+):(\d+)$")  # behind a step
STATE = re.compile(
    r"\b(R\d+|fp-\d+)(?:_[a-zA-Z]+)?=(.*?)(?=\s+(?:R\d|fp-|refs|cb)|\s*$)"
)
NO_VERDICT = re.compile(
    r"\s*$|;|\d+: |from \d+ to|processed \d|verification time|stack depth|mark_precise"
    r"|func#\d+ @|Live regs|last_idx|regs=|parent |propagating|Func#|Validating"
    r"|returning"
)
# What the kernel prints behind an instruction or a verdict, for want of a newline.
GLUE = re.compile(
    r"(?<=goto pc)([-+]\d+) (?=BPF |[A-Z][a-z])|(?<=\w)()(?=processed \d+ insns \()"
)
LISTED = re.compile(r"\d+: (?!\(|R\d|frame\d|safe)(\S.*?)(?: @ ([^ @]+):(\d+))?$")
FRAME = re.compile(r"\bframe(\d+):")
BEGIN, END = "-- BEGIN PROG LOAD LOG --", "-- END PROG LOAD LOG --"


@dataclass(frozen=True)
class Source:
    """A line of a program: as the log has it, or with the file as it was compiled."""

    text: str
    file: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class Step:
    """One instruction that the verifier walked over."""

    index: int
    code: str
    source: Source
    frame: int
    registers: dict[str, str]  # those that it printed: {"R1": "pkt(r=14)"}


@dataclass
class Walk:
    """The way to the instruction that was refused, and what was said then."""

    steps: list[Step] = field(default_factory=list)
    registers: dict[str, str] = field(default_factory=dict)
    source: Source = Source("")  # of the last line that says something
    announced: bool = False  # that line belongs to a step that is not printed
    message: str = ""  # from the last instruction on

    @property
    def said(self) -> str:
        """The line that decided; "" if nothing was refused."""
        lines = self.message.splitlines()
        return next((line for line in lines if not NO_VERDICT.match(line)), "")


def verifier_part(log: str) -> str:
    """The verifier's own words in what libbpf printed; "" if it said nothing."""
    if BEGIN in log:
        return log.rpartition(BEGIN)[2].partition(END)[0][-KEEP_TAIL:]
    spoke = STEP.search(log) or re.search(r"^processed \d+ insns", log, re.M)
    return log[-KEEP_TAIL:] if spoke and "libbpf:" not in log else ""


def read_walk(log: str) -> Walk:
    """Reads the verifier's part of a log."""
    walk = Walk()
    source, frame = Source(""), 0
    for line in GLUE.sub(r"\1\n", log).splitlines():
        states = dict(STATE.findall(line))
        walk.registers.update(states)
        if found := FRAME.search(line):
            frame = int(found[1])
        elif states:
            frame = 0
        if found := STEP.match(line):
            code = found[2].split(";")[0].strip()
            walk.steps.append(Step(int(found[1]), code, source, frame, states))
            walk.announced, walk.message = False, ""
        source = announced(line, walk) or source
        if source.text not in ("", "}"):
            walk.announced = walk.announced or source != walk.source
            walk.source = source
        walk.message += line + "\n"
    return walk


def announced(line: str, walk: Walk) -> Source | None:
    """The line of C that stands before the instructions made from it."""
    found = LINE.match(line) or GLUED.search(line)
    if not walk.announced:  # of a loop of calls the first line, not the last
        found = found or LISTED.match(line)
    if not found:
        return None
    return Source(found[1].strip(), found[2] or "", int(found[3] or 0))
