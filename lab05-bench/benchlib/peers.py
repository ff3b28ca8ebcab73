# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What a user would pick instead: rtpengine, Janus, Pion.

Each takes plain RTP and hands it on as plain RTP, to all receivers: the job
that swiftcall does. A peer is used like this:

    peer = Janus(work)                  # a directory that may be written to
    if why := peer.missing(): ...       # one line for the user
    inputs = peer.start(job)            # for each sender, what it has to send
    ... peer.pids() ...                 # whose CPU time is the peer's
    peer.stop()
"""

import json
import os
import re
import shutil
import socket
import subprocess
from abc import ABC, abstractmethod
from contextlib import closing, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic
from typing import Any, NamedTuple

from courselib import patience

PEERS = Path(__file__).resolve().parent.parent / "peers"

START_SECONDS = 10
ANSWER_SECONDS = 5
STOP_SECONDS = 3
RTP_PORTS = (20000, 59999)  # of a peer; apart from the generator's and the sink's
NG_PORT = 2223
HTTP_PORT = 8088  # as janus.transport.http.jcfg says
CLOCK_RATE = 90000

Address = tuple[str, int]


class PeerError(Exception):
    """What a peer did not do, in its own words."""


class Input(NamedTuple):
    """What a peer wants of one sender."""

    port: int  # that it sends to
    ssrc: int | None = None  # that it sends with; None: any


@dataclass
class Job:
    """Who sends and who receives: each receiver gets each sender's stream."""

    inside: str  # the server's address that senders send to
    senders: list[Address]
    receivers: list[Address]
    payload_type: int = 96


def own_ssrc(sender: int, receiver: int) -> int:
    """An SSRC of its own for each pair, as swiftcall has."""
    return 0x10000 * (sender + 1) + receiver


class Peer(ABC):
    """One program, started for one run in the caller's network namespace.

    It is in the caller's process group, and dies with the caller's sandbox.
    """

    name: str  # the mode in results
    package: str  # Debian's
    program: str

    def __init__(self, work: Path, prefix: list[str] | None = None) -> None:
        """A prefix is what pins the program: ["taskset", "-c", "0"]."""
        self.work = work / self.name
        self.prefix = prefix or []
        self.process: subprocess.Popen[bytes] | None = None

    def missing(self) -> str | None:
        """Why it cannot run here, or None."""
        if shutil.which(self.program):
            return None
        return f"{self.program} is not installed (Debian: {self.package})"

    def start(self, job: Job) -> list[Input]:
        """Start it for a job; return what each sender has to do."""
        self.work.mkdir(parents=True, exist_ok=True)
        try:
            return self.set_up(job)
        except (OSError, KeyError, ValueError, subprocess.SubprocessError) as error:
            self.stop()
            why = f"{self.name}: {error!r}; it said: {self.said()}"
            raise PeerError(why) from error
        except PeerError:
            self.stop()
            raise

    @abstractmethod
    def set_up(self, job: Job) -> list[Input]:
        """Start the program and get it to do the job."""

    def spawn(self, command: list[str]) -> None:
        """Run the program; what it says is kept in a file."""
        with open(self.work / "log", "wb") as log:
            self.process = subprocess.Popen(
                self.prefix + command,
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT)  # fmt: skip

    def stop(self) -> None:
        """End it; what does not go by itself is killed."""
        if not self.process:
            return
        self.process.terminate()
        try:
            self.process.wait(patience.seconds(STOP_SECONDS))
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def pids(self) -> list[int]:
        """The processes that do the work."""
        return [self.process.pid] if self.process else []

    def said(self) -> str:
        """The last lines of the program's log, for an error."""
        with suppress(OSError):
            lines = (self.work / "log").read_text(errors="replace").splitlines()
            return " | ".join(lines[-3:])
        return "nothing"

    def alive(self) -> None:
        """Complain when the program has ended."""
        if not self.process or self.process.poll() is not None:
            raise PeerError(f"{self.name} has ended: {self.said()}")

    def pause(self) -> None:
        """Give it a moment to start, but see its end at once."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(0.02)

    def version(self) -> str:
        """The package's version, for the report."""
        query = ["dpkg-query", "-W", "-f", "${Version}", self.package]
        asked = subprocess.run(query, capture_output=True, text=True)
        return asked.stdout or "unknown"


# ---- rtpengine -------------------------------------------------------------


def bencode(value: object) -> bytes:
    """The encoding of rtpengine's control messages."""
    if isinstance(value, dict):
        items = (bencode(k) + bencode(v) for k, v in sorted(value.items()))
        return b"d" + b"".join(items) + b"e"
    if isinstance(value, list):
        return b"l" + b"".join(map(bencode, value)) + b"e"
    if isinstance(value, int):
        return b"i%de" % value
    data = str(value).encode()
    return b"%d:%s" % (len(data), data)


def bdecode(data: bytes) -> dict[str, Any]:
    """The dictionary that a bencoded message is."""
    value, end = bdecode_at(data, 0)
    if end != len(data) or not isinstance(value, dict):
        raise PeerError(f"not a bencoded dictionary: {data[:80]!r}")
    return value


