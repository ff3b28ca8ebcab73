# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Does a packet pay for rooms that it is not in? build/lab06/rooms_cost has the kernel run
the programs of the planes tc and xdp over maps with 10 rooms and over maps with 10,000.

    one   one sender's packets, with 9 or with 9,999 other rooms: what the rooms cost by
          being there. The target is for this one.
    ten   the same packets of ten rooms in turn; among 10,000 rooms these ten are spread
          over the maps
    all   packets of all 10,000 rooms in turn, against those of ten rooms: each packet
          finds what it needs in no near cache
    twin  ten rooms against other ten: what the measurement itself makes up

rooms_cost makes 15 rounds by itself and gives each ratio an interval, so that it comes once
here, and its values are three rows each.
"""

import json
import subprocess
from typing import Any

from benchlib import BUILD, cpu
from benchlib.findings import Finding, Rows, Value
from benchlib.record import Cell
from benchlib.scenarios import VIDEO, Extent, Job, Site, claim, ours
from demolib import Failure

PROGRAM = BUILD / "lab06/rooms_cost"
SECONDS = 10
PLANES = ("tc", "xdp")
CLAIMS = {
    "one": "one sender",
    "ten": "ten rooms in turn",
    "all": "all rooms in turn",
    "twin": "nothing but the error",
}
MUST, AIM = 10, 3  # percent, of one


def extras(said: dict[str, Any], plane: str) -> dict[str, float]:
    """What rooms_cost prints of a plane, as metrics."""
    told = {}
    for name in CLAIMS:
        one = said[plane][name]
        told |= {f"{name}_few_ns": one["few_ns"], f"{name}_many_ns": one["many_ns"]}
        told |= {f"{name}_{part}_%": one[part] for part in ("percent", "low", "high")}
    return told


def measure(job: Job, site: Site, round: int) -> dict[str, Any]:
    command = [f"{PROGRAM}", "--cpu", f"{cpu.FORWARDER}", "--plane", job.mode]
    command += ["--loop-limit", f"{site.loop_limit:g}"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"rooms_cost: {done.stderr.strip()}")
    return claim(job, round, extras(json.loads(done.stdout), job.mode))


def jobs(x: Extent) -> list[Job]:
    if not PROGRAM.exists():
        return []
    cell = Cell("rooms", 1, 1, VIDEO, 0, SECONDS)
    return [Job(cell, mode, measure, once=True) for mode in ours(x) if mode in PLANES]


def percent(rows: Rows, plane: str, name: str) -> Value | None:
    """The three rows of a claim as one value; None: there are none, or no row holds."""
    cell = {"scenario": "rooms", "mode": plane}
    parts = ("percent", "low", "high")
    found = [rows.value(**cell, metric=f"{name}_{part}") for part in parts]
    if not all(found):
        return found[0]
    return Value(*(value.median for value in found))


def findings(rows: Rows, about: dict[str, Any]) -> list[Finding]:
    found = []
    for plane in PLANES:
        for name, who in CLAIMS.items():
            targets = (MUST, AIM) if name == "one" else (None, None)
            what = f"a packet, 10,000 rooms against 10, {plane}: {who}"
            value = percent(rows, plane, name)
            found.append(Finding(what, value, "{:+.1f} %", *targets, at_least=False))
    return found


def about() -> dict[str, Any]:
    return {}


SCENARIOS = {"rooms": jobs}
FOR_PEERS: set[str] = set()
SHOWN = {"rooms": ("one_percent", "{:+.1f} % with 10,000 rooms", 1)}
