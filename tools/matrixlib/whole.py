# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Whole systems: the project, built and tested in guests that are Debian releases.

A system is a folder, made once by debootstrap and the project's own tools/setup. In
each run the project's files are put there and built, all of it becomes the image of
a disk, and a guest boots from it, does the steps, and says on its console how each
went.
"""

import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from . import OUTPUT, ROOT, CannotTry, tell
from .archive import mirror
from .guest import Guest, machine_of
from .table import LOADS, NOT_TRIED, REJECTED, mark

PROJECT = "root/swiftcall"  # in a system
PACKAGES = "ca-certificates,git,make"
LEAVE = shutil.ignore_patterns("build", "results", ".git", "__pycache__")
LABEL, CELL = 12, 24
SILENCE_S = 1200  # a step says something now and then
MEMORY_MB, CPUS, ROOM_MB = 3072, 2, 1024

C_TESTS = "common/ lab01/ lab02/ lab03/ lab04/ lab05/ lab06/ lab07/ bonus-init/"
STEPS = {
    "doctor": "tools/doctor",
    "demo tc": "tools/demo",
    "demo user": "tools/demo --mode user",
    "C tests": f"tools/runtests --jobs {CPUS} {C_TESTS}",
    "check": "./check",
}

# A shell command inside a system, which is a mount point then, as tests want it.
CHROOT = """
set -e
mount --bind "$1" "$1" && cd "$1"
mount -t proc proc proc
mount -t sysfs sys sys
mount --rbind /dev dev
mount -t tmpfs tmp tmp
cp -L /etc/resolv.conf etc/resolv.conf
exec chroot . env -i HOME=/root TERM=dumb LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \\
	PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -ec "$2"
