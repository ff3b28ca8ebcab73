# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""What the call has shown: the comparison, the table, the contact sheet."""

import dataclasses
import functools
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import Failure
from .media import FFMPEG, Playback
from .participant import Call, Participant

ENOUGH_FRAMES = 50
BIGGEST_FULL_TABLE = 5  # participants; beyond, one line for each receiver

Received = dict[tuple[str, int, int], int]  # packets by (host, port, SSRC)


@dataclass(frozen=True)
class Row:
    """One stream at one receiver."""

    receiver: str
    sender: str
    media: str
    forwarded: int  # says the data plane
    received: int  # says the receiver's host
    decoded: int  # says the player
    lost: int  # on the way to the server, in it, and from it
    jitter_ms: float  # at the server: RFC 3550, appendix A.8


@dataclass(frozen=True)
class Check:
    """One thing that must be so."""

    ok: bool
    text: str


@dataclass(frozen=True)
class Outcome:
    """All that was counted in a call, once everybody had stopped sending."""

    mode: str
    people: list[Participant]
    rooms: dict  # the server's account: GET /rooms
    received: Received  # the hosts' account
    missed: int  # packets that the hosts could not count
    dropped: int  # packets between hosts that this machine was too busy for

    def undecoded(self) -> list[Playback]:
        """The streams of which a player has not decoded yet what it will.

        Each packet of sound is one frame, if there was room for it. Of a video
        nobody knows how many frames it will be, so enough of them are enough.
        """
        return [
            playback
            for person in self.people
            for playback in person.playing.values()
            if playback.decoded() < self.expected(person, playback)
        ]

    def expected(self, person: Participant, playback: Playback) -> int:
        """How many frames a player can be waited for to decode."""
        if playback.media.kind == "video":
            return ENOUGH_FRAMES
        arrived = self.received.get(playback.where(person.name), 0)
        return arrived - person.overflowed(playback)

    @functools.cached_property
    def overflowed(self) -> int:
        """Packets that came when a player had not read for long."""
        return sum(
            person.overflowed(playback)
            for person in self.people
            for playback in person.playing.values()
        )

    @functools.cached_property
    def rows(self) -> list[Row]:
        """One row for all that somebody was to receive at the first look at this."""
        legs = {
            leg["address"]: (stream, leg)
            for room in self.rooms["rooms"]
            for participant in room["participants"]
            for stream in participant["streams"]
            for leg in stream["legs"]
        }
        return [
            row(person, playback, legs, self.received)
            for person in self.people
            for playback in person.playing.values()
        ]


def row(
    person: Participant, playback: Playback, legs: dict, received: Received
) -> Row:
    """What is known of one stream at one receiver."""
    media = playback.media
    nothing = {"lost": 0, "jitter_us": 0}, {"sent": 0, "failed": 0}
    stream, leg = legs.get(f"{person.address}:{media.port}", nothing)
    packets = received.get(playback.where(person.name), 0)
    return Row(
        receiver=person.name,
        sender=playback.sender,
        media=media.kind,
        forwarded=leg["sent"],
        received=packets,
        decoded=playback.decoded(),
        lost=stream["lost"] + leg["failed"] + max(0, leg["sent"] - packets),
        jitter_ms=stream["jitter_us"] / 1000,
    )


def checks(outcome: Outcome) -> list[Check]:
    """Whether the call was what it is meant to be."""
    return [
        check_decoded(outcome),
        check_counters(outcome),
        check_strays(outcome),
        check_drops(outcome.rooms["verdicts"]),
        check_mode(outcome.mode, outcome.rooms["forwarded"]),
    ]


def check_decoded(outcome: Outcome) -> Check:
    """Everybody saw and heard everybody."""
    others = len(outcome.people) - 1
    complete = len(outcome.rows) == 2 * len(outcome.people) * others
    worst = min(outcome.rows, key=lambda r: r.decoded)
    text = (
        f"everyone decoded at least {ENOUGH_FRAMES} frames of each stream; fewest: "
        f"{worst.decoded} ({worst.receiver}, {worst.media} of {worst.sender})"
    )
    if outcome.overflowed:
        text += f"; this machine was too slow to decode {outcome.overflowed:,} packets"
    return Check(complete and worst.decoded >= ENOUGH_FRAMES, text)


def check_counters(outcome: Outcome) -> Check:
    """The data plane counted what the receivers' hosts counted."""
    rows, total = outcome.rows, outcome.rooms["copies"]["sent"]
    wrong = [r for r in rows if r.forwarded != r.received]
    forwarded = sum(r.forwarded for r in rows)
    received = sum(r.received for r in rows)
    text = f"{forwarded:,} copies forwarded, {received:,} packets received: "
    if outcome.missed:
        text += f"the hosts were too busy to count {outcome.missed:,} others"
    elif wrong:
        text += f"different in {len(wrong)} of {len(rows)} legs"
    elif total != forwarded:
        text += f"yet the server's total is {total:,}"
    else:
        text += f"equal in each of the {len(rows)} legs"
    if wrong and outcome.dropped:
        text += f"; this machine was too busy and dropped {outcome.dropped:,}"
    return Check(not wrong and not outcome.missed and total == forwarded > 0, text)


