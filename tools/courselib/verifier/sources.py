# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Finds in the sources what the log and the object file speak of."""

import bisect
import fnmatch
import functools
import os
from dataclasses import replace
from pathlib import Path

from .objects import Object
from .origin import Origin
from .walk import Source, Step, Walk

ROOT = Path(__file__).resolve().parents[3]


def locate(walk: Walk, origin: Origin, program: str, obj: Object | None) -> Source:
    """The line to look at, with its file's full name where that can be found.

    An instruction that the compiler made of several lines has none: then where its
    value comes from is nearest.
    """
    if walk.announced or not obj:
        return find_line(walk.source, obj)
    last = walk.steps[-1:] or [Step(0, "", Source(""), 0, {})]
    for step in last + origin.path:
        exact = instruction(obj, program, step.index) or find_line(step.source, obj)
        if exact.text not in ("", "}"):
            return exact
    return find_line(walk.source, obj)


def find_line(source: Source, obj: Object | None) -> Source:
    if not source.text:
        return source
    return match_line(source, obj) if obj else search(source)


def instruction(obj: Object, program: str, index: int) -> Source | None:
    """The line of an instruction, if it is in the program itself.

    What it calls, libbpf puts behind it, in an order that only libbpf knows.
    """
    section, start, size = obj.functions.get(program, ("", 0, 0))
    if index * 8 >= size:
        return None
    lines = obj.lines.get(section, [])
    at = bisect.bisect_right(lines, start + index * 8, key=lambda line: line[0])
    return lines[at - 1][1] if at else None


def match_line(source: Source, obj: Object) -> Source:
    """Finds a line of the log in the object's, by file and line or by its text."""
    same = [
        line
        for lines in obj.lines.values()
        for _, line in lines
        if line.text == source.text
        and source.line in (0, line.line)
        and line.file.endswith(source.file)
    ]
    if not same:
        return search(source)
    columns = {line.column for line in same}
    return same[0] if len(columns) == 1 else replace(same[0], column=0)


def search(source: Source) -> Source:
    """Finds a line of the log in the project's sources, if it is there only once."""
    places = [
        replace(source, file=str(path), line=number)
        for path in find_files(Path(source.file).name or "*.[ch]")
        for number, text in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if text.strip() == source.text and source.line in (0, number)
    ]
    return places[0] if len(places) == 1 else source


def find_files(pattern: str) -> list[Path]:
    """Never below build/, where folders come and go while we look."""
    found = []
    for folder, inner, names in os.walk(ROOT):
        inner[:] = [name for name in inner if name not in ("build", ".git")]
        found += [Path(folder, name) for name in fnmatch.filter(names, pattern)]
    return sorted(found)


def relative(file: str) -> str:
    """As it is called from the project's root."""
    path = Path(ROOT, file)
    inside = file and path.is_relative_to(ROOT)
    return str(path.relative_to(ROOT)) if inside else file


def file_line(source: Source) -> str:
    lines = file_lines(source.file)[source.line - 1 :] if source.line else []
    return lines[0].strip() if lines else ""


@functools.cache
def file_lines(file: str) -> list[str]:
    try:
        return Path(ROOT, file).read_text(errors="replace").splitlines()
    except OSError:
        return []
