# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""One participant of a call: a client of the server's HTTP API.

It joins with an SDP offer, and from then on listens for the server's own offers,
each of which says what there is to receive now. Its media programs are ffmpeg.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path

from courselib import patience

from . import Failure, media, sdp, wait_for
from .hosts import inside
from .program import Program

VIDEO_PORT, AUDIO_PORT = 6000, 6002  # ffmpeg takes the odd port above for RTCP
FIRST_RECEIVE_PORT = 7000
DISCARD_PORT = 9  # for what was never active: a port of 0 would reject the m-line
PATIENCE = 20  # seconds for one answer of the server, or for ffmpeg to start


@dataclass(frozen=True)
class Call:
    """What all participants of the call share."""

    names: list[str]
    server: tuple[str, int]  # HTTP address and port
    room: str
    folder: Path  # for logs, session descriptions, pictures
    films: dict[str, Path] = field(default_factory=dict)  # what is sent by whom
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def quality(self) -> media.Quality:
        """What everybody sends."""
        return media.quality(len(self.names))

    def picture(self, receiver: str, sender: str) -> Path:
        """Where one participant's view of another goes, in the sheet's order."""
        row, column = self.names.index(receiver), self.names.index(sender)
        return self.folder / f"pictures/{row * len(self.names) + column:04}.png"


