"""The project keeps its own promises: what the docs name exists, versions are pinned, house rules hold."""

from __future__ import annotations

import ast
import importlib.metadata
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
MAX_FILE_LINES = 300
MAX_FUNCTION_LINES = 40

# Written in pieces, so that this file does not name what it looks for.
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("crates", "io"),
    )
)
MACHINE_PATH = re.compile(r"(?<![\w.~-])/(?:" + "work|root" + r")/")


@cache
def project_files() -> tuple[Path, ...]:
    """Every file that is, or is about to be, committed; relative to the top."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    return tuple(sorted(Path(name) for name in names if name and (ROOT / name).is_file()))


@cache
def known_places() -> frozenset[str]:
    """Every file and folder of the project, as a path from the top."""
    files = set(project_files())
    return frozenset(str(place) for file in files for place in (file, *file.parents))


def documents() -> list[Path]:
    return [
        path for path in project_files() if path.suffix == ".md" and path.parts[0] in ("README.md", "docs")
    ]


def sources() -> list[Path]:
    return [path for path in project_files() if path.suffix == ".py" and path.parts[0] == "pipeline"]


def code_spans(text: str) -> list[str]:
    """What stands between backticks, and the lines of fenced blocks, of one Markdown document."""
    fenced = re.findall(r"^```[^\n]*\n(.*?)^```", text, flags=re.M | re.S)
    rest = re.sub(r"^```[^\n]*\n.*?^```", "", text, flags=re.M | re.S)
    return re.findall(r"`([^`\n]+)`", rest) + [line for block in fenced for line in block.splitlines()]


# --- what the docs name exists ---------------------------------------------------------------------------

TOP = ("pipeline", "tests", "templates", "docs", "migrations", "benchmarks", ".ci")
OURS = re.compile(r"(?:{tops})/[\w./-]*|[\w.-]+\.(?:py|mjml|md)".format(tops="|".join(map(re.escape, TOP))))


def is_there(name: str, document: Path) -> bool:
    """``name`` from the top, the document's own folder or, without a folder, anywhere in the project."""
    place = name.rstrip("/")
    beside = os.path.relpath((ROOT / document.parent / place).resolve(), ROOT)
    if place in known_places() or beside in known_places():
        return True
    return "/" not in place and any(path.name == place for path in project_files())


def missing_paths(document: Path, text: str) -> list[str]:
    named = [span.strip() for span in code_spans(text) if OURS.fullmatch(span.strip())]
    links = [link for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if ":" not in link]
    return [name for name in named + links if not is_there(name, document)]


def test_every_path_that_a_document_names_exists() -> None:
    missing = {str(path): missing_paths(path, (ROOT / path).read_text()) for path in documents()}
    assert {path: names for path, names in missing.items() if names} == {}


def test_a_path_that_is_not_there_is_noticed() -> None:
    text = "See `pipeline/model.py`, `pipeline/nowhere.py`, `tests/`, [this](gone.md) and `roster.csv`."
    assert missing_paths(Path("docs/x.md"), text) == ["pipeline/nowhere.py", "gone.md"]


def commands_named(text: str) -> set[tuple[str, ...]]:
    """Each ``weekbrief ...`` as its words up to the first value, and the options it uses."""
    found = set()
    for span in code_spans(text):
        for tail in re.findall(r"(?:^|[\s/])weekbrief((?: +[^\s|;&#]+)+)", span.partition(" #")[0]):
            found.add(_words_and_options(tail.split()))
    return found - {()}


def _words_and_options(words: list[str]) -> tuple[str, ...]:
    options = [word.strip("[]") for word in words if re.fullmatch(r"\[?--[a-z][a-z-]*\]?", word)]
    names = [word for word in words if not word.startswith(("-", "["))]
    verbs = names[: 2 if names[:1] in (["import"], ["photo"], ["relay"]) else 1]
    if not all(re.fullmatch(r"[a-z]+(?:\|[a-z]+)*", verb) for verb in verbs):
        return ()
    return (*verbs, *sorted(options))


def weekbrief_help(*words: str) -> str:
    command = [Path(sys.executable).with_name("weekbrief"), *words, "--help"]
    done = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"weekbrief {' '.join(words)}: {done.stderr}"
    return done.stdout


def test_every_command_that_a_document_names_exists() -> None:
    named = set().union(*(commands_named((ROOT / document).read_text()) for document in documents()))
    everywhere = weekbrief_help() if named else ""
    for words in sorted(named):
        verbs = [word for word in words if not word.startswith("-")]
        text = everywhere + weekbrief_help(*verbs)
        assert [word for word in words if word.startswith("-") and word not in text] == [], words


def test_commands_are_found_in_text_and_in_blocks() -> None:
    text = (
        "Do `weekbrief import roster x.csv --approve`:\n```sh\n.venv/bin/weekbrief run --at T  # now\n```\n"
    )
    assert commands_named(text) == {("import", "roster", "--approve"), ("run", "--at")}


def test_every_make_target_that_a_document_names_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), flags=re.M))
    for document in documents():
        spans = code_spans((ROOT / document).read_text())
        named = {target for span in spans for target in re.findall(r"(?:^\s*|&& |\$ )make ([a-z]+)", span)}
        assert named <= targets, document


# --- nothing of this machine, and everything pinned ------------------------------------------------------


def readable(path: Path) -> str:
    return (ROOT / path).read_bytes().decode("utf-8", errors="replace")


def test_no_file_names_the_host_of_a_package_registry() -> None:
    found = [
        (str(path), host) for path in project_files() for host in REGISTRY_HOSTS if host in readable(path)
    ]
    assert found == []


