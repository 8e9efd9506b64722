"""Who is measured: each a command that brings the same week to the same sink."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from measure import Failed, Missing, Run, postfix, run
from school import AT, WEEK, mailing, write_school

HERE = Path(__file__).parent
WEEKBRIEF = str(Path(sys.executable).with_name("weekbrief"))
#: Parents whose mails the slow ones make; the rest is scaled from these.
SAMPLE = 150

IMPORTS = (
    ("roster", "roster.csv", "--approve"),
    ("staff", "staff.csv"),
    ("consents", "consents.csv"),
    ("posts", "posts"),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """What all contenders share."""

    folder: Path
    parents: int
    connections: int
    importing: Run  #: the whole import, four commands
    message: int  #: octets of an average mail

    @property
    def school(self) -> Path:
        return self.folder / "school"

    @property
    def people(self) -> Path:
        return self.folder / "people.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Contender:
    name: str
    target: float | None = None  #: how many times faster Weekbrief has to be
    send: Callable[[Scene, int], Run]  #: the port to send to


def set_up(folder: Path, parents: int, connections: int, photos: Sequence[bytes] = ()) -> Scene:
    """The school imported once; every round works on a copy of it."""
    school = folder / "school"
    school.mkdir()
    write_school(school, parents, relay="smtp://127.0.0.1:25", connections=connections, photos=photos)
    runs = [run([WEEKBRIEF, "import", *words], folder=school) for words in IMPORTS]
    importing = Run(sum(each.seconds for each in runs), max(each.memory for each in runs), "")
    (folder / "people.json").write_text(json.dumps(mailing(parents)), "utf-8")
    return Scene(
        folder=folder,
        parents=parents,
        connections=connections,
        importing=importing,
        message=_one(folder) if photos else _average(folder, parents),
    )


def _average(folder: Path, parents: int) -> int:
    """Octets of a mail, over a whole run into files; nobody's first run is timed either."""
    mails = folder / "mails"
    _send(folder / "school", parents, f"file://{mails}")
    sizes = [mail.stat().st_size for mail in mails.rglob("*.eml")]
    shutil.rmtree(mails)
    if len(sizes) != parents:
        raise Failed(f"{len(sizes)} mails for {parents} parents")
    return sum(sizes) // len(sizes)


def _one(folder: Path) -> int:
    """Octets of one mail: with photos all are about as large, and too large to write hundreds."""
    run([WEEKBRIEF, "preview", "g1", "--week", WEEK, "--out", str(folder / "mail")], folder=folder / "school")
    [mail] = (folder / "mail").glob("*.eml")
    return mail.stat().st_size


def weekbrief(scene: Scene, port: int) -> Run:
    return _send(scene.school, scene.parents, f"smtp://127.0.0.1:{port}")


def _send(school: Path, parents: int, relay: str) -> Run:
    with tempfile.TemporaryDirectory(dir=school.parent) as name:
        copy = Path(name) / "school"
        shutil.copytree(school, copy)
        done = run([WEEKBRIEF, "run", "--at", AT], folder=copy, environ={"WEEKBRIEF_RELAY": relay})
    if f"{parents} sent" not in done.output:
        raise Failed(f"not all was sent:\n{done.output}")
    return done


def naive(scene: Scene, port: int) -> Run:
    sample = min(SAMPLE, scene.parents)
    told = [str(scene.people), str(port), str(scene.connections), str(sample)]
    return _scaled(
        run([sys.executable, str(HERE / "naive.py"), *told], folder=scene.folder), scene.parents / sample
    )


def smtp_source(scene: Scene, port: int) -> Run:
    size = ["-l", str(scene.message), "-m", str(scene.parents), "-s", str(scene.connections), "-d"]
    return run([postfix("smtp-source"), *size, f"127.0.0.1:{port}"], folder=scene.folder)


def node(mode: str) -> Callable[[Scene, int], Run]:
    """nodemailer, ``shared`` (compiled and inlined once) or ``each`` (for every parent, a sample)."""

    def send(scene: Scene, port: int) -> Run:
        sample = scene.parents if mode == "shared" else min(SAMPLE, scene.parents)
        told = [
            str(scene.people),
            str(port),
            str(scene.connections),
            str(sample),
            mode,
            str(HERE / "newsletter.mjml"),
        ]
        done = run(["node", str(node_folder() / "send.mjs"), *told], folder=scene.folder)
        return _scaled(done, scene.parents / sample)

    return send


def _scaled(done: Run, factor: float) -> Run:
    """Starting up counts once, the loop as often as the sample goes into the school."""
    loop = float(done.output.split()[-1])
    return Run(done.seconds - loop + loop * factor, done.memory, done.output)


def node_folder() -> Path:
    """Where nodemailer, mjml and juice are installed, outside the repository; once. Raises `Missing`."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise Missing("Node.js with npm is not installed: nodemailer is left out")
    folder = Path(tempfile.gettempdir()) / "weekbrief-benchmark-node"
    folder.mkdir(exist_ok=True)
    for file in (HERE / "node").iterdir():
        shutil.copy(file, folder)
    if not (folder / "node_modules" / ".package-lock.json").exists():
        npm = subprocess.run(
            ["npm", "ci", "--no-audit", "--no-fund"], cwd=folder, capture_output=True, text=True
        )
        if npm.returncode:
            raise Missing(f"npm could not install nodemailer, mjml and juice: {npm.stderr.strip()[-300:]}")
    return folder


US = Contender(name="Weekbrief", send=weekbrief)
OTHERS = (
    Contender(name="(a) the same libraries, per parent", target=6, send=naive),
    Contender(name="(b) nodemailer, mjml and juice once", target=1.5, send=node("shared")),
    Contender(name="    nodemailer, mjml and juice per parent", send=node("each")),
    Contender(name="(c) smtp-source", target=0.15, send=smtp_source),
)
