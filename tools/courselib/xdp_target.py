#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Which interfaces take the frames that native XDP redirects to them.

For tools/doctor; common/xdp_target.c is the same for the server. Prints a line for each
interface that is named: its name, its driver, and yes, no or unknown.
"""

import array
import fcntl
import socket
import struct
import sys
from contextlib import closing, suppress

NETLINK_GENERIC, CONTROLLER = 16, 16
GET_FAMILY, FAMILY_ID, FAMILY_NAME = 3, 1, 2  # of the controller
DEV_GET, DEV_IFINDEX, DEV_XDP_FEATURES = 1, 1, 3  # of the family "netdev", Linux 6.3
TAKES_FRAMES = 1 << 2  # NETDEV_XDP_ACT_NDO_XMIT
SIOCETHTOOL, GET_DRIVER_INFO, DRIVER_INFO_BYTES = 0x8946, 3, 196


def attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= 4:
        length, kind = struct.unpack_from("=HH", data)
        found[kind] = data[4:length]
        data = data[(length + 3) & ~3 :]
    return found


def ask(family: int, command: int, question: bytes) -> dict[int, bytes]:
    """The attributes of the answer to a request of one family."""
    request = struct.pack("=BBH", command, 1, 0) + question
    header = struct.pack("=IHHII", 16 + len(request), family, 1, 0, 0)
    with closing(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_GENERIC)) as link:
        link.bind((0, 0))
        link.send(header + request)
        answer = link.recv(1 << 16)
    length, kind = struct.unpack_from("=IH", answer)
    if kind == 2:
        raise OSError(-struct.unpack_from("=i", answer, 16)[0], "netlink")
    return attributes(answer[20:length])


def takes_frames(name: str) -> str:
    """Yes, no or unknown."""
    with suppress(OSError):
        family = ask(CONTROLLER, GET_FAMILY, attribute(FAMILY_NAME, b"netdev\0"))[FAMILY_ID]
        index = attribute(DEV_IFINDEX, struct.pack("=I", socket.if_nametoindex(name)))
        answer = ask(struct.unpack("=H", family)[0], DEV_GET, index)
        features = struct.unpack("=Q", answer[DEV_XDP_FEATURES])[0]
        return "yes" if features & TAKES_FRAMES else "no"
    return "unknown"


def driver(name: str) -> str:
    """Its name, or "none"."""
    info = array.array("B", struct.pack("=I", GET_DRIVER_INFO).ljust(DRIVER_INFO_BYTES, b"\0"))
    request = struct.pack("16sP16x", name.encode(), info.buffer_info()[0])
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as query, suppress(OSError):
        fcntl.ioctl(query, SIOCETHTOOL, request)
        return info[4:36].tobytes().split(b"\0")[0].decode() or "none"
    return "none"


if __name__ == "__main__":
    for interface in sys.argv[1:]:
        print(interface, driver(interface), takes_frames(interface))
