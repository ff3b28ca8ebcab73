# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What the verifier said, in plain English.

    outcome = load(Path("build/lab01/guard.bpf.o"))
    if outcome.status == "rejected":
        print(render(explain(outcome.log, outcome.object, failed=True)))

The verifier (Linux 6.1 to 6.18) prints the instructions on the way to the one that
it refuses, what it knows about the registers after each, and between them the lines
of C that they come from. Here such a log becomes a place in the source, the rule that
was broken, with this log's numbers, and what to try. So do the errors of libbpf and
clang. The rules stand in museum/rules.toml.
"""

import bisect
import functools
import re
import shlex
import struct
import subprocess
import textwrap
import tomllib
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "museum" / "rules.toml"
OUTPUT = ROOT / "build" / "check"

KEEP_HEAD, KEEP_TAIL = 1 << 16, 1 << 18  # bytes of a log; of the rest nobody reads
WIDTH = 80

CANNOT = re.compile(
    r"Couldn't load trivial BPF program|unshare failed: Operation not permitted"
    r"|mount: .*permission denied|load failed: Operation not permitted"
)


@dataclass(frozen=True)
class Source:
    """A line of a program: as the log has it, or with the file as it was compiled."""

    text: str
    file: str = ""
    line: int = 0
    column: int = 0


@dataclass(frozen=True)
class Step:
    """One instruction that the verifier walked over."""

    index: int
    code: str
    source: Source
    frame: int
    registers: dict[str, str]  # those that it printed: {"R1": "pkt(r=14)"}


@dataclass
class Walk:
    """The way to the instruction that was refused, and what was said then."""

    steps: list[Step] = field(default_factory=list)
    registers: dict[str, str] = field(default_factory=dict)
    source: Source = Source("")  # of the last line that says something
    announced: bool = False  # that line belongs to a step that is not printed
    message: str = ""  # from the last instruction on

    @property
    def said(self) -> str:
        """The line that decided; "" if nothing was refused."""
        lines = self.message.splitlines()
        return next((line for line in lines if not NO_VERDICT.match(line)), "")


@dataclass(frozen=True)
class Object:
    """What an object file's BTF says about where its instructions come from."""

    functions: dict[str, tuple[str, int, int]]  # name: section, start, size; bytes
    lines: dict[str, list[tuple[int, Source]]]  # section: offset in bytes, line


@dataclass(frozen=True)
class Explanation:
    """A failure, explained; rule is "unknown" when no rule knows it."""

    rule: str
    stage: str  # who refused: "verifier", "libbpf", "clang"
    program: str
    file: str  # relative to the project if it is in there; "" if not known
    line: int
    code: str
    says: str
    advice: str
    said: str  # the decisive line of the log
    log: str = ""  # where the whole log is kept

    @property
    def explained(self) -> bool:
        return self.rule != "unknown"


@dataclass(frozen=True)
class Outcome:
    """What became of a program; status: "loads", "rejected", or "cannot" (be tried)."""

    status: str
    log: str
    object: Path | None = None


# From source to kernel.


@functools.cache
def bpf_flags() -> tuple[str, ...]:
    """The flags that the Makefile gives to clang."""
    rule = "bpf-flags:;@echo $(CLANG) $(BPF_CFLAGS) -I. $(BPF_INCLUDES)"
    command = ["make", "-s", "--no-print-directory", "--eval", rule, "bpf-flags"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(shlex.split(done.stdout))


def build(source: Path, output: Path, *flags: str) -> Outcome:
    """Compiles a .bpf.c as the Makefile does."""
    output.parent.mkdir(parents=True, exist_ok=True)
    command = [*bpf_flags(), *flags, "-c", str(source.resolve()), "-o", str(output)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        return Outcome("rejected", done.stderr)
    return Outcome("loads", done.stderr, output)


def load(object_file: Path, perfmon: bool = True) -> Outcome:
    """Loads an object, in a mount namespace with a bpffs that ends with it.

    Without CAP_PERFMON (which CAP_SYS_ADMIN includes) the verifier is stricter.
    """
    drop = "" if perfmon else "setpriv --bounding-set=-sys_admin,-perfmon"
    script = f"mount -t bpf bpf /sys/fs/bpf && exec {drop} "
    script += 'bpftool prog loadall "$1" /sys/fs/bpf/explain'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(object_file)],
        capture_output=True,
        text=True,
        errors="replace",
    )
    log = done.stderr + done.stdout
    if done.returncode == 0:
        return Outcome("loads", log, object_file)
    no_rights = CANNOT.search(log, 0, KEEP_HEAD)
    return Outcome("cannot" if no_rights else "rejected", log, object_file)


