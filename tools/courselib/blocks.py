# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Where the blocks are in the files that a student has changed.

Only their comments tell, the markers of the reference or what the student got
instead; a block without them is nowhere, and its tests are run all the same.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from . import markers

END = re.compile(r"\s*(?:(?://|#)@end|/\* end of|# end of) (\d+\.\d+)(?: \*/)?\s*")
STUB = re.compile(r"\s*(?://|#)@stub\b(.*)")


@dataclass
class Part:
    """A block in the text of a file: its lines, or what is wrong with its comments."""

    begin: int = 0  # index of the comment that opens it
    start: int = 0  # of the first line behind that
    stop: int = 0  # of the comment that closes it
    stub: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)
    why: str = ""


class Scanner:
    """Finds the blocks in a file, whatever somebody has done to their comments."""

    def __init__(self) -> None:
        self.parts: dict[str, Part] = {}
        self.open = ""  # the block that the line is in
        self.in_task = False  # the comment that opens a block has more lines

    def scan(self, text: str) -> dict[str, Part]:
        for index, line in enumerate(text.split("\n")):
            if start := markers.PLACE.match(line):
                self.begin(start[1], index, line)
            elif end := END.fullmatch(line):
                self.end(end[1], index)
            elif self.in_task:
                self.task(line, index)
            elif self.open and (stub := STUB.fullmatch(line)):
                self.parts[self.open].stub.append(stub[1])
            elif self.open:
                self.parts[self.open].code.append(line)
        self.give_up("its end is missing")
        return self.parts

    def begin(self, id: str, index: int, line: str) -> None:
        self.give_up(f"its end is missing: {id} begins in line {index + 1}")
        if id in self.parts:
            self.parts[id].why = f"it begins twice, again in line {index + 1}"
            return
        self.parts[id] = Part(index, index + 1)
        self.open = id
        if "/*" in line:
            self.task(line.partition("/*")[2], index)

    def task(self, line: str, index: int) -> None:
        """What follows the comment in its last line is the block's."""
        _, closed, rest = line.partition("*/")
        self.in_task = not closed
        part = self.parts[self.open]
        part.start = index + 1
        if rest.strip():
            part.code.append(rest)

    def end(self, id: str, index: int) -> None:
        if id != self.open:
            self.give_up(f"its end is missing: {id} ends in line {index + 1}")
            known = self.parts.setdefault(id, Part(index, index, index))
            known.why = known.why or f"it ends in line {index + 1}, and not once"
            return
        if self.in_task:
            return self.give_up("the comment with its task does not end")
        self.parts[id].stop = index
        self.open = ""

    def give_up(self, why: str) -> None:
        if self.open:
            part = self.parts[self.open]
            part.why = part.why or why
        self.open, self.in_task = "", False


def scan(text: str) -> dict[str, Part]:
    return Scanner().scan(text)


def read(path: Path) -> str:
    """What there is in a file; nothing if it is gone."""
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""


def find(text: str, block: str) -> range:
    """The numbers of the lines between the comments of a block."""
    part = scan(text).get(block)
    return range(part.start + 1, part.stop + 1) if part and not part.why else range(0)


def at(text: str, line: int) -> str | None:
    """The block that a line lies in."""
    for block in markers.places(text):
        if line in find(text, block):
            return block
    return None
