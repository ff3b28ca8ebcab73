# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Exercises, marked in place in sources that are complete and run.

A block of the reference, in C; where comments start with #, so do the markers:

    //@todo 3.2 fan_out: send the packet to every leg of its stream
    //@stub     return TC_ACT_OK;
        ...the solution...
    //@end 3.2

The first line names the block and its task. What follows "@stub", as it is, is a
line that the student gets instead of the solution; there may be any number, none
too. Where stubs leave a variable, a parameter or a static function unused, one
says "(void)name;" and the compiler is content. In a student's tree it reads:

    /* TODO 3.2 fan_out: send the packet to every leg of its stream */
        return TC_ACT_OK;
    /* end of 3.2 */

Paths are relative to the top of the repository, with slashes. Nothing here reads
files but read_tree().
"""

import re
import textwrap
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path, PurePosixPath
from typing import NoReturn

MAX_SOLUTION_LINES = 25
COLUMNS, TAB = 80, 8

LEADERS = {".c": "//", ".h": "//", ".py": "#", ".mk": "#"}
LAB_FOLDER = re.compile(r"lab(\d\d)-[^/]+/")
TODO = re.compile(r" ([1-9]\d*\.[1-9]\d*) (\w+): (\S.*)")
END = re.compile(r" (\S+)")
ALMOST = re.compile(r"(//|#|/\*)\s*@\s*(todo|stub|end)\b", re.I)
PLACE = re.compile(r"\s*(?://@todo|#@todo|/\* TODO|# TODO) (\d+\.\d+) \w+:")


@dataclass(frozen=True)
class Problem:
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


class CourseError(Exception):
    """What is wrong with a file of the course: one problem at least."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class MarkerError(CourseError):
    """What is wrong with the markers."""


@dataclass(frozen=True)
class Block:
    """An exercise: what the student gets, and what the reference has."""

    id: str
    name: str
    task: str
    path: str
    line: int  # of its @todo
    stub: tuple[str, ...]
    solution: tuple[str, ...]
    marked: tuple[str, ...]  # all of its lines as they are, markers included

    @property
    def lab(self) -> int:
        return id_key(self.id)[0]

    @property
    def number(self) -> int:
        return id_key(self.id)[1]

    @property
    def end(self) -> int:
        """The line of its @end."""
        return self.line + len(self.marked) - 1

    @property
    def first(self) -> int:
        """The line on which the solution starts."""
        return self.end - len(self.solution)

    def exercise(self) -> list[str]:
        """Its lines in a student's tree."""
        indent = indentation(self.stub + self.solution)
        leader = comment_leader(self.path)
        task = f"TODO {self.id} {self.name}: {self.task}"
        return [
            *comment(leader, indent, task),
            *self.stub,
            *comment(leader, indent, f"end of {self.id}"),
        ]


@dataclass(frozen=True)
class Source:
    """A file: lines that everybody gets, and blocks, in their order."""

    path: str
    pieces: tuple[str | Block, ...]

    @property
    def blocks(self) -> list[Block]:
        return [piece for piece in self.pieces if isinstance(piece, Block)]

    def derive(self, stubbed: Collection[str] = (), keep_markers: bool = False) -> str:
        """The text with these blocks as exercises and all others solved.

        Of the solved ones keep_markers keeps the markers, too: what a knock-out
        changes is one block and nothing else.
        """
        lines: list[str] = []
        for piece in self.pieces:
            if isinstance(piece, str):
                lines.append(piece)
            elif piece.id in stubbed:
                lines += piece.exercise()
            else:
                lines += piece.marked if keep_markers else piece.solution
        return "\n".join(lines)

    def reference_lines(self) -> list[tuple[str, Block | None]]:
        """The lines of derive(), each with the block whose solution it is from."""
        lines: list[tuple[str, Block | None]] = []
        for piece in self.pieces:
            if isinstance(piece, str):
                lines.append((piece, None))
            else:
                lines += [(line, piece) for line in piece.solution]
        return lines


