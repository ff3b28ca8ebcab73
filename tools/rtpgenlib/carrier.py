# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""A well-formed frame taken apart, so that it can carry any payload."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from rtpgenlib.catalogue import FRAMES, Case
from rtpgenlib.dissect import Seen, dissect
from rtpgenlib.frames import PROTOCOL_UDP, Flow


def put16(data: bytearray, at: int, value: int) -> None:
    """Overwrites a 16-bit field."""
    data[at : at + 2] = value.to_bytes(2, "big")


def checksum(data: bytes) -> int:
    """RFC 1071, as arithmetic modulo 65535: 16-bit words in any number."""
    return -int.from_bytes(data + bytes(len(data) % 2), "big") % 0xFFFF


def repair(data: bytearray, seen: Seen) -> None:
    """Makes the checksums right, where there are headers to hold them."""
    l3, l4 = seen.l3, seen.l4
    if seen.version == 4:
        put16(data, l3 + 10, 0)
        put16(data, l3 + 10, checksum(data[l3 : l3 + 4 * (data[l3] & 15)]))
    length = int.from_bytes(data[l4 + 4 : l4 + 6], "big")
    no_checksum = seen.version == 4 and data[l4 + 6 : l4 + 8] == b"\0\0"
    if not l4 or no_checksum or not 8 <= length <= len(data) - l4:
        return
    pair = data[l3 + 12 : l3 + 20] if seen.version == 4 else data[l3 + 8 : l3 + 40]
    pseudo = pair + struct.pack("!HH", PROTOCOL_UDP, length)
    put16(data, l4 + 6, 0)
    put16(data, l4 + 6, checksum(pseudo + data[l4 : l4 + length]) or 0xFFFF)


class Carrier(NamedTuple):
    """A well-formed frame taken apart, to carry any payload."""

    name: str
    head: bytes
    tail: bytes
    seen: Seen

    def carry(self, payload: bytes) -> bytes:
        """The frame around this payload, lengths and checksums set."""
        data, seen = bytearray(self.head + payload + self.tail), self.seen
        ip_header = seen.l4 - seen.l3
        put16(data, seen.l4 + 4, 8 + len(payload))
        if seen.version == 4:
            put16(data, seen.l3 + 2, ip_header + 8 + len(payload))
        else:
            put16(data, seen.l3 + 4, ip_header - 40 + 8 + len(payload))
        repair(data, seen)
        return bytes(data)


def carrier(case: Case, flow: Flow) -> Carrier:
    """Takes the frame of an RTP case apart."""
    data = case.wrap(flow, case.payload)
    seen = dissect(data, flow.dport)
    payload = seen.l4 + 8
    tail = data[payload + len(case.payload) :]
    return Carrier(case.name, data[:payload], tail, seen)


def faultless(flow: Flow) -> Iterator[Carrier]:
    """Every way to carry RTP whose lengths and checksums are the right ones."""
    for case in FRAMES:
        if case.outcome == "rtp":
            way = carrier(case, flow)
            if way.carry(case.payload) == case.wrap(flow, case.payload):
                yield way
