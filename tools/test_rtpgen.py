#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""Tests of rtpgen.py: what it makes is taken apart by Scapy, not by itself."""

from __future__ import annotations

import collections
import contextlib
import errno
import functools
import io
import itertools
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

TOOLS = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(TOOLS))
sys.dont_write_bytecode = True

import rtpgen  # noqa: E402
from courselib import anywhere  # noqa: E402
from rtpgenlib import Refusal, scapy  # noqa: E402
from rtpgenlib.carrier import faultless  # noqa: E402
from rtpgenlib.catalogue import CATALOGUE, CSRC15, FRAMES, PAYLOADS  # noqa: E402
from rtpgenlib.dissect import dissect  # noqa: E402
from rtpgenlib.files import Timed, read_pcap  # noqa: E402
from rtpgenlib.frames import Flow  # noqa: E402
from rtpgenlib.interface import transmit  # noqa: E402
from rtpgenlib.judge import judge, rtp_fields  # noqa: E402
from rtpgenlib.made import Made, expectations, make  # noqa: E402
from rtpgenlib.outcomes import CLASSES, DROPS, OPEN, PASS  # noqa: E402
from rtpgenlib.payloads import BODY  # noqa: E402

PORT = 5004
OUTCOMES = {*CLASSES, *DROPS, PASS, OPEN}
WRONG_ON_PURPOSE = {  # a class, although a checksum or length is not right
    "ipv4_checksum_wrong",
    "udp_checksum_wrong",
    "udp_checksum_wrong_ipv6",
    "udp_length_less",
}
GOLDEN = {  # typed by hand from the RFCs
    "rtp_no_payload": "0200000007fe 020000000701 0800"
    "4500 0028 0001 0000 40 11 57c6 0a000701 0a0007fe"
    "9c40 138c 0014 ----"
    "80 6f 03e8 0000bb80 5ca1ab1e",
    "stun_bare": "0200000007fe 020000000701 0800"
    "4500 0030 0001 0000 40 11 57be 0a000701 0a0007fe"
    "9c40 138c 001c ----"
    "0001 0000 2112a442 7472616e73616374696f6e21",
    "ipv6_fragment_atomic": "0200000007fe 020000000701 86dd"
    "60000000 0030 2c 40"
    "fd000007000000000000000000000001 fd000007000000000000000000000254"
    "11 00 0000 00000000"
    "9c40 138c 0028 ----"
    "806f03e8 0000bb80 5ca1ab1e 000102030405060708090a0b0c0d0e0f10111213",
}


@functools.cache
def made(version: int = 4) -> dict[str, Made]:
    """The whole catalogue, by name."""
    flow = Flow(version=version)
    frames = make(CATALOGUE.values(), flow)
    return {frame.case: frame for frame in frames}