def check_strays(outcome: Outcome) -> Check:
    """Nobody got what was not for them; nobody got their own packets."""
    strays = sum(outcome.received.values()) - sum(r.received for r in outcome.rows)
    return Check(not strays, f"RTP packets at the wrong address: {strays or 'none'}")


def check_drops(verdicts: dict) -> Check:
    """All that came to the media port was RTP that somebody had announced."""
    odd = {w: n for w, n in verdicts.items() if n and w not in ("rtp", "other")}
    listed = ", ".join(f"{packets:,} {verdict}" for verdict, packets in odd.items())
    return Check(not odd, f"packets dropped at the media port: {listed or 'none'}")


def check_mode(mode: str, forwarded: dict) -> Check:
    """The forwarding was done where it was asked for, and only there."""
    here, elsewhere = ("user", "kernel") if mode == "user" else ("kernel", "user")
    places = {"user": "user space", "kernel": "the kernel"}
    return Check(
        forwarded[here] > 0 and forwarded[elsewhere] == 0,
        f"{places[here]} forwarded {forwarded[here]:,} packets, each to all its "
        f"receivers; {places[elsewhere]} forwarded {forwarded[elsewhere] or 'none'}",
    )


# The table

NUMBERS = ["forwarded", "received", "decoded", "lost", "jitter ms"]


def table(rows: list[Row], participants: int) -> list[str]:
    """The rows as text; for a big call, one line for each receiver."""
    if participants <= BIGGEST_FULL_TABLE:
        head = ["receiver", "sender", "media", *NUMBERS]
        body = [[r.receiver, r.sender, r.media, *numbers([r])] for r in rows]
    else:
        head = ["receiver", "streams", *NUMBERS]
        body = [[name, str(len(of)), *numbers(of)] for name, of in grouped(rows)]
    return aligned([head, *body])


def grouped(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """The rows of each receiver."""
    names = list(dict.fromkeys(r.receiver for r in rows))
    return [(name, [r for r in rows if r.receiver == name]) for name in names]


def numbers(rows: list[Row]) -> list[str]:
    """Sums of some rows; of decoded frames the fewest, of jitter the most."""
    return [
        f"{sum(r.forwarded for r in rows):,}",
        f"{sum(r.received for r in rows):,}",
        f"{min(r.decoded for r in rows):,}",
        f"{sum(r.lost for r in rows):,}",
        f"{max(r.jitter_ms for r in rows):.2f}",
    ]


def aligned(table: list[list[str]]) -> list[str]:
    """Lines with the columns set out: words to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    words = len(widths) - len(NUMBERS)
    return [
        "  ".join(
            cell.ljust(width) if i < words else cell.rjust(width)
            for i, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        for line in table
    ]


def as_json(outcome: Outcome, checks: list[Check]) -> dict:
    """The report for programs."""
    return {
        "mode": outcome.mode,
        "participants": len(outcome.people),
        "ok": all(check.ok for check in checks),
        "checks": [dataclasses.asdict(check) for check in checks],
        "streams": [dataclasses.asdict(row) for row in outcome.rows],
        "forwarded": outcome.rooms["forwarded"],
        "copies": outcome.rooms["copies"],
        "verdicts": outcome.rooms["verdicts"],
    }


# The contact sheet


def contact_sheet(call: Call) -> Path:
    """All decoded pictures in one: a row for each receiver, a column for each sender.

    Nobody receives themselves (grey); what should be there and is not, is red.
    """
    for receiver in call.names:
        for sender in call.names:
            picture = call.picture(receiver, sender)
            if not picture.exists():
                colour = "gray" if receiver == sender else "red"
                shutil.copy(card(call, colour), picture)
    sheet = call.folder / "contact-sheet.png"
    number = len(call.names)
    pattern = call.picture(call.names[0], call.names[0]).with_name("%04d.png")
    tile = f"tile={number}x{number}:padding=4:margin=4"
    draw(["-i", f"{pattern}", "-vf", tile], sheet)
    return sheet


def card(call: Call, colour: str) -> Path:
    """An empty picture of the size of the others."""
    path = call.folder / f"{colour}.png"
    if not path.exists():
        size = call.quality.size
        draw(["-f", "lavfi", "-i", f"color={colour}:size={size}"], path)
    return path


def draw(what: list[str], path: Path) -> None:
    """Write one picture with ffmpeg."""
    still = ["-frames:v", "1", "-pix_fmt", "rgb24", "-update", "1"]
    command = [*FFMPEG, *what, *still, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failure(f"ffmpeg cannot draw {path}: {done.stderr}")
