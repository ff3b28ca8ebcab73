# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Descriptions of WebRTC clients with one video stream, and what a server's says."""

import re
from dataclasses import dataclass

PAYLOAD_TYPE, SSRC = 96, 1


@dataclass(frozen=True)
class Client:
    """One of rtc_peers' clients, and whether it sends."""

    ip: str
    port: int
    sends: bool
    credentials: dict[str, str]  # what rtc_peers says first

    def describe(self, setup: str, mid: str = "0", pt: int = PAYLOAD_TYPE) -> str:
        """An offer, or the answer to an offer with that mid and payload type."""
        own = self.credentials
        lines = [
            "v=0", f"o=- 1 1 IN IP4 {self.ip}", "s=-", "t=0 0", f"a=group:BUNDLE {mid}",
            f"m=video {self.port} UDP/TLS/RTP/SAVPF {pt}", f"c=IN IP4 {self.ip}",
            f"a=mid:{mid}", f"a=ice-ufrag:{own['ufrag']}", f"a=ice-pwd:{own['password']}",
            f"a=fingerprint:{own['fingerprint']}", f"a=setup:{setup}", "a=rtcp-mux",
            f"a=candidate:1 1 udp 2130706431 {self.ip} {self.port} typ host",
            "a=end-of-candidates", f"a=rtpmap:{pt} VP8/90000", f"a=rtcp-fb:{pt} nack pli",
            "a=sendonly" if self.sends else "a=recvonly",
        ]  # fmt: skip
        if self.sends:
            lines += ["a=msid:bench video", f"a=ssrc:{SSRC} cname:bench"]
        return "\r\n".join(lines) + "\r\n"


def first(pattern: str, sdp: str) -> str:
    found = re.search(pattern, sdp, re.MULTILINE)
    if not found:
        raise ValueError(f"the server's description has no {pattern}: {sdp}")
    return found[1]


def mid(sdp: str) -> str:
    return first(r"^a=mid:(\S+)", sdp)


def payload_type(sdp: str) -> int:
    return int(first(r"^m=video \d+ \S+ (\d+)", sdp))


def remote(sdp: str, ips: tuple[str, ...]) -> str:
    """The line that rtc_peers wants to read: its server, at the first of these addresses
    that it has."""
    candidates = re.findall(r"^a=candidate:\S+ 1 (?i:udp) \d+ (\S+) (\d+) ", sdp, re.M)
    ports = dict(candidates)
    ip = next((ip for ip in ips if ip in ports), "")
    if not ip:
        raise ValueError(f"the server is at none of {ips}: {sdp}")
    port = ports[ip]
    role = "passive" if first(r"^a=setup:(\S+)", sdp) == "active" else "active"
    ufrag, password = first(r"^a=ice-ufrag:(\S+)", sdp), first(r"^a=ice-pwd:(\S+)", sdp)
    return f"{ip} {port} {ufrag} {password} {role} {first(r'^a=fingerprint:(.*)', sdp)}"
