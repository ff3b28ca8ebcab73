# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Frames that were made, and what is expected of each."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rtpgenlib.catalogue import Case
from rtpgenlib.dissect import dissect
from rtpgenlib.frames import Flow
from rtpgenlib.judge import rtp_fields


class Made(NamedTuple):
    """A frame, and what is expected of it."""

    case: str
    outcome: str | None
    data: bytes


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


def expectations(made: list[Made], port: int) -> Iterator[dict]:
    """What a test holds the data plane to, frame by frame."""
    for case, outcome, data in made:
        fields = rtp_fields(dissect(data, port).payload) if outcome == "rtp" else {}
        yield {"case": case, "outcome": outcome} | fields
