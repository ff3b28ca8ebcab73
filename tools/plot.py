#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Draws the measurements of lab05-bench/bench, and writes a page about them.

Reads bench.csv, bench.json and cdf.csv in a folder, and writes beside them, as SVG
and PNG: delta, throughput, cost, latency and room, and report.html with all of
them. Every number in its sentences comes from those files; where one is missing
nothing is written.
"""

import argparse
import csv
import html
import json
import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.dont_write_bytecode = True  # outputs go under build/ only

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "lab05-bench"))

from benchlib import prices  # noqa: E402
from benchlib.findings import Finding, Row, Rows, Value, findings  # noqa: E402
from courselib import anywhere  # noqa: E402

OK, FAILED, CANNOT_RUN = 0, 1, 77  # argparse exits with 2 for wrong usage

VIDEO = 1154  # bytes of a frame
COLOURS = {"tc": "#0b6e4f", "user": "#c44536", "baseline": "#888888"}
MORE_COLOURS = ["#2f4b7c", "#ffa600", "#7a5195", "#58508d"]  # peers
SIZE = (7, 4)  # inches


class Missing(Exception):
    """What is not there, and what to run to get it."""


def mode_colour(mode: str, modes: list[str]) -> str:
    others = [m for m in modes if m not in COLOURS]
    if mode in COLOURS:
        return COLOURS[mode]
    return MORE_COLOURS[others.index(mode) % len(MORE_COLOURS)]


class Data:
    """The three files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        rows = self.read("bench.csv")
        self.cdf = self.read("cdf.csv")
        path = folder / "bench.json"
        if not path.exists():
            raise Missing(f"{path} is not there: run `make bench`")
        self.about = json.loads(path.read_text())
        self.rows = Rows(rows, self.about)

    def read(self, name: str) -> list[Row]:
        path = self.folder / name
        if not path.exists():
            raise Missing(f"{path} is not there: run `make bench`")
        with path.open(newline="") as file:
            rows = list(csv.DictReader(file))
        if not rows:
            raise Missing(f"{path} has no rows: was every run refused?")
        return rows

    def series(self, metric: str, **wanted: object) -> dict[str, list[tuple]]:
        """mode -> (receivers, value), by rising number of receivers."""
        found: dict[str, dict[int, Value]] = defaultdict(dict)
        wanted = {"network": "hosts", "hog": 0, "fifo": 0, **wanted}
        for row in self.rows.select(metric=metric, **wanted):
            if "/" not in row["mode"]:
                numbers = (float(row[name]) for name in ("median", "low", "high"))
                found[row["mode"]][int(row["receivers"])] = Value(*numbers)
        if not found:
            what = ", ".join(f"{name} {value}" for name, value in wanted.items())
            raise Missing(f"no row has {metric} for {what}: run `make bench`")
        return {mode: sorted(points.items()) for mode, points in found.items()}

    def value(self, **wanted: object) -> Value:
        """One value, that a sentence needs."""
        found = self.rows.value(**{"network": "hosts", **wanted})
        if not found:
            what = ", ".join(f"{name} {value}" for name, value in wanted.items())
            why = f" ({found})" if found is not None else ""
            raise Missing(f"no row has {what}{why}: run `make bench`")
        return found


# Plots: each draws into axes, and names them.


def lines(axes: Any, series: dict[str, list[tuple]], scale: float = 1) -> None:
    """A line for each mode, with the interval of each median."""
    for mode, points in series.items():
        x = [n for n, _ in points]
        y = [v.median / scale for _, v in points]
        below = [(v.median - v.low) / scale for _, v in points]
        above = [(v.high - v.median) / scale for _, v in points]
        colour = mode_colour(mode, list(series))
        style = {"color": colour, "marker": "o", "capsize": 3}
        axes.errorbar(x, y, [below, above], label=mode, **style)
    ticks = sorted({n for points in series.values() for n, _ in points})
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{n}" for n in ticks])
    axes.set_xticks([], minor=True)
    axes.set_xlabel("receivers")
    axes.legend()