def keep(log: str, name: str) -> str:
    """Writes a log to build/check, without the middle of a long one; says where."""
    if len(log) > KEEP_HEAD + KEEP_TAIL:
        left_out = len(log) - KEEP_HEAD - KEEP_TAIL
        cut = f"\n[{left_out} bytes left out]\n"
        log = log[:KEEP_HEAD] + cut + log[-KEEP_TAIL:]
    path = OUTPUT / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(log)
    return relative(str(path))


# The log.

STEP = re.compile(r"(\d+): \([0-9a-f]{2}\) (.*)")
LINE = re.compile(r"; ?(.*?)(?: @ ([^ @]+):(\d+))?$")
GLUED = re.compile(r" ; (.*) @ ([^ @]+):(\d+)$")  # behind a step
STATE = re.compile(
    r"\b(R\d+|fp-\d+)(?:_[a-zA-Z]+)?=(.*?)(?=\s+(?:R\d|fp-|refs|cb)|\s*$)"
)
NO_VERDICT = re.compile(
    r"\s*$|;|\d+: |from \d+ to|processed \d|verification time|stack depth|mark_precise"
    r"|func#\d+ @|Live regs|last_idx|regs=|parent |propagating|Func#|Validating"
    r"|returning"
)
# What the kernel prints behind an instruction or a verdict, for want of a newline.
GLUE = re.compile(
    r"(?<=goto pc)([-+]\d+) (?=BPF |[A-Z][a-z])|(?<=\w)()(?=processed \d+ insns \()"
)
LISTED = re.compile(r"\d+: (?!\(|R\d|frame\d|safe)(\S.*?)(?: @ ([^ @]+):(\d+))?$")
FRAME = re.compile(r"\bframe(\d+):")
PROGRAM = re.compile(r"prog '([^']+)': (?:BPF program load failed|failed to load)")
BEGIN, END = "-- BEGIN PROG LOAD LOG --", "-- END PROG LOAD LOG --"


def verifier_part(log: str) -> str:
    """The verifier's own words in what libbpf printed; "" if it said nothing."""
    if BEGIN in log:
        return log.rpartition(BEGIN)[2].partition(END)[0][-KEEP_TAIL:]
    spoke = STEP.search(log) or re.search(r"^processed \d+ insns", log, re.M)
    return log[-KEEP_TAIL:] if spoke and "libbpf:" not in log else ""


def read_walk(log: str) -> Walk:
    """Reads the verifier's part of a log."""
    walk = Walk()
    source, frame = Source(""), 0
    for line in GLUE.sub(r"\1\n", log).splitlines():
        states = dict(STATE.findall(line))
        walk.registers.update(states)
        if found := FRAME.search(line):
            frame = int(found[1])
        elif states:
            frame = 0
        if found := STEP.match(line):
            code = found[2].split(";")[0].strip()
            walk.steps.append(Step(int(found[1]), code, source, frame, states))
            walk.announced, walk.message = False, ""
        source = announced(line, walk) or source
        if source.text not in ("", "}"):
            walk.announced = walk.announced or source != walk.source
            walk.source = source
        walk.message += line + "\n"
    return walk


def announced(line: str, walk: Walk) -> Source | None:
    """The line of C that stands before the instructions made from it."""
    found = LINE.match(line) or GLUED.search(line)
    if not walk.announced:  # of a loop of calls the first line, not the last
        found = found or LISTED.match(line)
    if not found:
        return None
    return Source(found[1].strip(), found[2] or "", int(found[3] or 0))


# Where a value comes from.

PLACE = r"[rw]\d+|\*\(u\d+ \*\)\(r10 [-+]\d+\)"  # a register, a slot of the stack
ASSIGN = re.compile(rf"({PLACE}) (\S*)= (.*)")
CALL = re.compile(r"call (bpf_\w+)#")
CLEARED = ("r0", "r1", "r2", "r3", "r4", "r5")  # by any call; r0 is its result
MOVES_PACKET = re.compile(
    r"bpf_(clone_redirect|l[34]_csum_replace|skb_(store_bytes|pull_data|adjust_room"
    r"|vlan_push|vlan_pop|change_\w+)|xdp_adjust_\w+|lwt_\w+|msg_\w+)"
)
RELEASES = re.compile(r"bpf_(ringbuf_(submit|discard)\w*|sk_release)")


