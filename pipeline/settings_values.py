"""What schedules.toml says, as frozen values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from pathlib import Path
from zoneinfo import ZoneInfo

from pipeline.model import RuleSettings
from pipeline.problems import BadInput, Problem
from pipeline.relay.settings import RelaySettings
from pipeline.settings_relays import relay_of


class Photos(StrEnum):
    """How photos travel with a mail."""

    INLINE = "inline"
    LINKS = "links"


#: In place of a weekday: the first day of the week on which there is school.
FIRST_SCHOOL_DAY = 0


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Moment:
    """A day and time of the week, by the school's own clock."""

    weekday: int  #: 1 is Monday, 7 is Sunday (ISO 8601); or `FIRST_SCHOOL_DAY`
    time: time


class InHolidays(StrEnum):
    """What becomes of what falls in a school holiday."""

    SKIP = "skip"  #: not then; it goes along with what comes after
    SEND = "send"


@dataclass(frozen=True, kw_only=True, slots=True)
class Holidays:
    """When there is no school, apart from weekends. Days are of the school's own calendar."""

    region: str | None = None  #: noord, midden or zuid (the Netherlands); None: no public calendar is used
    newsletter: InHolidays = InHolidays.SKIP
    immediate: InHolidays = InHolidays.SEND
    free: tuple[tuple[date, date], ...] = ()  #: the school's own free days, first and last of each
    open: tuple[date, ...] = ()  #: school days all the same


@dataclass(frozen=True, kw_only=True, slots=True)
class Immediate:
    """When mail that goes as posts come is sent."""

    pause: timedelta = timedelta(seconds=60)  #: after publication: an edit or withdrawal still counts
    bundle: timedelta = timedelta(seconds=30)  #: posts that follow so soon go along in one mail
    quiet_from: time = time(19)  #: nothing from here
    quiet_until: time = time(7)  #: to here, also over midnight; equal to ``quiet_from``: no quiet hours


@dataclass(frozen=True, kw_only=True, slots=True)
class Notices:
    """Mails to staff about what needs them (rule 23)."""

    time: time = time(16)  #: of the one bundled mail a day
    held: bool = True  #: held posts and photos, to teachers, author and management
    addresses: bool = True  #: failed and suppressed addresses, to the management
    summary: bool = True  #: after each newsletter, to the management


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnTexts:
    """A school's own words in its mail, each by language; under "" for every language."""

    greeting: Mapping[str, str] = field(default_factory=dict)  #: with ``{name}`` once, instead of ours
    rights: Mapping[str, str] = field(default_factory=dict)  #: after our sentence of rule 22
    footer: Mapping[str, str] = field(default_factory=dict)  #: a paragraph of its own under the mail


@dataclass(frozen=True, kw_only=True, slots=True)
class Dkim:
    """With what a school's mail is signed (RFC 6376)."""

    selector: str
    domain: str | None  #: None: the sender's
    key_file: Path | None  #: None: the key stands in the environment


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoLimits:
    """How long and how large a video file may be."""

    seconds: int = 180
    octets: int = 200_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Retention:
    """Days after which data goes (rule 20)."""

    mails: int = 90
    photos: int = 365
    after_leaving: int = 365


@dataclass(frozen=True, kw_only=True, slots=True)
class SchoolSettings:
    """One ``[[school]]`` table."""

    id: str
    name: str
    language: str
    zone: ZoneInfo
    sender: str
    reply_to: str
    management: tuple[str, ...]  #: addresses, at least one
    newsletter: tuple[Moment, ...]  #: in the order of the week, at least one
    colour: str | None = None  #: ``#rrggbb`` that white text can be read on
    relay: str | None = None  #: one of ``[relays.NAME]``; None: by its sender
    contact: str | None = None  #: one line, such as a telephone number
    calendar_links: bool = True  #: beside an event: links that fill in the forms of calendar services
    logo: Path | None = None
    templates: Path | None = None  #: folder with mail templates that go before ours
    texts: OwnTexts = field(default_factory=OwnTexts)
    dkim: Dkim | None = None  #: None: mail is not signed here
    school_days: tuple[int, ...] = (1, 2, 3, 4, 5)  #: weekdays (ISO 8601)
    holidays: Holidays = field(default_factory=Holidays)
    immediate: Immediate = field(default_factory=Immediate)
    late: timedelta = timedelta(hours=48)  #: a newsletter made later than this waits for a person
    notices: Notices | None = field(default_factory=Notices)  #: None: none are sent
    video: VideoLimits = field(default_factory=VideoLimits)
    rules: RuleSettings = field(default_factory=RuleSettings)
    retention: Retention = field(default_factory=Retention)


@dataclass(frozen=True, kw_only=True, slots=True)
class Settings:
    """All that one installation is told. Paths are absolute."""

    file: Path
    database: str = field(repr=False)  #: SQLAlchemy URL; from the environment it may hold a password
    media: Path
    base_url: str | None  #: without a slash at its end
    photos: Photos
    relay: RelaySettings  #: of every school that no other one is for
    relays: tuple[RelaySettings, ...]  #: in the order of the file
    metrics: tuple[str, int] | None  #: loopback host and port of `weekbrief serve`'s metrics and health
    schools: tuple[SchoolSettings, ...]  #: in the order of the file, at least one
    secret: str | None = field(repr=False, default=None)  #: there whenever ``base_url`` is
    environ: Mapping[str, str] = field(repr=False, default_factory=dict)  #: the relays' secrets
    dkim_key: str | None = field(repr=False, default=None)  #: of schools whose ``dkim`` names no file

    @property
    def every_relay(self) -> tuple[RelaySettings, ...]:
        return self.relay, *self.relays

    def relay_of(self, school: SchoolSettings) -> RelaySettings:
        """Where its mail is handed to."""
        return relay_of(school.sender, school.relay, self.relay, self.relays)

    def smtp_password(self, relay: RelaySettings) -> str | None:
        return self.environ.get(relay.password_variable) or None

    def relay_secret(self, relay: RelaySettings) -> str | None:
        """By which a token is got: a client's secret, or a service account's key file."""
        return self.environ.get(relay.secret_variable) or None

    def school(self, id: str | None) -> SchoolSettings:
        """The school of that id, or the only one for None; `BadInput` naming the ids otherwise."""
        found = [school for school in self.schools if id is None or school.id == id]
        if len(found) == 1:
            return found[0]
        ids = ", ".join(school.id for school in self.schools)
        words = "name one school with --school" if id is None else f"there is no school {id!r}"
        raise BadInput([Problem(file=str(self.file), message=f"{words}; there are: {ids}")])

    def rules_digest(self, school: SchoolSettings) -> str:
        """Differs when a setting that rules read differs; the same in every process (rule 16)."""
        told = json.dumps([asdict(school.rules), school.zone.key, school.language], sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()[:16]
