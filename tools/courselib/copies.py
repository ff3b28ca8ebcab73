# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Copies of a tree that was built, at the price of its sources."""

import os
import shutil
from pathlib import Path


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
