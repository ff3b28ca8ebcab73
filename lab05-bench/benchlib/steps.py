# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What each step costs, from step_cost: programs run again and again by the kernel,
without a network."""

import json
import subprocess
from typing import Any

from demolib import Failure

from . import STEP_COST, cpu
from .hosts import run


def measure() -> list[dict[str, Any]]:
    """On the forwarder's core; clones go to a link whose other end is down."""
    run("ip", "link", "add", "void", "type", "veth", "peer", "name", "end")
    run("ip", "link", "set", "void", "up")
    command = ["taskset", "-c", f"{cpu.FORWARDER}", f"{STEP_COST}", "--iface", "void"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"step_cost: {done.stderr.strip()}")
    return json.loads(done.stdout)["steps"]