@dataclass
class Origin:
    """How a value came to be, the last step first; the calls that gave and took it."""

    path: list[Step] = field(default_factory=list)
    given: Step | None = None
    lost: Step | None = None


def trace(steps: list[Step], register: str) -> Origin:
    """Follows the value of a register, such as "R6", back from the last step."""
    origin = Origin()
    wanted, lost = register.lower(), None
    for step in reversed(steps[:-1]):
        call = CALL.search(step.code)
        if call and (MOVES_PACKET.match(call[1]) or RELEASES.match(call[1])):
            lost = step
        if step.frame != steps[-1].frame:
            continue
        if step.code.startswith("call ") and wanted in CLEARED:
            origin.given = step if call and wanted == "r0" else None
            break
        made = ASSIGN.match(step.code)
        if not made or normal(made[1]) != wanted:
            continue
        origin.path.append(step)
        if made[2]:
            continue
        if not re.fullmatch(PLACE, made[3]):
            break
        wanted = normal(made[3])
    else:
        return origin
    if is_pointer(step.registers.get(wanted.upper(), "")):
        origin.lost = lost
    return origin


def normal(place: str) -> str:
    """w3 is the lower half of r3."""
    return re.sub(r"^w(\d+)$", r"r\1", place.strip())


def is_pointer(state: str) -> bool:
    return bool(re.match(r"(pkt|mem|ringbuf_mem|alloc_mem|sock|ptr_)", state))


def notes(walk: Walk) -> tuple[Origin, list[str]]:
    """What the log shows besides the message; rules.toml describes the notes."""
    named = re.search(r"\bR(\d+)\b", walk.message.partition("\n")[2] or walk.message)
    if not named or not walk.steps:
        return Origin(), []
    origin = trace(walk.steps, named[0])
    state = walk.registers.get(named[0], "")
    found = []
    if origin.lost:
        found.append(f"# lost to {called(origin.lost)}")
    if origin.given:
        found.append(f"# given by {called(origin.given)}")
    if re.fullmatch(r"P?0", state):
        found.append("# zero")
    if too_far := most_offset(state):
        found.append(f"# offset up to {too_far}")
    return origin, found


def called(step: Step) -> str:
    return CALL.search(step.code)[1]


def most_offset(state: str) -> int:
    """How far a packet pointer may lie in the packet, if that is too far to prove."""
    limit = re.search(r"umax=(?:\w+=)*(\w+)", state)
    fixed = re.search(r"\boff=(\d+)", state)
    if not state.startswith("pkt(") or not limit:
        return 0
    most = int(limit[1], 0) + int(fixed[1] if fixed else 0)
    return most if most > 0xFFFF else 0


# The object file.


def read_object(path: Path) -> Object:
    """Reads the symbols and line information that clang -g wrote.

    Formats: ELF64; .BTF and .BTF.ext as in the kernel's Documentation/bpf/btf.rst.
    """
    elf = path.read_bytes()
    order = "<" if elf[5] == 1 else ">"
    sections = read_sections(elf, order)
    content = {name: data for name, data in sections}
    return Object(
        read_functions(sections, content, order),
        read_lines(content.get(".BTF", b""), content.get(".BTF.ext", b""), order),
    )


def read_sections(elf: bytes, order: str) -> list[tuple[str, bytes]]:
    (table,) = struct.unpack_from(order + "Q", elf, 40)
    size, count, names = struct.unpack_from(order + "3H", elf, 58)
    headers = [
        struct.unpack_from(order + "2I4Q", elf, table + i * size) for i in range(count)
    ]
    start = headers[names][4]
    return [
        (text_at(elf, start + name), elf[offset : offset + length])
        for name, _, _, _, offset, length in headers
    ]


def text_at(data: bytes, offset: int) -> str:
    return data[offset : data.index(b"\0", offset)].decode(errors="replace")