def draw_delta(data: Data, axes: Any) -> None:
    axes.set_title("Time between two packets of a stream, 250 a second")
    for part, style in (("min", ":"), ("mean", "-"), ("max", "--")):
        series = data.series(f"delta_{part}", scenario="delta", size=VIDEO)
        for mode, points in series.items():
            x, y = [n for n, _ in points], [v.median / 1e6 for _, v in points]
            colour = mode_colour(mode, list(series))
            axes.plot(x, y, style, color=colour, marker="o", label=f"{mode}, {part}")
    axes.set_yscale("log")
    axes.set_xlabel("receivers")
    axes.set_ylabel("ms")
    axes.legend(fontsize="small")


def draw_throughput(data: Data, axes: Any) -> None:
    axes.set_title("Copies delivered by one core at its limit, 1,154 B")
    lines(axes, data.series("delivered", scenario="saturation", size=VIDEO), 1e6)
    axes.set_ylabel("millions a second")
    axes.set_ylim(bottom=0)


def draw_cost(data: Data, axes: Any) -> None:
    axes.set_title("CPU time of a copy, softirq included, 1,154 B")
    lines(axes, data.series("cpu_per_packet", scenario="cost", size=VIDEO, rate=0))
    axes.set_ylabel("ns")
    axes.set_ylim(bottom=0)


def draw_latency(data: Data, axes: Any) -> None:
    curves: dict[tuple[str, str, str], list[tuple[float, float]]] = defaultdict(list)
    for row in data.cdf:
        if row["scenario"] == "latency" and row["network"] == "hosts":
            curve = row["mode"], row["hog"], row["fifo"]
            curves[curve].append((float(row["ns"]) / 1e3, float(row["fraction"])))
    if not curves:
        raise Missing("no distribution of the scenario latency: run `make bench`")
    modes = list(dict.fromkeys(mode for mode, _, _ in curves))
    for (mode, hog, fifo), points in curves.items():
        style = "--" if hog == "1" and fifo == "0" else ":" if fifo == "1" else "-"
        label = mode + ", beside a hog" * (hog == "1") + ", SCHED_FIFO" * (fifo == "1")
        axes.plot(*zip(*points), style, color=mode_colour(mode, modes), label=label)
    axes.set_title("One-way latency, 20 receivers")
    axes.set_xscale("log")
    axes.set_xlabel("µs")
    axes.set_ylabel("share of the packets")
    axes.legend(fontsize="small")


def draw_room(data: Data, axes: Any) -> None:
    series = data.series("cpu_load", scenario="room")
    modes = [mode for mode in series if mode != "baseline"]
    for place, mode in enumerate(modes):
        value = series[mode][0][1]
        reach = [[value.median - value.low], [value.high - value.median]]
        colour = mode_colour(mode, modes)
        axes.bar(place, value.median, yerr=reach, color=colour, capsize=4)
    if "baseline" in series:
        level = series["baseline"][0][1].median
        label = "packets dropped at once"
        axes.axhline(level, ls=":", color=COLOURS["baseline"], label=label)
        axes.legend()
    axes.set_xticks(range(len(modes)), modes)
    axes.set_title("A full room, 20 senders to 20 receivers: share of one core")
    axes.set_ylabel("%")


PLOTS: dict[str, Callable[[Data, Any], None]] = {
    "throughput": draw_throughput,
    "cost": draw_cost,
    "latency": draw_latency,
    "room": draw_room,
    "delta": draw_delta,
}


def draw(data: Data, name: str) -> None:
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=SIZE, layout="constrained")
    PLOTS[name](data, axes)
    axes.grid(True, alpha=0.3)
    for kind in ("svg", "png"):
        figure.savefig(data.folder / f"{name}.{kind}", dpi=120, metadata=NO_DATE[kind])
    pyplot.close(figure)


NO_DATE: dict[str, dict] = {"svg": {"Date": None}, "png": {}}  # same data, same file


# The page.


