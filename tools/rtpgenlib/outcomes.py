# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What the data plane may owe a frame: its class, a reason to drop it, or neither.

The names are those of lab01-xdp-parse/verdict.h.
"""

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
