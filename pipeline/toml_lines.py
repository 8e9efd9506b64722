"""TOML that a person wrote: parsed by `tomllib`, with the place of every key and every mistake.

`tomllib` says where the syntax is wrong, and forgets where the values stood. The scanner here walks
text that `tomllib` has accepted (TOML 1.0, https://toml.io/en/v1.0.0) and notes the places.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.problems import Problem

#: Keys from the root to a value; an int is the index in an array, also in an array of tables.
Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY_PART = re.compile(
    r"""[ \t]*(?:(?P<bare>[A-Za-z0-9_-]+)|(?P<quoted>"(?:\\.|[^"\\\n])*"|'[^'\n]*'))[ \t]*"""
)
_TEXT = re.compile(
    r'"""(?:\\[\s\S]|[^\\])*?"""(?:"{0,2})'  # up to two quotes may stand right before the closing three
    r"|'''[\s\S]*?'''(?:'{0,2})"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|'[^'\n]*'"
)
_PLAIN = re.compile(r"[^,\]}\r\n#]+")  # numbers, booleans, dates, with a blank before their time
_POSITION = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")
_ONE_LINE = re.compile(r"[ \t]*[A-Za-z0-9_.-]+[ \t]*=(?!.*(\"\"\"|'''))")
_NAME = re.compile(r"[ \t]*[A-Za-z0-9_.-]+")
_MOST_MISTAKES = 20

_WORDS = (
    ("Invalid value", 'this value cannot be read: put text between double quotes, as in language = "nl"'),
    ("Expected '='", "this line is not of the form  name = value  (a name has no spaces in it)"),
    ("Invalid statement", "this line is not of the form  name = value  or  [table]"),
    ("Expected newline", "there is something behind the value: put the whole value between double quotes"),
    ("Cannot overwrite", "this name stands twice in the same table: keep one of the two"),
    ("Duplicate inline", "this name stands twice between the same { }: keep one of the two"),
    ("Cannot declare", "this table stands twice: put its lines together (a school begins with [[school]])"),
    ("Cannot mutate", "this table was already written in another way: put its lines together"),
    ("Unclosed array", "a list that began with [ is not closed with ], or lacks a comma or a quote"),
    ("Unclosed inline", "a { is not closed with }, or a comma or a double quote is missing inside it"),
    ("Unterminated", 'text that began with a quote (", or three of them) is not closed'),
    ("Illegal character '\\n'", "text on this line is not closed: put a double quote at both ends of it"),
    ("Unescaped '\\'", "a \\ in text must be written twice (\\\\), or the text put between single quotes"),
    ("Invalid date", "this date or time does not exist"),
    ("Expected ']", "the name of a table stands between [ and ], or [[ and ]] for a school"),
)


@dataclass(frozen=True, slots=True, order=True)
class Place:
    line: int  #: 1 is the first
    column: int  #: 1 is the first character


@dataclass(frozen=True, kw_only=True, slots=True)
class Document:
    """What a text says, as far as it could be read."""

    data: Mapping[str, Any] | None  #: None when nothing sensible is left after the mistakes
    problems: tuple[Problem, ...]
    places: Mapping[Path, Place]
    mended: frozenset[int]  #: lines with a mistake; what ``data`` holds for them means nothing

    def place(self, path: Path) -> Place | None:
        """Where ``path`` stands, or else the nearest table or array that should hold it."""
        known: Path = ()
        for step in path:
            if (*known, step) in self.places:
                known = (*known, step)
            elif step != 0:  # a table may stand where a list of one is meant
                break
        return self.places.get(known)


def read(source: str, file: str, *, first_line: int = 1) -> Document:
    """Parse TOML. A line that cannot be read is set aside, so that the others' mistakes show as well."""
    text = source.replace("\r\n", "\n")
    problems: list[Problem] = []
    mended: set[int] = set()
    for _ in range(_MOST_MISTAKES):
        try:
            data = tomllib.loads(text)
        except (ValueError, RecursionError) as error:
            place = _error_place(error, text)
            if place.line in mended:
                break
            mended.add(place.line)
            line, message = place.line + first_line - 1, _in_words(error, text.split("\n")[place.line - 1])
            problems.append(Problem(file=file, line=line, column=place.column, message=message))
            text, before = _without(text, place.line, str(error)), text
            if text == before:
                break
        else:
            places = {path: Place(p.line + first_line - 1, p.column) for path, p in scan(text).items()}
            lines = frozenset(line + first_line - 1 for line in mended)
            return Document(data=data, problems=tuple(problems), places=places, mended=lines)
    return Document(data=None, problems=tuple(problems), places={}, mended=frozenset())


