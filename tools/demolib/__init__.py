# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What tools/demo is made of: hosts, SDP, media programs, participants, report."""

import time
from collections.abc import Callable

from courselib import patience


class Failure(Exception):
    """Something the demo had to show did not happen; the text is for the user."""


def wait_for(
    test: Callable[[], bool],
    seconds: float,
    what: str,
    progress: Callable[[], int] = lambda: 0,
) -> None:
    """Wait until a test comes true that nobody notifies us of.

    seconds: for an idle computer; see courselib/patience.py. They begin anew
    whenever the progress is another.
    """
    limit = patience.seconds(seconds)
    before, end = progress(), time.monotonic() + limit
    while not test():
        if (now := progress()) != before:
            before, end = now, time.monotonic() + limit
        if time.monotonic() > end:
            raise Failure(f"waited {limit:g} s in vain for {what}")
        time.sleep(0.02)
