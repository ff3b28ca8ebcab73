# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""A failure from its log to its explanation, for people."""

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from .facts import facts
from .objects import Object, read_object
from .origin import notes
from .places import Case, shown
from .rules import find_rule
from .sources import file_line, locate, relative
from .walk import STEP, Source, read_walk, verifier_part

PROGRAM = re.compile(r"prog '([^']+)': (?:BPF program load failed|failed to load)")
CLANG = re.compile(
    r"^(?:error: )?(?:(\S+?):(\d+):(\d+): )?(.*\b(?:error:|in function).*)", re.M
)
WIDTH = 80
RED, BOLD, DIM, PLAIN = "\033[31m", "\033[1m", "\033[2m", "\033[0m"


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
