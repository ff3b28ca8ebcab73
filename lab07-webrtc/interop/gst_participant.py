#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""A participant made of GStreamer's webrtcbin: it sends a picture and a tone.

It joins as the page does: it offers once, and answers what the server offers. It
says who comes, what number is in his picture, and when he can be heard:

    joined
    sees alice 1
    frames alice 10
    hears alice

SIGTERM: it leaves.
"""

import json
import re
import signal
import sys
import threading
import urllib.request

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
gi.require_version("GstApp", "1.0")
from gi.repository import GLib, Gst, GstApp, GstSdp, GstWebRTC  # noqa: E402, F401

BITS = 8  # a number of four bits, and its complement
EACH = 10  # frames are counted so

SENDER = """
webrtcbin name=rtc bundle-policy=max-bundle
{camera} ! vp8enc deadline=1 keyframe-max-dist=1000 ! rtpvp8pay picture-id-mode=15-bit !
    queue !
    application/x-rtp,media=video,encoding-name=VP8,payload=98 ! rtc.
audiotestsrc is-live=true ! opusenc ! rtpopuspay ! queue !
    application/x-rtp,media=audio,encoding-name=OPUS,payload=97 ! rtc.
"""
RECEIVERS = {
    "VP8": "rtpvp8depay ! vp8dec ! videoconvert ! video/x-raw,format=GRAY8",
    "OPUS": "rtpopusdepay ! opusdec ! audioconvert ! audio/x-raw,format=S16LE",
}


def say(*words: object) -> None:
    """A line at once: several threads have something to say."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def ask(method: str, url: str, sdp: str = "") -> tuple[str, str]:
    """The body, and the Location, of the answer."""
    headers = {"Content-Type": "application/sdp"} if sdp else {}
    request = urllib.request.Request(url, sdp.encode(), headers, method=method)
    with urllib.request.urlopen(request) as response:
        return response.read().decode(), response.headers.get("Location", "")


def description(kind: GstWebRTC.WebRTCSDPType, text: str) -> GstWebRTC.WebRTCSessionDescription:
    _, message = GstSdp.SDPMessage.new_from_text(text)
    return GstWebRTC.WebRTCSessionDescription.new(kind, message)


def senders_in(sdp: str) -> dict[str, str]:
    """Of the m-lines in which somebody is sent to us: mid, and the name."""
    found = {}
    for section in re.split(r"^(?=m=)", sdp, flags=re.M)[1:]:
        mid, name = (re.search(rf"^a={a}:(\S+)", section, re.M) for a in ("mid", "msid"))
        if re.search(r"^a=sendonly\r?$", section, re.M) and mid and name:
            found[mid[1]] = name[1]
    return found


