# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What the verifier said, in plain English.

    outcome = load(Path("build/lab01/guard.bpf.o"))
    if outcome.status == "rejected":
        print(render(explain(outcome.log, outcome.object, failed=True)))

The verifier (Linux 6.1 to 6.18) prints the instructions on the way to the one that
it refuses, what it knows about the registers after each, and between them the lines
of C that they come from. Here such a log becomes a place in the source, the rule that
was broken, with this log's numbers, and what to try. So do the errors of libbpf and
clang. The rules stand in museum/rules.toml. In the order in which they work:

    kernel   from source to kernel, which says no
    walk     reads its log: the way to the instruction that was refused
    origin   follows a value back along that way
    objects  reads what an object file knows about its lines
    sources  finds the line to look at
    rules    the table of what can be wrong
    facts    this log's numbers and kinds, for the text of a rule
    places   its calls, lines and pointers, in words
    story    all of it together, for people
"""

from .facts import Case, facts
from .kernel import OUTPUT, Outcome, build, keep, load
from .objects import read_object
from .rules import rules
from .sources import ROOT
from .story import Explanation, explain, render
from .walk import BEGIN, Source, verifier_part

__all__ = [
    "BEGIN",
    "Case",
    "Explanation",
    "OUTPUT",
    "Outcome",
    "ROOT",
    "Source",
    "build",
    "explain",
    "facts",
    "keep",
    "load",
    "read_object",
    "render",
    "rules",
    "verifier_part",
]
