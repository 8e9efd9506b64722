"""The settings that rules read, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class TextRules:
    """Which gates a school has before its posts' texts (rules 12 to 14)."""

    names: bool = True
    personal: bool = True
    tone: bool = True
    extra: tuple[str, ...] = ()  #: words of the school's own that its tone has no room for
    never: tuple[str, ...] = ()  #: words that never hold a post for its tone


@dataclass(frozen=True, kw_only=True, slots=True)
class RuleSettings:
    """The settings that rules read; part of the policy that is compared at hand-over (rule 16)."""

    own_child_photo: bool = (
        False  #: rule 10: let a photo go when only the recipient's own child lacks consent
    )
    class_parent_waits: bool = True  #: rule 3
    consent_per_school_year: bool = False  #: rule 9: a yes counts only in the school year it was given in
    school_year_starts: tuple[int, int] = (8, 1)  #: month, day
    owed_days: int = 28  #: rule 5: how long an earlier post can still be owed
    text_checks: TextRules = field(default_factory=TextRules)
    mail_size: int = 8_000_000  #: octets of a finished mail; photos that do not fit stay behind
