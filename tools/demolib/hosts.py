# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The hosts of the sandbox: entering them, and counting what arrives there."""

import ctypes
import multiprocessing
import os
import selectors
import signal
import socket
import struct
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

CLONE_NEWNET = 0x40000000  # linux/sched.h
ETH_P_IP = 0x0800  # linux/if_ether.h
SO_RCVBUFFORCE = 33  # asm-generic/socket.h; parisc and sparc differ
SOL_PACKET = 263  # linux/socket.h
PACKET_STATISTICS = 6  # linux/if_packet.h

FIRST_BYTES = 64  # an IPv4 header with options, UDP, and RTP up to the SSRC fit
TURN = 64  # packets of one host before the next
QUEUE_BYTES = 16 << 20  # so that a busy machine delays the count, never spoils it

LIBC = ctypes.CDLL(None, use_errno=True)


def in_host(host: str, command: list[str]) -> list[str]:
    """The command line that runs a command line on a host."""
    return ["ip", "netns", "exec", host, *command]


def enter(namespace: int) -> None:
    """Move the calling thread into a net namespace; os.setns is Python 3.12."""
    if LIBC.setns(namespace, CLONE_NEWNET):
        code = ctypes.get_errno()
        raise OSError(code, f"setns: {os.strerror(code)}")


@contextmanager
def inside(host: str) -> Iterator[None]:
    """Run a block on a host: sockets made in it belong to that host for ever."""
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{host}") as there:
        enter(there.fileno())
        try:
            yield
        finally:
            enter(home.fileno())


def tap(host: str) -> socket.socket:
    """A packet socket that sees each IPv4 packet arriving at eth0 of a host.

    The kernel shows a socket bound to one protocol what comes in, not what goes
    out, and does so before the UDP layer: a closed port or a slow reader cannot
    hide a packet from it.
    """
    with inside(host):
        tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, 0)
    try:
        tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, QUEUE_BYTES)
    except PermissionError:  # not this machine's root: what net.core.rmem_max allows
        tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, QUEUE_BYTES)
    tap.bind(("eth0", ETH_P_IP))
    tap.setblocking(False)
    return tap


class PacketCounter:
    """Counts the RTP packets that arrive at each host, by port and SSRC.

    It shares nothing with the data plane, so it can convict it. A process of its own
    reads the taps, so that it waits for nothing else that the demo does.
    """

    def __init__(self, hosts: list[str]) -> None:
        self.seen: Counter[tuple[str, bytes, bytes]] = Counter()
        self.marked: Counter[tuple[str, bytes, bytes]] = Counter()
        self.taps = {host: tap(host) for host in hosts}
        self.missed = 0
        fork = multiprocessing.get_context("fork")
        self.questions, self.answers = fork.Pipe()
        self.process = fork.Process(target=self.run, daemon=True)

    def start(self) -> None:
        """From now on packets are counted, until this program ends."""
        self.process.start()

    def run(self) -> None:
        """Read all taps, and tell who asks; in the process of its own."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends the call, not us
        selector = selectors.DefaultSelector()
        for host, tap in self.taps.items():
            selector.register(tap, selectors.EVENT_READ, host)
        selector.register(self.answers, selectors.EVENT_READ)
        while True:
            for key, _ in selector.select():
                if key.data:
                    self.drain(key.data, key.fileobj)
                else:
                    self.answers.send(getattr(self, self.answers.recv()))

    def drain(self, host: str, tap: socket.socket) -> None:
        """Count what is queued at one tap, but do not let others wait for long."""
        packet = bytearray(FIRST_BYTES)
        try:
            for _ in range(TURN):
                self.count(host, packet, tap.recv_into(packet))
        except BlockingIOError:
            pass

    def count(self, host: str, packet: bytearray, size: int) -> None:
        """Count one packet if it is RTP; anything else is nobody's media."""
        udp = (packet[0] & 15) * 4
        rtp = udp + 8
        if packet[9] != socket.IPPROTO_UDP or size < rtp + 12:
            return
        version, second_byte = packet[rtp] >> 6, packet[rtp + 1]
        if version != 2 or 192 <= second_byte <= 223:  # RTCP: RFC 5761, section 4
            return
        port, ssrc = packet[udp + 2 : udp + 4], packet[rtp + 8 : rtp + 12]
        key = host, bytes(port), bytes(ssrc)
        self.seen[key] += 1
        self.marked[key] += second_byte >> 7

    def received(self) -> dict[tuple[str, int, int], int]:
        """Packets by (host, port, SSRC), as of now."""
        return self.ask("seen")

    def pictures(self) -> dict[tuple[str, int, int], int]:
        """The same of packets that end a picture: RFC 7741, section 4.1."""
        return self.ask("marked")

    def ask(self, which: str) -> dict[tuple[str, int, int], int]:
        """One of the two counts; it is another each time, while any tap has more."""
        self.questions.send(which)
        return {
            (host, *struct.unpack("!HI", port + ssrc)): packets
            for (host, port, ssrc), packets in self.questions.recv().items()
        }

    def overflowed(self) -> int:
        """Packets the taps themselves could not queue; the count is exact at 0."""
        for tap in self.taps.values():
            stats = tap.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
            self.missed += struct.unpack("II", stats)[1]  # reading resets it
        return self.missed


def backlog_drops() -> int:
    """Packets that this machine's CPUs, being too busy, have ever dropped.

    All packets between hosts pass a CPU's backlog, net.core.netdev_max_backlog
    long; the second column of softnet_stat counts what did not fit.
    """
    with open("/proc/net/softnet_stat") as table:
        return sum(int(line.split()[1], 16) for line in table)
