# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The forwarders that are compared.

A mode is a name in MODES and a class with these methods; the peers of peers.py
are modes, too.

    missing()    why it cannot run here, or None
    start()      start it on its core, on net's server
    join()       senders publish, receivers subscribe to all of them: copies are to
                 reach RECEIVE_PORT and the ports above it
    inputs       then: for each sender, the port that it has to send to, and the SSRC
                 that it has to have (None: any)
    pids()       whose time on the core is its cost, besides the kernel threads
    napi()       the same of kernel threads that nobody else has
    driver()     what the drivers count of it, if that proves anything
    object_to()  it may find a contradiction in what a run has counted
    counters()   {"kernel": …, "user": …} of in, copies, failed, dropped, from
                 its own books, since start(); {} if it keeps none
    stop()       it goes, and takes with it all that it put up

What counters() says must come from whoever forwarded, never from the mode's name:
bench_rows takes it as the proof of which path the packets took.
"""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

from demolib import Failure, wait_for
from demolib.hosts import inside
from demolib.program import Program

from . import BUILD, LINK_SINK, SERVER, cpu, peers
from .call import PAYLOAD_TYPE, RECEIVE_PORT, SEND_PORT, Call, Client, fill_rooms
from .hosts import HTTP_PORT, MEDIA_PORT, Network, at
from .peers import Input

FIFO_PRIORITY = 50
NEVER = 1000000  # seconds; nobody sends RTCP here, and so nobody is timed out
SILENT_IP = "10.0.1.2"  # nobody's
NAMES = ("in", "copies", "failed", "dropped")


class Forwarder:
    """What all modes have: a program on the forwarder's core."""

    name = ""
    in_kernel = False  # then real-time rights of the program change nothing
    most_senders: int | None = None  # that it knows what to do with; None: all

    def __init__(self, net: Network, folder: Path, fifo: bool = False) -> None:
        self.net, self.folder = net, folder
        self.pinned = ["taskset", "-c", f"{cpu.FORWARDER}"]
        if fifo:
            self.pinned += ["chrt", "-f", f"{FIFO_PRIORITY}"]
        self.program: Program | None = None
        self.inputs: list[Input] = []

    @classmethod
    def missing(cls) -> str | None:
        return None

    def run(self, command: list[str]) -> None:
        """Start the program, with real-time rights if that is asked for."""
        log = self.folder / f"{self.name}.log"
        self.program = Program("", at(self.net.server, self.pinned + command), log)

    def pids(self) -> list[int]:
        return [self.program.process.pid] if self.program else []

    def napi(self) -> list[Path]:
        """The counters of kernel threads that work for this forwarder alone."""
        return []

    def counters(self) -> dict[str, dict[str, int]]:
        return {}

    def driver(self) -> dict[str, int]:
        """What network drivers count of it, in a mode where they do."""
        return {}

    def object_to(self, record: dict[str, Any]) -> None:
        """Failure if the counters of a run contradict the mode's name. They have stood
        still before and after it, and are what the run has added to them."""

    def stop(self) -> None:
        if self.program:
            self.program.stop()


