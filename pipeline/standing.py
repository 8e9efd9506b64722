"""What a delivery is decided on: the clock's and the settings' side, and the facts of one policy."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from pipeline.days import local_date
from pipeline.facts import Facts
from pipeline.guard import Guard
from pipeline.model import Policy, School


@dataclass(frozen=True, kw_only=True, slots=True)
class Now:
    """The rules' side of the policy, asked before every delivery."""

    at: datetime  #: the calendar's now
    school: School  #: with the rule settings as they stand in the file now
    digest: str  #: of those settings

    @property
    def today(self) -> date:
        return local_date(self.at, self.school.zone)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """What is decided on, until the policy moves."""

    policy: Policy
    facts: Facts
    guard: Guard