def comment_leader(path: str) -> str | None:
    """What starts a comment in this file; None: markers mean nothing in it."""
    place = PurePosixPath(path)
    return "#" if place.name == "Makefile" else LEADERS.get(place.suffix)


def lab_of(path: str) -> int | None:
    """The number of the lab that a file belongs to."""
    found = LAB_FOLDER.match(path)
    return int(found[1]) if found else None


def indentation(lines: Iterable[str]) -> str:
    first = next((line for line in lines if line.strip()), "")
    return first[: len(first) - len(first.lstrip())]


def comment(leader: str | None, indent: str, text: str) -> list[str]:
    """Text as a comment, over several lines where one is not enough."""
    room = COLUMNS - len(indent.expandtabs(TAB))
    if leader == "#":
        return [f"{indent}# {line}" for line in textwrap.wrap(text, room - 2)]
    if len(text) <= room - len("/*  */"):
        return [f"{indent}/* {text} */"]
    first, *more = textwrap.wrap(text, room - 3)
    lines = [f"{indent} * {line}" for line in more]
    return [f"{indent}/* {first}", *lines, f"{indent} */"]


# Reading.


@dataclass
class Draft:
    """A block whose @end is still to come."""

    id: str
    name: str
    task: str
    line: int
    stub: list[str] = field(default_factory=list)
    solution: list[str] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)


class Reader:
    """Reads one file, line by line, and stops at the first problem."""

    def __init__(self, path: str):
        self.path = path
        self.leader = comment_leader(path) or "//"
        self.marker = re.compile(rf"\s*{self.leader}@(todo|stub|end)\b(.*)")
        self.number = 0
        self.before = ""
        self.pieces: list[str | Block] = []
        self.draft: Draft | None = None

    def fail(self, text: str, line: int | None = None) -> NoReturn:
        raise MarkerError([Problem(self.path, line or self.number, text)])

    def read(self, line: str) -> None:
        self.number += 1
        marker = self.marker.fullmatch(line)
        if not marker and ALMOST.search(line):
            self.fail(
                f"almost a marker: one has a line of its own, and reads "
                f"{self.leader}@todo, {self.leader}@stub or {self.leader}@end"
            )
        if marker and (line.endswith("\\") or self.before.endswith("\\")):
            self.fail("a marker, or the line before it, ends in a backslash")
        if marker and marker[1] == "todo":
            self.open(marker[2])
        if self.draft:
            self.draft.marked.append(line)
        if not marker:
            (self.draft.solution if self.draft else self.pieces).append(line)
        elif marker[1] == "stub":
            self.stub(marker[2])
        elif marker[1] == "end":
            self.close(marker[2])
        self.before = line

    def open(self, text: str) -> None:
        if self.draft:
            self.fail(f"inside {self.draft.id} of line {self.draft.line}: no nesting")
        found = TODO.fullmatch(text)
        if not found:
            self.fail(f'expected "{self.leader}@todo LAB.NUMBER NAME: TASK"')
        if "*/" in found[3]:
            self.fail("*/ in the task would end the comment it becomes")
        lab = lab_of(self.path)
        if lab is None:
            self.fail(f"block {found[1]}: blocks are in the folders of labs only")
        if id_key(found[1])[0] != lab:
            self.fail(f"block {found[1]} is in the folder of lab {lab}")
        self.draft = Draft(*found.groups(), self.number)

    def stub(self, text: str) -> None:
        if not self.draft:
            self.fail("a stub outside of a block")
        if self.draft.solution:
            self.fail(f"a stub inside the solution of {self.draft.id}: it goes before")
        self.draft.stub.append(text)

    def close(self, text: str) -> None:
        end = END.fullmatch(text)
        if not end:
            self.fail(f'expected "{self.leader}@end LAB.NUMBER"')
        if not self.draft:
            self.fail(f"end of {end[1]}, which has no beginning")
        if end[1] != self.draft.id:
            self.fail(f"end of {end[1]} inside {self.draft.id}")
        self.pieces.append(self.check_block(self.draft))
        self.draft = None

    def check_block(self, draft: Draft) -> Block:
        block = Block(
            id=draft.id,
            name=draft.name,
            task=draft.task,
            path=self.path,
            line=draft.line,
            stub=tuple(draft.stub),
            solution=tuple(draft.solution),
            marked=tuple(draft.marked),
        )
        length = sum(1 for line in block.solution if line.strip())
        if not length:
            self.fail(f"block {block.id} has no solution", block.line)
        if length > MAX_SOLUTION_LINES:
            self.fail(
                f"the solution of {block.id} has {length} lines, "
                f"{MAX_SOLUTION_LINES} are allowed: split it",
                block.line,
            )
        self.check_stub(block)
        return block

    def check_stub(self, block: Block) -> None:
        """What the student sees of a block must not be its solution."""
        if squeeze(block.stub) == squeeze(block.solution):
            self.fail(f"the stub of {block.id} is its solution", block.line)
        shown = "\n".join((block.task, *block.stub))
        for match in find(fingerprints(block), shown):
            self.fail(
                f"the stub or the task of {block.id} shows line "
                f"{match.secret.line} of the solution",
                block.line,
            )

    def finish(self) -> Source:
        if self.draft:
            self.fail(f"block {self.draft.id} has no end", self.draft.line)
        return Source(self.path, tuple(self.pieces))


