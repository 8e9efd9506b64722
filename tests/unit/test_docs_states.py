"""The picture of the outbox in the docs and the table of moves in the code say the same."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path

from pipeline.model import DeliveryState
from pipeline.outbox import COUNTED_AS, Event, move

ARCHITECTURE = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"
Arrow = tuple[str, str, str]  #: from, to, event


def diagram() -> str:
    [drawn] = re.findall(r"^```mermaid\nstateDiagram-v2\n(.*?)^```", ARCHITECTURE.read_text(), re.M | re.S)
    return str(drawn)


def drawn_arrows(text: str) -> list[Arrow]:
    """One per event: an arrow may carry several, with commas."""
    arrows = re.findall(r"^\s*(\w+) --> (\w+)\s*: *(.+)$", text, re.M)
    return [(a, b, event.strip()) for a, b, events in arrows for event in events.split(",")]


def moves() -> set[Arrow]:
    pairs = product(DeliveryState, Event)
    return {(state, move(state, event), event) for state, event in pairs if move(state, event) != state}


def test_the_diagram_draws_every_move_of_the_table_and_no_other() -> None:
    drawn = drawn_arrows(diagram())
    assert len(drawn) == len(set(drawn)), "an arrow is drawn twice"
    assert set(drawn) == moves()


def test_the_diagram_names_every_state() -> None:
    named = set(re.findall(r"\w+", diagram()))
    assert set(DeliveryState) <= named


def test_every_line_of_the_diagram_is_understood() -> None:
    """So that no arrow escapes the comparison by being written in another way."""
    known = r"\s*(?:\[\*\] --> \w+ *: .+|\w+ --> \w+ *: .+|direction \w+|)"
    assert [line for line in diagram().splitlines() if not re.fullmatch(known, line)] == []


def test_the_docs_count_states_as_status_does() -> None:
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| (\w+)", ARCHITECTURE.read_text(), re.M)
    told = {state: counted for state, counted in rows if state in set(DeliveryState)}
    assert told == {**COUNTED_AS, DeliveryState.WITHHELD: "withheld"}
