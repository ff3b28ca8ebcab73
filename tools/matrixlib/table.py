# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What the kernels made of the objects, as a table for people and as a record."""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from courselib import verifier

from .compilers import Compiler, Object
from .programs import Program

WIDTH = 80
CELL = 4
LABEL = 19
LOADS, REJECTED, NOT_TRIED = "✓", "✗", "–"
COLOURS = {LOADS: 32, REJECTED: 31, NOT_TRIED: 33}


@dataclass(frozen=True)
class Trial:
    """One object before one kernel."""

    kernel: str
    object: Object
    status: str  # "loads" or "rejected"; by clang, if it made no object
    explanation: verifier.Explanation | None = None

    @property
    def place(self) -> tuple[str, int]:
        return self.kernel, self.object.compiler.major


@dataclass
class Column:
    """A kernel, for all compilers."""

    name: str  # as it was asked for
    release: str = ""
    how: str = ""  # "this kernel", "kvm", "emulated"
    note: str = ""  # why it was not tried to the end
    seconds: float = 0


@dataclass
class Matrix:
    programs: list[Program]
    compilers: list[Compiler]
    columns: list[Column]
    trials: list[Trial] = field(default_factory=list)

    @property
    def rejected(self) -> list[Trial]:
        return [trial for trial in self.trials if trial.status == "rejected"]

    @property
    def missing(self) -> list[str]:
        """What was not tried, and why."""
        clangs = [
            f"clang {compiler.major}: not installed"
            for compiler in self.compilers
            if not compiler.command
        ]
        return clangs + [f"{c.name}: {c.note}" for c in self.columns if c.note]

    def record(self) -> dict[str, Any]:
        return {
            "passed": bool(self.trials) and not self.rejected,
            "complete": not self.missing,
            "kernels": [asdict(column) for column in self.columns],
            "compilers": [asdict(compiler) for compiler in self.compilers],
            "trials": [record_of(trial) for trial in self.trials],
        }


def record_of(trial: Trial) -> dict[str, Any]:
    program = trial.object.program
    return {
        "kernel": trial.kernel,
        "clang": trial.object.compiler.major,
        "row": program.row,
        "program": program.name,
        "source": program.place,
        "status": trial.status,
        "explanation": trial.explanation and asdict(trial.explanation),
    }


# The picture.


def render(matrix: Matrix) -> str:
    """The table, what was rejected and why, and what was not tried."""
    parts = ["\n".join(block(matrix, some)) for some in blocks(matrix)]
    parts.append("\n".join(kernel_line(c) for c in matrix.columns if c.release))
    parts += [explained(same) for same in alike(matrix.rejected)]
    parts.append("\n".join(f"{mark(NOT_TRIED, 1)} {why}" for why in matrix.missing))
    return "\n\n".join(part for part in parts if part)


def kernel_line(column: Column) -> str:
    name, seconds = f"{column.name:5}", f"{column.seconds:.0f} s"
    return f"{name} Linux {column.release}, {column.how}; {seconds}"


def blocks(matrix: Matrix) -> Iterator[list[Column]]:
    """As many kernels beside each other as there is room for."""
    each = CELL * len(matrix.compilers) + 2
    fit = max(1, (WIDTH - LABEL) // each)
    for start in range(0, len(matrix.columns), fit):
        yield matrix.columns[start : start + fit]


def block(matrix: Matrix, columns: list[Column]) -> Iterator[str]:
    width = CELL * len(matrix.compilers)
    yield f"{'':{LABEL}}" + "".join(f"  {title(c, width)}" for c in columns)
    clangs = "".join(f"{compiler.major:>{CELL}}" for compiler in matrix.compilers)
    yield f"{'clang':{LABEL}}" + f"  {clangs}" * len(columns)
    for row in dict.fromkeys(program.row for program in matrix.programs):
        cells = ("  " + cells_of(matrix, row, column) for column in columns)
        yield f"{label(matrix, row):{LABEL}}{''.join(cells)}"


def title(column: Column, width: int) -> str:
    """As much as there is room for: at least two numbers of the version."""
    numbers = re.match(r"\d+\.\d+", column.release)
    version = numbers[0] if numbers else column.name
    names = [f"Linux {version}", version]
    return f"{next((name for name in names if len(name) < width), version):>{width}}"


def label(matrix: Matrix, row: str) -> str:
    count = sum(program.row == row for program in matrix.programs)
    return f"{row} ({count})" if count > 1 else row


def cells_of(matrix: Matrix, row: str, column: Column) -> str:
    return "".join(cell(matrix, row, column, c) for c in matrix.compilers)


def cell(matrix: Matrix, row: str, column: Column, compiler: Compiler) -> str:
    """Loads, or how many do not; not tried, if one of them was not."""
    place = column.name, compiler.major
    trials = [trial for trial in matrix.trials if trial.place == place]
    there = [trial for trial in trials if trial.object.program.row == row]
    count = sum(program.row == row for program in matrix.programs)
    bad = sum(trial.status == "rejected" for trial in there)
    if bad:
        return mark(f"{REJECTED}{bad}" if count > 1 else REJECTED)
    return mark(LOADS if len(there) == count else NOT_TRIED)


def mark(text: str, width: int = CELL) -> str:
    """A sign, and what stands behind it, in colour on a terminal that wants it."""
    blank = " " * (width - len(text))
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or dumb():
        return blank + text
    return f"{blank}\033[{COLOURS[text[0]]}m{text}\033[0m"


def dumb() -> bool:
    return os.environ.get("TERM", "dumb") in ("", "dumb")


# The reasons.


def alike(trials: list[Trial]) -> list[list[Trial]]:
    """Refusals of one program for one reason: they are explained once."""
    groups: dict[tuple, list[Trial]] = {}
    for trial in trials:
        reason = trial.explanation
        key = (trial.object.program, reason and (reason.rule, reason.line))
        groups.setdefault(key, []).append(trial)
    return list(groups.values())


def explained(trials: list[Trial]) -> str:
    program = trials[0].object.program
    places: dict[str, list[int]] = {}
    for trial in trials:
        places.setdefault(trial.kernel, []).append(trial.object.compiler.major)
    where = "; ".join(
        f"{kernel} with clang {', '.join(map(str, majors))}"
        for kernel, majors in places.items()
    )
    text = f"{program.place} {' '.join(program.flags)}".strip() + f": {where}"
    reason = trials[0].explanation
    colour = mark(REJECTED, 1) != REJECTED
    return f"{text}\n{verifier.render(reason, colour) if reason else ''}"
