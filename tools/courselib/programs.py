# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The BPF programs of a lab: which of them the kernel takes, and at what price."""

import os
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from . import blocks, verifier

ROOT = Path(__file__).resolve().parent.parent.parent
TOLERANCE = 10  # percent

STATISTICS = re.compile(r"processed (\d+) insns .* peak_states (\d+)")
COMPILER = re.compile(rb"clang version (\d+)")  # in what it notes for debuggers
STACK = re.compile(r"stack depth ([\d+]+)")


@dataclass(frozen=True)
class Cost:
    instructions: int
    states: int
    stack: int

    def __str__(self) -> str:
        return (
            f"{self.instructions} instructions verified, {self.states} states kept, "
            f"{self.stack} bytes of stack"
        )

    def excess(self, budget: "Cost") -> list[str]:
        """What is more than TOLERANCE above a budget."""
        return [
            f"{name}: {used}, {allowed} expected"
            for (name, used), allowed in zip(vars(self).items(), vars(budget).values())
            if used * 100 > allowed * (100 + TOLERANCE)
        ]


@dataclass(frozen=True)
class Program:
    """A program that a test gave to the kernel."""

    name: str
    accepted: bool
    log: str = field(repr=False)

    @property
    def cost(self) -> Cost | None:
        found, stack = STATISTICS.search(self.log), STACK.search(self.log)
        if not self.accepted or not found or not stack:
            return None
        depth = sum(map(int, stack[1].split("+")))
        return Cost(int(found[1]), int(found[2]), depth)


@dataclass(frozen=True)
class Rejection:
    program: str
    rule: str  # of museum/rules.toml
    text: str  # for people
    log: str  # the file in which all of it is kept
    file: str = ""
    line: int = 0
    block: str | None = None  # in which the line is


def read_logs(directory: Path) -> Iterator[Program]:
    """What common/loader.c has written there."""
    for path in sorted([*directory.glob("*.accepted"), *directory.glob("*.rejected")]):
        log = path.read_text(errors="replace")
        yield Program(path.stem, path.suffix == ".accepted", log)


@cache
def costs_of_reference() -> dict[str, dict[str, dict[str, list[int]]]]:
    """By kernel, program and compiler."""
    return tomllib.loads(Path(__file__).with_name("budget.toml").read_text())


def has_budget(program: str) -> bool:
    """Whether its cost is looked at anywhere."""
    return any(program in table for table in costs_of_reference().values())


@cache
def budget(program: str) -> Cost | None:
    """What the reference costs on such a kernel, built by such a compiler.

    Another compiler's program is another program, and another kernel walks through it
    in another way: where nobody has measured there is no budget.
    """
    kernel = re.match(r"\d+\.\d+", os.uname().release)
    table = costs_of_reference().get(f"linux-{kernel[0]}", {}) if kernel else {}
    found = table.get(program, {}).get(built_by(program))
    return Cost(*found) if found else None


def built_by(program: str) -> str:
    """The compiler of a program, such as clang-14."""
    path = object_of(ROOT, program)
    found = COMPILER.search(path.read_bytes()) if path else None
    return f"clang-{found[1].decode()}" if found else "another compiler"


def reject(root: Path, program: Program) -> Rejection:
    """Explains why the kernel does not take a program, and keeps what it said."""
    log = verifier.keep(program.log, program.name)
    found = verifier.explain(program.log, object_of(root, program.name), program.name)
    if not found:
        return Rejection(program.name, "unknown", f"  The verifier's log: {log}", log)
    return Rejection(
        program.name,
        found.rule,
        verifier.render(replace(found, log=log)),
        log,
        found.file,
        found.line,
        blocks.at(blocks.read(root / found.file), found.line) if found.file else None,
    )


@cache
def object_of(root: Path, program: str) -> Path | None:
    """The object file that a program comes from."""
    for path in sorted(root.glob("build/lab*/*.bpf.o")):
        # An empty one is what the Makefile leaves of a program that does not compile.
        if path.stat().st_size and program in verifier.read_object(path).functions:
            return path
    return None
