"""`make bench`: a week's newsletter to 3,000 parents, whole processes, against others on the same sink.

Contenders take turns, so that a machine that is busy for a while is busy for all of them; what is
claimed are ratios of medians, never seconds. ``--write`` puts the tables into docs/speed.md.
"""

from __future__ import annotations

import argparse
import platform
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

import photos
from contenders import OTHERS, US, Contender, Scene, node_folder, set_up
from measure import Failed, Missing, Run, postfix, sink
from scale import Growth, growth

DOCS = Path(__file__).resolve().parents[1] / "docs" / "speed.md"
START, END = "<!-- made by make bench -->\n", "<!-- end of what make bench made -->\n"
#: MB that a run may take.
MEMORY = 200

Results = dict[str, list[Run]]


def main() -> int:
    told = _arguments()
    try:
        postfix("smtp-sink"), postfix("smtp-source")
        others = list(_present(OTHERS))
        tables = [_about(told), *_measure(told, others)]
    except (Missing, Failed) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    text = "\n".join(tables)
    print(text)
    if told.write:
        _write(text)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--parents", type=int, default=3_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, nargs="+", default=[4, 16])
    parser.add_argument(
        "--no-growth", action="store_true", help="leave out the table of 400 to 40,000 parents"
    )
    parser.add_argument("--no-photos", action="store_true", help="leave out the newsletter with 40 photos")
    parser.add_argument("--write", action="store_true", help=f"put the tables into {DOCS.name} too")
    return parser.parse_args()


def _present(others: Iterable[Contender]) -> Iterable[Contender]:
    """Without Node.js the rest is still measured."""
    try:
        node_folder()
    except Missing as missing:
        _tell(str(missing))
        others = [other for other in others if "nodemailer" not in other.name]
    yield from others


def _measure(told: argparse.Namespace, others: Sequence[Contender]) -> Iterable[str]:
    for connections in told.connections:
        with tempfile.TemporaryDirectory(prefix="weekbrief-bench-") as name:
            _tell(f"importing the school, for {connections} connections")
            scene = set_up(Path(name), told.parents, connections)
            results = _rounds(scene, [US, *others], told.rounds)
        yield _comparison(scene, others, results)
    if not told.no_photos:
        _tell("a newsletter with photos, one without, and ready bytes")
        yield photos.table(photos.measure(400, 40, told.rounds, 4))
    if not told.no_growth:
        _tell("collecting and rendering from 400 to 40,000 parents")
        yield _growth_table(list(growth()))


def _rounds(scene: Scene, contenders: Sequence[Contender], rounds: int) -> Results:
    results: Results = {contender.name: [] for contender in contenders}
    for number in range(1, rounds + 1):
        for contender in contenders:
            with sink() as port:
                done = contender.send(scene, port)
            results[contender.name].append(done)
            _tell(f"round {number} of {rounds}: {contender.name.strip()}: {done.seconds:.2f} s")
    return results


def _seconds(results: Results, contender: Contender) -> float:
    return median(done.seconds for done in results[contender.name])


def _comparison(scene: Scene, others: Sequence[Contender], results: Results) -> str:
    ours = _seconds(results, US)
    memory = max(done.memory for done in results[US.name])
    rows = [["", "seconds", "Weekbrief is", "at least"], [US.name, f"{ours:.2f}", "", ""]]
    for other in others:
        seconds = _seconds(results, other)
        target = f"{other.target:g} times" if other.target else ""
        rows.append([other.name, f"{seconds:.2f}", f"{seconds / ours:.2f} times as fast", target])
    importing = scene.importing.seconds
    return (
        f"{scene.parents:,} parents, {scene.message / 1000:.0f} kB a mail, {scene.connections} connections, "
        f"medians of {len(results[US.name])} rounds:\n\n{_table(rows)}\n"
        f"Weekbrief's memory: {memory:.0f} MB (at most {MEMORY}). Importing this school, four commands: "
        f"{importing:.2f} s, {importing / ours:.2f} of sending to it.\n"
    )


def _growth_table(sizes: Sequence[Growth]) -> str:
    rows = [["parents", "editions", "read", "collect", "render", "together", "against the first"]]
    first = sizes[0].total / sizes[0].parents
    for size in sizes:
        times = (size.read, size.collected, size.rendered, size.total)
        each = [f"{seconds / size.parents * 1e6:.0f}" for seconds in times]
        against = f"{size.total / size.parents / first:.2f}"
        rows.append([f"{size.parents:,}", f"{size.editions:,}", *each, against])
    return f"Microseconds per parent:\n\n{_table(rows)}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """In Markdown, aligned for the terminal too."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]]) + "\n"


def _about(told: argparse.Namespace) -> str:
    connections = " ".join(map(str, told.connections))
    words = f"--parents {told.parents} --rounds {told.rounds} --connections {connections}"
    return (
        f"`python benchmarks/run.py {words}`, {time.strftime('%Y-%m-%d')}: {_machine()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}.\n"
    )


def _machine() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} cores of {names[0]}, {platform.system()}" if names else platform.platform()


def _write(text: str) -> None:
    before, _, rest = DOCS.read_text("utf-8").partition(START)
    _, _, after = rest.partition(END)
    DOCS.write_text(f"{before}{START}{text}{END}{after}", "utf-8")


def _tell(words: str) -> None:
    print(words, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
