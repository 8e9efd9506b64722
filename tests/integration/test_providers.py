"""Two days of a school at Google, Microsoft, Amazon: limits are kept, nothing is lost or given up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.installation import Installation
from tests.provider_scene import FAMILIES, FRIDAY, Clock, live, school
from tests.providers import Provider, google, microsoft, ses
from tests.smtp_server import Offers, ThreadedServer
from tests.token_server import TokenServer

DAY = 14  #: mails; two days of it are enough for all

PROVIDERS: dict[str, Callable[[Callable[[], datetime], int], Provider]] = {
    "google": google,
    "microsoft365": microsoft,
    "ses": ses,
}


@pytest.mark.parametrize("name", PROVIDERS)
def test_a_newsletter_is_spread_over_two_days_of_a_providers_limits(tmp_path: Path, name: str) -> None:
    """The provider takes fewer than the preset knows, so that its own words are what tells us."""
    clock = Clock()
    provider = PROVIDERS[name](clock, DAY)
    with ThreadedServer(provider) as server:
        told = school(tmp_path, server.url, preset=name, login="password")
        waiting = live(told, clock, FRIDAY + timedelta(days=2))
        assert server.faults == []
        sent = Counter(mail.recipient for mail in server.messages)
    assert len(sent) == FAMILIES
    assert set(sent.values()) == {1}
    assert waiting[0] == FAMILIES - DAY, "what the day has room for goes at once"
    assert waiting[-1] == 0
    states = told.sql("SELECT state, COUNT(*) FROM delivery GROUP BY state")
    assert states == [("sent", FAMILIES)], "what only was put off is neither refused nor given up"
    assert told.sql("SELECT COUNT(*) FROM parent WHERE suppressed_at IS NOT NULL") == [(0,)]
    assert len(provider.refused) <= 4 + len(waiting), "each call asks with one mail, not with all"


def test_a_budget_that_is_known_is_never_overstepped_and_shown(tmp_path: Path) -> None:
    """Microsoft's own: 30 a minute and three connections; and a day that the school knows better."""
    clock = Clock()
    provider = microsoft(clock, 10_000)
    with ThreadedServer(provider) as server:
        told = school(tmp_path, server.url, 50, preset="microsoft365", login="password", per_day=40)
        waiting = live(told, clock, FRIDAY + timedelta(hours=30), every=13)
        assert len(server.messages) == 50
    assert provider.refused == [], "neither a connection, a minute nor a day too many"
    assert waiting[0] == 10
    assert provider.taken[39] - provider.taken[0] >= timedelta(minutes=1)
    relay = told("status", "--json").json["relay"]
    assert (relay["per_day"], relay["reserve"]) == (40, 0)


def test_a_token_that_ends_in_the_middle_of_a_run_is_renewed_and_no_mail_is_lost_or_doubled(
    tmp_path: Path,
) -> None:
    """The relay closes each session after five mails, as providers do, and by then the token has ended."""
    clock = Clock()
    with TokenServer(check=lambda form: "", clock=clock.seconds, lasts=400) as tokens:
        accept = tokens.accepts

        def accepts(user: str, token: str) -> bool:
            ok = accept(user, token)
            clock.now += timedelta(seconds=200)  # by the next session a token is over, or nearly
            return ok

        offers = Offers(auth=("XOAUTH2",))
        with ThreadedServer(_Weary(5), offers=offers, tokens=accepts) as server:
            url = server.url.replace("//", "//nieuws%40regenboog.example@")
            told = school(
                tmp_path,
                url,
                preset="microsoft365",
                tenant="t",
                client="c",
                token_url=tokens.url,
                connections=2,
                per_minute=100_000,
            )
            live(told, clock, clock.now + timedelta(hours=1), {"WEEKBRIEF_OAUTH_SECRET": "geheim"})
            assert server.faults == []
            sent = Counter(mail.recipient for mail in server.messages)
    assert len(sent) == FAMILIES
    assert set(sent.values()) == {1}
    assert len(tokens.given) >= 3
    assert {form["client_secret"] for form in tokens.asked} == {"geheim"}


