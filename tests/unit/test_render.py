"""What a newsletter says, in what order, in both its parts; and each trap of MJML and premailer."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from gettext import NullTranslations
from itertools import product
from pathlib import Path

import pytest
from lxml import html as parser

from pipeline import templates as compiling
from pipeline.fragments import Brand, Fragments
from pipeline.languages import LANGUAGES
from pipeline.markdown import Body, Markdown
from pipeline.mime import Encoder, Slot, compose, content_id
from pipeline.model import Event, Link, RunKind
from pipeline.notice_mail import render_notice
from pipeline.palette import CARD, DARK_CARD, DARK_MUTED, DARK_PAPER, MUTED, PAPER, contrast, palette
from pipeline.render import LARGE, addressed, in_order, render
from pipeline.templates import Templates, build, find_folder
from pipeline.texts import line, load_texts, natural
from tests.newsletter import (
    AUTHORS,
    agenda,
    closed,
    edition,
    filmed,
    item,
    letter,
    moment,
    notice,
    photo,
    school,
    shown,
    week,
)


@pytest.fixture(scope="module")
def templates() -> Templates:
    return Templates.load()


@pytest.fixture(scope="module")
def page() -> str:
    return build(find_folder() / "mail", "newsletter")


def markdown(source: str) -> Body:
    return Markdown({}).render(source)


def words(markup: str) -> str:
    return re.sub(r"\s+", " ", parser.fromstring(markup).text_content()).strip()


# --- the letter


def test_both_parts_tell_the_same_facts(templates: Templates) -> None:
    mail = letter(templates, *week(), web=True).mail
    rich, plain = words(shown(mail.html)), re.sub(r"\s+", " ", shown(mail.text))
    facts = [
        *("KBS de Regenboog", "week 47", "13 t/m 20 november 2026", "Hallo Anna de Vries,", "6 berichten"),
        *(entry.post.content.title for entry in week()),
        *(
            "De hele school",
            "groep 3 en groep 10",
            "juf Sanne · woensdag 18 november",
            "een heel dikke kikker",
        ),
        *("vrijdag 4 december 2026", "08:45 tot 12:00 uur", "Schoolplein en aula", "Samen kiezen"),
        *(
            "van 09:00 uur tot vrijdag 11 december 2026, 14:00 uur",
            "Op zoek naar sporen",
            "boeken.example.nl",
        ),
        *(
            "omdat je kind in groep 10 zit",
            "omdat jullie bij groep 3 en groep 10 horen",
            "voor iedereen op school",
        ),
        *("Tekst en beeld blijven van de school", "leerkracht en de directie", "info@regenboog.example"),
    ]
    assert [fact for fact in facts if fact not in rich] == []
    assert [fact for fact in facts if fact not in plain] == []
    assert "Een bospad met hoge dennen" in plain
    assert "https://ouders.example.nl/keuze" in plain


def test_a_video_says_how_long_it_lasts_and_where_to_watch_it(templates: Templates) -> None:
    linked = letter(templates, filmed(), base_url="https://ouders.example.nl").mail
    rich, plain = shown(linked.html), shown(linked.text)
    address = "https://ouders.example.nl/posts/11"
    assert rich.count(f'href="{address}"') == plain.count(address) + 2 == 4, "two pictures and two lines"
    assert plain.count(f"Bekijk de video (1:23): {address}") == 2
    assert re.findall(r'alt="([^"]*)"', rich) == ["De kring zingt", "Video, 1:23"], "a link has a name"
    assert "[Video, 1:23: De kring zingt]" in plain


def test_without_a_web_part_a_mail_says_whom_to_ask_for_a_video(templates: Templates) -> None:
    mail = letter(templates, filmed(), contact="020 123 45 67").mail
    for part in (words(shown(mail.html)), shown(mail.text)):
        assert part.count("Wil je hem zien? Vraag het aan: 020 123 45 67.") == 2
        assert "Bekijk de video" not in part
    english = letter(templates, filmed(), language="en").mail
    assert "The video itself is not in this mail." in shown(english.text)


def test_english_readers_get_an_english_frame_around_the_schools_own_words(templates: Templates) -> None:
    mail = letter(templates, *week(), language="en").mail
    rich, plain = words(shown(mail.html)), shown(mail.text)
    for fact in ("Hello Anna de Vries,", "The whole school", "Friday 4 December 2026", "Naar het bos"):
        assert fact in rich
        assert fact in plain
    root = parser.fromstring(shown(mail.html))
    assert root.get("lang") == "en"
    assert {title.get("lang") for title in root.iter("h3")} == {"nl"}
    assert mail.language == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_lacks_a_translation(language: str) -> None:
    class Loud(NullTranslations):
        def gettext(self, message: str) -> str:
            raise AssertionError(f"not translated into {language}: {message}")

        def ngettext(self, one: str, many: str, number: int) -> str:
            raise AssertionError(f"not translated into {language}: {one}")

    templates = Templates.load(languages=[language])
    templates.letters[language].texts.catalogue.add_fallback(Loud())
    for web, kind, posts in product((True, False), RunKind, (week(), [closed()])):
        letter(templates, *posts, language=language, web=web, kind=kind, welcome=True, agenda=agenda())
    render_notice(notice(), school(), language, templates, None)
    letter(
        templates, item(1, "Een", event=Event(starts=moment(4), ends=None, location="")), language=language
    )


def test_chapters_go_from_wide_to_narrow_and_groups_as_people_count(templates: Templates) -> None:
    items = [
        item(1, "a", groups=["groep 10"]),
        item(2, "b", groups=["groep 3"], published=moment(19)),
        item(3, "c", groups=["groep 3"], published=moment(16)),
        item(4, "d", groups=["groep 3", "groep 10"]),
        item(5, "e"),
    ]
    assert [entry.post.key for entry in in_order(items)] == [5, 4, 3, 2, 1]
    root = parser.fromstring(shown(letter(templates, *items).mail.html))
    heads = [head.text_content().strip() for head in root.iter("h2")]
    assert heads == ["De hele school", "groep 3 en groep 10", "groep 3", "groep 10", "Goed om te weten"]
    assert natural("Groep 3a") < natural("groep 10") < natural("groep 10b")


def test_one_set_of_groups_is_one_chapter_in_whatever_order_it_came(templates: Templates) -> None:
    items = [item(1, "a", groups=["groep 10", "groep 3"]), item(2, "b", groups=["groep 3", "groep 10"])]
    mail = letter(templates, *items).mail
    root = parser.fromstring(shown(mail.html))
    assert [head.text_content().strip() for head in root.iter("h2")][:-1] == ["groep 3 en groep 10"]
    assert shown(mail.text).count("jullie bij groep 3 en groep 10 horen") == 2


def test_a_parent_without_a_name_is_greeted_all_the_same(templates: Templates) -> None:
    texts = templates.letters["nl"].texts
    assert addressed(" Anna\r\nBcc: x ", texts) == "Anna  Bcc: x"
    assert addressed("  ", texts) == "ouder of verzorger"


def test_every_title_carries_the_mark_of_its_post_and_revision(templates: Templates) -> None:
    html = shown(letter(templates, item(7, "Een", revision=3), item(12, "Twee")).mail.html)
    assert re.findall(r'\bid="(p-[^"]*)"', html) == ["p-7-3", "p-12-1"]


def test_nobody_can_write_a_mark(templates: Templates) -> None:
    forged = 'id="p-9-9" <h3 id="p-9-9">x</h3> `id="p-9-9"`'
    entry = item(7, forged, forged, groups=[forged], photos=[photo(1, forged, forged)])
    html = shown(letter(templates, entry, authors={1: forged}, of=school(name=forged)).mail.html)
    assert re.findall(r'\bid="(p-[^"]*)"', html) == ["p-7-1"]


def test_only_the_photos_that_go_along_are_mentioned(templates: Templates) -> None:
    both = item(1, "Bos", photos=[photo(1, "Eekhoorn"), photo(2, "Ree", "Kijk!")])
    one = type(both)(post=both.post, photos=both.photos[:1], groups=both.groups)
    mail = letter(templates, one).mail
    assert [shot.name for shot in mail.photos] == ["random0001"]
    assert f"cid:{content_id('random0001')}" in shown(mail.html)
    for part in (shown(mail.html), shown(mail.text)):
        assert "Eekhoorn" in part
        assert "Ree" not in part
        assert "Kijk!" not in part
        assert "IMG_" not in part
    assert content_id("random0002") not in shown(mail.html)


def test_the_same_post_with_other_photos_or_labels_is_another_fragment(templates: Templates) -> None:
    fragments = Fragments(templates, Brand())
    full = item(1, "Bos", photos=[photo(1), photo(2)], groups=["groep 3"])
    variants = [
        full,
        type(full)(post=full.post, photos=full.photos[:1], groups=full.groups),
        type(full)(post=full.post, photos=full.photos, groups=("groep 3", "groep 4")),
    ]
    made = [fragments.item(edition(entry), entry) for entry in variants]
    assert len({piece.html for piece in made}) == 3
    english = edition(full, language="en")
    assert fragments.item(english, full) != made[0]
    assert fragments.item(edition(full), full) is made[0]


def test_editions_share_their_fragments_and_the_same_edition_renders_the_same(templates: Templates) -> None:
    fragments = Fragments(templates, Brand(authors=AUTHORS))
    first, second = render(edition(*week()), fragments), render(edition(*week()[:3]), fragments)
    assert set(map(id, first.mail.html)) & set(map(id, second.mail.html))
    again = render(edition(*reversed(week())), Fragments(templates, Brand(authors=AUTHORS)))
    assert again == first


def test_the_mail_can_be_composed(templates: Templates) -> None:
    mail = letter(templates, *week(), web=True).mail
    assert mail.from_name == "KBS de Regenboog"
    assert (mail.from_address, mail.reply_to) == ("nieuws@regenboog.example", "info@regenboog.example")
    assert mail.list_id == "regenboog.regenboog.example"
    assert mail.subject == (
        "Weekbrief van KBS de Regenboog: Sinterklaas komt op school!, Nieuwe boeken in de bieb, … (week 47)"
    )
    assert [part for part in mail.html if isinstance(part, Slot)] == [
        *(Slot.PREFERENCES, Slot.NAME, Slot.PREFERENCES),
    ]
    assert compose(mail, Encoder())


def test_without_a_web_part_parents_are_told_where_to_write(templates: Templates) -> None:
    mail = letter(templates, *week()).mail
    assert Slot.PREFERENCES not in {*mail.html, *mail.text}
    hrefs = parser.fromstring(shown(mail.html)).xpath("//a/@href")
    assert hrefs[0].startswith("mailto:info@regenboog.example?subject=Weekbrief")
    assert "Schrijf naar info@regenboog.example." in shown(mail.text)


def test_the_contact_for_doubts_can_be_another_address(templates: Templates) -> None:
    mail = letter(templates, *week(), contact="directie@regenboog.example").mail
    assert "directie weten: directie@regenboog.example." in shown(mail.text)


def test_a_second_newsletter_in_a_week_keeps_the_weeks_number(templates: Templates) -> None:
    entry = edition(item(1, "Een"), key="2026-W07-2")
    assert render(entry, Fragments(templates, Brand())).mail.subject.endswith("(week 7)")


def test_long_titles_leave_a_subject_that_can_be_read(templates: Templates) -> None:
    assert len(letter(templates, item(1, "woord " * 100), item(2, "x")).mail.subject) < 120


def test_a_large_letter_says_so_and_goes_whole(templates: Templates) -> None:
    posts = [item(key, f"Titel {key}", "Een zin die er toe doet. " * 200) for key in range(1, 26)]
    rendered = letter(templates, *posts)
    assert rendered.large
    assert rendered.html_size > LARGE
    assert all(f"Titel {key}<" in shown(rendered.mail.html) for key in range(1, 26))
    assert not letter(templates, *week()).large


def test_an_empty_letter_is_refused(templates: Templates) -> None:
    with pytest.raises(ValueError, match="empty mail"):
        letter(templates)


def test_an_event_is_told_in_the_schools_own_time(templates: Templates) -> None:
    utc = moment(4, 19, 0, 12).astimezone(tz=None)
    event = Event(starts=utc, ends=None, location="Aula")
    assert "vrijdag 4 december 2026, vanaf 19:00 uur" in shown(
        letter(templates, item(1, "x", event=event)).mail.text
    )


def test_a_link_that_is_no_web_page_is_shown_and_leads_nowhere(templates: Templates) -> None:
    links = [Link(url="javascript:alert(1)", title="Klik"), Link(url="http://[::", title="")]
    html = shown(letter(templates, item(1, "x", links=links)).mail.html)
    assert not parser.fromstring(html).xpath("//a[starts-with(@href, 'javascript')]")
    assert "javascript:alert(1)" in words(html)


@pytest.mark.parametrize(
    "text", ["{{ 7*7 }}", "((7*7))", "<!--% raw %-->", "{% raw %}", "{# x #}", "%(name)s", "((slot.NAME))"]
)
def test_staff_text_is_never_a_template(templates: Templates, text: str) -> None:
    entry = item(1, text, text, groups=[text], photos=[photo(1, text, text)])
    mail = letter(templates, entry, of=school(name=text), authors={1: text}).mail
    assert words(shown(mail.html)).count(text) >= 6
    assert shown(mail.text).count(text) >= 6
    assert text in mail.subject
    assert mail.html.count(Slot.NAME) == 1


# --- the look's own traps


@pytest.mark.parametrize("name", compiling.PAGES)
def test_the_kept_page_is_what_the_sources_make(name: str) -> None:
    mail = find_folder() / "mail"
    first, _, kept = (mail / f"{name}.html").read_text("utf-8").partition("\n")
    assert kept == build(mail, name), "the look changed: run python -m pipeline.templates"
    assert compiling.stamp(mail, name) == f"{first}\n"


@pytest.mark.parametrize("file, was", [("newsletter.mjml", "34px"), ("house.mjml", "23px")])
def test_a_changed_look_counts_at_once(tmp_path: Path, file: str, was: str) -> None:
    shutil.copytree(find_folder() / "mail", tmp_path / "mail")
    source = tmp_path / "mail" / file
    source.write_text(source.read_text("utf-8").replace(was, "35px"), "utf-8")
    assert "35px" in shown(letter(Templates.load(tmp_path), item(1, "x")).mail.html)


def test_an_installed_package_finds_its_templates(tmp_path: Path) -> None:
    installed = tmp_path / "pipeline"
    shutil.copytree(Path(compiling.__file__).parent, installed, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(find_folder(), installed / "_templates")
    code = "from pipeline.templates import Templates, find_folder; Templates.load(); print(find_folder())"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(installed / "_templates")


def test_nothing_is_fetched_from_anywhere(templates: Templates, page: str) -> None:
    html = shown(letter(templates, *week()).mail.html)
    for markup in (page, html):
        outside = re.findall(r"""(?:src|srcset|background|@import|url\()[\s="'(]*(?!cid:)[a-z]+:""", markup)
        assert outside == []
        assert "<link" not in markup
        assert "fonts.googleapis" not in markup
    assert set(parser.fromstring(html).xpath("//@src")) == {
        f"cid:{content_id(f'random{number:04d}')}" for number in range(1, 7)
    }


def test_compiling_keeps_doctype_dark_mode_and_placeholders(page: str) -> None:
    assert page.startswith("<!doctype html>\n<html lang=")
    dark = page[page.index("prefers-color-scheme: dark") :]
    assert "!important" in dark
    assert 'name="color-scheme" content="light dark"' in page
    assert not re.search(r'(?:width|height)="[^"]*(?:important|auto)', page)
    assert 'href="((link.url))"' in page
    assert 'src="cid:((photo.cid))"' in page
    assert "%28%28" not in page
    assert "<!--% for row in rows %-->" in page


def test_layout_tables_are_presentation_and_data_tables_are_not(templates: Templates) -> None:
    root = parser.fromstring(shown(letter(templates, *week()).mail.html))
    tables = root.xpath("//table")
    assert [
        table for table in tables if (table.get("role") == "presentation") == bool(table.xpath("./thead"))
    ] == []


def test_starting_needs_neither_mjml_nor_premailer() -> None:
    code = (
        "import sys; from pipeline.templates import Templates; Templates.load(); "
        "sys.exit(str({'mjml', 'premailer', 'lxml', 'cssutils'} & set(sys.modules) or ''))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""


def test_a_language_that_we_lack_is_named() -> None:
    with pytest.raises(LookupError, match="'tlh'"):
        load_texts("tlh")


@pytest.mark.parametrize(
    "colour", ["#ffffff", "#000000", "#ffe600", "#777777", "#E30613", "#00ff00", "#1f6f5c"]
)
def test_any_school_colour_gives_readable_text(colour: str) -> None:
    colours = palette(colour)
    pairs = [(colours.on_band, colours.band)]
    pairs += [(colours.link, ground) for ground in (CARD, PAPER, colours.tint)]
    pairs += [(colours.dark_link, ground) for ground in (DARK_CARD, DARK_PAPER, colours.dark_tint)]
    pairs += [("#2b2622", colours.tint), (MUTED, colours.tint), (DARK_MUTED, colours.dark_tint)]
    assert [pair for pair in pairs if contrast(*pair) < 4.5] == []


def test_the_palette_knows_the_templates_own_colours() -> None:
    source = "".join(file.read_text("utf-8") for file in (find_folder() / "mail").glob("*.mjml"))
    assert [
        colour for colour in (CARD, PAPER, MUTED, DARK_CARD, DARK_PAPER, DARK_MUTED) if colour not in source
    ] == []


def test_a_colour_that_is_none_is_refused(templates: Templates) -> None:
    with pytest.raises(ValueError, match="not a colour"):
        Fragments(templates, Brand(colour="green"))


# --- Markdown


@pytest.mark.parametrize(
    "source, rich, plain",
    [
        ("**vet** en *schuin* en ~~weg~~", "<strong>vet</strong>", "*vet* en schuin en ~weg~"),
        ("[site](https://x.example)", 'href="https://x.example"', "site (https://x.example)"),
        ("[site](www.x.example)", 'href="https://www.x.example"', "site (https://www.x.example)"),
        ("[mail](mailto:a@x.example)", 'href="mailto:a@x.example"', "mail (a@x.example)"),
        ("<https://x.example>", ">https://x.example</a>", "https://x.example"),
        ("[x](javascript:alert)", "[x](javascript:alert)", "[x](javascript:alert)"),
        ("<b onclick=x>hoi</b>", "&lt;b onclick=x&gt;hoi", "<b onclick=x>hoi</b>"),
        ("![Een ree](https://x.example/r.jpg)", ">Een ree</a>", "Een ree (https://x.example/r.jpg)"),
        ("![](https://x.example/r.jpg)", ">https://x.example/r.jpg</a>", "https://x.example/r.jpg"),
        (
            "[![Ree](https://a.example)](https://b.example)",
            "Ree (https://a.example)</a>",
            "(https://b.example)",
        ),
        ("1. een\n2. twee\n   - diep", "<ol>", "1. een\n2. twee\n   - diep"),
        ("3. drie", '<ol start="3">', "3. drie"),
        ("0. nul", '<ol start="0">', "0. nul"),
        ("1. een\n1. twee", "<li>twee", "1. een\n2. twee"),
        ("5. vijf\n9. negen\n10. tien", '<li value="9">negen</li>\n<li>tien', "5. vijf\n9. negen\n10. tien"),
        ("01. een\n02. twee", "<ol>", "1. een\n2. twee"),
        ("Bel\n\n> 06. 123", "<p>06. 123</p>", "Bel\n\n> 06. 123"),
        ("00.", "<p>00.</p>", "00."),
        ("> wijs", "<blockquote>", "> wijs"),
        ("~~~ Let op!\nniet\n\nvergeten\n~~~", "<p>Let op!</p>", "Let op!\nniet\n\nvergeten"),
        ("a  \nb", "a<br>", "a\nb"),
        ("|a|b|\n|-|-:|\n|1|2|", '<td align="right">2</td>', "a | b\n1 | 2"),
        ("---", "<hr>", "* * *"),
    ],
)
def test_markdown_means_the_same_in_both_parts(source: str, rich: str, plain: str) -> None:
    body = markdown(source)
    assert rich in body.html
    assert plain in body.text


@pytest.mark.parametrize(
    "source, kept",
    [
        ("[Let op]: morgen", "Let op"),
        ("[bron]: https://x.example/verhaal\n\nHoi", "verhaal"),
        ("|a|\n|-|\n|b|weg|", "weg"),
        ("![foto](data:image/png;base64,AAAA)", "AAAA"),
        ("[lijst](bijlage.pdf)", "bijlage.pdf"),
        ("[lijst](ftp://x.example/lijst)", "ftp://x.example/lijst"),
        ("[lijst](http://[::)", "[lijst](http://[::)"),
        ("[lijst](https://x.example:99999/)", "x.example:99999"),
        ("> " * 25 + "diep *hier*", "diep *hier*"),
        ("*a " * 100 + "diep" + "*" * 100, "diep"),
    ],
)
def test_what_markdown_would_drop_is_shown_as_it_was_typed(source: str, kept: str) -> None:
    assert kept in markdown(source).html
    assert kept in markdown(source).text


def test_headings_follow_the_title_and_skip_no_level() -> None:
    body = markdown("### drie\n##### vijf\n# een\n## twee\n#### vier")
    assert re.findall(r"<(h\d)>", body.html) == ["h4", "h5", "h4", "h5", "h6"]


def test_no_picture_and_no_style_of_an_author_gets_in() -> None:
    body = markdown('![x](https://x.example/p.png)\n\n<img src="https://x.example/q.png" style="x">')
    assert not parser.fromstring(f"<div>{body.html}</div>").xpath("//img | //@style | //@class")


def test_elements_carry_the_templates_style(templates: Templates) -> None:
    html = shown(letter(templates, item(1, "x", "Hoi [x](https://x.example)")).mail.html)
    post = parser.fromstring(html).xpath("//div[@class='post']")[0]
    assert "margin" in post.xpath("./p/@style")[0]
    assert re.search(r"color:#[0-9a-f]{6}", post.xpath(".//a/@style")[0])
    assert "#ac00" not in html
    assert "9999px" not in html


def test_a_foreign_host_costs_a_text_none_of_its_formatting() -> None:
    body = markdown("**Kom** naar [het café](http://café.example/ë)")
    assert "<strong>Kom</strong>" in body.html
    assert "xn--caf-dma.example" in body.html


def test_in_a_list_too_what_runs_the_other_way_is_marked() -> None:
    assert '<li dir="rtl">واحد' in markdown("- een\n- واحد").html


def test_a_wide_table_can_be_reached_and_tells_its_columns() -> None:
    html = markdown("|a|\n|-|\n|b|").html
    assert '<div tabindex="0"><table>' in html
    assert '<th scope="col" align="left">a</th>' in html


@pytest.mark.parametrize(
    "typed, shown_as",
    [
        ("a\u202eb", "a\u202eb\u202c"),
        ("a\u2067b", "a\u2067b\u2069"),
        ("\u2067a\u202eb\u2069c", "\u2067a\u202eb\u2069c"),
        ("a\u2069b\u202c", "ab"),
        (" \u202c", ""),
        ("\u202ba\u2067b\u202cc", "\u202ba\u2067bc\u2069\u202c"),
    ],
)
def test_a_line_turns_nothing_that_stands_beside_it(typed: str, shown_as: str) -> None:
    assert line(typed) == shown_as
