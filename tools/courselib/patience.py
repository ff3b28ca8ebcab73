# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""How much longer than an idle computer of today this one may take.

A time limit is there to end what hangs. It must not end what is slow, as everything
is on an emulated or a busy machine. So each limit is written down for an idle
computer, and is multiplied by one factor when it is used:

    process.wait(patience.seconds(20))

The factor is SWIFTCALL_PATIENCE of the environment, a number from 1 on. If that is
not set, the factor is measured: what it takes here to start a program, against a
reference figure, times the number of processes that want each CPU. It is then 1 to
30, and is set in the environment, so that it is measured once for a program and all
that it starts. common/patience.c is the same in C.
"""

import functools
import math
import os
import sys
from pathlib import Path

VARIABLE = "SWIFTCALL_PATIENCE"
REFERENCE = 0.005  # seconds of CPU time for one start; most machines take 1 or 2 ms
STARTS = 3
MOST = 30  # of what is measured


def seconds(limit: float) -> float:
    """A limit that is written down for an idle computer, as it is here."""
    return limit * factor()


@functools.cache
def factor() -> float:
    """At least 1; the same for this program and all that it starts."""
    os.environ[VARIABLE] = f"{fresh():g}"
    return float(os.environ[VARIABLE])


def fresh() -> float:
    """The factor as it is given; or else as it is measured now, even if it was before."""
    text = os.environ.get(VARIABLE, "")
    if text and (given := number(text)):
        return given
    if text:
        print(
            f"warning: {VARIABLE} is {text!r}, which is no number from 1 on: it is "
            "measured instead",
            file=sys.stderr,
        )
    return round(measure(), 1)


def number(text: str) -> float:
    """0 if it is none from 1 on."""
    try:
        given = float(text)
    except ValueError:
        return 0
    return given if given >= 1 and math.isfinite(given) else 0


def measure() -> float:
    """How slow this machine is at this moment."""
    slowness = min(start() for _ in range(STARTS)) / REFERENCE
    return min(MOST, max(1, slowness) * max(1, load()))


def start() -> float:
    """CPU time of one start, or 0 if it cannot be told."""
    try:
        child = os.posix_spawnp("true", ["true"], os.environ)
        used = os.wait4(child, 0)[2]
    except OSError:
        return 0
    return used.ru_utime + used.ru_stime


def load() -> float:
    """Processes that want each CPU: now, or on average of the last minute."""
    try:
        average, _, _, processes, *_ = Path("/proc/loadavg").read_text().split()
    except OSError:
        return 1
    running = int(processes.partition("/")[0]) - 1  # without this one
    return max(float(average), running) / (os.cpu_count() or 1)


if __name__ == "__main__":
    print(f"{factor():g}")  # for shell scripts
