"""The runs of ffmpeg that make a video's clean copy and its still picture: what each is told to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO

from pipeline.intake.video_probe import OUT, STREAMS, Probe, source_of
from pipeline.intake.video_process import Allowance, Ran, run_ffmpeg

#: Longest side in pixels of a converted video, pictures a second, and octets a second at most.
SIDE, RATE, OCTETS_A_SECOND = 1280, 30, 500_000
#: Longest side in pixels of a still picture: not more than is shown, not so little that no play mark fits.
_STILL_MOST, _STILL_LEAST = 2000, 640
#: Codecs that browsers play, with the container for them.
_PLAYED = {"h264": "mp4", "av1": "mp4", "vp8": "webm", "vp9": "webm"}
_HEARD = {"mp4": ("aac", "mp3"), "webm": ("opus", "vorbis")}
_PLAIN_PIXELS = ("yuv420p", "yuvj420p")  # 8 bits, colour at half the size: what every decoder can do
#: Units of a stream that say something beside the picture, such as where a drone was: ITU-T H.264 (2021)
#: 7.4.1, type 6 (SEI); AV1 specification 5.8 (metadata OBU).
_BESIDE = {
    "h264": ("-bsf:v", "filter_units=remove_types=6"),
    "av1": ("-bsf:v", "filter_units=remove_types=5"),
}
#: No names of programs, no random ids, no dates.
_ANONYMOUS = ("-fflags", "+bitexact", "-flags:v", "+bitexact", "-flags:a", "+bitexact", "-write_tmcd", "0")

#: HDR to what ordinary screens show (ITU-R BT.2408 gives 100 cd/m2 as the white of such a screen).
_ORDINARY = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,"
    "tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv"
)
_FITTING = (
    f"scale=w='trunc(iw*sar*min(1,{SIDE}/max(iw*sar,ih))/2)*2':h='trunc(ih*min(1,{SIDE}/max(iw*sar,ih))/2)*2',"
    "setsar=1"
)
_BETWEEN = f"clip(1,{_STILL_LEAST}/max(iw*sar,ih),{_STILL_MOST}/max(iw*sar,ih))"
_STILL = f"scale=w='max(2,trunc(iw*sar*{_BETWEEN}))':h='max(2,trunc(ih*{_BETWEEN}))',setsar=1"
#: Leaves out pictures of which 9 parts in 10 are nearly black (luma under 40 of 255).
_NOT_BLACK = (
    "blackframe=amount=0:threshold=40,metadata=select:key=lavfi.blackframe.pblack:value=90:function=less"
)
#: Of up to eight pictures, two a second, the one most like all of them.
_TYPICAL = "thumbnail=8"
_STILL_SECONDS = 30  #: as far as it is looked for a picture that is not black


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """How a clean copy is made."""

    container: str  #: mp4 or webm; also how the file's name ends
    picture: bool  #: it is converted; otherwise copied as it is
    sound: bool  #: the same of its sound


def plan(found: Probe) -> Plan:
    """Copy what browsers play, convert what they don't: an iPhone's HEVC is what a school has most."""
    container = _PLAYED.get(found.codec) if found.pixels in _PLAIN_PIXELS else None
    kept = container or "mp4"
    heard = not found.sound or found.sound in _HEARD[kept]
    return Plan(container=kept, picture=container is None, sound=not heard)


def still(found: Probe, source: int, out: IO[bytes]) -> Ran:
    """A PNG of a moment near the beginning that is not black, upright; of the first there is when all are."""
    begin = min(1.0, found.seconds / 10)
    chosen = f"fps=2,{_NOT_BLACK},{_TYPICAL}"
    ran = _still(found, source, out, chosen, at=begin)
    if ran.done and out.seek(0, 2):
        return ran
    out.seek(0)
    out.truncate()
    return _still(found, source, out, "null", at=0)


def _still(found: Probe, source: int, out: IO[bytes], chosen: str, *, at: float) -> Ran:
    wide = (_ORDINARY,) if found.wide_range else ()
    filters = ",".join((chosen, _STILL, *wide))
    told = ["-map", "0:V:0", "-t", str(_STILL_SECONDS), "-vf", filters, "-frames:v", "1"]
    picture = ["-c:v", "png", "-pix_fmt", "rgb24", "-f", "image2pipe"]
    allowed = Allowance(seconds=60, size=40 << 20)
    return run_ffmpeg([*source_of(found.kind, at=at), *told, *picture, *OUT], source, out, allowed)


def clean(found: Probe, how: Plan, source: int, out: IO[bytes], *, most: int) -> Ran:
    """A copy without anything but picture and sound, of at most ``most`` octets."""
    codecs = [*_picture(found, how), *_sound(how)]
    told = [*STREAMS, *codecs, *_ANONYMOUS, *_shape(found, how)]
    seconds = 300 + 10 * found.seconds if how.picture else 300
    return run_ffmpeg(
        [*source_of(found.kind), *told, *OUT], source, out, Allowance(seconds=seconds, size=most)
    )


def _picture(found: Probe, how: Plan) -> Sequence[str]:
    if not how.picture:
        return ("-c:v", "copy", *_BESIDE.get(found.codec, ()))
    filters = ",".join((_FITTING, *((_ORDINARY,) if found.wide_range else ()), "format=yuv420p"))
    rate = ("-maxrate", str(OCTETS_A_SECOND * 8), "-bufsize", str(OCTETS_A_SECOND * 16), "-fpsmax", str(RATE))
    quality = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "23", "-threads", "2")
    return ("-vf", filters, *quality, *rate, *_BESIDE["h264"])


def _sound(how: Plan) -> Sequence[str]:
    if not how.sound:
        return ("-c:a", "copy")
    codec = "aac" if how.container == "mp4" else "libopus"
    return ("-c:a", codec, "-b:a", "128k", "-ac", "2")


def _shape(found: Probe, how: Plan) -> Sequence[str]:
    """The index stands before the pictures, so that a video plays while it comes in. Room for it is kept
    beforehand: ffmpeg's usual way opens the file a second time, by a name that it doesn't have here."""
    packets = found.packets + int(100 * found.seconds) + 1000
    if how.container == "mp4":
        return ("-moov_size", str(16_384 + 40 * packets), "-f", "mp4")
    return ("-reserve_index_space", str(4096 + 40 * packets // 10), "-f", "webm")
