"""``weekbrief feed``: what stands in a parent's inbox in the app, as the web part will show it."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from pipeline.commands import Exit
from pipeline.commands.console import say, say_json
from pipeline.feed import Entry, feed_of
from pipeline.model import Event, Photo, School, Video
from pipeline.office import Office
from pipeline.store import decisions
from pipeline.store.feed_rows import facts_for_feed, standing_in_feed


def feed(office: Office, told: Namespace) -> Exit:
    settings = office.settings.school(told.school)
    school = office.school(settings)
    maker = office.maker(settings, school)
    with office.database.read() as connection:
        parent = decisions.find_parent(connection, school, told.parent)
        standing = standing_in_feed(connection, parent.id)
        facts = facts_for_feed(connection, school, maker.languages, standing, office.clock())
    entries = feed_of(facts, facts.parent(parent.id), standing)
    authors = {key: staff.name for key, staff in facts.snapshot.staff.items()}
    posts = [_post(school, entry, authors.get(entry.post.author, "")) for entry in entries]
    if told.json:
        say_json({"parent": parent.ref, "posts": posts})
    else:
        _say_feed(parent.ref, posts)
    return Exit.DONE


def _post(school: School, entry: Entry, author: str) -> dict[str, Any]:
    content = entry.post.content
    return {
        "post": entry.post.id,
        "title": content.title,
        "text": content.body,
        "language": content.language or school.language,
        "author": author,
        "published": entry.post.published.astimezone(school.zone).isoformat(),
        "since": entry.since.astimezone(school.zone).isoformat(),
        "run": entry.run,
        "groups": list(entry.groups),
        "photos": [_photo(photo) for photo in entry.photos],
        "event": _event(school, content.event) if content.event else None,
        "links": [{"url": link.url, "title": link.title} for link in content.links],
    }


def _photo(photo: Photo) -> dict[str, Any]:
    """``picture`` names the stored file, which holds no metadata."""
    shown = {"file": photo.file, "picture": photo.name, "alt": photo.alt, "caption": photo.caption}
    return {**shown, "width": photo.width, "height": photo.height, "video": _video(photo.video)}


def _video(video: Video | None) -> dict[str, Any] | None:
    """``file`` names the stored file, beside the picture."""
    if video is None:
        return None
    shape = {"width": video.width, "height": video.height, "octets": video.octets}
    return {"file": video.file, "seconds": video.seconds, **shape}


def _event(school: School, event: Event) -> dict[str, Any]:
    ends = event.ends.astimezone(school.zone).isoformat() if event.ends else None
    starts = event.starts.astimezone(school.zone).isoformat()
    whole_days = {"all_day": True} if event.all_day else {}
    return {"starts": starts, "ends": ends, "location": event.location, **whole_days}


def _say_feed(parent: str, posts: list[dict[str, Any]]) -> None:
    say(f"the feed of {parent}: {len(posts) or 'no'} posts")
    for post in posts:
        groups = f" ({', '.join(post['groups'])})" if post["groups"] else ""
        say(f"  {post['post']}: {post['title']}{groups}, since {post['since'][:16].replace('T', ' ')}")
        for photo in post["photos"]:
            say(f"    {photo['file']}")
