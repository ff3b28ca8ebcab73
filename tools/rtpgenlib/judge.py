# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What must become of a UDP payload that comes to the media port.

Written from the RFCs and not from lab01, which is tested against it.
"""

import struct

from rtpgenlib.outcomes import OPEN
from rtpgenlib.payloads import MAGIC_COOKIE

MAX_COMPOUND = 16


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
