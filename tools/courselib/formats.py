# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""A report in the formats that others read, and into a file that is never half.

Every function here takes a report that may still be growing: what has not been run
has no points yet, and the record says that it is not finished.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from . import programs, run, score

BONUS_WAITS = "A bonus counts only where everything is graded: {} points of it do not here."
UNFINISHED = "The grader has not finished: these are the points so far."
NOT_GRADED = "This machine, not the code, keeps tests from being graded:"
NO_HINT = (run.PENDING, run.NOT_BUILT, run.REFUSED)
OUTPUT_MAX = 20_000  # characters of one test that others are bothered with

# XML 1.0 has no way to write these, nor half of a surrogate pair.
NOT_XML = dict.fromkeys(
    [code for code in range(32) if chr(code) not in "\t\n\r"]
    + [*range(0xD800, 0xE000), 0xFFFE, 0xFFFF],
    "\ufffd",
)


def tests(report: score.Report) -> Iterator[tuple[score.BlockGrade, score.TestGrade]]:
    for grade in report.grades():
        for block in grade.blocks:
            for test in block.tests:
                yield block, test


def trouble(report: score.Report) -> str:
    """What this machine has to say for itself."""
    faults = [fault for grade in report.grades() for fault in grade.faults]
    return "; ".join(score.distinct([report.trouble, *faults]))


def obstacles(report: score.Report) -> list[str]:
    """Why programs are not built or not taken, which costs many tests at once; before
    that, what there is to say of a submission."""
    found = ["\n".join(report.taken.notes)] if report.taken.notes else []
    for grade in report.grades():
        if grade.problem:
            found.append(f"lab{grade.lab.number:02}: {grade.problem.words}")
        for rejection in grade.rejections:
            said = f"the kernel rejects {rejection.program}()"
            found.append(f"lab{grade.lab.number:02}: {said}:\n{rejection.text}")
    return found


def rejections(
    report: score.Report, block: score.BlockGrade, test: score.TestGrade
) -> list[str]:
    """What the kernel has against a program that a test could not load."""
    if test.test.native:
        return []
    lab = score.lab_of(block.block.id)
    return [rejection.text for rejection in report.rejections.get(lab, ())]


def name(block: score.BlockGrade, test: score.TestGrade) -> str:
    here = "not graded here: " if test.skipped else ""
    bonus = " (bonus)" if block.block.bonus else ""
    return f"{here}{test.test.id} {test.outcome.title}{bonus}"


def explanation(
    report: score.Report, block: score.BlockGrade, test: score.TestGrade
) -> str:
    """What a failure has to say, in plain text."""
    if test.passed:
        return ""
    outcome = test.outcome
    parts = [outcome.story or outcome.message]
    if outcome.output:
        parts += ["it printed:", outcome.output]
    if not test.skipped:
        parts += rejections(report, block, test)
    if block.waits_for:
        parts += [f"{block.block.id} waits for {block.waits_for}"]
    elif not test.skipped and outcome.status not in NO_HINT:
        parts += [f"hint: {block.block.hints[0]}"]
    return "\n".join(part.rstrip() for part in parts)[-OUTPUT_MAX:]


@dataclass(frozen=True)
class Sum:
    """Of a report, for those who want one number."""

    gained: int  # bonus included, as far as it counts
    most: int  # full marks
    not_graded: int  # of these
    waiting: int  # bonus that does not count

    def __str__(self) -> str:
        parts = [f"{self.gained} of {self.most} points."]
        if self.not_graded:
            parts.append(f"{self.not_graded} points were NOT GRADED HERE.")
        if self.waiting:
            parts.append(BONUS_WAITS.format(self.waiting))
        return " ".join(parts)


def points(report: score.Report) -> Sum:
    """A bonus makes up for points that were lost, and for none that were not graded."""
    grades = report.grades()
    gained = waiting = 0
    for grade in grades:
        both = grade.points() + grade.points(bonus=True)
        graded = grade.max_points() - grade.skipped_points
        counts = min(both, graded) if grade.skipped_points else both
        gained, waiting = gained + counts, waiting + both - counts
    most = sum(grade.max_points() for grade in grades)
    return Sum(gained, most, sum(grade.skipped_points for grade in grades), waiting)


# Our own.


def as_json(report: score.Report) -> str:
    record = {
        "version": 1,
        "finished": report.finished,
        "trouble": trouble(report),
        "labs": [lab_record(grade) for grade in report.grades()],
    }
    if report.submission:
        record["submission"] = vars(report.submission)
    return json.dumps(record, indent=2, ensure_ascii=False)


def lab_record(grade: score.LabGrade) -> dict[str, Any]:
    return {
        "lab": f"lab{grade.lab.number:02}",
        "title": grade.lab.title,
        "points": grade.points(),
        "max_points": grade.max_points(),
        "bonus": grade.points(bonus=True),
        "max_bonus": grade.max_points(bonus=True),
        "skipped_points": grade.skipped_points,
        "complete": grade.complete,
        "problem": grade.problem and vars(grade.problem),
        "rejections": [vars(rejection) for rejection in grade.rejections],
        "programs": [program_record(p) for p in grade.programs.values()],
        "blocks": [block_record(block) for block in grade.blocks],
        "provided": [vars(outcome) for outcome in grade.provided],
    }


def program_record(program: programs.Program) -> dict[str, Any]:
    cost = vars(program.cost) if program.cost else {}
    return {"program": program.name, "accepted": program.accepted, **cost}


