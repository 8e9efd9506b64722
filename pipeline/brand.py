"""What a school's mail shows besides the posts: its colour, its logo, its own words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pipeline.mime import content_id
from pipeline.model import Edition
from pipeline.settings_values import OwnTexts
from pipeline.texts import Texts


@dataclass(frozen=True, kw_only=True, slots=True)
class Logo:
    """A school's logo as it stands in the media folder: twice as large as it is shown."""

    name: str  #: from `pipeline.mime.logo_name`
    width: int  #: pixels on the screen, in a newsletter
    height: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Brand:
    """What a school's mail shows besides the posts."""

    colour: str | None = None  #: ``#rrggbb``; None is our own green
    authors: Mapping[int, str] = field(default_factory=dict)  #: staff key -> name as parents know it
    contact: str = ""  #: whom to tell in case of doubt (rule 22); the school's ``reply_to`` when empty
    logo: Logo | None = None
    texts: OwnTexts = field(default_factory=OwnTexts)
    web: bool = False  #: there is a web part, so PREFERENCES is a link; otherwise parents write to us
    calendar_links: bool = True  #: beside an event: pages of calendar services that fill in their forms
    calendar_mark: str = ""  #: the school's own part of the ids of its events
    base_url: str = ""  #: of the web part, where videos can be watched

    def hello(self, texts: Texts) -> tuple[str, str]:
        """What stands before and after the reader's name."""
        told = self.texts.greeting
        if own := told.get(texts.language) or told.get(""):
            before, _, after = own.partition("{name}")
            return before, after
        return texts.around("Hello %(name)s,", "name")

    def say(self, told: Mapping[str, str], edition: Edition) -> dict[str, str] | None:
        """The school's own paragraph; where the reader's language has none, in the school's."""
        home = edition.school.language
        for language, spoken in ((edition.language, edition.language), ("", home), (home, home)):
            if language in told:
                return {"text": told[language], "lang": spoken}
        return None

    def logo_at(self, share: float) -> dict[str, object] | None:
        """The logo as a template shows it, at ``share`` of its size in a newsletter."""
        if self.logo is None:
            return None
        width, height = (max(round(side * share), 1) for side in (self.logo.width, self.logo.height))
        return {"cid": content_id(self.logo.name), "width": width, "height": height}
