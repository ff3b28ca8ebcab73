# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""From what became of tests to points: blocks, labs, and what is next."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from . import handed_in, markers, rubric, run
from .programs import Program, Rejection, budget

PASSED_OR_SKIPPED = (run.PASSED, run.SKIPPED)


class State(StrEnum):
    DONE = "done"
    FAILED = "failed"
    WAITING = "waiting"  # it fails, but so does something that it needs
    SKIPPED = "skipped"  # what could be run here passed


@dataclass(frozen=True)
class TestGrade:
    test: rubric.Test
    outcome: run.Outcome

    @property
    def passed(self) -> bool:
        return self.outcome.status == run.PASSED

    @property
    def skipped(self) -> bool:
        return self.outcome.status == run.SKIPPED

    @property
    def fault(self) -> str:
        return fault_of(self.outcome)

    @property
    def points(self) -> int:
        return self.test.points if self.passed else 0


@dataclass(frozen=True)
class BlockGrade:
    block: rubric.Block
    tests: tuple[TestGrade, ...]  # those that were asked for
    waits_for: str = ""  # a block, or a program that does not load

    @property
    def points(self) -> int:
        return sum(test.points for test in self.tests)

    @property
    def max_points(self) -> int:
        return sum(test.test.points for test in self.tests)

    @property
    def skipped_points(self) -> int:
        return sum(test.test.points for test in self.tests if test.skipped)

    @property
    def faults(self) -> list[str]:
        return distinct(test.fault for test in self.tests)

    @property
    def failures(self) -> list[TestGrade]:
        return [test for test in self.tests if not test.passed and not test.skipped]

    @property
    def refused(self) -> str:
        """Why it was not taken of what was handed in."""
        refused = (t.outcome for t in self.tests if t.outcome.status == run.REFUSED)
        return next((outcome.message for outcome in refused), "")

    @property
    def state(self) -> State:
        if self.failures:
            return State.WAITING if self.waits_for else State.FAILED
        return State.SKIPPED if self.skipped_points else State.DONE


@dataclass(frozen=True)
class LabGrade:
    lab: rubric.Lab
    blocks: tuple[BlockGrade, ...]  # those that were asked for
    provided: tuple[run.Outcome, ...]  # tests N.0.x, which give no points
    programs: Mapping[str, Program]
    rejections: Sequence[Rejection] = ()
    problem: run.BuildProblem | None = None

    def select(self, bonus: bool) -> Iterator[BlockGrade]:
        return (block for block in self.blocks if block.block.bonus == bonus)

    def points(self, bonus: bool = False) -> int:
        return sum(block.points for block in self.select(bonus))

    def max_points(self, bonus: bool = False) -> int:
        return sum(block.max_points for block in self.select(bonus))

    @property
    def skipped_points(self) -> int:
        return sum(block.skipped_points for block in self.select(bonus=False))

    @property
    def broken(self) -> list[run.Outcome]:
        """Tests of provided code that fail though no block is to blame."""
        if any(block.failures for block in self.blocks):
            return []
        return [test for test in self.provided if test.status not in PASSED_OR_SKIPPED]

    @property
    def faults(self) -> list[str]:
        """Of this machine, in the words in which it says so."""
        graded = [fault for block in self.blocks for fault in block.faults]
        return distinct([*graded, *map(fault_of, self.provided)])

    @property
    def complete(self) -> bool:
        """Full marks, bonus blocks aside."""
        full = self.points() == self.max_points()
        return full and not self.broken and not self.problem

    @property
    def graded(self) -> bool:
        """False if nothing could be run."""
        tests = [test.outcome for block in self.blocks for test in block.tests]
        return any(o.status != run.SKIPPED for o in [*tests, *self.provided])

    def excess(self) -> list[str]:
        """Where programs cost the verifier more than their budgets allow."""
        return [
            f"{name}(): {more}"
            for name, program in sorted(self.programs.items())
            if program.cost and (allowed := budget(name))
            for more in program.cost.excess(allowed)
        ]


