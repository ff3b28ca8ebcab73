# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""A file system for a guest that only loads programs.

The kernel unpacks cpio archives, one behind another, into its first root: here one
of the guest's tools, which is kept, and one of the objects, new in each run.
"""

import stat
from collections.abc import Iterable
from pathlib import Path

from .archive import contents

LOADER = """\
#!/bin/busybox sh
# Loads every object, and says of each what the kernel said. KEEP is for a log. From
# here on the console is ours: the kernel writes there no longer.
/bin/busybox --install -s /tools
export PATH=/tools:/usr/sbin:/sbin KEEP=200000
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t bpf bpf /sys/fs/bpf
echo 1 >/proc/sys/kernel/printk
echo "MATRIX kernel $(uname -r)"
for object in /objects/*; do
	if bpftool prog loadall $object /sys/fs/bpf/it >/log 2>&1; then
		echo "MATRIX loads ${object#/objects/}"
	else
		tail -c $KEEP /log
		echo "MATRIX rejected ${object#/objects/}"
	fi
	rm -rf /sys/fs/bpf/it
done
echo 'MATRIX end'
reboot -f
"""

FOLDERS = ("tools", "objects", "proc", "sys", "dev", "tmp")
MERGED = ("bin", "sbin", "lib", "lib64")  # links into /usr, where releases have them
LEFT_OUT = ("usr/share/", "etc/")
CONSOLE = (5, 1)


class Ramdisk:
    """A cpio archive as kernels read it (newc), in memory."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.names: set[str] = set()

    def add(self, name: str, mode: int, data: bytes = b"", device=(0, 0)) -> None:
        self.add_folders(name)
        self.names.add(name)
        inode = len(self.parts) + 1
        numbers = (inode, mode, 0, 0, 1, 0, len(data), 0, 0, *device, len(name) + 1, 0)
        header = "070701" + "".join(f"{number:08x}" for number in numbers)
        self.parts.append(padded(f"{header}{name}\0".encode()) + padded(data))

    def add_folders(self, name: str) -> None:
        for parent in reversed(Path(name).parents[:-1]):
            if str(parent) not in self.names:
                self.add(str(parent), stat.S_IFDIR | 0o755)

    def write(self, path: Path) -> None:
        self.add("TRAILER!!!", 0)
        new = path.with_suffix(".new")
        new.write_bytes(b"".join(self.parts))
        new.rename(path)


def padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def write_tools(packages: Iterable[Path], to: Path) -> None:
    """The programs of packages, and what loads objects with them."""
    disk = Ramdisk()
    for package in packages:
        for member, data in contents(package):
            if member.name.startswith(LEFT_OUT) or "/gconv/" in member.name:
                continue
            kind = stat.S_IFLNK if member.issym() else stat.S_IFREG
            disk.add(member.name, kind | member.mode, data or member.linkname.encode())
    for name in MERGED:
        if name not in disk.names and f"usr/{name}" in disk.names:
            disk.add(name, stat.S_IFLNK | 0o777, f"usr/{name}".encode())
    for name in FOLDERS:
        disk.add(name, stat.S_IFDIR | 0o755)
    disk.add("dev/console", stat.S_IFCHR | 0o600, device=CONSOLE)
    disk.add("init", stat.S_IFREG | 0o755, LOADER.encode())
    disk.write(to)


def write_objects(objects: Iterable[Path], to: Path) -> None:
    """Objects, which a guest loads in this order."""
    disk = Ramdisk()
    for number, path in enumerate(objects):
        disk.add(f"objects/{number:05}", stat.S_IFREG | 0o644, path.read_bytes())
    disk.write(to)
