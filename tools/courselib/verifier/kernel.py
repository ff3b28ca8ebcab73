# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""From source to kernel: compiles, loads, and keeps what was said."""

import functools
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .sources import ROOT, relative
from .walk import KEEP_TAIL

OUTPUT = ROOT / "build" / "check"
KEEP_HEAD = 1 << 16  # bytes of a log, besides KEEP_TAIL

CANNOT = re.compile(
    r"Couldn't load trivial BPF program|unshare failed: Operation not permitted"
    r"|mount: .*permission denied|load failed: Operation not permitted"
)


@dataclass(frozen=True)
class Outcome:
    """What became of a program; status: "loads", "rejected", or "cannot" (be tried)."""

    status: str
    log: str
    object: Path | None = None


@functools.cache
def bpf_flags(clang: str = "") -> tuple[str, ...]:
    """The flags that the Makefile gives to its clang, or to another one."""
    rule = "bpf-flags:;@echo $(CLANG) $(BPF_CFLAGS) -I. $(BPF_INCLUDES)"
    command = ["make", "-s", "--no-print-directory", "--eval", rule, "bpf-flags"]
    command += [f"CLANG={clang}"] if clang else []
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return tuple(shlex.split(done.stdout))


def build(source: Path, output: Path, *flags: str, clang: str = "") -> Outcome:
    """Compiles a .bpf.c as the Makefile does, by its clang or by another one."""
    output.parent.mkdir(parents=True, exist_ok=True)
    command = [*bpf_flags(clang), *flags, "-c", str(source.resolve()), "-o", str(output)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        return Outcome("rejected", done.stderr)
    return Outcome("loads", done.stderr, output)


def load(object_file: Path, perfmon: bool = True) -> Outcome:
    """Loads an object, in a mount namespace with a bpffs that ends with it.

    Without CAP_PERFMON (which CAP_SYS_ADMIN includes) the verifier is stricter.
    """
    drop = "" if perfmon else "setpriv --bounding-set=-sys_admin,-perfmon"
    script = f"mount -t bpf bpf /sys/fs/bpf && exec {drop} "
    script += 'bpftool prog loadall "$1" /sys/fs/bpf/explain'
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", script, "sh", str(object_file)],
        capture_output=True,
        text=True,
        errors="replace",
    )
    log = done.stderr + done.stdout
    if done.returncode == 0:
        return Outcome("loads", log, object_file)
    no_rights = CANNOT.search(log, 0, KEEP_HEAD)
    return Outcome("cannot" if no_rights else "rejected", log, object_file)


def keep(log: str, name: str) -> str:
    """Writes a log to build/check, without the middle of a long one; says where."""
    if len(log) > KEEP_HEAD + KEEP_TAIL:
        left_out = len(log) - KEEP_HEAD - KEEP_TAIL
        cut = f"\n[{left_out} bytes left out]\n"
        log = log[:KEEP_HEAD] + cut + log[-KEEP_TAIL:]
    path = OUTPUT / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(log)
    return relative(str(path))
