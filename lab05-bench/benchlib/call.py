# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Senders and receivers join a server, over HTTP, with SDP.

A sender offers one video stream and never answers, so it gets nothing. A receiver
offers nothing, and asks for all it is then offered on a single port.
"""

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException, HTTPResponse

from courselib import patience
from demolib import Failure, sdp
from demolib.hosts import inside
from demolib.participant import events, reason

SEND_PORT, RECEIVE_PORT, FIRST_SSRC = 40000, 50000, 1
PAYLOAD_TYPE, CODEC = 96, "VP8/90000"
PATIENCE = 60  # seconds for one answer


@dataclass
class Client:
    """An HTTP client on a host, with one connection that is used again."""

    host: str
    server: tuple[str, int]
    connection: HTTPConnection | None = None

    def connect(self) -> HTTPConnection:
        connection = HTTPConnection(*self.server, timeout=patience.seconds(PATIENCE))
        connection.auto_open = False  # it would be from the wrong host
        with inside(self.host):
            connection.connect()
        return connection

    def request(self, method: str, path: str, body: str = "") -> tuple[str, str]:
        """The Location and the body of the reply."""
        try:
            reply = self.ask(method, path, body)
        except (OSError, HTTPException) as error:
            self.connection = None
            raise Failure(f"{method} {path}: {error}") from error
        if reply.status >= 400:
            raise Failure(f"{method} {path}: {reason(reply)}")
        return reply.headers.get("Location", ""), reply.read().decode()

    def ask(self, method: str, path: str, body: str) -> HTTPResponse:
        """Once more if the server, as it may, has closed an idle connection."""
        headers = {"Content-Type": "application/sdp"} if body else {}
        if self.connection:
            with suppress(ConnectionError):
                self.connection.request(method, path, body or None, headers)
                return self.connection.getresponse()
        self.connection = self.connect()
        self.connection.request(method, path, body or None, headers)
        return self.connection.getresponse()

    def first_offer(self, resource: str) -> str:
        """The offer that the server has for whoever has just joined."""
        connection = self.connect()
        connection.request("GET", f"{resource}/events")
        reply: HTTPResponse = connection.getresponse()
        try:
            for event, data in events(reply):
                if event == "offer":
                    return json.loads(data)["sdp"]
        finally:
            connection.close()
        raise Failure("the server closed the event stream")


@dataclass
class Call:
    """A room, and who enters it."""

    client: Client
    room: str = "bench"

    def join_sender(self, ip: str, index: int) -> str:
        name = f"sender{index}"
        media = sdp.Media(
            kind="video",
            port=SEND_PORT + index,
            pt=PAYLOAD_TYPE,
            rtpmap=CODEC,
            mid="video",
            direction="sendonly",
            ssrc=FIRST_SSRC + index,
            msid=f"{name} video",
        )
        return self.join(name, sdp.write(name, ip, 1, [media]))

    def join_receiver(self, ip: str, index: int) -> None:
        """Join and answer: copies flow as soon as this returns."""
        name = f"receiver{index}"
        resource = self.join(name, sdp.write(name, ip, 1, []))
        _, offered = sdp.parse(self.client.first_offer(resource))
        port = RECEIVE_PORT + index
        wanted = [replace(m, port=port, direction="recvonly", ssrc=0) for m in offered]
        answer = sdp.write(name, ip, 2, wanted)
        self.client.request("PUT", f"{resource}/answer", answer)

    def join(self, name: str, offer: str) -> str:
        path = f"/rooms/{self.room}/participants?name={name}"
        return self.client.request("POST", path, offer)[0]


def fill_rooms(client: Client, ip: str, rooms: int) -> int:
    """Rooms that cost memory and nothing else: one participant each, silent.

    Returns how many there are: a table of the server may be full before.
    """
    for index in range(rooms):
        try:
            Call(client, f"room{index}").join_sender(ip, index)
        except Failure as refused:
            if index:
                return index
            raise refused
    return rooms
