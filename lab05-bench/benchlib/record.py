# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""One run: a forwarder is put up, packets are sent, all is counted, written down.

Nothing is judged here. bench_rows reads the raw record and decides whether the
counters prove what it claims.
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from courselib import patience
from demolib import Failure, wait_for

from . import LINK_SINK, LOAD, SINK, cpu
from .call import FIRST_SSRC, PAYLOAD_TYPE, RECEIVE_PORT, SEND_PORT
from .hosts import Network, at
from .modes import Forwarder
from .peers import Input

DRAIN_SECONDS = 10
IDLE_NS = 1_000_000  # between two looks, 20 ms apart: less is housekeeping
ON_OTHERS = ["taskset", "-c", f"{cpu.OTHERS}"]


@dataclass(frozen=True)
class Cell:
    """What is the same in all rounds and modes."""

    scenario: str
    senders: int
    receivers: int
    size: int  # of the frame, in bytes
    rate: int  # packets a second and sender; 0: as many as are forwarded
    seconds: float
    network: str = "hosts"
    steer: str = "thread"  # how packets get to the forwarder's core: hosts.py
    hog: bool = False
    limit: int = 0  # with rate 0: packets a second, in bursts
    burst: int = 32  # packets of one

    @property
    def counted(self) -> bool:
        """Are copies counted as they come in, because sockets are too slow?"""
        return self.rate == 0 and self.network == "hosts"


class Receivers:
    """rtp_sink's sockets, or link_sink where those would be the bottleneck."""

    def __init__(self, net: Network, cell: Cell) -> None:
        number = ["--receivers", f"{cell.receivers}"]
        command = [f"{SINK}", "--at", net.receive_ip, "--cpu", f"{cpu.OTHERS}"]
        if cell.counted:
            # The way to the world of a host that nobody but us has.
            command = [*ON_OTHERS, f"{LINK_SINK}", "--iface", net.sink]
            command += ["--on-default-route"]
        port = ["--first-port", f"{RECEIVE_PORT}"]
        self.process = subprocess.Popen(
            at(net.receivers, [*command, *port, *number]),
            stdout=subprocess.PIPE,
            text=True,
        )
        if self.process.stdout.readline().strip() != "ready":
            raise Failure("the receivers did not start")

    def stop(self) -> dict[str, Any]:
        """What they have received."""
        self.process.terminate()
        said, _ = self.process.communicate(timeout=patience.seconds(DRAIN_SECONDS))
        if self.process.returncode:
            raise Failure("the receivers failed")
        return json.loads(said)

    def kill(self) -> None:
        """To be called whatever has happened."""
        self.process.kill()
        self.process.wait()


@contextmanager
def hog() -> Iterator[None]:
    """Somebody else who wants the forwarder's core, with ordinary rights."""
    loop = ["taskset", "-c", f"{cpu.FORWARDER}", "sh", "-c", "while :; do :; done"]
    process = subprocess.Popen(loop)
    try:
        yield
    finally:
        process.kill()
        process.wait()


def load_command(
    net: Network, cell: Cell, to: Input, first: int, senders: int
) -> list[str]:
    """The generator's, of so many senders from the first on, to one port."""
    options = {
        "from": net.send_ip,
        "to": net.server_ip,
        "to-port": to.port,
        "first-port": SEND_PORT + first,
        "senders": senders,
        "ssrc": to.ssrc or FIRST_SSRC + first,
        "payload-type": PAYLOAD_TYPE,
        "size": cell.size,
        "rate": cell.rate,
        "seconds": cell.seconds,
        "cpu": cpu.OTHERS,
    }
    if cell.limit:
        options["limit"] = cell.limit
    if not cell.rate:
        options["burst"] = cell.burst
    command = [f"{LOAD}", *(f"--{name}={value}" for name, value in options.items())]
    return at(net.senders, command)


