# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The machines that take part in a run, and the links between them.

    senders             server                  receivers
    10.0.1.1 -- veth -- 10.0.1.254  10.0.2.254 -- veth -- 10.0.2.1

Each is a network namespace. There is no bridge: what a copy costs is what the
forwarder did. Or all of it is one host, and the link is its loopback.

How packets get to the forwarder's core matters more than anything else, so it is
part of the set-up's name. `thread`: each link's NAPI runs in a kernel thread that
is pinned, and has its time counted. `softirq`: RPS steers packets to the core as
the interrupt of a network card would, so a busy program there cannot keep them
waiting; its time is charged to whoever it interrupts, so none is reported. `card`:
as `thread`, but the copies are taken from their ring, and their memory given back, on
the forwarder's core (by a thread with an account of its own). So does the driver of a
network card; on another core, that memory comes back in that core's cache.
"""

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from demolib import Failure
from demolib.hosts import backlog_drops

from . import cpu

MEDIA_PORT, HTTP_PORT = 3478, 8080
RING_PRIORITY = 60  # SCHED_FIFO
POLL_NS, EVER = 50_000, 2**31 - 1


def run(*command: str, host: str = "") -> str:
    """Run a command, on a host; its output, or Failure with what it said."""
    done = subprocess.run(at(host, list(command)), capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def at(host: str, command: list[str]) -> list[str]:
    """The command line for a host; mounts stay ours, unlike with ip netns exec."""
    return [*(["nsenter", f"--net=/run/netns/{host}"] if host else []), *command]


def batch(host: str, commands: str) -> None:
    """Run many commands of ip(8) on a host."""
    command = at(host, ["ip", "-batch", "-"])
    done = subprocess.run(command, input=commands, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"ip: {done.stderr.strip()}, in:\n{commands}")


def write(host: str, path: str, value: str) -> None:
    """Write into /sys or /proc/sys as that host sees it."""
    shell = ["sh", "-c", f"echo {value} >{path}"]
    done = subprocess.run(
        ["ip", "netns", "exec", host, *shell], capture_output=True, text=True
    )
    if done.returncode:
        raise Failure(f"cannot write {value} to {path}: {done.stderr.strip()}")


@dataclass
class Network:
    """Where senders, server and receivers are, and who drops what between them."""

    kind: str  # "hosts" or "lo"
    senders: str  # the name of their host
    server: str
    receivers: str
    send_ip: str
    server_ip: str
    outlet_ip: str  # the server's, on the way to the receivers
    receive_ip: str
    inlet: str  # the server's interface that media comes in on
    outlet: str  # what its copies leave by
    sink: str  # the receivers' interface
    napi: list[Path] = field(default_factory=list)  # counters of its threads
    ksoftirqd: list[Path] = field(default_factory=list)
    outside: cpu.Outside | None = None

    def dropped(self) -> int:
        """Copies that the link to the receivers has dropped so far."""
        if self.kind == "lo":
            return backlog_drops()
        shown = run("ip", "-s", "-j", "link", "show", self.outlet, host=self.server)
        return json.loads(shown)[0]["stats64"]["tx"]["dropped"]


def loopback() -> Network:
    """One host. Nothing tells apart whose time is spent: it is the sender's."""
    run("ip", "netns", "add", "lonely")
    run("ip", "link", "set", "lo", "up", host="lonely")
    here = "127.0.0.1"
    return Network("lo", *["lonely"] * 3, *[here] * 4, *["lo"] * 3)


