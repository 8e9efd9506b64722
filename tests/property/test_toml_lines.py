"""Every value that tomllib finds has its place, and at that place stands its key."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import example, given, strategies as st

from pipeline.toml_lines import Path, Place, read, scan

TRICKY = """\
# [not.a.table]
top = 1 # = 2
"quoted key" = '''
[[no]]
x = "''
'''
a.b . 'c' = \"\"\"one \\\"\"\" two \\
  [no]
  "\"\"\"\"

[[school]] # first
list = [ # ] = [
  "a]", { x = [1, 2], "y z" = "}" }, # }
  1979-05-27 07:32:00,
  [ ], ]
[school.rules]
d = 1979-05-27 07:32:00
[[school.newsletter]]
day = "fri"
[[ school . newsletter ]]
  day = "mon"
[[school]]
newsletter = { day = "tue", "time" = '1' }
"""


@pytest.mark.parametrize(
    "path, place",
    [
        (("top",), (2, 1)),
        (("quoted key",), (3, 1)),
        (("a", "b", "c"), (7, 1)),
        (("school",), (11, 1)),
        (("school", 0, "list"), (12, 1)),
        (("school", 0, "list", 0), (13, 3)),
        (("school", 0, "list", 1, "x", 1), (13, 19)),
        (("school", 0, "list", 1, "y z"), (13, 23)),
        (("school", 0, "list", 3), (15, 3)),
        (("school", 0, "rules"), (16, 1)),
        (("school", 0, "rules", "d"), (17, 1)),
        (("school", 0, "newsletter", 0, "day"), (19, 1)),
        (("school", 0, "newsletter", 1), (20, 1)),
        (("school", 0, "newsletter", 1, "day"), (21, 3)),
        (("school", 1), (22, 1)),
        (("school", 1, "newsletter", "time"), (23, 29)),
        (("school", 1, "newsletter", 0, "time"), (23, 29)),
        (("school", 1, "missing"), (22, 1)),
        (("school", 1, "newsletter", 0, "missing"), (23, 1)),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_nothing_in_a_value_is_taken_for_a_key(end: str, path: Path, place: tuple[int, int]) -> None:
    tomllib.loads(TRICKY)
    assert read(TRICKY.replace("\n", end), "x").place(path) == Place(*place)


def test_lines_count_from_where_the_text_stands_in_its_file() -> None:
    document = read("a = 1\nb = x\n", "post.md", first_line=2)
    assert document.place(("a",)) == Place(2, 1)
    assert [problem.line for problem in document.problems] == [3]
    assert document.mended == {3}


keys = st.text("ab-_1", min_size=1, max_size=3) | st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=4
)
scalars = (
    st.integers(-99, 99)
    | st.booleans()
    | st.text(st.sampled_from("a\"'[]{}#=,.\\ \n"), max_size=8)
    | st.datetimes()
    | st.times()
)


def bare(key: str) -> str:
    return key if key and all(c in "ab-_1" for c in key) else quoted(key)


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


@st.composite
def values(draw: st.DrawFn, depth: int = 2) -> str:
    """A value as someone may write it."""
    kind = draw(st.sampled_from(["scalar", "long", "list", "table"] if depth else ["scalar", "long"]))
    if kind == "list":
        parts = draw(st.lists(values(depth - 1), max_size=3))
        gap = draw(st.sampled_from([" ", "\n", " # ] } \" '''\n  "]))
        return f"[{gap}" + f",{gap}".join(parts) + f"{gap}]"
    if kind == "table":
        inner = draw(st.dictionaries(keys, values(depth - 1), max_size=3))
        return "{ " + ", ".join(f"{bare(key)} = {value}" for key, value in inner.items()) + " }"
    value = draw(scalars)
    if isinstance(value, str) and kind == "long":
        return '"""\n' + value.replace("\\", "\\\\").replace('"""', '""\\"') + '\\u0020"""'
    if isinstance(value, str):
        return quoted(value)
    return (
        str(value).lower()
        if isinstance(value, bool | int)
        else value.isoformat(*[" "] * hasattr(value, "date"))
    )


@st.composite
def documents(draw: st.DrawFn) -> str:
    lines = draw(st.lists(st.tuples(keys, values()), max_size=4, unique_by=lambda pair: pair[0]))
    text = "".join(f"{bare(key)}={value} # {key!r}\n" for key, value in lines)
    for number in range(draw(st.integers(0, 3))):
        header = draw(st.sampled_from(["[[ s ]]", '[["s"]]', f"[t{number}.u]", f"[s{number}]"]))
        pairs = draw(st.dictionaries(keys, values(), max_size=3))
        text += f"  {header} # [x]\n" + "".join(f"\t{bare(key)} = {value}\n" for key, value in pairs.items())
    return text


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in steps:
        yield (*path, step)
        yield from paths(inner, (*path, step))


@given(documents())
def test_every_path_has_its_place(text: str) -> None:
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError:  # a name of a table that is taken
        return
    places = scan(text)
    assert set(places) == set(paths(data))
    lines = text.split("\n")
    for path, place in places.items():
        here = lines[place.line - 1][place.column - 1 :]
        if isinstance(path[-1], str):
            assert here.startswith(("[", bare(path[-1])))


@given(st.text("ab=[]{}\"'#.,\\ \n1", max_size=60))
@example('"\\1"')
def test_no_text_is_too_strange_to_be_read(text: str) -> None:
    document = read(text, "x")
    last = len(text.split("\n"))
    assert document.problems or document.data is not None
    assert all(1 <= (problem.line or 0) <= last for problem in document.problems)
    scan(text)
