# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What was found: rows of results/bench.csv put side by side, against the targets, and
with the prices that they rest on.

bench prints this as a table, tools/plot.py makes sentences of it, and `bench --compare`
asks of two machines whether their prices explain what differs.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import prices
from .pace import family

Row = dict[str, str]
MORE: list[Callable] = []  # of later labs: as findings()
CDF_COLUMNS = "scenario network mode senders receivers size rate hog fifo".split()

# The prices that a value rests on, by the names in prices.NAMES. The value rises with
# the price; behind a "-" it falls.
IN_BURSTS = ("sendmsg", "copy_1k")  # of a copy in user space, many to a system call
ONE_BY_ONE = (*IN_BURSTS, "system_call")
WOKEN = ("task_switch",)  # for each packet
BOTH_PAY = ("-skb_freed_elsewhere",)  # so the ratio comes nearer to 1
# Of copies a second; the generator and the receivers are busy on the other core.
HURRY = ("-fixed_loop", "-loop_beside", "-skb_freed_elsewhere")
SLICE = "how long the kernel lets a hog run"


@dataclass(frozen=True)
class Rival:
    """A mode, how many times the CPU per copy of another it must, and should, cost, and
    why: what it pays that the other does not. A new mode is compared by entries here.
    """

    mode: str
    must: float
    aim: float
    rests: tuple[str, ...]
    than: str = "tc"

    def __str__(self) -> str:
        return f"{self.mode} against {self.than}"


RIVALS = (
    Rival("user", 3, 5, IN_BURSTS),
    Rival("rtpengine", 5, 8, ONE_BY_ONE),
    Rival("janus", 5, 8, ONE_BY_ONE),
    Rival("pion", 7, 12, ONE_BY_ONE),
)
# A mode's own targets: copies a second, and the share of a core that a full room takes.
LIMITS = {"tc": (1.2e6, 1.8e6)}
DIVISORS = {"user"}  # modes that claims of later labs divide by
ROOMS = {"tc": (22, 15)}


def against() -> list[str]:
    """The modes that others are divided by."""
    return sorted({rival.than for rival in RIVALS} | DIVISORS)


@dataclass(frozen=True)
class Value:
    median: float
    low: float
    high: float


class NoRow:
    """Stands where a value would be: its cell has no row, because the machine did not
    stay the same while it was measured. As a condition it is false."""

    def __init__(self, cell: dict[str, Any]) -> None:
        self.cell = cell

    def __bool__(self) -> bool:
        return False

    def __str__(self) -> str:
        return (
            "no row: {lost} of {rounds} rounds were refused, the fixed loop moved by up to "
            "{worst_percent:.0f} %".format(**self.cell)
        )

    @property
    def name(self) -> str:
        """Which cell it is."""
        c = self.cell
        rate = f", {c['rate']}/s" if c["rate"] else ""
        hog = " with a hog" * bool(c["hog"])
        who = f"{c['senders']} to {c['receivers']}"
        return f"{c['scenario']}, {who}, {c['size']} B{rate}{hog}"

    def concerns(self, wanted: dict[str, object]) -> bool:
        """Would a row with these values be of this cell?"""
        mode = wanted.get("mode")
        if mode and not set(str(mode).split("/")) & set(self.cell["modes"]):
            return False
        given = {k: v for k, v in wanted.items() if k in self.cell}
        given["scenario"] = family(str(given.get("scenario", self.cell["scenario"])))
        return all(str(self.cell[k]) == str(v) for k, v in given.items())


class Rows:
    """The rows, which can be selected by the values of their columns, and the cells that
    have none."""

    def __init__(self, rows: Iterable[Row], about: dict[str, Any] | None = None) -> None:
        self.rows = list(rows)
        withheld = (about or {}).get("pace", {}).get("withheld", [])
        self.withheld = [NoRow(cell) for cell in withheld]

    def select(self, **wanted: object) -> list[Row]:
        words = {name: str(value) for name, value in wanted.items()}
        return [r for r in self.rows if all(str(r[k]) == v for k, v in words.items())]

    def value(self, **wanted: object) -> Value | NoRow | None:
        """The value of the first row that matches; if there is none, NoRow or None."""
        found = self.select(**wanted)
        if not found:
            return next((n for n in self.withheld if n.concerns(wanted)), None)
        return Value(*(float(found[0][name]) for name in ("median", "low", "high")))


@dataclass(frozen=True)
class Finding:
    """A claim that the project makes, and what was measured of it."""

    what: str
    measured: Value | NoRow | None
    text: str  # the format of its numbers; "×": it is a ratio of two modes
    must: float | None = None  # None: there is no target
    aim: float | None = None
    at_least: bool = True
    rests: tuple[str, ...] = ()  # the prices; see above
    beside: str = ""  # what it rests on that is no price

    @property
    def is_ratio(self) -> bool:
        return "×" in self.text

    def prices(self) -> str:
        """What it rests on, for people: ↑ it rises with that price, ↓ it falls."""
        named = [
            f"{prices.NAMES[r.lstrip('-')]} {'↓' if r[0] == '-' else '↑'}"
            for r in self.rests
        ]
        return ", ".join(named + [self.beside] * bool(self.beside))

    def verdict(self) -> str:
        if self.measured is None:
            return "not measured"
        if not self.measured:
            return "no row"
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
        if not self.measured:
            return "–" if self.measured is None else str(self.measured)
        low, high = self.measured.low, self.measured.high
        shown = [self.text.format(n) for n in (self.measured.median, low, high)]
        return "{} ({} … {})".format(*shown)