def sentence(data: Data) -> str:
    """What was found, in one paragraph."""
    cost = {"scenario": "cost", "receivers": 20, "size": VIDEO, "rate": 0}
    per = {**cost, "metric": "cpu_per_packet"}
    ours, theirs = data.value(mode="tc", **per), data.value(mode="user", **per)
    times = data.value(mode="user/tc", unit="ratio", **per)
    card = {**per, "scenario": "card"}
    near = data.value(mode="tc", **card)
    near_times = data.value(mode="user/tc", unit="ratio", **card)
    most = {"scenario": "saturation", "receivers": 16, "size": VIDEO}
    fast = data.value(mode="tc", **most, metric="delivered")
    slow = data.value(mode="user", **most, metric="delivered")
    room = {"scenario": "room", "hog": 0, "metric": "cpu_load"}
    share, other = data.value(mode="tc", **room), data.value(mode="user", **room)
    hog = {"scenario": "latency", "hog": 1, "metric": "latency_p99"}
    calm = data.value(mode="tc", fifo=0, **hog)
    late = data.value(mode="user", fifo=0, **hog)
    real = data.value(mode="user", fifo=1, **hog)
    return (
        f"With 20 receivers of {VIDEO:,} B, a copy costs the eBPF data plane "
        f"{ours.median:,.0f} ns of CPU time and its twin in user space "
        f"{theirs.median:,.0f} ns: {times.median:.2f} times as much "
        f"({times.low:.2f} to {times.high:.2f} in the rounds). Where what was sent gives "
        f"its memory back on the same core, as with a network card, it is "
        f"{near.median:,.0f} ns, and {near_times.median:.2f} times "
        f"({near_times.low:.2f} to {near_times.high:.2f}). One core at its limit "
        f"delivers {fast.median / 1e6:.2f} million copies per second to 16 receivers, "
        f"user space {slow.median / 1e6:.2f}. A full room of 20 by 20 takes "
        f"{share.median:.1f} % of a core, and {other.median:.1f} %. Beside a busy "
        f"program on that core the 99th percentile of the one-way latency is "
        f"{calm.median / 1e3:,.0f} µs in the kernel and {late.median / 1e3:,.0f} µs in "
        f"user space, which real-time rights bring to {real.median / 1e3:,.0f} µs."
    )


def missed(claims: list[Finding]) -> str:
    """What did not come out as hoped."""
    names = [f.what for f in claims if f.verdict() == "missed"]
    if not names:
        return "Every target that was measured is reached."
    return "Missed: " + "; ".join(names) + "."


WEAK = (
    "The time between two packets is a weak measure of a forwarder: it is the "
    "sender's pace, whoever forwards, and a delay that all packets share is not in it. "
    "Its mean tells nothing but the rate. One-way latency does tell them apart."
)


def html_table(head: list[str], body: list[list[str]]) -> str:
    def line(cells: list[str], tag: str) -> str:
        joined = "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells)
        return f"<tr>{joined}</tr>"

    return "\n".join(
        ["<table>", line(head, "th"), *(line(row, "td") for row in body), "</table>"]
    )


def claims_table(claims: list[Finding]) -> str:
    body = [
        [f.what, f.numbers(), *f.targets(), f.verdict(), f.prices()] for f in claims
    ]
    return html_table(["", "median (low … high)", "must", "aim", "", "rests on"], body)


def prices_section(about: dict[str, Any]) -> str:
    """What the machine charges, and how many rounds it has spoilt."""
    told, pace = about.get("prices"), about.get("pace")
    if not told:
        return "<p>The prices of this machine were not measured.</p>"
    body = [
        [prices.NAMES.get(name, name), f"{p['ns']:,.1f}",
         f"{p['low']:,.1f} … {p['high']:,.1f}", p["what"]]
        for name, p in told["prices"].items()
    ]  # fmt: skip
    table = html_table(["", "ns", "low … high", "one of what"], body)
    note = (
        f"<p>Medians of {told['repetitions']} repetitions. In the table above, ↑ says that a "
        "value rises with that price, and ↓ that it falls. "
    )
    if pace:
        note += (
            f"{pace['refused']} measurements of rounds were refused, because the fixed loop "
            f"moved by more than {pace['limit_percent']:g} % meanwhile; {pace['lost']} of "
            f"{pace['rounds']} rounds were lost."
        )
    return f"{table}\n{note}</p>"


