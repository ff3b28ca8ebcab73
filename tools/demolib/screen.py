# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Telling what is happening, on a terminal or into a file."""

import sys
import time

from courselib import anywhere

STEP = 2  # seconds between two lines about one thing, without a terminal


class Screen:
    """A line for each phase, and one that changes while a phase lasts."""

    def __init__(self) -> None:
        self.start = self.last = time.monotonic()
        self.overwrites = anywhere.colours(sys.stdout)  # and has colours

    def say(self, subject: str, text: str) -> None:
        """One line that stays."""
        print(self.line(subject, text), flush=True)
        self.last = time.monotonic()

    def live(self, subject: str, text: str) -> None:
        """A line that the next one overwrites."""
        if self.overwrites:
            print(self.line(subject, text), end="", flush=True)
        elif time.monotonic() - self.last > STEP:
            self.say(subject, text)

    def line(self, subject: str, text: str) -> str:
        """With the seconds since the start; on a terminal, over the last one."""
        elapsed = time.monotonic() - self.start
        over = "\r\033[K" if self.overwrites else ""
        return f"{over}{elapsed:5.1f} s  {subject:<9} {text}"

    def mark(self, ok: bool) -> str:
        """A tick or a cross."""
        sign, colour = ("✓", 32) if ok else ("✗", 31)
        return f"\033[{colour}m{sign}\033[m" if self.overwrites else sign
