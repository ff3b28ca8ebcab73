# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Grades labs: builds and runs their tests, and fills in a report."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from . import programs, rubric, run, score

NEEDS_ROOT = "needs root"


@dataclass
class Grader:
    root: Path
    scratch: Path  # a directory of our own, empty
    report: score.Report
    ms: Mapping[str, int]  # what tests took last time
    trace: bool
    news: Callable[[str], None]  # hears what is going on; the report has changed

    def grade(self) -> None:
        """What was asked for, and then what may be the cause of what fails."""
        for lab in self.report.labs:
            asked = [id for id in self.report.asked if score.lab_of(id) == lab.number]
            self.grade_lab(lab, asked or [f"{lab.number}.0", *lab.by_id])
        causes = self.report.unknown_causes()
        for lab in self.report.course.values():
            ids = [block for block in lab.by_id if block in causes]
            if ids:
                self.grade_lab(lab, ids)
        self.report.finished = True

    def grade_lab(self, lab: rubric.Lab, ids: Collection[str]) -> None:
        known = self.report.runs.setdefault(lab.number, run.Run())
        tests = self.find_tests(lab, ids)
        self.news(f"lab{lab.number:02}: building")
        known.problem = run.build(self.root, tests)
        if known.problem:
            return
        wanted = expand(lab, tests, ids)
        if not run.privileged():
            wanted = self.only_native(lab, wanted)
        if self.trace:
            self.run_traced(lab, tests, wanted)
        else:
            self.run_tests(lab, tests, wanted)
        self.report.rejections[lab.number] = [
            programs.reject(self.root, program)
            for program in known.programs.values()
            if not program.accepted
        ]

    def find_tests(self, lab: rubric.Lab, ids: Collection[str]) -> run.Tests:
        """The programs with tests that are graded, or that somebody asked for."""
        asked = set(ids) & set(self.report.asked)
        return {
            program: tests
            for program, tests in run.find_tests(self.root, lab).items()
            if any(id in lab.tests or id in asked for id in tests)
        }

    def run_tests(
        self, lab: rubric.Lab, tests: run.Tests, ids: Collection[str]
    ) -> None:
        known = self.report.runs[lab.number]
        before = dict(known.outcomes)

        def told(id: str, title: str, status: str) -> None:
            known.outcomes[id] = run.Outcome(id, status, title)
            self.news(f"{id} {title}")

        tasks = run.plan(tests, ids, self.ms)
        done = run.run(self.root, tasks, self.scratch, told)
        missing = {id: run.missing(id, done) for id in ids}
        known.outcomes = {**before, **missing, **done.outcomes}
        known.programs.update(done.programs)

    def run_traced(
        self, lab: rubric.Lab, tests: run.Tests, ids: Collection[str]
    ) -> None:
        """One test at a time: what is printed meanwhile is its."""
        known = self.report.runs[lab.number]
        for id in ids:
            run.trace_mark(id)
            self.run_tests(lab, tests, [id])
            trace = run.trace_since(id)
            known.outcomes[id] = replace(known.outcomes[id], trace=trace)

    def only_native(self, lab: rubric.Lab, ids: Collection[str]) -> list[str]:
        """The tests that need no rights; the others are skipped."""
        graded = [lab.tests[id] for id in ids if id in lab.tests]
        for test in graded:
            if not test.native:
                skipped = run.Outcome(test.id, run.SKIPPED, message=NEEDS_ROOT)
                self.report.runs[lab.number].outcomes[test.id] = skipped
        return [test.id for test in graded if test.native]


def expand(lab: rubric.Lab, tests: run.Tests, ids: Collection[str]) -> list[str]:
    """The tests that ids of blocks and tests name: in the rubric or in a program."""
    known = set(lab.tests).union(*tests.values())
    return sorted(id for id in known if not {id, run.block_of(id)}.isdisjoint(ids))
