# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Frames in pcap files, and what is known about them in JSON."""

import json
import struct
from collections.abc import Iterable, Iterator
from typing import Any

from rtpgenlib import EXIT_FAILED, Refusal, progress, scapy

DLT_EN10MB = 1
Timed = tuple[float, bytes]  # seconds since the first, frame


def paced(frames: Iterable[bytes], pps: float) -> Iterator[Timed]:
    """The frames at a constant rate."""
    return ((index / pps, data) for index, data in enumerate(frames))


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
