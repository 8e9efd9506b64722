"""Our mails in a real browser: on a telephone and a desk, in light and dark (WCAG 2.2 AA)."""

from __future__ import annotations

import json
import math
import os
import random
import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Callable, Sequence
from functools import cache
from html import escape
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from pipeline.languages import LANGUAGES
from pipeline.mime import content_id
from pipeline.model import Item, Photo, RunKind
from pipeline.notice_mail import render_notice
from pipeline.occasions import AgendaLine
from pipeline.templates import Templates
from tests.newsletter import agenda, closed, filmed, letter, notice, school, shown, week

#: Blink's numbers for prefers-color-scheme.
SCHEMES = {"light": 1, "dark": 0}

#: A telephone on a desk: no window of a headless Chromium is narrower than 500 pixels, a frame can be.
DESK = (
    '<!doctype html><meta charset="utf-8"><html style="color-scheme: light dark"><body>{frames}</body></html>'
)
FRAME = '<iframe style="border: 0; width: {width}px; height: 900px" srcdoc="{page}"></iframe>'

#: Runs in the page and leaves what it saw as JSON in the frame's page, which --dump-dom then prints.
PROBE = r"""
<script>
addEventListener("load", () => {
  const rgb = text => { const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number); return {r, g, b, a}; };
  const light = ({r, g, b}) => [r, g, b].map(part => part / 255)
    .map(part => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, at) => sum + part * [0.2126, 0.7152, 0.0722][at], 0);
  const ground = element => {
    for (let node = element; node; node = node.parentElement) {
      const colour = rgb(getComputedStyle(node).backgroundColor);
      if (colour.a === 1) return colour;
    }
    return {r: 255, g: 255, b: 255};
  };
  const texts = [], walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim(), element = walker.currentNode.parentElement;
    if (!text || element.closest("script") || !element.getClientRects().length) continue;
    const style = getComputedStyle(element);
    const pair = [light(rgb(style.color)), light(ground(element))].sort((a, b) => a - b);
    const {top, left, right} = element.getBoundingClientRect();
    const ratio = (pair[1] + 0.05) / (pair[0] + 0.05);
    texts.push({text, top, left, right, ratio, size: parseFloat(style.fontSize)});
  }
  const pictures = [...document.images].map(image => ({
    alt: image.getAttribute("alt"),
    width: image.getBoundingClientRect().width,
    loaded: image.naturalWidth > 0,
  }));
  const report = {
    name: document.title,
    texts, pictures,
    paper: getComputedStyle(document.querySelector(".paper")).backgroundColor,
    room: document.documentElement.clientWidth,
    needs: document.documentElement.scrollWidth,
    cut: [...document.querySelectorAll(".paper *")].filter(element => {
      const box = element.getBoundingClientRect();
      return box.width && !element.closest("div[style*='overflow-x']")
        && (box.right > innerWidth + 0.5 || box.left < -0.5);
    }).map(element => element.outerHTML.slice(0, 80)),
    headings: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map(head => Number(head.tagName[1])),
    requests: performance.getEntriesByType("resource").map(entry => entry.name)
      .filter(name => !name.startsWith("data:")),
  };
  const out = parent.document.createElement("script");
  out.type = "application/json";
  out.textContent = JSON.stringify(report).replaceAll("<", "\\u003c");
  parent.document.body.append(out);
});
</script>
"""

Look = Callable[..., list[dict[str, Any]]]


