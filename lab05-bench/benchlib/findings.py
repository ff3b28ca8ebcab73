# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What was found: rows of results/bench.csv put side by side, and against the targets.

bench prints this as a table, and tools/plot.py makes sentences of it.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, str]
# Other forwarders: how many times tc's CPU per copy they must, and should, cost.
OTHERS = (("user", 3, 5), ("rtpengine", 5, 8), ("janus", 5, 8), ("pion", 7, 12))
MORE: list[Callable] = []  # of later labs: as findings()
CDF_COLUMNS = "scenario network mode senders receivers size rate hog fifo".split()


@dataclass(frozen=True)
class Value:
    median: float
    low: float
    high: float


class Rows:
    """The rows, which can be selected by the values of their columns."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = list(rows)

    def select(self, **wanted: object) -> list[Row]:
        words = {name: str(value) for name, value in wanted.items()}
        return [r for r in self.rows if all(r[k] == v for k, v in words.items())]

    def value(self, **wanted: object) -> Value | None:
        """The value of the first row that matches; None if there is none."""
        found = self.select(**wanted)
        if not found:
            return None
        return Value(*(float(found[0][name]) for name in ("median", "low", "high")))


@dataclass(frozen=True)
class Finding:
    """A claim that the project makes, and what was measured of it."""

    what: str
    measured: Value | None
    text: str  # the format of its numbers
    must: float | None = None  # None: there is no target
    aim: float | None = None
    at_least: bool = True

    def verdict(self) -> str:
        if self.measured is None:
            return "not measured"
        if self.must is None:
            return ""
        if self.reaches(self.aim):
            return "as aimed"
        return "reached" if self.reaches(self.must) else "missed"

    def reaches(self, target: float) -> bool:
        value = self.measured.median
        return value >= target if self.at_least else value <= target

    def targets(self) -> list[str]:
        """What the value must be, and what it should be."""
        targets = (self.must, self.aim)
        return ["" if t is None else self.text.format(t) for t in targets]

    def numbers(self) -> str:
        if self.measured is None:
            return "–"
        low, high = self.measured.low, self.measured.high
        shown = [self.text.format(n) for n in (self.measured.median, low, high)]
        return "{} ({} … {})".format(*shown)


def ratio(rows: Rows, mode: str, **wanted: object) -> Value | None:
    """The mode's value divided by tc's, taken within each round."""
    return rows.value(mode=f"{mode}/tc", unit="ratio", network="hosts", **wanted)


def change(rows: Rows, one: str, other: str, metric: str) -> Value | None:
    """By how many percent the second scenario costs more than the first."""
    a = rows.value(scenario=one, mode="tc", metric=metric)
    b = rows.value(scenario=other, mode="tc", metric=metric)
    if not a or not b:
        return None
    share = [(y / x - 1) * 100 for y, x in
             ((b.median, a.median), (b.low, a.high), (b.high, a.low))]  # fmt: skip
    return Value(*share)


def more(rows: Rows, one: str, other: str, metric: str) -> Value | None:
    """By how much the second scenario costs more than the first."""
    a = rows.value(scenario=one, mode="tc", metric=metric)
    b = rows.value(scenario=other, mode="tc", metric=metric)
    if not a or not b:
        return None
    return Value(b.median - a.median, b.low - a.high, b.high - a.low)


def most_rooms(rows: Rows) -> str:
    """The scenario with the most rooms that there is."""
    found = {r["scenario"] for r in rows.rows if r["scenario"].startswith("rooms:")}
    return max(found, key=lambda name: int(name.partition(":")[2]), default="rooms:0")


def step_ns(about: dict[str, Any], name: str, less: str) -> Value | None:
    """What one step costs beyond another, when the kernel runs it by itself."""
    steps = {step["step"]: step for step in about.get("steps", [])}
    if not {name, less} <= steps.keys():
        return None
    one, other = steps[name], steps[less]
    return Value(
        one["ns"] - other["ns"], one["low"] - other["high"], one["high"] - other["low"]
    )


def findings(rows: Rows, about: dict[str, Any]) -> list[Finding]:
    """All claims."""
    at20 = {"scenario": "cost", "receivers": 20, "size": 1154, "rate": 0}
    single = {**at20, "rate": 5000}
    card = {**at20, "scenario": "card"}
    hog = {"scenario": "latency", "receivers": 20, "hog": 1, "fifo": 0}
    saturated = {"scenario": "saturation", "mode": "tc", "network": "hosts"}
    load = {"scenario": "room", "hog": 0, "fifo": 0, "metric": "cpu_load"}
    rooms = most_rooms(rows)
    number = int(rooms.partition(":")[2])
    return [
        *(
            Finding(f"CPU per copy, 20 receivers: {other} against tc",
                    ratio(rows, other, **card, metric="cpu_per_packet"),
                    "{:.2f}×", must, aim)
            for other, must, aim in OTHERS
        ),
        Finding("user: memory comes back on another core",
                ratio(rows, "user", **at20, metric="cpu_per_packet"),
                "{:.2f}×", 3, 5),
        *(
            Finding(f"{other}: that, and packets one by one",
                    ratio(rows, other, **single, metric="cpu_per_packet"),
                    "{:.2f}×", must, aim)
            for other, must, aim in OTHERS
        ),
        Finding("copies per second and core, tc, 16 receivers",
                rows.value(**saturated, receivers=16, size=1154, metric="delivered"),
                "{:,.0f}", 1.2e6, 1.8e6),
        Finding("full room: share of the core, tc",
                rows.value(**load, mode="tc"), "{:.1f} %", 22, 15, at_least=False),
        Finding("beside a hog, p99: user against tc",
                ratio(rows, "user", **hog, metric="latency_p99"),
                "{:.1f}×", 10, 20),
        Finding("beside a hog, maximum: user against tc",
                ratio(rows, "user", **hog, metric="latency_max"),
                "{:.1f}×", 4, 8),
        Finding(f"a copy with {number:,} rooms against one with 10",
                change(rows, "rooms:10", rooms, "cpu_per_packet"),
                "{:+.1f} %", 10, 3, at_least=False),
        Finding("the guard and its accounting alone, per packet",
                step_ns(about, "guard: RTP", "call"),
                "{:.0f} ns", 120, 60, at_least=False),
        Finding("the guard, and the copy that veth makes for XDP",
                more(rows, "guard:off", "guard:on", "cpu_per_input"), "{:.0f} ns"),
        *(f for more_of in MORE for f in more_of(rows, about)),
    ]  # fmt: skip


def table(rows: list[Row], about: dict[str, Any]) -> list[str]:
    """The claims as lines of text."""
    lines = []
    for f in findings(Rows(rows), about):
        if f.measured:
            want = "" if f.must is None else "must {}, aim {}".format(*f.targets())
            lines.append(f"{f.what:50} {f.numbers():34} {want:32} {f.verdict()}")
    return lines or ["no row belongs to a claim of the project"]


def distributions(raw: Path) -> Iterator[tuple[tuple, list]]:
    """A distribution of latency for each cell: that of the round in the middle."""
    rounds = defaultdict(list)
    for line in raw.read_text().splitlines():
        record = json.loads(line)
        if record.get("cdf") and record["rate"]:
            cell = tuple(record[name] for name in CDF_COLUMNS)
            rounds[cell].append((record["latency"]["p99"], record["cdf"]))
    for cell, runs in rounds.items():
        runs.sort(key=lambda run: run[0])
        yield cell, runs[len(runs) // 2][1]


def write_cdf(raw: Path, path: Path) -> None:
    with path.open("w", newline="") as file:
        out = csv.writer(file)
        out.writerow([*CDF_COLUMNS, "ns", "fraction"])
        for cell, points in distributions(raw):
            shown = [int(v) if isinstance(v, bool) else v for v in cell]
            out.writerows([*shown, *point] for point in points)
