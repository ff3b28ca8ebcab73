# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Servers of encrypted WebRTC: ours, Janus, and Pion.

Modes as benchlib/modes.py has them, with two methods more. Each takes a client,
talks to the server, and returns the server's description:

    publish(client)      the client's stream is the room's
    subscribe(client)    the client gets that stream
"""

import json
import shutil
import subprocess
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from benchlib import BUILD, peers
from benchlib.hosts import Network
from benchlib.modes import Forwarder, Other, User
from courselib import patience
from demolib import Failure, wait_for
from demolib.hosts import inside

from . import sdp

HERE = Path(__file__).resolve().parent.parent
SERVER = BUILD / "swiftcall/swiftcall"
ROOM = "bench"


class SwiftCall(User):
    """Ours, with every lab in it; mode user. Others signal by WHIP and WHEP."""

    server = SERVER

    @classmethod
    def missing(cls) -> str | None:
        return None if SERVER.exists() else f"there is no {SERVER}: run make all"

    def publish(self, client: sdp.Client) -> str:
        return self.client.request("POST", f"/whip/{ROOM}", client.describe("actpass"))[1]

    def subscribe(self, client: sdp.Client) -> str:
        return self.client.request("POST", f"/whep/{ROOM}", client.describe("actpass"))[1]


class Peer(Other):
    """Somebody else's server; its requests go over 127.0.0.1 of its host."""

    def __init__(self, net: Network, folder: Path, fifo: bool = False) -> None:
        super().__init__(net, folder, fifo)
        self.job = peers.Job(net.server_ip, [(net.send_ip, 0)], [])

    def start(self) -> None:
        self.ask("start", self.job)

    def ask(self, what: str, *given: object) -> Any:
        """Have the peer do something, on the server's host."""
        try:
            with inside(self.net.server):
                return getattr(self.running, what)(*given)
        except peers.PeerError as error:
            raise Failure(f"{error}") from error

    def publish(self, client: sdp.Client) -> str:
        return self.ask("publish", client)

    def subscribe(self, client: sdp.Client) -> str:
        return self.ask("subscribe", client)


class JanusRoom(peers.Janus):
    """The VideoRoom as browsers use it: ICE, DTLS and SRTP. It offers to viewers."""

    name = "janus"
    CONFIG = HERE / "janus.jcfg"

    def set_up(self, job: peers.Job) -> list[peers.Input]:
        self.spawn([
            self.program, "--disable-colors", f"--interface={job.inside}",
            f"--config={self.CONFIG}", f"--configs-folder={peers.PEERS}",
        ])  # fmt: skip
        self.path = "/janus"
        self.await_answer()
        self.session = self.path = f"/janus/{self.transact(janus='create')['data']['id']}"
        self.path = self.attach()
        self.ask(request="create", room=self.ROOM, publishers=1, videocodec="vp8")
        return []

    def attach(self) -> str:
        """A handle of its own for each client; its path."""
        self.path = self.session
        plugin = "janus.plugin.videoroom"
        return f"{self.session}/{self.transact(janus='attach', plugin=plugin)['data']['id']}"

    def converse(self, body: dict[str, object], jsep: dict[str, str]) -> dict[str, Any]:
        """A request that is answered later, by an event of the session."""
        message: dict[str, object] = {"janus": "message", "transaction": "bench"}
        message["body"] = body
        if jsep:
            message["jsep"] = jsep
        self.http("POST", self.path, message)
        while True:
            event = self.http("GET", self.session)
            if "error" in event.get("plugindata", {}).get("data", {}):
                raise peers.PeerError(f"{self.name}, {body['request']}: {event}")
            if event["janus"] == "event" and event.get("transaction"):
                return event

    def http(self, method: str, path: str, message: object = None) -> dict[str, Any]:
        limit = patience.seconds(peers.ANSWER_SECONDS)
        connection = HTTPConnection("127.0.0.1", peers.HTTP_PORT, timeout=limit)
        try:
            connection.request(method, path, json.dumps(message) if message else None)
            return json.load(connection.getresponse())
        finally:
            connection.close()

    def publish(self, client: sdp.Client) -> str:
        self.path = self.attach()
        self.converse({"request": "join", "ptype": "publisher", "room": self.ROOM, "id": 1}, {})
        offer = {"type": "offer", "sdp": client.describe("actpass")}
        return self.converse({"request": "publish"}, offer)["jsep"]["sdp"]

    def has_stream(self) -> bool:
        """It takes a moment from the publisher's handshake on."""
        listed = self.ask(request="listparticipants", room=self.ROOM)["participants"]
        return any(one["publisher"] for one in listed)

    def subscribe(self, client: sdp.Client) -> str:
        self.path = self.attach()
        wait_for(self.has_stream, peers.ANSWER_SECONDS, "Janus to have the stream")
        join = {"request": "join", "ptype": "subscriber", "room": self.ROOM}
        offer = self.converse({**join, "streams": [{"feed": 1}]}, {})["jsep"]["sdp"]
        text = client.describe("active", sdp.mid(offer), sdp.payload_type(offer))
        self.converse({"request": "start"}, {"type": "answer", "sdp": text})
        return offer


class PionServer(peers.Pion):
    """Our own few lines around Pion's WebRTC: pion/sfu.go."""

    package = "golang-github-pion-webrtc.v3-dev"
    HTTP_PORT = 8089

    def missing(self) -> str | None:
        if not shutil.which(self.program):
            return "Go is not installed (Debian: golang-go)"
        if not (self.GOPATH / "src/github.com/pion/webrtc").is_dir():
            return f"Pion is not installed (Debian: {self.package})"
        return None

    def set_up(self, job: peers.Job) -> list[peers.Input]:
        program = self.compile(HERE / "pion/sfu.go")
        self.spawn([f"{program}", f"-at={job.inside}", f"-http={self.HTTP_PORT}"])
        self.await_ready()
        return []

    def post(self, path: str, client: sdp.Client) -> str:
        limit = patience.seconds(peers.ANSWER_SECONDS)
        connection = HTTPConnection("127.0.0.1", self.HTTP_PORT, timeout=limit)
        try:
            connection.request("POST", path, client.describe("actpass"))
            reply = connection.getresponse()
            text = reply.read().decode()
        finally:
            connection.close()
        if reply.status != 200:
            raise peers.PeerError(f"{self.name}, {path}: {text}")
        return text

    def publish(self, client: sdp.Client) -> str:
        return self.post("/publish", client)

    def subscribe(self, client: sdp.Client) -> str:
        return self.post("/subscribe", client)


class Janus(Peer):
    name, peer = "janus", JanusRoom


class Pion(Peer):
    name, peer = "pion", PionServer


SERVERS: dict[str, type[Forwarder]] = {s.name: s for s in (SwiftCall, Janus, Pion)}


def versions() -> dict[str, str]:
    """Of what is compared, and of what encrypts there."""
    found = {}
    for package in (
        "janus", "libsrtp2-1", "libnss3", "golang-github-pion-webrtc.v3-dev",
        "golang-github-pion-srtp-dev", "golang-go", "libssl3",
    ):  # fmt: skip
        query = ["dpkg-query", "-W", "-f", "${Version}", package]
        found[package] = subprocess.run(query, capture_output=True, text=True).stdout
    return found