def hosts(outside: cpu.Outside, name: str, steer: str) -> Network:
    """Three hosts; their names, and those of the links, hold the name given."""
    tag = f"{outside.tag}{name[0]}"
    net = Network(
        kind="hosts",
        senders=f"send-{name}",
        server=f"server-{name}",
        receivers=f"receive-{name}",
        send_ip="10.0.1.1",
        server_ip="10.0.1.254",
        outlet_ip="10.0.2.254",
        receive_ip="10.0.2.1",
        inlet=f"in{tag}",
        outlet=f"out{tag}",
        sink=f"sink{tag}",
        outside=outside,
    )
    for host in (net.senders, net.server, net.receivers):
        run("ip", "netns", "add", host)
        batch(host, "link set lo up\n")
    link(net.server, net.inlet, net.server_ip, net.senders, "eth0", net.send_ip)
    link(net.server, net.outlet, net.outlet_ip, net.receivers, net.sink, net.receive_ip)
    use_napi(net.senders, "eth0", net.server, net.inlet)
    use_napi(net.server, net.outlet, net.receivers, net.sink)
    steer_packets(net, outside, steer)
    return net


def mac(address: str) -> str:
    return "02:00:" + ":".join(f"{int(part):02x}" for part in address.split("."))


def link(host: str, near: str, near_ip: str, peer: str, far: str, far_ip: str) -> None:
    """Join two hosts by a veth; each knows the other without asking.

    Nor does IPv6 ask for anything: what the link drops is ours, all of it.
    """
    batch(
        host,
        f"link add {near} address {mac(near_ip)} type veth "
        f"peer name {far} address {mac(far_ip)} netns {peer}\n"
        f"link set {near} addrgenmode none up\naddr add {near_ip}/24 dev {near}\n",
    )
    batch(
        peer,
        f"link set {far} addrgenmode none up\naddr add {far_ip}/24 dev {far}\n"
        f"route add default via {near_ip}\n"
        f"neigh replace {near_ip} lladdr {mac(near_ip)} dev {far} nud permanent\n",
    )
    entry = f"{far_ip} lladdr {mac(far_ip)} dev {near} nud permanent"
    batch(host, f"neigh replace {entry}\n")


def use_napi(host: str, near: str, peer: str, far: str) -> None:
    """Make packets from near to far wait in far's ring for far's NAPI.

    GRO brings the NAPI; and only packets that GRO might merge take that way, which
    for veth is to say: those of a sender without TSO. All others would be received
    in the sender's context, and for its account.
    """
    run("ethtool", "-K", near, "tso", "off", host=host)
    run("ethtool", "-K", far, "gro", "on", host=peer)


def poll(net: Network) -> None:
    """Have the receivers' ring looked into by a timer, once it has held a packet.

    To wake a thread on another core takes an interrupt there, which the forwarder
    would have to pay for (and dearly in a virtual machine: a card's driver does not
    do that). What arrives is late by up to one period.
    """
    write(net.receivers, f"/sys/class/net/{net.sink}/gro_flush_timeout", f"{POLL_NS}")
    write(net.receivers, f"/sys/class/net/{net.sink}/napi_defer_hard_irqs", f"{EVER}")


def steer_packets(net: Network, outside: cpu.Outside, steer: str) -> None:
    """Bring packets to the forwarder's core, and copies to the receivers' one.

    There they are taken from the ring before anybody else gets to run: it is a
    forwarder that is measured, and a ring has 256 places.
    """
    write(net.receivers, f"/sys/class/net/{net.sink}/threaded", "1")
    core = cpu.FORWARDER if steer == "card" else cpu.OTHERS
    outside.napi(net.sink, core, RING_PRIORITY)
    if steer == "softirq":
        mask = f"{1 << cpu.FORWARDER:x}"
        write(net.server, f"/sys/class/net/{net.inlet}/queues/rx-0/rps_cpus", mask)
        return
    poll(net)
    write(net.server, f"/sys/class/net/{net.inlet}/threaded", "1")
    net.napi = outside.napi(net.inlet, cpu.FORWARDER)
    net.ksoftirqd = outside.ksoftirqd()


def napi_thread(net: Network, interface: str) -> list[Path]:
    """Have one more interface of the server polled by a thread on the forwarder's core;
    its counters. None where no time is counted."""
    if not net.napi:
        return []
    write(net.server, f"/sys/class/net/{interface}/threaded", "1")
    return net.outside.napi(interface, cpu.FORWARDER)
