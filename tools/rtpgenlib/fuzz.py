# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Random frames: well-formed ones, and such as had one to three accidents."""

import random
from collections.abc import Iterator

from rtpgenlib.carrier import faultless, put16, repair
from rtpgenlib.catalogue import CATALOGUE, PAYLOADS, Case
from rtpgenlib.dissect import dissect
from rtpgenlib.frames import PROTOCOL_FRAGMENT, Flow
from rtpgenlib.made import Made, make
from rtpgenlib.outcomes import CLASSES
from rtpgenlib.payloads import SSRC, rtp

FUZZ_SSRCS = range(SSRC, SSRC + 4)


def random_rtp(rng: random.Random) -> bytes:
    """A well-formed RTP packet, with any mix of what may be in one."""
    pt = rng.randrange(128)
    words = rng.randbytes(4 * rng.randrange(16))
    return rtp(
        seq=rng.getrandbits(16),
        timestamp=rng.getrandbits(32),
        ssrc=rng.choice((*FUZZ_SSRCS, rng.getrandbits(32))),
        pt=pt,
        marker=rng.random() < 0.1 and not 64 <= pt <= 95,  # that would be RTCP
        csrc=[rng.getrandbits(32) for _ in range(rng.choice((0, 0, 0, 1, 2, 15)))],
        extension=(rng.getrandbits(16), words) if rng.random() < 0.3 else None,
        padding=rng.randrange(1, 256) if rng.random() < 0.2 else 0,
        body=rng.randbytes(rng.choice((0, 1, 20, 80, 160, 1000))),
    )


def spot(rng: random.Random, data: bytearray) -> int:
    """A place in the frame, in its headers more often than not."""
    end = min(len(data), 80) if rng.random() < 0.7 else len(data)
    return rng.randrange(end)


def flip_bit(rng: random.Random, data: bytearray) -> None:
    data[spot(rng, data)] ^= 1 << rng.randrange(8)


def set_byte(rng: random.Random, data: bytearray) -> None:
    edges = (0, 1, 0x3F, 0x40, 0x7F, 0x80, 0xBF, 0xC0, 0xFF, PROTOCOL_FRAGMENT)
    data[spot(rng, data)] = rng.choice((*edges, rng.randrange(256)))


def set_word(rng: random.Random, data: bytearray) -> None:
    edges = (0, 1, 7, 8, 0x7FFF, 0x8000, 0xFFFF, len(data))
    put16(data, spot(rng, data), rng.choice(edges))


def nudge_word(rng: random.Random, data: bytearray) -> None:
    at = spot(rng, data)
    word = int.from_bytes(data[at : at + 2], "big")
    put16(data, at, (word + rng.randrange(-4, 5)) % 0x10000)


def cut_end(rng: random.Random, data: bytearray) -> None:
    del data[rng.randrange(1, len(data) + 1) :]


def add_bytes(rng: random.Random, data: bytearray) -> None:
    data += rng.randbytes(rng.randrange(1, 65))


def remove_bytes(rng: random.Random, data: bytearray) -> None:
    at = 1 + spot(rng, data)
    del data[at : at + rng.choice((1, 2, 4, 8, 20))]


def repeat_bytes(rng: random.Random, data: bytearray) -> None:
    at = spot(rng, data)
    data[at:at] = data[at : at + rng.choice((1, 2, 4, 8, 20))]


MUTATIONS = {
    "bit": flip_bit,
    "byte": set_byte,
    "word": set_word,
    "nudge": nudge_word,
    "cut": cut_end,
    "add": add_bytes,
    "remove": remove_bytes,
    "repeat": repeat_bytes,
}


def mutate(rng: random.Random, base: Made, flow: Flow) -> Made:
    """The frame with one to three accidents; checksums mostly still right."""
    data = bytearray(base.data)
    accidents = rng.choices(list(MUTATIONS), k=rng.choice((1, 1, 2, 3)))
    for accident in accidents:
        MUTATIONS[accident](rng, data)
    seen = dissect(bytes(data), flow.dport, flow)
    repair(data, seen)
    if seen.l4 and rng.random() < 0.05:
        data[seen.l4 + 7] ^= rng.randrange(1, 256)
        accidents.append("checksum")
    return Made("~".join([base.case, *accidents]), seen.outcome, bytes(data))


def fuzz(count: int, seed: int, flow: Flow) -> Iterator[Made]:
    """Well-formed frames, and as many that were until they were mutated."""
    rng = random.Random(seed)
    ways = list(faultless(flow))
    payloads = [case for case in PAYLOADS if case.outcome in CLASSES]
    named = list(make(CATALOGUE.values(), flow))
    for _ in range(count):
        if rng.random() < 0.1:
            yield mutate(rng, rng.choice(named), flow)
            continue
        way, case = rng.choice(ways), rng.choice(payloads)
        if rng.random() < 0.7:
            case = Case("rtp_random", "rtp", "", random_rtp(rng))
        data = way.carry(case.payload)
        made = Made(f"{way.name}+{case.name}", case.outcome, data)
        yield mutate(rng, made, flow) if rng.random() < 0.5 else made
