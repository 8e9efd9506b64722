"""The mail templates: compiled once, cut into named fragments, ready to be filled.

Each page, such as ``newsletter.mjml``, holds layout and look, with ``house.mjml`` for what all our
mails look like. MJML and premailer turn it into ``newsletter.html`` beside it, which is kept with
the sources: importing and running the two takes some 400 ms, more than all else that a start needs
(docs/decisions/0004). It names the digest of what it was made from; when that does not fit, because
someone changed the look, `Templates.load` compiles in memory: the same result, only later.
``python -m pipeline.templates`` writes them anew.

What a school's own template says runs in Jinja's sandbox (docs/decisions/0031).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipeline.languages import LANGUAGES, Direction
from pipeline.markdown import Markdown
from pipeline.mirror import mirrored_css
from pipeline.palette import Palette
from pipeline.readings import (
    Fragment as Fragment,
    Jinja,
    Letter as Letter,
    Page,
    Place as Place,
    Readings,
    Voice,
    coloured,
)
from pipeline.template_files import (
    PAGES as PAGES,
    Sources,
    build as build,
    find_folder as find_folder,
    stamp as stamp,
    write,
)
from pipeline.texts import load_texts

#: Between these stands one of everything that Markdown makes, to take its style from.
_SPECIMEN_MARK, _END_MARK = "<!-- fragment: specimen -->", "<!-- fragment: end -->"

_STYLED = re.compile(r"""<(\w+)(?: class="\w+")? style=(["'])(.*?)\2""")


@dataclass(frozen=True, slots=True)
class Templates:
    """Each kind of mail by language; a language costs nothing until somebody reads it."""

    letters: Mapping[str, Letter]  #: the newsletter
    posts: Mapping[str, Letter]  #: posts as they come
    notices: Mapping[str, Letter]  #: what staff are told
    styles: Mapping[str, str]  #: CSS of what Markdown makes, by element, with stand-ins for colours

    @classmethod
    def load(
        cls,
        folder: Path | None = None,
        languages: Iterable[str] = LANGUAGES,
        *,
        own: Path | None = None,
        kept: Path | None = None,
    ) -> Templates:
        """Read and compile ``folder/mail`` (by default our own templates); languages are read when asked for.

        ``own`` is a folder whose templates go before these, ``kept`` where it is kept compiled.
        Raises `FileNotFoundError` without templates, and whatever MJML and Jinja raise for a template of no
        use: `pipeline.lint` tells that in words. A language that is not among ``languages`` is a `KeyError`,
        one that we lack a `LookupError`, when it is asked for.
        """
        sources = Sources(mail=(folder or find_folder()) / "mail", own=own, kept=kept)
        page, _, specimen = sources.page("newsletter").partition(_SPECIMEN_MARK)
        specimen, _, end = specimen.partition(_END_MARK)
        jinja = Jinja(sandboxed=own is not None)
        newsletter = Page(f"{page}{_END_MARK}{end}", sources.text("newsletter.txt"), jinja)
        # What the mail of posts does not say in its own way it says as the newsletter does.
        post = Page(sources.page("post"), sources.text("post.txt"), jinja, newsletter)
        notice = Page(sources.page("notice"), sources.text("notice.txt"), jinja)
        if own is not None:
            for each in (post, notice):
                each.compiled(Direction.LTR)  # at once: what is wrong with a school's page shows here
        voice = cache(lambda language: Voice(load_texts(language), jinja))
        known = tuple(languages)
        letters, posts, notices = (Readings(each, voice, known) for each in (newsletter, post, notice))
        styles = {tag: css for tag, _, css in _STYLED.findall(specimen.partition("post")[2])}
        return cls(letters, posts, notices, styles)

    def markdown(self, palette: Palette, flow: Direction = Direction.LTR) -> Markdown:
        """The maker of bodies that look like the rest of the mail, for text that is written that way."""
        styles = {tag: coloured(css, palette) for tag, css in self.styles.items()}
        if flow is Direction.RTL:
            styles = {tag: mirrored_css(css) for tag, css in styles.items()}
        return Markdown(styles, flow)


if __name__ == "__main__":
    sys.stdout.writelines(f"{page}\n" for page in write(find_folder()))
