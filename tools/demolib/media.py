# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
"""The media programs of a participant: ffmpeg command lines, and what they do.

Both command lines were chosen for ffmpeg 5.1, the one of Debian 12.
"""

import argparse
import functools
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import sdp

# On a small machine media may be late rather than the server, or whoever counts its
# packets. All programs of ffmpeg's share alike: senders must not starve players.
NICE = ["nice", "-n", "10"]
FFMPEG = ["ffmpeg", "-hide_banner", "-nostdin", "-nostats", "-loglevel", "error", "-y"]

# A picture of frame 50 shows that decoding goes well for long, and not only
# for the first key frame.
PICTURE_FRAME = 50


@dataclass(frozen=True)
class Quality:
    """What a participant sends; a big call must fit into a small machine."""

    size: str
    fps: int
    video_bits: str

    @property
    def opus_ms(self) -> int:
        """Sound in one packet: one for each picture, for even pacing."""
        return 1000 // self.fps


def quality(participants: int) -> Quality:
    """What two cores can send and decode between so many."""
    if participants <= 6:
        return Quality("320x240", 25, "250k")
    return Quality("160x120", 10, "60k")


@functools.cache
def can_write() -> bool:
    """Whether ffmpeg can draw text: it may be built without, or find no font."""
    probe = ["-f", "lavfi", "-i", "color", "-vf", "drawtext=text=x", "-frames:v", "1"]
    return not subprocess.run(
        [*FFMPEG, *probe, "-f", "null", "-"], capture_output=True, check=False
    ).returncode


def caption(text: str, place: str) -> str:
    """A filter, to be appended to others, that writes text into the picture."""
    if not can_write():
        return ""
    style = "fontsize=h/7:fontcolor=white:box=1:boxcolor=black@0.6:boxborderw=4"
    return f",drawtext=text='{text}':{style}:x=(w-tw)/2:y={place}"


def add_media(parser: argparse.ArgumentParser, who: str) -> None:
    """The option --media."""
    parser.add_argument(
        "--media",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help=f"{who} sends this file in a loop (anything that ffmpeg reads), or the "
        "picture of this camera (/dev/video0), instead of the test picture; give the "
        "option again for the next participant",
    )


def check_media(parser: argparse.ArgumentParser, options: argparse.Namespace) -> None:
    """End with a sentence if there is nothing to be sent."""
    for path in options.media:
        if not path.exists():
            parser.error(f"--media {path}: there is no such file")
        if not streams_of(path):
            parser.error(f"--media {path}: ffmpeg finds neither pictures nor sound in it")


@dataclass(frozen=True)
class Source:
    """Where pictures and sound come from, as ffmpeg is told."""

    read: list[str]  # the input
    pictures: list[str]  # which of it
    sound: list[str]


def synthetic(number: int, of: int, quality: Quality, name: str) -> Source:
    """A test picture and a tone.

    number: which of the participants it is; picture colour and pitch tell them
    apart.
    """
    picture = f"testsrc2=size={quality.size}:rate={quality.fps}"
    tone = f"sine=frequency={220 + 40 * number}:sample_rate=48000"
    tone += f":samples_per_frame={48 * quality.opus_ms}"
    look = f"hue=h={360 * number // of}" + caption(name, "(h-th)/2")
    # realtime: at the pace of a camera, not as fast as the machine can. The option
    # -re would do that too, but waits in steps of 10 ms: a lot of jitter.
    graph = f"{picture},realtime[out0];{tone},arealtime[out1]"
    return Source(
        ["-f", "lavfi", "-i", graph], ["-map", "0:v", "-vf", look], ["-map", "0:a"]
    )


def recorded(path: Path, number: int, of: int, quality: Quality, name: str) -> Source:
    """A file, again and again, or a camera; what it lacks is synthetic."""
    width, height = quality.size.split("x")
    fit = f"fps={quality.fps},scale={width}:{height}:force_original_aspect_ratio=decrease"
    fit += f",pad={width}:{height}:(ow-iw)/2:(oh-ih)/2,setsar=1,format=yuv420p"
    even = "aresample=48000,aformat=sample_fmts=s16:channel_layouts=mono"
    even += f",asetnsamples={48 * quality.opus_ms}"
    kinds, other = streams_of(path), synthetic(number, of, quality, name)
    graph = []
    if "video" in kinds:
        graph += [f"[1:v:0]{fit},realtime{caption(name, 'th/2')}[v]"]
    if "audio" in kinds:
        graph += [f"[1:a:0]{even},arealtime[a]"]
    read = [*other.read, *input_of(path), "-filter_complex", ";".join(graph)]
    return Source(
        read,
        ["-map", "[v]"] if "video" in kinds else other.pictures,
        ["-map", "[a]"] if "audio" in kinds else other.sound,
    )


