"""Tables about what a picture is besides a picture."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table

from pipeline.store.columns import Key, metadata, number, string

video = Table(  # the photo of this key is the still picture of a video, and is called as the video is
    "video",
    metadata,
    Column("photo_id", Key, ForeignKey("photo.id"), primary_key=True),
    string("file"),  # in the media folder
    number("seconds"),
    number("width"),
    number("height"),
    number("octets"),
    string("digest"),  # SHA-256 of the file
)