def steps_table(about: dict[str, Any]) -> str:
    """Steps by the kernel's own account, each less the part it contains."""
    steps = {step["step"]: step for step in about.get("steps", [])}
    if not steps:
        raise Missing("bench.json has no steps: run `make bench`, all scenarios")
    body = []
    for step in steps.values():
        part = steps.get(step["less"])
        own = step["ns"] - part["ns"] if part else step["ns"]
        less = f"without {part['step']}" if part else ""
        counts = [f"{step[name]:,}" for name in ("verified", "instructions", "bytes")]
        body.append([step["step"], f"{own:.0f}", less, *counts])
    head = ["step", "ns", "", "looked at by the verifier", "instructions", "bytes"]
    return html_table(head, body)


def second_opinion(about: dict[str, Any]) -> str:
    check = about.get("cross_check", {})
    if "agree" not in check:
        return f"tshark was not asked: {check.get('skipped', 'a partial run')}."
    said = "agrees with" if check["agree"] else "DISAGREES with"
    return (
        f"tshark, on a capture of one run, {said} the deltas of rtp_sink "
        f"(tolerance {check['tolerance']:.0%})."
    )


STYLE = """body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em}
table{border-collapse:collapse;margin:1em 0}td,th{border:1px solid #ccc;padding:.2em .6em}
img{max-width:100%}footer{color:#555;font-size:smaller}"""


def report(data: Data) -> str:
    claims = findings(data.rows, data.about)
    about = data.about
    pictures = "\n".join(f'<p><img src="{n}.svg" alt="{n}"></p>' for n in PLOTS)
    facts = [[k, str(v)] for k, v in about.items() if isinstance(v, (str, int, float))]
    facts += [[k, v] for k, v in about.get("set_up", {}).items()]
    return f"""<!DOCTYPE html>
<html lang="en"><meta charset="utf-8"><title>SwiftCall: was it worth it?</title>
<style>{STYLE}</style>
<h1>Was it worth it?</h1>
<p>{html.escape(sentence(data))} {html.escape(missed(claims))}</p>
{claims_table(claims)}
<h2>What this machine charges</h2>
{prices_section(about)}
{pictures}
<p>{WEAK} {second_opinion(about)}</p>
<h2>What each step costs</h2>
<p>Run by the kernel a million times on one packet, caches warm.</p>
{steps_table(about)}
<h2>Where and how</h2>
{html_table(["", ""], facts)}
<footer>Each value is the median of the rounds, with an interval for it; the modes
took turns within each round. No run is in here whose counters do not prove which
path its packets took. All rows: <a href="bench.csv">bench.csv</a>.</footer>
</html>
"""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="plot.py",
        description=__doc__,
        epilog="exit status: 0 drawn, 1 something is missing, 2 wrong usage, "
        "77 there is no matplotlib",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "folder",
        nargs="?",
        type=Path,
        default=ROOT / "results",
        help="with what bench wrote (results)",
    )
    parser.add_argument(
        "--only",
        choices=PLOTS,
        action="append",
        help="draw this one, and write no page; may be repeated",
    )
    return parser.parse_args()


def main() -> int:
    options = parse_arguments()
    try:
        import matplotlib
    except ImportError:
        print("plot: no matplotlib: tools/setup --bench installs it", file=sys.stderr)
        return CANNOT_RUN
    matplotlib.use("Agg")
    matplotlib.rcParams["svg.hashsalt"] = "swiftcall"
    try:
        data = Data(options.folder)
        page = None if options.only else report(data)
        for name in options.only or PLOTS:
            draw(data, name)
    except Missing as missing:
        print(f"plot: {missing}", file=sys.stderr)
        return FAILED
    if page:
        (data.folder / "report.html").write_text(page)
        print(f"plot: {data.folder / 'report.html'}")
    return OK


if __name__ == "__main__":
    sys.exit(anywhere.run(main))
