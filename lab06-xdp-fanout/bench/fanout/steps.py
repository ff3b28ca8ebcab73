# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Each step of the plane xdp by itself: build/lab06/fan_cost has the kernel run them
again and again, without a network."""

import json
from typing import Any

from benchlib import BUILD, cpu, hosts
from benchlib.findings import Finding, Rows
from benchlib.record import Cell
from benchlib.scenarios import Extent, Job, Site, claim

PROGRAM = BUILD / "lab06/fan_cost"
SIZE = 1154
ONCE_A_PACKET = {
    "fanout: no legs": "parse, look up, count",
    "survey 20 legs": "look at 20 legs",
    "checksum: complete": "a checksum that is complete",
    "checksum: partial": "a checksum left to the card",
}
ONCE_A_COPY = {"leave": "leave()", "count": "count_copies()"}
SHOWN = {**ONCE_A_PACKET, **ONCE_A_COPY}


def measure(job: Job, site: Site, round: int) -> dict[str, Any]:
    """What one step costs beyond the one that is a part of it."""
    said = json.loads(hosts.run(f"{PROGRAM}", "--cpu", f"{cpu.FORWARDER}"))["steps"]
    ns = {step["step"]: step["ns"] for step in said}
    less = {step["step"]: ns.get(step["less"], 0) for step in said}
    extra = {f"{name}_ns": ns[name] - less[name] for name in SHOWN}
    return claim(job, round, extra)


def jobs(x: Extent) -> list[Job]:
    if "xdp" not in x.modes or not PROGRAM.exists():
        return []
    return [Job(Cell("xdp_steps", 1, 20, SIZE, 0, 5), "xdp", measure)]


def findings(rows: Rows) -> list[Finding]:
    found = []
    for name, what in SHOWN.items():
        value = rows.value(scenario="xdp_steps", metric=name)
        a = "a copy" if name in ONCE_A_COPY else "a packet"
        found.append(Finding(f"xdp, {what}, {a}", value, "{:.0f} ns"))
    return found
