# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Copies of a tree that was built, at the price of its sources."""

import os
import shutil
from pathlib import Path

from . import markers


def folders(root: Path, number: int) -> list[str]:
    """What a lab is built and graded from, and what was built of that."""
    labs = sorted(path.name for path in root.glob("lab[0-9][0-9]-*"))
    names = [name for name in labs if markers.lab_of(f"{name}/") <= number]
    names.append("common")
    built = [f"build/{name.partition('-')[0]}" for name in names]
    built += [f"build/{kind}/{name}" for kind in ("obj", "san") for name in names]
    return [name for name in [*names, "museum", *built] if (root / name).is_dir()]


def share(source: str, target: str) -> str:
    """For shutil.copytree(): what make has linked or compiled is not copied.

    The Makefile writes such a file under another name and moves it, so that what
    is made in one tree never changes in another.  The times are the same.
    """
    path = Path(source)
    if "build" in path.parts and is_output(path.name):
        os.link(source, target)
    else:
        shutil.copy2(source, target)
    return target


def is_output(name: str) -> bool:
    """A program, an object, an archive; clang writes a .bpf.o as it likes."""
    suffix = Path(name).suffix
    return suffix in ("", ".a", ".o") and not name.endswith(".bpf.o")
