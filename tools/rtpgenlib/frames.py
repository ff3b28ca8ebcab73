# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Frames around a payload: Ethernet, VLAN tags, IP, UDP, and what may be wrong there.

A Wrap is an entry of the catalogue's tables: it makes the frame of a payload.
"""

import functools
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from rtpgenlib import scapy
from rtpgenlib.payloads import put

PROTOCOL_UDP, PROTOCOL_FRAGMENT = 17, 44
BROADCAST = "ff:ff:ff:ff:ff:ff"

SOURCE = {4: "10.0.7.1", 6: "fd00:7::1"}  # by IP version
DESTINATION = {4: "10.0.7.254", 6: "fd00:7::254"}


class Flow(NamedTuple):
    """Who sends to whom; `version` is the IP version of cases that take any."""

    smac: str = "02:00:00:00:07:01"
    dmac: str = "02:00:00:00:07:fe"
    source: dict[int, str] = SOURCE
    destination: dict[int, str] = DESTINATION
    version: int = 4
    sport: int = 40000
    dport: int = 5004


Wrap = Callable[[Flow, bytes], bytes]
Fields = dict[str, Any]  # by Scapy's names; a value or a function like a Wrap


def network(
    flow: Flow, version: int = 0, tags: Iterable[str] = (), ip: Fields | None = None
) -> Any:
    """Ethernet, VLAN tags and the IP header, as a Scapy packet."""
    version = version or flow.version
    packet = scapy().Ether(src=flow.smac, dst=flow.dmac)
    for vlan, tag in enumerate(tags, start=7):
        packet /= getattr(scapy(), tag)(vlan=vlan)
    layer = scapy().IP if version == 4 else scapy().IPv6
    pair = {"src": flow.source[version], "dst": flow.destination[version]}
    return packet / layer(**(pair | (ip or {})))


def sent_to(dmac: str) -> Wrap:
    """A table entry: RTP to our IP address and to this MAC address."""
    return lambda flow, payload: frame(flow._replace(dmac=dmac), payload)


def extended(packet: Any, headers: Iterable[str]) -> Any:
    """The packet with IPv6 extension headers behind it."""
    for header in headers:
        packet /= getattr(scapy(), f"IPv6ExtHdr{header}")()
    return packet


def frame(
    flow: Flow,
    payload: bytes,
    *,
    version: int = 0,
    tags: Iterable[str] = (),
    headers: Iterable[str] = (),
    ip: Fields | None = None,
    udp: Fields | None = None,
    trailer: bytes = b"",
) -> bytes:
    """The payload in UDP, IP (with IPv6 extension headers), tags, Ethernet."""

    def settled(fields: Fields | None) -> Fields:
        known = (fields or {}).items()
        return {k: v(flow, payload) if callable(v) else v for k, v in known}

    packet = extended(network(flow, version, tags, settled(ip)), headers)
    ports = {"sport": flow.sport, "dport": flow.dport}
    return bytes(packet / scapy().UDP(**(ports | settled(udp))) / payload) + trailer


def over(**how: Any) -> Wrap:
    """A table entry: frame() with these arguments."""
    return functools.partial(frame, **how)


def tagged(*tags: str, version: int = 0) -> Wrap:
    """A table entry: with these VLAN tags, the outer one first."""
    return over(tags=tags, version=version)


def ipv4(**fields: Any) -> Wrap:
    """A table entry: IPv4 with these fields."""
    return over(version=4, ip=fields)


def ipv6(*headers: str, **fields: Any) -> Wrap:
    """A table entry: IPv6 with these extension headers and fields."""
    return over(version=6, headers=headers, ip=fields)


def udp(version: int = 0, trailer: bytes = b"", **fields: Any) -> Wrap:
    """A table entry: UDP with these fields, and bytes behind the IP packet."""
    return over(version=version, udp=fields, trailer=trailer)


def cut(wrap: Wrap, end: int) -> Wrap:
    """A table entry: only the frame's bytes before `end`."""
    return lambda flow, payload: wrap(flow, payload)[:end]


