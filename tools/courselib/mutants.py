# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Mutants: mistakes that students make, each a patch of one block of the reference.

labNN-x/mutants/NAME.patch begins with lines of comment, then comes the patch:

    # SPDX-License-Identifier: ...
    # What is wrong, in a sentence.
    # block: 2.3
    # tests: 2.3.b 2.3.c    must catch it, all of them; others of the block may
    # hint: 1               must be shown, and none beyond it
    --- a/lab02-tc-clone/checksum.h
    +++ b/lab02-tc-clone/checksum.h
"""

import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from . import markers, rubric

HEADER = re.compile(r"# (block|tests|hint): (.+)")
TARGET = re.compile(r"^\+\+\+ b/(\S+)$", re.M)


class MutantError(markers.CourseError):
    """What is wrong with a mutant."""


@dataclass(frozen=True)
class Mutant:
    path: str  # of the patch, from the top of the repository
    block: str
    tests: tuple[str, ...]
    hint: int
    target: str  # the file that it changes
    patch: str = field(repr=False)

    @property
    def name(self) -> str:
        return Path(self.path).stem

    def fail(self, text: str, line: int = 1) -> NoReturn:
        raise MutantError([markers.Problem(self.path, line, text)])


def parse(path: str, text: str) -> Mutant:
    """Raises MutantError."""
    header = dict(HEADER.fullmatch(line).groups() for line in fields(text))
    targets = TARGET.findall(text)
    mutant = Mutant(
        path,
        header.get("block", ""),
        tuple(header.get("tests", "").split()),
        int(header.get("hint", "1")),
        targets[0] if targets else "",
        text,
    )
    if not mutant.block or not mutant.tests:
        mutant.fail("it must say which block it is of, and which tests catch it")
    if len(targets) != 1:
        mutant.fail("a mistake is one in one file")
    return mutant


def fields(text: str) -> Iterator[str]:
    for line in text.splitlines():
        if not line.startswith("#"):
            return
        if HEADER.fullmatch(line):
            yield line


def read_lab(root: Path, lab: rubric.Lab) -> list[Mutant]:
    """The mutants of a lab, each for itself as it should be. Raises MutantError."""
    paths = sorted((root / lab.folder / "mutants").glob("*.patch"))
    found = [parse(p.relative_to(root).as_posix(), p.read_text()) for p in paths]
    for mutant in found:
        check(mutant, lab)
    return found


def check(mutant: Mutant, lab: rubric.Lab) -> None:
    block = lab.by_id.get(mutant.block)
    if not block:
        mutant.fail(f"there is no block {mutant.block} in {lab.path}")
    known = {test.id for test in block.tests}
    for test in mutant.tests:
        if test not in known:
            mutant.fail(f"{test} is no test of {block.id}: there are {sorted(known)}")
    if not 1 <= mutant.hint <= len(block.hints):
        mutant.fail(f"hint {mutant.hint}: there are {len(block.hints)}")


def apply(mutant: Mutant, root: Path) -> None:
    """Changes the tree, and nothing but the block. Raises MutantError."""
    target = root / mutant.target
    before = target.read_text()
    done = subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        cwd=root,
        env={**os.environ, "GIT_CEILING_DIRECTORIES": str(root.parent)},
        input=mutant.patch,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        mutant.fail(f"does not apply, make it anew: {done.stderr.strip()}")
    if outside(mutant, before) != outside(mutant, target.read_text()):
        mutant.fail(f"changes more than block {mutant.block}")


def outside(mutant: Mutant, text: str) -> list[object]:
    """All that is in a file besides the block's solution."""
    pieces = markers.parse(mutant.target, text).pieces
    return [
        piece.marked if isinstance(piece, markers.Block) else piece
        for piece in pieces
        if not isinstance(piece, markers.Block) or piece.id != mutant.block
    ]
