"""The shape of schedules.toml, in the terms of pydantic (decision 0013)."""

from __future__ import annotations

from datetime import date, time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainValidator

from pipeline import settings_checks as checks, settings_look as look
from pipeline.settings_sizes import mail_size as size_of_a_mail

Line = Annotated[str, AfterValidator(checks.one_line)]
Address = Annotated[str, AfterValidator(checks.address)]
AsciiAddress = Annotated[str, AfterValidator(checks.ascii_address)]
Days = Annotated[int, Field(ge=1, le=3650)]
Clock = Annotated[time, PlainValidator(checks.clock_time)]
Weekday = Annotated[int, PlainValidator(checks.weekday)]
Seconds = Annotated[float, Field(gt=0, le=3600, allow_inf_nan=False)]


class _Shape(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, hide_input_in_errors=True)


class TimeoutsShape(_Shape):
    connect: Seconds | None = None
    greeting: Seconds | None = None
    command: Seconds | None = None
    data: Seconds | None = None
    answer: Seconds | None = None


class RelayShape(_Shape):
    url: Annotated[str, AfterValidator(checks.relay_url)] | None = None
    preset: Literal["google", "microsoft365", "ses", "postfix"] | None = None
    user: Line | None = None
    login: Literal["password", "token"] | None = None
    tenant: Line | None = None
    client: Line | None = None
    token_url: Annotated[str, AfterValidator(checks.base_url)] | None = None
    senders: list[Line] = []
    connections: Annotated[int, Field(ge=1, le=100)] | None = None
    per_minute: Annotated[int, Field(ge=1)] | None = None
    per_day: Annotated[int, Field(ge=1)] | None = None
    reserve: Annotated[int, Field(ge=0)] = 0
    timeouts: TimeoutsShape = TimeoutsShape()
    helo: Annotated[str, AfterValidator(checks.host_name)] | None = None
    ca_file: Line | None = None


class MomentShape(_Shape):
    day: Annotated[int, PlainValidator(checks.weekday_or_first)]
    time: Clock


class HolidaysShape(_Shape):
    region: Annotated[str, PlainValidator(checks.region)] | None = None
    newsletter: Annotated[str, PlainValidator(checks.newsletter_in_holidays)] = "skip"
    immediate: Annotated[str, PlainValidator(checks.skip_or_send)] = "send"
    free: list[Annotated[tuple[date, date], PlainValidator(checks.days)]] = []
    open: list[Annotated[date, PlainValidator(checks.one_day)]] = []


class ImmediateShape(_Shape):
    pause: Annotated[int, Field(ge=0, le=86_400)] = 60  # seconds, as bundle
    bundle: Annotated[int, Field(ge=0, le=86_400)] = 30
    quiet_from: Clock = time(19)
    quiet_until: Clock = time(7)


class NoticesShape(_Shape):
    time: Clock = time(16)
    held: bool = True
    addresses: bool = True
    summary: bool = True


class TextChecksShape(_Shape):
    names: bool = True
    personal: bool = True
    tone: bool = True
    extra: list[Line] = []
    never: list[Line] = []


class DkimShape(_Shape):
    selector: Annotated[str, AfterValidator(look.selector)]
    domain: Annotated[str, AfterValidator(look.signing_domain)] | None = None
    key_file: Line | None = None


class TextsShape(_Shape):
    greeting: Annotated[dict[str, str], PlainValidator(look.greeting)] = {}
    rights: Annotated[dict[str, str], PlainValidator(look.own_text)] = {}
    footer: Annotated[dict[str, str], PlainValidator(look.own_text)] = {}


class VideoShape(_Shape):
    seconds: Annotated[int, Field(ge=1, le=3600)] = 180
    megabytes: Annotated[int, Field(ge=1, le=2000)] = 200


class RulesShape(_Shape):
    own_child_photo: bool | None = None
    class_parent_waits: bool | None = None
    consent_per_school_year: bool | None = None
    school_year_starts: Annotated[tuple[int, int], PlainValidator(checks.month_day)] | None = None
    owed_days: Annotated[int, Field(ge=1, le=365)] | None = None
    mail_size: Annotated[int, PlainValidator(size_of_a_mail)] | None = None
    text_checks: TextChecksShape | None = None


def _all_different(moments: list[MomentShape]) -> list[MomentShape]:
    if len({(moment.day, moment.time) for moment in moments}) < len(moments):
        raise ValueError("two newsletters are at the same day and time: take one away")
    return moments


class SchoolShape(RulesShape):
    id: Annotated[str, AfterValidator(checks.slug)]
    name: Line
    language: Annotated[str, AfterValidator(checks.language)]
    timezone: Annotated[ZoneInfo, PlainValidator(checks.zone)]
    sender: AsciiAddress
    reply_to: AsciiAddress | None = None
    management: Annotated[list[Address], Field(min_length=1)]
    newsletter: Annotated[list[MomentShape], Field(min_length=1), AfterValidator(_all_different)]
    colour: Annotated[str, AfterValidator(checks.colour)] | None = None
    contact: Line | None = None
    relay: Line | None = None
    calendar_links: bool = True
    logo: Line | None = None
    templates: Line | None = None
    texts: TextsShape = TextsShape()
    dkim: DkimShape | None = None
    school_days: Annotated[list[Weekday], Field(min_length=1)] = [1, 2, 3, 4, 5]
    holidays: HolidaysShape = HolidaysShape()
    immediate: ImmediateShape = ImmediateShape()
    late_hours: Annotated[int, Field(ge=1, le=24 * 365)] = 48
    notices: NoticesShape | None = NoticesShape()  # true and false are made into these beforehand
    video: VideoShape = VideoShape()
    rules: RulesShape = RulesShape()
    keep_mails_days: Days | None = None
    keep_photos_days: Days | None = None
    keep_after_leaving_days: Days | None = None


class FileShape(_Shape):
    database: Annotated[str, AfterValidator(checks.database)] = "sqlite:///weekbrief.db"
    media: Line = "media"
    base_url: Annotated[str, AfterValidator(checks.base_url)] | None = None
    photos: Literal["inline", "links"] = "inline"
    metrics: Annotated[tuple[str, int], PlainValidator(checks.loopback)] | None = None
    relay: RelayShape
    relays: dict[Annotated[str, AfterValidator(checks.slug)], RelayShape] = {}
    school: Annotated[list[SchoolShape], Field(min_length=1)]
