"""Videos as given to videos as shown: real files, a real caged ffmpeg, nothing private left."""

from __future__ import annotations

import io
import os
import re
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageStat

from pipeline.intake.photo_files import remove, stored_names
from pipeline.intake.photos import PhotoProblem, Prepared, Refused, Size, read_rendition
from pipeline.intake.records import PhotoRecord, VideoRecord
from pipeline.intake.video_process import Allowance, run_ffmpeg
from pipeline.intake.videos import VideoMill, video_source_digest
from pipeline.settings import VideoLimits
from tests.films import PRIVATE, film, told_by_ffmpeg, turned
from tests.installation import picture

pytestmark = pytest.mark.xdist_group("videos")  # each film is made once for all of them

SHARED = Path(
    os.environ.get("WEEKBRIEF_SHARED_DATA", Path(__file__).resolve().parents[2] / "../shared/data")
).resolve()
VIDEOS = SHARED / "video"
needs_shared = pytest.mark.skipif(not VIDEOS.is_dir(), reason="the shared video samples are not here")


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("films") / "media"


@pytest.fixture(scope="module")
def mill(media: Path) -> Iterator[VideoMill]:
    with VideoMill(media, VideoLimits(seconds=3, octets=1_000_000)) as made:
        yield made


def record(path: Path, poster: Path | None = None) -> VideoRecord:
    still = (
        PhotoRecord(path=poster, file=poster.name, alt="", caption="", shows=(), line=1) if poster else None
    )
    return VideoRecord(path=path, file=path.name, alt="", caption="", shows=(), poster=still, line=1)


