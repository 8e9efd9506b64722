"""What `weekbrief lint` finds in a school's own templates: each mistake, on its line, with what to do."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline import lint, settings
from pipeline.lint.colours import colour_mistakes
from pipeline.lint.findings import Finding
from pipeline.lint.sample import samples
from pipeline.lint.source import file_mistakes
from pipeline.settings import SchoolSettings
from pipeline.template_files import Sources, find_folder
from pipeline.templates import Templates

MAIL = find_folder() / "mail"
ITEM_TITLE = '<h3 id="((mark))" lang="((home))" dir="auto">((title))</h3>'

Own = Callable[..., Sources]


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> SchoolSettings:
    file = tmp_path_factory.mktemp("school") / "schedules.toml"
    file.write_text(settings.starter(), "utf-8")
    return settings.load(file, {}).schools[0]


@pytest.fixture
def own(tmp_path: Path) -> Own:
    """Our file, with ``was`` become ``is_now``, as a school's own."""

    def write(name: str, was: str, is_now: str) -> Sources:
        source = (MAIL / name).read_text("utf-8")
        assert was in source
        (tmp_path / name).write_text(source.replace(was, is_now, 1), "utf-8")
        return Sources(mail=MAIL, own=tmp_path)

    return write


def line_of(sources: Sources, name: str, part: str) -> int:
    text = sources.text(name)
    return text.count("\n", 0, text.index(part)) + 1


# --- as it was written


@pytest.mark.parametrize(
    "name, was, is_now, check, says",
    [
        (
            "newsletter.mjml",
            '<p class="plain">((slot',
            "<script>x</script><p>((slot",
            "not_allowed",
            "script",
        ),
        ("newsletter.mjml", "</h1>", "</h1></b>", "not_open", "</b>"),
        ("newsletter.mjml", "<h2><!--% if to", "<b><h2><!--% if to", "not_closed", "<b> is not closed"),
        ("newsletter.mjml", ' alt="((photo.alt))"', "", "alt_missing", "alt="),
        (
            "newsletter.mjml",
            'role="presentation" class="event"',
            'class="event"',
            "table_role",
            "presentation",
        ),
        ("newsletter.mjml", '<a href="((contact_url))">', "<a>", "link_nowhere", "href"),
        (
            "newsletter.mjml",
            "<h2><!--% if to",
            '<img src="https://x.example/a.png" alt=""><h2><!--% if to',
            "remote",
            "`src`",
        ),
        ("newsletter.mjml", ".plain { margin: 0; }", ".plain { background: url(x.png) }", "remote", "url("),
        ("house.mjml", "h3 { font-size", "@import 'x'; h3 { font-size", "remote", "@import"),
        ("newsletter.mjml", "<h2><!--% if to", '<h2 onclick="x()"><!--% if to', "not_allowed", "onclick"),
        (
            "newsletter.mjml",
            '<mj-text padding="26px 28px"',
            '<mj-texd padding="1px"',
            "unknown_tag",
            "mj-texd",
        ),
        (
            "newsletter.mjml",
            '<mj-include path="house.mjml" />',
            '<mj-include path="../x" />',
            "not_allowed",
            "house",
        ),
        ("newsletter.mjml", "<mj-title>", '<mj-font name="x" href="x" /><mj-title>', "not_allowed", "font"),
        ("newsletter.mjml", "((title))", "((title | safe))", "not_allowed", "`safe`"),
        ("newsletter.mjml", "((title))", "((_(title)))", "not_allowed", "in quotes"),
        ("newsletter.mjml", "((title))", "((title", "syntax", "cannot be read"),
        ("newsletter.mjml", "((slot.NAME))", "(( slot.NAME ))", "not_allowed", "without spaces"),
        ("newsletter.mjml", "((slot.NAME))", "((slot.MAIL))", "slot_unknown", "SUMMARY"),
        (
            "newsletter.mjml",
            "<h2><!--% if to",
            "<!--% include 'x' %--><h2><!--% if to",
            "not_allowed",
            "taken in",
        ),
        (
            "newsletter.mjml",
            "((title))",
            "<!--% autoescape false %-->((title))<!--% endautoescape %-->",
            "not_allowed",
            "escap",
        ),
        ("newsletter.mjml", "<!-- fragment: welcome -->", "", "fragment_missing", "welcome"),
        (
            "newsletter.mjml",
            "<!-- fragment: welcome -->",
            "<!-- fragment: hello -->",
            "fragment_unknown",
            "`hello`",
        ),
        ("newsletter.txt", "{# fragment: foot #}", "{# fragment: voet #}", "fragment_missing", "foot"),
        ("newsletter.txt", "{{ title }}", "{% if x %}{{ title }}", "syntax", "cannot be read"),
        ("newsletter.mjml", 'mjml lang="((lang))"', "mjml", "lang_missing", "language"),
    ],
)
def test_a_mistake_is_told_with_what_to_do(
    own: Own, name: str, was: str, is_now: str, check: str, says: str
) -> None:
    found = {each.check: each for each in file_mistakes(own(name, was, is_now), name)}
    assert check in found
    assert says in found[check].problem.message
    assert found[check].problem.file.endswith(name)


