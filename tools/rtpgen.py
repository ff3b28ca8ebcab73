#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Make the packets an SFU meets: good, bad and strange ones.

A catalogue of named cases (RTP, RTCP, STUN, DTLS, ZRTP, TURN; VLAN tags, IP
options, fragments, extension headers; and everything that can be wrong with
them), each with the outcome the data plane owes it; ordinary RTP streams; and
seeded random packets. To a pcap file, or out of an interface.
"""

from __future__ import annotations

import argparse
import collections
import contextlib
import difflib
import errno
import fnmatch
import functools
import importlib
import inspect
import ipaddress
import itertools
import json
import logging
import os
import random
import re
import socket
import struct
import sys
import time
import types
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple, TypeVar

sys.dont_write_bytecode = True  # outputs go under build/ only

from courselib import anywhere  # noqa: E402

CLASSES = ("stun", "zrtp", "dtls", "turn", "rtp", "rtcp")
DROPS = (
    "ip_length",
    "udp_length",
    "udp_checksum",
    "empty",
    "unknown_class",
    "stun_malformed",
    "dtls_malformed",
    "rtp_truncated",
    "rtp_csrc",
    "rtp_extension",
    "rtp_padding",
    "rtcp_malformed",
)
PASS = "pass"
OPEN = None  # the rules leave it open; only "all modes agree" is demanded

T = TypeVar("T")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
PROTOCOL_UDP, PROTOCOL_FRAGMENT = 17, 44
BROADCAST = "ff:ff:ff:ff:ff:ff"
ARPHRD_LOOPBACK = 772
DLT_EN10MB = 1

EXIT_FAILED, EXIT_USAGE, EXIT_CANNOT_RUN, EXIT_INTERRUPTED = 1, 2, 77, 130


class Refusal(Exception):
    """What failed, why, and what to try: (exit status, message)."""


@functools.cache
def scapy() -> types.SimpleNamespace:
    """Scapy's names; imported on first use, as it is slow and likes to warn."""
    logging.getLogger("scapy").setLevel(logging.CRITICAL)
    names: dict[str, object] = {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for module in ("layers.l2", "layers.inet", "layers.inet6", "utils"):
                names |= vars(importlib.import_module(f"scapy.{module}"))
    except ImportError as error:
        raise Refusal(
            EXIT_CANNOT_RUN,
            f"Scapy cannot be loaded ({error}); try: sudo apt install python3-scapy",
        ) from error
    return types.SimpleNamespace(**names)


# ---------------------------------------------------------------- UDP payloads

SSRC = 0x5CA1AB1E
BODY = bytes(range(20))
MAGIC_COOKIE = 0x2112A442
ONE_BYTE = (0xBEDE, bytes.fromhex("10ff0000"))  # RFC 8285 4.2: ID 1, one byte
TWO_BYTE = (0x1000, bytes.fromhex("0101ff00"))  # RFC 8285 4.3: the same again


def put(data: bytes, at: int, new: bytes) -> bytes:
    """The same bytes, with `new` written over those from `at` on."""
    return data[:at] + new + data[at + len(new) :]


def rtp(
    *,
    seq: int = 1000,
    timestamp: int = 48000,
    ssrc: int = SSRC,
    pt: int = 111,
    marker: bool = False,
    csrc: Iterable[int] = (),
    extension: tuple[int, bytes] | None = None,
    padding: int = 0,
    body: bytes = BODY,
) -> bytes:
    """An RTP packet: RFC 3550 5.1, header extension 5.3.1."""
    csrcs = b"".join(struct.pack("!I", source) for source in csrc)
    first = 2 << 6 | bool(padding) << 5 | bool(extension) << 4 | len(csrcs) // 4
    second = marker << 7 | pt
    packet = struct.pack("!BBHII", first, second, seq, timestamp, ssrc) + csrcs
    if extension:
        profile, words = extension
        packet += struct.pack("!HH", profile, len(words) // 4) + words
    if padding:
        body += bytes(padding - 1) + bytes([padding])
    return packet + body


def rtcp(packet_type: int, words: bytes, count: int = 0) -> bytes:
    """One RTCP packet without its compound: RFC 3550 6.4.1."""
    return struct.pack("!BBH", 2 << 6 | count, packet_type, len(words) // 4) + words


def stun(message_type: int, attributes: bytes = b"") -> bytes:
    """A STUN message: RFC 8489 5."""
    head = struct.pack("!HHI", message_type, len(attributes), MAGIC_COOKIE)
    return head + b"transaction!" + attributes


def dtls(content_type: int, fragment: bytes) -> bytes:
    """A DTLS 1.2 record: RFC 6347 4.1."""
    epoch_and_sequence = bytes(7) + b"\1"
    head = struct.pack("!BH", content_type, 0xFEFD) + epoch_and_sequence
    return head + struct.pack("!H", len(fragment)) + fragment


def zrtp(message: bytes, crc: int) -> bytes:
    """A ZRTP packet: RFC 6189 5; `crc` is the CRC-32C of all before it."""
    head = struct.pack("!BBHII", 0x10, 0, 1, 0x5A525450, SSRC)
    return head + message + struct.pack("!I", crc)


def turn_channel(channel: int, data: bytes) -> bytes:
    """TURN ChannelData: RFC 8656 12.4."""
    return struct.pack("!HH", channel, len(data)) + data


RTP = rtp()
SENDER = struct.pack("!I", SSRC)
SR = rtcp(200, SENDER + bytes(12) + struct.pack("!II", 1000, 0x7F001900))
RR = rtcp(201, SENDER + SENDER + bytes(20), count=1)
SDES = rtcp(202, SENDER + b"\1\5alice\0", count=1)
STUN = stun(0x0001, b"\0\6\0\5bob:a\0\0\0")  # Binding request with USERNAME
STUN_MAPPED = bytes.fromhex("00200008 0001bd52 2b12a343")  # 10.0.7.1:40000
DTLS = dtls(22, b"\1" + bytes(11))


# --------------------------------------------------------------------- frames


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


# ------------------------------------------------------------------ catalogue


class Case(NamedTuple):
    """A frame by name; the name's first word is its family."""

    name: str
    outcome: str | None
    why: str
    payload: bytes = RTP
    wrap: Wrap = PLAIN

    @property
    def family(self) -> str:
        return self.name.partition("_")[0]


CSRC15 = range(0xC0DE0000, 0xC0DE000F)

# fmt: off
PAYLOADS = (
    Case("rtp_plain", "rtp", "twelve-byte header and a payload"),
    Case("rtp_marker", "rtp", "M bit set", rtp(marker=True)),
    Case("rtp_no_payload", "rtp", "the header alone is legal", rtp(body=b"")),
    Case("rtp_large", "rtp", "a full video packet", rtp(pt=96, body=BODY * 60)),
    Case("rtp_field_minima", "rtp", "seq, SSRC, PT 0", rtp(seq=0, ssrc=0, pt=0)),
    Case("rtp_field_maxima", "rtp", "seq, SSRC, PT all ones",
         rtp(seq=0xFFFF, timestamp=0xFFFFFFFF, ssrc=0xFFFFFFFF, pt=127, marker=True)),
    Case("rtp_csrc_1", "rtp", "one CSRC", rtp(csrc=[1])),
    Case("rtp_csrc_15", "rtp", "as many CSRCs as CC can say", rtp(csrc=CSRC15)),
    Case("rtp_extension_empty", "rtp", "0 words", rtp(extension=(0xBEDE, b""))),
    Case("rtp_extension_one_byte", "rtp", "RFC 8285 4.2", rtp(extension=ONE_BYTE)),
    Case("rtp_extension_two_byte", "rtp", "RFC 8285 4.3", rtp(extension=TWO_BYTE)),
    Case("rtp_extension_only", "rtp", "the extension ends the packet",
         rtp(extension=ONE_BYTE, body=b"")),
    Case("rtp_padding_1", "rtp", "one byte of padding", rtp(padding=1)),
    Case("rtp_padding_4", "rtp", "four bytes of padding", rtp(padding=4)),
    Case("rtp_padding_255", "rtp", "as much padding as fits", rtp(padding=255)),
    Case("rtp_padding_only", "rtp", "all is padding", rtp(padding=8, body=b"")),
    Case("rtp_everything", "rtp", "first byte 191, the last of RTP",
         rtp(csrc=CSRC15, extension=ONE_BYTE, padding=4)),
    Case("rtp_pt64_no_marker", "rtp", "second byte 64", rtp(pt=64)),
    Case("rtp_pt95_no_marker", "rtp", "second byte 95", rtp(pt=95)),
    Case("rtp_pt63_marker", "rtp", "second byte 191", rtp(pt=63, marker=True)),
    Case("rtp_pt96_marker", "rtp", "second byte 224", rtp(pt=96, marker=True)),
    Case("rtp_one_byte", "rtp_truncated", "V=2 and nothing more", RTP[:1]),
    Case("rtp_two_bytes", "rtp_truncated", "up to the payload type", RTP[:2]),
    Case("rtp_11_bytes", "rtp_truncated", "one byte short of a header", RTP[:11]),
    Case("rtp_csrc_1_cut", "rtp_csrc", "CC=1, three bytes of CSRC",
         rtp(csrc=[1], body=b"")[:-1]),
    Case("rtp_csrc_15_cut", "rtp_csrc", "CC=15, one byte short",
         rtp(csrc=CSRC15, body=b"")[:-1]),
    Case("rtp_csrc_none", "rtp_csrc", "CC=6 over a 20-byte body", put(RTP, 0, b"\x86")),
    Case("rtp_extension_none", "rtp_extension", "X set on a header alone",
         put(RTP[:12], 0, b"\x90")),
    Case("rtp_extension_header_cut", "rtp_extension", "half an extension header",
         rtp(extension=ONE_BYTE)[:15]),
    Case("rtp_extension_words_cut", "rtp_extension", "a word one byte short",
         rtp(extension=ONE_BYTE)[:19]),
    Case("rtp_extension_huge", "rtp_extension", "65,535 words announced",
         put(rtp(extension=ONE_BYTE), 14, b"\xff\xff")),
    Case("rtp_extension_after_csrc_cut", "rtp_extension", "the CSRCs fit",
         rtp(csrc=CSRC15, extension=ONE_BYTE)[:75]),
    Case("rtp_padding_zero", "rtp_padding", "P set, last byte 0",
         put(rtp(padding=4), 35, b"\0")),
    Case("rtp_padding_one_too_many", "rtp_padding", "would eat the header",
         put(rtp(padding=4), 35, b"\x19")),
    Case("rtp_padding_eats_extension", "rtp_padding", "would eat the extension",
         put(rtp(extension=ONE_BYTE, padding=4, body=b""), 23, b"\5")),
    Case("rtp_padding_none", "rtp_padding", "the last byte is the SSRC's",
         put(rtp(ssrc=4, body=b""), 0, b"\xa0")),
    Case("rtp_version_0", "stun_malformed", "0x00: STUN's range", put(RTP, 0, b"\0")),
    Case("rtp_version_1", "turn", "0x40: TURN's range", put(RTP, 0, b"\x40")),
    Case("rtp_version_3", "unknown_class", "0xc0: nobody's", put(RTP, 0, b"\xc0")),
    Case("rtcp_sr", "rtcp", "sender report", SR),
    Case("rtcp_rr", "rtcp", "receiver report, one block", RR),
    Case("rtcp_rr_empty", "rtcp", "no block: the smallest, 8 bytes", rtcp(201, SENDER)),
    Case("rtcp_compound", "rtcp", "SR and SDES", SR + SDES),
    Case("rtcp_compound_8", "rtcp", "eight packets", SR + SDES + 6 * rtcp(203, SENDER)),
    Case("rtcp_bye", "rtcp", "BYE", rtcp(203, SENDER, count=1)),
    Case("rtcp_app", "rtcp", "APP", rtcp(204, SENDER + b"test")),
    Case("rtcp_nack", "rtcp", "RFC 4585 6.2.1",
         rtcp(205, 2 * SENDER + b"\3\xe8\0\1", 1)),
    Case("rtcp_pli", "rtcp", "RFC 4585 6.3.1", rtcp(206, 2 * SENDER, 1)),
    Case("rtcp_xr", "rtcp", "RFC 3611", rtcp(207, SENDER)),
    Case("rtcp_type_192", "rtcp", "the first second byte of RTCP", rtcp(192, SENDER)),
    Case("rtcp_type_223", "rtcp", "the last second byte of RTCP", rtcp(223, SENDER)),
    Case("rtcp_like_rtp", "rtcp_malformed", "RTP with M and PT 72: RFC 5761 4",
         rtp(pt=72, marker=True)),
    Case("rtcp_two_bytes", "rtcp_malformed", "up to the packet type", SR[:2]),
    Case("rtcp_four_bytes", "rtcp_malformed", "no SSRC", rtcp(201, b"")),
    Case("rtcp_7_bytes", "rtcp_malformed", "one byte short", rtcp(201, SENDER)[:7]),
    Case("rtcp_cut", "rtcp_malformed", "length says a word more", SR[:-4]),
    Case("rtcp_length_short", "rtcp_malformed", "length says a word less",
         put(SR, 2, b"\0\5")),
    Case("rtcp_length_huge", "rtcp_malformed", "256 KiB", put(SR, 2, b"\xff\xff")),
    Case("rtcp_trailing_bytes", "rtcp_malformed", "three bytes more", SR + bytes(3)),
    Case("rtcp_second_cut", "rtcp_malformed", "SDES a word short", SR + SDES[:-4]),
    Case("rtcp_second_header_cut", "rtcp_malformed", "half a header", SR + SDES[:2]),
    Case("rtcp_second_version_1", OPEN, "only the first version must be checked",
         SR + put(SDES, 0, b"\x41")),
    Case("stun_request", "stun", "Binding request with USERNAME", STUN),
    Case("stun_bare", "stun", "20 bytes, no attribute", stun(0x0001)),
    Case("stun_success", "stun", "XOR-MAPPED-ADDRESS", stun(0x0101, STUN_MAPPED)),
    Case("stun_error", "stun", "ERROR-CODE 401", stun(0x0111, b"\0\t\0\4\0\0\4\1")),
    Case("stun_indication", "stun", "Binding indication", stun(0x0011)),
    Case("stun_first_byte_3", "stun", "the last first byte of STUN", stun(0x0300)),
    Case("stun_one_byte", "stun_malformed", "a single zero", b"\0"),
    Case("stun_19_bytes", "stun_malformed", "one byte short", stun(0x0001)[:19]),
    Case("stun_cookie", "stun_malformed", "as in RFC 3489", put(STUN, 4, bytes(4))),
    Case("stun_length_odd", "stun_malformed", "not in words", stun(1, bytes(6))),
    Case("stun_length_less", "stun_malformed", "a word less", put(STUN, 2, b"\0\b")),
    Case("stun_length_more", "stun_malformed", "a word more", put(STUN, 2, b"\0\x10")),
    Case("stun_cut", "stun_malformed", "an attribute is cut", STUN[:-4]),
    Case("dtls_handshake", "dtls", "content type 22", DTLS),
    Case("dtls_change_cipher", "dtls", "20: the first of DTLS", dtls(20, b"\1")),
    Case("dtls_alert", "dtls", "21", dtls(21, b"\1\0")),
    Case("dtls_application", "dtls", "23", dtls(23, BODY)),
    Case("dtls_two_records", "dtls", "two records, one datagram", DTLS + DTLS),
    Case("dtls_empty_record", "dtls", "13 bytes: length 0", dtls(23, b"")),
    Case("dtls_first_byte_63", "dtls", "the last first byte of DTLS", dtls(63, BODY)),
    Case("dtls_12_bytes", "dtls_malformed", "one byte short", dtls(23, b"")[:12]),
    Case("dtls_one_byte", "dtls_malformed", "a content type alone", DTLS[:1]),
    Case("dtls_cut", "dtls_malformed", "the record is cut", DTLS[:-1]),
    Case("dtls_length_huge", "dtls_malformed", "65,535", put(DTLS, 11, b"\xff\xff")),
    Case("dtls_13_unified", OPEN, "DTLS 1.3 ciphertext: RFC 9147 4 has another header",
         b"\x2e\0\1" + struct.pack("!H", 20) + BODY),
    Case("zrtp_hello_ack", "zrtp", "RFC 6189 5.3", zrtp(b"PZ\0\3HelloACK", 0x27E4B261)),
    Case("zrtp_first_byte_19", "zrtp", "the last first byte of ZRTP", b"\x13" + BODY),
    Case("turn_channel", "turn", "ChannelData, 0x4000", turn_channel(0x4000, RTP)),
    Case("turn_first_byte_79", "turn", "the last first byte of TURN", b"\x4f" + BODY),
    *(
        Case(f"unknown_{first}", "unknown_class", why, bytes([first]) + BODY)
        for first, why in (
            (4, "after STUN"),
            (15, "before ZRTP"),
            (80, "after TURN"),
            (127, "before RTP"),
            (192, "after RTP"),
            (255, "the last of all"),
        )
    ),
)
# fmt: on


def framed(name: str, outcome: str, why: str, wrap: Wrap, payload: bytes = RTP) -> Case:
    """A case whose point is the frame; its payload is plain RTP or given."""
    return Case(name, outcome, why, payload, wrap)


# fmt: off
FRAMES = (
    framed("eth_trailer", "rtp", "Ethernet padding", udp(trailer=bytes(6))),
    framed("eth_trailer_after_padding", "rtp", "behind RTP's own padding",
           udp(trailer=bytes(6)), rtp(padding=4)),
    framed("eth_trailer_after_short", "rtp_truncated", "11 bytes of RTP",
           udp(trailer=bytes(6)), RTP[:11]),
    framed("eth_trailer_after_csrc", "rtp_csrc", "a CSRC ends in it",
           udp(trailer=bytes(6)), rtp(csrc=[1], body=b"")[:-1]),
    framed("eth_trailer_after_extension", "rtp_extension", "a word ends in it",
           udp(trailer=bytes(6)), rtp(extension=ONE_BYTE, body=b"")[:-1]),
    framed("eth_trailer_after_dtls", "dtls_malformed", "12 bytes of DTLS",
           udp(trailer=bytes(6)), dtls(23, b"")[:12]),
    framed("eth_trailer_after_rtcp", "rtcp_malformed", "a report ends in it",
           udp(trailer=bytes(6)), SR[:-4]),
    framed("eth_broadcast", PASS, "to everybody: no media", sent_to(BROADCAST)),
    framed("eth_multicast", PASS, "to a group: no media", sent_to("01:00:5e:00:00:01")),
    framed("eth_arp", PASS, "ARP request", arp),
    framed("eth_llc", PASS, "802.3 length, no type", patched(IPV4, 12, b"\0\x30")),
    framed("eth_13_bytes", PASS, "cut in the EtherType", cut(IPV4, 13)),
    framed("eth_header_only", PASS, "nothing behind the EtherType", cut(IPV4, 14)),
    framed("vlan_1q", "rtp", "one 802.1Q tag", tagged(Q)),
    framed("vlan_1ad", "rtp", "one 802.1ad tag", tagged(AD)),
    framed("vlan_1ad_1q", "rtp", "QinQ: 802.1ad, 802.1Q", tagged(AD, Q)),
    framed("vlan_1q_1q", "rtp", "two 802.1Q tags", tagged(Q, Q)),
    framed("vlan_1q_ipv6", "rtp", "one tag, IPv6", tagged(Q, version=6)),
    framed("vlan_1ad_1q_ipv6", "rtp", "QinQ, IPv6", tagged(AD, Q, version=6)),
    framed("vlan_three", PASS, "a third tag is not followed", tagged(AD, Q, Q)),
    framed("vlan_cut", PASS, "cut before the EtherType", cut(tagged(Q), 17)),
    framed("vlan_second_cut", PASS, "the same after two", cut(tagged(AD, Q), 20)),
    framed("ipv4_plain", "rtp", "20-byte header", IPV4),
    framed("ipv4_dont_fragment", "rtp", "DF is no fragment", ipv4(flags="DF")),
    framed("ipv4_options_4", PASS, "router alert", ipv4_options(b"\x94\4\0\0")),
    framed("ipv4_options_40", PASS, "IHL 15", IPV4_IHL_15),
    framed("ipv4_source_route", PASS, "LSRR by way of 10.0.7.3",
           ipv4_options(bytes([131, 7, 4, 10, 0, 7, 3, 0]))),
    framed("ipv4_checksum_wrong", "rtp", "left to the stack", ipv4(chksum=1)),
    framed("ipv4_ihl_4", PASS, "IHL below 5; the address as ports would fit",
           ipv4(ihl=4, dst=lambda f, p: f"10.0.{f.dport >> 8}.{f.dport & 255}")),
    framed("ipv4_ihl_past_end", PASS, "cut in the options", cut(IPV4_IHL_15, 73)),
    framed("ipv4_version_6", PASS, "not what the EtherType says", ipv4(version=6)),
    framed("ipv4_cut", PASS, "19 bytes of IP header", cut(IPV4, 33)),
    framed("ipv4_header_only", PASS, "nothing behind IP", cut(IPV4, 34)),
    framed("ipv4_length_19", PASS, "IP ends in its own header", ipv4(len=19)),
    framed("ipv4_length_27", PASS, "IP ends in the UDP header", ipv4(len=27)),
    framed("ipv4_length_more", "ip_length", "one byte more", ipv4(len=more_than(29))),
    framed("ipv4_length_huge", "ip_length", "65,535", ipv4(len=65535)),
    framed("ipv4_last_byte_cut", "ip_length", "one byte missing", cut(IPV4, -1)),
    framed("ipv4_tcp", PASS, "TCP to the same port", tcp(4)),
    framed("ipv4_udp_lite", PASS, "protocol 136", ipv4(proto=136)),
    framed("ipv4_icmp", PASS, "echo request", ping),
    framed("ipv4_fragment_first", PASS, "the stack reassembles", fragment(4, 0, 16)),
    framed("ipv4_fragment_next", PASS, "no ports in it", fragment(4, 16, 32)),
    framed("ipv4_fragment_last", PASS, "no ports in it", fragment(4, 32, None)),
    framed("ipv4_fragment_like_udp", PASS, "last, as if with ports", ipv4(frag=185)),
    framed("ipv6_plain", "rtp", "40-byte header", IPV6),
    framed("ipv6_hop_by_hop", "rtp", "8 bytes of options", ipv6(HOP_BY_HOP)),
    framed("ipv6_routing", "rtp", "no segment left", ipv6(ROUTING)),
    framed("ipv6_routing_24", "rtp", "an address in it, no segment left",
           ipv6_routing(0)),
    framed("ipv6_source_route", PASS, "one segment left", ipv6_routing(1)),
    framed("ipv6_options", "rtp", "destination options", ipv6(OPTIONS)),
    framed("ipv6_options_24", "rtp", "24 bytes of them", ipv6_long_header),
    framed("ipv6_two_headers", "rtp", "hop-by-hop, routing", IPV6_TWO_HEADERS),
    framed("ipv6_six_headers", "rtp", "as many as are followed",
           ipv6(HOP_BY_HOP, OPTIONS, ROUTING, *3 * [OPTIONS])),
    framed("ipv6_seven_headers", PASS, "one more than is followed",
           ipv6(HOP_BY_HOP, OPTIONS, ROUTING, *4 * [OPTIONS])),
    framed("ipv6_header_past_end", PASS, "2 KiB of routing header",
           patched(IPV6_TWO_HEADERS, 63, b"\xff")),
    framed("ipv6_header_cut", PASS, "in the second", cut(IPV6_TWO_HEADERS, 69)),
    framed("ipv6_no_next_header", PASS, "next header 59", ipv6(nh=59)),
    framed("ipv6_version_4", PASS, "not what the EtherType says", ipv6(version=4)),
    framed("ipv6_cut", PASS, "39 bytes of IP header", cut(IPV6, 53)),
    framed("ipv6_length_0", PASS, "IP ends before UDP", ipv6(plen=0)),
    framed("ipv6_length_7", PASS, "IP ends in the UDP header", ipv6(plen=7)),
    framed("ipv6_length_more", "ip_length", "one byte more", ipv6(plen=more_than(9))),
    framed("ipv6_length_huge", "ip_length", "65,535", ipv6(plen=65535)),
    framed("ipv6_last_byte_cut", "ip_length", "one byte missing", cut(IPV6, -1)),
    framed("ipv6_tcp", PASS, "TCP to the same port", tcp(6)),
    framed("ipv6_icmp", PASS, "echo request", ping6),
    framed("ipv6_fragment_first", PASS, "the stack reassembles", fragment(6, 0, 16)),
    framed("ipv6_fragment_next", PASS, "no ports in it", fragment(6, 16, 32)),
    framed("ipv6_fragment_last", PASS, "no ports in it", fragment(6, 32, None)),
    framed("ipv6_fragment_atomic", PASS, "RFC 6946: all in one", fragment(6, 0, None)),
    framed("ipv6_fragment_after_header", PASS, "a fragment header behind hop-by-hop",
           fragment(6, 0, 16, HOP_BY_HOP)),
    framed("udp_checksum_zero", "rtp", "none: legal in IPv4", udp(4, chksum=0)),
    framed("udp_checksum_zero_ipv6", "udp_checksum", "none", udp(6, chksum=0)),
    framed("udp_checksum_wrong", "rtp", "left to the socket", udp(4, chksum=1)),
    framed("udp_checksum_wrong_ipv6", "rtp", "left to the socket", udp(6, chksum=1)),
    framed("udp_other_port", PASS, "from the media port", to_neighbour(4)),
    framed("udp_other_port_ipv6", PASS, "from the media port", to_neighbour(6)),
    framed("udp_other_port_bad", PASS, "not ours to judge", to_neighbour(4), b"\xff"),
    framed("udp_ports_cut", PASS, "three bytes of UDP", cut(IPV4, 37)),
    framed("udp_header_cut", PASS, "the ports, no whole header", cut(IPV4, 41)),
    framed("udp_header_cut_ipv6", PASS, "the same over IPv6", cut(IPV6, 61)),
    framed("udp_length_0", "udp_length", "less than its header", udp(len=0)),
    framed("udp_length_7", "udp_length", "less than its header", udp(len=7)),
    framed("udp_length_more", "udp_length", "a byte past IP", udp(4, len=more_than(9))),
    framed("udp_length_more_ipv6", "udp_length", "the same", udp(6, len=more_than(9))),
    framed("udp_length_huge", "udp_length", "65,535", udp(len=65535)),
    framed("udp_length_into_trailer", "udp_length", "past IP, but within the frame",
           udp(4, bytes(6), len=more_than(12))),
    framed("udp_length_less", "rtp", "IP is longer", udp(4, len=more_than(4))),
    framed("udp_length_19", "rtp_truncated", "IP is longer", udp(4, len=19)),
    framed("udp_empty", "empty", "no payload", IPV4, b""),
    framed("udp_empty_ipv6", "empty", "no payload", IPV6, b""),
    framed("udp_empty_trailer", "empty", "RTP behind IP", udp(trailer=RTP), b""),
)
# fmt: on

CATALOGUE = {case.name: case for case in PAYLOADS + FRAMES}


# ----------------------------------------------------- what is in this frame?

VLAN_TYPES = (0x8100, 0x88A8)
ETHERTYPE_IPV4, ETHERTYPE_IPV6 = 0x0800, 0x86DD
FOLLOWED_HEADERS = (0, 43, 60)  # hop-by-hop, routing, destination options
ROUTING_HEADER = 43
MAX_TAGS, MAX_HEADERS, MAX_COMPOUND = 2, 6, 16


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


def judge_stun(payload: bytes) -> str:
    """RFC 8489 6.3: the checks that need no key."""
    length, cookie = int.from_bytes(payload[2:4], "big"), payload[4:8]
    well_formed = (
        len(payload) >= 20
        and length % 4 == 0
        and length == len(payload) - 20
        and cookie == MAGIC_COOKIE.to_bytes(4, "big")
    )
    return "stun" if well_formed else "stun_malformed"


def judge_dtls(payload: bytes) -> str | None:
    """RFC 6347 4.1; from 32 on it may be RFC 9147 4, with another header."""
    if 13 + int.from_bytes(payload[11:13], "big") <= len(payload):
        return "dtls"
    return "dtls_malformed" if payload[0] < 32 else OPEN


def judge_rtp(payload: bytes) -> str | None:
    """RFC 3550 5.1 and 5.3.1, or RTCP by RFC 5761 4."""
    if len(payload) > 1 and 192 <= payload[1] <= 223:
        return judge_rtcp(payload)
    if len(payload) < 12:
        return "rtp_truncated"
    header = 12 + 4 * (payload[0] & 15)
    if header > len(payload):
        return "rtp_csrc"
    if payload[0] & 0x10:
        words = int.from_bytes(payload[header + 2 : header + 4], "big")
        header += 4 + 4 * words
        if header > len(payload):
            return "rtp_extension"
    if payload[0] & 0x20 and not 1 <= payload[-1] <= len(payload) - header:
        return "rtp_padding"
    return "rtp"


def judge_rtcp(payload: bytes) -> str | None:
    """RFC 3550 6.1: the lengths of a compound add up to the datagram."""
    if len(payload) < 8:
        return "rtcp_malformed"
    at, packets, versions = 0, 0, set()
    while at + 4 <= len(payload):
        versions.add(payload[at] >> 6)
        at += 4 + 4 * int.from_bytes(payload[at + 2 : at + 4], "big")
        packets += 1
    if at != len(payload):
        return "rtcp_malformed"
    return "rtcp" if versions == {2} and packets <= MAX_COMPOUND else OPEN


FIRST_BYTE = (  # RFC 7983 7
    (range(0, 4), judge_stun),
    (range(16, 20), lambda payload: "zrtp"),
    (range(20, 64), judge_dtls),
    (range(64, 80), lambda payload: "turn"),
    (range(128, 192), judge_rtp),
)


def judge(payload: bytes) -> str | None:
    """The outcome of a UDP payload sent to the media port."""
    if not payload:
        return "empty"
    for first_bytes, judge_class in FIRST_BYTE:
        if payload[0] in first_bytes:
            return judge_class(payload)
    return "unknown_class"


def rtp_fields(payload: bytes) -> dict[str, int]:
    """What a receiver of this RTP packet counts by."""
    second, seq, ssrc = struct.unpack_from("!xBH4xI", payload)
    return {"ssrc": ssrc, "pt": second & 127, "seq": seq}


# ----------------------------------------------------------- frames by thousands


class Made(NamedTuple):
    """A frame, and what is expected of it."""

    case: str
    outcome: str | None
    data: bytes


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


FUZZ_SSRCS = range(SSRC, SSRC + 4)


def random_rtp(rng: random.Random) -> bytes:
    """A well-formed RTP packet, with any mix of what may be in one."""
    pt = rng.randrange(128)
    words = rng.randbytes(4 * rng.randrange(16))
    return rtp(
        seq=rng.getrandbits(16),
        timestamp=rng.getrandbits(32),
        ssrc=rng.choice((*FUZZ_SSRCS, rng.getrandbits(32))),
        pt=pt,
        marker=rng.random() < 0.1 and not 64 <= pt <= 95,  # that would be RTCP
        csrc=[rng.getrandbits(32) for _ in range(rng.choice((0, 0, 0, 1, 2, 15)))],
        extension=(rng.getrandbits(16), words) if rng.random() < 0.3 else None,
        padding=rng.randrange(1, 256) if rng.random() < 0.2 else 0,
        body=rng.randbytes(rng.choice((0, 1, 20, 80, 160, 1000))),
    )


def spot(rng: random.Random, data: bytearray) -> int:
    """A place in the frame, in its headers more often than not."""
    end = min(len(data), 80) if rng.random() < 0.7 else len(data)
    return rng.randrange(end)


def flip_bit(rng: random.Random, data: bytearray) -> None:
    data[spot(rng, data)] ^= 1 << rng.randrange(8)


def set_byte(rng: random.Random, data: bytearray) -> None:
    edges = (0, 1, 0x3F, 0x40, 0x7F, 0x80, 0xBF, 0xC0, 0xFF, PROTOCOL_FRAGMENT)
    data[spot(rng, data)] = rng.choice((*edges, rng.randrange(256)))


def set_word(rng: random.Random, data: bytearray) -> None:
    edges = (0, 1, 7, 8, 0x7FFF, 0x8000, 0xFFFF, len(data))
    put16(data, spot(rng, data), rng.choice(edges))


def nudge_word(rng: random.Random, data: bytearray) -> None:
    at = spot(rng, data)
    word = int.from_bytes(data[at : at + 2], "big")
    put16(data, at, (word + rng.randrange(-4, 5)) % 0x10000)


def cut_end(rng: random.Random, data: bytearray) -> None:
    del data[rng.randrange(1, len(data) + 1) :]


def add_bytes(rng: random.Random, data: bytearray) -> None:
    data += rng.randbytes(rng.randrange(1, 65))


def remove_bytes(rng: random.Random, data: bytearray) -> None:
    at = 1 + spot(rng, data)
    del data[at : at + rng.choice((1, 2, 4, 8, 20))]


def repeat_bytes(rng: random.Random, data: bytearray) -> None:
    at = spot(rng, data)
    data[at:at] = data[at : at + rng.choice((1, 2, 4, 8, 20))]


MUTATIONS = {
    "bit": flip_bit,
    "byte": set_byte,
    "word": set_word,
    "nudge": nudge_word,
    "cut": cut_end,
    "add": add_bytes,
    "remove": remove_bytes,
    "repeat": repeat_bytes,
}


def mutate(rng: random.Random, base: Made, flow: Flow) -> Made:
    """The frame with one to three accidents; checksums mostly still right."""
    data = bytearray(base.data)
    accidents = rng.choices(list(MUTATIONS), k=rng.choice((1, 1, 2, 3)))
    for accident in accidents:
        MUTATIONS[accident](rng, data)
    seen = dissect(bytes(data), flow.dport, flow)
    repair(data, seen)
    if seen.l4 and rng.random() < 0.05:
        data[seen.l4 + 7] ^= rng.randrange(1, 256)
        accidents.append("checksum")
    return Made("~".join([base.case, *accidents]), seen.outcome, bytes(data))


def fuzz(count: int, seed: int, flow: Flow) -> Iterator[Made]:
    """Well-formed frames, and as many that were until they were mutated."""
    rng = random.Random(seed)
    ways = list(faultless(flow))
    payloads = [case for case in PAYLOADS if case.outcome in CLASSES]
    named = list(make(CATALOGUE.values(), flow))
    for _ in range(count):
        if rng.random() < 0.1:
            yield mutate(rng, rng.choice(named), flow)
            continue
        way, case = rng.choice(ways), rng.choice(payloads)
        if rng.random() < 0.7:
            case = Case("rtp_random", "rtp", "", random_rtp(rng))
        data = way.carry(case.payload)
        made = Made(f"{way.name}+{case.name}", case.outcome, data)
        yield mutate(rng, made, flow) if rng.random() < 0.5 else made


def make(cases: Iterable[Case], flow: Flow) -> Iterator[Made]:
    """The frames of catalogue cases."""
    for case in cases:
        yield Made(case.name, case.outcome, case.wrap(flow, case.payload))


def every_length(whole: Made, port: int) -> Iterator[Made]:
    """The frame cut at every length, the full one last."""
    for length in range(len(whole.data)):
        data = whole.data[:length]
        yield Made(f"{whole.case}[:{length}]", dissect(data, port).outcome, data)
    yield whole


# --------------------------------------------------------------------- streams


@dataclass
class Stream:
    """An RTP stream and what befalls it; intervals and times in seconds."""

    ssrc: int
    pt: int
    seq: int
    count: int
    pps: float
    size: int
    clock_rate: int
    loss: float
    reorder: float
    duplicate: float
    jitter: float
    seed: int

    def packet(self, index: int) -> bytes:
        """The packet that is sent `index` intervals after the first."""
        return rtp(
            seq=(self.seq + index) % 0x10000,
            timestamp=int(index * self.clock_rate / self.pps) % 0x100000000,
            ssrc=self.ssrc,
            pt=self.pt,
            body=(index.to_bytes(4, "big") * (self.size // 4 + 1))[: self.size],
        )

    def schedule(self) -> list[tuple[float, int]]:
        """When which packet is sent: (time, index), in order of time.

        The first and the last packet are never lost or late, so that what a
        receiver expects by RFC 3550 A.3 is exactly `count`.
        """
        rng = random.Random(self.seed)
        interval, sent = 1 / self.pps, []
        for index in range(self.count):
            lost, late, twice, jitter = (rng.random() for _ in range(4))
            when = interval * index + self.jitter * jitter
            if 0 < index < self.count - 1:
                if lost < self.loss:
                    continue
                # Half an interval behind the next one: one place late.
                when += 1.5 * interval * (late < self.reorder)
            sent.append((when, index))
            if twice < self.duplicate:
                sent.append((when + interval / 4, index))
        return sorted(sent)

    def report(self, schedule: list[tuple[float, int]]) -> dict[str, int]:
        """The truth, for a receiver's statistics to be held against."""
        order = [index for _, index in schedule]
        first_copies = list(dict.fromkeys(order))
        highest: Iterator[int] = itertools.accumulate(first_copies, max)
        return {
            "ssrc": self.ssrc,
            "expected": self.count,
            "sent": len(order),
            "lost": self.count - len(first_copies),
            "late": sum(index < top for index, top in zip(first_copies, highest)),
            "duplicates": len(order) - len(first_copies),
        }


# ------------------------------------------------------- files and interfaces

Timed = tuple[float, bytes]  # seconds since the first, frame


def paced(frames: Iterable[bytes], pps: float) -> Iterator[Timed]:
    """The frames at a constant rate."""
    return ((index / pps, data) for index, data in enumerate(frames))


def say(text: str, end: str = "\n") -> None:
    """For people; what programs read goes to stdout."""
    print(f"rtpgen: {text}", end=end, file=sys.stderr, flush=True)


def progress(items: Iterable[T], total: int, what: str) -> Iterator[T]:
    """The items; says how far it is if that takes seconds."""
    live = anywhere.colours(sys.stderr)
    due = time.monotonic() + 2
    for done, item in enumerate(items):
        if time.monotonic() >= due:
            say(f"{done:,} of {total:,} {what}", end="\033[K\r" if live else "\n")
            due = time.monotonic() + (0.2 if live else 2)
        yield item


def write_pcap(path: str, frames: list[Timed]) -> None:
    """Writes a classic pcap file, Ethernet, microseconds; "-" is stdout."""
    path = "/dev/stdout" if path == "-" else path
    with scapy().RawPcapWriter(path, linktype=DLT_EN10MB) as writer:
        writer.write_header(None)
        for when, data in progress(frames, len(frames), "frames written"):
            writer.write_packet(data, *divmod(round(when * 1e6), 1_000_000))


def read_pcap(path: str) -> Iterator[Timed]:
    """The Ethernet frames of a pcap or pcapng file."""
    start = None
    try:
        # Opened here, for Scapy leaves open what it opens and cannot read.
        with open(path, "rb") as file:
            reader = scapy().RawPcapReader(file)
            for data, meta in reader:
                link = meta if hasattr(meta, "linktype") else reader
                if link.linktype != DLT_EN10MB:
                    why = "not Ethernet; capture on one interface, not on 'any'"
                    raise Refusal(EXIT_FAILED, f"{path}: {why}")
                when = timestamp(meta, reader)
                start = when if start is None else start
                yield when - start, data
    except (scapy().Scapy_Exception, EOFError, struct.error) as error:
        raise Refusal(EXIT_FAILED, f"{path}: not a pcap file: {error}") from error


def timestamp(meta: Any, reader: Any) -> float:
    """Seconds; pcap and pcapng keep them in different ways."""
    if hasattr(meta, "sec"):
        return meta.sec + meta.usec / (1e9 if reader.nano else 1e6)
    if meta.tshigh is None:  # a Simple Packet Block
        return 0.0
    return (meta.tshigh << 32 | meta.tslow) / meta.tsresol


def json_frames(rows: Iterable[dict]) -> str:
    """A document {"frames": [...]}, one frame a line."""
    return '{"frames": [\n' + ",\n".join(map(json.dumps, rows)) + "\n]}\n"


def expectations(made: list[Made], port: int) -> Iterator[dict]:
    """What a test holds the data plane to, frame by frame."""
    for case, outcome, data in made:
        fields = rtp_fields(dissect(data, port).payload) if outcome == "rtp" else {}
        yield {"case": case, "outcome": outcome} | fields


def open_interface(iface: str) -> socket.socket:
    """A socket that sends whole frames and receives none."""
    try:
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        raw.bind((iface, 0))
    except PermissionError as error:
        raise Refusal(
            EXIT_CANNOT_RUN,
            "sending frames needs CAP_NET_RAW; try it as root, or write with -o",
        ) from error
    except OSError as error:
        known = ", ".join(name for _, name in socket.if_nameindex())
        raise Refusal(
            EXIT_USAGE,
            f"cannot send on {iface}: {error.strerror}; interfaces here: {known}",
        ) from error
    return raw


def transmit(raw: socket.socket, frames: list[Timed]) -> None:
    """Sends each frame at its time, or as soon after as it can be."""
    start, sent = time.monotonic(), 0
    try:
        for when, data in progress(frames, len(frames), "frames sent"):
            time.sleep(max(0.0, start + when - time.monotonic()))
            sent += send_frame(raw, data)
    finally:
        seconds = time.monotonic() - start
        say(f"sent {sent:,} frames on {raw.getsockname()[0]} in {seconds:.1f} s")
    if sent < len(frames):
        say(
            f"not sent: {len(frames) - sent:,}, too short or too long for the interface"
        )
    if not sent:
        raise Refusal(EXIT_FAILED, "nothing was sent")


def send_frame(raw: socket.socket, data: bytes) -> bool:
    """False if an interface cannot carry a frame of that length."""
    try:
        raw.send(data)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.EMSGSIZE):
            return False
        raise Refusal(EXIT_FAILED, f"sending failed: {error.strerror}") from error
    return True


def own_mac(raw: socket.socket) -> str:
    """The MAC address of the interface."""
    return raw.getsockname()[4].hex(":")


def next_mac(raw: socket.socket, flow: Flow) -> str:
    """The MAC address to which packets for the destination must go."""
    if raw.getsockname()[3] == ARPHRD_LOOPBACK:
        return own_mac(raw)
    target = flow.destination[flow.version]
    ask = scapy().getmacbyip if flow.version == 4 else scapy().getmacbyip6
    answer = ask(target)
    if answer in (None, BROADCAST):  # Scapy's word for "there is no route"
        raise Refusal(
            EXIT_USAGE,
            f"cannot find out the MAC address of {target}; give it with --dmac",
        )
    return answer


# ---------------------------------------------------------------- command line

EXAMPLES = """\
examples:
  rtpgen.py list                                 every case and its outcome
  rtpgen.py write --all -o all.pcap --expect all.json
  rtpgen.py write 'rtp_*' vlan_1q -o -  | tcpdump -n -r -
  rtpgen.py write --every-length rtp_everything -o cut.pcap --expect cut.json
  rtpgen.py fuzz --count 100000 --seed 7 -o fuzz.pcap --expect fuzz.json
  rtpgen.py stream --count 500 --loss 2 --reorder 1 --iface eth0
  rtpgen.py read all.pcap

exit status: 0 done, 1 failed, 2 wrong usage, 77 cannot run here (no Scapy, no right)
"""
COLOURS = {PASS: "2", OPEN: "33"} | dict.fromkeys(CLASSES, "32")
DROP_COLOUR = "31"


def painted(outcome: str | None, width: int) -> str:
    """The outcome as a column of a table, in colour on a terminal."""
    text = f"{outcome or 'open':<{width}}"
    if not anywhere.colours(sys.stdout):
        return text
    return f"\033[{COLOURS.get(outcome, DROP_COLOUR)}m{text}\033[0m"


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


def tally(outcomes: Iterable[str | None]) -> str:
    """How many frames, and of which outcome."""
    counts = collections.Counter(outcome or "open" for outcome in outcomes)
    parts = ", ".join(f"{name} {count:,}" for name, count in counts.most_common())
    return f"{counts.total():,} frames: {parts}"


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


def endpoints(data: bytes, seen: Seen) -> list[str]:
    """Source and destination: address and port as far as there are any."""
    if not seen.version:
        return [data[6:12].hex(":"), data[:6].hex(":")]
    at, size = (12, 4) if seen.version == 4 else (8, 16)
    ends = []
    for end in (0, 1):
        first = seen.l3 + at + end * size
        host = str(ipaddress.ip_address(data[first : first + size]))
        port = data[seen.l4 + 2 * end : seen.l4 + 2 * end + 2]
        host = f"[{host}]" if seen.version == 6 and seen.l4 else host
        ends.append(f"{host}:{int.from_bytes(port, 'big')}" if seen.l4 else host)
    return ends


def sighting(count: int, when: float, data: bytes, port: int) -> dict[str, Any]:
    """One frame of a capture, as JSON and the table show it."""
    seen = dissect(data, port)
    source, destination = endpoints(data, seen)
    return {
        "number": count,
        "time": round(when, 6),
        "length": len(data),
        "source": source,
        "destination": destination,
        "outcome": seen.outcome,
        "vlans": seen.vlans,
        "note": seen.note,
    } | (rtp_fields(seen.payload) if seen.outcome == "rtp" else {})


def print_row(row: dict[str, Any]) -> str | None:
    """Prints a sighting for a person; returns its outcome."""
    details = [f"vlan {vlan}" for vlan in row["vlans"]]
    if row["outcome"] == "rtp":
        details.append("ssrc 0x{ssrc:08x}, pt {pt}, seq {seq}".format(**row))
    details += [row["note"]] * bool(row["note"])
    print(
        f"{row['number']:>6} {row['time']:>11.6f} {row['length']:>5}  "
        f"{row['source']} > {row['destination']}  "
        f"{painted(row['outcome'], 0)}  {', '.join(details)}".rstrip()
    )
    return row["outcome"]


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


def command_line() -> argparse.ArgumentParser:
    """Every command and option."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    addresses, cases = parser_of_addresses(), parser_of_cases()

    def command(run: Callable, *parents: argparse.ArgumentParser):
        text = inspect.getdoc(run) or ""
        added = commands.add_parser(
            run.__name__.removeprefix("run_"),
            help=text[0].lower() + text.splitlines()[0][1:-1],
            description=text,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            parents=parents,
        )
        added.set_defaults(run=run)
        return added

    lister = command(run_list)
    lister.add_argument("--json", action="store_true", help="JSON instead of a table")

    write = command(run_write, cases, addresses)
    add_output(write)
    write.add_argument(
        "--every-length", action="store_true", help="each case cut at every length"
    )

    send = command(run_send, cases, addresses)
    send.add_argument("--iface", required=True, help="where to send")
    add_number(send, "--count", COUNT, 1, "rounds")
    add_number(send, "--pps", PPS, 1000, "packets per second")

    add_stream(command(run_stream, addresses))

    fuzzer = command(run_fuzz, addresses)
    add_output(fuzzer)
    add_number(fuzzer, "--count", COUNT, 1000, "frames")
    add_number(fuzzer, "--seed", within(0, 2**63), 1, "same seed, same frames")

    add_read(command(run_read))
    return parser


def main(argv: list[str] | None = None) -> int:
    """Runs one command; returns the exit status."""
    args = command_line().parse_args(argv)
    try:
        args.run(args)
        sys.stdout.flush()
    except Refusal as refusal:
        status, text = refusal.args
        say(text)
        return status
    except BrokenPipeError:  # the reader, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        say(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return EXIT_FAILED
    except KeyboardInterrupt:
        return EXIT_INTERRUPTED
    return 0


if __name__ == "__main__":
    sys.exit(anywhere.run(main))
