#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Draws what a call sent while there was no server.

usage: plot_alone.py ALONE.csv PICTURE

The table is what `make outlive` leaves in build/: browser/7.0.cj-alone.csv or
outlive/plain.csv. The picture's name says of what kind it is (.png, .svg).
"""

import csv
import sys

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402


# What a column is by the end of its name; its beginning is somebody's.
PANELS = {"_may_kbps": "may send", "_gets_kbps": "gets", "_kbps": "sends"}


def panels(columns: list[str]) -> dict[str, list[str]]:
    """The columns of each panel, by its suffix."""
    found: dict[str, list[str]] = {}
    for column in columns:
        suffix = next((s for s in PANELS if column.endswith(s)), None)
        if suffix:
            found.setdefault(suffix, []).append(column)
    return {suffix: found[suffix] for suffix in PANELS if suffix in found}


def draw(rows: list[dict[str, str]], picture: str) -> None:
    seconds = [int(row["second"]) for row in rows]
    parts = panels(list(rows[0]))
    figure, all_axes = pyplot.subplots(
        len(parts), sharex=True, squeeze=False, figsize=(8, 1 + 1.6 * len(parts))
    )
    for axes, (suffix, columns) in zip(all_axes[:, 0], parts.items(), strict=True):
        for column in columns:
            name = column.removesuffix(suffix)
            axes.plot(seconds, [int(row[column]) for row in rows], label=name, lw=1)
        axes.axvline(0, color="grey", ls="--", lw=1)
        axes.set_ylim(bottom=0)
        axes.set_ylabel(f"{PANELS[suffix]}\nkbit/s")
    all_axes[0, 0].set_title(
        "At second 0 the server is killed, and nobody starts it again", fontsize=10
    )
    all_axes[0, 0].legend(loc="lower right", fontsize=8)
    all_axes[-1, 0].set_xlabel("seconds")
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