def bdecode_at(data: bytes, at: int) -> tuple[object, int]:
    """The value that starts at an offset, and where it ends."""
    kind = data[at : at + 1]
    if kind == b"i":
        end = data.index(b"e", at)
        return int(data[at + 1 : end]), end + 1
    if kind in (b"d", b"l"):
        values, at = [], at + 1
        while data[at : at + 1] != b"e":
            value, at = bdecode_at(data, at)
            values.append(value)
        if kind == b"l":
            return values, at + 1
        return dict(zip(values[::2], values[1::2], strict=True)), at + 1
    start = data.index(b":", at) + 1
    end = start + int(data[at : start - 1])
    return data[start:end].decode(errors="replace"), end


def session(address: str, direction: str, payload_type: int, ports: list[int]) -> str:
    """An SDP with a section of video for each port."""
    lines = ["v=0", f"o=- 1 1 IN IP4 {address}", "s=-", f"c=IN IP4 {address}", "t=0 0"]
    for port in ports:
        lines += [
            f"m=video {port} RTP/AVP {payload_type}",
            f"a=rtpmap:{payload_type} VP8/{CLOCK_RATE}",
            f"a={direction}",
        ]
    return "\r\n".join(lines) + "\r\n"


def ports_in(sdp: str) -> list[int]:
    """The ports of an SDP's sections."""
    return [int(port) for port in re.findall(r"^m=\S+ (\d+)", sdp, re.MULTILINE)]


class Rtpengine(Peer):
    """In user space: its kernel module, which Debian has to build, is not used."""

    name = "rtpengine"
    package = "rtpengine-daemon"
    program = "rtpengine"

    def set_up(self, job: Job) -> list[Input]:
        """Publish each sender, and subscribe each receiver to all of them."""
        low, high = RTP_PORTS
        self.spawn([
            self.program, f"--config-file={PEERS / 'rtpengine.conf'}",
            f"--interface={job.inside}", f"--listen-ng=127.0.0.1:{NG_PORT}",
            f"--port-min={low}", f"--port-max={high}",
        ])  # fmt: skip
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            control.connect(("127.0.0.1", NG_PORT))
            self.await_answer(control)
            tags = [f"sender{i}" for i in range(len(job.senders))]
            inputs = [
                Input(self.publish(control, job, tag, sender))
                for tag, sender in zip(tags, job.senders, strict=True)
            ]
            for receiver in job.receivers:
                self.subscribe(control, job, tags, receiver)
        return inputs

    def await_answer(self, control: socket.socket) -> None:
        """Ping until there is an answer: the port is not open at once."""
        control.settimeout(patience.seconds(ANSWER_SECONDS))
        deadline = monotonic() + patience.seconds(START_SECONDS)
        while monotonic() < deadline:
            self.alive()
            with suppress(ConnectionRefusedError):
                self.ask(control, command="ping")
                return
            self.pause()
        raise PeerError(f"{self.name} does not answer: {self.said()}")

    def ask(self, control: socket.socket, **message: object) -> dict[str, Any]:
        """One request of the ng protocol; keywords stand for keys with dashes."""
        cookie = os.urandom(6).hex().encode()
        keyed = {key.replace("_", "-"): value for key, value in message.items()}
        control.send(cookie + b" " + bencode(keyed))
        while True:
            theirs, _, answer = control.recv(65536).partition(b" ")
            if theirs == cookie:
                break
        reply = bdecode(answer)
        if reply.get("result") not in ("ok", "pong"):
            raise PeerError(f"{self.name}, {message['command']}: {reply}")
        return reply

    def publish(
        self, control: socket.socket, job: Job, tag: str, sender: Address
    ) -> int:
        """Announce what a sender sends; return where it has to send it."""
        address, port = sender
        sdp = session(address, "sendonly", job.payload_type, [port])
        reply = self.ask(
            control, command="publish", call_id="room", from_tag=tag, sdp=sdp,
            codec={"accept": ["VP8"]})  # fmt: skip
        return ports_in(str(reply["sdp"]))[0]

    def subscribe(
        self, control: socket.socket, job: Job, tags: list[str], receiver: Address
    ) -> None:
        """Ask for all senders' streams at one port of a receiver."""
        offer = self.ask(
            control, command="subscribe request", call_id="room", from_tags=tags)  # fmt: skip
        address, port = receiver
        ports = [port] * len(ports_in(str(offer["sdp"])))
        answer = session(address, "recvonly", job.payload_type, ports)
        self.ask(
            control, command="subscribe answer", call_id="room",
            to_tag=offer["to-tag"], sdp=answer)  # fmt: skip


# ---- Janus -----------------------------------------------------------------