def input_of(path: Path) -> list[str]:
    """How ffmpeg opens a file, or a camera."""
    is_camera = path.is_char_device()
    how = ["-f", "v4l2"] if is_camera else ["-stream_loop", "-1"]
    return [*how, "-i", f"{path}"]


def streams_of(path: Path) -> set[str]:
    """What a file or a camera has: "video", "audio", both or nothing."""
    how = ["-f", "v4l2"] if path.is_char_device() else []
    ask = ["ffprobe", "-loglevel", "error", *how, "-show_entries", "stream=codec_type"]
    said = subprocess.run(
        [*ask, "-of", "csv=p=0", f"{path}"], capture_output=True, text=True, check=False
    )
    return {"video", "audio"} & set(said.stdout.replace(",", "\n").split())


def sender(
    source: Source,
    quality: Quality,
    own: list[sdp.Media],
    to: list[sdp.Media],
    ip: str,
) -> list[str]:
    """The command line that sends pictures and sound as RTP.

    own: video and audio as offered. to, ip: as the server answered.
    """
    video, audio = own
    # realtime, cpu-used 8, lag 0: no frame waits in the encoder.
    # -g: a key frame twice a second, so that who joins late sees a picture soon.
    vp8 = ["-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8"]
    vp8 += ["-lag-in-frames", "0", "-threads", "1", "-g", f"{quality.fps // 2}"]
    vp8 += ["-b:v", quality.video_bits]
    opus = ["-c:a", "libopus", "-b:a", "16k", "-application", "voip"]
    opus += ["-frame_duration", f"{quality.opus_ms}"]
    pictures = [*source.pictures, *vp8, *rtp(video, to[0], ip)]
    sound = [*source.sound, *opus, *rtp(audio, to[1], ip)]
    return [*NICE, *FFMPEG, *source.read, *pictures, *sound]


def rtp(media: sdp.Media, to: sdp.Media, ip: str) -> list[str]:
    """The output options for one RTP stream.

    It leaves from the port that was offered (symmetric RTP, RFC 4961). ffmpeg
    opens the port above for RTCP; skip_rtcp keeps it from sending reports from
    there, which no SDP announced. The sequence numbers start so that they wrap
    during the call.
    """
    url = f"rtp://{ip}:{to.port}?localrtpport={media.port}&pkt_size=1200"
    numbers = ["-payload_type", f"{media.pt}", "-ssrc", f"{media.ssrc}"]
    numbers += ["-seq", "65500", "-rtpflags", "skip_rtcp"]
    return [*numbers, "-f", "rtp", url]


@dataclass(frozen=True)
class Playback:
    """One received stream: what the player is told, and where it reports."""

    media: sdp.Media  # with the port where this participant wants it
    frames: Path  # one line for each decoded frame, with its checksum
    picture: Path  # one decoded picture; not written for audio
    caption: str

    @property
    def sender(self) -> str:
        """The name of who sends it."""
        return self.media.msid.split()[0]

    def where(self, host: str) -> tuple[str, int, int]:
        """Where its packets arrive on a host: as hosts.PacketCounter counts them."""
        return host, self.media.port, self.media.ssrc

    def decoded(self) -> int:
        """Frames decoded until now."""
        try:
            return self.frames.read_bytes().count(b"\n0,")  # the rest is heading
        except FileNotFoundError:
            return 0


def player(description: Path, playbacks: list[Playback]) -> list[str]:
    """The command line that decodes the streams of a session description."""
    # nofind_stream_info: open the ports at once; the SDP says all there is to know.
    # listen_timeout 0: silence is no reason to give up.
    reading = ["-protocol_whitelist", "file,udp,rtp", "-nofind_stream_info"]
    reading += ["-listen_timeout", "0", "-threads", "1", "-f", "sdp"]
    reading += ["-i", f"{description}", "-filter_threads", "1"]
    outputs = []
    for index, playback in enumerate(playbacks):
        outputs += decoding(index, playback)
    return [*NICE, *FFMPEG, *reading, *outputs]


def decoding(index: int, playback: Playback) -> list[str]:
    """The output options for stream number index.

    Each has outputs of its own: one output of several streams would not begin
    before all of them did. passthrough: a line for each decoded frame, none doubled
    or dropped to suit a frame rate. One thread: the "encoders" of raw frames have
    nothing to do, and with more threads the picture would come at the very end.
    """
    log = ["-threads", "1", "-flush_packets", "1", "-f", "framecrc"]
    log += [f"{playback.frames}"]
    if playback.media.kind == "audio":
        return ["-map", f"0:{index}", *log]
    look = rf"select=gte(n\,{PICTURE_FRAME - 1})"
    look += caption(playback.caption, "h-1.5*th")
    png = ["-threads", "1", "-frames:v", "1", "-f", "image2", "-update", "1"]
    png += [f"{playback.picture}"]
    video = ["-map", f"0:{index}", "-fps_mode", "passthrough"]
    return [*video, *log, *video, "-vf", look, *png]