def send(net: Network, cell: Cell, inputs: list[Input]) -> dict[str, Any]:
    """Run the generator to its end: one for each port that is to be sent to."""
    loads = []
    for to in dict.fromkeys(inputs):
        command = load_command(net, cell, to, inputs.index(to), inputs.count(to))
        pipe = subprocess.PIPE
        loads.append(subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True))
    said = [(load.communicate(), load.returncode) for load in loads]
    for (_, complaint), status in said:
        if status:
            raise Failure(f"rtp_load: {complaint.strip()}")
    reports = [json.loads(out) for (out, _), _ in said]
    return {
        "sent": sum(r["sent"] for r in reports),
        "seconds": max(r["seconds"] for r in reports),
        "behind_max": max(r["behind_max"] for r in reports),
    }


def meter(net: Network, forwarder: Forwarder) -> cpu.Meter:
    """The forwarder's time on its core, by who spends it."""

    def server() -> Iterator[Path]:
        return (path for pid in forwarder.pids() for path in cpu.threads(pid))

    return cpu.Meter({
        "napi": lambda: [*net.napi, *forwarder.napi()],
        "ksoftirqd": lambda: net.ksoftirqd,
        "server": server,
    })  # fmt: skip


def difference(before: Any, after: Any) -> Any:
    """Of numbers, member by member."""
    if isinstance(after, dict):
        return {name: difference(before[name], after[name]) for name in after}
    return after - before


def idle(clock: cpu.Meter) -> None:
    """Wait until whoever forwards has worked off what was queued."""
    worked = -1

    def still() -> bool:
        nonlocal worked
        parts = clock.read()
        before, worked = worked, parts["napi"] + parts["server"]
        return before >= 0 and worked - before < IDLE_NS

    wait_for(still, DRAIN_SECONDS, "the forwarder to have nothing to do")


def books(net: Network, forwarder: Forwarder) -> tuple[dict, int]:
    """Its counters and its link's, once they no longer move."""
    seen: Any = None

    def still() -> bool:
        nonlocal seen
        now = forwarder.counters(), net.dropped()
        before, seen = seen, now
        return before == now

    wait_for(still, DRAIN_SECONDS, "the counters to stand still")
    return seen


def measure(
    net: Network, cell: Cell, forwarder: Forwarder, send: Callable[[], dict[str, Any]]
) -> dict[str, Any]:
    """Send, with a forwarder that is ready and receivers that wait."""
    clock = meter(net, forwarder)
    counted, dropped = books(net, forwarder)
    driver = forwarder.driver()
    before = clock.read()
    with hog() if cell.hog else nullcontext():
        load = send()
    idle(clock)
    spent = difference(before, clock.read())  # before it is asked for its books
    counted_now, dropped_now = books(net, forwarder)
    record = {**load, **difference(counted, counted_now)}
    record["driver"] = difference(driver, forwarder.driver())
    forwarder.object_to(record)
    failed = sum(record[who]["failed"] for who in ("kernel", "user") if who in record)
    # A copy that the link refused and said so is in both counters.
    record["link_drops"] = max(0, dropped_now - dropped - failed)
    if net.napi:
        record["cpu_ns"] = spent
    return record


def run(
    net: Network, cell: Cell, forwarder: Forwarder, fifo: bool, round: int
) -> dict[str, Any]:
    """One run with a forwarder that is up and has been joined; its raw record."""
    with ExitStack() as stack:
        receivers = Receivers(net, cell)
        stack.callback(receivers.kill)
        record = measure(
            net, cell, forwarder, lambda: send(net, cell, forwarder.inputs)
        )
        received = receivers.stop()
    return describe(cell, forwarder, fifo, round, record, received)


def describe(
    cell: Cell, forwarder: Forwarder, fifo: bool, round: int,
    record: dict[str, Any], received: dict[str, Any],
) -> dict[str, Any]:  # fmt: skip
    """The raw record of what was measured and what was received."""
    per_receiver = received.pop("per_receiver")
    cell_keys = asdict(cell)
    for name in ("limit", "burst", "seconds", "steer"):
        del cell_keys[name]
    return {
        **cell_keys,
        "mode": forwarder.name,
        "fifo": fifo,
        "round": round,
        "steer": cell.steer,
        "limit": cell.limit,
        "legs": cell.receivers,
        **record,
        **{name: received[name] for name in received if name != "streams"},
        "per_receiver": per_receiver,
    }
