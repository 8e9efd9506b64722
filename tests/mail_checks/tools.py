"""The programs that judge our mail, each called once for all mails: Node's, Chromium and SpamAssassin.

`make test` installs the packages of package.json; whatever is missing makes the tests that need it skip.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Any

from tests.mail_checks.samples import Sample, write_page

HERE = Path(__file__).parent
MODULES = HERE / "node_modules"
OLDEST_NODE = 18
SPAM_RULES = Path("/usr/share/spamassassin")

WIDTHS, SCHEMES = (360, 700), ("light", "dark")
CLIENTS = ("gmail.*", "outlook.*", "apple-mail.*", "thunderbird.*")


class Missing(Exception):
    """A program is not here; says which, and what to do."""


def browser() -> str:
    """Chromium's path. Raises `Missing`."""
    found = os.environ.get("WEEKBRIEF_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        raise Missing("no chromium here (WEEKBRIEF_CHROMIUM names one)")
    return found


def validate(folder: Path, samples: Iterable[Sample]) -> dict[str, Any]:
    """What html-validate and caniemail say; see validate.mjs. Raises `Missing`."""
    files = {}
    for sample in samples:
        page = folder / f"{sample.name}.sent.html"
        page.write_text(sample.html, "utf-8")
        files[sample.name] = str(page)
    presets = ["html-validate:standard", "html-validate:a11y"]
    told: dict[str, Any] = _node("validate.mjs", {"files": files, "presets": presets, "clients": CLIENTS})
    return told


def browse(
    folder: Path,
    samples: Iterable[Sample],
    *,
    views: Iterable[tuple[int, str]] = tuple(product(WIDTHS, SCHEMES)),
    off: Mapping[str, str] | None = None,
    skim: Collection[str] = (),
    shots: Path | None = None,
) -> list[dict[str, Any]]:
    """What Chromium and axe-core see of each mail in each view; see browse.mjs. Raises `Missing`."""
    job = {
        "chromium": browser(),
        "pages": [
            {"name": each.name, "file": write_page(folder, each).as_uri(), "skim": each.name in skim}
            for each in samples
        ],
        "views": [{"width": width, "scheme": scheme} for width, scheme in views],
        "off": dict(off or {}),
        "shots": str(shots) if shots else None,
    }
    told: list[dict[str, Any]] = _node("browse.mjs", job)
    return told


def _node(script: str, job: Mapping[str, object]) -> Any:
    if shutil.which("node") is None:
        raise Missing("Node.js is not installed")
    if not MODULES.is_dir():
        raise Missing("the packages of tests/mail_checks/package.json are not installed: make test does it")
    version = subprocess.run(["node", "--version"], capture_output=True, text=True).stdout
    if int(version.lstrip("v").partition(".")[0] or 0) < OLDEST_NODE:
        raise Missing(f"Node.js {version.strip()} is too old: {OLDEST_NODE} or newer")
    done = subprocess.run(
        ["node", str(HERE / script)], input=json.dumps(job), capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def spam(folder: Path, mails: Mapping[str, bytes]) -> dict[str, dict[str, float]]:
    """The score of each rule of SpamAssassin that a mail meets, by local rules alone. Raises `Missing`."""
    if shutil.which("spamassassin") is None or not SPAM_RULES.is_dir():
        raise Missing("SpamAssassin is not installed (on Debian: spamassassin)")
    paths = []
    for name, message in mails.items():
        path = folder / f"{name}.eml"
        path.write_bytes(message)
        paths.append(str(path))
    environ = {**os.environ, "SPAM_RULES": str(SPAM_RULES), "SPAM_STATE": str(folder)}
    done = _perl(paths, environ)
    rows = (row.split("\t") for row in done.splitlines())
    return {Path(path).stem: _scores(rules) for _, rules, path in rows}


def _scores(rules: str) -> dict[str, float]:
    pairs = (each.split("=") for each in rules.split(",") if "=" in each)
    return {rule: float(score) for rule, score in pairs}


def _perl(paths: Sequence[str], environ: Mapping[str, str]) -> str:
    done = subprocess.run(
        ["perl", str(HERE / "spam.pl")],
        input="".join(f"{path}\n" for path in paths),
        env=environ,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