def landscape(photo: Photo) -> Image.Image:
    """A drawn wood: no photograph of anyone is needed to try a letter."""
    dice, (width, height) = random.Random(photo.key), (photo.width // 2, photo.height // 2)
    picture = Image.new("RGB", (width, height), ["#fbe3bd", "#c7e2ee", "#f0d2ca", "#d8e6c4"][photo.key % 4])
    draw = ImageDraw.Draw(picture)
    draw.ellipse([width * 0.7, height * 0.1, width * 0.7 + 70, height * 0.1 + 70], fill="#ffeeb0")
    for layer, colour in enumerate(["#8fb79b", "#5c8f70", "#2f5f49"]):
        hill = [
            (x, height * (0.55 + 0.15 * layer) + 18 * math.sin(x / 90 + photo.key + layer))
            for x in range(0, width + 10, 10)
        ]
        draw.polygon([(0, height), *hill, (width, height)], fill=colour)
        for x, y in dice.sample(hill, 6 - layer):
            size = height * (0.16 + 0.06 * layer)
            for step in range(3):
                half, top = size * (0.34 - 0.08 * step), y - size * (0.1 + 0.25 * step)
                tree = [(x - half, top), (x + half, top), (x, top - size * 0.45)]
                draw.polygon(tree, fill=["#6d9a7d", "#3f7257", "#204635"][layer])
    return picture


def with_pictures(html: str) -> str:
    for entry in week():
        for photo in entry.photos:
            file = BytesIO()
            landscape(photo).save(file, "JPEG", quality=80)
            data = f"data:image/jpeg;base64,{b64encode(file.getvalue()).decode()}"
            html = html.replace(f"cid:{content_id(photo.name)}", data)
    return html


@cache
def templates() -> Templates:
    return Templates.load()


def page(
    colour: str | None = None, *, posts: Sequence[Item] = week(), on: Sequence[AgendaLine] = agenda()
) -> str:
    return shown(letter(templates(), *posts, web=True, colour=colour, agenda=on).mail.html)


def light(*posts: Item, kind: RunKind = RunKind.IMMEDIATE, **changes: Any) -> str:
    """Posts as they come."""
    return shown(letter(templates(), *posts, web=True, kind=kind, **changes).mail.html)


def told(colour: str | None = None) -> str:
    """A notice to staff."""
    return shown(render_notice(notice(), school(), "nl", templates(), colour).html)


def browser() -> str:
    found = os.environ.get("WEEKBRIEF_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found:
        pytest.skip("no chromium here (WEEKBRIEF_CHROMIUM names one)")
    return found


def chromium(folder: Path, html: str, width: int, scheme: str, *arguments: str) -> str:
    """What Chromium prints after opening ``html`` with a fresh profile and no network."""
    file = folder / "mail.html"
    file.write_text(html, "utf-8")
    command = [
        *(browser(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
        *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
        *("--host-resolver-rules=MAP * ~NOTFOUND", "--hide-scrollbars", "--virtual-time-budget=5000"),
        *(f"--user-data-dir={folder / 'profile'}", f"--window-size={width},900"),
        *(f"--blink-settings=preferredColorScheme={SCHEMES[scheme]}", *arguments, file.as_uri()),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=True)
    return done.stdout


@pytest.fixture
def look(tmp_path: Path) -> Look:
    def _look(scheme: str, *pages: tuple[str, int]) -> list[dict[str, Any]]:
        frames = [
            FRAME.format(width=width, page=escape(_probed(html, str(at))))
            for at, (html, width) in enumerate(pages)
        ]
        dom = chromium(tmp_path, DESK.format(frames="".join(frames)), 800, scheme, "--dump-dom")
        found = re.findall(r'<script type="application/json">(.*?)</script>', dom, re.DOTALL)
        reports: list[dict[str, Any]] = sorted(map(json.loads, found), key=lambda report: int(report["name"]))
        assert [report["room"] for report in reports] == [width for _, width in pages]
        return reports

    return _look


def _probed(html: str, name: str) -> str:
    return re.sub("<title>.*?</title>", "", html).replace("</body>", f"<title>{name}</title>{PROBE}</body>")


def check_readable(seen: dict[str, Any], width: int, scheme: str) -> None:
    assert seen["paper"] == {"light": "rgb(245, 240, 232)", "dark": "rgb(25, 22, 19)"}[scheme]
    assert seen["needs"] <= width, "the page scrolls sideways"
    assert seen["cut"] == []
    assert [text for text in seen["texts"] if text["ratio"] < 4.5] == []
    assert min(text["size"] for text in seen["texts"]) >= 14
    assert seen["requests"] == []
    steps = zip([0, *seen["headings"]], seen["headings"], strict=False)
    assert [step for step in steps if step[1] > step[0] + 1] == []
    assert seen["headings"].count(1) == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_letter_can_be_read_by_everyone(look: Look, scheme: str) -> None:
    html = with_pictures(page())
    for width, seen in zip((360, 700), look(scheme, (html, 360), (html, 700)), strict=True):
        check_readable(seen, width, scheme)
        assert len(seen["texts"]) > 60
        assert len(seen["pictures"]) == 6
        assert all(picture["alt"] and picture["loaded"] for picture in seen["pictures"])
        widths = [picture["width"] for picture in seen["pictures"]]
        if width == 360:
            assert set(widths[:4]) == {296}, "on a telephone a photo with words beside it has all the width"
            assert all(130 < each < 150 for each in widths[4:]), "two without words stay beside each other"
        else:
            assert max(widths) <= 600


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_light_mail_can_be_read_by_everyone(look: Look, scheme: str) -> None:
    long = school(name="Openbare Basisschool Het Veelkleurige Palet aan de Rijn")
    mails = [
        with_pictures(light(*week())),
        light(closed(), kind=RunKind.URGENT, welcome=True, of=long),
        with_pictures(light(filmed())),
        with_pictures(light(filmed(), base_url="https://ouders.example.nl")),
    ]
    pages = list(product(mails, (360, 700)))
    for (_, width), seen in zip(pages, look(scheme, *pages), strict=True):
        check_readable(seen, width, scheme)
        assert all(picture["loaded"] for picture in seen["pictures"])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_notice_can_be_read_by_everyone(look: Look, scheme: str) -> None:
    html = told()
    for width, seen in zip((360, 700), look(scheme, (html, 360), (html, 700)), strict=True):
        check_readable(seen, width, scheme)
        assert len(seen["texts"]) > 20


def test_a_post_begins_on_a_telephones_first_screen(look: Look) -> None:
    """Light: its title and first words need no scrolling, also below what is said once or urgently."""
    pages = [(light(closed(), kind=kind), 360) for kind in (RunKind.IMMEDIATE, RunKind.URGENT)]
    for seen, most in zip(look("light", *pages), (150, 300), strict=True):
        (title,) = [text for text in seen["texts"] if text["text"] == closed().post.content.title]
        assert title["top"] < most


def test_every_language_fits_a_telephone_and_arabic_is_turned(look: Look) -> None:
    """Light, as colours do not depend on the language."""
    urgent = {"kind": RunKind.URGENT, "welcome": True}
    arabic = shown(letter(templates(), *week()[:2], language="ar", web=True).mail.html)
    mails = [light(*week()[:3], language=language, **urgent) for language in LANGUAGES]
    pages = [*((html, 360) for html in (*mails, arabic)), (arabic, 700)]
    reports = look("light", *pages)
    for (_, width), seen in zip(pages, reports, strict=True):
        check_readable(seen, width, "light")
        assert len(seen["texts"]) > 30
    for width, seen in zip((360, 700), reports[-2:], strict=True):
        check_turned(seen, width)


def check_turned(seen: dict[str, Any], width: int) -> None:
    place = {text["text"]: text for text in reversed(seen["texts"])}  # the first of each
    leaf, facts = place["ديسمبر"], place["الجمعة، 4 ديسمبر 2026"]
    assert leaf["left"] > facts["right"], "the calendar leaf stands first, which is on the right"
    assert place["تغيير أو إيقاف"]["right"] < width / 2, "the link to stop stands at the other end"
    assert place["KBS de Regenboog"]["right"] > width * 0.8, "the masthead begins on the right"
    assert place["Samen kiezen"]["left"] < width * 0.25, "the author's Dutch begins on the left"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_any_schools_colour_can_be_read(look: Look, scheme: str) -> None:
    colours = ("#ffffff", "#ffe600", "#e30613", "#101010")
    urgent = {"kind": RunKind.URGENT, "welcome": True}
    looks = (page, lambda colour: light(*week(), colour=colour, **urgent), told)
    for seen in look(scheme, *((made(colour), 360) for made, colour in product(looks, colours))):
        assert [text for text in seen["texts"] if text["ratio"] < 4.5] == []


def test_with_pictures_off_their_words_stand_in_place(look: Look) -> None:
    (seen,) = look("light", (page(), 360))
    assert not any(picture["loaded"] for picture in seen["pictures"])
    assert seen["needs"] <= 360


def test_the_probe_can_fail(look: Look) -> None:
    """Grey on grey, too wide, out of order and from elsewhere: all are seen."""
    bad = (
        '<html><body><div class="paper"><h1>x</h1><h4 style="color:#999">y</h4>'
        '<div style="width:900px">z</div><img src="http://elsewhere.example/x.png"></div></body></html>'
    )
    (seen,) = look("light", (bad, 360))
    assert seen["needs"] > 360
    assert seen["cut"]
    assert min(text["ratio"] for text in seen["texts"]) < 4.5
    assert seen["headings"] == [1, 4]
    assert seen["requests"] == ["http://elsewhere.example/x.png"]
