# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""A report as text, for a terminal of 80 columns, or of fewer."""

import os
import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from . import anywhere, blocks, handed_in, markers, programs, rubric, run, score, suspect

WIDTH = anywhere.WIDTH
BAR, SHORT_BAR = 20, 8
BOLD, DIM, RED, GREEN, YELLOW = 1, 2, 31, 32, 33
STEP = re.compile(r"\d+\. ")
UNTOLD = (run.NOT_BUILT, run.REFUSED)  # their reason is in another place
STEPS_SHOWN = 3  # before the check that does not hold
RAW = re.compile(r"\w* +[0-9a-f]{4}  |\S+ +expected ")  # bytes, and fields of a header
NEWLINE, DEEPER = "\n", "\n      "
COLOUR = re.compile(r"\033\[\d*m")

SIGNS = {
    score.State.DONE: ("✓", GREEN),
    score.State.FAILED: ("✗", RED),
    score.State.WAITING: ("…", DIM),
    score.State.SKIPPED: ("-", YELLOW),
}
OUTCOMES = {run.PASSED: ("✓", GREEN), run.SKIPPED: ("-", YELLOW)}

Lines = Iterator[str]


@dataclass
class Screen:
    """How to write: in colours or not, and how many hints of which block."""

    root: Path
    colours: bool = False
    width: int = WIDTH
    verbose: bool = False
    review: bool = False
    budget: bool = False
    hints: Mapping[str, int] = field(default_factory=dict)

    def paint(self, text: str, code: int) -> str:
        return f"\033[{code}m{text}\033[0m" if self.colours else text

    def fit(self, line: str) -> Lines:
        """The line in as many as it takes here."""
        if len(COLOUR.sub("", line)) <= self.width:
            yield line
        else:
            yield from textwrap.wrap(line, self.width, subsequent_indent="  ")

    def place(self, lab: rubric.Lab, block: rubric.Block) -> str:
        path = f"{lab.folder}/{block.file}"
        line = markers.places(blocks.read(self.root / path)).get(block.id)
        return f"{path}:{line}" if line else path

    def text(self, report: score.Report) -> Lines:
        labs = report.grades()
        if len(labs) > 1:
            yield from self.overview(report)
        else:
            for lab in labs:
                yield from self.detail(report, lab)
        for line in self.next(report):
            yield from self.fit(line)

    # Every lab in a line.

    def overview(self, report: score.Report) -> Lines:
        labs = report.grades()
        yield from map(self.progress, labs)
        first = next((lab for lab in labs if not lab.complete), None)
        yield from self.machine(labs)
        if first and (first.problem or first.rejections):
            yield from self.obstacles(first)
        elif first and first.broken:
            yield from self.provided(first)
        elif found := report.next_block():
            for lab in labs:
                for block in lab.blocks:
                    if block.block == found[1]:
                        yield from self.block_story(lab, block)

    def progress(self, lab: score.LabGrade) -> str:
        gained, most = lab.points(), lab.max_points()
        size, room = BAR, 38
        if self.width < WIDTH:
            size, room = SHORT_BAR, self.width - SHORT_BAR - 24
        bar = f"{'█' * (size * gained // most if most else 0):░<{size}}"
        colour = GREEN if lab.complete else YELLOW
        return (
            f"{title(lab.lab):{room}.{room}} {self.paint(bar, colour)} "
            f"{gained:3}/{most:<3} {self.extras(lab)}".rstrip()
        )

    def extras(self, lab: score.LabGrade) -> str:
        parts = []
        if lab.points(bonus=True):
            parts.append(f"bonus {lab.points(bonus=True)}")
        if lab.skipped_points:
            why = "not graded" if lab.faults else "need root"
            parts.append(f"{lab.skipped_points} {why}")
        return ", ".join(parts)

    # One lab.

    def detail(self, report: score.Report, lab: score.LabGrade) -> Lines:
        yield self.paint(title(lab.lab), BOLD)
        for note in report.taken.notes:
            yield from indent(textwrap.fill(note, self.width - 6))
        yield from self.machine([lab])
        yield from self.obstacles(lab)
        if lab.rejections or lab.faults:
            yield ""
        if lab.problem:
            yield ""
        for block in lab.blocks:
            yield from self.block_line(lab, block)
        yield from self.not_fit(report, lab)
        told = self.blocks_to_tell(report, lab)
        for block in lab.blocks:
            if block in told:
                yield from self.block_story(lab, block)
            if self.review:
                yield from self.code(report, lab, block)
        yield from self.provided(lab)
        if not lab.blocks:
            for outcome in lab.provided:
                yield from self.story(outcome)
            return
        yield ""
        for line in [*self.costs(lab), self.total(lab)]:
            yield from self.fit(line)

    def not_fit(self, report: score.Report, lab: score.LabGrade) -> Lines:
        """What would be refused if it was handed in as it is here."""
        for grade in lab.blocks:
            block = grade.block
            path = self.root / lab.lab.folder / block.file
            part = blocks.scan(blocks.read(path)).get(block.id)
            gone = "the comments around it are gone"
            if block.id not in report.taken.refused and (fault := handed_in.fault_of(part, gone)):
                yield from self.fit(f"{block.id} would not be taken if you handed it in: {fault}")

    def blocks_to_tell(
        self, report: score.Report, lab: score.LabGrade
    ) -> list[score.BlockGrade]:
        """Those that were asked for; else the first that fails: one thing at a time."""
        if self.verbose:
            return list(lab.blocks)
        failed = [
            block
            for block in lab.blocks
            if any(test.outcome.status not in UNTOLD for test in block.failures)
        ]
        if report.asked:
            return failed
        failed.sort(key=lambda block: block.block.bonus)
        return [block for block in failed if block.state == score.State.FAILED][:1]

    def block_line(self, lab: score.LabGrade, block: score.BlockGrade) -> Lines:
        sign, colour = SIGNS[block.state]
        points = f"{block.points}/{block.max_points}"
        bonus = "bonus" if block.block.bonus else ""
        name = f"{block.block.name}()"
        line = f"{block.block.id:5} {name:24} {points:>6}  {bonus:6}"
        remark = self.remark(lab, block)
        if len(f"  {sign} {line}{remark}") <= self.width:
            yield f"  {self.paint(sign, colour)} {line}{remark}".rstrip()
        else:
            yield f"  {self.paint(sign, colour)} {line}".rstrip()
            yield from indent(remark, "    ")

    def remark(self, lab: score.LabGrade, block: score.BlockGrade) -> str:
        if block.state == score.State.WAITING:
            return f"waits for {block.waits_for}"
        if block.state == score.State.SKIPPED:
            why = "were not graded" if block.faults else "need root"
            return f"{block.skipped_points} points {why}"
        if block.state == score.State.FAILED and block.refused:
            return block.refused
        if block.state == score.State.FAILED:
            return self.place(lab.lab, block.block)
        return ""

    def total(self, lab: score.LabGrade) -> str:
        text = f"{name(lab.lab)}: {lab.points()}/{lab.max_points()} points"
        if bonus := lab.max_points(bonus=True):
            text += f", bonus {lab.points(bonus=True)}/{bonus}"
        if lab.skipped_points:
            text += f"; {lab.skipped_points} points were not graded"
            text += "" if lab.faults else ": they need root"
        return self.paint(text, GREEN if lab.complete else YELLOW)

    # What stands before everything else.

    def machine(self, labs: list[score.LabGrade]) -> Lines:
        """Why tests were not graded that no student can help."""
        if faults := score.distinct(fault for lab in labs for fault in lab.faults):
            yield ""
            yield self.paint("This machine, not your code, keeps tests from running:", BOLD)
            for line in "\n".join(faults).splitlines():
                yield from indent(textwrap.fill(line, self.width - 6))

    def obstacles(self, lab: score.LabGrade) -> Lines:
        """A compiler error, or programs that the kernel does not take."""
        if lab.problem:
            yield from self.problem(lab, lab.problem)
        for rejection in lab.rejections:
            yield from self.rejection(lab, rejection)

    def problem(self, lab: score.LabGrade, problem: run.BuildProblem) -> Lines:
        yield from self.header(lab.lab, "does not compile")
        if problem.path:
            yield f"  {problem.place}"
        yield from indent(problem.text)
        if problem.advice:
            yield from indent(textwrap.fill(problem.advice, self.width - 6))
        if problem.more:
            yield f"      {problem.more} more errors: make -s lab{lab.lab.number:02}"

    def rejection(self, lab: score.LabGrade, rejection: programs.Rejection) -> Lines:
        yield from self.header(lab.lab, f"the kernel rejects {rejection.program}()")
        if rejection.block:
            yield f"  in TODO {rejection.block}"
        yield from rejection.text.splitlines()

    def header(self, lab: rubric.Lab, right: str) -> Lines:
        left = title(lab)
        yield ""
        if len(left) + 1 + len(right) <= self.width:
            yield self.paint(f"{left:{self.width - len(right)}}{right}", BOLD)
        else:
            yield self.paint(left, BOLD)
            yield self.paint(f"{right:>{self.width}}", BOLD)

    # Stories.

    def block_story(self, lab: score.LabGrade, block: score.BlockGrade) -> Lines:
        yield from self.header(lab.lab, f"TODO {block.block.id}  {block.block.name}()")
        for test in block.tests if self.verbose else block.failures:
            points = f"{test.points}/{test.test.points}"
            # Why a program does not load was said above, once for all tests.
            if lab.rejections and not test.test.native and not self.verbose:
                yield from self.test_lines(test.outcome, points)
            else:
                yield from self.story(test.outcome, points)
        if block.state == score.State.WAITING:
            waits = f"{block.block.id} waits for {block.waits_for}"
            yield from indent(f"{waits}, which may be the only mistake.")
        elif block.failures:
            yield from self.hint_lines(block.block)

    def test_lines(self, outcome: run.Outcome, points: str) -> Lines:
        sign, colour = OUTCOMES.get(outcome.status, ("✗", RED))
        room = self.width - 12
        what, *more = textwrap.wrap(f"{outcome.id}  {outcome.title}", room)
        yield f"  {self.paint(sign, colour)} {what:{room}}{points:>8}".rstrip()
        yield from indent("\n".join(more), "     ")

    def story(self, outcome: run.Outcome, points: str = "") -> Lines:
        yield from self.test_lines(outcome, points)
        yield from self.steps(outcome)
        if outcome.output:
            yield from indent("it printed:")
            yield from indent(outcome.output, "| ")
        if outcome.trace:
            yield from indent("bpf_printk() printed (time in seconds):")
            yield from indent(outcome.trace, "| ")
        if outcome.status not in OUTCOMES:
            yield from indent(self.again(outcome))

    def steps(self, outcome: run.Outcome) -> Lines:
        """What was done, and apart from that the check that does not hold."""
        lines = (outcome.story or outcome.message).splitlines()
        last = failed_step(lines, outcome)
        before, after = lines[:last], lines[last:]
        if not self.verbose and len(before) > STEPS_SHOWN:
            yield from indent(f"… {len(before) - STEPS_SHOWN} earlier lines: see --verbose")
            before = before[-STEPS_SHOWN:]
        for line in before:
            yield from indent(self.narrow(line))
        for line in after[:1]:
            sign = self.paint("✗", RED)
            yield f"    {sign} {self.narrow(STEP.sub('', line)).replace(NEWLINE, DEEPER)}"
        for line in after[1:]:
            yield from indent(line)

    def narrow(self, line: str) -> str:
        """A line of a story, folded where the terminal is; bytes stay side by side."""
        if self.width >= WIDTH or RAW.match(line):
            return line
        return textwrap.fill(line, self.width - 6, subsequent_indent="   ")

    def again(self, outcome: run.Outcome) -> str:
        parts = [f"again: ./check {outcome.id}"]
        if outcome.where:
            parts.append(f"test: {outcome.where.removeprefix('./')}")
        if outcome.pcap:
            parts.append(f"pcap: {outcome.pcap}")
        line = "      ".join(parts)
        return line if len(line) <= self.width - 6 else "\n".join(parts)

    def hint_lines(self, block: rubric.Block) -> Lines:
        hints = block.hints
        for number, hint in enumerate(hints[: self.hints.get(block.id, 1)], 1):
            text = f"hint {number}/{len(hints)}: {hint}"
            yield from indent(textwrap.fill(text, self.width - 6, subsequent_indent="    "))

    def provided(self, lab: score.LabGrade) -> Lines:
        if lab.broken:
            yield from self.header(lab.lab, "outside of the blocks")
            yield "  Code that was complete does not work any more. What have you changed?"
            for outcome in lab.broken:
                yield from self.story(outcome)
        skipped = [o for o in lab.provided if score.needs_root(o)]
        if skipped:
            yield ""
            yield "Not run, and of no points:"
        for outcome in skipped:
            yield from indent(f"{outcome.id}: {outcome.message}", "- ")

    def code(
        self, report: score.Report, lab: score.LabGrade, block: score.BlockGrade
    ) -> Lines:
        """What stands in a block, for those who mark it."""
        id, path = block.block.id, f"{lab.lab.folder}/{block.block.file}"
        text = blocks.read(self.root / path)
        part = blocks.scan(text).get(id) or blocks.Part()
        lines, last = part.code, part.stop
        if block.refused:
            lines = report.taken.code.get(id, [])
            last = len(lines)
        yield from self.header(lab.lab, f"{id}  {block.block.name}()")
        yield f"  {path}    {block.state}, {block.points}/{block.max_points} points"
        for number, line in enumerate(lines, last - len(lines) + 1):
            yield suspect.printable(f"{number:6}  {line.expandtabs()}".rstrip())
        if not lines:
            yield f"        {part.why or 'the comments around it are gone'}: see the file"
        for remark in self.oddities(lab.lab, text, "\n".join(lines)):
            yield from indent(textwrap.fill(f"look: {remark}", self.width - 6))

    def oddities(self, lab: rubric.Lab, text: str, code: str) -> Lines:
        """What is to be looked at, in this file's text without the code itself."""
        tests = "\n".join(map(blocks.read, run.test_sources(self.root / lab.folder)))
        found = list(suspect.faults(code))
        yield from found or suspect.oddities(code, tests, text.replace(code, ""))

    # What it costs, and what is next.

    def costs(self, lab: score.LabGrade) -> Lines:
        for name, program in sorted(lab.programs.items()):
            if not programs.has_budget(name) or not program.cost:
                continue
            yield f"{name}(): {program.cost}"
            if self.budget and not programs.budget(name):
                where = f"{programs.built_by(name)} on Linux {os.uname().release}"
                yield f"not compared: there is no budget for {where}"
        for excess in lab.excess():
            yield self.paint(f"over budget (which costs no points): {excess}", YELLOW)

    def next(self, report: score.Report) -> Lines:
        yield ""
        labs = report.grades()
        for lab in labs:
            if lab.problem:
                yield f"next: make {name(lab.lab)} compile"
                return
            if lab.rejections:
                yield f"next: make the kernel accept {lab.rejections[0].program}()"
                return
        if any(lab.faults for lab in labs):
            yield "next: make doctor, which says how to mend this machine"
        elif found := report.next_block():
            lab, block = found
            yield f"next: {block.id} {block.name}() in {self.place(lab, block)}"
        elif any(lab.broken for lab in labs):
            yield "next: restore the code outside of the blocks; git diff shows what changed"
        elif excess := [more for lab in labs for more in lab.excess() if self.budget]:
            yield f"next: make it cheaper: {excess[0]}"
        elif all(lab.complete for lab in labs):
            yield "It passes." if report.asked else "All done."
            if not report.asked and (after := self.lab_after(report)):
                yield f"next: {name(after)} · {after.title}, in TUTORIAL.md"
        else:
            yield f"next: {anywhere.as_root('./check')} grades the points that need root"

    def lab_after(self, report: score.Report) -> rubric.Lab | None:
        last = max(lab.number for lab in report.labs)
        return next((lab for lab in report.course.values() if lab.number > last), None)

    def hint(self, report: score.Report) -> Lines:
        """What --hint shows, and nothing else."""
        if found := report.hint_block():
            lab, block = found
            yield from self.header(lab, f"TODO {block.id}  {block.name}()")
            yield from self.hint_lines(block)
            for line in self.waiting(report, block):
                yield from self.fit(line)
        else:
            yield "No block fails, so you need no hint."


    def waiting(self, report: score.Report, block: rubric.Block) -> Lines:
        for lab in report.grades():
            for grade in lab.blocks:
                if grade.block is block and grade.waits_for:
                    yield ""
                    yield f"{block.id} waits for {grade.waits_for}."


def name(lab: rubric.Lab) -> str:
    return f"lab{lab.number:02}"


def title(lab: rubric.Lab) -> str:
    return f"{name(lab)} · {lab.title}"


def failed_step(lines: list[str], outcome: run.Outcome) -> int:
    """Where in a story the failure is; behind its end if it has none."""
    if outcome.status in OUTCOMES:
        return len(lines)
    message = outcome.message.partition("\n")[0]
    for number in reversed(range(len(lines))):
        if STEP.sub("", lines[number], count=1) == message:
            return number
    return len(lines)


def indent(text: str, before: str = "") -> Lines:
    for line in text.splitlines():
        yield f"      {before}{line}".rstrip()
