# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Scenarios of lab05's bench with encrypted media.

    encrypted   CPU time of a copy, one publisher to 20, packets evenly spread
    encrypted:pictures   the same, 10 packets at a time, as of a picture
    http        GET /rooms every 20 ms, while more media comes than can go
    path        each step of a copy by itself, and other ways to send it

Clients are build/lab07/rtc_peers: ICE, DTLS, and SRTP by AEAD_AES_128_GCM with keys of
their own. A copy counts only if its receiver found the tag of it right. All have
real-time rights, clients and servers: what else this machine does takes no packet.
"""

import json
import os
import subprocess
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

from benchlib import BUILD, cpu, record
from benchlib.call import RECEIVE_PORT, SEND_PORT
from benchlib.findings import ONE_BY_ONE, WOKEN, Finding, NoRow, Rows, Value
from benchlib.hosts import Network, at
from benchlib.record import Cell
from benchlib.scenarios import Extent, Job, Site, claim
from courselib import patience
from demolib import Failure

from . import http, path, sdp
from .servers import SERVERS, versions

PEERS = BUILD / "lab07/rtc_peers"
RECEIVERS, SIZE = 20, 1200  # SIZE: of an RTP packet in clear
RATE = 500  # packets a second: what Janus can follow on one core
PICTURE = 10  # packets
GCM_128 = 7  # RFC 7714, section 14.2
END_SECONDS = 20
REAL_TIME = ["chrt", "-f", "20"]


class Clients:
    """rtc_peers on a host: its clients join, and connect."""

    def __init__(self, net: Network, host: str, ip: str, port: int, *more: str) -> None:
        self.net, self.ip, self.port = net, ip, port
        self.near = net.server_ip if host == net.senders else net.outlet_ip
        where = [f"--at={ip}", f"--first-port={port}", f"--cpu={cpu.OTHERS}"]
        self.process = subprocess.Popen(
            at(host, [*REAL_TIME, f"{PEERS}", *where, *more]),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)  # fmt: skip
        self.credentials = self.read()

    def read(self) -> dict[str, Any]:
        """The next line that it says."""
        line = self.process.stdout.readline()
        if not line:
            raise Failure("rtc_peers has ended")
        return json.loads(line)

    def client(self, number: int, sends: bool) -> sdp.Client:
        return sdp.Client(self.ip, self.port + number, sends, self.credentials)

    def tell(self, line: str) -> None:
        print(line, file=self.process.stdin, flush=True)

    def learn(self, description: str) -> None:
        """The next client's server is the one that describes itself like this."""
        self.tell(sdp.remote(description, (self.near, self.net.server_ip)))

    def connected(self) -> None:
        """Wait until all have their keys, of the right kind."""
        if self.read()["profile"] != GCM_128:
            raise Failure("the server has not agreed on AEAD_AES_128_GCM")

    def send(self) -> dict[str, Any]:
        """Let them send, to the end."""
        self.tell("")
        return self.read()

    def give_up_rights(self) -> None:
        os.sched_setscheduler(self.process.pid, os.SCHED_OTHER, os.sched_param(0))

    def stop(self) -> dict[str, Any]:
        """What they have received."""
        self.process.terminate()
        said, _ = self.process.communicate(timeout=patience.seconds(END_SECONDS))
        return json.loads(said)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def connect(job: Job, net: Network, server: Any, stack: ExitStack) -> tuple[Clients, Clients]:
    """The publisher, and all receivers, with media that could flow."""
    cell = job.cell
    options = [f"--rate={cell.rate}", f"--seconds={cell.seconds}", f"--size={cell.size}"]
    options += [f"--burst={cell.burst}"]
    publisher = Clients(net, net.senders, net.send_ip, SEND_PORT, *options)
    stack.callback(publisher.kill)
    number = [f"--agents={cell.receivers}"]
    receivers = Clients(net, net.receivers, net.receive_ip, RECEIVE_PORT, *number)
    stack.callback(receivers.kill)
    publisher.learn(server.publish(publisher.client(0, True)))
    publisher.connected()
    for index in range(cell.receivers):
        receivers.learn(server.subscribe(receivers.client(index, False)))
    receivers.connected()
    return publisher, receivers


