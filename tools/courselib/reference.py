# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The reference's server, which a hand-out brings as a program without its sources.

The demos show it until a student's own code can carry a call. In a hand-out:

    reference/stubs.json         what each block was when it was handed out
    reference/x86_64/swiftcall   the program, for each kind of machine it was built for

Where there is no such folder, the code that is built is the reference itself.
"""

import hashlib
import json
import platform
import subprocess
from collections.abc import Collection, Mapping
from pathlib import Path

from . import blocks, markers

FOLDER, STUBS, PROGRAM = "reference", "stubs.json", "swiftcall"
PICTURE = "docs/contact-sheet.png"


def record(texts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What the blocks in these files, path → text, are now."""
    return {
        block: {"file": path, "sha256": digest(text, block)}
        for path, text in texts.items()
        for block in markers.places(text)
    }


def digest(text: str, block: str) -> str:
    """Of a block's lines, however they are indented."""
    lines = text.split("\n")
    inner = [lines[number - 1] for number in blocks.find(text, block)]
    return hashlib.sha256("\n".join(markers.squeeze(inner)).encode()).hexdigest()


def unwritten(root: Path, labs: Collection[int]) -> list[str]:
    """The blocks of these labs that are still as they were handed out."""
    try:
        handed_out = json.loads((root / FOLDER / STUBS).read_text())
    except FileNotFoundError:
        return []
    return [
        block
        for block, was in handed_out.items()
        if markers.id_key(block)[0] in labs
        and digest(blocks.read(root / was["file"]), block) == was["sha256"]
    ]


def choose(
    root: Path, own: Path, labs: Collection[int], always: bool = False
) -> tuple[Path, str]:
    """The server for a demo that needs these labs, and what to say of it.

    It is the own one, of which nothing is said, if all their blocks are written.
    """
    missing = unwritten(root, labs)
    if not (root / FOLDER).is_dir() or not (missing or always):
        return own, ""
    why = "This is the reference's server, not your own"
    if missing:
        many = "1 block" if len(missing) == 1 else f"{len(missing)} blocks"
        why += (
            f": {many} of labs {min(labs):02} to {max(labs):02} still to "
            f"write, from {missing[0]} on"
        )
    return root / FOLDER / platform.machine() / PROGRAM, why + "."


def find_obstacle(program: Path) -> str | None:
    """Why this program, if it is the reference's, cannot run here."""
    folder = program.parent.parent
    if folder.name != FOLDER:
        return None
    if not program.exists():
        built = ", ".join(sorted(path.parent.name for path in folder.glob("*/" + PROGRAM)))
        return (
            "this hand-out has no server of the reference for "
            f"{program.parent.name} (it has: {built or 'none'}); {PICTURE} shows what the "
            "demo makes, and --server build/swiftcall/swiftcall tries your own code"
        )
    try:
        done = subprocess.run([program, "--help"], capture_output=True, text=True)
        said = done.stderr if done.returncode else ""
    except OSError as error:
        said = str(error)
    return f"the reference's server does not start here: {said.strip()}" if said else None