class Janus(Peer):
    """The VideoRoom, used as between two Janus servers.

    A "remote publisher" is plain RTP that comes in, "rtp_forward" plain RTP
    that goes out: nothing is encrypted, and no WebRTC client takes part.
    """

    name = "janus"
    package = "janus"
    program = "janus"

    ROOM = 1
    FIRST_SSRC = 1000  # by which Janus knows the first stream of a remote publisher

    def set_up(self, job: Job) -> list[Input]:
        """Make a room with a remote publisher for each sender."""
        self.spawn([
            self.program, "--disable-colors", f"--interface={job.inside}",
            f"--config={PEERS / 'janus.jcfg'}", f"--configs-folder={PEERS}",
        ])  # fmt: skip
        self.path = "/janus"
        self.await_answer()
        self.path += f"/{self.transact(janus='create')['data']['id']}"
        plugin = "janus.plugin.videoroom"
        self.path += f"/{self.transact(janus='attach', plugin=plugin)['data']['id']}"
        self.ask(request="create", room=self.ROOM, publishers=len(job.senders))
        return [self.let_in(job, number) for number in range(len(job.senders))]

    def await_answer(self) -> None:
        """Ping until there is an answer: the port is not open at once."""
        deadline = monotonic() + patience.seconds(START_SECONDS)
        while monotonic() < deadline:
            self.alive()
            with suppress(ConnectionRefusedError):
                self.transact(janus="ping")
                return
            self.pause()
        raise PeerError(f"{self.name} does not answer: {self.said()}")

    def let_in(self, job: Job, number: int) -> Input:
        """Let a sender's stream in, and out to all receivers."""
        publisher = number + 1
        added = self.ask(
            request="add_remote_publisher", room=self.ROOM, id=publisher,
            port=RTP_PORTS[0] + 2 * number,
            streams=[{"type": "video", "mindex": 0, "mid": "0", "codec": "vp8"}])  # fmt: skip
        for index, (address, port) in enumerate(job.receivers):
            stream = {
                "mid": "0", "host": address, "port": port,
                "pt": job.payload_type, "ssrc": own_ssrc(number, index)}  # fmt: skip
            self.ask(
                request="rtp_forward", room=self.ROOM, publisher_id=publisher,
                host=address, host_family="ipv4", streams=[stream])  # fmt: skip
        return Input(int(added["port"]), self.FIRST_SSRC)

    def ask(self, **body: object) -> dict[str, Any]:
        """One request to the plugin; return the plugin's answer."""
        data = self.transact(janus="message", body=body)["plugindata"]["data"]
        if "error" in data:
            raise PeerError(f"{self.name}, {body['request']}: {data['error']}")
        return data

    def transact(self, **message: object) -> dict[str, Any]:
        """One request of the Janus API; return what answers it."""
        limit = patience.seconds(ANSWER_SECONDS)
        connection = HTTPConnection("127.0.0.1", HTTP_PORT, timeout=limit)
        with closing(connection):
            body = json.dumps({**message, "transaction": "bench"})
            connection.request("POST", self.path, body)
            answer = json.load(connection.getresponse())
        if answer["janus"] not in ("success", "pong"):
            raise PeerError(f"{self.name}, {message['janus']}: {answer}")
        return answer


# ---- Pion ------------------------------------------------------------------


class Pion(Peer):
    """Our own few lines around Pion's RTP package: plain RTP, no encryption."""

    name = "pion"
    package = "golang-github-pion-rtp-dev"
    program = "go"

    GOPATH = Path("/usr/share/gocode")  # where Debian has Go's packages

    def missing(self) -> str | None:
        """Why it cannot be built here, or None."""
        if not shutil.which(self.program):
            return "Go is not installed (Debian: golang-go)"
        if not (self.GOPATH / "src/github.com/pion/rtp").is_dir():
            return f"Pion is not installed (Debian: {self.package})"
        return None

    def compile(self, source: Path) -> Path:
        """As GOPATH mode does, which asks nothing of the network."""
        self.work.mkdir(parents=True, exist_ok=True)
        program = self.work / source.stem
        environment = {
            "GO111MODULE": "off", "GOPATH": str(self.GOPATH),
            "GOCACHE": str(self.work / "cache"), "CGO_ENABLED": "0"}  # fmt: skip
        subprocess.run(
            [self.program, "build", "-o", program, source],
            env=os.environ | environment, check=True)  # fmt: skip
        return program

    def set_up(self, job: Job) -> list[Input]:
        """One port for each sender, in their order."""
        first, _ = RTP_PORTS
        receivers = ",".join(f"{host}:{port}" for host, port in job.receivers)
        self.spawn([
            str(self.compile(PEERS / "pion/plain.go")), f"-at={job.inside}", f"-first-port={first}",
            f"-senders={len(job.senders)}", f"-to={receivers}",
            f"-payload-type={job.payload_type}",
        ])  # fmt: skip
        self.await_ready()
        return [Input(first + i) for i in range(len(job.senders))]

    def await_ready(self) -> None:
        """Wait for its one line."""
        deadline = monotonic() + patience.seconds(START_SECONDS)
        while monotonic() < deadline:
            self.alive()
            if (self.work / "log").read_text().startswith("ready\n"):
                return
            self.pause()
        raise PeerError(f"{self.name} is not ready: {self.said()}")


ALL: tuple[type[Peer], ...] = (Rtpengine, Janus, Pion)