def run(*argv: str) -> tuple[int, str, str]:
    """The tool, in this process: (exit status, stdout, stderr)."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = rtpgen.main(list(argv))
        except SystemExit as exit_:
            status = int(exit_.code or 0)
    return status, out.getvalue(), err.getvalue()


def udp_of(data: bytes):
    """The UDP layer as Scapy finds it, or None."""
    s = scapy()
    return s.Ether(data).getlayer(s.UDP)


def rechecksummed(data: bytes) -> bytes:
    """The frame with every checksum and length made anew by Scapy."""
    s = scapy()
    packet = s.Ether(data)
    for layer, fields in ((s.IP, "len chksum"), (s.IPv6, "plen"), (s.UDP, "len")):
        for name in fields.split():
            if packet.haslayer(layer):
                delattr(packet[layer], name)
    if packet[s.UDP].chksum:
        del packet[s.UDP].chksum
    return bytes(packet)


class Scratch(unittest.TestCase):
    """Gives a test a directory of its own."""

    def setUp(self) -> None:
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.directory = pathlib.Path(directory.name)

    def path(self, name: str) -> str:
        return str(self.directory / name)

    def written(self, *argv: str) -> tuple[list[bytes], list[dict]]:
        """Frames and expectations of a command that writes both."""
        pcap, expect = self.path("out.pcap"), self.path("out.json")
        status, _, err = run(*argv, "-o", pcap, "--expect", expect)
        self.assertEqual(status, 0, err)
        frames = [data for _, data in read_pcap(pcap)]
        return frames, json.loads(pathlib.Path(expect).read_text())["frames"]


class Catalogue(unittest.TestCase):
    def test_names_are_unique_and_regular(self) -> None:
        cases = PAYLOADS + FRAMES
        self.assertEqual(len(cases), len(CATALOGUE))
        for case in cases:
            self.assertRegex(case.name, r"^[a-z0-9]+(_[a-z0-9]+)+$")
            self.assertTrue(case.why)

    def test_every_outcome_has_a_case(self) -> None:
        outcomes = {case.outcome for case in CATALOGUE.values()}
        self.assertEqual(outcomes, OUTCOMES)

    def test_every_first_byte_has_a_class(self) -> None:
        """RFC 7983, written down a second time, as its figure has it."""
        figure = "s" * 4 + "?" * 12 + "z" * 4 + "d" * 44 + "t" * 16
        figure += "?" * 48 + "r" * 64 + "?" * 64
        names = {"s": "stun", "z": "zrtp", "d": "dtls", "t": "turn", "r": "rtp"}
        for first, letter in enumerate(figure):
            outcome = judge(bytes([first, 0]) + bytes(98)) or "dtls"
            want = names.get(letter, "unknown_class")
            self.assertTrue(outcome.startswith(want), (first, outcome))

    def test_golden_frames(self) -> None:
        frames = made()
        for name, text in GOLDEN.items():
            pattern = text.replace(" ", "").replace("----", "[0-9a-f]{4}")
            self.assertRegex(frames[name].data.hex(), f"^{pattern}$", name)

    def test_own_parser_agrees_in_both_ip_versions(self) -> None:
        for version in (4, 6):
            for frame in made(version).values():
                seen = dissect(frame.data, PORT)
                self.assertEqual(seen.outcome, frame.outcome, frame.case)

    def test_no_outcome_depends_on_the_port_number(self) -> None:
        flow = Flow(dport=7000)
        for frame in make(CATALOGUE.values(), flow):
            self.assertEqual(dissect(frame.data, 7000).outcome, frame.outcome)
            self.assertEqual(dissect(frame.data, 9).outcome, PASS)


    def test_other_hosts_are_not_judged(self) -> None:
        ours = Flow()
        other = Flow(destination={4: "10.0.7.9", 6: "fd00:7::9"})
        for version in (4, 6):
            for frame in made(version).values():
                seen = dissect(frame.data, PORT, ours)
                if frame.case != "ipv4_ihl_4":  # its ports are in the address
                    self.assertEqual(seen.outcome, frame.outcome, frame.case)
                seen = dissect(frame.data, PORT, other)
                self.assertEqual(seen.outcome, PASS, frame.case)

    def test_outcomes_are_those_of_the_lab(self) -> None:
        text = (TOOLS.parent / "lab01-xdp-parse" / "verdict.h").read_text()
        names = re.findall(r"X\((CLASS|DROP)_\w+, \"(\w+)\"\)", text)
        self.assertLessEqual({("DROP", name) for name in DROPS}, {*names})
        self.assertLessEqual({("CLASS", name) for name in CLASSES}, {*names})


class Dissected(unittest.TestCase):
    """The frames as Scapy sees them."""

    def test_classes_reach_the_media_port(self) -> None:
        for frame in made().values():
            if frame.outcome in CLASSES:
                self.assertEqual(udp_of(frame.data).dport, PORT, frame.case)

    def test_lengths_and_checksums(self) -> None:
        for frame in itertools.chain(made(4).values(), made(6).values()):
            good = frame.outcome in CLASSES
            if good and frame.case not in WRONG_ON_PURPOSE:
                self.assertEqual(rechecksummed(frame.data), frame.data, frame.case)

    def test_wrong_on_purpose(self) -> None:
        frames = made()
        for name in WRONG_ON_PURPOSE:
            self.assertNotEqual(rechecksummed(frames[name].data), frames[name].data)
        for name in ("udp_checksum_zero", "udp_checksum_zero_ipv6"):
            self.assertEqual(udp_of(frames[name].data).chksum, 0)

    def test_rtp_fields(self) -> None:
        from scapy.layers.rtp import RTP

        frames = made()
        for entry in expectations(list(frames.values()), PORT):
            if entry["outcome"] == "rtp":
                packet = RTP(bytes(udp_of(frames[entry["case"]].data).payload))
                got = (packet.sourcesync, packet.payload_type, packet.sequence)
                want = tuple(entry[key] for key in ("ssrc", "pt", "seq"))
                self.assertEqual((packet.version, *got), (2, *want), entry["case"])

    def test_rtp_parts(self) -> None:
        from scapy.layers.rtp import RTP

        data = udp_of(made()["rtp_everything"].data)
        packet = RTP(bytes(data.payload))
        self.assertEqual(packet.sync, list(CSRC15))
        self.assertEqual((packet.padding, packet.extension), (1, 1))
        extension = packet.payload
        self.assertEqual(
            (extension.header_id, extension.header), (0xBEDE, [0x10FF0000])
        )
        self.assertEqual(bytes(extension.payload), BODY + b"\0\0\0\4")

    def test_vlan_tags(self) -> None:
        s = scapy()
        for name, types in {
            "vlan_1q": [0x8100],
            "vlan_1ad": [0x88A8],
            "vlan_1ad_1q": [0x88A8, 0x8100],
            "vlan_1q_1q": [0x8100, 0x8100],
            "vlan_three": [0x88A8, 0x8100, 0x8100],
        }.items():
            layers = [s.Ether(made()[name].data)]
            while not isinstance(layers[-1].payload, s.IP):
                layers.append(layers[-1].payload)
            self.assertEqual([layer.type for layer in layers], [*types, 0x0800], name)

    def test_extension_headers(self) -> None:
        s = scapy()
        for name, headers in {"ipv6_six_headers": 6, "ipv6_seven_headers": 7}.items():
            layers = s.Ether(made()[name].data).layers()
            found = [x for x in layers if issubclass(x, s._IPv6ExtHdr)]
            self.assertEqual(len(found), headers)

    def test_fragments_are_a_whole(self) -> None:
        s = scapy()
        for version, whole in ((4, s.defragment), (6, s.defragment6)):
            names = [f"ipv{version}_fragment_{part}" for part in FRAGMENTS]
            packets = [s.Ether(made()[name].data) for name in names]
            ip = s.IP if version == 4 else s.IPv6
            joined = whole([packet[ip] for packet in packets])
            joined = ip(bytes(joined[0] if version == 4 else joined))
            plain = udp_of(made()[f"ipv{version}_plain"].data)
            self.assertEqual(bytes(joined[s.UDP]), bytes(plain))

    def test_zrtp_checksum(self) -> None:
        from scapy.layers.sctp import crc32c

        zrtp = bytes(udp_of(made()["zrtp_hello_ack"].data).payload)
        self.assertEqual(crc32c(zrtp[:-4]), int.from_bytes(zrtp[-4:], "big"))


FRAGMENTS = ("first", "next", "last")


class EveryLength(Scratch):
    def test_where_the_rule_is_simple(self) -> None:
        """Headers cut: pass. Payload cut: the IP length is wrong. Else as whole."""
        simple = {"rtp_everything": 42, "vlan_1ad_1q_ipv6": 70, "stun_cookie": 42}
        for name, headers in simple.items():
            frames, expect = self.written("write", "--every-length", name)
            self.assertEqual([len(data) for data in frames], [*range(len(frames))])
            outcomes = [entry["outcome"] for entry in expect]
            whole = CATALOGUE[name].outcome
            cut = len(frames) - headers - 1
            self.assertEqual(
                outcomes, headers * ["pass"] + cut * ["ip_length"] + [whole]
            )

    def test_trailer_can_be_cut(self) -> None:
        _, expect = self.written("write", "--every-length", "eth_trailer")
        self.assertEqual([entry["outcome"] for entry in expect[-8:]][0], "ip_length")
        self.assertEqual({entry["outcome"] for entry in expect[-7:]}, {"rtp"})

    def test_all_at_every_length(self) -> None:
        frames, expect = self.written("write", "--all", "--every-length")
        self.assertEqual(len(frames), len(expect))
        self.assertLessEqual({entry["outcome"] for entry in expect}, OUTCOMES)
        self.assertEqual(expect[-1]["case"], list(CATALOGUE)[-1])


class Fuzz(Scratch):
    def test_same_seed_same_frames_in_another_process(self) -> None:
        def digest(seed: str, hash_seed: str) -> bytes:
            argv = [str(TOOLS / "rtpgen.py"), "fuzz", "--seed", seed, "-o", "-"]
            env = os.environ | {"PYTHONHASHSEED": hash_seed}
            return subprocess.run(
                [sys.executable, "-B", *argv], env=env, capture_output=True, check=True
            ).stdout

        first = digest("5", "1")
        self.assertGreater(len(first), 1000 * 60)
        self.assertEqual(first, digest("5", "2"))
        self.assertNotEqual(first, digest("6", "1"))

    def test_mix(self) -> None:
        frames, expect = self.written("fuzz", "--count", "4000")
        self.assertEqual((len(frames), len(expect)), (4000, 4000))
        outcomes = collections.Counter(entry["outcome"] for entry in expect)
        self.assertLessEqual(set(outcomes), OUTCOMES)
        self.assertGreater(len(outcomes), 12)
        mutated = sum("~" in entry["case"] for entry in expect)
        self.assertTrue(1600 < mutated < 2600, mutated)
        self.assertLessEqual(max(map(len, frames)), 1514 + 3 * 64)

    def test_well_formed_ones_are(self) -> None:
        frames, expect = self.written("fuzz", "--count", "400", "--seed", "3")
        for data, entry in zip(frames, expect):
            if "~" not in entry["case"]:
                self.assertIn(entry["outcome"], CLASSES)
                seen = dissect(data, PORT)
                self.assertEqual(seen.outcome, entry["outcome"], entry["case"])
                self.assertEqual(rechecksummed(data), data, entry["case"])

    def test_carriers_are_the_faultless_ones(self) -> None:
        names = {way.name for way in faultless(Flow())}
        rtp = {case.name for case in FRAMES if case.outcome == "rtp"}
        self.assertEqual(rtp - names, WRONG_ON_PURPOSE)


class Streams(Scratch):
    def stream(self, *argv: str) -> tuple[list[tuple[float, int, int]], dict]:
        """(time, sequence number, RTP timestamp) of each packet; the report."""
        from scapy.layers.rtp import RTP

        pcap = self.path("stream.pcap")
        status, out, err = run("stream", *argv, "-o", pcap, "--json")
        self.assertEqual(status, 0, err)
        packets = []
        for when, data in read_pcap(pcap):
            packet = RTP(bytes(udp_of(data).payload))
            packets.append((when, packet.sequence, packet.timestamp))
        return packets, json.loads(out)

    def test_untroubled(self) -> None:
        packets, report = self.stream("--count", "100", "--seq", "65500")
        self.assertEqual(
            [seq for _, seq, _ in packets], [*range(65500, 65536), *range(64)]
        )
        self.assertEqual([stamp for *_, stamp in packets], [*range(0, 96000, 960)])
        for index, (when, *_) in enumerate(packets):
            self.assertAlmostEqual(when, index / 50, places=5)
        self.assertEqual(
            (report["lost"], report["late"], report["duplicates"]), (0, 0, 0)
        )

    def test_trouble_is_reported_truly(self) -> None:
        trouble = "--loss 10 --reorder 5 --duplicate 5 --jitter 15 --seed 9".split()
        packets, report = self.stream("--count", "600", *trouble)
        order = [seq for _, seq, _ in packets]
        self.assertEqual(report["sent"], len(order))
        self.assertEqual(report["lost"], 600 - len(set(order)))
        self.assertEqual(report["duplicates"], len(order) - len(set(order)))
        self.assertEqual(max(order) - min(order) + 1, report["expected"])
        for count in ("lost", "late", "duplicates"):
            self.assertGreater(report[count], 0, count)
        self.assertEqual(self.stream("--count", "600", *trouble), (packets, report))

    def test_reorder_is_one_place(self) -> None:
        packets, report = self.stream("--count", "400", "--reorder", "5")
        order = [seq for _, seq, _ in packets]
        self.assertEqual(sorted(order), [*range(400)])
        places = [abs(place - seq) for place, seq in enumerate(order)]
        self.assertEqual(set(places), {0, 1})
        self.assertEqual(places.count(1), 2 * report["late"])

    def test_both_ends_survive(self) -> None:
        packets, report = self.stream("--count", "9", "--loss", "100")
        self.assertEqual([seq for _, seq, _ in packets], [0, 8])
        self.assertEqual((report["expected"], report["lost"]), (9, 7))

    def test_addresses(self) -> None:
        s = scapy()
        pcap = self.path("addresses.pcap")
        argv = "--dst fd00::2 --sport 9 --smac 02:00:00:00:00:AA --count 1".split()
        self.assertEqual(run("stream", *argv, "-o", pcap)[0], 0)
        ((_, data),) = read_pcap(pcap)
        packet = s.Ether(data)
        self.assertEqual(packet.src, "02:00:00:00:00:aa")
        self.assertEqual(
            (packet[s.IPv6].src, packet[s.IPv6].dst), ("fd00:7::1", "fd00::2")
        )
        self.assertEqual((packet[s.UDP].sport, packet[s.UDP].dport), (9, PORT))


class Captures(Scratch):
    def test_round_trip(self) -> None:
        frames, expect = self.written("write", "--all")
        self.assertEqual(frames, [frame.data for frame in made().values()])
        self.assertEqual([entry["case"] for entry in expect], list(CATALOGUE))
        packets = scapy().rdpcap(self.path("out.pcap"))
        self.assertEqual([bytes(packet) for packet in packets], frames)

    def test_read_says_what_write_promised(self) -> None:
        _, expect = self.written("write", "--all")
        status, out, _ = run("read", self.path("out.pcap"), "--json")
        rows = json.loads(out)["frames"]
        self.assertEqual(status, 0)
        for row, entry in zip(rows, expect, strict=True):
            self.assertEqual(
                {key: row[key] for key in entry if key != "case"},
                {key: entry[key] for key in entry if key != "case"},
            )

    def test_read_table(self) -> None:
        run("write", "vlan_1ad_1q_ipv6", "eth_arp", "-o", self.path("two.pcap"))
        status, out, _ = run("read", self.path("two.pcap"))
        arp, rtp, total = map(str.split, out.splitlines())
        self.assertEqual(status, 0)
        self.assertEqual(arp[-3:], ["pass", "EtherType", "0x0806"])
        self.assertIn("[fd00:7::1]:40000", rtp)
        self.assertIn("0x5ca1ab1e,", rtp)
        self.assertEqual(total[:2], ["2", "frames:"])

    def test_nanoseconds_and_pcapng(self) -> None:
        s = scapy()
        frames = [made()["ipv4_plain"].data] * 2
        with s.RawPcapWriter(self.path("ns.pcap"), linktype=1, nano=True) as writer:
            writer.write_header(None)
            for fraction, data in enumerate(frames, start=1):
                writer.write_packet(data, 1, fraction * 250_000_000)
        s.wrpcapng(self.path("two.pcapng"), [s.Ether(data) for data in frames])
        read = list(read_pcap(self.path("ns.pcap")))
        self.assertEqual(read, [(0.0, frames[0]), (0.25, frames[1])])
        read = list(read_pcap(self.path("two.pcapng")))
        self.assertEqual([data for _, data in read], frames)

    def test_what_is_no_capture(self) -> None:
        s = scapy()
        with s.RawPcapWriter(self.path("raw.pcap"), linktype=101) as writer:
            writer.write_header(None)
            writer.write_packet(b"\x45")
        for name, content in (("empty", b""), ("text", b"nothing of the kind")):
            pathlib.Path(self.path(name)).write_bytes(content)
        for name in ("empty", "text", "raw.pcap", "missing"):
            status, _, err = run("read", self.path(name))
            self.assertEqual(status, 1, name)
            self.assertRegex(err, rf"(?m)^rtpgen: .*{name}: .+\n\Z")


class CommandLine(Scratch):
    def test_help_needs_no_scapy_and_is_quiet(self) -> None:
        program = (
            "import sys, rtpgen\n"
            "try: rtpgen.main(sys.argv[1:])\n"
            "finally: sys.exit('scapy' in sys.modules)"
        )
        commands = ("", "list", "write", "send", "stream", "fuzz", "read")
        for argv in (["list"], *(f"{name} --help".split() for name in commands)):
            done = subprocess.run(
                [sys.executable, "-B", "-c", program, *argv],
                cwd=TOOLS,
                capture_output=True,
                text=True,
                check=False,
            )
            self.assertEqual((done.returncode, done.stderr), (0, ""), argv)
            self.assertGreater(len(done.stdout), 300, argv)

    def test_list(self) -> None:
        rows = json.loads(run("list", "--json")[1])
        self.assertEqual([row["case"] for row in rows], list(CATALOGUE))
        lines = run("list")[1].splitlines()
        self.assertEqual([line.split()[0] for line in lines], [r["case"] for r in rows])
        self.assertNotIn("\033", "".join(lines))

    def test_patterns(self) -> None:
        _, expect = self.written("write", "vlan_*", "rtp_plain", "vlan_1q")
        names = [entry["case"] for entry in expect]
        self.assertEqual(names[0], "rtp_plain")
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual({name.split("_")[0] for name in names}, {"rtp", "vlan"})

    def test_wrong_usage(self) -> None:
        out = ["-o", self.path("x.pcap")]
        for argv, word in (
            ([], "COMMAND"),
            (["write", "rtp_plane", *out], "rtp_plain"),
            (["write", *out], "--all"),
            (["write", "--all"], "-o"),
            (["write", "--all", *out, "--dport", "0"], "1..65535"),
            (["write", "--all", *out, "--src", "10.0.0.1", "--dst", "::1"], "version"),
            (["write", "--all", *out, "--smac", "2:0:0:0:0:1"], "02:00:00"),
            (["stream", "--loss", "101", *out], "0..100"),
            (["fuzz", "--count", "many", *out], "many"),
            (["read", "x.pcap", "--replay"], "--iface"),
            (["send", "rtp_plain", "--iface", "no-such-interface"], "no-such"),
        ):
            status, _, err = run(*argv)
            self.assertEqual(status, 2, argv)
            self.assertIn(word, err)

    def test_no_scapy(self) -> None:
        package = self.directory / "scapy"
        package.mkdir()
        (package / "__init__.py").write_text("raise ImportError('not here')\n")
        done = subprocess.run(
            [
                sys.executable,
                "-B",
                str(TOOLS / "rtpgen.py"),
                "fuzz",
                "-o",
                self.path("x"),
            ],
            env=os.environ | {"PYTHONPATH": str(self.directory)},
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 77)
        self.assertIn("apt install python3-scapy", done.stderr)


class FakeWire:
    """A clock that only sleeping moves, and a socket that notes the time."""

    def __init__(self) -> None:
        self.now = 100.0
        self.sent: list[tuple[float, bytes]] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def clock(self) -> contextlib.AbstractContextManager:
        """Makes it everybody's."""
        return mock.patch.multiple("time", monotonic=self.monotonic, sleep=self.sleep)

    def send(self, data: bytes) -> None:
        if not data:
            raise OSError(errno.EINVAL, "Invalid argument")
        self.sent.append((self.now - 100, data))

    def getsockname(self) -> tuple[str]:
        return ("wire",)