def read_functions(
    sections: list[tuple[str, bytes]], content: dict[str, bytes], order: str
) -> dict[str, tuple[str, int, int]]:
    symbols = struct.iter_unpack(order + "I2BH2Q", content[".symtab"])
    return {
        text_at(content[".strtab"], name): (sections[section][0], start, size)
        for name, info, _, section, start, size in symbols
        if info & 15 == 2  # STT_FUNC
    }


def read_lines(btf: bytes, ext: bytes, order: str) -> dict[str, list]:
    if not btf or not ext:
        return {}
    (header,) = struct.unpack_from(order + "I", btf, 4)
    (strings,) = struct.unpack_from(order + "I", btf, 16)
    strings += header
    header, _, _, start, length = struct.unpack_from(order + "5I", ext, 4)
    at, end = header + start, header + start + length
    (record,) = struct.unpack_from(order + "I", ext, at)
    at += 4
    lines: dict[str, list] = {}
    while at < end:
        name, count = struct.unpack_from(order + "2I", ext, at)
        at += 8
        records = [
            struct.unpack_from(order + "4I", ext, at + i * record) for i in range(count)
        ]
        at += count * record
        lines[text_at(btf, strings + name)] = [
            (offset, read_line(btf, strings, *where)) for offset, *where in records
        ]
    return lines


def read_line(btf: bytes, strings: int, file: int, text: int, place: int) -> Source:
    return Source(
        text_at(btf, strings + text).strip(),
        str(Path(text_at(btf, strings + file))),
        place >> 10,
        place & 1023,
    )


# Where in the source.


def locate(walk: Walk, origin: Origin, program: str, obj: Object | None) -> Source:
    """The line to look at, with its file's full name where that can be found.

    An instruction that the compiler made of several lines has none: then where its
    value comes from is nearest.
    """
    if walk.announced or not obj:
        return find_line(walk.source, obj)
    last = walk.steps[-1:] or [Step(0, "", Source(""), 0, {})]
    for step in last + origin.path:
        exact = instruction(obj, program, step.index) or find_line(step.source, obj)
        if exact.text not in ("", "}"):
            return exact
    return find_line(walk.source, obj)


def find_line(source: Source, obj: Object | None) -> Source:
    if not source.text:
        return source
    return match_line(source, obj) if obj else search(source)


def instruction(obj: Object, program: str, index: int) -> Source | None:
    """The line of an instruction, if it is in the program itself.

    What it calls, libbpf puts behind it, in an order that only libbpf knows.
    """
    section, start, size = obj.functions.get(program, ("", 0, 0))
    if index * 8 >= size:
        return None
    lines = obj.lines.get(section, [])
    at = bisect.bisect_right(lines, start + index * 8, key=lambda line: line[0])
    return lines[at - 1][1] if at else None


def match_line(source: Source, obj: Object) -> Source:
    """Finds a line of the log in the object's, by file and line or by its text."""
    same = [
        line
        for lines in obj.lines.values()
        for _, line in lines
        if line.text == source.text
        and source.line in (0, line.line)
        and line.file.endswith(source.file)
    ]
    if not same:
        return search(source)
    columns = {line.column for line in same}
    return same[0] if len(columns) == 1 else replace(same[0], column=0)


def search(source: Source) -> Source:
    """Finds a line of the log in the project's sources, if it is there only once."""
    places = [
        replace(source, file=str(path), line=number)
        for path in sorted(ROOT.rglob(Path(source.file).name or "*.[ch]"))
        if "build" not in path.relative_to(ROOT).parts
        for number, text in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if text.strip() == source.text and source.line in (0, number)
    ]
    return places[0] if len(places) == 1 else source


def relative(file: str) -> str:
    """As it is called from the project's root."""
    path = Path(ROOT, file)
    inside = file and path.is_relative_to(ROOT)
    return str(path.relative_to(ROOT)) if inside else file


# Facts for the templates of the rules.

POINTER = re.compile(
    r"\b(\w+)(?:->\w+|\[)"  # ip->ihl, bytes[3]
    r"|(?:^|[^\w\s)] ?|\breturn )\*(\w+)"  # *last, but not a declaration
)
KINDS = {
    "scalar": "a number",
    "inv": "a number",
    "fp": "a local variable's address",
    "pkt": "a packet pointer",
    "pkt_end": "data_end",
    "map_key": "a map's key",
    "map_value": "a map's value",
    "map_ptr": "a map",
    "ctx": "the context",
    "mem": "memory of known size",
    "ringbuf_mem": "memory of a ring buffer",
    "func": "a function",
    "sock": "a socket",
}


