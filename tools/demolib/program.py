# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""A program that runs on a host of the sandbox, beside the demo."""

import shlex
import subprocess
from pathlib import Path

from courselib import patience

from . import Failure
from .hosts import in_host


class Program:
    """A program running on a host, with its command line and output in a log."""

    def __init__(self, host: str, command: list[str], log: Path) -> None:
        self.log = log
        self.command = in_host(host, command) if host else command
        with log.open("w") as file:
            print("$", shlex.join(self.command), file=file, flush=True)
            # A session of its own: Ctrl-C reaches the demo, and it stops them.
            self.process = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def check(self) -> None:
        """Complain if it ended by itself."""
        status = self.process.poll()
        if status is not None:
            raise Failure(
                f"{self.log.stem} ended too early, with status {status}; "
                f"the end of {self.log}:\n{self.last_words()}"
            )

    def last_words(self, lines: int = 5) -> str:
        """The end of its output."""
        text = self.log.read_text(errors="replace").splitlines()[1:]
        return "\n".join(f"    {line}" for line in text[-lines:])

    def udp_ports(self) -> dict[int, int]:
        """The UDP ports of its host: how many packets found no room at each.

        A socket keeps what arrives until its program reads it, but not for ever.
        """
        try:
            table = Path(f"/proc/{self.process.pid}/net/udp").read_text()
        except OSError:  # it has ended; check() says so better
            return {}
        sockets = [line.split() for line in table.splitlines()[1:]]
        return {int(words[1][-4:], 16): int(words[-1]) for words in sockets}

    def stop(self, seconds: float = 5) -> int:
        """Ask it to end (SIGTERM), and make it end; returns its exit status."""
        self.process.terminate()
        try:
            return self.process.wait(patience.seconds(seconds))
        except subprocess.TimeoutExpired:
            return self.kill()

    def kill(self) -> int:
        """End it at once; returns its exit status."""
        self.process.kill()
        return self.process.wait()
