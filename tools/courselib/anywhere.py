# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What lets a tool run anywhere: for whom, in which locale, on which terminal.

A tool ends with sys.exit(run(main)); a test calls prepare() before anything else.
"""

import errno
import os
import shlex
import shutil
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

SYSTEM_FOLDERS = ("/usr/sbin", "/sbin")
UTF8_MODE, IO_ENCODING = "PYTHONUTF8", "PYTHONIOENCODING"
LENDERS = Path("/run/swiftcall")
WIDTH = 80
FAILED, CANNOT_RUN, INTERRUPTED = 1, 77, 130

# Errors that are the machine's, and no mistake in a program.
MACHINE_ERRNOS = [
    getattr(errno, name)
    for name in "ENOSPC EDQUOT EROFS EACCES EPERM ENOMEM EAGAIN EIO EFBIG EMFILE ENFILE "
    "ENOEXEC".split()
]


def run(main: Callable[[], int | None]) -> int:
    """The exit status of a tool, which may end with a sentence instead of a traceback."""
    name = Path(sys.argv[0]).stem
    try:
        prepare()
        return main() or 0
    except KeyboardInterrupt:
        print(f"\n{name}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # who reads it, such as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except OSError as error:
        if error.errno not in MACHINE_ERRNOS:
            raise
        print(f"{name}: {say(error)}", file=sys.stderr)
        return CANNOT_RUN


def say(error: Exception) -> str:
    """In a sentence, with what to try."""
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}; {advice(error.errno)}"
    return str(error)


def advice(code: int) -> str:
    """What to try when this machine says such a thing."""
    if code in (errno.ENOSPC, errno.EDQUOT):
        return "make room, see `make doctor`"
    if code == errno.EROFS:
        return "copy the course to where you can write"
    if code in (errno.EACCES, errno.EPERM) and os.geteuid():
        return f"if root built here: {as_root('make clean')}; see `make doctor`"
    return "see `make doctor`"


def prepare() -> None:
    """Finds the programs that Debian hides from users, and writes any text.

    bpftool, tc and others are in folders that are not in every user's PATH. Python
    reads and writes files in the encoding of the locale; where that is not UTF-8 the
    tool starts again, told to use UTF-8 for everything.
    """
    path = os.environ.get("PATH", os.defpath).split(":")
    path += [folder for folder in SYSTEM_FOLDERS if folder not in path]
    os.environ["PATH"] = ":".join(path)
    if not writes_utf8():
        told = os.environ.pop(IO_ENCODING, None), os.environ.get(UTF8_MODE)
        os.environ[UTF8_MODE] = "1"
        if told != (None, "1"):  # else it would be no use, for ever
            os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def writes_utf8() -> bool:
    """Whether files and output get UTF-8 here without being told."""
    streams = filter(None, (sys.stdin, sys.stdout, sys.stderr))
    encodings = {sys.getfilesystemencoding(), *(s.encoding for s in streams)}
    return all(name.lower().replace("-", "") == "utf8" for name in encodings)


def as_root(command: str) -> str:
    """How somebody here runs a command as root."""
    if os.geteuid() == 0:
        return command
    if shutil.which("sudo"):
        return f"sudo {command}"
    return f"su -c {shlex.quote(command)}"


def may_borrow() -> bool:
    """Whether somebody lends this user the right to load programs (tools/lend)."""
    for door in LENDERS.glob("lend-*"):
        with socket.socket(socket.AF_UNIX) as connection, suppress(OSError):
            connection.connect(str(door))
            return True
    return False


def colours(stream: TextIO) -> bool:
    """Whether colours, and lines that overwrite others, are wanted there."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "") in ("", "dumb")
    return stream.isatty() and not plain


def columns(stream: TextIO) -> int:
    """How many characters fit into a line there, 40 to 80."""
    here = os.get_terminal_size(stream.fileno()).columns if stream.isatty() else 0
    return max(40, min(WIDTH, here or WIDTH))
