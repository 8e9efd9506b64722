"""One post's front matter as a record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.intake.media_path import BadMedia, find_media
from pipeline.intake.post_fields import FrontMatter, is_day
from pipeline.intake.records import EventRecord, LinkToRecord, PhotoRecord, PostRecord, VideoRecord
from pipeline.intake.text import WHOLE_SCHOOL, match_name
from pipeline.toml_lines import Path as Where

MAX_TITLE = 300  #: characters, of an id too
_KEYS = (
    *("id", "group", "groups", "author", "title", "published", "urgent", "language"),
    *("photo", "video", "event", "link"),
)


class PostReader:
    """One post's front matter as a record."""

    def __init__(self, values: FrontMatter, data: Mapping[str, Any], folder: Path) -> None:
        self._values, self._data, self._folder = values, data, folder

    def post(self, body: str) -> PostRecord | None:
        values, data = self._values, self._data
        values.only((), data, _KEYS)
        published = values.moment((), data, "published")
        record = {
            "id": values.text((), data, "id", required=True, most=MAX_TITLE),
            "author": values.text((), data, "author", required=True),
            "title": values.text((), data, "title", required=True, most=MAX_TITLE),
        }
        groups, photos, videos = self._groups(), self._photos(), self._videos()
        event, links = self._event(), self._links()
        if published is None:
            return None
        return PostRecord(
            **record,
            file=values.findings.file,
            line=values.line(("id",)),
            groups=groups,
            published=published,
            body=body,
            photos=photos,
            videos=videos,
            event=event,
            links=links,
            language=values.language((), data, "language"),
            urgent=values.yes_or_no((), data, "urgent"),
            urgent_line=values.line(("urgent",)),
            group_line=values.line(("groups",) if "groups" in data else ("group",)),
            author_line=values.line(("author",)),
        )

    def _groups(self) -> tuple[str, ...]:
        values, data = self._values, self._data
        if "groups" in data and "group" in data:
            values.wrong(("groups",), "give either group or groups, not both")
            return ()
        if "groups" not in data:
            groups: tuple[str, ...] = (values.text((), data, "group", required=True),)
        else:
            groups = values.texts((), data, "groups") or ()
            if data["groups"] == []:
                values.wrong(("groups",), 'groups is empty; name at least one, or write  group = "school"')
        distinct: dict[str, str] = {}  # as compared -> as first written
        for group in groups:
            distinct.setdefault(match_name(group), group)
        if WHOLE_SCHOOL in distinct and len(distinct) > 1:
            values.wrong(("groups",), 'for the whole school write  group = "school"  alone')
        return (WHOLE_SCHOOL,) if WHOLE_SCHOOL in distinct else tuple(distinct.values())

    def _photos(self) -> tuple[PhotoRecord, ...]:
        found = []
        for where, table in self._values.tables(self._data, "photo"):
            self._values.only(where, table, ("file", "alt", "caption", "shows"))
            path = self._media(where, table, "file")
            if path:
                found.append(self._photo(where, table, "file", path))
        return tuple(found)

    def _photo(self, where: Where, table: Mapping[str, Any], key: str, path: Path) -> PhotoRecord:
        values = self._values
        return PhotoRecord(
            path=path,
            file=table[key],
            alt=values.text(where, table, "alt"),
            caption=values.text(where, table, "caption"),
            shows=values.texts(where, table, "shows"),
            line=values.line((*where, key)),
        )

    def _videos(self) -> tuple[VideoRecord, ...]:
        found = []
        for where, table in self._values.tables(self._data, "video"):
            self._values.only(where, table, ("file", "alt", "caption", "shows", "poster"))
            path = self._media(where, table, "file")
            poster = self._media(where, table, "poster") if "poster" in table else None
            if path:
                seen = self._photo(where, table, "file", path)
                frame = self._poster(seen, where, table, poster)
                found.append(_video(seen, frame))
        return tuple(found)

    def _poster(
        self, video: PhotoRecord, where: Where, table: Mapping[str, Any], path: Path | None
    ) -> PhotoRecord | None:
        """A poster frame counts as a photo that shows whom the video shows (rule 11)."""
        if path is None:
            return None
        return PhotoRecord(
            path=path,
            file=table["poster"],
            alt=video.alt,
            caption=video.caption,
            shows=video.shows,
            line=self._values.line((*where, "poster")),
        )

    def _media(self, where: Where, table: Mapping[str, Any], key: str) -> Path | None:
        name = self._values.text(where, table, key, required=True)
        if not name:
            return None
        try:
            return find_media(self._folder, table[key])
        except BadMedia as error:
            self._values.wrong((*where, key), str(error))
            return None

    def _event(self) -> EventRecord | None:
        values, event = self._values, self._data.get("event")
        if event is None:
            return None
        if not isinstance(event, dict):
            values.wrong(("event",), "write [event] on a line of its own, then starts and the rest below it")
            return None
        values.only(("event",), event, ("starts", "ends", "location"))
        location = values.text(("event",), event, "location")
        if is_day(event.get("starts")):
            days = values.days(("event",), event)
            return (
                EventRecord(starts=days[0], ends=days[1], location=location, all_day=True) if days else None
            )
        starts = values.moment(("event",), event, "starts")
        ends = values.moment(("event",), event, "ends") if "ends" in event else None
        if starts and ends and ends <= starts:
            values.wrong(("event", "ends"), "ends must lie after starts")
        return EventRecord(starts=starts, ends=ends, location=location) if starts else None

    def _links(self) -> tuple[LinkToRecord, ...]:
        found = []
        for where, table in self._values.tables(self._data, "link"):
            self._values.only(where, table, ("url", "title"))
            url = self._values.link(where, table)
            found.append(LinkToRecord(url=url, title=self._values.text(where, table, "title") or url))
        return tuple(found)


def _video(seen: PhotoRecord, poster: PhotoRecord | None) -> VideoRecord:
    return VideoRecord(
        path=seen.path,
        file=seen.file,
        alt=seen.alt,
        caption=seen.caption,
        shows=seen.shows,
        poster=poster,
        line=seen.line,
    )