def encrypted(job: Job, site: Site, round: int) -> dict[str, Any]:
    """One run; its raw record."""
    with ExitStack() as stack:
        net = site.network_of(job.cell)
        server = SERVERS[job.mode](net, site.folder, job.fifo)
        stack.callback(server.stop)
        server.start()
        publisher, receivers = connect(job, net, server, stack)
        measured = record.measure(net, job.cell, server, publisher.send)
        received = receivers.stop()
    if received["refused"] or received["strangers"]:
        raise Failure(
            f"{received['refused']} packets had a wrong tag, and "
            f"{received['strangers']} were not the publisher's"
        )
    return record.describe(job.cell, server, job.fifo, round, measured, received)


def asked(job: Job, site: Site, round: int) -> dict[str, Any]:
    """How long GET /rooms takes while the server has more to do than it can.

    Server and receivers have no real-time rights here: they would use all of a core, and
    the kernel would take it away from them for a while each second, and from the asker.
    """
    with ExitStack() as stack:
        net = site.network_of(job.cell)
        server = SERVERS[job.mode](net, site.folder)
        stack.callback(server.stop)
        server.start()
        publisher, receivers = connect(job, net, server, stack)
        receivers.give_up_rights()
        asker = http.Asker(net)
        sent = asker.during(publisher.send)
        forwarded = server.counters()["user"]
    if not asker.times:
        raise Failure("no request was answered")
    if forwarded["in"] >= sent["sent"]:
        raise Failure("the server kept up: it was not saturated")
    copies = forwarded["copies"] / sent["seconds"]
    return claim(job, round, {**asker.percentiles(), "copies_1/s": copies})


def cells(x: Extent) -> list[Cell]:
    n = RECEIVERS if RECEIVERS in x.some else x.some[0]
    even = Cell("encrypted", 1, n, SIZE, RATE, x.long, steer="card", burst=1)
    return [even, replace(even, scenario="encrypted:pictures", burst=PICTURE)]


def encrypted_jobs(x: Extent) -> list[Job]:
    modes = [mode for mode in x.modes if mode in SERVERS and not SERVERS[mode].missing()]
    return [Job(cell, mode, encrypted, fifo=True) for cell in cells(x) for mode in modes]


def http_jobs(x: Extent) -> list[Job]:
    busy = replace(cells(x)[0], scenario="http", rate=http.RATE, burst=PICTURE)
    busy = replace(busy, seconds=3 * x.long)  # for a hundred requests
    there = "user" in x.modes and not SERVERS["user"].missing()
    return [Job(busy, "user", asked)] if there else []


def ratio(rows: Rows, scenario: str, peer: str) -> Value | NoRow | None:
    """How many times ours a peer's copy costs, taken within each round."""
    return rows.value(
        scenario=scenario, mode=f"{peer}/user", metric="cpu_per_packet", unit="ratio"
    )


def findings(rows: Rows, about: dict[str, Any]) -> list[Finding]:
    """What is claimed, for the table."""
    found = []
    for scenario in ("encrypted", "encrypted:pictures"):
        cost = rows.value(scenario=scenario, mode="user", metric="cpu_per_packet")
        what, rests = f"{scenario}, ns a copy", ("fixed_loop", "sendmsg")
        found.append(Finding(what, cost, "{:,.0f}", rests=rests))
        for peer in ("janus", "pion"):
            what, rests = f"{scenario}: {peer} against ours", ONE_BY_ONE + WOKEN
            value = ratio(rows, scenario, peer)
            found.append(Finding(what, value, "{:.2f}×", 1, 2, rests=rests))
    for metric, must, aim in (("rooms_p50", None, None), ("rooms_p99", 50e6, 20e6)):
        took = rows.value(scenario="http", mode="user", metric=metric)
        what = f"GET /rooms while media saturates, {metric[6:]}"
        found.append(Finding(what, took, "{:,.0f} ns", must, aim, at_least=False))
    return found + path.findings(rows)


SCENARIOS = {"encrypted": encrypted_jobs, "http": http_jobs, "path": path.jobs}
FOR_PEERS = {"encrypted", "encrypted:pictures", "http", "path"}
SHOWN = {
    "encrypted": ("cpu_per_packet", "{:,.0f} ns a copy", 1),
    "http": ("rooms_p99", "p99 {:,.1f} ms", 1e6),
    "path": ("step", "{:,.0f} ns", 1),
}


def about() -> dict[str, Any]:
    return {"encrypted": versions()}
