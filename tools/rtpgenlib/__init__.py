# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What tools/rtpgen.py is made of; each module imports only from those above it.

    outcomes   what the data plane may owe a frame
    payloads   RTP, RTCP, STUN, DTLS, ZRTP and TURN: what UDP carries
    frames     Ethernet, VLAN tags, IP and UDP around a payload
    catalogue  the named cases, good and bad
    judge      what must become of a payload that comes to the media port
    dissect    what is in a frame, down to the payload
    made       frames that were made, and what is expected of each
    carrier    a good frame taken apart, to carry other payloads
    fuzz       random frames, and good ones that had accidents
    stream     an RTP stream, with loss and jitter
    files      pcap and JSON files
    interface  frames onto a wire
    table      frames and outcomes for people
    commands   what each command does
    options    the options that commands have, and their types
"""

import functools
import importlib
import logging
import sys
import time
import types
import warnings
from collections.abc import Iterable, Iterator
from typing import TypeVar

from courselib import anywhere

T = TypeVar("T")

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