"""

INIT = """\
#!/bin/bash
# The first process of a guest: mounts what systemd would, does the steps, stops.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root TERM=dumb LANG=C.UTF-8 {environment}
mount -t proc proc /proc
mount -t sysfs sys /sys
mountpoint -q /dev || mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /dev/net
mount -t devpts devpts /dev/pts
for place in /dev/shm /tmp /run; do mount -t tmpfs tmp $place; done
mount -t bpf bpf /sys/fs/bpf
mount -t tracefs tracefs /sys/kernel/tracing
mount -t securityfs security /sys/kernel/security
[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
ip link set lo up
echo 1 >/proc/sys/kernel/printk
cd /{project}
echo "MATRIX kernel $(uname -r)"
step() {{
	local start=$SECONDS status
	echo "MATRIX step $1"
	sh -c "$2" </dev/null 2>&1
	status=$?
	echo "MATRIX ended $status $((SECONDS - start)) $1"
}}
{steps}
echo 'MATRIX end'
mount -o remount,ro /
echo o >/proc/sysrq-trigger
sleep 60
"""

SAID = re.compile(r"MATRIX (kernel|step|ended|end) ?(.*)$")
COUNTS = re.compile(r"(\d+) passed, (\d+) failed")


@dataclass
class Step:
    name: str
    status: int
    seconds: int
    counts: str = ""  # "212 passed, 0 failed", where a step says so


@dataclass
class System:
    """A release of Debian, and what became of the project in it."""

    name: str
    suite: str
    release: str = ""
    how: str = ""
    note: str = ""
    steps: list[Step] = field(default_factory=list)

    def record(self) -> dict:
        return {**vars(self), "steps": [vars(step) for step in self.steps]}

    # The folder.

    @property
    def folder(self) -> Path:
        return OUTPUT / "systems" / f"{self.suite}-{platform.machine()}"

    @property
    def root(self) -> Path:
        return self.folder / "root"

    def inside(self, command: str) -> None:
        own = ["unshare", "--mount", "sh", "-c", CHROOT, "sh", f"{self.root}", command]
        self.run(own)

    def run(self, command: list[str]) -> None:
        with (self.folder / "log").open("a", encoding="utf-8") as log:
            print(f"\n# {' '.join(command[:2])}", file=log, flush=True)
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        if done.returncode:
            raise CannotTry(f"{self.suite} cannot be made: read {log.name}")

    def make(self, url: str) -> None:
        """All that takes the network; once."""
        self.folder.mkdir(parents=True, exist_ok=True)
        made = self.folder / "made"
        if not made.exists():
            shutil.rmtree(self.root, ignore_errors=True)
            tell(self.name, f"debootstrap {self.suite} …")
            options = ["--variant=minbase", f"--include={PACKAGES}", self.suite]
            self.run(["debootstrap", *options, f"{self.root}", url or mirror()])
            made.touch()
        tell(self.name, "tools/setup and a kernel …")
        self.copy_project()
        kernel = f"linux-image-cloud-{machine_of(platform.machine()).debian}"
        self.inside(
            f"cd /{PROJECT} && tools/setup; ls /boot/vmlinuz-* ||"
            f" apt-get install -y --no-install-recommends {kernel}; apt-get clean"
        )

    def copy_project(self) -> None:
        place = self.root / PROJECT
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(ROOT, place, symlinks=True, ignore=LEAVE)

    def image(self, steps: list[str]) -> Path:
        what = "tests" if "C tests" in steps else "all"
        tell(self.name, f"make {what} …")
        self.inside(f"cd /{PROJECT} && make -j{CPUS} all && make -j{CPUS} {what}")
        patience = os.environ.get("SWIFTCALL_PATIENCE", "")
        text = INIT.format(
            environment=f"SWIFTCALL_PATIENCE={patience}",
            project=PROJECT,
            steps="\n".join(f"step '{name}' '{STEPS[name]}'" for name in steps),
        )
        init = self.root / "root/guest-init"
        init.write_text(text, encoding="utf-8")
        init.chmod(0o755)
        image = self.folder / "disk.img"
        image.unlink(missing_ok=True)
        options = ["-q", "-F", "-E", "lazy_itable_init=1", "-O", "^has_journal"]
        size = f"{size_mb(self.root) + ROOM_MB}M"
        self.run(["mkfs.ext4", *options, "-d", f"{self.root}", f"{image}", size])
        return image

    # The guest.

    def guest(self, image: Path) -> Guest:
        boot = self.root / "boot"
        options = ["-smp", f"{CPUS}", "-m", f"{MEMORY_MB}"]
        options += ["-kernel", f"{max(boot.glob('vmlinuz-*'))}"]
        options += ["-initrd", f"{max(boot.glob('initrd.img-*'))}"]
        options += ["-drive", f"file={image},if=virtio,format=raw,snapshot=on"]
        arguments = "root=/dev/vda rw init=/root/guest-init"
        log = OUTPUT / f"{self.suite}.console"
        machine = machine_of(platform.machine())
        return Guest(machine, options, arguments, log, silence=SILENCE_S)

    def follow(self, guest: Guest) -> None:
        """Takes down what the guest says of its steps."""
        counts, ended = "", False
        for line in guest.lines():
            said = SAID.search(line)
            if found := COUNTS.search(line):
                counts = found[0]
            if not said:
                continue
            if said[1] == "kernel":
                self.release, self.how = said[2], guest.how
                tell(self.name, f"Linux {said[2]} is up, {guest.how}")
            elif said[1] == "step":
                counts = ""
            elif said[1] == "ended":
                self.add(said[2], counts)
            ended = said[1] == "end"
        if not ended:
            raise CannotTry(f"the guest ended early: read {guest.log}")

    def add(self, said: str, counts: str) -> None:
        status, seconds, name = said.split(" ", 2)
        self.steps.append(Step(name, int(status), int(seconds), counts))
        tell(self.name, f"{name}: exit status {status} after {seconds} s {counts}")


def size_mb(folder: Path) -> int:
    done = subprocess.run(["du", "-sm", folder], capture_output=True, text=True)
    return int(done.stdout.split()[0])


def try_systems(systems: list[System], steps: list[str], url: str) -> None:
    """One after the other: each takes all processors."""
    if os.geteuid() != 0:
        raise CannotTry("making a whole system takes root")
    for system in systems:
        start = time.monotonic()
        try:
            system.make(url)
            system.follow(system.guest(system.image(steps)))
        except CannotTry as why:
            system.note = str(why)
        tell(system.name, f"{system.note or 'done'}; {time.monotonic() - start:.0f} s")


def render(systems: list[System], steps: list[str]) -> Iterator[str]:
    yield f"{'':{LABEL}}" + "".join(f"{s.release or s.suite:>{CELL}}" for s in systems)
    for name in steps:
        yield f"{name:{LABEL}}" + "".join(cell(system, name) for system in systems)
    for system in systems:
        if system.note:
            yield f"{mark(NOT_TRIED, 1)} {system.suite}: {system.note}"


def cell(system: System, name: str) -> str:
    found = [step for step in system.steps if step.name == name]
    if not found:
        return mark(NOT_TRIED, CELL)
    step = found[0]
    sign = REJECTED if step.status else LOADS
    counts = "/".join(re.findall(r"\d+", step.counts))
    return mark(f"{sign} {counts} {step.seconds} s".replace("  ", " "), CELL)