@dataclass(frozen=True)
class Case:
    """A failure as far as the log and the sources tell."""

    stage: str
    program: str
    message: str  # in which the rules search
    said: str
    source: Source
    walk: Walk = field(default_factory=Walk)
    origin: Origin = field(default_factory=Origin)
    obj: Object | None = None


def facts(case: Case, found: dict[str, str | None]) -> dict[str, str]:
    """What the template of a rule may use; found are its named groups."""
    known = {name: value or "" for name, value in found.items()}
    code = case.walk.steps[-1].code if case.walk.steps else ""
    call = CALL.search(code)
    name = pointer_name(case.source)
    known |= {
        "program": case.program,
        "name": name or "ptr",
        "pointer": f"`{name}`" if name else "the pointer",
        "through": f", through `{name}`," if name else ",",
        "helper": f"`{call[1]}()`" if call else "the helper",
        "given_by": given_by(case),
        "lost_to": place_of(case, case.origin.lost) or "a call that moves the packet",
        "zero_from": zero_from(case),
        "busiest": busiest(case),
        "made_by": made_by(case, known.get("made_at", "")),
        "context": context_member(case.source),
    }
    known["access_verb"] = access(code)
    known["access"] = known["access_verb"] + "s"
    by = known["helper"] if call else "this"
    known["access_stack"] = f"{by} {'reads' if call else known['access']}"
    return known | numbers(known) | argument(case, known) | returned(known)


def access(code: str) -> str:
    """What an instruction does: "read", "write" or "use"."""
    if re.match(r"[rw]\d+ = \*\(", code):
        return "read"
    return "write" if re.match(r"(lock )?\*\(", code) else "use"


def numbers(known: dict[str, str]) -> dict[str, str]:
    if "size" not in known:
        return {}
    size = int(known["size"])
    offset = int(known.get("off", 0))
    last = offset + size - 1
    return {
        "size_words": "1 byte" if size == 1 else f"{size} bytes",
        "bytes": f"byte {last}" if size == 1 else f"bytes {offset} to {last}",
        "last": str(last),
        "need": str(last + 1),
        "room": room(offset),
    }


def room(offset: int) -> str:
    return f"only {-offset} are left" if -512 <= offset < 0 else "there is no stack"


def returned(known: dict[str, str]) -> dict[str, str]:
    """A return value and its range; until Linux 6.7 as bits: (value; unknown bits)."""
    has = re.sub(r"smin=(\S+) smax=\1$", r"\1", known.get("has", ""))
    has = re.sub(r"value \((\w+); 0x0\)", lambda bits: str(int(bits[1], 0)), has)
    allowed = known.get("range", "")
    if bits := re.match(r"\((\w+); (\w+)\)", allowed):
        least, unknown = int(bits[1], 0), int(bits[2], 0)
        allowed = f"[{least}, {least | unknown}]"
    return {"has": has.replace("unknown scalar value", "any value"), "range": allowed}


def argument(case: Case, known: dict[str, str]) -> dict[str, str]:
    """Of a call: which argument is wrong, as what, and what it should be."""
    number = int(known.get("argument_number") or 0)
    given = arguments(case)
    text = f", `{given[number - 1]}`" if 0 < number <= len(given) else ""
    expected = (known.get("expected") or "").split(",")
    right = dict.fromkeys(KINDS.get(kind.strip(), "") for kind in expected)
    kind = known.get("kind") or known.get("type") or ""
    return {
        "argument": f"argument {number}{text}" if number else "one of its arguments",
        "kind_words": KINDS.get(kind, kind),
        "expected_words": ", ".join(filter(None, right)) or ", ".join(expected),
    }


def arguments(case: Case) -> list[str]:
    """The arguments of the call in the line, which may go on in the next lines."""
    call = CALL.search(case.walk.steps[-1].code) if case.walk.steps else None
    lines = file_lines(case.source.file)[case.source.line - 1 :][:6]
    text = " ".join(line.strip() for line in lines) or case.source.text
    _, found, rest = text.partition(f"{call[1]}(" if call else "\0")
    if not found:
        return []
    given, depth = [""], 1
    for letter in rest:
        depth += (letter in "([{") - (letter in ")]}")
        if depth == 0:
            return [one.strip() for one in given]
        if letter == "," and depth == 1:
            given.append("")
        else:
            given[-1] += letter
    return []


