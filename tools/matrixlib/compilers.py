# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The clangs of this machine, and what they make of the programs."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count
from pathlib import Path

from courselib import verifier

from . import OUTPUT, CannotTry
from .programs import Program

WANTED = (14, 15, 16, 19)  # those that the floor, Debian 12, offers
KNOWN = range(14, 30)  # others are tried where they are installed
VERSION = re.compile(r"clang version (\d+)")


@dataclass(frozen=True)
class Compiler:
    major: int
    command: str  # "" where it is not installed


@dataclass(frozen=True)
class Object:
    """A program, built by a compiler, or refused by it."""

    program: Program
    compiler: Compiler
    outcome: verifier.Outcome

    @property
    def path(self) -> Path | None:
        return self.outcome.object


def find_compilers() -> list[Compiler]:
    """Those that are wanted or there, oldest first."""
    found = {major: f"clang-{major}" for major in KNOWN if works(f"clang-{major}")}
    if default := works("clang"):
        found.setdefault(default, "clang")
    majors = sorted({*WANTED, *found})
    return [Compiler(major, found.get(major, "")) for major in majors]


def choose_compilers(words: list[str]) -> list[Compiler]:
    """Those that somebody names, by version or command."""
    return [choose_compiler(word) for word in words]


def choose_compiler(word: str) -> Compiler:
    command = f"clang-{word}" if word.isdigit() else word
    major = works(command)
    if not major and word.isdigit():  # a Debian whose clang it is need not have both
        command, major = "clang", works("clang")
    if word.isdigit() and major != int(word):
        return Compiler(int(word), "")
    if not major:
        raise CannotTry(f"{command}: no clang of this name can be run")
    return Compiler(major, command)


def works(command: str) -> int:
    """The major version of a clang that can be run, or 0."""
    if not shutil.which(command):
        return 0
    done = subprocess.run([command, "--version"], capture_output=True, text=True)
    found = VERSION.search(done.stdout)
    return int(found[1]) if found and not done.returncode else 0


def build(programs: list[Program], compiler: Compiler) -> Iterator[Object]:
    with ThreadPoolExecutor(cpu_count()) as pool:
        yield from pool.map(lambda program: build_one(program, compiler), programs)


def build_one(program: Program, compiler: Compiler) -> Object:
    folder = OUTPUT / "objects" / f"clang-{compiler.major}"
    output = folder / f"{program.row}.{program.name}.bpf.o".replace(" ", "-")
    output.unlink(missing_ok=True)
    outcome = verifier.build(
        program.source, output, *program.flags, clang=compiler.command
    )
    return Object(program, compiler, outcome)