class Transmit(unittest.TestCase):
    def transmit(self, frames: list[Timed]) -> tuple[FakeWire, str]:
        wire, err = FakeWire(), io.StringIO()
        with wire.clock(), contextlib.redirect_stderr(err):
            transmit(wire, frames)
        return wire, err.getvalue()

    def test_each_frame_at_its_time(self) -> None:
        frames = [(0.0, b"a"), (0.5, b"b"), (0.5, b"c"), (2.5, b"d"), (4.0, b"e")]
        wire, err = self.transmit(frames)
        self.assertEqual(wire.sent, frames)
        self.assertIn("rtpgen: 4 of 5 frames sent\n", err)
        self.assertIn("sent 5 frames on wire in 4.0 s\n", err)

    def test_what_cannot_be_sent(self) -> None:
        wire, err = self.transmit([(0.0, b""), (1.0, b"a")])
        self.assertEqual(wire.sent, [(1.0, b"a")])
        self.assertIn("not sent: 1,", err)
        with self.assertRaises(Refusal):
            self.transmit([(0.0, b"")])


LIVE = r"""
import json, pathlib, socket, subprocess, sys
import rtpgen
from courselib import patience

def ip(text):
    subprocess.run(["ip", *text.split()], check=True)

ip("link add veth0 address 02:00:00:00:00:01 type veth peer name veth1")
for name in ("veth0", "veth1"):
    pathlib.Path(f"/proc/sys/net/ipv6/conf/{name}/disable_ipv6").write_text("1")
    ip(f"link set {name} up")
catch = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
catch.bind(("veth1", 0))
catch.settimeout(patience.seconds(20))
status = rtpgen.main(sys.argv[2:] + ["--iface", "veth0"])
caught = [catch.recv(65535).hex() for _ in range(int(sys.argv[1]))]
print(json.dumps([status, caught]))
"""


