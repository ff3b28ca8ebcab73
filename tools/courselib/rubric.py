# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What a lab's blocks are worth, and by which tests: labNN-x/rubric.toml.

    [lab]
    number = 2
    title = "One packet becomes two"
    goal = "Rewrite a packet's headers, mend its checksums, and clone it."
    minutes = 180

    [[block]]
    id = "2.1"
    name = "csum_fold"          # as in the code
    points = 8
    file = "checksum.h"         # in the lab's folder
    requires = []               # ids of blocks without which this cannot work
    hints = ["a nudge", "the direction", "nearly the answer"]
    tests = [
        { id = "2.1.a", points = 5, native = true },
        { id = "2.1.b", points = 3 },
    ]

Blocks stand in the order in which they are to be written, which need not be that of
their numbers.  "bonus = true" makes a block one of those that come on top of the 100 points;
"native = true" says that a test needs no privilege and no kernel.
"""

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

from . import markers

FULL_MARKS = 100
HINTS = 3
RUBRIC = re.compile(r"lab\d\d-[^/]+/rubric\.toml")

SCHEMA = {
    "lab": {"number": int, "title": str, "goal": str, "minutes": int},
    "block": [
        {
            "id": str,
            "name": str,
            "points": int,
            "bonus": bool,
            "file": str,
            "requires": [str],
            "hints": [str],
            "tests": [{"id": str, "points": int, "native": bool}],
        }
    ],
}
OPTIONAL = {"bonus", "native"}
KINDS = {int: "a number", str: "a string", bool: "true or false"}


@dataclass(frozen=True)
class Test:
    id: str
    points: int
    native: bool = False


@dataclass(frozen=True)
class Block:
    id: str
    name: str
    points: int
    file: str
    requires: tuple[str, ...]
    hints: tuple[str, ...]
    tests: tuple[Test, ...]
    bonus: bool = False


@dataclass(frozen=True)
class Lab:
    number: int
    title: str
    goal: str
    minutes: int
    blocks: tuple[Block, ...]
    path: str  # of the rubric, from the top of the repository
    text: str = field(repr=False)  # of the rubric

    @property
    def folder(self) -> str:
        return self.path.rpartition("/")[0]

    @cached_property
    def by_id(self) -> dict[str, Block]:
        return {block.id: block for block in self.blocks}

    @cached_property
    def tests(self) -> dict[str, Test]:
        """Every graded test by its id, in the order of the rubric."""
        return {test.id: test for block in self.blocks for test in block.tests}

    def block_of(self, test: str) -> Block:
        """The block that a test such as 2.3.b is for."""
        return self.by_id[test.rpartition(".")[0]]

    def points(self, bonus: bool = False, native_only: bool = False) -> int:
        """What there is to gain without the bonus blocks, or by them alone."""
        return sum(
            test.points
            for block in self.blocks
            if block.bonus == bonus
            for test in block.tests
            if test.native or not native_only
        )

    def needs(self, block: str) -> list[str]:
        """Every block that this one cannot work without, near or far.

        Blocks of earlier labs are named, but what they need in turn is not.
        """
        needed: set[str] = set()
        waiting = [*self.by_id[block].requires]
        while waiting:
            other = waiting.pop()
            if other not in needed:
                needed.add(other)
                waiting += self.by_id[other].requires if other in self.by_id else ()
        return sorted(needed, key=markers.id_key)


class RubricError(markers.CourseError):
    """What is wrong with a rubric."""


def parse(path: str, text: str) -> Lab:
    """Reads a rubric and checks it for itself. Raises RubricError."""
    data = load(path, text)
    complain(path, text, check_shape(data, SCHEMA))
    blocks = tuple(build_block(table) for table in data["block"])
    lab = Lab(**data["lab"], blocks=blocks, path=path, text=text)
    complain(path, text, check_lab(lab))
    return lab


def load(path: str, text: str) -> dict[str, Any]:
    """What stands in a TOML file. Raises RubricError."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"at line (\d+)", str(error))
        problem = markers.Problem(path, int(line[1]) if line else 1, str(error))
        raise RubricError([problem]) from error


def build_block(table: dict[str, Any]) -> Block:
    lists = {key: tuple(table[key]) for key in ("requires", "hints")}
    tests = tuple(Test(**test) for test in table["tests"])
    return Block(**{**table, **lists, "tests": tests})


def parse_tree(texts: Mapping[str, str]) -> list[Lab]:
    """Reads the rubrics among the files of a tree, path → text, in their order.

    Raises RubricError with all that is wrong in each and between them.
    """
    labs, problems = [], []
    for path in sorted(filter(RUBRIC.fullmatch, texts)):
        try:
            labs.append(parse(path, texts[path]))
        except RubricError as error:
            problems += error.problems
    if problems:
        raise RubricError(problems)
    known = {block.id for lab in labs for block in lab.blocks}
    for lab in labs:
        complain(lab.path, lab.text, check_requires(lab, known))
    return labs


def read_tree(root: Path) -> list[Lab]:
    """The rubrics in a folder, as they are there. Raises RubricError, OSError."""
    paths = root.glob("lab[0-9][0-9]-*/rubric.toml")
    return parse_tree({p.relative_to(root).as_posix(): p.read_text() for p in paths})


