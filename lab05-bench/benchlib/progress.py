# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""A line for each run: what is measured, the m-th of n, what came out, how long yet."""

import csv
import io
import json
import subprocess
import sys
import time
from typing import Any

from courselib import anywhere

from . import ROWS

# What a line shows of a run, the first that there is: metric, as, unit, divisor.
SHOWN = {
    "saturation": ("delivered", "{:,.0f} copies/s", 1),
    "cost": ("cpu_per_packet", "{:,.0f} ns a copy", 1),
    "card": ("cpu_per_packet", "{:,.0f} ns a copy", 1),
    "delta": ("delta_max", "delta up to {:.2f} ms", 1e6),
    "latency": ("latency_p99", "p99 {:,.0f} µs", 1e3),
    "room": ("cpu_load", "{:.1f} % of the core", 1),
    "join": ("join_to_first_packet", "{:.2f} ms", 1e6),
    "memory": ("memory_per_participant", "{:,.0f} B a participant", 1),
    "guard": ("cpu_per_input", "{:,.0f} ns a packet", 1),
}
ELSE = [("latency_p99", "p99 {:,.0f} µs", 1e3), ("cpu_per_input", "{:,.0f} ns", 1)]


def judge(record: dict[str, Any]) -> tuple[dict[str, float], str]:
    """What bench_rows makes of one record: its metrics, or why it is refused."""
    line = json.dumps({k: v for k, v in record.items() if k != "cdf"})
    done = subprocess.run([f"{ROWS}"], input=line, capture_output=True, text=True)
    if done.returncode:
        return {}, done.stderr.splitlines()[0].rpartition(": ")[2] or "unknown"
    rows = csv.DictReader(io.StringIO(done.stdout))
    return {row["metric"]: float(row["median"]) for row in rows}, ""


def show(scenario: str, metrics: dict[str, float]) -> str:
    """The one number that a line has room for."""
    family = scenario.partition(":")[0]
    for metric, text, divisor in [*([SHOWN[family]] if family in SHOWN else []), *ELSE]:
        if metric in metrics:
            return text.format(metrics[metric] / divisor)
    return ""


class Progress:
    def __init__(self, seconds: float, total: int) -> None:
        self.expected, self.total, self.done, self.run = seconds, total, 0.0, 0
        self.start = time.monotonic()
        self.colours = anywhere.colours(sys.stderr)

    def begin(self, title: str, round: int) -> None:
        self.run += 1
        self.title = f"{self.run:4}/{self.total}  round {round}  {title:50}"
        if self.colours:
            print(f"\r\033[K{self.title} …", end="", file=sys.stderr, flush=True)

    def more(self, seconds: float, runs: int) -> None:
        """As many again: a round is measured once more."""
        self.expected += seconds
        self.total += runs

    def say(self, text: str) -> None:
        """A line between two runs."""
        print(f"bench: {text}", file=sys.stderr, flush=True)

    def end(self, text: str, problem: str, seconds: float) -> None:
        self.done += seconds
        mark = self.paint("✗", 31) if problem else self.paint("✓", 32)
        over = "\r\033[K" if self.colours else ""
        said = f"refused: {problem}" if problem else text
        print(
            f"{over}{self.title} {mark} {said:28} {self.left()}",
            file=sys.stderr,
            flush=True,
        )

    def left(self) -> str:
        """The estimate learns from how long the runs took so far."""
        elapsed = time.monotonic() - self.start
        seconds = round(elapsed / self.done * (self.expected - self.done))
        return f"{seconds // 60}:{seconds % 60:02} to go" if seconds > 0 else ""

    def paint(self, text: str, colour: int) -> str:
        return f"\033[{colour}m{text}\033[m" if self.colours else text