class Participant:
    """A name, a host, a sender, and a player for each offer with new streams."""

    def __init__(self, call: Call, name: str) -> None:
        number = call.names.index(name) + 1
        self.call, self.name, self.number = call, name, number
        self.address = f"10.0.7.{number}"  # as the sandbox numbers its hosts
        self.own = [
            self.published("video", VIDEO_PORT, 96, "VP8/90000", 1000 * number + 1),
            self.published("audio", AUDIO_PORT, 111, "opus/48000/2", 1000 * number + 2),
        ]
        self.folder = call.folder / name
        self.folder.mkdir(parents=True)
        self.resource = ""  # path of this participant on the server, once joined
        self.server, self.accepted = "", []  # where to send what; as answered
        self.mids: list[str] = []  # m-lines of the last offer, in their order
        self.ports: dict[str, int] = {}  # where we receive, by mid
        self.next_port = FIRST_RECEIVE_PORT
        self.version = 1
        self.playing: dict[str, media.Playback] = {}  # by mid; as answered
        self.renegotiations = 0
        self.sender: Program | None = None
        self.players: list[tuple[Program, list[media.Playback]]] = []
        self.error: Exception | None = None  # of the listening thread

    def published(
        self, kind: str, port: int, pt: int, rtpmap: str, ssrc: int
    ) -> sdp.Media:
        """The m-line for something this participant sends."""
        msid = f"{self.name} {kind}"
        return sdp.Media(kind, port, pt, rtpmap, kind, "sendonly", ssrc, msid)

    # Joining and leaving

    def join(self) -> None:
        """Offer what we will send, and listen for offers."""
        path = f"/rooms/{self.call.room}/participants?name={self.name}"
        reply = self.request("POST", path, self.describe(self.own))
        answer = reply.read().decode()
        self.resource = reply.headers["Location"]
        self.mids = [m.mid for m in self.own]
        self.server, self.accepted = sdp.parse(answer)
        if [m.kind for m in self.accepted] != [m.kind for m in self.own]:
            raise Failure(f"this is not an answer to {self.name}'s offer:\n{answer}")
        threading.Thread(target=self.listen, daemon=True).start()

    def start_sending(self) -> None:
        """Send what the server has accepted."""
        command = media.sender(
            self.source(), self.call.quality, self.own, self.accepted, self.server
        )
        self.sender = Program(self.name, command, self.folder / "sender.log")

    def source(self) -> media.Source:
        """A film of the user's, or else a test picture."""
        own = (self.number, len(self.call.names), self.call.quality, self.name)
        film = self.call.films.get(self.name)
        return media.recorded(film, *own) if film else media.synthetic(*own)

    def leave(self) -> None:
        """Tell the server, and stop everything."""
        resource, self.resource = self.resource, ""
        self.request("DELETE", resource)
        self.hang_up()

    def hang_up(self) -> None:
        """Stop all programs, without a word to the server."""
        self.stop_sending()
        for player, _ in self.players:
            player.kill()  # its files are complete at each moment
        self.players = []

    def stop_sending(self) -> None:
        """Stop the sender; everything it sent is on its way when this returns."""
        sender, self.sender = self.sender, None
        if sender:
            sender.stop()

    # The server's offers

    def listen(self) -> None:
        """Handle all events until we leave; runs in a thread of its own."""
        try:
            connection = self.connect(timeout=None)
            connection.request("GET", f"{self.resource}/events")
            for event, data in events(connection.getresponse()):
                if event == "offer":
                    self.renegotiate(json.loads(data)["sdp"])
            if self.resource:
                raise Failure("the server closed the event stream")
        except Exception as error:  # any: it must not be lost with the thread
            if self.resource:  # else we have left, and it does not matter
                self.error = error
                self.tell()

    def renegotiate(self, offer: str) -> None:
        """Bring what we play in line with an offer, then answer it.

        In this order, as RFC 3264, section 6.1, demands: who has answered must be
        prepared to receive.
        """
        _, lines = sdp.parse(offer)
        mids = [m.mid for m in lines]
        if mids[: len(self.mids)] != self.mids:
            raise Failure(f"m-lines were {self.mids}, and the next offer has {mids}")
        self.mids = mids
        active = [m for m in lines if m.direction == "sendonly"]
        playing = {m.mid: self.playing[m.mid] for m in active if self.plays(m)}
        fresh = [self.playback(m) for m in active if not self.plays(m)]
        if fresh:
            # Pictures first: on a busy machine ffmpeg reads the first ports first.
            fresh.sort(key=lambda p: p.media.kind, reverse=True)
            self.start_player(fresh)
        playing |= {playback.media.mid: playback for playback in fresh}
        self.version += 1
        answer = self.describe([self.answered(m) for m in lines])
        self.request("PUT", f"{self.resource}/answer", answer)
        self.playing = playing
        self.stop_idle_players()
        self.renegotiations += 1
        self.tell()

    def plays(self, offered: sdp.Media) -> bool:
        """Whether we play this stream already; an m-line can get a new one."""
        playback = self.playing.get(offered.mid)
        return playback is not None and playback.media.ssrc == offered.ssrc

    def playback(self, offered: sdp.Media) -> media.Playback:
        """How we will play a stream: on a port of its own."""
        self.ports[offered.mid] = self.next_port
        self.next_port += 2
        if not offered.msid:
            raise Failure(f"m-line {offered.mid} has no a=msid to say whose it is")
        sender = offered.msid.split()[0]
        return media.Playback(
            media=replace(
                offered, port=self.ports[offered.mid], direction="recvonly"
            ),
            frames=self.folder / f"{sender}-{offered.kind}.framecrc",
            picture=self.call.picture(self.name, sender),
            caption=f"as {self.name} sees it",
        )

    def start_player(self, playbacks: list[media.Playback]) -> None:
        """Start decoding new streams; returns when it is ready for packets."""
        name = f"player-{self.renegotiations + 1}"
        description = self.folder / f"{name}.sdp"
        description.write_text(self.describe([p.media for p in playbacks]))
        command = media.player(description, playbacks)
        player = Program(self.name, command, self.folder / f"{name}.log")
        ports = [p.media.port for p in playbacks]

        def ready() -> bool:
            player.check()
            return player.udp_ports().keys() >= set(ports)

        self.players.append((player, playbacks))
        wait_for(ready, PATIENCE, f"{self.name}'s player to open its ports")

    def videos(self) -> list[media.Playback]:
        """What we see."""
        return [p for p in self.playing.values() if p.media.kind == "video"]

    def overflowed(self, playback: media.Playback) -> int:
        """Packets of a stream that came while its player was too slow for more."""
        for player, playbacks in self.players:
            if playback in playbacks:
                return player.udp_ports().get(playback.media.port, 0)
        return 0

    def stop_idle_players(self) -> None:
        """Stop the players that have no stream left."""
        active = list(self.playing.values())
        before = self.players
        self.players = [p for p in before if any(stream in active for stream in p[1])]
        for player, streams in before:
            if (player, streams) not in self.players:
                player.kill()  # only now: check() must not take it for an accident

    def answered(self, offered: sdp.Media) -> sdp.Media:
        """Our answer to one m-line of an offer."""
        for own in self.own:
            if own.mid == offered.mid:
                return own
        direction = "recvonly" if offered.direction == "sendonly" else "inactive"
        return sdp.Media(
            offered.kind,
            self.ports.get(offered.mid, DISCARD_PORT),
            offered.pt,
            offered.rtpmap,
            offered.mid,
            direction,
        )

    def describe(self, lines: list[sdp.Media]) -> str:
        """A session description of ours."""
        return sdp.write(self.name, self.address, self.version, lines)

    # HTTP

    def connect(self, timeout: float | None) -> HTTPConnection:
        """A connection to the server from this participant's host."""
        connection = HTTPConnection(*self.call.server, timeout=timeout)
        with inside(self.name):
            connection.connect()
        return connection

    def request(self, method: str, path: str, body: str = "") -> HTTPResponse:
        """One request; raises Failure with the server's reason when it refuses."""
        headers = {"Content-Type": "application/sdp"} if body else {}
        try:
            connection = self.connect(patience.seconds(PATIENCE))
            connection.request(method, path, body or None, headers)
            reply = connection.getresponse()
        except (OSError, HTTPException) as error:
            raise Failure(f"{method} {path}: {error}") from error
        if reply.status >= 400:
            raise Failure(f"{method} {path}: {reason(reply)}")
        return reply

    # What the others in this program want to know

    def tell(self) -> None:
        """Wake whoever waits for something to change."""
        with self.call.changed:
            self.call.changed.notify_all()

    def senders(self) -> set[str]:
        """Those of whom we play both sound and picture."""
        kinds: dict[str, set[str]] = {}
        for playback in self.playing.values():
            kinds.setdefault(playback.sender, set()).add(playback.media.kind)
        return {name for name, both in kinds.items() if both == {"audio", "video"}}

    def check(self) -> None:
        """Complain if anything of this participant has gone wrong."""
        if self.error:
            raise Failure(f"{self.name}: {self.error or repr(self.error)}")
        for program in [self.sender, *(player for player, _ in self.players)]:
            if program:
                program.check()


def events(stream: HTTPResponse) -> Iterator[tuple[str, str]]:
    """The server-sent events of a response, as (event, data)."""
    event, data = "message", []
    while line := stream.readline().decode():
        name, _, value = line.rstrip("\r\n").partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            event = value
        elif name == "data":
            data.append(value)
        elif line.strip() == "":
            if data:
                yield event, "\n".join(data)
            event, data = "message", []


def reason(reply: HTTPResponse) -> str:
    """Why a request was refused: RFC 9457's title and detail, or the status."""
    try:
        problem = json.loads(reply.read())
        words = [problem.get("title"), problem.get("detail")]
        return f"{reply.status}: " + ": ".join(w for w in words if w)
    except (ValueError, AttributeError):
        return f"{reply.status} {reply.reason}"
