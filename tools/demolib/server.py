# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The server of a demo, on the sandbox's own host."""

import json
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

from courselib import patience

from . import wait_for
from .program import Program

ROOT = Path(__file__).resolve().parent.parent.parent
SANDBOX = ROOT / "build/common/sandbox"
SERVER = ROOT / "build/swiftcall/swiftcall"
HTTP = ("10.0.7.254", 8080)
MODES = ["auto", "xdp", "tc", "user"]
SILENCE = 30  # seconds after which the server removes a participant


def start(mode: str, folder: Path, server: Path = SERVER) -> Program:
    """Start it; its log is in the folder."""
    command = [str(server), "--mode", mode, "--iface", "eth0"]
    command += ["--http", "{}:{}".format(*HTTP)]
    command += ["--timeout", f"{patience.seconds(SILENCE):.0f}"]
    return Program("", command, folder / "server.log")


def wait_until_it_answers(server: Program) -> None:
    """Wait until it answers."""

    def answers() -> bool:
        server.check()
        with suppress(ConnectionError):
            return bool(get_rooms())
        return False

    wait_for(answers, 10, f"the server to answer; see {server.log}")


def get_rooms() -> dict:
    """The server's own account of the call."""
    connection = HTTPConnection(*HTTP, timeout=patience.seconds(10))
    connection.request("GET", "/rooms")
    return json.load(connection.getresponse())
