# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Who makes copies in XDP: the plane xdp, and a broadcast that does nothing else.

Modes as benchlib/modes.py has them. Both say what they did, and the drivers of both
interfaces must say the same: a driver that counts has a frame in its hands, so those
copies were made without an skb.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from benchlib import BUILD, hosts
from benchlib.call import RECEIVE_PORT
from benchlib.hosts import MEDIA_PORT
from benchlib.modes import Forwarder, SwiftCall
from benchlib.peers import Input
from demolib import Failure, wait_for

SERVER = BUILD / "swiftcall/swiftcall"
BARE = BUILD / "lab06/bare_broadcast"
MOST_MEMBERS = 5001  # of a room


def driver(host: str, interface: str, names: Iterable[str]) -> list[int]:
    """What the driver of an interface counted in all its queues, name by name."""
    told: dict[str, int] = {}
    for line in hosts.run("ethtool", "-S", interface, host=host).splitlines():
        words = line.split(":")
        if words[0].strip().startswith(("rx_queue_", "tx_queue_")) and words[1].strip():
            name = words[0].strip().split("_", 3)[3]
            told[name] = told.get(name, 0) + int(words[1])
    return [told.get(name, 0) for name in names]


class Native(Forwarder):
    """Copies that never were an skb."""

    def driver(self) -> dict[str, int]:
        """Frames that were redirected where they came in; copies of them that the
        outlet has sent, and that it has refused."""
        net = self.net
        if net.kind == "lo":
            return {}
        (redirected,) = driver(net.server, net.inlet, ["xdp_redirect"])
        sent, refused = driver(net.server, net.outlet, ["xdp_xmit", "xdp_xmit_errors"])
        return {"redirected": redirected, "sent": sent, "refused": refused}


class Xdp(SwiftCall, Native):
    """Our server, with every lab in it."""

    name = "xdp"
    server = SERVER
    loop: list[Path] = []
    in_kernel = True

    @classmethod
    def missing(cls) -> str | None:
        return None if SERVER.exists() else f"there is no {SERVER}: run make all"

    def start(self) -> None:
        """The loop gets a thread, too. A timer has it polled, and softirq work that a
        timer begins on an idle core would be in nobody's account."""
        super().start()
        self.loop = hosts.napi_thread(self.net, self.loop_end())

    def loop_end(self) -> str:
        """The interface by which frames come in again."""
        shown = hosts.run("ip", "-j", "link", "show", host=self.net.server)
        names = [link["ifname"] for link in json.loads(shown)]
        return next(n for n in names if n.startswith("sfu") and n.endswith("b"))

    def napi(self) -> list[Path]:
        return self.loop

    def options(self) -> list[str]:
        interfaces = dict.fromkeys([self.net.inlet, self.net.outlet])
        room = f"--room-limit={MOST_MEMBERS}"
        return ["--mode=xdp", room, *(f"--iface={name}" for name in interfaces)]

    def object_to(self, record: dict) -> None:
        told = record["driver"]
        if told and told["sent"] != record["kernel"]["copies"]:
            raise Failure(
                f"the plane counts {record['kernel']['copies']} copies, and the driver "
                f"has sent {told['sent']} frames: not all of it was native XDP"
            )


class Bare(Native):
    """A devmap broadcast that writes the same constants into all copies."""

    name = "bare"
    in_kernel = True
    most_senders = 1

    @classmethod
    def missing(cls) -> str | None:
        return None if BARE.exists() else f"there is no {BARE}: run make lab06"

    def start(self) -> None:
        """Not before join(): it has to know how many copies to make."""

    def join(self, senders: int, receivers: int) -> None:
        net = self.net
        self.inputs = [Input(MEDIA_PORT)] * senders
        self.run([
            f"{BARE}", "--in", net.inlet, "--out", net.outlet, "--from", net.outlet_ip,
            "--to", net.receive_ip, "--first-port", f"{RECEIVE_PORT}",
            "--copies", f"{receivers}",
        ])  # fmt: skip
        wait_for(self.ready, 10, f"bare_broadcast; see {self.program.log}")

    def ready(self) -> bool:
        self.program.check()
        return "ready" in self.program.log.read_text()

    def pids(self) -> list[int]:
        return []  # it waits

    def counters(self) -> dict[str, dict[str, int]]:
        told = self.driver()
        made = {"in": told["redirected"], "copies": told["sent"]}
        made |= {"failed": told["refused"], "dropped": 0}
        return {"kernel": made, "user": dict.fromkeys(made, 0)}
