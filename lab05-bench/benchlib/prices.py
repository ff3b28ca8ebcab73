# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What this machine charges for the things that forwarding is made of.

machine_prices measures it: each price is the ns of one of its kind, the median of the
repetitions with an interval. The findings name the prices that they rest on, by the
names in NAMES.
"""

import json
import subprocess
from typing import Any

from demolib import Failure

from . import MACHINE_PRICES, cpu

# What the C program calls a price, and what people do.
NAMES = {
    "system_call": "system call",
    "sendmsg": "sendmsg",
    "copy_1k": "1 KB copied",
    "skb_freed_elsewhere": "skb freed elsewhere",
    "task_switch": "switch of tasks",
    "clock_read": "clock read",
    "loop_beside": "loop beside a busy core",
    "fixed_loop": "fixed loop",
}
LOOP = "fixed_loop"
LOOP_REPETITIONS = 10  # half a millisecond each
LOOKS = 2


def ask(*options: str) -> dict[str, Any]:
    """What machine_prices says."""
    done = subprocess.run([f"{MACHINE_PRICES}", *options], capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"machine_prices: {done.stderr.strip()}")
    return json.loads(done.stdout)


def measure() -> dict[str, Any]:
    """All prices of the forwarder's core, for bench.json."""
    return ask(f"--cpu={cpu.FORWARDER}", f"--other={cpu.OTHERS}")


def loop() -> list[float]:
    """How long the fixed loop takes now, on each core that takes part.

    Means, since a median would not see a program that has a third of the core. But the
    lower one of LOOKS: what has interrupted once is no reason to refuse a round.
    """
    options = [f"--only={LOOP}", f"--repetitions={LOOP_REPETITIONS}"]

    def look(core: int) -> float:
        return ask(f"--cpu={core}", *options)["prices"][LOOP]["mean"]

    cores = (cpu.FORWARDER, cpu.OTHERS)
    return [min(look(core) for _ in range(LOOKS)) for core in cores]


def lines(told: dict[str, Any]) -> list[str]:
    """The prices as lines of text."""
    if not told:
        return ["its prices were not measured"]
    head = f"what this machine charges, ns, median of {told['repetitions']}:"
    return [head, *(
        f"  {NAMES.get(name, name):24} {price['ns']:9,.1f} "
        f"({price['low']:,.1f} … {price['high']:,.1f})  {price['what']}"
        for name, price in told["prices"].items()
    )]  # fmt: skip