@dataclass
class Report:
    """What is known so far, of the labs that were asked for and of others."""

    course: Mapping[int, rubric.Lab]  # all labs
    titles: Mapping[str, str]  # of all tests
    labs: list[rubric.Lab]  # those asked for
    asked: Collection[str] = ()  # ids of blocks and tests in them; none: all
    runs: dict[int, run.Run] = field(default_factory=dict)
    rejections: dict[int, list[Rejection]] = field(default_factory=dict)
    finished: bool = False
    trouble: str = ""  # why it never will be: this machine's fault
    submission: handed_in.Taken | None = None  # None: a tree is graded as it is

    def grades(self) -> list[LabGrade]:
        return [self.grade(lab) for lab in self.labs]

    def grade(self, lab: rubric.Lab) -> LabGrade:
        known = self.runs.get(lab.number, run.Run())
        blocks = [self.grade_block(lab, block, known) for block in lab.blocks]
        return LabGrade(
            lab,
            tuple(block for block in blocks if block.tests),
            tuple(o for o in known.outcomes.values() if is_provided(o.id)),
            known.programs,
            self.rejections.get(lab.number, ()),
            known.problem,
        )

    def grade_block(
        self, lab: rubric.Lab, block: rubric.Block, known: run.Run
    ) -> BlockGrade:
        tests = [
            TestGrade(test, self.outcome(test, known))
            for test in block.tests
            if self.wants(test.id)
        ]
        grade = BlockGrade(block, tuple(tests))
        return replace(grade, waits_for=self.cause(lab, grade))

    def outcome(self, test: rubric.Test, known: run.Run) -> run.Outcome:
        title = self.titles.get(test.id, "")
        if why := self.why_refused(test.id):
            return run.Outcome(test.id, run.REFUSED, title, why)
        pending = run.Outcome(test.id, run.PENDING, title, "not run yet")
        if known.problem:
            pending = run.Outcome(test.id, run.NOT_BUILT, title, known.problem.words)
        return replace(known.outcomes.get(test.id, pending), title=title)

    @property
    def taken(self) -> handed_in.Taken:
        return self.submission or handed_in.Taken()

    def why_refused(self, id: str) -> str:
        """Of a block, or of one of its tests."""
        refused = self.taken.refused
        return refused.get(id) or refused.get(run.block_of(id), "")

    def wants(self, test: str) -> bool:
        return not self.asked or not {test, run.block_of(test)}.isdisjoint(self.asked)

    def cause(self, lab: rubric.Lab, grade: BlockGrade) -> str:
        """Why a block fails, if it is not its own fault."""
        if not grade.failures or grade.block.id in self.taken.refused:
            return ""
        if problem := self.not_built(lab, grade):
            return problem
        if not any(test.test.native for test in grade.failures):
            for rejection in self.rejections.get(lab.number, ()):
                if rejection.block != grade.block.id:
                    return rejection.block or f"{rejection.program}() to load"
        return next(self.roots(lab, grade.block.id), "")

    def roots(self, lab: rubric.Lab, block: str) -> Iterator[str]:
        """What a block needs and fails, though nothing that it needs itself does."""
        failing = [*filter(self.fails, self.needs(lab, block))]
        for other in failing:
            deeper = self.needs(self.course[lab_of(other)], other)
            if not any(map(self.fails, deeper)):
                yield other

    def not_built(self, lab: rubric.Lab, grade: BlockGrade) -> str:
        """Whose compile error it is that keeps all of a block's failures from running."""
        known = self.runs.get(lab.number)
        problem = known and known.problem
        if not problem or any(test.outcome.status != run.NOT_BUILT for test in grade.failures):
            return ""
        if grade.block.id in problem.broken:
            return ""
        return problem.block or f"{problem.path or name(lab)} to compile"

    def needs(self, lab: rubric.Lab, block: str) -> list[str]:
        """Every block that this one cannot work without, in earlier labs as well."""
        found = set(lab.needs(block))
        for other in [other for other in found if lab_of(other) != lab.number]:
            found.update(self.needs(self.course[lab_of(other)], other))
        return sorted(found, key=markers.id_key)

    def outcomes(self, block: str) -> list[run.Outcome]:
        known = self.runs.get(lab_of(block), run.Run())
        return [o for id, o in known.outcomes.items() if run.block_of(id) == block]

    def fails(self, block: str) -> bool:
        """As far as is known."""
        if block in self.taken.refused:
            return True
        known = self.runs.get(lab_of(block), run.Run())
        if known.problem and block in known.problem.broken:
            return True
        return any(o.status not in PASSED_OR_SKIPPED for o in self.outcomes(block))

    def unknown_causes(self) -> set[str]:
        """Blocks that were not run, and may be why others fail."""
        return {
            needed
            for grade in self.grades()
            for block in grade.blocks
            if block.failures and not grade.problem
            for needed in self.needs(grade.lab, block.block.id)
            if not self.outcomes(needed) and needed not in self.taken.refused
        }

    def next_block(self) -> tuple[rubric.Lab, rubric.Block] | None:
        """The first that fails and waits for none, bonus blocks last.

        If there is none: what the others wait for, though nobody asked for that.
        """
        blocks = [block for grade in self.grades() for block in grade.blocks]
        failed = [block.block for block in blocks if block.state == State.FAILED]
        causes = [self.block(block.waits_for) for block in blocks if block.waits_for]
        found = min(failed, key=lambda block: block.bonus, default=None)
        found = found or next(filter(None, causes), None)
        return (self.course[lab_of(found.id)], found) if found else None

    def hint_block(self) -> tuple[rubric.Lab, rubric.Block] | None:
        """Whose hints are wanted: of what was asked for, and of no other block."""
        if not self.asked:
            return self.next_block()
        for grade in self.grades():
            for block in grade.blocks:
                if block.failures:
                    return grade.lab, block.block
        return None

    def block(self, id: str) -> rubric.Block | None:
        labs = self.course.values()
        return next((lab.by_id[id] for lab in labs if id in lab.by_id), None)


def fault_of(outcome: run.Outcome) -> str:
    """Why this machine cannot run a test, if it is not just that root is needed."""
    if outcome.status != run.SKIPPED or needs_root(outcome):
        return ""
    return outcome.message


def needs_root(outcome: run.Outcome) -> bool:
    """Also of a test that some other user could not run in a sandbox lent to it."""
    return outcome.status == run.SKIPPED and outcome.message.startswith(run.NEEDS_ROOT)


def distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(filter(None, texts)))


def name(lab: rubric.Lab) -> str:
    return f"lab{lab.number:02}"


def lab_of(id: str) -> int:
    return int(id.partition(".")[0])


def is_provided(test: str) -> bool:
    return run.block_of(test).endswith(".0")