@pytest.mark.parametrize(
    "name, was, is_now",
    [
        ("newsletter.mjml", "((title))", "((title | safe))"),
        ("newsletter.mjml", ' alt="((photo.alt))"', " "),
        ("newsletter.txt", "{{ body }}", "{{ body | safe }}"),
        ("post.mjml", "((welcome))", "((welcome | attr('x')))"),
    ],
)
def test_it_is_told_with_the_very_line(own: Own, name: str, was: str, is_now: str) -> None:
    sources = own(name, was, is_now)
    at = (MAIL / name).read_text("utf-8").partition(was)[0].count("\n") + 1
    assert at in [each.problem.line for each in file_mistakes(sources, name)]


def test_our_own_templates_have_no_mistake(school: SchoolSettings) -> None:
    assert list(lint.templates(school, Sources(mail=MAIL))) == []
    ours = Sources(mail=MAIL, own=MAIL)
    assert [each for path in MAIL.glob("*.[mt][jx]*") for each in file_mistakes(ours, path.name)] == []


# --- as it is read


@pytest.mark.parametrize(
    "name, was, is_now, check, says",
    [
        ("newsletter.mjml", 'id="((mark))" ', "", "mark_missing", "held back"),
        (
            "newsletter.mjml",
            "((_('Texts and pictures",
            "(('' and _('Texts and pictures",
            "not_said",
            "rule 22",
        ),
        (
            "newsletter.mjml",
            '<p class="small">((_(\'Texts',
            '<p style="display:none">((_(\'Texts',
            "not_said",
            "rule 22",
        ),
        (
            "newsletter.mjml",
            '<p class="small">((_(\'Texts',
            '<p style="font-size:1px">((_(\'Texts',
            "not_said",
            "rule 22",
        ),
        ("newsletter.mjml", "((event.time))", "", "not_said", "an event's time"),
        ("newsletter.mjml", ' id="((line.mark))"', "", "mark_missing", "held back"),
        ("newsletter.mjml", "((_('Changed')))", "", "not_said", "that something is changed"),
        ("newsletter.mjml", "<!--% if link.safe %-->", "<!--% if true %-->", "link_unsafe", "link.safe"),
        ("newsletter.mjml", "((title))</h3>", "((titel))</h3>", "not_filled", "titel"),
        ("newsletter.mjml", "((title))</h3>", "((title.__class__.__mro__))</h3>", "not_filled", "unsafe"),
        ("newsletter.mjml", 'alt="((photo.alt))"', 'alt=""', "alt_missing", "photo.alt"),
        ("newsletter.mjml", "color: #ac0003; overflow", "color: #dddddd; overflow", "contrast", "#dddddd on"),
    ],
)
def test_what_a_reader_would_miss_is_found(
    own: Own, school: SchoolSettings, name: str, was: str, is_now: str, check: str, says: str
) -> None:
    found = [
        each for each in lint.templates(school, own(name, was, is_now), None, ["nl"]) if each.check == check
    ]
    assert found
    assert says in found[0].problem.message


def test_what_only_the_text_lacks_is_found_there(own: Own, school: SchoolSettings) -> None:
    sources = own("newsletter.txt", "{{ photo.caption }}", "")
    found = list(lint.templates(school, sources, None, ["nl"]))
    assert {each.check for each in found} == {"not_said"}
    assert found[0].problem.line == line_of(sources, "newsletter.txt", "{# fragment: item #}") + 1
    assert "caption" in found[0].problem.message


def test_colours_are_asked_of_the_dark_scheme_too(school: SchoolSettings, tmp_path: Path) -> None:
    sources = Sources(mail=MAIL)
    sample = next(samples(school, Templates.load(languages=["nl"])))
    assert list(colour_mistakes(sources, sample)) == []
    dark = re.sub(r"(\.card table \{ background-color: )#26221e", r"\1#f0e9df", sample.html)
    assert dark != sample.html
    object.__setattr__(sample, "html", dark)
    (*_, found) = colour_mistakes(sources, sample)
    assert isinstance(found, Finding)
    assert "in the dark scheme" in found.problem.message


def test_hidden_in_whatever_way_is_not_said(own: Own, school: SchoolSettings) -> None:
    sources = own(
        "house.mjml", "  .small { font-size: 15px", "  .small { text-indent: -900px; font-size: 15px"
    )
    found = list(lint.templates(school, sources, None, ["nl"]))
    assert {each.check for each in found} == {"not_said"}
    sources = own(
        "house.mjml",
        "    blockquote > :last-child",
        "    .small { display: none !important }\n    blockquote > :last-child",
    )
    assert {each.check for each in lint.templates(school, sources, None, ["nl"])} == {"hidden"}


def test_the_docs_list_every_check_there_is() -> None:
    root = Path(lint.__file__).parents[2]
    sources = [*Path(lint.__file__).parent.glob("*.py"), root / "pipeline" / "commands" / "lint.py"]
    told = "".join(path.read_text("utf-8") for path in sources)
    names = set(re.findall(r'(?:error|warning|tell|_say|_warn)\(\s*"(\w+)"', told))
    section = (root / "docs" / "formats.md").read_text("utf-8").partition("| check | |")[2]
    assert set(re.findall(r"`(\w+)`", section.partition("`lint --json` prints")[0])) == names
