# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""A virtual machine with one kernel, and what it says on its console.

/dev/kvm may be there and yet no kernel get through its firmware, so it is tried: a
guest that has not said a word in time is started again, emulated.
"""

import platform
import selectors
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from courselib import patience

from . import CannotTry

FIRST_WORD_S = 20  # with KVM, where the kernel speaks after one or two
SILENCE_S = 120  # between two lines of a guest that is emulated


@dataclass(frozen=True)
class Machine:
    """What differs between the kinds of machine that a guest can be."""

    debian: str  # the name of its architecture
    command: str
    console: str
    options: tuple[str, ...] = ()
    arguments: str = ""  # of the kernel


# An x86 kernel gives up if a timer does not tick in time, which on a busy machine an
# emulated one does not.
NO_TIMER_CHECK = "no_timer_check"

MACHINES = {
    "x86_64": Machine(
        "amd64", "qemu-system-x86_64", "ttyS0", arguments=NO_TIMER_CHECK
    ),
    "aarch64": Machine("arm64", "qemu-system-aarch64", "ttyAMA0", ("-M", "virt")),
}


def machine_of(name: str) -> Machine:
    if name not in MACHINES:
        raise CannotTry(f"no guests of the kind {name} yet")
    machine = MACHINES[name]
    if not shutil.which(machine.command):
        raise CannotTry(f"{machine.command} is not here: try `tools/setup --matrix`")
    return machine


@dataclass
class Guest:
    """Boots a kernel when its lines are asked for; ends with them."""

    machine: Machine
    options: list[str]
    arguments: str  # of the kernel, besides its console
    log: Path  # of its console
    silence: float = SILENCE_S  # that is too long, on an idle machine
    how: str = ""  # "kvm" or "emulated", once it runs
    complaint: str = ""  # of qemu

    def lines(self) -> Iterator[str]:
        """What it says, line by line."""
        for self.how in self.ways():
            with closing(self.boot(self.how)) as lines:
                first = next(lines, None)
                if first is not None:
                    yield from self.keep(chain([first], lines))
                    return
        raise CannotTry(f"the guest says nothing. {self.complaint}".strip())

    def keep(self, lines: Iterable[str]) -> Iterator[str]:
        with self.log.open("w", encoding="utf-8") as log:
            for line in lines:
                print(line, file=log, flush=True)
                yield line

    def ways(self) -> list[str]:
        may_be = self.machine is MACHINES.get(platform.machine())
        kvm = ["kvm"] if may_be and Path("/dev/kvm").exists() else []
        return [*kvm, "emulated"]

    def boot(self, how: str) -> Iterator[str]:
        kvm = how == "kvm"
        silence = patience.seconds(self.silence)
        first = FIRST_WORD_S if kvm else silence
        with tempfile.TemporaryFile() as errors, subprocess.Popen(
            self.command(kvm),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
        ) as process:
            try:
                yield from read_lines(process, first, silence)
            finally:
                process.kill()
                errors.seek(0)
                self.complaint = errors.read(1000).decode(errors="replace").strip()

    def command(self, kvm: bool) -> list[str]:
        accelerate = ["-enable-kvm", "-cpu", "host"]
        emulate = ["-accel", "tcg,thread=multi", "-cpu", "max"]
        console = f"console={self.machine.console} panic=-1 {self.machine.arguments}"
        return [
            self.machine.command,
            *self.machine.options,
            *(accelerate if kvm else emulate),
            *("-display", "none", "-monitor", "none", "-serial", "stdio"),
            *("-net", "none", "-no-reboot"),
            *self.options,
            *("-append", f"{console} {self.arguments}"),
        ]


def read_lines(process: subprocess.Popen, first: float, later: float) -> Iterator[str]:
    """Lines until the end, or until nothing comes for too long."""
    text, wait = b"", first
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while selector.select(wait):
            data = process.stdout.read1()
            if not data:
                return
            *lines, text = (text + data).split(b"\n")
            for line in lines:
                wait = later
                yield line.decode(errors="replace").rstrip("\r")
