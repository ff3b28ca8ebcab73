# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Who runs on which core, and for how many nanoseconds.

The forwarder has a core of its own; the generator, the receivers and this
program share the other one. What the forwarder costs is read from the scheduler's
own clock (/proc/PID/schedstat, ns), never from /proc/stat, whose ticks alias with
paced traffic. For that, softirq work must be a thread's: threaded NAPI.

Kernel threads are not to be seen in the sandbox, which has process ids of its
own. So the part of this program that stays outside pins them, and the part inside
reads their counters through the outer /proc, which it holds open.
"""

import os
import socket
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from demolib import Failure, wait_for

FORWARDER, OTHERS = 0, 1  # cores
NAPI_SECONDS = 5


def enough_cores() -> bool:
    return {FORWARDER, OTHERS} <= os.sched_getaffinity(0)


def serve_pins(requests: socket.socket) -> None:
    """Outside: pin the processes that are asked for, until the inside ends."""
    with requests.makefile("rw") as lines:
        for line in lines:
            pid, core, priority = (int(word) for word in line.split())
            os.sched_setaffinity(pid, {core})
            if priority:
                first = os.sched_param(priority)
                os.sched_setscheduler(pid, os.SCHED_FIFO, first)
            print("done", file=lines, flush=True)


class Outside:
    """The kernel's threads, seen from inside the sandbox."""

    def __init__(self, pid: int, proc: int, requests: int) -> None:
        """Take the outer half's process id, and file descriptors: of the outer
        /proc, and of the way to serve_pins()."""
        self.tag = f"{pid}"  # makes names of interfaces, and so of threads, unique
        self.proc = Path(f"/proc/self/fd/{proc}")
        self.lines = socket.socket(fileno=requests).makefile("rw")

    def pin(self, pid: int, core: int, priority: int = 0) -> None:
        """Onto a core; with a priority, before all that has none."""
        print(pid, core, priority, file=self.lines, flush=True)
        if not self.lines.readline():
            raise Failure("the outer half of this program has ended")

    def find(self, name: str) -> int:
        """The process id of the kernel thread whose name begins so, or 0."""
        for path in self.proc.glob("[0-9]*/comm"):
            try:
                if path.read_text().startswith(name):
                    return int(path.parent.name)
            except OSError:  # it has just ended
                continue
        return 0

    def ksoftirqd(self) -> list[Path]:
        """Whose counters are those of interrupt work that was put off."""
        pid = self.find(f"ksoftirqd/{FORWARDER}\n")
        return [self.proc / f"{pid}/schedstat"] if pid else []

    def napi(self, interface: str, core: int, priority: int = 0) -> list[Path]:
        """Pin the thread that receives for an interface; its counters."""
        pid = 0

        def found() -> bool:
            nonlocal pid
            pid = self.find(f"napi/{interface}-")
            return bool(pid)

        wait_for(found, NAPI_SECONDS, f"the NAPI thread of {interface}")
        self.pin(pid, core, priority)
        return [self.proc / f"{pid}/schedstat"]


def threads(pid: int) -> list[Path]:
    """The counters of a program's threads, as there are now."""
    return list(Path(f"/proc/{pid}/task").glob("*/schedstat"))


class Meter:
    """How long threads have been running, by who they are.

    They are looked for each time: some programs start and end threads as they go.
    """

    def __init__(self, parts: dict[str, Callable[[], Iterable[Path]]]) -> None:
        """By name, what finds the counters."""
        self.parts = parts
        self.last: dict[str, dict[Path, int]] = {name: {} for name in parts}

    def read(self) -> dict[str, int]:
        """In ns. Who has ended counts with what was last seen of it."""
        for name, find in self.parts.items():
            for path in find():
                with suppress(OSError):
                    self.last[name][path] = int(path.read_text().split()[0])
        return {name: sum(seen.values()) for name, seen in self.last.items()}