def test_no_file_names_a_path_of_the_machine_it_was_written_on() -> None:
    assert [str(path) for path in project_files() if MACHINE_PATH.search(readable(path))] == []


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    rows = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in rows}


def declared() -> list[Requirement]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = [row for rows in project["project"]["optional-dependencies"].values() for row in rows]
    return [Requirement(row) for row in (*project["project"]["dependencies"], *extras)]


def test_constraints_pin_a_version_that_pyproject_allows_of_every_dependency() -> None:
    pinned = pins()
    for requirement in declared():
        version = pinned.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name} is not in constraints.txt"
        assert version in requirement.specifier, (
            f"{requirement.name} is pinned outside what pyproject.toml allows"
        )


def reachable(todo: list[Requirement]) -> Iterator[tuple[str, str]]:
    """Name and installed version of everything that the requirements bring with them on this Python."""
    seen: set[tuple[str, frozenset[str]]] = set()
    while todo:
        wanted = todo.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        distribution = importlib.metadata.distribution(wanted.name)
        yield key[0], distribution.version
        further = [Requirement(row) for row in distribution.requires or ()]
        todo += [row for row in further if _applies(row, wanted.extras)]


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""})


def test_everything_installed_is_the_pinned_version() -> None:
    pinned = pins()
    assert {name: version for name, version in reachable(declared()) if pinned.get(name) != version} == {}


def test_the_build_tool_is_pinned_to_one_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["build-system"]["requires"] == [f"hatchling=={pins()['hatchling']}"]


def test_a_wheel_carries_the_templates_and_all_of_the_package(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    [wheel] = tmp_path.glob("weekbrief-*.whl")
    wanted = {path.as_posix() for path in project_files() if path.parts[0] == "pipeline"}
    wanted |= {f"pipeline/_{path.as_posix()}" for path in project_files() if path.parts[0] == "templates"}
    with zipfile.ZipFile(wheel) as archive:
        assert wanted - set(archive.namelist()) == set()


# --- Cleared has one maker -------------------------------------------------------------------------------


def forgeries(tree: ast.AST) -> list[str]:
    """Every expression that could give a Cleared without asking the rules."""
    return [f"{node.lineno}: {ast.unparse(node)}" for node in ast.walk(tree) if _forges(node)]


def _forges(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="Cleared") | ast.Attribute(attr="Cleared")):
            return True
        case ast.Call(func=ast.Name(id="isinstance")):
            return False
        case ast.Call(
            func=ast.Name(id="replace") | ast.Attribute(attr="replace" | "__replace__"), keywords=[_, *_]
        ):
            return "cleared" in ast.unparse(node).casefold()
        case ast.Call(args=arguments, keywords=keywords):
            return any(map(_is_cleared, (*arguments, *(word.value for word in keywords))))
        case ast.Assign(value=value) | ast.NamedExpr(value=value):
            return _is_cleared(value)
        case ast.Attribute(value=value):
            return _is_cleared(value)
        case ast.ClassDef(bases=bases):
            return any(map(_is_cleared, bases))
        case ast.alias(name="Cleared", asname=str()):
            return True
    return False


def _is_cleared(node: ast.AST) -> bool:
    return isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).split(".")[-1] == "Cleared"


def test_nothing_but_the_rules_makes_a_cleared_delivery() -> None:
    others = [path for path in sources() if path != Path("pipeline/rules.py")]
    found = {str(path): forgeries(ast.parse((ROOT / path).read_text())) for path in others}
    assert {path: rows for path, rows in found.items() if rows} == {}


def test_the_rules_do_make_cleared_deliveries() -> None:
    assert forgeries(ast.parse((ROOT / "pipeline/rules.py").read_text())) != []


@pytest.mark.parametrize(
    "forged",
    [
        "Cleared(message=b'')",
        "rules.Cleared(message=b'')",
        "object.__new__(Cleared)",
        "Cleared.__new__(Cleared)",
        "dataclasses.replace(cleared, message=other)",
        "replace(self.cleared, envelope=other)",
        "Make = Cleared",
        "partial(rules.Cleared, message=b'')",
        "from pipeline.rules import Cleared as Ready",
        "class Mine(Cleared): ...",
    ],
)
def test_every_way_around_the_rules_is_noticed(forged: str) -> None:
    assert forgeries(ast.parse(forged)) != []


@pytest.mark.parametrize(
    "honest",
    [
        "async def deliver(take: Callable[[], Awaitable[Cleared | None]]) -> Cleared | None: ...",
        "if isinstance(answer, Cleared): pass",
        "from pipeline.rules import Cleared",
        "name.replace('cleared', 'x')",
    ],
)
def test_naming_the_type_is_no_forgery(honest: str) -> None:
    assert forgeries(ast.parse(honest)) == []


# --- how our code reads ----------------------------------------------------------------------------------


def is_migration(path: Path) -> bool:
    """A migration is a frozen list of statements, not code to find one's way in."""
    return "versions" in path.parts


def test_no_source_file_is_longer_than_300_lines() -> None:
    lengths = {
        str(path): len((ROOT / path).read_text().splitlines()) for path in sources() if not is_migration(path)
    }
    assert {path: lines for path, lines in lengths.items() if lines > MAX_FILE_LINES} == {}


def long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse((ROOT / path).read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            if lines > MAX_FUNCTION_LINES:
                yield f"{path}:{node.lineno} {node.name} has {lines} lines"


def test_no_function_is_longer_than_40_lines() -> None:
    assert [row for path in sources() if not is_migration(path) for row in long_functions(path)] == []
