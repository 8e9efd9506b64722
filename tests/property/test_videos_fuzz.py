"""Whatever is wrong with a video, it is shown or refused with a reason, and nothing is left half done."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from pipeline.intake.photos import Prepared, Refused
from pipeline.intake.records import VideoRecord
from pipeline.intake.videos import VideoMill
from pipeline.settings import VideoLimits
from tests.films import film, turned

#: WEEKBRIEF_CHAOS=long breaks many more; a video that survives it takes a third of a second.
SEEDS = range(400) if os.environ.get("WEEKBRIEF_CHAOS") == "long" else range(4)
WEBM = ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus")
LIMITS = VideoLimits(seconds=60, octets=1_000_000)


def broken(rng: Random) -> bytes:
    """A film with octets changed, lost or doubled, anywhere or where its head is."""
    content = bytearray(rng.choice((film(), turned(film()), film("lied.webm", more=WEBM))))
    head = max(content.find(b"moov"), 0)
    for _ in range(rng.choice((1, 5, 40))):
        at = rng.choice((rng.randrange(len(content)), min(head + rng.randrange(16, 1200), len(content) - 1)))
        length = rng.randrange(1, 64)
        match rng.randrange(3):
            case 0:
                content[at] = rng.choice((0, 127, 255, rng.randrange(256)))
            case 1:
                del content[at : at + length]
            case _:
                content[at:at] = content[at : at + length]
    return bytes(content)


@pytest.mark.chaos
def test_a_broken_video_is_shown_or_refused(tmp_path: Path) -> None:
    path, media = tmp_path / "lied.mp4", tmp_path / "media"
    with VideoMill(media, LIMITS) as mill:
        for seed in SEEDS:
            path.write_bytes(broken(Random(seed)))
            video = VideoRecord(path=path, file=path.name, alt="", caption="", shows=(), poster=None, line=1)
            name = f"broken{seed:05d}"
            made = mill.prepare(video, name)
            left = len(list(media.glob(f"??/{name}*")))
            if isinstance(made, Prepared):
                assert made.video is not None
                assert (made.video.seconds <= 60, left) == (True, 3), seed
            else:
                assert isinstance(made, Refused)
                assert (made.message.startswith("lied.mp4 "), left) == (True, 0), seed