class _Weary:
    """Says 421 in answer to the MAIL after so many, and closes."""

    def __init__(self, most: int) -> None:
        self._most, self._count = most, Counter[int]()

    def __call__(self, moment: Any) -> Any:
        from tests.smtp_script import Act, Phase, Then

        if moment.phase is Phase.MAIL:
            self._count[moment.connection] += 1
            if self._count[moment.connection] > self._most:
                return Act(reply="421 4.7.0 Try again later, closing connection.", then=Then.CLOSE)
        return None


REFUSALS: dict[str, tuple[int, dict[str, str]]] = {
    "wrong secret": (401, {"error": "invalid_client", "error_description": "wrong"}),
    "gone mailbox": (400, {"error": "invalid_grant", "error_description": "no such user"}),
}


@pytest.mark.parametrize("why", [*REFUSALS, "535 of the relay"])
def test_a_refused_login_claims_nothing_and_says_what_is_wrong(tmp_path: Path, why: str) -> None:
    with TokenServer(check=lambda form: "", clock=lambda: 0.0) as tokens:
        tokens.fail_with = REFUSALS.get(why)
        with ThreadedServer(offers=Offers(auth=("XOAUTH2",))) as server:
            url = server.url.replace("//", "//nieuws%40regenboog.example@")
            microsoft = {"preset": "microsoft365", "tenant": "t", "client": "c", "token_url": tokens.url}
            told = school(tmp_path, url, 5, **microsoft)
            told.environ["WEEKBRIEF_OAUTH_SECRET"] = "geheim"
            said = told("run", "--at", "2026-11-20T16:00", expect=75)
            assert server.messages == []
    rows = told.sql("SELECT state, owner, attempts FROM delivery WHERE state <> 'withheld'")
    assert set(rows) == {("queued", None, 0)}
    assert "geheim" not in said.out + said.err
    assert ("535" if why.startswith("535") else "gives no token") in said.out + said.err


@pytest.mark.parametrize(
    "reply",
    ["535 5.7.139 Authentication unsuccessful", "550 5.7.30 Basic authentication is not supported"],
)
def test_what_refuses_the_account_in_the_middle_stops_the_run_and_no_mail_for_good(
    tmp_path: Path, reply: str
) -> None:
    from tests.smtp_script import Phase, refuse

    with ThreadedServer([refuse(Phase.MAIL, reply)]) as server:
        told = school(tmp_path, server.url, 30, connections=2)
        said = told("run", "--at", "2026-11-20T16:00", expect=75)
        assert server.messages == []
    states = dict(told.sql("SELECT state, COUNT(*) FROM delivery GROUP BY state"))
    assert states.keys() <= {"queued", "deferred"}
    assert states.get("deferred", 0) <= 2, "one for each connection, not all of them"
    assert reply.split(" ", 1)[1][:10] in said.out + said.err


@pytest.fixture
def two(tmp_path: Path) -> Iterator[tuple[Installation, ThreadedServer, ThreadedServer]]:
    with ThreadedServer() as one, ThreadedServer() as other:
        yield school(tmp_path, one.url, 3), one, other


def test_which_school_uses_which_relay(two: tuple[Installation, ThreadedServer, ThreadedServer]) -> None:
    told, one, other = two
    told.top["relays"] = {"eigen": {"url": other.url, "senders": ["*@Regenboog.example"]}}
    told.settings()
    told("run", "--at", "2026-11-20T16:00")
    assert (len(one.messages), len(other.messages)) == (0, 3)
    assert [each["name"] for each in told("status", "--json").json["relays"]] == ["eigen"]
    told.settings(relay="niemand")
    assert "there is no relay 'niemand'" in told("status", expect=2).err
