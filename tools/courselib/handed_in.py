# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What a student hands in: a folder or an archive, of which only the blocks count.

A block is what stands between its two comments. It is put into files that the student
has never touched, and everything else in the submission is left where it is: nothing is
unpacked, no link is followed, and no file is written under a name that it brings.

    submission                         graded tree
    lab01-x/parse.h   1.1 ──────────▶  lab01-x/parse.h   the instructor's, with 1.1
    lab01-x/test_*.c  Makefile …       the instructor's

A block that is broken or that courselib.suspect refuses costs its own points: the tree
gets the stub instead, and the grade says why.
"""

import io
import json
import os
import re
import stat
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from . import blocks, copies, markers, rubric, suspect

MAX_FILE = 1 << 20  # bytes: the longest file with blocks has 40,000
MAX_FILES = 50_000  # in a submission
ARCHIVES = (".zip", ".tar", ".tgz", ".tar.gz", ".tar.xz", ".tar.bz2")
NOT_THEIRS = {".git", "__MACOSX"}
MEMORY = "build/check/memory.json"  # how many hints were asked for, says their ./check


class Unreadable(Exception):
    """Why nothing can be taken from a submission, or from one of its files."""


@dataclass(frozen=True)
class Entry:
    """A regular file of a submission; read() gives no more than MAX_FILE bytes of it."""

    name: tuple[str, ...]
    read: Callable[[], bytes]
    time: float = 0  # when it was changed


@dataclass
class Taken:
    """What became of a submission: refused blocks and why, and remarks on the rest."""

    refused: dict[str, str] = field(default_factory=dict)
    code: dict[str, list[str]] = field(default_factory=dict)  # of refused blocks
    notes: list[str] = field(default_factory=list)
    hints: dict[str, int] = field(default_factory=dict)
    has_hints: bool = False  # the file that counts them was handed in
    time: float = 0  # of the newest file with blocks

    @staticmethod
    def read(path: Path) -> "Taken":
        return Taken(**json.loads(path.read_text()))


# Reading a submission.


def entries(path: Path) -> list[Entry]:
    """The files of a folder or an archive. Raises Unreadable."""
    try:
        found = list(folder(path) if path.is_dir() else archive(path))
    except Unreadable:
        raise
    except Exception as error:  # archives are broken in more ways than libraries list
        why = str(error).partition("\n")[0].rstrip(": ")
        raise Unreadable(f"{path.name} cannot be read: {why}") from None
    packed = [entry for entry in found if entry.name[-1].endswith(ARCHIVES)]
    if path.is_dir() and len(found) == len(packed) == 1:
        return entries(path.joinpath(*packed[0].name))
    return found


def folder(top: Path) -> Iterator[Entry]:
    count = 0
    for where, folders, files in os.walk(top):
        folders[:] = sorted(set(folders) - NOT_THEIRS)
        for file in files:
            path = Path(where, file)
            status = path.lstat()
            count = limited(count)
            if stat.S_ISREG(status.st_mode):
                name = path.relative_to(top).parts
                yield Entry(name, lambda path=path: read_file(path), status.st_mtime)


def read_file(path: Path) -> bytes:
    """Not through a link, and not from a pipe that somebody has put there since."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    with open(os.open(path, flags), "rb") as file:
        return read_some(file)


def read_some(file: io.BufferedIOBase) -> bytes:
    data = file.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise Unreadable(f"it is longer than {MAX_FILE >> 20} MiB")
    return data


def limited(count: int) -> int:
    if count >= MAX_FILES:
        raise Unreadable(f"it has more than {MAX_FILES:,} files")
    return count + 1


def archive(path: Path) -> Iterator[Entry]:
    if not path.is_file():
        raise Unreadable(f"{path} is neither a folder nor a file")
    time = path.stat().st_mtime
    members = zip_members if zipfile.is_zipfile(path) else tar_members
    count = 0
    for name, read in members(path):
        count = limited(count)
        if parts := clean(name):
            yield Entry(parts, read, time)


