#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Draws what a call sent while there was no server.

usage: plot_alone.py ALONE.csv PICTURE

The table is what `SWIFTCALL_ALONE=600 lab07-webrtc/test_browser 7.0.cj` leaves in
build/browser/; the picture's name says of what kind it is (.png, .svg).
"""

import csv
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402


def draw(rows: list[dict[str, str]], picture: str) -> None:
    seconds = [int(row["second"]) for row in rows]
    figure, (may, sent) = pyplot.subplots(2, sharex=True, figsize=(8, 4.2))
    for axes, suffix, title in (may, "_may_kbps", "may send"), (sent, "_kbps", "sends"):
        for name in "alice", "bob":
            axes.plot(seconds, [int(row[name + suffix]) for row in rows], label=name, lw=1)
        axes.axvline(0, color="grey", ls="--", lw=1)
        axes.set_ylim(bottom=0)
        axes.set_ylabel(f"{title}\nkbit/s")
    may.set_title("At second 0 the server is killed, and nobody starts it again", fontsize=10)
    may.legend(loc="lower right", fontsize=8)
    sent.set_xlabel("seconds")
    figure.tight_layout()
    figure.savefig(picture, dpi=110)


def main() -> int:
    if len(sys.argv) != 3 or sys.argv[1].startswith("-"):
        print(__doc__, file=sys.stdout if sys.argv[1:] == ["--help"] else sys.stderr)
        return 0 if sys.argv[1:] == ["--help"] else 2
    with open(sys.argv[1], newline="") as table:
        draw(list(csv.DictReader(table)), sys.argv[2])
    return 0


if __name__ == "__main__":
    sys.exit(main())
