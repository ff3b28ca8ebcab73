# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The rules of museum/rules.toml: what can be wrong, and how a log says so."""

import functools
import re
import tomllib
from dataclasses import dataclass

from .sources import ROOT

RULES = ROOT / "museum" / "rules.toml"


@dataclass(frozen=True)
class Rule:
    """An entry of rules.toml."""

    id: str
    match: tuple[str, ...]
    says: str
    advice: str
    stage: str = "verifier"


UNKNOWN = Rule(
    "unknown",
    (),
    "No rule of ours explains this. What was said last stands below, word by word.",
    "Search the web for those words (without the numbers), and read the end of the "
    "log: the instruction that was refused, and what was known about its registers.",
)


@functools.cache
def rules() -> tuple[Rule, ...]:
    return tuple(
        Rule(
            entry["id"],
            tuple(patterns(entry["match"])),
            entry["says"],
            entry["try"],
            entry.get("stage", "verifier"),
        )
        for entry in tomllib.loads(RULES.read_text())["rule"]
    )


def patterns(match: str | list[str]) -> list[str]:
    return [match] if isinstance(match, str) else match


def find_rule(stage: str, message: str) -> tuple[Rule, re.Match[str] | None]:
    for rule in rules():
        for pattern in rule.match if rule.stage == stage else ():
            if found := re.search(pattern, message):
                return rule, found
    return UNKNOWN, None
