"""`weekbrief demo` from the outside: what a newcomer tries first."""

from __future__ import annotations

import re
import subprocess
import sys
from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from tests.installation import call

pytestmark = pytest.mark.xdist_group("demo")  # its one run is for all of them


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """What the demo said and the folder of its mails."""
    folder = tmp_path_factory.mktemp("demo")
    # A real school's variables must not lead the demo to its database or relay.
    real = {"WEEKBRIEF_DATABASE": "sqlite:////nowhere/real.db", "WEEKBRIEF_RELAY": "smtp://127.0.0.1:1"}
    done = subprocess.run(
        [Path(sys.executable).with_name("weekbrief"), "demo"],
        env={"TMPDIR": str(folder), "PATH": "/usr/bin:/bin", **real},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (mails,) = folder.glob("weekbrief-demo-*/mails")
    return done.stdout, mails


def test_it_says_what_was_sent_what_was_withheld_and_why(shown: tuple[str, Path]) -> None:
    said, mails = shown
    counts = re.search(r"W47: (\d+) parents: (\d+) sent, 0 queued, 0 failed, 0 held, (\d+) withheld", said)
    assert counts
    parents, sent, withheld = map(int, counts.groups())
    assert (parents, sent + withheld) == (400, 400)
    assert len(list(mails.glob("*.eml"))) == len(list(mails.glob("*.html"))) == sent
    reasons = "not_approved blocked no_current_child no_address channel_none other_channel"
    assert all(reason in said for reason in reasons.split())


def test_it_explains_one_parent_and_says_where_to_look(shown: tuple[str, Path]) -> None:
    said, mails = shown
    assert "stays: custody" in said
    assert re.search(r'post held: .* post w47-spreekbeurt, why names "\w+" in the text without consent', said)
    assert str(mails) in said


def test_no_other_post_is_held_by_accident(shown: tuple[str, Path]) -> None:
    _, mails = shown
    needs = call("--config", mails.parent / "schedules.toml", "status", "--json").json["needs"]
    held = {need["post"] for need in needs if need["what"] == "post_held"}
    assert held == {"w47-spreekbeurt", "w47-plattegrond"}


def test_every_mail_is_for_one_parent_and_every_page_shows_its_pictures(shown: tuple[str, Path]) -> None:
    _, mails = shown
    for eml in sorted(mails.glob("*.eml"))[:20]:
        to = BytesParser(policy=policy.SMTPUTF8).parsebytes(eml.read_bytes(), headersonly=True)["To"]
        assert len(to.addresses) == 1
        page = eml.with_suffix(".html").read_text("utf-8")
        assert "cid:" not in page
        for picture in re.findall(r'src="(pictures/[^"]+)"', page):
            assert (mails / picture).is_file()
