"""A newsletter with forty photos beside the same week without them, in processor time per parent.

Three processes take turns at the same sink: `weekbrief run` with the photos, the same without, and a bare
sender of ready bytes of that size (`ready.py`). What the photos cost beyond their bytes may be at most
twice the whole of a week without them. `python benchmarks/photos.py --parents 400 --photos 40`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random
from statistics import median

from contenders import Scene, set_up, weekbrief
from measure import Failed, Missing, Run, run, sink
from PIL import Image

READY = Path(__file__).with_name("ready.py")
#: What photos may cost beyond handing over ready bytes, in weeks without photos; and MB of memory.
MOST, MEMORY = 2.0, 300
_SIDES = (1200, 900)


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """Medians, in milliseconds of processor time per parent."""

    parents: int
    photos: int
    octets: int  #: of a mail with photos
    with_photos: float
    without: float
    ready: float
    memory: float  #: MB, the largest of all rounds

    @property
    def ratio(self) -> float:
        """What photos cost beyond their bytes, against the week without them."""
        return (self.with_photos - self.ready) / self.without


def pictures(count: int) -> list[bytes]:
    """JPEG files of some 140 kB once they stand in a mail: soft hills with the grain of a telephone."""
    return [_picture(Random(number)) for number in range(count)]


def _picture(dice: Random) -> bytes:
    coarse = Image.frombytes("RGB", (24, 18), dice.randbytes(24 * 18 * 3)).resize(
        _SIDES, Image.Resampling.BICUBIC
    )
    grain = Image.frombytes("RGB", (600, 450), dice.randbytes(600 * 450 * 3)).resize(_SIDES)
    out = BytesIO()
    Image.blend(coarse, grain, 0.06).save(out, "JPEG", quality=90)
    return out.getvalue()


def measure(parents: int, photos: int, rounds: int, connections: int) -> Measured:
    """Raises `Missing` without Postfix's sink and `Failed` where a process ends badly."""
    with tempfile.TemporaryDirectory(prefix="weekbrief-bench-") as name:
        bare, full = (Path(name) / kind for kind in ("bare", "full"))
        bare.mkdir()
        full.mkdir()
        scenes = [
            set_up(bare, parents, connections),
            set_up(full, parents, connections, pictures(photos)),
        ]
        taken: list[tuple[Run, Run, Run]] = [_round(*scenes) for _ in range(rounds)]
    cpu = [median(each[place].cpu for each in taken) / parents * 1000 for place in range(3)]
    return Measured(
        parents=parents,
        photos=photos,
        octets=scenes[1].message,
        without=cpu[0],
        with_photos=cpu[1],
        ready=cpu[2],
        memory=max(full.memory for _, full, _ in taken),
    )


def _round(bare: Scene, full: Scene) -> tuple[Run, Run, Run]:
    done: list[Run] = []
    for scene in (bare, full):
        with sink() as port:
            done.append(weekbrief(scene, port))
    told = [str(number) for number in (full.message, full.parents, full.connections)]
    with sink() as port:
        ready = run([sys.executable, str(READY), str(port), *told], folder=full.folder)
    return done[0], done[1], ready


def table(found: Measured) -> str:
    """In Markdown."""
    rows = (
        ("the week without photos", found.without),
        (f"with {found.photos} photos, {found.octets / 1e6:.1f} MB a mail", found.with_photos),
        ("ready bytes of that size, by a bare sender", found.ready),
    )
    lines = "".join(f"| {what:<42} | {cost:>5.2f} |\n" for what, cost in rows)
    return (
        f"{found.parents} parents, milliseconds of processor time per parent:\n\n"
        f"| {'':<42} | {'ms':>5} |\n|{'-' * 44}|{'-' * 7}|\n{lines}\n"
        f"Beyond their bytes that is {found.ratio:.2f} weeks without photos (at most {MOST:g}); "
        f"memory {found.memory:.0f} MB (at most {MEMORY}).\n"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parents", type=int, default=400)
    parser.add_argument("--photos", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, default=4)
    told = parser.parse_args(arguments)
    try:
        found = measure(told.parents, told.photos, told.rounds, told.connections)
    except (Missing, Failed) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    print(table(found))
    return 0


if __name__ == "__main__":
    sys.exit(main())
