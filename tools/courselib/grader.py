# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Grades labs: builds and runs their tests, and fills in a report."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from . import programs, rubric, run, score

# Its tests are of what all others need of this machine, and of nobody's exercise.
MACHINE = "build/common/test_machine"
MACHINE_NATIVE, MACHINE_KERNEL = ("0.5.a",), ("0.5.b", "0.5.c")
TRIES = 2


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
            wanted = asked or [f"{lab.number}.0", *lab.by_id]
            wanted = [id for id in wanted if not self.report.why_refused(id)]
            if wanted and (asked or len(wanted) > 1):  # else nothing was handed in
                self.grade_lab(lab, wanted)
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
        objects = run.bpf_objects(self.root, lab)
        wanted = expand(lab, tests, ids)
        tests = {p: has for p, has in tests.items() if has.keys() & set(wanted)}
        known.problem = run.build(self.root, lab.number, [*tests, *objects, MACHINE])
        if known.problem:
            tests, wanted = self.what_is_built(lab, known.problem, tests, wanted)
        if not run.privileged():
            wanted = self.only_native(lab, wanted)
        if self.trace:
            self.run_traced(lab, tests, wanted)
        else:
            self.run_tests(lab, tests, wanted)
        self.excuse(lab, known)
        rejected = [p for p in known.programs.values() if not p.accepted]
        if rejected and self.fault_of_machine(MACHINE_KERNEL):
            rejected = []  # nor would it take any other
        self.report.rejections[lab.number] = [
            programs.reject(self.root, program) for program in rejected
        ]

    def find_tests(self, lab: rubric.Lab, ids: Collection[str]) -> run.Tests:
        """The programs with tests that are graded, or that somebody asked for."""
        asked = set(ids) & set(self.report.asked)
        return {
            program: tests
            for program, tests in run.find_tests(self.root, lab).items()
            if any(id in lab.tests or id in asked for id in tests)
        }

    def what_is_built(
        self,
        lab: rubric.Lab,
        problem: run.BuildProblem,
        tests: run.Tests,
        ids: Collection[str],
    ) -> tuple[run.Tests, list[str]]:
        """The programs that are there after an error, and what they can run."""
        there = {p: has for p, has in tests.items() if (self.root / p).exists()}
        runnable = {
            id
            for id in set().union(*there.values())
            if run.block_of(id) not in problem.broken
            and (not problem.native or id in lab.tests and lab.tests[id].native)
        }
        return there, [id for id in ids if id in runnable]

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

    def excuse(self, lab: rubric.Lab, known: run.Run) -> None:
        """Tests that fail on a machine that fails as well are not graded."""
        for id, outcome in known.outcomes.items():
            if outcome.status in score.PASSED_OR_SKIPPED:
                continue
            needed = MACHINE_NATIVE
            if id not in lab.tests or not lab.tests[id].native:
                needed += MACHINE_KERNEL
            if words := self.fault_of_machine(needed):
                known.outcomes[id] = run.blame_machine(outcome, words)

    def fault_of_machine(self, tests: Collection[str]) -> str:
        faults = [self.machine.get(test, "") for test in tests]
        return next(filter(None, faults), "")

    @cached_property
    def machine(self) -> Mapping[str, str]:
        """What does not work here even with nobody's code."""
        wanted = MACHINE_NATIVE
        if run.privileged():
            wanted += MACHINE_KERNEL
        for _ in range(TRIES):
            done = run.run(self.root, [(MACHINE, wanted)], self.scratch, lambda *_: None)
            faults = {}
            for id in wanted:
                outcome = done.outcomes.get(id) or run.missing(id, done)
                if outcome.status != run.PASSED:
                    faults[id] = f"{outcome.message}\n{outcome.output}".strip()
            if not faults:
                break
        return faults

    def only_native(self, lab: rubric.Lab, ids: Collection[str]) -> list[str]:
        """The tests that need no rights; the others are skipped."""
        graded = [lab.tests[id] for id in ids if id in lab.tests]
        for test in graded:
            if not test.native:
                why = run.missing_rights()
                skipped = run.Outcome(test.id, run.SKIPPED, message=why)
                self.report.runs[lab.number].outcomes[test.id] = skipped
        return [test.id for test in graded if test.native]


def expand(lab: rubric.Lab, tests: run.Tests, ids: Collection[str]) -> list[str]:
    """The tests that ids of blocks and tests name: in the rubric or in a program."""
    known = set(lab.tests).union(*tests.values())
    return sorted(id for id in known if not {id, run.block_of(id)}.isdisjoint(ids))
