# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What UDP carries to an SFU, byte by byte as the RFCs have it."""

import struct
from collections.abc import Iterable

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
