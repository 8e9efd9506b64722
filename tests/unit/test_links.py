"""Signed links: bound to one purpose, school and parent, and expiring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, strategies as st

from pipeline.links import LIFETIME, LinkPurpose, Links

BASE = "https://ouders.example.nl"
NOW = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
LINKS = Links(BASE, "a secret of sixteen characters")
PURPOSE = LinkPurpose.PREFERENCES


def token_of(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_link_leads_back_to_its_school_and_parent() -> None:
    url = LINKS.make(PURPOSE, "regenboog", 7, NOW)
    assert url.startswith(f"{BASE}/preferences/")
    assert LINKS.read(PURPOSE, token_of(url), NOW) == ("regenboog", 7)


def test_the_same_arguments_give_the_same_link() -> None:
    assert LINKS.make(PURPOSE, "regenboog", 7, NOW) == LINKS.make(PURPOSE, "regenboog", 7, NOW)


def test_two_parents_or_schools_never_share_a_link() -> None:
    made = {LINKS.make(PURPOSE, school, parent, NOW) for school in ("a", "b") for parent in range(50)}
    assert len(made) == 100


def test_a_link_fits_a_header_line() -> None:
    """Gmail ignores a folded List-Unsubscribe."""
    assert len(LINKS.make(PURPOSE, "x" * 50, 2**40, NOW)) < 250
    assert LINKS.make(PURPOSE, "regenboog", 7, NOW).isascii()


def test_it_lives_for_its_lifetime_and_no_longer() -> None:
    token = token_of(LINKS.make(PURPOSE, "regenboog", 7, NOW))
    assert LINKS.read(PURPOSE, token, NOW + LIFETIME) == ("regenboog", 7)
    assert LINKS.read(PURPOSE, token, NOW + LIFETIME + timedelta(seconds=1)) is None


def test_a_link_of_another_installation_opens_nothing() -> None:
    other = Links(BASE, "another secret of an installation")
    assert LINKS.read(PURPOSE, token_of(other.make(PURPOSE, "regenboog", 7, NOW)), NOW) is None


@pytest.mark.parametrize("position", range(0, 40, 3))
def test_a_changed_character_opens_nothing(position: int) -> None:
    token = token_of(LINKS.make(PURPOSE, "regenboog", 7, NOW))
    other = "A" if token[position] != "A" else "B"
    assert LINKS.read(PURPOSE, token[:position] + other + token[position + 1 :], NOW) is None


@given(st.text(max_size=200))
def test_whatever_else_comes_opens_nothing_and_raises_nothing(token: str) -> None:
    assert LINKS.read(PURPOSE, token, NOW) is None
