# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What is measured: a list of jobs, each of which is run once per round.

    saturation  copies per second that reach the receivers, with one core at its limit
    cost        CPU time per copy, at a rate that everybody can follow
    delta       what a receiver sees of a slow stream: inter-arrival times
    latency     one way, with and without a busy program on the forwarder's core
    room        twenty senders, each copied to twenty receivers
    join        from the request of a receiver to its first packet
    memory      of the server, per participant
    guard       what lab01's guard adds
"""

import json
import resource
import socket
import subprocess
import time
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from courselib import patience
from demolib.hosts import inside

from . import cpu, hosts, pace, record
from .call import RECEIVE_PORT, Call
from .hosts import Network
from .modes import MODES, Forwarder, SwiftCall, is_peer
from .record import Cell

AUDIO, VIDEO = 129, 1154  # bytes of a frame
COPIES = 100_000  # a second, at which cost is compared
IN_BURSTS = 200_000  # the same, if the packets come in bursts of 32
OFFERED = 1.25  # at saturation: times what was forwarded when it was less
FIRST_OFFER = 40_000  # copies per second
STILL_GROWING = 1.05
PROBE_SECONDS = 0.2
MOST_OFFERED = 600_000  # packets a second: more than the generator can send
MEMBERS = 400  # who join to have their memory measured
FOR_PEERS = {"card", "room"}  # besides the cost at a fixed rate
FIFO_FOR_PEERS: set[str] = set()  # with real-time rights for them, too


class Site:
    """Set-ups of hosts, made when they are needed."""

    def __init__(self, outside: cpu.Outside, folder: Path, stack: ExitStack) -> None:
        self.outside, self.folder, self.stack = outside, folder, stack
        self.networks: dict[str, Network] = {}
        self.limits: dict[tuple, int] = {}  # what saturates a mode in a cell
        self.loop_limit = pace.LIMIT  # for programs that make rounds of their own

    def network(self, kind: str, name: str, steer: str) -> Network:
        if name not in self.networks:
            made = hosts.loopback() if kind == "lo" else None
            made = made or hosts.hosts(self.outside, name, steer)
            self.networks[name] = made
        return self.networks[name]

    def network_of(self, cell: Cell) -> Network:
        name = "lo" if cell.network == "lo" else cell.steer
        return self.network(cell.network, name, cell.steer)


@dataclass(frozen=True)
class Job:
    """A cell in one mode, and how it is run."""

    cell: Cell
    mode: str
    how: Callable[["Job", Site, int], dict[str, Any]]
    fifo: bool = False
    once: bool = False  # not in every round: it comes out the same

    @property
    def seconds(self) -> float:
        """About, for the estimate of when all is done."""
        return self.cell.seconds + 0.6

    def round_of(self) -> pace.Key:
        """The same for all that a round of its cell is made of."""
        return pace.key_of(asdict(self.cell))

    def title(self) -> str:
        c = self.cell
        rate = f"{c.rate}/s" if c.rate else f"{c.limit}/s in bursts"
        rate = rate if c.rate or c.limit else "all it can"
        extra = " with a hog" * c.hog + " fifo" * self.fifo
        extra += " on lo" * (c.network == "lo")
        who = f"{c.senders} to {c.receivers}"
        return f"{c.scenario:10} {self.mode:8} {who:9} {c.size:5} B {rate}{extra}"


# How to run one.


def stand(job: Job, site: Site, stack: ExitStack) -> tuple[Network, Forwarder]:
    """Put the forwarder up; it goes when the run ends."""
    net = site.network_of(job.cell)
    forwarder = MODES[job.mode](net, site.folder, job.fifo)
    stack.callback(forwarder.stop)
    forwarder.start()
    return net, forwarder


def forward(job: Job, site: Site, round: int) -> dict[str, Any]:
    """Send, and see what arrives."""
    with ExitStack() as stack:
        net, forwarder = stand(job, site, stack)
        forwarder.join(job.cell.senders, job.cell.receivers)
        return record.run(net, job.cell, forwarder, job.fifo, round)


def saturate(job: Job, site: Site, round: int) -> dict[str, Any]:
    """Offer a quarter more than can be forwarded, which the first round finds out.

    Much more would take the generator's core away from the receivers.
    """
    with ExitStack() as stack:
        net, forwarder = stand(job, site, stack)
        forwarder.join(job.cell.senders, job.cell.receivers)
        key = (job.mode, replace(job.cell, limit=0))
        if key not in site.limits:
            site.limits[key] = find_limit(net, job.cell, forwarder)
        cell = replace(job.cell, limit=site.limits[key])
        return record.run(net, cell, forwarder, job.fifo, round)


def find_limit(net: Network, cell: Cell, forwarder: Forwarder) -> int:
    """Double the offer until that has brought no more, twice in a row."""
    limit, best, vain = max(1, FIRST_OFFER // cell.receivers), 0.0, 0
    while vain < 2 and limit < MOST_OFFERED:
        probe = replace(cell, limit=limit, seconds=PROBE_SECONDS)
        run = record.run(net, probe, forwarder, False, 0)
        delivered = run["received"] / run["seconds"]
        vain = 0 if delivered > STILL_GROWING * best else vain + 1
        best, limit = max(best, delivered), 2 * limit
    return min(MOST_OFFERED, int(OFFERED * best / cell.receivers))


def without_guard(job: Job, site: Site, round: int) -> dict[str, Any]:
    """The forwarder alone: removing the pin of the guard's link detaches it."""
    with ExitStack() as stack:
        net, forwarder = stand(job, site, stack)
        forwarder.join(job.cell.senders, job.cell.receivers)
        for pin in Path(f"/sys/fs/bpf/{net.server}/ifaces").glob("*/xdp"):
            pin.unlink()
        return record.run(net, job.cell, forwarder, job.fifo, round)