def number_in(frame: bytes, width: int, height: int) -> int | None:
    """The number that is painted in the frame's first lines, if there is one."""
    stride = len(frame) // height
    row = frame[height // 30 * stride :]
    bits = [row[(2 * bit + 1) * width // (2 * BITS)] > 127 for bit in range(BITS)]
    code = sum(is_set << bit for bit, is_set in enumerate(bits))
    return code & 15 if code & 15 == ~(code >> 4) & 15 else None


class Participant:
    """One connection, which lives as long as the program."""

    def __init__(self, origin: str, room: str, name: str, camera: str) -> None:
        self.origin = origin
        self.door = f"{origin}/rooms/{room}/participants?name={name}"
        self.resource = ""
        self.senders: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.seen: dict[str, int | None] = {}
        self.pipeline = Gst.parse_launch(SENDER.format(camera=camera))
        self.rtc = self.pipeline.get_by_name("rtc")
        self.rtc.connect("on-negotiation-needed", self.offer)
        self.rtc.connect("pad-added", self.receive)
        for index in range(2):
            transceiver = self.rtc.emit("get-transceiver", index)
            direction = GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY
            transceiver.set_property("direction", direction)
        self.pipeline.set_state(Gst.State.PLAYING)

    # ---- offers and answers --------------------------------------------------

    def offer(self, _: object) -> None:
        if not self.resource:
            self.resource = "on its way"
            promise = Gst.Promise.new_with_change_func(self.join)
            self.rtc.emit("create-offer", None, promise)

    def join(self, promise: Gst.Promise) -> None:
        reply = promise.get_reply()  # the offer dies with it
        offer = reply.get_value("offer")
        text = offer.sdp.as_text()  # set-local-description takes it away
        self.rtc.emit("set-local-description", offer, Gst.Promise.new())
        answer, location = ask("POST", self.door, text)
        self.resource = self.origin + location
        answer = description(GstWebRTC.WebRTCSDPType.ANSWER, answer)
        self.rtc.emit("set-remote-description", answer, Gst.Promise.new())
        say("joined")
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """Take the server's offers, one after the other."""
        event = ""
        with urllib.request.urlopen(f"{self.resource}/events") as lines:
            for line in lines:
                field, _, value = line.decode().rstrip().partition(": ")
                if field == "event":
                    event = value
                elif field == "data" and event == "offer":
                    self.take(json.loads(value)["sdp"])

    def take(self, text: str) -> None:
        self.senders |= senders_in(text)
        offer = description(GstWebRTC.WebRTCSDPType.OFFER, text)
        self.rtc.emit("set-remote-description", offer, Gst.Promise.new())
        promise = Gst.Promise.new()
        self.rtc.emit("create-answer", None, promise)
        promise.wait()
        reply = promise.get_reply()
        answer = reply.get_value("answer")
        text = answer.sdp.as_text()
        self.rtc.emit("set-local-description", answer, Gst.Promise.new())
        ask("PUT", f"{self.resource}/answer", text)

    def leave(self) -> bool:
        ask("DELETE", self.resource)
        self.pipeline.set_state(Gst.State.NULL)
        sys.exit(0)

    # ---- what comes ----------------------------------------------------------

    def receive(self, _: object, pad: Gst.Pad) -> None:
        if pad.direction != Gst.PadDirection.SRC:
            return
        encoding = pad.get_current_caps().get_structure(0).get_string("encoding-name")
        name = self.senders[pad.get_property("transceiver").get_property("mid")]
        sink = "appsink name=sink emit-signals=true sync=false"
        receiver = Gst.parse_bin_from_description(f"{RECEIVERS[encoding]} ! {sink}", True)
        look = self.look if encoding == "VP8" else self.hear
        receiver.get_by_name("sink").connect("new-sample", look, name)
        self.pipeline.add(receiver)
        receiver.sync_state_with_parent()
        pad.link(receiver.get_static_pad("sink"))

    def look(self, sink: GstApp.AppSink, name: str) -> Gst.FlowReturn:
        sample = sink.emit("pull-sample")
        caps, buffer = sample.get_caps().get_structure(0), sample.get_buffer()
        frame = buffer.extract_dup(0, buffer.get_size())
        number = number_in(frame, caps["width"], caps["height"])
        if number is not None and number != self.seen.get(name):
            say("sees", name, number)
            self.seen[name] = number
        self.counts[name] = self.counts.get(name, 0) + 1
        if self.counts[name] % EACH == 0:
            say("frames", name, self.counts[name])
        return Gst.FlowReturn.OK

    def hear(self, sink: GstApp.AppSink, name: str) -> Gst.FlowReturn:
        buffer = sink.emit("pull-sample").get_buffer()
        if any(buffer.extract_dup(0, buffer.get_size())) and f"{name}'s" not in self.counts:
            self.counts[f"{name}'s"] = 1
            say("hears", name)
        return Gst.FlowReturn.OK


def main() -> None:
    Gst.init(None)
    participant = Participant(*sys.argv[1:])
    GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, signal.SIGTERM, participant.leave)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
