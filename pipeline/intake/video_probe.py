"""What stands in a video file, read from ffmpeg's own list of its packets, not from what its head claims."""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass, field
from fractions import Fraction
from typing import IO

from pipeline.intake.video_kinds import VideoKind
from pipeline.intake.video_process import Allowance, Ran, run_ffmpeg

#: A 4K picture as telephones and cameras make it, rounded up.
MOST_PIXELS = 4096 * 2304
#: A list of packets is about 70 octets for each: three minutes have 20,000 packets.
_LISTED = Allowance(seconds=60, size=24 << 20)

#: The picture and its sound; covers, subtitles, positions and timecodes are left where they are.
STREAMS = ("-map", "0:V:0", "-map", "0:a:0?", "-map_metadata", "-1", "-map_chapters", "-1", "-dn", "-sn")
#: The one place to which output goes.
OUT = ("-protocol_whitelist", "fd", "-y", "fd:")

#: With two spaces before them: no title or comment of the file can stand there.
_CLAIMED = re.compile(r"^  Duration: (\d+):(\d\d):(\d\d\.\d+)", re.MULTILINE)
_PIXELS = re.compile(r"^  Stream #0:0[^\n]*?: Video: \w+(?: \([^)]*\))*, (\w+)(?:\(([^)]*)\))?", re.MULTILINE)
_WIDE_RANGE = ("arib-std-b67", "smpte2084")  # Rec. ITU-R BT.2100: HLG and PQ


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """One video file."""

    kind: VideoKind
    codec: str  #: as ffmpeg calls it, such as h264
    pixels: str  #: format of the pixels, such as yuv420p; "" when unknown
    wide_range: bool  #: HDR, which would look grey as it is
    sound: str  #: codec of the sound; "" without sound
    width: int  #: as coded: a telephone held upright writes a lying picture and how to turn it
    height: int
    seconds: float  #: from the first to the end of the last packet
    claimed: float  #: seconds that the file's head claims; 0 when it claims none
    packets: int

    @property
    def cut_off(self) -> bool:
        """Whether far less came than the head promised; a recording that was stopped may lack a little."""
        return self.seconds < 0.8 * self.claimed - 1


def source_of(kind: VideoKind, *, at: float = 0) -> list[str]:
    """ffmpeg's arguments for the open file, read from second ``at``, by one reader and from nowhere else."""
    begin = ["-ss", f"{at:.3f}"] if at else []
    safe = ["-protocol_whitelist", "fd", "-max_pixels", str(MOST_PIXELS), "-threads", "2"]
    return ["-loglevel", "info", *safe, "-f", kind.value, *begin, "-i", "fd:"]


def probe(kind: VideoKind, source: int) -> Probe | Ran:
    """Read the whole file without decoding it; how ffmpeg ended when it finds no picture in it."""
    with tempfile.TemporaryFile() as out:
        ran = run_ffmpeg(
            [*source_of(kind), *STREAMS, "-c", "copy", "-f", "framecrc", *OUT], source, out, _LISTED
        )
        out.seek(0)
        listed = _Listed.read(out) if ran.done else _Listed()
    if listed.codecs.get("video") is None or not listed.packets:
        return ran
    claim, _, output = ran.said.partition("\nOutput #0")
    pixels = _PIXELS.search(output)
    return Probe(
        kind=kind,
        codec=listed.codecs["video"],
        pixels=pixels[1] if pixels else "",
        wide_range=any(transfer in (pixels[2] or "") for transfer in _WIDE_RANGE) if pixels else False,
        sound=listed.codecs.get("audio", ""),
        width=listed.size[0],
        height=listed.size[1],
        seconds=listed.seconds,
        claimed=_claimed(claim),
        packets=listed.packets,
    )


def _claimed(said: str) -> float:
    found = _CLAIMED.search(said)
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]) if found else 0.0


@dataclass(kw_only=True, slots=True)
class _Listed:
    """ffmpeg's ``framecrc``: a head of ``#key stream: value`` and a line for each packet, which begins with
    stream, decoding time, presentation time and duration in the stream's time base."""

    codecs: dict[str, str] = field(default_factory=dict)  #: by video and audio
    size: tuple[int, int] = (0, 0)
    packets: int = 0
    _bases: dict[str, Fraction] = field(default_factory=dict)  #: by stream, as all below
    _kinds: dict[str, str] = field(default_factory=dict)
    _first: dict[str, int] = field(default_factory=dict)
    _last: dict[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, out: IO[bytes]) -> _Listed:
        listed = cls()
        for line in out:
            told = line.decode("ascii", "replace").strip()
            if told.startswith("#"):
                key, _, value = told[1:].partition(": ")
                listed._head(*key.partition(" ")[::2], value)
            else:
                listed._packet(told.split(",", 4))
        return listed

    @property
    def seconds(self) -> float:
        return max((float(self._length(stream)) for stream in self._first), default=0.0)

    def _length(self, stream: str) -> Fraction:
        return (self._last[stream] - self._first[stream]) * self._bases[stream]

    def _head(self, key: str, stream: str, value: str) -> None:
        if key == "tb":
            self._bases[stream] = Fraction(value)
        elif key == "media_type":
            self._kinds[stream] = value
        elif key == "codec_id":
            self.codecs[self._kinds.get(stream, "")] = value
        elif key == "dimensions":
            width, _, height = value.partition("x")
            self.size = int(width), int(height)

    def _packet(self, fields: list[str]) -> None:
        stream, begin = fields[0], int(fields[2])
        self._first[stream] = min(self._first.get(stream, begin), begin)
        self._last[stream] = max(self._last.get(stream, begin), begin + max(int(fields[3]), 0))
        self.packets += self._kinds.get(stream) == "video"
