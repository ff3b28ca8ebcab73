# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""As much of SDP (RFC 8866) and offer/answer (RFC 3264) as a client needs."""

from dataclasses import dataclass

from . import Failure

DIRECTIONS = ("sendrecv", "sendonly", "recvonly", "inactive")


@dataclass(frozen=True)
class Media:
    """One m-line with its attributes."""

    kind: str  # "audio" or "video"
    port: int
    pt: int  # RTP payload type
    rtpmap: str = ""  # encoding of that payload type, such as VP8/90000
    mid: str = ""  # RFC 5888
    direction: str = "sendrecv"
    ssrc: int = 0  # RFC 5576; 0: not given
    msid: str = ""  # RFC 8830


def write(name: str, address: str, version: int, media: list[Media]) -> str:
    """A session description of a participant, as an offer or an answer."""
    lines = [
        "v=0",
        f"o={name} 1 {version} IN IP4 {address}",
        "s=-",
        f"c=IN IP4 {address}",
        "t=0 0",
    ]
    for m in media:
        lines += media_lines(m)
    return "\r\n".join(lines) + "\r\n"


def media_lines(m: Media) -> list[str]:
    """One m-line and the attributes that are known of it."""
    lines = [
        f"m={m.kind} {m.port} RTP/AVP {m.pt}",
        f"a=mid:{m.mid}",
        f"a=rtpmap:{m.pt} {m.rtpmap}",
        f"a={m.direction}",
    ]
    if m.ssrc:
        lines.append(f"a=ssrc:{m.ssrc} cname:{m.msid.split()[0]}")
        lines.append(f"a=msid:{m.msid}")
    return lines


def parse(text: str) -> tuple[str, list[Media]]:
    """The connection address and the m-lines of a session description."""
    session, *sections = text.replace("\r\n", "\n").split("\nm=")
    try:
        address = connection("\n".join([session, *sections]))
        return address, [media(section) for section in sections]
    except (ValueError, IndexError, StopIteration) as error:
        raise Failure(f"cannot read this SDP:\n{text}") from error


def connection(section: str) -> str:
    """The address of the first c= line, without a trailing /ttl."""
    line = next(ln for ln in section.split("\n") if ln.startswith("c="))
    return line.split()[2].split("/")[0]


def media(section: str) -> Media:
    """One media section; the leading "m=" is already gone."""
    head, *lines = section.split("\n")
    kind, port, _, pt = head.split()[:4]
    attributes = [ln[2:].partition(":") for ln in lines if ln.startswith("a=")]
    value = {name: text for name, _, text in reversed(attributes)}  # the first wins
    return Media(
        kind=kind,
        port=int(port),
        pt=int(pt),
        rtpmap=value.get("rtpmap", "").partition(" ")[2],
        mid=value.get("mid", ""),
        direction=next((d for d in DIRECTIONS if d in value), "sendrecv"),
        ssrc=int(value.get("ssrc", "0").split()[0]),
        msid=value.get("msid", ""),
    )
