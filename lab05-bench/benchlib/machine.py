# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What the numbers are numbers of: machine, versions, commit."""

import os
import platform
import re
import subprocess
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from . import ROOT


def said(*command: str) -> str:
    """The first line of what a command says, or nothing."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    except OSError:
        return ""
    return (done.stdout.splitlines() or [""])[0].strip()


def processor() -> str:
    """Its name, where /proc/cpuinfo has one; else the architecture."""
    text = Path("/proc/cpuinfo").read_text()
    found = re.search(r"^model name\s*:\s*(.*)", text, re.M)
    return found[1] if found else platform.machine()


def describe() -> dict[str, Any]:
    return {
        "when": datetime.now(timezone.utc).isoformat(timespec="seconds"),
        "machine": processor(),
        "cores": os.cpu_count(),
        "virtual": said("systemd-detect-virt", "--vm") or "unknown",
        "kernel": platform.release(),
        "clang": said("clang", "--version"),
        "libbpf": said("pkg-config", "--modversion", "libbpf"),
        "commit": said("git", "describe", "--always", "--dirty"),
        "load": os.getloadavg()[0],
        "set_up": {
            "cores": "0: the forwarder; 1: generator and receivers",
            "links": "veth, NAPI, no TSO; neighbours are known",
            "thread": "NAPI in kernel threads, pinned; cost: ns of "
            "/proc/PID/schedstat of napi, ksoftirqd and the server",
            "softirq": "RPS steers packets to core 0; no cost can be told",
            "saturation": "copies are counted by XDP at the receivers' link",
        },
    }