def block_record(grade: score.BlockGrade) -> dict[str, Any]:
    return {
        "id": grade.block.id,
        "name": grade.block.name,
        "bonus": grade.block.bonus,
        "state": grade.state,
        "waits_for": grade.waits_for,
        "points": grade.points,
        "max_points": grade.max_points,
        "tests": [
            {**vars(t.outcome), "points": t.points, "max_points": t.test.points}
            for t in grade.tests
        ],
    }


# Gradescope: https://gradescope-autograders.readthedocs.io/en/latest/specs/


def gradescope(report: score.Report) -> str:
    total = points(report)
    parts = [] if report.finished else [UNFINISHED]
    parts.append(str(total))
    if words := trouble(report):
        parts.append(f"{NOT_GRADED} {words}")
    output = "\n\n".join([" ".join(parts), *obstacles(report)])
    record = {
        "score": total.gained,
        "output": output[:OUTPUT_MAX],
        "output_format": "text",
        "visibility": "visible",
        "stdout_visibility": "hidden",
        "tests": [gradescope_test(report, *both) for both in tests(report)],
    }
    return json.dumps(record, indent=2, ensure_ascii=False)


def gradescope_test(
    report: score.Report, block: score.BlockGrade, test: score.TestGrade
) -> dict[str, Any]:
    """One that is not graded has neither points nor a status: it is neither right nor
    wrong, and Gradescope has no third state."""
    graded = {
        "score": test.points,
        "max_score": test.test.points,
        "status": "passed" if test.passed else "failed",
    }
    return {
        "name": name(block, test),
        "number": test.test.id,
        **({} if test.skipped else graded),
        "output": explanation(report, block, test),
        "output_format": "text",
        "visibility": "visible",
    }


# GitHub Classroom: what its autograding-grading-reporter reads, base64-encoded,
# from the "result" of an earlier step.


def classroom(report: score.Report) -> str:
    total = points(report)
    cases = [classroom_test(report, *both) for both in tests(report)]
    graded = [
        case
        for case in cases
        if "(bonus)" not in case["name"] or case["score"] and not total.not_graded
    ]
    bad = [case for case in graded if case["status"] != "pass"]
    status = "error" if not report.finished else "fail" if bad else "pass"
    record = {"version": 1, "status": status, "max_score": total.most, "tests": graded}
    return json.dumps(record, indent=2, ensure_ascii=False)


def classroom_test(
    report: score.Report, block: score.BlockGrade, test: score.TestGrade
) -> dict[str, Any]:
    path, _, line = test.outcome.where.rpartition(":")
    return {
        "name": name(block, test),
        "status": "pass" if test.passed else "error" if crashed(test) else "fail",
        "score": test.points,
        "message": explanation(report, block, test),
        "test_code": f"./check {test.test.id}",
        "filename": path,
        "line_no": int(line or 0),
        "duration": test.outcome.ms,
    }


def crashed(test: score.TestGrade) -> bool:
    return test.outcome.status not in (run.PASSED, run.FAILED)


# JUnit, as Jenkins and others read it.


def junit(report: score.Report) -> str:
    suites = ElementTree.Element("testsuites", name="check")
    for grade in report.grades():
        suites.append(junit_suite(report, grade))
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, "unicode", xml_declaration=True)


def junit_suite(report: score.Report, grade: score.LabGrade) -> ElementTree.Element:
    cases = [(block, test) for block in grade.blocks for test in block.tests]
    skipped = sum(test.skipped for _, test in cases)
    passed = sum(test.passed for _, test in cases)
    suite = ElementTree.Element(
        "testsuite",
        name=f"lab{grade.lab.number:02} {grade.lab.title}",
        tests=str(len(cases)),
        failures=str(len(cases) - passed - skipped),
        errors="0",
        skipped=str(skipped),
        time=seconds(sum(test.outcome.ms for _, test in cases)),
    )
    suite.extend(junit_case(report, grade, *both) for both in cases)
    said = obstacles(replace(report, labs=[grade.lab]))
    if words := "\n\n".join(said if report.finished else [UNFINISHED, *said]):
        text = words[:OUTPUT_MAX].translate(NOT_XML)
        ElementTree.SubElement(suite, "system-out").text = text
    return suite


def junit_case(
    report: score.Report,
    grade: score.LabGrade,
    block: score.BlockGrade,
    test: score.TestGrade,
) -> ElementTree.Element:
    case = ElementTree.Element(
        "testcase",
        classname=f"lab{grade.lab.number:02}.{block.block.name}",
        name=name(block, test),
        time=seconds(test.outcome.ms),
    )
    if not test.passed:
        kind = "skipped" if test.skipped else "failure"
        message = test.outcome.message.translate(NOT_XML)
        found = ElementTree.SubElement(case, kind, message=message)
        found.set("type", test.outcome.status)
        found.text = explanation(report, block, test).translate(NOT_XML)
    return case


def seconds(ms: int) -> str:
    return f"{ms / 1000:.3f}"


FORMATS: dict[str, Callable[[score.Report], str]] = {
    "json": as_json,
    "gradescope": gradescope,
    "classroom": classroom,
    "junit": junit,
}


def write(path: Path, text: str) -> None:
    """All of it or nothing: whoever reads the file meanwhile gets the one before."""
    new = path.with_name(f".{path.name}.new")
    new.write_text(text + "\n", encoding="utf-8")
    new.replace(path)