def given_by(case: Case) -> str:
    place = place_of(case, case.origin.given)
    return f"it is what {place} returned" if place else "it comes from a call"


def zero_from(case: Case) -> str:
    """Where a NULL comes from, as far as that can be told."""
    if case.origin.given:
        return f" ({given_by(case)})"
    if not case.origin.path:
        return ""
    source = find_line(case.origin.path[-1].source, case.obj)
    place = f" (since {line_words(case, source)}: `{shown(source.text)}`)"
    return place if source.line else ""


def busiest(case: Case) -> str:
    """The line that the verifier came through most often, of the last it walked."""
    lines = Counter(step.source for step in case.walk.steps if step.source.text)
    if not lines:
        return ""
    source = find_line(lines.most_common(1)[0][0], case.obj)
    place = line_words(case, source)
    return f" Most often it came through `{shown(source.text)}` ({place})."


def shown(code: str) -> str:
    """A line without the course's own marks."""
    return re.sub(r"\s*//@.*", "", code)


def line_words(case: Case, source: Source) -> str:
    """ "line 27", with its file if that is not the one that is blamed."""
    same = source.file == case.source.file
    return f"line {source.line}" + ("" if same else f" of {relative(source.file)}")


def made_by(case: Case, index: str) -> str:
    calls = [step for step in case.walk.steps if CALL.search(step.code)]
    made = [step for step in calls if str(step.index) == index]
    return place_of(case, made[-1]) if made else "a call"


def place_of(case: Case, step: Step | None) -> str:
    """A call, for a reader: "`bpf_clone_redirect()` in line 27"."""
    if not step:
        return ""
    source = find_line(step.source, case.obj)
    place = f" in {line_words(case, source)}" if source.line else ""
    return f"`{called(step)}()`{place}"


def context_member(source: Source) -> str:
    found = re.search(r"\b(?:ctx|skb)->\w+", source.text)
    return f"`{found[0]}`" if found else "ctx"


def pointer_name(source: Source) -> str:
    """The pointer that a line goes through, if that is beyond doubt; else ""."""
    found = list(POINTER.finditer(source.text))
    if found and source.column and file_lines(source.file):
        text = file_lines(source.file)[source.line - 1]
        column = source.column - 1 - text.find(source.text)
        before = [one for one in found if one.start() <= column]
        found = (before or found)[-1:]
    names = {one[1] or one[2] for one in found}
    return names.pop() if len(names) == 1 else ""


def file_line(source: Source) -> str:
    lines = file_lines(source.file)[source.line - 1 :] if source.line else []
    return lines[0].strip() if lines else ""


@functools.cache
def file_lines(file: str) -> list[str]:
    try:
        return Path(ROOT, file).read_text(errors="replace").splitlines()
    except OSError:
        return []


# The rules.


@dataclass(frozen=True)
class Rule:
    """An entry of rules.toml."""

    id: str
    match: tuple[str, ...]
    says: str
    advice: str
    stage: str = "verifier"


UNKNOWN = Rule(
    "unknown",
    (),
    "No rule of ours explains this. What was said last stands below, word by word.",
    "Search the web for those words (without the numbers), and read the end of the "
    "log: the instruction that was refused, and what was known about its registers.",
)


@functools.cache
def rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            entry["id"],
            tuple(patterns(entry["match"])),
            entry["says"],
            entry["try"],
            entry.get("stage", "verifier"),
        )
        for entry in tomllib.loads(RULES.read_text())["rule"]
    )


def patterns(match: str | list[str]) -> list[str]:
    return [match] if isinstance(match, str) else match


def find_rule(stage: str, message: str) -> tuple[Rule, re.Match[str] | None]:
    for rule in rules():
        for pattern in rule.match if rule.stage == stage else ():
            if found := re.search(pattern, message):
                return rule, found
    return UNKNOWN, None


# The explanation.


