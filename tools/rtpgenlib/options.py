# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The options that commands of rtpgen.py have, and what may be given there."""

import argparse
import contextlib
import functools
import ipaddress
import re
from collections.abc import Callable

from rtpgenlib.frames import DESTINATION, SOURCE
from rtpgenlib.payloads import SSRC


def within(low: int, high: int) -> Callable[[str], int]:
    """An argparse type: a whole number, 0x… allowed."""

    def convert(text: str) -> int:
        with contextlib.suppress(ValueError):
            if low <= int(text, 0) <= high:
                return int(text, 0)
        raise argparse.ArgumentTypeError(f"{text!r} is not in {low}..{high}")

    return convert


def real(low: float, high: float, unit: float = 1) -> Callable[[str], float]:
    """An argparse type: a number, divided by `unit`."""

    def convert(text: str) -> float:
        with contextlib.suppress(ValueError):
            if low <= float(text) <= high:
                return float(text) / unit
        raise argparse.ArgumentTypeError(f"{text!r} is not in {low:g}..{high:g}")

    return convert


def mac(text: str) -> str:
    """An argparse type: a MAC address."""
    if not re.fullmatch("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not like 02:00:00:00:07:01")
    return text.lower()


PORT, PERCENT = within(1, 65535), real(0, 100, 100)
COUNT, PPS = within(1, 10_000_000), real(0.01, 10_000_000)
OUTPUT = "pcap file, - for stdout"
MEDIA_PORT = "destination, the media port, default 5004"


def parser_of_addresses() -> argparse.ArgumentParser:
    """The options that say who sends to whom."""
    parser = argparse.ArgumentParser(add_help=False)
    add = parser.add_argument_group("addresses").add_argument
    for option, default in (("--src", SOURCE), ("--dst", DESTINATION)):
        text = f"IPv4 or IPv6, default {default[4]} or {default[6]}"
        add(option, type=ipaddress.ip_address, metavar="IP", help=text)
    add("--sport", type=PORT, default=40000, metavar="PORT", help="default 40000")
    add("--dport", type=PORT, default=5004, metavar="PORT", help=MEDIA_PORT)
    add("--smac", type=mac, metavar="MAC", help="default the interface's, or fixed")
    add("--dmac", type=mac, metavar="MAC", help="default found by ARP/ND, or fixed")
    return parser


def parser_of_cases() -> argparse.ArgumentParser:
    """The arguments that choose cases."""
    parser = argparse.ArgumentParser(add_help=False)
    add = parser.add_argument
    add("case", nargs="*", metavar="CASE", help="a name or a pattern, as 'rtp_*'")
    add("--all", action="store_true", help="every case of the catalogue")
    return parser


def add_output(parser: argparse.ArgumentParser) -> None:
    """The options that say which files to write."""
    add = parser.add_argument
    add("-o", "--output", metavar="PCAP", required=True, help=OUTPUT)
    add("--expect", metavar="JSON", help="write the expected outcomes there")


def add_stream(parser: argparse.ArgumentParser) -> None:
    """The options of an RTP stream, by the names of Stream's fields."""
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("-o", "--output", metavar="PCAP", help=OUTPUT)
    where.add_argument("--iface", help="send it there, in real time")
    add = functools.partial(add_number, parser)
    add("--ssrc", within(0, 0xFFFFFFFF), SSRC, "synchronisation source")
    add("--pt", within(0, 127), 111, "payload type")
    add("--seq", within(0, 0xFFFF), 0, "first sequence number")
    add("--count", COUNT, 500, "packets")
    add("--pps", PPS, 50, "packets per second")
    add("--size", within(0, 1400), 160, "bytes of payload")
    add("--clock-rate", within(1, 10_000_000), 48000, "RTP clock, Hz")
    add("--loss", PERCENT, 0, "percent never sent")
    add("--reorder", PERCENT, 0, "percent sent one place late")
    add("--duplicate", PERCENT, 0, "percent sent twice")
    add("--jitter", real(0, 10_000, 1000), 0, "ms that a packet is late at most")
    add("--seed", within(0, 2**63), 1, "same seed, same losses")
    parser.add_argument("--expect", metavar="JSON", help="with -o: expected outcomes")
    parser.add_argument(
        "--json", action="store_true", help="print what was sent, lost and late"
    )


def add_number(
    parser: argparse.ArgumentParser,
    option: str,
    kind: Callable[[str], float],
    default: float,
    text: str,
) -> None:
    """An option that takes a number."""
    parser.add_argument(
        option,
        type=kind,
        default=default,
        metavar="N",
        help=f"{text}, default {default}",
    )


def add_read(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("pcap", help="pcap or pcapng file")
    add("--dport", type=PORT, default=5004, metavar="PORT", help=MEDIA_PORT)
    add("--json", action="store_true", help="JSON instead of a table")
    add("--replay", action="store_true", help="send the frames, print nothing")
    add("--iface", help="where --replay sends")
    add("--pps", type=PPS, metavar="N", help="replay at this rate, not in their time")