def scan(source: str) -> dict[Path, Place]:
    """The place of every key, table and array element of valid TOML. Stops quietly where it is lost."""
    scanner = _Scanner(source.replace("\r\n", "\n"))
    with contextlib.suppress(_Lost, RecursionError, tomllib.TOMLDecodeError):
        scanner.document()
    return scanner.places


class _Lost(Exception):
    """The text is not what TOML allows here."""


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text, self.position = text, 0
        self.places: dict[Path, Place] = {}
        self.counts: dict[Path, int] = {}  # how many [[tables]] of this name so far
        self._line, self._line_start = 1, 0

    def document(self) -> None:
        table: Path = ()
        while self._skip_blank() < len(self.text):
            table = self._header() if self._peek("[") else self._pair(table)

    def _header(self) -> Path:
        place, several = self._here(), self._peek("[[")
        self._eat("[[" if several else "[")
        *outer, last = self._keys()
        self._eat("]]" if several else "]")
        table = (*self._resolve(outer, place), last)
        if several:
            self.counts[table] = self.counts.get(table, 0) + 1
        return self._resolve([last], place, within=table[:-1])

    def _resolve(self, keys: list[str], place: Place, within: Path = ()) -> Path:
        """Through an array of tables the way goes by its last element."""
        path = within
        for key in keys:
            path = (*path, key)
            self.places.setdefault(path, place)
            if path in self.counts:
                path = (*path, self.counts[path] - 1)
                self.places.setdefault(path, place)
        return path

    def _pair(self, table: Path) -> Path:
        place = self._here()
        path = table
        for key in self._keys():
            path = (*path, key)
            self.places.setdefault(path, place)
        self._eat("=")
        self._skip_blank()
        self._value(path)
        return table

    def _value(self, path: Path) -> None:
        if self._peek("["):
            self._array(path)
        elif self._peek("{"):
            self._inline_table(path)
        elif self._peek('"') or self._peek("'"):
            self._match(_TEXT)
        else:
            self._match(_PLAIN)

    def _array(self, path: Path) -> None:
        self._eat("[")
        index = 0
        while self._skip_blank() < len(self.text) and not self._peek("]"):
            self.places[(*path, index)] = self._here()
            self._value((*path, index))
            index += 1
            self._comma()
        self._eat("]")

    def _inline_table(self, path: Path) -> None:
        self._eat("{")
        while self._skip_blank() < len(self.text) and not self._peek("}"):
            self._pair(path)
            self._comma()
        self._eat("}")

    def _comma(self) -> None:
        self._skip_blank()
        if self._peek(","):
            self._eat(",")

    def _keys(self) -> list[str]:
        keys = [self._key()]
        while self._peek("."):
            self._eat(".")
            keys.append(self._key())
        return keys

    def _key(self) -> str:
        found = self._match(_KEY_PART)
        if found["bare"]:
            return found["bare"]
        return str(tomllib.loads(f"key = {found['quoted']}")["key"])

    def _skip_blank(self) -> int:
        self._match(_BLANK)
        return self.position

    def _peek(self, text: str) -> bool:
        return self.text.startswith(text, self.position)

    def _eat(self, text: str) -> None:
        if not self._peek(text):
            raise _Lost
        self.position += len(text)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        found = pattern.match(self.text, self.position)
        if not found:
            raise _Lost
        self.position = found.end()
        return found

    def _here(self) -> Place:
        passed = self.text.count("\n", self._line_start, self.position)
        if passed:
            self._line += passed
            self._line_start = self.text.rindex("\n", 0, self.position) + 1
        return Place(self._line, self.position - self._line_start + 1)


def _error_place(error: Exception, text: str) -> Place:
    found = _POSITION.search(str(error))
    if found and found[1]:
        return Place(int(found[1]), int(found[2]))
    if found:
        return Place(text.rstrip("\n").count("\n") + 1, 1)
    return Place(1, 1)


def _in_words(error: Exception, line: str) -> str:
    said = _POSITION.sub("", str(error))
    if any(quote in line for quote in "“”„‘’"):
        return f'this line has curly quotation marks: type straight ones (") instead ({said})'
    for start, words in _WORDS:
        if said.startswith(start):
            return f"{words} ({said})"
    return f"this is not right as TOML: {said}"


def _without(text: str, number: int, said: str) -> str:
    """``text`` with one bad line made harmless; unchanged where the mistake may reach beyond its line."""
    lines = text.split("\n")
    bad = lines[number - 1]
    if said.startswith(("Unclosed array", "Unterminated")) or bad.count("[") != bad.count("]"):
        return text
    pair = _ONE_LINE.match(bad)
    if pair and said.startswith("Cannot overwrite"):
        lines[number - 1] = ""
    elif pair or said.startswith("Expected '='"):
        name = _NAME.match(bad)
        lines[number - 1] = f'{name[0]} = ""' if name else ""  # a name that is there isn't called missing
    return "\n".join(lines)
