# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Machines on which something is amiss, for tests: each is a command that runs others.

All of it happens in namespaces that end with the command.
"""

import ctypes
import os
import platform
import struct
import subprocess
import sys

PRIVATE = ("unshare", "--mount", "--")
BPF_CALL = {"x86_64": 321, "aarch64": 280, "riscv64": 280, "s390x": 351}

# All that is in / once more, in a folder that is no mount point, and becomes the root.
ANOTHER_ROOT = """
mount -t tmpfs none /mnt
mkdir /mnt/root
for f in /*; do
    if [ -L "$f" ]; then cp -P "$f" /mnt/root
    elif [ -d "$f" ] && [ "$f" != /mnt ]; then
        mkdir "/mnt/root$f"
        mount --rbind "$f" "/mnt/root$f"
    fi
done
folder=$PWD
exec chroot /mnt/root sh -c 'cd "$0" && exec "$@"' "$folder" "$@"
"""


def after(script: str) -> tuple[str, ...]:
    """Runs a command in a mount namespace, after some shell text."""
    return (*PRIVATE, "sh", "-ec", f'{script}\nexec "$@"', "sh")


def without(*rights: str) -> tuple[str, ...]:
    """Root, but without capabilities: "net_raw"."""
    return ("setpriv", "--bounding-set", ",".join(f"-{right}" for right in rights))


def in_chroot() -> tuple[str, ...]:
    return after(ANOTHER_ROOT)


def has_user_namespaces() -> bool:
    """Whether there can be others here; the kernel refuses them in a chroot."""
    return subprocess.run(["unshare", "--user", "true"], stderr=subprocess.DEVNULL).returncode == 0


def without_bpf() -> tuple[str, ...]:
    """A filter refuses bpf(2), as some containers have one."""
    return (sys.executable, __file__)


def deny_bpf() -> None:
    """Has the kernel refuse bpf(2) to this process and all that it starts."""
    number = BPF_CALL[platform.machine()]
    load, jump_if_equal, give = 0x20, 0x15, 0x06
    allow, refuse_with_eperm = 0x7FFF0000, 0x00050001
    program = b"".join(
        struct.pack("=HBBI", *instruction)
        for instruction in (
            (load, 0, 0, 0),
            (jump_if_equal, 0, 1, number),
            (give, 0, 0, refuse_with_eperm),
            (give, 0, 0, allow),
        )
    )
    code = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("@HP", len(program) // 8, ctypes.addressof(code))
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    set_no_new_privs, set_seccomp, mode_filter = 38, 22, 2
    if prctl(set_no_new_privs, 1, 0, 0, 0) or prctl(
        set_seccomp, mode_filter, filter_, 0, 0
    ):
        raise OSError(ctypes.get_errno(), "seccomp")


if __name__ == "__main__":
    deny_bpf()
    os.execvp(sys.argv[1], sys.argv[1:])
