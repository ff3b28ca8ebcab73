# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""This kernel, and those of other releases: which objects do they load?"""

import platform
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from os import cpu_count
from pathlib import Path

from courselib import verifier

from . import OUTPUT, CannotTry, tell
from .archive import Archive, contents
from .guest import Guest, machine_of
from .ramdisk import write_objects, write_tools

MEMORY_MB = 1024
TOOLS = ("busybox-static", "bpftool")
SAID = re.compile(r"MATRIX (\w+) ?(\S*)$")


class Here:
    """The kernel that runs."""

    name = "here"
    release = platform.release()
    how = "this kernel"

    def __init__(self, mirror: str) -> None:
        """It needs no archive."""

    def load(self, objects: list[Path]) -> Iterator[verifier.Outcome]:
        with ThreadPoolExecutor(cpu_count()) as pool:
            for outcome in pool.map(verifier.load, objects):
                if outcome.status == "cannot":
                    raise CannotTry(
                        "no right to load programs: try it as root, or `make doctor`"
                    )
                yield outcome


class Debian:
    """The kernel of a release of Debian, in a guest."""

    def __init__(self, name: str, suite: str, mirror: str) -> None:
        self.name, self.suite, self.mirror = name, suite, mirror
        self.release, self.how = "", ""
        self.architecture = platform.machine()

    def load(self, objects: list[Path]) -> Iterator[verifier.Outcome]:
        guest = self.guest(objects)
        log: list[str] = []
        waiting = iter(objects)
        for line in guest.lines():
            said = SAID.search(line)
            if not said:
                log.append(line)
                continue
            if said[1] == "kernel":
                self.release, self.how = said[2], guest.how
                tell(self.name, f"Linux {said[2]} is up, {guest.how}")
            elif said[1] in ("loads", "rejected"):
                yield verifier.Outcome(said[1], "\n".join(log), next(waiting))
            log = []
        if next(waiting, None):
            panic = [line for line in log if "Kernel panic" in line]
            last = (panic or log or ["silent"])[-1].strip()
            raise CannotTry(f"the guest ended early ({last}): read {guest.log}")

    def guest(self, objects: list[Path]) -> Guest:
        machine = machine_of(self.architecture)
        kernel, tools = self.fetch(machine.debian)
        disk = OUTPUT / f"{self.name}.cpio"
        write_objects(objects, disk)
        whole = disk.with_suffix(".initrd")
        whole.write_bytes(tools.read_bytes() + disk.read_bytes())
        options = ["-m", f"{MEMORY_MB}", "-kernel", f"{kernel}", "-initrd", f"{whole}"]
        return Guest(machine, options, "rdinit=/init", OUTPUT / f"{self.name}.console")

    def fetch(self, debian: str) -> tuple[Path, Path]:
        """The kernel and a ramdisk of tools, which are kept for the next time."""
        folder = OUTPUT / "kernels" / f"{self.suite}-{debian}"
        kernel, tools = folder / "vmlinuz", folder / "tools.cpio"
        if not (kernel.exists() and tools.exists()):
            tell(self.name, f"getting Debian's ({self.suite}) …")
            archive = Archive(self.suite, debian, self.mirror, folder / "apt")
            write_tools(archive.download(*TOOLS, depends=True), tools)
            image = archive.needed_by(f"linux-image-cloud-{debian}")
            write_kernel(archive.download(*image), kernel)
        return kernel, tools


def write_kernel(packages: list[Path], to: Path) -> None:
    for package in packages:
        for member, data in contents(package):
            if member.name.startswith("boot/vmlinuz-"):
                to.write_bytes(data)
    if not to.exists():
        raise CannotTry("there is no kernel in the package of the kernel")


SUITES = {"6.1": "bookworm", "6.12": "trixie"}
KERNELS = {"here": Here} | {n: partial(Debian, n, suite) for n, suite in SUITES.items()}
