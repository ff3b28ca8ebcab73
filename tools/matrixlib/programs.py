# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Every packet program of the project."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import ROOT

MENDED = "-DMENDED"  # an exhibit of the museum without its mistake
SIZES = (8, 120, 480)  # of the structs of the bonus lab's generated program


@dataclass(frozen=True)
class Program:
    """A source with the flags that make one object of it."""

    source: Path
    name: str  # such as "guard", "init-8"
    row: str  # of the table; a folder of many programs is one row
    flags: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        """As it is called from the project's root."""
        inside = self.source.is_relative_to(ROOT)
        return str(self.source.relative_to(ROOT) if inside else self.source)


def all_programs() -> list[Program]:
    """Those of the labs, then the museum's, each mended."""
    labs = [
        program
        for source in sorted(ROOT.glob("lab*/**/*.bpf.c"))
        for program in programs_of(source)
    ]
    museum = sorted(ROOT.glob("museum/*.bpf.c"))
    return labs + [Program(s, stem(s), "museum, mended", (MENDED,)) for s in museum]


def programs_of(source: Path) -> Iterator[Program]:
    """A source as it is, once for each size that it asks for."""
    name, folder = stem(source), source.parent.name
    if re.search(r"\bSIZE\b", source.read_text(encoding="utf-8")):
        for size in SIZES:
            yield Program(source, f"{name}-{size}", folder, (f"-DSIZE={size}",))
    elif source.is_relative_to(ROOT / folder):
        yield Program(source, name, f"{folder.partition('-')[0]} {name}")
    else:
        yield Program(source, name, folder if source.is_relative_to(ROOT) else name)


def stem(source: Path) -> str:
    return source.name.partition(".")[0]
