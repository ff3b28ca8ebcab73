# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Each step of an encrypted copy by itself, and ways to send it that are not taken.

build/lab07/path_cost does it; what it sends is counted at the receivers' link.
"""

import json
from contextlib import ExitStack
from typing import Any

from benchlib import BUILD, cpu, hosts
from benchlib.call import RECEIVE_PORT
from benchlib.findings import Finding, Rows
from benchlib.record import Cell, Receivers
from benchlib.scenarios import Extent, Job, Site, claim
from demolib import Failure

PROGRAM = BUILD / "lab07/path_cost"
STEPS = ("receive", "decrypt", "encrypt")
SENDERS = ("sendmmsg", "gso", "xdp")
COPIES = 40_000
RECEIVERS, SIZE = 20, 1200


def measure(job: Job, site: Site, round: int) -> dict[str, Any]:
    """One step, or one way to send."""
    net = site.network_of(job.cell)
    command = ["chrt", "-f", "20", f"{PROGRAM}", "--way", job.mode, "--iface", net.outlet]
    command += ["--from", net.outlet_ip, "--to", net.receive_ip, "--cpu", f"{cpu.FORWARDER}"]
    command += ["--first-port", f"{RECEIVE_PORT}", "--receivers", f"{job.cell.receivers}"]
    command += ["--copies", f"{COPIES}"]
    with ExitStack() as stack:
        sink = Receivers(net, job.cell)
        stack.callback(sink.kill)
        before = net.dropped()
        did = json.loads(hosts.run(*command, host=net.server))
        arrived = sink.stop()["received"] if job.mode in SENDERS else did["copies"]
    if did["failed"] or arrived != did["copies"]:
        dropped = net.dropped() - before
        raise Failure(f"{arrived} of {did['copies']} arrived; the link dropped {dropped}")
    return claim(job, round, {"step_ns": did["ns"] / did["copies"]})


def jobs(x: Extent) -> list[Job]:
    if "user" not in x.modes or not PROGRAM.exists():
        return []
    cell = Cell("path", 1, RECEIVERS, SIZE, 0, 0.5)
    return [Job(cell, way, measure) for way in (*STEPS, *SENDERS)]


def findings(rows: Rows) -> list[Finding]:
    return [
        Finding(
            f"path: {way}, {'a copy' if way in (*SENDERS, 'encrypt') else 'a packet'}",
            rows.value(scenario="path", mode=way, metric="step"), "{:,.0f} ns")
        for way in (*STEPS, *SENDERS)
    ]  # fmt: skip
