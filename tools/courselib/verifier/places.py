# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The calls, lines and pointers of a failure, in words."""

import re
from collections import Counter
from dataclasses import dataclass, field

from .objects import Object
from .origin import CALL, Origin, called
from .sources import file_lines, find_line, relative
from .walk import Source, Step, Walk

POINTER = re.compile(
    r"\b(\w+)(?:->\w+|\[)"  # ip->ihl, bytes[3]
    r"|(?:^|[^\w\s)] ?|\breturn )\*(\w+)"  # *last, but not a declaration
)


@dataclass(frozen=True)
class Case:
    """A failure as far as the log and the sources tell."""

    stage: str
    program: str
    message: str  # in which the rules search
    said: str
    source: Source
    walk: Walk = field(default_factory=Walk)
    origin: Origin = field(default_factory=Origin)
    obj: Object | None = None

    @property
    def code(self) -> str:
        """The instruction that was refused, in the log's words."""
        return self.walk.steps[-1].code if self.walk.steps else ""


def given_by(case: Case) -> str:
    place = place_of(case, case.origin.given)
    return f"it is what {place} returned" if place else "it comes from a call"


def zero_from(case: Case) -> str:
    """Where a NULL comes from, as far as that can be told."""
    if case.origin.given:
        return f" ({given_by(case)})"
    if not case.origin.path:
        return ""
    source = find_line(case.origin.path[-1].source, case.obj)
    place = f" (since {line_words(case, source)}: `{shown(source.text)}`)"
    return place if source.line else ""


def busiest(case: Case) -> str:
    """The line that the verifier came through most often, of the last it walked."""
    lines = Counter(step.source for step in case.walk.steps if step.source.text)
    if not lines:
        return ""
    source = find_line(lines.most_common(1)[0][0], case.obj)
    place = line_words(case, source)
    return f" Most often it came through `{shown(source.text)}` ({place})."


def shown(code: str) -> str:
    """A line without the course's own marks."""
    return re.sub(r"\s*//@.*", "", code)


def line_words(case: Case, source: Source) -> str:
    """ "line 27", with its file if that is not the one that is blamed."""
    same = source.file == case.source.file
    return f"line {source.line}" + ("" if same else f" of {relative(source.file)}")


def made_by(case: Case, index: str) -> str:
    calls = [step for step in case.walk.steps if CALL.search(step.code)]
    made = [step for step in calls if str(step.index) == index]
    return place_of(case, made[-1]) if made else "a call"


def place_of(case: Case, step: Step | None) -> str:
    """A call, for a reader: "`bpf_clone_redirect()` in line 27"."""
    if not step:
        return ""
    source = find_line(step.source, case.obj)
    place = f" in {line_words(case, source)}" if source.line else ""
    return f"`{called(step)}()`{place}"


def context_member(source: Source) -> str:
    found = re.search(r"\b(?:ctx|skb)->\w+", source.text)
    return f"`{found[0]}`" if found else "ctx"


def pointer_name(source: Source) -> str:
    """The pointer that a line goes through, if that is beyond doubt; else ""."""
    found = list(POINTER.finditer(source.text))
    if found and source.column and file_lines(source.file):
        text = file_lines(source.file)[source.line - 1]
        column = source.column - 1 - text.find(source.text)
        before = [one for one in found if one.start() <= column]
        found = (before or found)[-1:]
    names = {one[1] or one[2] for one in found}
    return names.pop() if len(names) == 1 else ""