def join(job: Job, site: Site, round: int) -> dict[str, Any]:
    """Let a receiver join a stream that flows, and wait for its first packet."""
    with ExitStack() as stack:
        net, forwarder = stand(job, site, stack)
        forwarder.join(1, 0)
        with inside(net.receivers):
            ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        stack.callback(ear.close)
        ear.bind((net.receive_ip, RECEIVE_PORT))
        ear.settimeout(patience.seconds(10))
        cell = replace(job.cell, seconds=60)  # longer than it can take
        load = subprocess.Popen(record.load_command(net, cell, forwarder.inputs[0], 0, 1))
        stack.callback(load.wait)
        stack.callback(load.kill)
        start = time.monotonic_ns()
        Call(forwarder.client).join_receiver(net.receive_ip, 0)
        ear.recv(2048)
        took = time.monotonic_ns() - start
    return claim(job, round, {"join_to_first_packet_ns": took})


def memory(job: Job, site: Site, round: int) -> dict[str, Any]:
    """What the server and its maps grow by when many people join."""
    with ExitStack() as stack:
        _, forwarder = stand(job, site, stack)
        forwarder.fill(1)
        before = resident(forwarder)
        fixed = maps(job, forwarder)
        for index in range(MEMBERS):
            room = f"members{index // 20}"
            Call(forwarder.client, room).join_sender("10.0.1.3", index)
        grown = resident(forwarder) - before
    extra = {
        "memory_per_participant_B": grown / MEMBERS,
        "memory_of_server_B": before,
        "memory_of_maps_B": fixed,
    }
    return claim(job, round, extra)


def resident(forwarder: Forwarder) -> int:
    """Bytes of the program that lie in memory."""
    pages = Path(f"/proc/{forwarder.pids()[0]}/statm").read_text().split()[1]
    return int(pages) * resource.getpagesize()


def maps(job: Job, forwarder: Forwarder) -> int:
    """Bytes of the maps that are pinned for it."""
    where = Path(f"/sys/fs/bpf/{forwarder.net.server}")
    total = 0
    for pin in where.glob("*") if where.is_dir() else []:
        if pin.is_file():
            shown = hosts.run("bpftool", "-j", "map", "show", "pinned", f"{pin}")
            total += int(json.loads(shown)["bytes_memlock"])
    return total


def claim(job: Job, round: int, extra: dict[str, float]) -> dict[str, Any]:
    """A record without packets: it claims nothing about a path."""
    c = job.cell
    return {
        "scenario": c.scenario, "network": c.network, "mode": job.mode,
        "senders": c.senders, "receivers": c.receivers, "size": c.size,
        "rate": c.rate, "hog": c.hog, "fifo": job.fifo, "round": round,
        "seconds": c.seconds, "extra": extra,
    }  # fmt: skip


# What there is to run.


@dataclass(frozen=True)
class Extent:
    """How much of everything."""

    many: tuple[int, ...]  # receivers, at saturation
    some: tuple[int, ...]  # receivers, for the cost
    delta: tuple[int, ...]
    sizes: tuple[int, ...]
    networks: tuple[str, ...]
    short: float  # seconds of a run
    long: float
    modes: tuple[str, ...] = ("tc", "user")


FEW = (1, 20, 100)
QUICK = Extent((1, 16, 100), FEW, FEW, (VIDEO,), ("hosts",), 0.4, 0.7)
ALL = (1, 2, 5, 10, 20, 50, 100)
FULL = Extent(
    (1, 2, 5, 10, 16, 20, 50, 100), ALL, ALL, (AUDIO, VIDEO), ("hosts", "lo"), 1, 3
)