def check_code(labs: Iterable[Lab], blocks: Mapping[str, markers.Block]) -> None:
    """Are the blocks of the rubrics those of the code (markers.all_blocks())?

    Raises RubricError. Only a marked tree can be checked, not a student's.
    """
    by_number = {lab.number: lab for lab in labs}
    problems: list[markers.Problem] = []
    for block in blocks.values():
        if block.lab not in by_number or block.id not in by_number[block.lab].by_id:
            text = f"block {block.id} is in no rubric"
            problems.append(markers.Problem(block.path, block.line, text))
    for lab in by_number.values():
        problems += located(lab.path, lab.text, check_lab_code(lab, blocks))
    if problems:
        raise RubricError(problems)


def check_tests(lab: Lab, listed: Collection[str]) -> None:
    """Are the tests of the rubric those that the test programs of the lab list?

    Tests N.0.x are of provided code and give no points. Raises RubricError.
    """
    complain(lab.path, lab.text, compare_tests(lab, listed))


# What can be wrong. Each check yields the id that is at fault, and why.

Faults = Iterator[tuple[str, str]]


def complain(path: str, text: str, faults: Faults) -> None:
    problems = located(path, text, faults)
    if problems:
        raise RubricError(problems)


def located(path: str, text: str, faults: Faults) -> list[markers.Problem]:
    return [markers.Problem(path, line_of(text, id), why) for id, why in faults]


def line_of(text: str, id: str) -> int:
    """Where the block or test with this id is, or else the first line."""
    found = re.search(rf'\bid\s*=\s*"{re.escape(id)}"', text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def check_shape(value: Any, schema: Any, name: str = "it", id: str = "") -> Faults:
    """Is every key there that must be, no other, and does it hold the right thing?"""
    if isinstance(schema, dict):
        if not isinstance(value, dict):
            yield id, f"{name} must be a table"
            return
        id = str(value.get("id", id))
        for key in sorted(schema.keys() - value.keys() - OPTIONAL):
            yield id, f"{id or name} has no {key}"
        for key in sorted(value.keys() - schema.keys()):
            yield id, f"{id or name} has a {key}, which means nothing"
        for key in sorted(schema.keys() & value.keys()):
            yield from check_shape(value[key], schema[key], key, id)
    elif isinstance(schema, list):
        if not isinstance(value, list):
            yield id, f"{name} must be a list"
            return
        for item in value:
            yield from check_shape(item, schema[0], name, id)
    elif type(value) is not schema:
        yield id, f"{name} must be {KINDS[schema]}, not {value!r}"


def check_lab(lab: Lab) -> Faults:
    if markers.lab_of(lab.path) != lab.number:
        yield "", f"this is the rubric of lab {lab.number} in {lab.folder}"
    if lab.points() != FULL_MARKS:
        yield "", f"the blocks sum to {lab.points()} points, not to {FULL_MARKS}"
    by_number = sorted(lab.blocks, key=lambda block: (len(block.id), block.id))
    for number, block in enumerate(by_number, 1):
        if block.id != f"{lab.number}.{number}":
            yield block.id, f"expected block {lab.number}.{number}, found {block.id}"
        yield from check_block(block)
    yield from check_cycles(lab)
    yield from check_order(lab)


def check_block(block: Block) -> Faults:
    total = sum(test.points for test in block.tests)
    if block.points != total:
        yield block.id, f"{block.id} has {block.points} points, its tests {total}"
    hints = {hint.strip() for hint in block.hints} - {""}
    if len(block.hints) != HINTS or len(hints) != HINTS:
        yield block.id, f"{block.id} must have {HINTS} hints, each another"
    seen = set()
    for test in block.tests:
        if not re.fullmatch(rf"{re.escape(block.id)}\.[a-z]", test.id):
            yield test.id, f"test {test.id} of block {block.id}: expected {block.id}.a"
        if test.id in seen:
            yield test.id, f"test {test.id} is there twice"
        if test.points <= 0:
            yield test.id, f"test {test.id} is worth {test.points} points"
        seen.add(test.id)


def check_cycles(lab: Lab) -> Faults:
    graph = {block.id: block.requires for block in lab.blocks}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        cycle = error.args[1]
        yield cycle[0], f"requires goes in a circle: {' -> '.join(cycle)}"


def check_order(lab: Lab) -> Faults:
    """Blocks are tried in the order of the file: what one needs stands before it."""
    places = {block.id: place for place, block in enumerate(lab.blocks)}
    for block in lab.blocks:
        for other in block.requires:
            if places.get(other, -1) > places[block.id]:
                yield block.id, f"{block.id} stands before {other}, which it requires"


def check_requires(lab: Lab, known: Collection[str]) -> Faults:
    """Every block that another needs is in this lab or in an earlier one."""
    for block in lab.blocks:
        for other in block.requires:
            if other not in known or markers.id_key(other)[0] > lab.number:
                yield block.id, f"{block.id} requires {other}: no such block so far"


def check_lab_code(lab: Lab, blocks: Mapping[str, markers.Block]) -> Faults:
    for block in lab.blocks:
        found = blocks.get(block.id)
        if not found:
            yield block.id, f"{block.id} is in no source"
            continue
        if found.name != block.name:
            yield block.id, f"{block.id} is {block.name} here, {found.name} in the code"
        if found.path != f"{lab.folder}/{block.file}":
            yield block.id, f"{block.id} is not in {block.file} but in {found.path}"


def compare_tests(lab: Lab, listed: Collection[str]) -> Faults:
    graded = {
        id
        for id in listed
        if id.startswith(f"{lab.number}.") and not id.startswith(f"{lab.number}.0.")
    }
    for id in sorted(lab.tests.keys() - graded):
        yield id, f"test {id} is in no test program"
    for id in sorted(graded - lab.tests.keys()):
        yield id.rpartition(".")[0], f"test {id} gives no points"
