# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Mutants: mistakes that students make, each a replacement in one block's solution.

labNN-x/mutants.toml lists those of a lab:

    [[mutant]]
    name = "bounds-minus-one"
    why = "What ends exactly where the frame ends is refused."
    block = "1.1"
    tests = ["1.1.b"]       # all of them must fail; others of the block may
    hint = 1                # the last that must be shown; 1 if it is left out
    old = '''	if (at + size > c->end)'''
    new = '''	if (at + size >= c->end)'''

Old and new are whole lines, as many as it takes. The old ones are in the block's
solution exactly once. The new ones may be none: new = ''.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import markers, rubric

SCHEMA = {
    "name": str,
    "why": str,
    "block": str,
    "tests": [str],
    "hint": int,
    "old": str,
    "new": str,
}
START = re.compile(r"\[\[mutant\]\]")


class MutantError(markers.CourseError):
    """What is wrong with mutants."""


@dataclass(frozen=True)
class Mutant:
    path: str  # of the list, from the top of the repository
    line: int  # on which its entry starts
    name: str
    why: str
    block: str
    tests: tuple[str, ...]
    hint: int
    old: str = field(repr=False)
    new: str = field(repr=False)

    def problem(self, text: str) -> markers.Problem:
        return markers.Problem(self.path, self.line, f"{self.name}: {text}")

    def places(self, solution: Iterable[str]) -> list[int]:
        """How many lines of the solution there are before each place of the old."""
        lines, old = [*solution], self.old.splitlines()
        starts = range(len(lines) - len(old) + 1)
        return [at for at in starts if lines[at : at + len(old)] == old]


# Reading.


def read_lab(root: Path, lab: rubric.Lab) -> list[Mutant]:
    """The mutants of a lab, each as it should be. Raises CourseError."""
    path = f"{lab.folder}/mutants.toml"
    if not (root / path).exists():
        return []
    found = parse(path, (root / path).read_text())
    check(found, lab, markers.all_blocks(markers.read_tree(root)))
    return found


def parse(path: str, text: str) -> list[Mutant]:
    """Reads a list and checks its form alone. Raises CourseError."""
    data = rubric.load(path, text)
    starts = [n for n, line in enumerate(text.split("\n"), 1) if START.match(line)]
    if not starts or [*data] != ["mutant"] or len(data["mutant"]) != len(starts):
        text = "a list of mutants has tables [[mutant]], and nothing else"
        raise MutantError([markers.Problem(path, 1, text)])
    tables = [{"hint": 1, **table} for table in data["mutant"]]
    complain(
        markers.Problem(path, line, why)
        for line, table in zip(starts, tables)
        for why in check_shape(table)
    )
    return [build(path, line, table) for line, table in zip(starts, tables)]


def check_shape(table: dict[str, Any]) -> Iterator[str]:
    for _, why in rubric.check_shape(table, SCHEMA, table.get("name", "a mutant")):
        yield why


def build(path: str, line: int, table: dict[str, Any]) -> Mutant:
    return Mutant(path, line, **{**table, "tests": tuple(table["tests"])})


# What can be wrong.


def complain(problems: Iterable[markers.Problem]) -> None:
    if found := [*problems]:
        raise MutantError(found)


def check(
    found: list[Mutant], lab: rubric.Lab, blocks: Mapping[str, markers.Block]
) -> None:
    """Do they fit the rubric and the code (markers.all_blocks())?"""
    first: dict[str, Mutant] = {}
    problems = []
    for mutant in found:
        other = first.setdefault(mutant.name, mutant)
        if other is not mutant:
            problems.append(mutant.problem(f"line {other.line} has that name already"))
        faults = [*check_rubric(mutant, lab)] or check_code(mutant, blocks)
        problems += map(mutant.problem, faults)
    complain(problems)


def check_rubric(mutant: Mutant, lab: rubric.Lab) -> Iterator[str]:
    block = lab.by_id.get(mutant.block)
    if not block:
        yield f"there is no block {mutant.block} in {lab.path}"
        return
    known = [test.id for test in block.tests]
    for test in mutant.tests:
        if test not in known:
            yield f"{test} is no test of {block.id}, which has {' '.join(known)}"
    if not mutant.tests:
        yield "no test is named that catches it"
    if not 1 <= mutant.hint <= len(block.hints):
        yield f"there is no hint {mutant.hint}, {block.id} has {len(block.hints)}"


def check_code(mutant: Mutant, blocks: Mapping[str, markers.Block]) -> Iterator[str]:
    block = blocks.get(mutant.block)
    if not block:
        yield f"block {mutant.block} is in no source"
        return
    where = f"the solution of {block.id} in {block.path}:{block.first}"
    times = len(mutant.places(block.solution))
    if not mutant.old:
        yield "there is no old text"
    elif not times:
        yield f"the old text is not in {where}, as whole lines"
    elif times > 1:
        yield f"the old text is {times} times in {where}, take more lines of it"
    if mutant.old.splitlines() == mutant.new.splitlines():
        yield "the new text is the old one"


# Making the mistake.


def apply(mutant: Mutant, root: Path) -> None:
    """Changes the tree, and nothing but the block's solution. Raises CourseError."""
    blocks = markers.all_blocks(markers.read_tree(root))
    complain(map(mutant.problem, check_code(mutant, blocks)))
    block = blocks[mutant.block]
    path = root / block.path
    path.write_text(mutate(mutant, block, path.read_text()))


def mutate(mutant: Mutant, block: markers.Block, text: str) -> str:
    """The text of the block's file with the mistake in it."""
    lines = text.split("\n")
    start = block.first - 1 + mutant.places(block.solution)[0]
    lines[start : start + len(mutant.old.splitlines())] = mutant.new.splitlines()
    return "\n".join(lines)
