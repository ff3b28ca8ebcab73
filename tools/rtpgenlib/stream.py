# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""An ordinary RTP stream, and the losses and delays that befall it."""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from rtpgenlib.payloads import rtp


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
