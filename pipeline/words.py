"""The enumerated words of product.md: channels, roles, states and every named reason of a refusal."""

from __future__ import annotations

from enum import StrEnum


class Channel(StrEnum):
    """How a parent chose to receive posts."""

    APP = "app"
    MAIL = "mail"
    NEWSLETTER = "newsletter"
    NONE = "none"


class Role(StrEnum):
    MANAGEMENT = "management"
    TEACHER = "teacher"
    CLASS_PARENT = "class_parent"


class Purpose(StrEnum):
    """What consent is asked for (rule 8): mail and newsletter both need ``mail``."""

    APP = "app"
    MAIL = "mail"


class Kind(StrEnum):
    """What of a child consent is about (rule 8)."""

    PHOTO = "photo"
    VIDEO = "video"
    NAME = "name"


class Approval(StrEnum):
    """Whether the school let a parent in for one pupil."""

    UNDECIDED = "undecided"
    APPROVED = "approved"
    UNAPPROVED = "unapproved"


class PostState(StrEnum):
    LIVE = "live"
    WAITING = "waiting"  #: a class parent's post that no teacher or management released yet (rule 3)
    HELD = "held"
    WITHDRAWN = "withdrawn"


class RunKind(StrEnum):
    """What a run is for. contract.md knows weekly and immediate ones: see `SHOWN_AS`."""

    URGENT = "urgent"  #: what management marked as urgent, at once and by mail, whatever a parent chose
    IMMEDIATE = "immediate"  #: mail as posts come
    FEED = "feed"  #: the app's inbox as posts come
    WEEKLY = "weekly"


#: The channel over which a run goes, and the purpose that consent is asked for (rule 8).
CHANNEL_OF = {
    RunKind.URGENT: Channel.MAIL,
    RunKind.IMMEDIATE: Channel.MAIL,
    RunKind.FEED: Channel.APP,
    RunKind.WEEKLY: Channel.NEWSLETTER,
}
PURPOSE_OF = {Channel.NEWSLETTER: Purpose.MAIL, Channel.MAIL: Purpose.MAIL, Channel.APP: Purpose.APP}

#: What `status` calls a run of each kind (contract.md).
SHOWN_AS = {kind: RunKind.WEEKLY if kind is RunKind.WEEKLY else RunKind.IMMEDIATE for kind in RunKind}


def serves(kind: RunKind, channel: Channel) -> bool:
    """Whether a run of this kind is for parents who chose ``channel``."""
    return channel is not Channel.NONE if kind is RunKind.URGENT else CHANNEL_OF[kind] is channel


class Withheld(StrEnum):
    """Why a parent gets nothing from a run (rule 17), in the order in which the first that fits counts."""

    NOT_APPROVED = "not_approved"
    BLOCKED = "blocked"
    NO_CURRENT_CHILD = "no_current_child"
    NO_ADDRESS = "no_address"
    SUPPRESSED = "suppressed"
    CHANNEL_NONE = "channel_none"
    OTHER_CHANNEL = "other_channel"
    NO_NEWS = "no_news"


class PostReason(StrEnum):
    """Why a post does not go to a parent (rules 2 to 5)."""

    AUTHOR = "author_not_allowed"  #: rule 3: not the author's own group
    WAITING = "waiting_for_teacher"  #: rule 3: a class parent's post nobody released yet
    HELD = "held"
    WITHDRAWN = "withdrawn"
    NOT_URGENT = "not_urgent"  #: an urgent run has only what management marked as urgent
    NOT_PUBLISHED = "not_published"  #: published at or after the run's cut-off
    BEFORE_FIRST_RUN = "before_first_run"
    TOO_OLD = "too_old"
    NOT_IN_AUDIENCE = "not_in_audience"
    BEFORE_ENROLMENT = "before_enrolment"
    ALREADY_HAD = "already_had"
    NOT_OWED = "not_owed"  #: an earlier run had it and this parent was not entitled to it then
    TAKEN_LATER = "next_run"  #: became sendable after this run had taken its posts


class PhotoReason(StrEnum):
    """Why a photo stays behind while its post goes (rules 1, 7, 8, 10)."""

    CUSTODY = "custody"
    NOT_LISTED = "not_listed"
    UNKNOWN_PUPIL = "unknown_pupil"
    NO_CONSENT = "no_consent"
    REFUSED = "file_refused"  #: the picture file could not be read safely
    REMOVED = "removed"  #: a later version of the post no longer has it
    NO_ROOM = "no_room"  #: the mail is as large as the school lets it be; the photo itself may go


class DeliveryState(StrEnum):
    """Where one parent's delivery of one run stands (the outbox)."""

    QUEUED = "queued"
    SENDING = "sending"
    DEFERRED = "deferred"
    SENT = "sent"
    REFUSED = "refused"
    FAILED = "failed"
    HELD = "held"
    WITHHELD = "withheld"
    IN_DOUBT = "in_doubt"
