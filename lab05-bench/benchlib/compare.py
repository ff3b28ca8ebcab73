# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Two results side by side: prices, claims, and which price explains what differs.

    claim, A 4.7×, B 15.9×        B/A 3.4    rests on sendmsg ↑, 1 KB copied ↑
    sendmsg, A 0.6 µs, B 1.9 µs   B/A 3.2    so sendmsg explains it

Two values differ if their intervals have nothing in common and one is more than TENTH
greater. A price explains a claim that rests on it if it differs, too, and in the
direction in which the claim would follow. A ratio of two modes does not change if the
whole machine is slower: there, each price counts in turns of the fixed loop.
"""

import csv
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .findings import Finding, Rows, Value, findings
from .prices import LOOP, NAMES

TENTH = 1.1
SAME, UNEXPLAINED, WRONG = 0, 1, 2
FACTS = ("machine", "cores", "kernel", "commit", "when")


class Unreadable(Exception):
    """Why nothing can be compared, and what to try."""


class Result:
    """A bench.json, or the bare rows that older versions printed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        said = read(path)
        self.about: dict[str, Any] = said if isinstance(said, dict) else {"rows": said}
        rows = self.about.get("rows")
        self.rows = Rows(beside(path) if rows is None else rows, self.about)
        told = self.about.get("prices") or {}
        self.prices = {
            name: Value(price["ns"], price["low"], price["high"])
            for name, price in told.get("prices", {}).items()
        }

    def claims(self) -> dict[str, Finding]:
        return {f.what: f for f in findings(self.rows, self.about)}

    def facts(self) -> dict[str, Any]:
        """Which machine it is."""
        known = {name: self.about.get(name, "unknown") for name in FACTS}
        return {"file": f"{self.path}", **known, "has_prices": bool(self.prices)}


def read(path: Path) -> Any:
    try:
        said = json.loads(path.read_text())
    except OSError as error:
        raise Unreadable(
            f"cannot read {path}: {error.strerror}; `make bench` writes results/bench.json"
        ) from error
    except ValueError as error:
        raise Unreadable(f"{path} is no JSON: {error}; give a bench.json") from error
    if not isinstance(said, (dict, list)):
        raise Unreadable(f"{path} is no result of bench; give a bench.json")
    return said


def beside(path: Path) -> list[dict[str, str]]:
    """The rows of a result that is older than the rows in bench.json."""
    table = path.with_name("bench.csv")
    try:
        with table.open(newline="") as file:
            return list(csv.DictReader(file))
    except OSError as error:
        raise Unreadable(
            f"{path} has no rows, and {table} cannot be read: {error.strerror}; "
            "put the bench.csv of the same run beside it"
        ) from error


@dataclass(frozen=True)
class Pair:
    """The same thing on both machines."""

    a: Value
    b: Value

    @property
    def factor(self) -> float:
        """How many times A's is B's; 0: there is no such number."""
        both = self.a.median > 0 and self.b.median > 0
        return self.b.median / self.a.median if both else 0

    @property
    def differs(self) -> bool:
        apart = self.a.high < self.b.low or self.b.high < self.a.low
        return apart and far(self.factor)

    def described(self) -> dict[str, Any]:
        return {
            "a": vars(self.a), "b": vars(self.b),
            "factor": self.factor or None, "differs": self.differs,
        }  # fmt: skip


def far(factor: float) -> bool:
    """Is it more than TENTH away from 1?"""
    return factor > 0 and not 1 / TENTH <= factor <= TENTH


def explains(rest: str, claim: Pair, price: Pair, loop: float) -> bool:
    """Does the claim follow this price? loop: what the price is counted in."""
    factor = price.factor / loop
    if not price.differs or not far(factor):
        return False
    sign = -1 if rest.startswith("-") else 1
    return sign * math.log(factor) * math.log(claim.factor) > 0


@dataclass
class Claim:
    """A claim on both machines, and which prices explain what differs, greatest first."""

    of: Finding
    pair: Pair
    by: list[str]

    @property
    def unexplained(self) -> bool:
        return self.pair.differs and not self.by

    def described(self) -> dict[str, Any]:
        rests = [rest.lstrip("-") for rest in self.of.rests]
        return {
            "what": self.of.what, **self.pair.described(),
            "rests_on": rests, "explained_by": self.by,
        }  # fmt: skip


