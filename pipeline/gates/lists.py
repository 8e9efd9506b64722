"""The gates' own lists of words, read from the files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from pipeline.gates.folding import fold

Table = Mapping[str, frozenset[str]]

_FOLDER = resources.files("pipeline.gates") / "lists"


@cache
def document(name: str) -> Mapping[str, Any]:
    """A TOML file as it is."""
    return tomllib.loads((_FOLDER / name).read_text(encoding="utf-8"))


@cache
def tables(name: str) -> Mapping[str, Table]:
    """Of a TOML file each table: names of its lists and their words, folded; ``_`` stands for a space."""
    read = document(name)
    return {
        title: {
            key: frozenset(fold(word).replace("_", " ") for word in words.split())
            for key, words in table.items()
        }
        for title, table in read.items()
    }


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of a text file that are neither empty nor remarks."""
    text = (_FOLDER / name).read_text(encoding="utf-8")
    return tuple(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))
