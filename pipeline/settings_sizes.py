"""Sizes in schedules.toml; as in `settings_checks`, each gives the value to use or raises `ValueError`."""

from __future__ import annotations

import re

_MEGABYTES = re.compile(r"([0-9]{1,4}(?:[.,][0-9]{1,3})?) ?(?:MB|mb|Mb)")
_SMALLEST_MAIL, _LARGEST_MAIL = 1_000_000, 50_000_000


def mail_size(value: object) -> int:
    """Octets of a whole mail, written as "8 MB"; a million octets are one, as relays count."""
    found = _MEGABYTES.fullmatch(value.strip()) if isinstance(value, str) else None
    if not found:
        raise ValueError(f'{value!r} is no size: write megabytes between double quotes, such as "8 MB"')
    size = round(float(found[1].replace(",", ".")) * 1_000_000)
    if not _SMALLEST_MAIL <= size <= _LARGEST_MAIL:
        raise ValueError(
            f'{value!r}: a mail may have "1 MB" to "50 MB"; many mailboxes take no more than 20 MB'
        )
    return size
