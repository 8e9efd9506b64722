"""What the docs say about where a rule is decided and which test holds it can be found there."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
RULES = 23

#: `pipeline/rules.py` (`judge`, `clear`)
_PLACE = re.compile(r"`((?:pipeline|tests)/[\w/]+\.py)`\s+\(((?:`\w+`(?:,\s+|\s+and\s+)?)+)\)")


@cache
def defined(path: str) -> frozenset[str]:
    """Every name that a module binds, at any depth."""
    return frozenset(_names(ast.parse((ROOT / path).read_text())))


def _names(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id


def claims(text: str) -> list[tuple[str, str]]:
    return [(path, name) for path, names in _PLACE.findall(text) for name in re.findall(r"\w+", names)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_function_that_a_document_places_is_there(document: Path) -> None:
    found = claims(document.read_text())
    assert [(path, name) for path, name in found if name not in defined(path)] == []


def test_a_claim_is_read_and_can_be_wrong() -> None:
    text = "in `pipeline/outbox.py` (`move`,\n`nowhere`)"
    assert claims(text) == [("pipeline/outbox.py", "move"), ("pipeline/outbox.py", "nowhere")]
    assert "move" in defined("pipeline/outbox.py")
    assert "nowhere" not in defined("pipeline/outbox.py")


def test_every_rule_says_where_it_is_decided_and_what_holds_it() -> None:
    text = (ROOT / "docs" / "rules.md").read_text()
    parts = re.split(r"^### (\d+)\. ", text, flags=re.M)[1:]
    numbers, rules = list(map(int, parts[::2])), parts[1::2]
    assert numbers == list(range(1, RULES + 1))
    for number, rule in zip(numbers, rules, strict=True):
        for heading in ("**Decided**", "**Held by**", "**Waits**"):
            assert heading in rule, f"rule {number} lacks {heading}"


def test_the_layers_told_are_those_that_are_enforced() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    told = [
        re.findall(r"`(\w+)`", line) for line in re.findall(r"^\d+\. (.+(?:\n   .+)*)$", text, flags=re.M)
    ]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    [layers] = [each["layers"] for each in project["tool"]["importlinter"]["contracts"] if "layers" in each]
    enforced = [[name for name in re.findall(r"\w+", layer) if name != "web"] for layer in layers]
    assert [sorted(names) for names in told] == [sorted(names) for names in enforced]


def test_the_readme_shows_the_newsletter_and_the_flow() -> None:
    readme = (ROOT / "README.md").read_text()
    pictures = re.findall(r"docs/pictures/[\w-]+\.png", readme)
    assert {"docs/pictures/newsletter-360-light.png", "docs/pictures/newsletter-360-dark.png"} <= set(
        pictures
    )
    assert [name for name in pictures if not (ROOT / name).is_file()] == []
    assert "```mermaid" in readme
