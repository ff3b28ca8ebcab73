# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Frames onto a wire: the socket, the moment, and the next host's MAC address."""

import errno
import socket
import time

from rtpgenlib import (
    EXIT_CANNOT_RUN,
    EXIT_FAILED,
    EXIT_USAGE,
    Refusal,
    progress,
    say,
    scapy,
)
from rtpgenlib.files import Timed
from rtpgenlib.frames import BROADCAST, Flow

ARPHRD_LOOPBACK = 772


def open_interface(iface: str) -> socket.socket:
    """A socket that sends whole frames and receives none."""
    try:
        raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        raw.bind((iface, 0))
    except PermissionError as error:
        raise Refusal(
            EXIT_CANNOT_RUN,
            "sending frames needs CAP_NET_RAW; try it as root, or write with -o",
        ) from error
    except OSError as error:
        known = ", ".join(name for _, name in socket.if_nameindex())
        raise Refusal(
            EXIT_USAGE,
            f"cannot send on {iface}: {error.strerror}; interfaces here: {known}",
        ) from error
    return raw


def transmit(raw: socket.socket, frames: list[Timed]) -> None:
    """Sends each frame at its time, or as soon after as it can be."""
    start, sent = time.monotonic(), 0
    try:
        for when, data in progress(frames, len(frames), "frames sent"):
            time.sleep(max(0.0, start + when - time.monotonic()))
            sent += send_frame(raw, data)
    finally:
        seconds = time.monotonic() - start
        say(f"sent {sent:,} frames on {raw.getsockname()[0]} in {seconds:.1f} s")
    if sent < len(frames):
        say(
            f"not sent: {len(frames) - sent:,}, too short or too long for the interface"
        )
    if not sent:
        raise Refusal(EXIT_FAILED, "nothing was sent")


def send_frame(raw: socket.socket, data: bytes) -> bool:
    """False if an interface cannot carry a frame of that length."""
    try:
        raw.send(data)
    except OSError as error:
        if error.errno in (errno.EINVAL, errno.EMSGSIZE):
            return False
        raise Refusal(EXIT_FAILED, f"sending failed: {error.strerror}") from error
    return True


def own_mac(raw: socket.socket) -> str:
    """The MAC address of the interface."""
    return raw.getsockname()[4].hex(":")


def next_mac(raw: socket.socket, flow: Flow) -> str:
    """The MAC address to which packets for the destination must go."""
    if raw.getsockname()[3] == ARPHRD_LOOPBACK:
        return own_mac(raw)
    target = flow.destination[flow.version]
    ask = scapy().getmacbyip if flow.version == 4 else scapy().getmacbyip6
    answer = ask(target)
    if answer in (None, BROADCAST):  # Scapy's word for "there is no route"
        raise Refusal(
            EXIT_USAGE,
            f"cannot find out the MAC address of {target}; give it with --dmac",
        )
    return answer