def patched(wrap: Wrap, at: int, new: bytes) -> Wrap:
    """A table entry: the frame with some bytes overwritten."""
    return lambda flow, payload: put(wrap(flow, payload), at, new)


def ipv4_options(options: bytes) -> Wrap:
    """A table entry: IPv4 with these option bytes, a multiple of four."""
    return ipv4(options=lambda flow, payload: scapy().IPOption(options))


def ipv6_long_header(flow: Flow, payload: bytes) -> bytes:
    """IPv6 whose destination options take three units of eight bytes."""
    s = scapy()
    options = s.IPv6ExtHdrDestOpt(options=[s.PadN(optdata=bytes(20))])
    ports = s.UDP(sport=flow.sport, dport=flow.dport)
    return bytes(network(flow, 6) / options / ports / payload)


def ipv6_routing(segments_left: int) -> Wrap:
    """A table entry: a routing header with one address, of type 4."""

    def wrap(flow: Flow, payload: bytes) -> bytes:
        s = scapy()
        header = s.IPv6ExtHdrRouting(
            type=4, segleft=segments_left, addresses=[flow.source[6]]
        )
        ports = s.UDP(sport=flow.sport, dport=flow.dport)
        return bytes(network(flow, 6) / header / ports / payload)

    return wrap


def fragment(version: int, start: int, end: int | None, *headers: str) -> Wrap:
    """A table entry: bytes [start, end) of the UDP datagram as IP fragment."""

    def wrap(flow: Flow, payload: bytes) -> bytes:
        whole = frame(flow, payload, version=version)
        piece = whole[14 + (20 if version == 4 else 40) :][start:end]
        more, offset = int(end is not None), start // 8
        if version == 4:
            fields = {"proto": PROTOCOL_UDP, "flags": more, "frag": offset}
            return bytes(network(flow, 4, ip=fields) / piece)
        packet = extended(network(flow, 6), headers)
        part = scapy().IPv6ExtHdrFragment(nh=PROTOCOL_UDP, m=more, offset=offset)
        return bytes(packet / part / piece)

    return wrap


def tcp(version: int) -> Wrap:
    """A table entry: the payload in TCP, to the media port's number."""
    return lambda flow, payload: bytes(
        network(flow, version) / scapy().TCP(dport=flow.dport) / payload
    )


def ping(flow: Flow, payload: bytes) -> bytes:
    """An ICMP echo request."""
    return bytes(network(flow, 4) / scapy().ICMP() / payload)


def ping6(flow: Flow, payload: bytes) -> bytes:
    """An ICMPv6 echo request."""
    return bytes(network(flow, 6) / scapy().ICMPv6EchoRequest(data=payload))


def arp(flow: Flow, _payload: bytes) -> bytes:
    """Who has the destination's IPv4 address?"""
    who_has = scapy().ARP(
        hwsrc=flow.smac, psrc=flow.source[4], pdst=flow.destination[4]
    )
    return bytes(scapy().Ether(src=flow.smac, dst=BROADCAST) / who_has)


def more_than(size: int) -> Callable[[Flow, bytes], int]:
    """A length field's value: this much more than the payload's length."""
    return lambda flow, payload: size + len(payload)


def to_neighbour(version: int) -> Wrap:
    """A table entry: from the media port, to the port beside it."""
    return udp(version, sport=lambda f, p: f.dport, dport=lambda f, p: f.dport ^ 1)


PLAIN, IPV4, IPV6 = over(), ipv4(), ipv6()
HOP_BY_HOP, ROUTING, OPTIONS = "HopByHop", "Routing", "DestOpt"
AD, Q = "Dot1AD", "Dot1Q"
IPV4_IHL_15 = ipv4_options(bytes([1]) * 40)
IPV6_TWO_HEADERS = ipv6(HOP_BY_HOP, ROUTING)
