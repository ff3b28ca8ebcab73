# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Frames and outcomes for people: rows, sums, colours."""

import collections
import ipaddress
import sys
from collections.abc import Iterable
from typing import Any

from courselib import anywhere
from rtpgenlib.dissect import Seen, dissect
from rtpgenlib.judge import rtp_fields
from rtpgenlib.outcomes import CLASSES, OPEN, PASS

COLOURS = {PASS: "2", OPEN: "33"} | dict.fromkeys(CLASSES, "32")
DROP_COLOUR = "31"


def painted(outcome: str | None, width: int) -> str:
    """The outcome as a column of a table, in colour on a terminal."""
    text = f"{outcome or 'open':<{width}}"
    if not anywhere.colours(sys.stdout):
        return text
    return f"\033[{COLOURS.get(outcome, DROP_COLOUR)}m{text}\033[0m"


def tally(outcomes: Iterable[str | None]) -> str:
    """How many frames, and of which outcome."""
    counts = collections.Counter(outcome or "open" for outcome in outcomes)
    parts = ", ".join(f"{name} {count:,}" for name, count in counts.most_common())
    return f"{counts.total():,} frames: {parts}"


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