def clean(name: str) -> tuple[str, ...]:
    """Its parts; none of a name that leads out of the archive."""
    parts = tuple(part for part in re.split(r"[/\\]", name) if part not in ("", "."))
    odd = name.startswith("/") or ".." in parts or not NOT_THEIRS.isdisjoint(parts)
    return () if odd else parts


def zip_members(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    def reader(member: zipfile.ZipInfo) -> Callable[[], bytes]:
        def read() -> bytes:
            with zipfile.ZipFile(path) as packed, packed.open(member) as file:
                return read_some(file)

        return read

    with zipfile.ZipFile(path) as packed:
        for member in packed.infolist():
            kind = stat.S_IFMT(member.external_attr >> 16)
            if not member.is_dir() and kind in (0, stat.S_IFREG):
                yield member.filename, reader(member)


def tar_members(path: Path) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Of links neither kind: they may lead anywhere."""

    def reader(member: tarfile.TarInfo) -> Callable[[], bytes]:
        def read() -> bytes:
            with tarfile.open(path) as packed:
                return read_some(packed.extractfile(member))

        return read

    with tarfile.open(path) as packed:
        for member in packed:
            if member.isreg():
                yield member.name, reader(member)


def choose(found: Collection[Entry], wanted: str) -> Entry | None:
    """The file that is meant: by its whole path, else by the end of it.

    Raises Unreadable if it could be two.
    """
    place = tuple(wanted.split("/"))
    for ending in (place, place[1:], place[-1:]):
        fit = [e for e in found if e.name[-len(ending) :] == ending and not of_other(e, place)]
        depth = min((len(entry.name) for entry in fit), default=0)
        fit = [entry for entry in fit if len(entry.name) == depth]
        if len(fit) > 1:
            both = " and ".join(sorted("/".join(entry.name) for entry in fit)[:2])
            raise Unreadable(f"it is there twice: {both}")
        if fit:
            return fit[0]
    return None


def of_other(entry: Entry, place: tuple[str, ...]) -> bool:
    """Whether it is in the folder of another lab."""
    labs = [part for part in entry.name[:-1] if markers.LAB_FOLDER.fullmatch(f"{part}/")]
    return bool(labs) and place[0] not in labs


def text_of(entry: Entry) -> str:
    """Of any encoding that has ASCII in it, and lines that end in any way."""
    try:
        data = entry.read()
    except Unreadable:
        raise
    except Exception as error:  # a damaged or encrypted member of an archive
        raise Unreadable(f"it cannot be read: {error}") from None
    if b"\0" in data:
        raise Unreadable("it is no text: save it as UTF-8")
    return data.decode("utf-8", errors="replace").replace("\r\n", "\n").replace("\r", "\n")


# Putting them into a tree.


def take(root: Path, lab: rubric.Lab, submission: Path) -> Taken:
    """Puts the blocks of a lab into a tree, which must be one to throw away."""
    taken = Taken()
    try:
        found = entries(submission)
    except Unreadable as error:
        found = []
        taken.notes.append(str(error))
    for path in sorted({f"{lab.folder}/{block.file}" for block in lab.blocks}):
        ids = [b.id for b in lab.blocks if f"{lab.folder}/{b.file}" == path]
        take_file(root, path, ids, found, taken)
    if taken.refused.keys() >= lab.by_id.keys() and not taken.time and found:
        taken.notes.append(f"it has none of the files of lab{lab.number:02}")
    take_hints(found, lab, taken)
    return taken


def take_file(
    root: Path, path: str, ids: Collection[str], found: Collection[Entry], taken: Taken
) -> None:
    ours = (root / path).read_text(errors="replace")
    clean = blocks.scan(ours)
    if lost := [id for id in ids if id not in clean or clean[id].why]:
        raise Unreadable(f"{path} of this course has no clean block {lost[0]}")
    theirs = ""
    why = "its file was not handed in"
    try:
        if entry := choose(found, path):
            theirs = text_of(entry)
            taken.time = max(taken.time, entry.time)
            why = "the comments around it are gone"
    except Unreadable as error:
        taken.notes.append(f"{path}: {error}")
        why = f"its file cannot be taken: {error}"
    parts = blocks.scan(theirs)
    for id in ids:
        if fault := fault_of(parts.get(id), why):
            taken.refused[id] = f"{id} was not taken: {fault}"
            taken.code[id] = parts[id].code if id in parts else []
    code = {id: parts[id].code for id in ids if id not in taken.refused}
    text = splice(ours, ids, code)
    if text != ours:
        (root / path).write_text(text)
    if theirs and (changed := differences(ours, theirs)):
        taken.notes.append(f"{path}: outside of the blocks, where nothing counts: {changed}")


def fault_of(part: blocks.Part | None, missing: str) -> str:
    if not part:
        return missing
    return part.why or next(iter(suspect.faults("\n".join(part.code))), "")


def splice(ours: str, ids: Collection[str], code: Mapping[str, list[str]]) -> str:
    """Our file with this code in its blocks, and stubs in those that have none."""
    lines = ours.split("\n")
    parts = blocks.scan(ours)
    for id in sorted(ids, key=lambda id: parts[id].start, reverse=True):
        part = parts[id]
        # In the reference the stub stands in the markers; in a hand-out it is the code.
        marked = "@todo" in lines[part.start - 1]
        lines[part.start : part.stop] = code.get(id, part.stub if marked else part.code)
    return "\n".join(lines)


def differences(ours: str, theirs: str) -> str:
    """The first lines of theirs that are neither ours nor in a block."""
    known = {" ".join(line.split()) for line in outside(ours)}
    new = [line.strip() for line in outside(theirs) if " ".join(line.split()) not in known]
    shown = "; ".join(line[:60] for line in new[:3])
    more = f"; and {len(new) - 3} lines more" if len(new) > 3 else ""
    return suspect.printable(shown + more)


def outside(text: str) -> list[str]:
    lines = text.split("\n")
    inside = set()
    for part in blocks.scan(text).values():
        inside.update(range(part.begin, max(part.start, part.stop + 1)))
    return [line for index, line in enumerate(lines) if index not in inside]


def take_hints(found: Collection[Entry], lab: rubric.Lab, taken: Taken) -> None:
    """How many of each block were asked for, as the student's own files say."""
    try:
        if entry := choose(found, MEMORY):
            used = json.loads(text_of(entry))["used"]
            taken.hints = {id: int(used[id]) for id in lab.by_id if id in used}
            taken.has_hints = True
    except (Unreadable, ValueError, TypeError, KeyError, RecursionError):
        pass  # as if it was not there


# Trees to throw away.


def pack(root: Path, lab: rubric.Lab) -> io.BufferedIOBase:
    """What a lab is built and graded from, in memory: no submission can change it."""
    names = ["Makefile", "check", "tools", *copies.folders(root, lab.number)]
    packed = open(os.memfd_create("course"), "w+b")
    command = ["tar", "-c", "--format=posix", "--exclude=mutants.toml", *names]
    subprocess.run(command, cwd=root, stdout=packed, check=True)
    return packed


def unpack(packed: io.BufferedIOBase, folder: Path) -> None:
    """With their times, which make goes by."""
    folder.mkdir(parents=True)
    with open(f"/proc/self/fd/{packed.fileno()}", "rb") as start:
        subprocess.run(["tar", "-x"], cwd=folder, stdin=start, check=True)


@contextmanager
def tree(
    root: Path, lab: rubric.Lab, submission: Path, packed: io.BufferedIOBase
) -> Iterator[Path]:
    """A copy of the course with a lab's blocks as they were handed in."""
    place = root / "build" / "graded"
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as scratch:
        top = Path(scratch, "course")
        unpack(packed, top)
        taken = take(top, lab, submission)
        record(top).write_text(json.dumps(vars(taken)))
        yield top


def record(tree: Path) -> Path:
    """Where what became of a submission is written down."""
    return tree.with_name("taken.json")