def ratio(rows: Rows, rival: Rival, **wanted: object) -> Value | NoRow | None:
    """The mode's value divided by that of the other, taken within each round."""
    mode = f"{rival.mode}/{rival.than}"
    return rows.value(mode=mode, unit="ratio", network="hosts", **wanted)


def more(rows: Rows, one: str, other: str, metric: str) -> Value | None:
    """By how much the second scenario costs more than the first."""
    a = rows.value(scenario=one, mode="tc", metric=metric)
    b = rows.value(scenario=other, mode="tc", metric=metric)
    if not a or not b:
        return None
    return Value(b.median - a.median, b.low - a.high, b.high - a.low)


def step_ns(about: dict[str, Any], name: str, less: str) -> Value | None:
    """What one step costs beyond another, when the kernel runs it by itself."""
    steps = {step["step"]: step for step in about.get("steps", [])}
    if not {name, less} <= steps.keys():
        return None
    one, other = steps[name], steps[less]
    return Value(
        one["ns"] - other["ns"], one["low"] - other["high"], one["high"] - other["low"]
    )


def ratios(rows: Rows) -> Iterator[Finding]:
    """Who costs how many times as much as whom."""
    at20 = {"receivers": 20, "size": 1154, "metric": "cpu_per_packet"}
    room = {"scenario": "room", "hog": 0, "fifo": 0, "metric": "cpu_load"}
    for r in RIVALS:
        value = ratio(rows, r, scenario="card", rate=0, **at20)
        what = f"CPU per copy, 20 receivers: {r}"
        yield Finding(what, value, "{:.2f}×", r.must, r.aim, rests=r.rests)
    for r in RIVALS[:1]:
        value = ratio(rows, r, scenario="cost", rate=0, **at20)
        what, rests = f"{r.mode}: memory comes back on another core", r.rests + BOTH_PAY
        yield Finding(what, value, "{:.2f}×", r.must, r.aim, rests=rests)
    for r in RIVALS:
        value = ratio(rows, r, scenario="cost", rate=5000, **at20)
        what, rests = f"{r.mode}: that, and packets one by one", r.rests + WOKEN + BOTH_PAY
        yield Finding(what, value, "{:.2f}×", r.must, r.aim, rests=rests)
    for r in RIVALS:
        what, rests = f"full room: {r}", r.rests + WOKEN + BOTH_PAY
        yield Finding(what, ratio(rows, r, **room), "{:.2f}×", rests=rests)


def findings(rows: Rows, about: dict[str, Any]) -> list[Finding]:
    """All claims, each with the prices that it rests on."""
    hog = {"scenario": "latency", "receivers": 20, "hog": 1, "fifo": 0}
    saturated = {"scenario": "saturation", "network": "hosts", "receivers": 16}
    load = {"scenario": "room", "hog": 0, "fifo": 0, "metric": "cpu_load"}
    user = RIVALS[0]
    return [
        *ratios(rows),
        *(
            Finding(f"copies per second and core, {mode}, 16 receivers",
                    rows.value(mode=mode, **saturated, size=1154, metric="delivered"),
                    "{:,.0f}", must, aim, rests=HURRY)
            for mode, (must, aim) in LIMITS.items()
        ),
        *(
            Finding(f"full room: share of the core, {mode}",
                    rows.value(**load, mode=mode), "{:.1f} %", must, aim, at_least=False,
                    rests=("fixed_loop", "loop_beside", "skb_freed_elsewhere"))
            for mode, (must, aim) in ROOMS.items()
        ),
        Finding("full room: of that, to be woken and to receive",
                rows.value(**load, mode="baseline"), "{:.1f} %", rests=WOKEN),
        Finding("beside a hog, p99: user against tc",
                ratio(rows, user, **hog, metric="latency_p99"),
                "{:.1f}×", 10, 20, beside=SLICE),
        Finding("beside a hog, maximum: user against tc",
                ratio(rows, user, **hog, metric="latency_max"),
                "{:.1f}×", 4, 8, beside=SLICE),
        Finding("the guard and its accounting alone, per packet",
                step_ns(about, "guard: RTP", "call"),
                "{:.0f} ns", 120, 60, at_least=False, rests=("fixed_loop", "clock_read")),
        Finding("the guard, and the copy that veth makes for XDP",
                more(rows, "guard:off", "guard:on", "cpu_per_input"), "{:.0f} ns",
                rests=("copy_1k", "fixed_loop", "clock_read")),
        *(f for more_of in MORE for f in more_of(rows, about)),
    ]  # fmt: skip


def table(rows: list[Row], about: dict[str, Any]) -> list[str]:
    """The prices, and the claims with what they rest on, as lines of text."""
    lines = []
    found = Rows(rows, about)
    for f in findings(found, about):
        if f.measured:
            want = "" if f.must is None else "must {}, aim {}".format(*f.targets())
            rests = f"rests on {f.prices()}" if f.prices() else ""
            line = f"{f.what:50} {f.numbers():34} {want:32} {f.verdict():9} {rests}"
            lines.append(line.rstrip())
    lines += [f"{n.name}: {n}" for n in found.withheld]
    lines = lines or ["no row belongs to a claim of the project"]
    return [*prices.lines(about.get("prices", {})), *lines]


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