def can_unshare() -> bool:
    """Whether this process may make network namespaces."""
    with contextlib.suppress(OSError):
        return not subprocess.run(
            ["unshare", "-n", "-m", "true"], check=False
        ).returncode
    return False


@unittest.skipUnless(can_unshare(), "making a network namespace needs root")
class Live(Scratch):
    """Sends over a veth pair in a network namespace of its own."""

    def caught(self, count: int, *argv: str) -> list[bytes]:
        done = subprocess.run(
            [
                "unshare",
                "-n",
                "-m",
                sys.executable,
                "-B",
                "-c",
                LIVE,
                str(count),
                *argv,
            ],
            cwd=TOOLS,
            capture_output=True,
            text=True,
            check=True,
        )
        status, frames = json.loads(done.stdout)
        self.assertEqual(status, 0, done.stderr)
        self.assertIn(f"sent {count} frames on veth0", done.stderr)
        return list(map(bytes.fromhex, frames))

    def test_send(self) -> None:
        want = [frame.data for frame in made().values() if frame.case[:3] == "rtp"]
        frames = self.caught(
            2 * len(want), "send", "rtp_*", "--count", "2", *self.macs()
        )
        self.assertEqual(frames, 2 * want)

    def test_stream_from_the_own_address(self) -> None:
        argv = ["stream", "--count", "20", "--pps", "1000", *self.macs()[2:]]
        frames = self.caught(20, *argv)
        self.assertEqual({data[6:12].hex() for data in frames}, {"020000000001"})
        order = [rtp_fields(data[42:])["seq"] for data in frames]
        self.assertEqual(order, list(range(20)))

    def test_replay(self) -> None:
        run("write", "rtp_*", "-o", self.path("in.pcap"))
        want = [data for _, data in read_pcap(self.path("in.pcap"))]
        argv = ["read", self.path("in.pcap"), "--replay"]
        self.assertEqual(self.caught(len(want), *argv), want)

    @staticmethod
    def macs() -> list[str]:
        flow = Flow()
        return ["--smac", flow.smac, "--dmac", flow.dmac]


if __name__ == "__main__":
    anywhere.prepare()
    unittest.main()
