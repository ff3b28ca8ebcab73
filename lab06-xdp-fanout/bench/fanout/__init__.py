# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The plane xdp in lab05's bench: a mode beside tc and user, and scenarios of its own.

    fanout       copies a second at the limit, to 16 and to 64 receivers
    fanout_cost  CPU time of a copy to 20 receivers, whose core gives the memory back
    (their rows ..._card: the forwarder's core gets it back, as from a network card's driver)
    audience     one stream of 246 packets a second for many receivers, none lost
    xdp_steps    each step of a packet and of a copy by itself

The audience is one link with one ring of 256 places, and an XDP program that counts what
comes: 1,000 sockets on one host would be measured themselves. Real audiences are behind
many links, or behind a card, whose rings are longer.

Beside the modes of ours runs `bare`, which is no forwarder: a broadcast that writes the
same constants into each copy. Nothing that clones frames in XDP can cost less.

Each clone takes a page from the kernel, and another core gives it back. Since Linux 6.7
a CPU may keep so many free pages that a page is in no cache by the time it is used again.
A limit keeps them warm, here 252 pages of a zone:

    sysctl vm.percpu_pagelist_high_fraction=100000

The bench does not set it, because it is the whole machine's; it writes down what it was.
"""

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from benchlib import findings as claims
from benchlib import modes, scenarios
from benchlib.findings import Finding, Rival, Rows, ratio
from benchlib.record import Cell
from benchlib.scenarios import VIDEO, Extent, Job

from . import steps
from .forwarders import Bare, Xdp

RECEIVERS = (16, 64)
RING_FILL = 240  # of the 256 places of a ring
AUDIENCES = (1000, 5000)
RATE = 246  # packets a second: a camera's

# CPU per copy. bare is what xdp is compared with, and the others are compared with xdp.
OURS = (
    Rival("tc", 1.6, 2.5, (), than="xdp"),
    Rival("user", 3, 4.5, claims.IN_BURSTS, than="xdp"),
)
PEERS = (
    Rival("rtpengine", 9, 16, claims.ONE_BY_ONE, than="xdp"),
    Rival("janus", 7, 11, claims.ONE_BY_ONE, than="xdp"),
    Rival("pion", 8, 14, claims.ONE_BY_ONE, than="xdp"),
)
BARE = Rival("xdp", 1.5, 1.2, (), than="bare")

modes.MODES.update({mode.name: mode for mode in (Xdp, Bare)})
claims.ROOMS["xdp"] = (9, 6)
claims.DIVISORS.update({"xdp", "bare"})


def with_bare(x: Extent) -> list[str]:
    """The modes of ours, and the limit, if xdp is measured at all."""
    return [*scenarios.ours(x), "bare"] if "xdp" in x.modes else []


def as_card(cell: Cell) -> Cell:
    """The same where the memory of what was sent is given back on the same core; a burst
    must fit into the ring, which is not emptied meanwhile."""
    burst = RING_FILL // cell.receivers
    return replace(cell, scenario=f"{cell.scenario}_card", steer="card", burst=burst)


def fanout_jobs(x: Extent) -> list[Job]:
    cells = [Cell("fanout", 1, n, VIDEO, 0, x.short) for n in RECEIVERS]
    cells += [as_card(cell) for cell in cells]
    return [Job(c, mode, scenarios.saturate) for c in cells for mode in with_bare(x)]


def cost_jobs(x: Extent) -> list[Job]:
    """As lab05's cost in bursts."""
    limit = scenarios.IN_BURSTS // 20
    cell = Cell("fanout_cost", 1, 20, VIDEO, 0, x.short, limit=limit)
    who = [*with_bare(x), "baseline"] if "xdp" in x.modes else []
    return [Job(c, mode, scenarios.forward) for c in (cell, as_card(cell)) for mode in who]


def audience_jobs(x: Extent) -> list[Job]:
    """Packets one by one, each for all; copies are counted by XDP. It takes the greatest
    audience long to join, so that one comes once."""
    cells = [Cell("audience", 1, n, VIDEO, 0, x.long, limit=RATE, burst=1)
             for n in AUDIENCES]  # fmt: skip
    there = cells if "xdp" in x.modes else []
    return [Job(c, "xdp", scenarios.forward, once=c.receivers > 1000) for c in there]


SCENARIOS = {
    "fanout": fanout_jobs,
    "fanout_cost": cost_jobs,
    "audience": audience_jobs,
    "xdp_steps": steps.jobs,
}
FOR_PEERS: set[str] = set()
SHOWN = {
    "fanout": ("delivered", "{:,.0f} copies/s", 1),
    "fanout_card": ("delivered", "{:,.0f} copies/s", 1),
    "fanout_cost": ("cpu_per_packet", "{:,.0f} ns a copy", 1),
    "fanout_cost_card": ("cpu_per_packet", "{:,.0f} ns a copy", 1),
    "audience": ("loss", "{:.3f} % lost", 1),
    "xdp_steps": ("leave", "{:,.0f} ns a copy", 1),
}


# Where the memory of a copy comes back: scenarios' names end so, and findings' words.
SET_UPS = {"_card": "", "": ": memory comes back on another core"}


def limits(rows: Rows) -> list[Finding]:
    found = []
    for end, where in SET_UPS.items():
        for n, mode in product(RECEIVERS, (*modes.ours(), "bare")):
            cell = {"scenario": f"fanout{end}", "receivers": n, "mode": mode}
            value = rows.value(**cell, metric="delivered")
            targets = (2.2e6, 3e6) if mode == "xdp" else (None, None)
            what = f"copies per second, {mode}, {n} receivers{where}"
            found.append(Finding(what, value, "{:,.0f}", *targets, rests=claims.HURRY))
    return found


def costs(rows: Rows) -> list[Finding]:
    at20 = {"receivers": 20, "size": VIDEO, "rate": 0, "metric": "cpu_per_packet"}
    found = [
        Finding(f"CPU per copy, 20 receivers: {r}{where}",
                ratio(rows, r, scenario=f"fanout_cost{end}", **at20), "{:.2f}×", r.must,
                r.aim, rests=r.rests, at_least=r is not BARE)
        for end, where in SET_UPS.items()
        for r in (*OURS, BARE)
    ]  # fmt: skip
    found += [
        Finding(f"CPU per copy, 20 receivers: {r}", ratio(rows, r, scenario="card", **at20),
                "{:.2f}×", r.must, r.aim, rests=r.rests)
        for r in PEERS
    ]  # fmt: skip
    return found


def audiences(rows: Rows) -> list[Finding]:
    found = []
    for n in AUDIENCES:
        cell = {"scenario": "audience", "mode": "xdp", "receivers": n}
        lost, load = (rows.value(**cell, metric=metric) for metric in ("loss", "cpu_load"))
        what = f"one stream for {n:,}, xdp"
        found.append(Finding(f"{what}: copies lost", lost, "{:.3f} %", 0, 0, at_least=False))
        found.append(Finding(f"{what}: share of the core", load, "{:.1f} %"))
    return found


def findings(rows: Rows, about: dict[str, Any]) -> list[Finding]:
    """What is claimed, for the table."""
    return limits(rows) + costs(rows) + audiences(rows) + steps.findings(rows)


def about() -> dict[str, Any]:
    limit = Path("/proc/sys/vm/percpu_pagelist_high_fraction")
    return {"percpu_pagelist_high_fraction": int(limit.read_text())}
