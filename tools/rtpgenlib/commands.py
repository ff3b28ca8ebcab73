# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What each command of rtpgen.py does; their docstrings are its help texts."""

import argparse
import difflib
import fnmatch
import ipaddress
import itertools
import json
import socket
import sys
from collections.abc import Iterable
from dataclasses import fields

from rtpgenlib import EXIT_USAGE, Refusal, progress, say
from rtpgenlib.carrier import carrier
from rtpgenlib.catalogue import CATALOGUE, Case
from rtpgenlib.files import Timed, json_frames, paced, read_pcap, write_pcap
from rtpgenlib.frames import DESTINATION, SOURCE, Flow
from rtpgenlib.fuzz import fuzz
from rtpgenlib.interface import next_mac, open_interface, own_mac, transmit
from rtpgenlib.made import Made, every_length, expectations, make
from rtpgenlib.stream import Stream
from rtpgenlib.table import painted, print_row, sighting, tally

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def flow_of(args: argparse.Namespace, raw: socket.socket | None = None) -> Flow:
    """Who sends to whom; MAC addresses by the interface if there is one."""
    given = [end for end in (args.src, args.dst) if end]
    if len({end.version for end in given}) > 1:
        raise Refusal(EXIT_USAGE, "--src and --dst must be of one IP version")
    flow = Flow(
        source=SOURCE | by_version(args.src),
        destination=DESTINATION | by_version(args.dst),
        version=given[0].version if given else 4,
        sport=args.sport,
        dport=args.dport,
    )
    return flow._replace(
        smac=args.smac or (own_mac(raw) if raw else flow.smac),
        dmac=args.dmac or (next_mac(raw, flow) if raw else flow.dmac),
    )


def by_version(address: Address | None) -> dict[int, str]:
    """What replaces a default address."""
    return {address.version: str(address)} if address else {}


def chosen(args: argparse.Namespace) -> list[Case]:
    """The cases that the patterns name, in the order of the catalogue."""
    names = set(CATALOGUE if args.all else ())
    for pattern in args.case:
        found = fnmatch.filter(CATALOGUE, pattern)
        if not found:
            near = difflib.get_close_matches(pattern, CATALOGUE) or ["see 'list'"]
            raise Refusal(EXIT_USAGE, f"no case {pattern!r}; near: {', '.join(near)}")
        names.update(found)
    if not names:
        raise Refusal(EXIT_USAGE, "no case given; name some, or all with --all")
    return [case for case in CATALOGUE.values() if case.name in names]


def save(args: argparse.Namespace, made: list[Made], frames: Iterable[Timed]) -> None:
    """Writes the pcap file and the expectations, and says what is in them."""
    write_pcap(args.output, list(frames))
    if args.expect:
        with open(args.expect, "w", encoding="utf-8") as file:
            file.write(json_frames(expectations(made, args.dport)))
    say(f"{args.output}: {tally(frame.outcome for frame in made)}")


def run_list(args: argparse.Namespace) -> None:
    """List every case: its name, its outcome, and why.

    The outcome is the class of the packet ("rtp", "stun", ...), "pass" if it is
    not for the media port or cannot be judged, or the reason why it is dropped.
    "open" (null in JSON): the rules allow more than one outcome.
    """
    if args.json:
        keys = ("case", "family", "outcome", "why")
        rows = [(c.name, c.family, c.outcome, c.why) for c in CATALOGUE.values()]
        print(json.dumps([dict(zip(keys, row)) for row in rows], indent=1))
        return
    width = max(map(len, CATALOGUE))
    for case in CATALOGUE.values():
        print(f"{case.name:<{width}}  {painted(case.outcome, 15)} {case.why}")


def run_write(args: argparse.Namespace) -> None:
    """Write cases to a pcap file, and what to expect of each frame.

    The expectations are {"frames": [{"case", "outcome", "ssrc", "pt", "seq"}]},
    one frame a line in the order of the pcap file; the last three only for
    "rtp". Cases that take any IP version use that of --src and --dst.
    """
    made = list(make(chosen(args), flow_of(args)))
    if args.every_length:
        cuts = (every_length(whole, args.dport) for whole in made)
        made = list(itertools.chain.from_iterable(cuts))
    save(args, made, paced((frame.data for frame in made), 1000))


def run_send(args: argparse.Namespace) -> None:
    """Send cases on an interface.

    Frames that it cannot carry (below 14 bytes, or above its MTU) are left out.
    """
    cases = chosen(args)
    raw = open_interface(args.iface)
    data = [frame.data for frame in make(cases, flow_of(args, raw))]
    transmit(raw, list(paced(args.count * data, args.pps)))


def run_stream(args: argparse.Namespace) -> None:
    """Make an ordinary RTP stream, with loss and jitter if you like.

    The first and the last packet are never lost or late, so a receiver can know
    exactly how many packets there were.
    """
    stream = Stream(**{f.name: getattr(args, f.name) for f in fields(Stream)})
    raw = open_interface(args.iface) if args.iface else None
    plain = carrier(CATALOGUE["rtp_plain"], flow_of(args, raw))
    schedule = stream.schedule()
    data = [plain.carry(stream.packet(index)) for _, index in schedule]
    frames = [(when, frame) for (when, _), frame in zip(schedule, data)]
    if raw:
        transmit(raw, frames)
    else:
        save(args, [Made("stream", "rtp", frame) for frame in data], frames)
    report = stream.report(schedule)
    say(", ".join(f"{name} {value}" for name, value in report.items()))
    if args.json:
        print(json.dumps(report))


def run_fuzz(args: argparse.Namespace) -> None:
    """Make random frames: half well-formed, half mutated ones.

    A case is named by how it was made: "vlan_1q+rtp_random~cut~bit" is a random
    RTP packet behind a VLAN tag, then cut, then one bit flipped. Checksums are
    right, except after "~checksum". The outcome of a mutated frame is that of
    this program's own parser, or null where the rules leave it open. Four of
    five random RTP packets have one of the SSRCs 0x5ca1ab1e to 0x5ca1ab21, for
    a test to sign up. All come from one address and port.
    """
    frames = fuzz(args.count, args.seed, flow_of(args))
    made = list(progress(frames, args.count, "frames made"))
    save(args, made, paced((frame.data for frame in made), 1000))


def run_read(args: argparse.Namespace) -> None:
    """Say what each packet of a capture is, or replay it.

    Reads pcap and pcapng, and judges each frame as the data plane has to.
    """
    if args.replay != bool(args.iface):
        raise Refusal(EXIT_USAGE, "--replay needs --iface, and --iface --replay")
    if args.replay:
        replay(args)
        return
    rows = enumerate(read_pcap(args.pcap), start=1)
    seen = (sighting(n, when, data, args.dport) for n, (when, data) in rows)
    if args.json:
        sys.stdout.write(json_frames(seen))
    else:
        print(tally(print_row(row) for row in seen))


def replay(args: argparse.Namespace) -> None:
    """Sends a capture, in its own time or at --pps."""
    frames = list(read_pcap(args.pcap))
    if args.pps:
        frames = list(paced((data for _, data in frames), args.pps))
    transmit(open_interface(args.iface), frames)