def saturation_jobs(x: Extent) -> list[Job]:
    return [
        Job(Cell("saturation", 1, n, size, 0, x.short, network=network), mode, saturate)
        for network in x.networks
        for size in x.sizes
        for n in x.many
        for mode in x.modes
    ]


def cost_jobs(x: Extent) -> list[Job]:
    """In bursts, so that the interrupt that wakes the forwarder is shared by many;
    and one by one, as packets come from a room, where it is not. The baseline is a
    mode like the others: what it costs to get a packet that far.
    """
    cells = [
        Cell("cost", 1, n, size, 0, x.short, limit=min(20_000, IN_BURSTS // n))
        for size in x.sizes
        for n in x.some
    ]
    if AUDIO not in x.sizes:
        cells.append(Cell("cost", 1, 20, AUDIO, 0, x.short, limit=IN_BURSTS // 20))
    cells += [Cell("cost", 1, 20, size, COPIES // 20, x.short) for size in x.sizes]
    return [Job(c, mode, forward) for c in cells for mode in (*x.modes, "baseline")]


def card_jobs(x: Extent) -> list[Job]:
    """The cost where the memory of what was sent is given back on the same core.

    Nobody there empties the ring, of 256 places, while the forwarder runs: 12 packets
    make 240 copies.
    """
    limit = IN_BURSTS // 20
    cell = Cell("card", 1, 20, VIDEO, 0, x.short, steer="card", limit=limit, burst=12)
    return [Job(cell, mode, forward) for mode in (*x.modes, "baseline")]


def delta_jobs(x: Extent) -> list[Job]:
    return [
        Job(Cell("delta", 1, n, size, 250, x.long, network=network), mode, forward)
        for network in x.networks
        for size in x.sizes
        for n in x.delta
        for mode in x.modes
    ]


def with_hog(x: Extent, cell: Cell) -> list[Job]:
    """Beside a hog, each mode as it is, and user space with real-time rights."""
    cell = replace(cell, steer="softirq", hog=True)
    jobs = [Job(cell, mode, forward) for mode in x.modes]
    real_time = [m for m in x.modes if not MODES[m].in_kernel]
    return jobs + [Job(cell, m, forward, fifo=True) for m in real_time]


def latency_jobs(x: Extent) -> list[Job]:
    cell = Cell("latency", 1, 20, VIDEO, COPIES // 20, x.long, steer="softirq")
    return [Job(cell, mode, forward) for mode in x.modes] + with_hog(x, cell)


def room_jobs(x: Extent) -> list[Job]:
    cell = Cell("room", 20, 20, VIDEO, 250, x.long)
    alone = [Job(cell, mode, forward) for mode in (*x.modes, "baseline")]
    return alone + with_hog(x, cell)


def ours(x: Extent) -> list[str]:
    """The modes of our server; nobody else has such an interface."""
    return [mode for mode in x.modes if issubclass(MODES[mode], SwiftCall)]


def join_jobs(x: Extent) -> list[Job]:
    cell = Cell("join", 1, 1, AUDIO, 2000, 0.2)
    return [Job(cell, mode, join) for mode in ours(x)]


def memory_jobs(x: Extent) -> list[Job]:
    cell = Cell("memory", 0, 0, 0, 0, 0.5)
    return [Job(cell, mode, memory, once=True) for mode in ours(x)]


def guard_jobs(x: Extent) -> list[Job]:
    on = Cell("guard:on", 1, 1, VIDEO, 0, x.short, limit=20_000)
    off = replace(on, scenario="guard:off")
    return [Job(on, "tc", forward), Job(off, "tc", without_guard)]


SCENARIOS: dict[str, Callable[[Extent], list[Job]]] = {
    "saturation": saturation_jobs,
    "cost": cost_jobs,
    "card": card_jobs,
    "delta": delta_jobs,
    "latency": latency_jobs,
    "room": room_jobs,
    "join": join_jobs,
    "memory": memory_jobs,
    "guard": guard_jobs,
}


def all_jobs(names: Iterable[str], x: Extent) -> list[Job]:
    """All that is to run in a round, in the order in which it is run."""
    found = [job for name in names for job in SCENARIOS[name](x)]
    return [job for job in found if suits(job)]


def suits(job: Job) -> bool:
    most = MODES[job.mode].most_senders
    if most is not None and job.cell.senders > most:
        return False
    return not is_peer(job.mode) or suits_a_peer(job)


def suits_a_peer(job: Job) -> bool:
    """At a fixed rate: some of them give up for good when packets come in bursts, if
    those are longer than a few."""
    paced = job.cell.scenario == "cost" and job.cell.rate
    if job.cell.scenario in FIFO_FOR_PEERS:
        return True
    return bool(paced or job.cell.scenario in FOR_PEERS) and not job.fifo