def given(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


_NUMBERS = iter(range(10_000))


def prepared(mill: VideoMill, path: Path, poster: Path | None = None) -> Prepared:
    outcome = mill.prepare(record(path, poster), f"video{next(_NUMBERS):05d}")
    assert isinstance(outcome, Prepared), outcome
    return outcome


def refused(mill: VideoMill, path: Path, poster: Path | None = None) -> Refused:
    before = stored_names(mill._media)
    outcome = mill.prepare(record(path, poster), f"video{next(_NUMBERS):05d}")
    assert isinstance(outcome, Refused), outcome
    assert stored_names(mill._media) == before, "nothing of it is left"
    return outcome


def stored(media: Path, made: Prepared) -> Path:
    assert made.video is not None
    return media / made.name[:2] / made.video.file


def seen(media: Path, made: Prepared, size: Size = Size.MAIL) -> Image.Image:
    return Image.open(io.BytesIO(read_rendition(media, made.name, size))).convert("RGB")


# What comes out.


def test_picture_and_sound_are_left_and_nothing_else(mill: VideoMill, media: Path, tmp_path: Path) -> None:
    content = film()
    assert all(word.encode() in content for word in PRIVATE[:2]), "the test would prove nothing"
    made = prepared(mill, given(tmp_path, "lied.mp4", content))
    clean = stored(media, made)
    octets = clean.read_bytes()
    assert not [word for word in (*PRIVATE, "x264", "Lavf") if word.encode() in octets]
    told = told_by_ffmpeg(clean)
    assert "2020" not in told
    assert set(re.findall(r"^ +(\w+) +:", told, re.MULTILINE)) <= {
        *("major_brand", "minor_version", "compatible_brands", "handler_name"),
    }
    assert re.findall(r"(Video|Audio): (\w+)", told) == [("Video", "h264"), ("Audio", "aac")]
    assert octets.index(b"moov") < octets.index(b"mdat"), "it plays while it comes in"
    assert clean.stat().st_mode & 0o777 == 0o600
    assert made.video is not None
    assert (made.video.seconds, made.video.width, made.video.height) == (1, 160, 120)
    assert made.video.octets == len(octets)


def test_a_play_mark_stands_in_the_mails_picture_alone(mill: VideoMill, media: Path, tmp_path: Path) -> None:
    path = given(tmp_path, "rood.mp4", film("rood.mp4", source="color=red:s=160x120:r=10:d=1", sound=False))
    made = prepared(mill, path)
    marked, plain = seen(media, made), seen(media, made, Size.LARGE)
    middle = (made.width // 2 - 2, made.height // 2)
    assert min(marked.getpixel(middle)) > 240, "a white triangle"  # type: ignore[arg-type,type-var]
    assert max(ImageStat.Stat(plain).stddev) < 3, "nothing but red"


def test_a_telephone_held_upright_gives_an_upright_video(
    mill: VideoMill, media: Path, tmp_path: Path
) -> None:
    made = prepared(mill, given(tmp_path, "staand.mov", turned(film())))
    assert made.video is not None
    assert (made.video.width, made.video.height) == (120, 160)
    assert made.width < made.height
    assert "rotation of" in told_by_ffmpeg(stored(media, made)), "the copy still says how to turn it"


def test_the_still_picture_is_not_black(mill: VideoMill, media: Path, tmp_path: Path) -> None:
    """Most films begin in the dark."""
    source = "color=black:s=160x120:r=10:d=0.9[a];testsrc=s=160x120:r=10:d=0.9[b];[a][b]concat"
    made = prepared(mill, given(tmp_path, "donker.mp4", film("donker.mp4", source=source, sound=False)))
    assert ImageStat.Stat(seen(media, made, Size.LARGE).convert("L")).mean[0] > 60
    black = "color=black:s=160x120:r=10:d=1"
    nothing = prepared(mill, given(tmp_path, "zwart.mp4", film("zwart.mp4", source=black, sound=False)))
    assert ImageStat.Stat(seen(media, nothing, Size.LARGE).convert("L")).mean[0] < 20


def test_what_browsers_cannot_play_is_converted(mill: VideoMill, media: Path, tmp_path: Path) -> None:
    """An iPhone's HEVC, with the colours of HDR that would look grey."""
    hdr = "colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc:log-level=none"
    codec = ("-c:v", "libx265", "-preset", "ultrafast", "-pix_fmt", "yuv420p10le", "-x265-params", hdr)
    content = film("iphone.mov", more=(*codec, "-c:a", "pcm_s16le"))
    made = prepared(mill, given(tmp_path, "iphone.mov", content))
    told = told_by_ffmpeg(stored(media, made))
    assert re.search(r"Video: h264 \(High\).*yuv420p\(tv, bt709", told)
    assert "Audio: aac" in told
    assert not [
        word for word in (*PRIVATE, "x264 - core") if word.encode() in stored(media, made).read_bytes()
    ]


def test_webm_stays_webm(mill: VideoMill, media: Path, tmp_path: Path) -> None:
    more = ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus")
    made = prepared(mill, given(tmp_path, "lied.mp4", film("lied.webm", more=more)))
    assert stored(media, made).suffix == ".webm"
    assert not [word for word in PRIVATE if word.encode() in stored(media, made).read_bytes()]
    assert "Video: vp8" in told_by_ffmpeg(stored(media, made))


def test_a_given_poster_is_taken_and_makes_it_another_video(
    mill: VideoMill, media: Path, tmp_path: Path
) -> None:
    path = given(tmp_path, "lied.mp4", film())
    poster = given(tmp_path, "lied.jpg", picture((20, 40, 200), (640, 480)))
    made = prepared(mill, path, poster)
    assert ImageStat.Stat(seen(media, made, Size.LARGE)).mean == pytest.approx([20, 40, 200], abs=4)
    assert made.source_digest == video_source_digest(record(path, poster))
    assert made.source_digest != video_source_digest(record(path))
    bad = given(tmp_path, "kapot.jpg", b"nonsense")
    assert "kapot.jpg" in refused(mill, path, bad).message


def test_everything_of_a_video_is_removed(mill: VideoMill, media: Path, tmp_path: Path) -> None:
    made = prepared(mill, given(tmp_path, "lied.mp4", film()))
    assert len(list(media.glob(f"??/{made.name}*"))) == 3
    remove(media, made.name)
    assert not list(media.glob(f"??/{made.name}*"))


# What is refused.


def _claiming_hours(content: bytes) -> bytes:
    """A WebM whose head says that it lasts for 300 years (RFC 9559, 5.1.2.10)."""
    assert content.count(b"\x44\x89\x88") == 1
    at = content.index(b"\x44\x89\x88") + 3
    return content[:at] + struct.pack(">d", 1e13) + content[at + 8 :]


def _huge(content: bytes) -> bytes:
    """A VP8 video whose pictures say that they have 10,000 by 10,000 pixels (RFC 6386, 9.1)."""
    size = b"\x9d\x01\x2a\xa0\x00\x78\x00"
    assert size in content
    return content.replace(size, b"\x9d\x01\x2a\x10\x27\x10\x27")


_PLAYLIST = b"#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:1,\nfile:///etc/hostname\n#EXT-X-ENDLIST\n"
_SCRIPT = b"ffconcat version 1.0\nfile '/etc/hostname'\n"
_MATROSKA = b"\x1aE\xdf\xa3\x8b\x42\x82\x88matroska"


@pytest.mark.parametrize(
    "content, reason, words",
    [
        (b"", PhotoProblem.EMPTY, "is empty"),
        (b"RIFF\x24\x00\x00\x00AVI LIST", PhotoProblem.NOT_SUPPORTED, "an AVI video; only MP4, MOV and WebM"),
        (b"FLV\x01\x05\x00\x00\x00\x09", PhotoProblem.NOT_SUPPORTED, "a Flash video"),
        (b"0&\xb2u\x8ef\xcf\x11\xa6\xd9", PhotoProblem.NOT_SUPPORTED, "a Windows Media video"),
        (_MATROSKA, PhotoProblem.NOT_SUPPORTED, "a Matroska video"),
        (_PLAYLIST, PhotoProblem.NOT_SUPPORTED, "a playlist"),
        (_SCRIPT, PhotoProblem.NOT_SUPPORTED, "a list of videos"),
        (picture(), PhotoProblem.NOT_SUPPORTED, "a JPEG picture, which belongs under [[photo]]"),
        (b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A mp42", PhotoProblem.NOT_SUPPORTED, "a sound"),
        (b"\x00\x00\x00\x1cftypavif\x00\x00\x00\x00avifmif1", PhotoProblem.NOT_SUPPORTED, "an AVIF picture"),
        (b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + b"x" * 500, PhotoProblem.BROKEN, "damaged"),
    ],
    ids=["empty", "avi", "flv", "wmv", "mkv", "m3u8", "concat", "jpeg", "m4a", "avif", "fake"],
)
def test_no_video_is_refused_by_its_content(
    mill: VideoMill, tmp_path: Path, content: bytes, reason: PhotoProblem, words: str
) -> None:
    found = refused(mill, given(tmp_path, "lied.mp4", content))
    assert (found.reason, words in found.message) == (reason, True), found.message
    assert found.message.startswith("lied.mp4 ")


def test_too_long_too_large_and_cut_off_are_refused(mill: VideoMill, tmp_path: Path) -> None:
    long = film("lang.mp4", source="color=red:s=160x120:r=5:d=9", sound=False)
    found = refused(mill, given(tmp_path, "lang.mp4", long))
    assert (found.reason, "lasts 0:09, longer than the 0:03" in found.message) == (
        PhotoProblem.TOO_LONG,
        True,
    )
    fat = refused(mill, given(tmp_path, "dik.mp4", film() + b"\0" * 1_000_000))
    assert (fat.reason, "is 2 MB, and a video may have 1 MB" in fat.message) == (PhotoProblem.TOO_BIG, True)
    cut = refused(mill, given(tmp_path, "half.mp4", film()[:8000]))
    assert cut.reason is PhotoProblem.BROKEN
    webm = film("lied.webm", more=("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus"))
    many = refused(mill, given(tmp_path, "groot.webm", _huge(webm)))
    assert many.reason in (PhotoProblem.TOO_LARGE, PhotoProblem.BROKEN)
    endless = refused(mill, given(tmp_path, "eindeloos.webm", _claiming_hours(webm)))
    assert endless.reason is PhotoProblem.BROKEN
    link = tmp_path / "link.mp4"
    link.symlink_to(given(tmp_path, "lied.mp4", film()))
    assert refused(mill, link).reason is PhotoProblem.UNREADABLE


def test_sound_alone_is_no_video(mill: VideoMill, tmp_path: Path) -> None:
    more = ("-vn", "-c:a", "aac", "-brand", "isom")
    found = refused(mill, given(tmp_path, "lied.mp4", film("lied.mp4", more=more)))
    assert "no moving pictures" in found.message


@pytest.mark.parametrize("reader, protocols", [("concat", "fd"), ("hls", "fd"), ("concat", "file,fd")])
def test_a_tricked_reader_opens_no_other_file(tmp_path: Path, reader: str, protocols: str) -> None:
    """Were another reader than ours chosen, what we forbid it would stop it; or else the operating system."""
    other = given(tmp_path, "other.mp4", film())
    script = f"ffconcat version 1.0\nfile '{other}'\n" if reader == "concat" else _PLAYLIST.decode()
    path = given(tmp_path, "script.mp4", script.replace("/etc/hostname", str(other)).encode())
    told = ["-f", reader, *(["-safe", "0"] if reader == "concat" else []), "-protocol_whitelist", protocols]
    words = [*told, "-i", "fd:", "-c", "copy", "-f", "framecrc", "fd:"]
    with path.open("rb") as source, tempfile.TemporaryFile() as out:
        ran = run_ffmpeg(words, source.fileno(), out, Allowance(seconds=20, size=1 << 20))
        assert not ran.done
        assert out.seek(0, os.SEEK_END) == 0


@needs_shared
def test_every_shared_video_is_shown_or_refused_with_a_reason(tmp_path: Path) -> None:
    with VideoMill(tmp_path, VideoLimits()) as mill:
        found = {
            path.name: mill.prepare(record(path), f"shared{number:05d}")
            for number, path in enumerate(sorted(VIDEOS.iterdir()))
        }
    shown = {name for name, outcome in found.items() if isinstance(outcome, Prepared)}
    assert shown == {"realshort.mp4", "small_webm.webm"}
    for name in shown:
        outcome = found[name]
        assert isinstance(outcome, Prepared)
        told = told_by_ffmpeg(stored(tmp_path, outcome))
        assert not re.search("creation_time|whammy|2014", told), told
    assert all(outcome.message for outcome in found.values() if isinstance(outcome, Refused))