def squeeze(lines: Iterable[str]) -> list[str]:
    return [" ".join(line.split()) for line in lines if line.strip()]


def parse(path: str, text: str) -> Source:
    """Reads a source. Raises MarkerError."""
    reader = Reader(path)
    for line in text.split("\n"):
        reader.read(line)
    return reader.finish()


def parse_tree(texts: Mapping[str, str]) -> dict[str, Source]:
    """Reads the sources of a tree, path → text; what cannot have markers is left out.

    Raises MarkerError with the first problem of each file, or, when each file for
    itself is fine, with what is wrong between them.
    """
    sources, problems = {}, []
    for path in sorted(texts):
        if comment_leader(path):
            try:
                sources[path] = parse(path, texts[path])
            except MarkerError as error:
                problems += error.problems
    problems = problems or check_numbers(all_blocks(sources).values())
    if problems:
        raise MarkerError(problems)
    return sources


def all_blocks(sources: Mapping[str, Source]) -> dict[str, Block]:
    """Every block by its id, in the order of the ids. Raises MarkerError."""
    blocks: dict[str, Block] = {}
    problems = []
    for block in (block for source in sources.values() for block in source.blocks):
        other = blocks.setdefault(block.id, block)
        if other is not block:
            text = f"block {block.id} is in {other.path}:{other.line} already"
            problems.append(Problem(block.path, block.line, text))
    if problems:
        raise MarkerError(problems)
    return dict(sorted(blocks.items(), key=lambda item: id_key(item[0])))


def check_numbers(blocks: Iterable[Block]) -> list[Problem]:
    """The blocks of a lab are numbered from 1 on, without a gap.

    Where they are in the files does not matter: the numbers give the order in which
    they are to be done, while C wants a function before its use.
    """
    problems = []
    expected: dict[int, count] = {}
    for block in blocks:
        number = next(expected.setdefault(block.lab, count(1)))
        if number != block.number:
            text = f"block {block.id}, but there is no {block.lab}.{number}"
            problems.append(Problem(block.path, block.line, text))
            expected[block.lab] = count(block.number + 1)
    return problems


def id_key(block: str) -> tuple[int, ...]:
    """Sorts ids such as 3.2 and 3.10."""
    return tuple(map(int, block.split(".")))


def read_tree(root: Path) -> dict[str, Source]:
    """The sources of the labs in a folder, as they are there. Raises MarkerError."""
    return parse_tree(
        {
            path.relative_to(root).as_posix(): path.read_text(errors="replace")
            for path in root.glob("lab[0-9][0-9]-*/**/*")
            if comment_leader(path.name) and path.is_file()
        }
    )


