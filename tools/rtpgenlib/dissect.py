# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What is in a frame, from Ethernet down to the UDP payload, and its outcome."""

import ipaddress
from dataclasses import dataclass, field

from rtpgenlib.frames import PROTOCOL_FRAGMENT, PROTOCOL_UDP, Flow
from rtpgenlib.judge import judge
from rtpgenlib.outcomes import PASS

VLAN_TYPES = (0x8100, 0x88A8)
ETHERTYPE_IPV4, ETHERTYPE_IPV6 = 0x0800, 0x86DD
FOLLOWED_HEADERS = (0, 43, 60)  # hop-by-hop, routing, destination options
ROUTING_HEADER = 43
MAX_TAGS, MAX_HEADERS = 2, 6


class Verdict(Exception):
    """Ends the walk over a frame: (outcome, note)."""


@dataclass
class Seen:
    """What a walk over a frame found; offsets of 0 mean "not there"."""

    outcome: str | None = PASS
    note: str = ""
    vlans: list[int] = field(default_factory=list)
    version: int = 0
    l3: int = 0
    l4: int = 0
    destination: bytes = b""
    payload: bytes = b""


def number(data: bytes, at: int, size: int, layer: str) -> int:
    """A big-endian field, if the frame reaches that far."""
    if at + size > len(data):
        raise Verdict(PASS, f"cut in the {layer} header")
    return int.from_bytes(data[at : at + size], "big")


def walk_ethernet(data: bytes, seen: Seen) -> tuple[int, int]:
    """Returns the EtherType behind all tags, and where its packet starts."""
    at = 12
    while (kind := number(data, at, 2, "Ethernet")) in VLAN_TYPES:
        if len(seen.vlans) == MAX_TAGS:
            raise Verdict(PASS, f"more than {MAX_TAGS} VLAN tags")
        seen.vlans.append(number(data, at + 2, 2, "VLAN") & 0xFFF)
        at += 4
    return kind, at + 2


def walk_ipv4(data: bytes, at: int, seen: Seen) -> tuple[int, int]:
    """RFC 791 3.1. Returns where UDP starts and where the IP packet ends."""
    number(data, at, 20, "IPv4")
    words, protocol = data[at] & 15, data[at + 9]
    if data[at] >> 4 != 4 or words < 5:
        raise Verdict(PASS, "not an IPv4 header")
    number(data, at, words * 4, "IPv4")
    seen.version, seen.l3, seen.destination = 4, at, data[at + 16 : at + 20]
    if number(data, at + 6, 2, "IPv4") & 0x3FFF:
        raise Verdict(PASS, "fragment")
    if protocol != PROTOCOL_UDP:
        raise Verdict(PASS, f"protocol {protocol}")
    if words > 5:
        raise Verdict(PASS, "options, which the stack reads")
    return at + words * 4, at + number(data, at + 2, 2, "IPv4")


def walk_ipv6(data: bytes, at: int, seen: Seen) -> tuple[int, int]:
    """RFC 8200 3 and 4. Returns where UDP starts and where the packet ends."""
    number(data, at, 40, "IPv6")
    if data[at] >> 4 != 6:
        raise Verdict(PASS, "not an IPv6 header")
    seen.version, seen.l3, seen.destination = 6, at, data[at + 24 : at + 40]
    end = at + 40 + number(data, at + 4, 2, "IPv6")
    protocol, at, followed = data[at + 6], at + 40, 0
    while protocol in FOLLOWED_HEADERS:
        if followed == MAX_HEADERS:
            raise Verdict(PASS, f"more than {MAX_HEADERS} extension headers")
        if protocol == ROUTING_HEADER and number(data, at + 3, 1, "IPv6 extension"):
            raise Verdict(PASS, "sent further on by a routing header")
        protocol = number(data, at, 1, "IPv6 extension")
        at += 8 * (1 + number(data, at + 1, 1, "IPv6 extension"))
        followed += 1
    if protocol == PROTOCOL_FRAGMENT:
        raise Verdict(PASS, "fragment")
    if protocol != PROTOCOL_UDP:
        raise Verdict(PASS, f"protocol {protocol}")
    return at, end


def walk_udp(data: bytes, at: int, ip_end: int, seen: Seen, port: int) -> None:
    """RFC 768. Until the port is known to be ours, nothing is a drop."""
    number(data, at, 8, "UDP")
    seen.l4 = at
    if ip_end < at + 8:
        raise Verdict(PASS, "the IP packet ends before the UDP header")
    if number(data, at + 2, 2, "UDP") != port:
        raise Verdict(PASS, "another port")
    length = number(data, at + 4, 2, "UDP")
    if ip_end > len(data):
        raise Verdict("ip_length", f"{ip_end - len(data)} bytes missing")
    if length < 8 or at + length > ip_end:
        raise Verdict("udp_length", f"{length} of {ip_end - at} bytes")
    if seen.version == 6 and not number(data, at + 6, 2, "UDP"):
        raise Verdict("udp_checksum", "none")
    seen.payload = data[at + 8 : at + length]


def walk(data: bytes, seen: Seen, port: int, flow: Flow | None) -> None:
    """Fills in what is there, and raises the Verdict."""
    kind, at = walk_ethernet(data, seen)
    if kind == ETHERTYPE_IPV4:
        l4, end = walk_ipv4(data, at, seen)
    elif kind == ETHERTYPE_IPV6:
        l4, end = walk_ipv6(data, at, seen)
    else:
        raise Verdict(PASS, f"EtherType 0x{kind:04x}")
    if data[0] & 1:
        raise Verdict(PASS, "to a group of hosts")
    if flow and seen.destination != address_of(flow, seen.version):
        raise Verdict(PASS, "for another host")
    walk_udp(data, l4, end, seen, port)
    raise Verdict(judge(seen.payload), "")


def address_of(flow: Flow, version: int) -> bytes:
    """Where a flow goes to, as an IP header holds it."""
    return ipaddress.ip_address(flow.destination[version]).packed


def dissect(data: bytes, port: int, flow: Flow | None = None) -> Seen:
    """What the data plane owes this frame if `port` is its media port.

    Its addresses are those that the flow goes to; without one, any will do.
    """
    seen = Seen()
    try:
        walk(data, seen, port, flow)
    except Verdict as verdict:
        seen.outcome, seen.note = verdict.args
    return seen