class Comparison:
    def __init__(self, a: Result, b: Result) -> None:
        self.results = (a, b)
        shared = [name for name in NAMES if name in a.prices and name in b.prices]
        self.prices = {name: Pair(a.prices[name], b.prices[name]) for name in shared}
        ours, theirs = a.claims(), b.claims()
        self.claims = [
            self.claim(f, Pair(f.measured, theirs[what].measured))
            for what, f in ours.items()
            if f.measured and what in theirs and theirs[what].measured
        ]

    def claim(self, finding: Finding, pair: Pair) -> Claim:
        loop = self.prices[LOOP].factor if LOOP in self.prices else 0
        loop = loop if finding.is_ratio and loop else 1
        by = {
            name: abs(math.log(self.prices[name].factor / loop))
            for rest in finding.rests
            if pair.differs and (name := rest.lstrip("-")) in self.prices
            and explains(rest, pair, self.prices[name], loop)
        }  # fmt: skip
        return Claim(finding, pair, sorted(by, key=by.get, reverse=True))

    @property
    def status(self) -> int:
        return UNEXPLAINED if any(c.unexplained for c in self.claims) else SAME

    def described(self) -> dict[str, Any]:
        """For --json."""
        a, b = self.results
        return {
            "a": a.facts(), "b": b.facts(),
            "prices": {name: pair.described() for name, pair in self.prices.items()},
            "claims": [claim.described() for claim in self.claims],
            "unexplained": sum(claim.unexplained for claim in self.claims),
        }  # fmt: skip

    def lines(self) -> list[str]:
        """For people."""
        return [*self.head(), "", *self.price_lines(), "", *self.claim_lines(), self.end()]

    def head(self) -> list[str]:
        lines = []
        for letter, result in zip("AB", self.results):
            facts = result.facts()
            named = ", ".join(f"{name} {facts[name]}" for name in FACTS)
            lines.append(f"{letter}: {result.path}: {named}")
            if not result.prices:
                lines.append(f"   {letter} has no prices: it was measured by an older bench")
        return lines

    def price_lines(self) -> list[str]:
        if not self.prices:
            return ["no price is known of both machines, so none can explain a difference"]
        lines = [f"{'price, ns':54} {'A':>15} {'B':>15}    B/A"]
        for name, pair in self.prices.items():
            texts = [f"{v.median:,.1f}" for v in (pair.a, pair.b)]
            lines.append(line(NAMES[name], texts, pair))
        return lines

    def claim_lines(self) -> list[str]:
        lines = [f"{'claim':54} {'A':>15} {'B':>15}    B/A"]
        for claim in self.claims:
            pair = claim.pair
            texts = [claim.of.text.format(v.median) for v in (pair.a, pair.b)]
            lines.append(line(claim.of.what, texts, pair))
            if pair.differs:
                lines.append(f"    {self.why(claim)}")
        return lines if self.claims else ["no claim of the project is in both"]

    def why(self, claim: Claim) -> str:
        """Which price explains a difference."""
        if claim.by:
            told = [f"{NAMES[n]} ({self.prices[n].factor:.2f} times)" for n in claim.by]
            return f"explained by {', '.join(told)}"
        rests = claim.of.prices() or "none that is measured"
        return f"no price explains it; it rests on {rests}"

    def end(self) -> str:
        differ = [claim for claim in self.claims if claim.pair.differs]
        odd = sum(claim.unexplained for claim in differ)
        return (
            f"{len(self.claims)} claims are in both; {len(differ)} differ, and no price "
            f"explains {odd} of those"
        )


def line(what: str, texts: list[str], pair: Pair) -> str:
    factor = f"{pair.factor:.2f}" if pair.factor else "–"
    mark = "  differs" if pair.differs else ""
    return f"{what:54} {texts[0]:>15} {texts[1]:>15} {factor:>6}{mark}"


def main(paths: list[Path], results: Path, as_json: bool) -> int:
    """bench --compare; the second result is by default the one of this machine."""
    files = paths if len(paths) == 2 else [*paths, results / "bench.json"]
    try:
        found = Comparison(*map(Result, files))
    except Unreadable as why:
        print(f"bench: {why}", file=sys.stderr)
        return WRONG
    if as_json:
        print(json.dumps(found.described(), indent=2))
    else:
        print("\n".join(found.lines()))
    return found.status
