"""Half-open stretches of days, as links and enrolments have them (rule 2)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Span:
    """Half-open days; None is open."""

    since: date | None
    until: date | None

    @property
    def empty(self) -> bool:
        return self.since is not None and self.until is not None and self.until <= self.since

    def holds(self, day: date) -> bool:
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


def unbroken(spans: Iterable[Span], day: date) -> Span | None:
    """The union of touching or overlapping spans that holds ``day``."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: s.since or date.min):
        if span.empty:
            continue
        last = merged[-1] if merged else None
        if last and (last.until is None or (span.since or date.min) <= last.until):
            until = None if last.until is None or span.until is None else max(last.until, span.until)
            merged[-1] = Span(last.since, until)
        else:
            merged.append(span)
    return next((span for span in merged if span.holds(day)), None)
