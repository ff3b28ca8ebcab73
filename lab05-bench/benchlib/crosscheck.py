# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""A second opinion on the inter-arrival times: tshark's, of a capture of one run.

rtp_sink and tshark share no code but the kernel that stamps what arrives.
"""

import re
import shutil
import subprocess
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from courselib import patience
from demolib import Failure, wait_for

from . import record
from .call import RECEIVE_PORT
from .hosts import Network, at
from .modes import MODES
from .record import Cell
from .scenarios import VIDEO, Site

RECEIVERS = 5
TOLERANCE = 0.01  # of the mean, and of the greatest
ROUNDING = 1000  # ns: tshark prints µs
RATE, SECONDS = 250, 1
PATIENCE = 10  # seconds for tshark to see the last one

# As `-z rtp,streams` prints it: … receiver, port, SSRC, …, then ms.
LINE = re.compile(
    r"(\d+) +0x\w+ +\S.*?(\d+) +-?\d+ \([^)]*\) +([\d.]+) +([\d.]+) +([\d.]+)"
)


def measure(site: Site) -> dict[str, Any]:
    """Run a slow stream through tc with a capture beside it, and compare."""
    if not shutil.which("tshark"):
        return {"skipped": "tshark is missing: tools/setup --bench installs it"}
    cell = Cell("delta", 1, RECEIVERS, VIDEO, RATE, SECONDS)
    net = site.network_of(cell)
    capture = site.folder / "delta.pcapng"
    with ExitStack() as stack:
        forwarder = MODES["tc"](net, site.folder)
        stack.callback(forwarder.stop)
        forwarder.start()
        forwarder.join(1, RECEIVERS)
        shark = start_capture(net, capture)
        stack.callback(shark.kill)
        run = record.run(net, cell, forwarder, False, 1)
        shark.wait(patience.seconds(PATIENCE))
    return compare(read_capture(capture), run["per_receiver"])


def start_capture(net: Network, path: Path) -> subprocess.Popen:
    """Returns when it captures; it ends when it has all that is to come."""
    log = path.with_suffix(".log")
    packets = f"{RATE * SECONDS * RECEIVERS}"
    command = ["tshark", "-q", "-i", net.sink, "-f", "udp", "-c", packets]
    command += ["-w", f"{path}"]
    with log.open("w") as file:
        shark = subprocess.Popen(at(net.receivers, command), stdout=file, stderr=file)
    wait_for(lambda: "Capture started" in log.read_text(), 10, f"tshark; see {log}")
    return shark


def read_capture(path: Path) -> dict[int, tuple[int, list[float]]]:
    """tshark's statistics: port -> packets, and least, mean, greatest delta in ns."""
    ports = f"udp.port=={RECEIVE_PORT}-{RECEIVE_PORT + RECEIVERS - 1},rtp"
    command = ["tshark", "-r", f"{path}", "-d", ports, "-q", "-z", "rtp,streams"]
    said = subprocess.run(command, capture_output=True, text=True)
    found = {}
    for line in said.stdout.splitlines():
        if match := LINE.search(line):
            port, packets, *deltas = match.groups()
            found[int(port)] = int(packets), [float(ms) * 1e6 for ms in deltas]
    if not found:
        raise Failure(f"tshark finds no RTP in {path}: {said.stderr.strip()}")
    return found


def compare(
    theirs: dict[int, tuple[int, list[float]]], ours: list[dict[str, Any]]
) -> dict[str, Any]:
    """Receiver by receiver: as many packets, and the same times, but for rounding."""
    receivers, agree = [], True
    for receiver in ours:
        packets, (_, mean, most) = theirs.get(receiver["port"], (0, [0.0] * 3))
        delta = receiver["delta"]
        same = packets == receiver["received"]
        for a, b in ((mean, delta["mean"]), (most, delta["max"])):
            same &= abs(a - b) <= TOLERANCE * b + ROUNDING
        agree &= same
        receivers.append(
            {"port": receiver["port"], "agree": same, "rtp_sink": delta,
             "tshark": {"mean": mean, "max": most}}
        )  # fmt: skip
    return {"agree": agree, "tolerance": TOLERANCE, "receivers": receivers}