class SwiftCall(Forwarder):
    """Our server: mode tc or user."""

    server = SERVER

    def __init__(self, net: Network, folder: Path, fifo: bool = False) -> None:
        super().__init__(net, folder, fifo)
        self.client = Client(net.server, (net.server_ip, HTTP_PORT))

    def options(self) -> list[str]:
        return ["--mode", self.name, "--iface", self.net.inlet]

    def start(self) -> None:
        where = [f"--http={self.net.server_ip}:{HTTP_PORT}"]
        where += [f"--media={self.net.server_ip}:{MEDIA_PORT}"]
        where += [f"--pin-dir=/sys/fs/bpf/{self.net.server}"]
        rights = ["--allow-any-address", f"--timeout={NEVER}", "--address-limit=16384"]
        self.run([f"{self.server}", *self.options(), *where, *rights])
        wait_for(self.answers, 10, f"the server to answer; see {self.program.log}")

    def answers(self) -> bool:
        """It listens before its data plane is attached, and answers after."""
        self.program.check()
        with suppress(ConnectionError):
            return self.client.ask("GET", "/rooms", "").read() != b""
        return False

    def join(self, senders: int, receivers: int) -> None:
        call = Call(self.client)
        self.inputs = [Input(MEDIA_PORT)] * senders
        for index in range(senders):
            call.join_sender(self.net.send_ip, index)
        for index in range(receivers):
            call.join_receiver(self.net.receive_ip, index)

    def fill(self, rooms: int) -> int:
        """Other rooms, with people from whom nothing comes; how many there are."""
        return fill_rooms(self.client, SILENT_IP, rooms)

    def counters(self) -> dict[str, dict[str, int]]:
        """Whoever has forwarded packets gets the copies; if both have, so do both,
        and no proof will hold."""
        rooms = json.loads(self.client.request("GET", "/rooms")[1])
        copies = rooms["copies"]
        untried = copies["skipped"] + copies["stale"]
        made = dict(zip(NAMES[1:], (copies["sent"], copies["failed"], untried)))
        nothing = dict.fromkeys(NAMES, 0)
        return {
            who: {"in": packets, **made} if packets else nothing
            for who, packets in rooms["forwarded"].items()
        }


class Kernel(SwiftCall):
    name = "tc"
    in_kernel = True


class User(SwiftCall):
    name = "user"


class Baseline(Forwarder):
    """Nobody: what is sent is counted where it comes in, and dropped there."""

    name = "baseline"

    def start(self) -> None:
        port = ["--first-port", f"{MEDIA_PORT}"]
        self.run([f"{LINK_SINK}", "--iface", self.net.inlet, *port])
        wait_for(self.ready, 10, f"link_sink; see {self.program.log}")

    def ready(self) -> bool:
        self.program.check()
        return "ready" in self.program.log.read_text()

    def join(self, senders: int, receivers: int) -> None:
        """Nobody listens."""
        self.inputs = [Input(MEDIA_PORT)] * senders

    def pids(self) -> list[int]:
        return []  # it waits


class Other(Forwarder):
    """A peer. It keeps no books that we could read."""

    peer: type[peers.Peer]

    def __init__(self, net: Network, folder: Path, fifo: bool = False) -> None:
        super().__init__(net, folder, fifo)
        self.running = self.peer(folder, self.pinned)

    @classmethod
    def missing(cls) -> str | None:
        return cls.peer(BUILD).missing()

    def start(self) -> None:
        """Not before join(): a peer starts with the job that it has to do."""

    def join(self, senders: int, receivers: int) -> None:
        net = self.net
        job = peers.Job(
            inside=net.server_ip,
            senders=[(net.send_ip, SEND_PORT + i) for i in range(senders)],
            receivers=[(net.receive_ip, RECEIVE_PORT + i) for i in range(receivers)],
            payload_type=PAYLOAD_TYPE,
        )
        try:
            with inside(net.server):
                self.inputs = self.running.start(job)
        except peers.PeerError as error:
            raise Failure(f"{error}") from error

    def pids(self) -> list[int]:
        return self.running.pids()

    def stop(self) -> None:
        self.running.stop()


# A class that is entered here is a mode, and a column of every table.
MODES: dict[str, type[Forwarder]] = {
    **{mode.name: mode for mode in (Kernel, User, Baseline)},
    **{p.name: type(p.__name__, (Other,), {"name": p.name, "peer": p})
       for p in peers.ALL},
}  # fmt: skip


def ours() -> list[str]:
    """The modes of our server, which are measured if nothing else is asked for."""
    return [name for name, mode in MODES.items() if issubclass(mode, SwiftCall)]


def is_peer(name: str) -> bool:
    """Is it neither a mode of ours nor the baseline?"""
    return name not in MODES or issubclass(MODES[name], Other)
