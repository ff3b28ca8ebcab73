# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What tools/matrix is made of.

    programs   every packet program of the project
    compilers  the clangs of this machine, and what they make of the programs
    archive    gets single packages of any Debian release, apart from the host's own
    ramdisk    a file system for a guest that only loads programs
    guest      a virtual machine, emulated where it must be
    kernels    this kernel, and those of other releases: what do they load?
    table      all of it, for people
    whole      whole systems of other releases, in which everything is tested
"""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OUTPUT = ROOT / "build" / "matrix"


class CannotTry(Exception):
    """Why a kernel or a compiler cannot be tried here; a sentence without its end."""


def tell(who: str, text: str) -> None:
    """A line that says how far it is."""
    print(f"  {who:9} {text}", file=sys.stderr, flush=True)
