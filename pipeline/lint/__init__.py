"""What is wrong with a school's own templates, told with file and line and what to do.

First each file as it was written (`source.py`, `tags.py`), then an invented week in every language as
a reader would get it (`sample.py`, `page.py`, `colours.py`). What is an error keeps mail from being sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.brand import Logo
from pipeline.languages import LANGUAGES
from pipeline.lint.colours import Ink, colour_mistakes
from pipeline.lint.findings import Finding, Severity, error, warning, where
from pipeline.lint.page import page_mistakes
from pipeline.lint.sample import Sample, samples
from pipeline.lint.source import compile_mistakes, file_mistakes
from pipeline.mime import content_id
from pipeline.model import LARGE
from pipeline.settings import SchoolSettings
from pipeline.template_files import HOUSE, PAGES, Sources
from pipeline.templates import Templates

__all__ = ["Finding", "Severity", "templates"]

#: Telephones show some 40 characters of a subject; above this little of the news is among them.
_LONG_SUBJECT = 120
_FILES = (HOUSE, *(f"{page}.{kind}" for page in PAGES for kind in ("mjml", "txt")))


def templates(
    told: SchoolSettings,
    sources: Sources,
    logo: Logo | None = None,
    languages: Iterable[str] = LANGUAGES,
) -> Iterator[Finding]:
    """Every finding about the templates of ``sources``, as this school's mail would show them."""
    found = [finding for file in _FILES if sources.is_own(file) for finding in file_mistakes(sources, file)]
    if not any(each.is_error for each in found):
        for page in filter(sources.is_changed, PAGES):
            found += compile_mistakes(sources, page)
    if not any(each.is_error for each in found):
        found += _finished(told, sources, logo, languages)
    yield from dict.fromkeys(found)


def _finished(
    told: SchoolSettings, sources: Sources, logo: Logo | None, languages: Iterable[str]
) -> Iterator[Finding]:
    read = Templates.load(languages=languages, own=sources.own, kept=sources.kept)
    seen: set[tuple[str, Ink]] = set()
    try:
        for sample in samples(told, read, logo):
            if logo is not None and sample.page != "notice" and content_id(logo.name) not in sample.pictures:
                place, line = where(sources, sample.page, "mjml", "head")
                yield warning(
                    "logo_missing", place, line, 'the logo is not shown: <img src="cid:((logo.cid))">'
                )
            yield from page_mistakes(sources, sample)
            if sample.language == told.language:  # colours are the same in all of them
                yield from colour_mistakes(sources, sample, seen)
            yield from _sizes(sources, sample)
    except Exception as fault:  # what others write can raise nearly anything
        files = ", ".join(str(sources.find(file)) for file in _FILES if sources.is_own(file))
        yield error("not_filled", files, None, f"this cannot be filled in: {fault}")


def _sizes(sources: Sources, sample: Sample) -> Iterator[Finding]:
    place = sources.find(f"{sample.page}.mjml")
    if sample.size > LARGE:
        words = f"an ordinary week makes {sample.size // 1000} kB of HTML; from {LARGE // 1000} kB on Gmail"
        yield warning("large", place, None, f"{words} hides the end: use fewer and shorter styles")
    if len(sample.subject) > _LONG_SUBJECT:
        words = f"a subject has {len(sample.subject)} characters ({sample.subject[:40]}...)"
        yield warning("subject", place, None, f"{words}: a shorter `name` leaves room for the news")