def places(text: str) -> dict[str, int]:
    """The line on which each block starts, be it marked or an exercise."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        place = PLACE.match(line)
        if place:
            found.setdefault(place[1], number)
    return found


# Telling a solution when it is seen elsewhere. Tokens are compared, not lines: it
# is the same code when it is broken or indented in another way.

TOKEN = re.compile(r"\w+|[^\w\s]")
TELLING_TOKENS, TELLING_WORDS = 9, 3
KEY = 6  # so many tokens find a fingerprint; the rest is compared
NEVER_TELLING = frozenset(
    """and auto bool break case char class const continue def default elif else enum
    for from import inline int long None not NULL null raise return self short signed
    sizeof size_t static struct switch try typedef union unsigned void volatile while
    with __always_inline __be16 __be32 __u16 __u32 __u64 __u8""".split()
)
EDGES = frozenset("{ } ; else return".split())
QUOTED = r'"(?:\\.|[^"\\\n])*"|' r"'(?:\\.|[^'\\\n])*'"
COMMENTS = {
    "//": re.compile(rf"{QUOTED}|//[^\n]*|/\*.*?\*/", re.S),
    "#": re.compile(rf"{QUOTED}|#[^\n]*"),
}


@dataclass(frozen=True)
class Fingerprint:
    """A piece of a solution that is unlikely to be written by chance."""

    block: Block
    line: int  # in the marked source
    tokens: tuple[str, ...]


@dataclass(frozen=True)
class Match:
    secret: Fingerprint
    line: int  # in the text that was searched


def without_comments(path: str, text: str) -> str:
    """The code alone, on the same lines."""

    def blank(found: re.Match) -> str:
        quoted = found[0][0] in "\"'"
        return found[0] if quoted else " " + "\n" * found[0].count("\n")

    return COMMENTS[comment_leader(path) or "//"].sub(blank, text)


def core(tokens: list[str]) -> tuple[str, ...]:
    """Without what is left out when a statement is quoted as an expression."""
    inner = [at for at, token in enumerate(tokens) if token not in EDGES]
    return tuple(tokens[inner[0] : inner[-1] + 1]) if inner else ()


def telling(tokens: Collection[str]) -> bool:
    words = {
        token
        for token in tokens
        if len(token) > (1 if token.isdigit() else 2) and token not in NEVER_TELLING
    }
    return len(tokens) >= TELLING_TOKENS and len(words) >= TELLING_WORDS


def fingerprints(block: Block) -> list[Fingerprint]:
    """What gives a solution away: each line, or several where lines are short.

    A block of a few trivial lines has none.
    """
    found = []
    code = without_comments(block.path, "\n".join(block.solution)).split("\n")
    short: list[str] = []
    start = block.first
    for number, line in enumerate(code, block.first):
        tokens = TOKEN.findall(line)
        if telling(core(tokens)):
            found.append(Fingerprint(block, number, core(tokens)))
            short = []
            continue
        start = start if short else number
        short += tokens
        if telling(core(short)):
            found.append(Fingerprint(block, start, core(short)))
            short = []
    return found


def find(secrets: Iterable[Fingerprint], text: str) -> Iterator[Match]:
    """Every place in a text, comments included, where a fingerprint stands."""
    by_key: dict[tuple[str, ...], list[Fingerprint]] = {}
    for secret in secrets:
        by_key.setdefault(secret.tokens[:KEY], []).append(secret)
    tokens, lines = tokenize(text)
    for at, key in enumerate(zip(*(tokens[i:] for i in range(KEY)))):
        for secret in by_key.get(key, ()):
            if tuple(tokens[at : at + len(secret.tokens)]) == secret.tokens:
                yield Match(secret, lines[at])


def tokenize(text: str) -> tuple[list[str], list[int]]:
    """The tokens of a text, and the line of each."""
    tokens: list[str] = []
    lines: list[int] = []
    for number, line in enumerate(text.split("\n"), 1):
        new = TOKEN.findall(line)
        tokens += new
        lines += [number] * len(new)
    return tokens, lines
