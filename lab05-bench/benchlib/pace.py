# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Did the machine stay the same while a round was measured?

    loop   tc   user   baseline   loop        a round of a cell: all its modes
    1,669                         1,671 ns    it holds
    1,669                         2,014 ns    +21 %: it is refused, and run again

A fixed loop takes as long as it takes; if it takes longer after a round than before,
somebody else had a share of the core, or the core has changed its clock. Then the
round says nothing about the modes. It is measured again, up to AGAIN times, and a cell
most of whose rounds were lost has no row.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, TypeVar

LIMIT = 10.0  # percent
AGAIN = 2  # a round is measured three times at most,
SPARE = 2  # and no more than a half of all rounds are measured again
# What a cell's runs have in common, whoever forwards.
COLUMNS = "network senders receivers size rate hog".split()

Result = TypeVar("Result")
Key = tuple[Any, ...]


def moved(before: Sequence[float], after: Sequence[float]) -> float:
    """By how many percent the loop became slower or faster, on the worst core."""
    return max(100 * (max(a, b) / min(a, b) - 1) for a, b in zip(before, after))


@dataclass
class Attempt:
    """One measurement of a round, with the loop's ns on each core."""

    before: list[float]
    after: list[float]
    result: Any

    @property
    def moved(self) -> float:
        return moved(self.before, self.after)

    def loop(self) -> dict[str, Any]:
        """For the raw record."""
        return {"before": self.before, "after": self.after, "moved": self.moved}


def attempts(
    work: Callable[[], Result],
    loop: Callable[[], list[float]],
    limit: float = LIMIT,
    again: int = AGAIN,
) -> Iterable[Attempt]:
    """Do the work until the loop took as long after it as before, or again is used up.

    Only the last of the attempts can hold.
    """
    for _ in range(again + 1):
        before = loop()
        result = work()
        attempt = Attempt(before, loop(), result)
        yield attempt
        if attempt.moved <= limit:
            return


def family(scenario: str) -> str:
    return scenario.partition(":")[0]


def key_of(cell: dict[str, Any]) -> Key:
    """What a round is of. Its scenarios are compared, such as guard:on and guard:off."""
    values = (int(v) if isinstance(v, bool) else v for v in map(cell.get, COLUMNS))
    return family(cell["scenario"]), *values


def grouped(jobs: list, key: Callable[[Any], Key]) -> list[list]:
    """Jobs in a row that belong to one round of one cell."""
    return [list(group) for _, group in groupby(jobs, key)]


@dataclass
class Account:
    """The rounds of one cell."""

    modes: set[str] = field(default_factory=set)
    rounds: int = 0
    refused: int = 0  # measurements
    lost: int = 0  # rounds of which every measurement was refused
    worst: float = 0.0  # percent, of those refused

    @property
    def withheld(self) -> bool:
        """Too few rounds hold to make a row of."""
        return 2 * self.lost >= self.rounds and self.lost > 0


class Book:
    """Which rounds of which cells hold."""

    def __init__(self, limit: float = LIMIT) -> None:
        self.limit = limit
        self.spare = 0  # measurements that may be made again
        self.accounts: dict[Key, Account] = {}
        self.seen: list[float] = []  # ns of the loop on the forwarder's core

    def plan(self, rounds: int) -> None:
        """So many are to come."""
        self.spare = (rounds + 1) // SPARE

    @property
    def again(self) -> int:
        """How often the next round may be measured again."""
        return min(AGAIN, self.spare)

    def enter(self, key: Key, modes: Iterable[str], tried: list[Attempt]) -> bool:
        """Enter a round with all its attempts; does the last one hold?"""
        account = self.accounts.setdefault(key, Account())
        account.modes.update(modes)
        account.rounds += 1
        self.spare -= len(tried) - 1
        for attempt in tried:
            self.seen += attempt.before[:1] + attempt.after[:1]
            if attempt.moved > self.limit:
                account.refused += 1
                account.worst = max(account.worst, attempt.moved)
        holds = tried[-1].moved <= self.limit
        account.lost += not holds
        return holds

    def has_row(self, key: Key) -> bool:
        return key not in self.accounts or not self.accounts[key].withheld

    @property
    def refused(self) -> int:
        return sum(a.refused for a in self.accounts.values())

    @property
    def lost(self) -> int:
        return sum(a.lost for a in self.accounts.values())

    def withheld(self) -> list[dict[str, Any]]:
        """The cells that have no row, and why."""
        return [
            {
                **dict(zip(["scenario", *COLUMNS], key)),
                "modes": sorted(account.modes),
                "rounds": account.rounds,
                "lost": account.lost,
                "worst_percent": account.worst,
            }
            for key, account in self.accounts.items()
            if account.withheld
        ]

    def about(self) -> dict[str, Any]:
        """For bench.json."""
        return {
            "limit_percent": self.limit,
            "rounds": sum(a.rounds for a in self.accounts.values()),
            "refused": self.refused,
            "lost": self.lost,
            "loop_ns": [min(self.seen), max(self.seen)] if self.seen else [],
            "withheld": self.withheld(),
        }