def explain(
    log: str,
    object_file: Path | None = None,
    program: str = "",
    failed: bool = False,
) -> Explanation | None:
    """Explains what the verifier, libbpf or clang printed; None: it is no failure.

    object_file (compiled with -g) makes the place exact. program is the name of the
    BPF function, if the log is the verifier's alone. failed: it is known to be one.
    """
    case = examine(log, object_file, program)
    if not case and failed:
        case = Case("libbpf", program, log, log.strip().partition("\n")[0], Source(""))
    if not case:
        return None
    rule, found = find_rule(case.stage, case.message)
    if not found and "libbpf:" in log:
        rule, found = find_rule("libbpf", log)
    words = facts(case, found.groupdict() if found else {})
    return Explanation(
        rule=rule.id,
        stage=case.stage,
        program=case.program,
        file=relative(case.source.file),
        line=case.source.line,
        code=shown(case.source.text or file_line(case.source)),
        says=sentence(rule.says.format(**words)),
        advice=rule.advice.format(**words),
        said=said_of(case, found),
    )


def sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def said_of(case: Case, found: re.Match[str] | None) -> str:
    """The line in which the rule was found; it may stand behind an instruction."""
    if not found:
        return case.said
    start = case.message.rfind("\n", 0, found.start()) + 1
    line = case.message[start:].partition("\n")[0]
    return line if not STEP.match(line) else case.said or line


def examine(log: str, object_file: Path | None, program: str) -> Case | None:
    words = verifier_part(log)
    if words:
        return examine_verifier(log, words, object_file, program)
    if found := re.search(r"^libbpf: (?!.*(Retrying|skipping)).*", log, re.M):
        return Case("libbpf", program, log, found[0], Source(""))
    if found := CLANG.search(log):
        return examine_clang(log, found)
    return None


CLANG = re.compile(
    r"^(?:error: )?(?:(\S+?):(\d+):(\d+): )?(.*\b(?:error:|in function).*)", re.M
)


def examine_clang(log: str, found: re.Match[str]) -> Case:
    file, line, column, said = found.groups()
    if not file and (behind := re.search(r" (\S+\.[ch]):(\d+):(\d+)", said)):
        file, line, column = behind.groups()
    where = str(Path(file)) if file else ""
    source = Source("", where, int(line or 0), int(column or 0))
    return Case("clang", "", log[found.start(4) :], said, source)


def examine_verifier(
    log: str, words: str, object_file: Path | None, program: str
) -> Case | None:
    obj = read_object(object_file) if object_file else None
    named = PROGRAM.search(log)
    program = program or (named[1] if named else only_program(obj))
    walk = read_walk(words)
    complete = "processed " in words
    if not walk.said and complete:
        return None
    origin, found = notes(walk)
    if not complete:
        found.append("# cut off")
    source = locate(walk, origin, program, obj)
    message = "\n".join([walk.message, *found])
    return Case("verifier", program, message, walk.said, source, walk, origin, obj)


def only_program(obj: Object | None) -> str:
    """The name of the one program of an object, if it has one."""
    functions = obj.functions if obj else {}
    names = [name for name, place in functions.items() if place[0] != ".text"]
    return names[0] if len(names) == 1 else ""


# For people.

RED, BOLD, DIM, PLAIN = "\033[31m", "\033[1m", "\033[2m", "\033[0m"


def render(explanation: Explanation, colour: bool = False) -> str:
    """The explanation as text of 80 columns."""
    place = f"{explanation.file}:{explanation.line}  " if explanation.file else ""
    what = f"{explanation.program or 'the program'} is rejected: {explanation.rule}"
    parts = [f"{RED}✗{PLAIN} {BOLD}{place}{PLAIN}{what}"]
    if explanation.code:
        parts.append(f"{explanation.line or '':>6} │ {explanation.code}")
    parts += [paragraph(explanation.says), paragraph("try: " + explanation.advice)]
    parts.append(f"{DIM}  said: {explanation.said}{PLAIN}")
    if explanation.log:
        parts[-1] += f"\n{DIM}  log:  {explanation.log}{PLAIN}"
    text = "\n\n".join(parts)
    return text if colour else re.sub("\033\\[\\d+m", "", text)


def paragraph(text: str) -> str:
    """Lines of 80 columns; what stands in `…` is not broken."""
    code = re.sub(r"`[^`]*`", lambda found: found[0].replace(" ", "\xa0"), text)
    lines = textwrap.fill(code, WIDTH, initial_indent="  ", subsequent_indent="  ")
    return lines.replace("\xa0", " ")
