# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What must be there before the demo can run."""

import os
import shutil
import subprocess
from pathlib import Path

from courselib import anywhere

# Bits of a capability set: linux/capability.h
CAPABILITIES = {"CAP_NET_ADMIN": 12, "CAP_NET_RAW": 13, "CAP_SYS_ADMIN": 21}
FOR_BPF = {"CAP_BPF": 39}


def find_obstacle(mode: str, programs: list[Path]) -> str | None:
    """The first reason why the demo cannot run here, and what to do about it.

    programs: what the build must have made.
    """
    if os.geteuid() == 0:
        needed = CAPABILITIES | ({} if mode in ("user", "auto") else FOR_BPF)
        if lacking := [name for name, bit in needed.items() if not effective(bit)]:
            return (
                f"root lacks {', '.join(lacking)} here: in a container, start it with "
                "--privileged; else take a virtual machine"
            )
    elif not anywhere.may_borrow():
        again = anywhere.as_root("make demo")
        return (
            f"it needs root, to make network namespaces: {again}; "
            "or have root lend you that right (tools/lend)"
        )
    for program in ("ffmpeg", "ip"):
        if not shutil.which(program):
            return f"{program} is missing: run tools/setup, which installs it"
    if lacking := [e for e in ("libvpx", "libopus") if not ffmpeg_encodes(e)]:
        return f"this ffmpeg lacks {', '.join(lacking)}: install the distribution's"
    for program in programs:
        if not os.access(program, os.X_OK):
            return f"there is no {program}: run make first"
    return None


def effective(capability: int) -> bool:
    """Whether this process has a capability."""
    status = Path("/proc/self/status").read_text()
    line = next(ln for ln in status.splitlines() if ln.startswith("CapEff:"))
    return bool(int(line.split()[1], 16) >> capability & 1)


def ffmpeg_encodes(encoder: str) -> bool:
    """Whether ffmpeg was built with an encoder."""
    command = ["ffmpeg", "-hide_banner", "-h", f"encoder={encoder}"]
    shown = subprocess.run(command, capture_output=True, text=True, check=False)
    return shown.stdout.startswith("Encoder ")
