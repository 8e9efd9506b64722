"""A school's template as it was written: what can be told with the very line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from jinja2 import Environment, TemplateSyntaxError, nodes

from pipeline.lint.findings import Begins, Finding, error, fragments
from pipeline.lint.tags import tag_mistakes
from pipeline.readings import SLOT, Jinja
from pipeline.template_files import HOUSE, Sources, compiled

_SLOTS = ("CHANGE", "NAME", "PREHEADER", "SUMMARY")
_MARKS = {"mjml": "<!-- fragment: {} -->", "txt": "{{# fragment: {} #}}"}
_POSITION = re.compile(r"position (\d+)")

#: What would let a value out unescaped, or read other files.
_FORBIDDEN_FILTERS = {"safe": "what people wrote would count as HTML", "attr": "it is not needed"}
_FORBIDDEN_NODES: Mapping[type[nodes.Node], str] = {
    nodes.Include: "another file cannot be taken in: write its text here",
    nodes.Import: "another file cannot be taken in: write its text here",
    nodes.FromImport: "another file cannot be taken in: write its text here",
    nodes.Extends: "another file cannot be taken in: write its text here",
    nodes.EvalContextModifier: "escaping cannot be switched off: take `autoescape` out",
}
_TRANSLATING = {"_", "gettext", "ngettext", "pgettext", "npgettext"}


def file_mistakes(sources: Sources, file: str) -> Iterator[Finding]:
    """What is wrong with one of a school's own files."""
    place = sources.find(file)
    try:
        text = sources.text(file)
    except UnicodeDecodeError:
        yield error("encoding", place, None, "this is not UTF-8: save it with that encoding")
        return
    if file.endswith(".mjml"):
        yield from tag_mistakes(text, place, house=file == HOUSE)
    if file != HOUSE:
        yield from _fragment_mistakes(sources, file, text)
        for found in fragments(text, file).values():
            yield from _jinja_mistakes(sources, file, found)


def compile_mistakes(sources: Sources, page: str) -> Iterator[Finding]:
    """What MJML itself cannot read."""
    source = sources.text(f"{page}.mjml")
    try:
        compiled(source, sources.text(HOUSE))
    except Exception as fault:  # the two libraries raise nearly anything
        found = _POSITION.search(str(fault))
        at = min(int(found[1]), len(source)) if found and "root template" in str(fault) else None
        line = source.encode()[:at].count(b"\n") + 1 if at is not None else None
        words = f"MJML cannot read this: {fault}; look for a tag that is not closed"
        yield error("mjml", sources.find(f"{page}.mjml"), line, words)


def _fragment_mistakes(sources: Sources, file: str, text: str) -> Iterator[Finding]:
    place, kind = sources.find(file), file.rpartition(".")[2]
    wanted = _wanted(sources, file)
    marks = (
        re.findall(r"fragment: (\w+)", text) if kind == "mjml" else re.findall(r"# fragment: (\w+) #", text)
    )
    have = fragments(text, file)
    for name in (name for name in wanted if name not in have):
        words = f"the fragment `{name}` is missing: add  {_MARKS[kind].format(name)}  and what belongs to it"
        yield error("fragment_missing", place, None, words)
    for name in dict.fromkeys(name for name in have if name not in wanted):
        words = f"`{name}` is no fragment, so nobody would see it; there are: {', '.join(wanted[1:])}"
        yield error("fragment_unknown", place, have[name].line, words)
    for name in {name for name in marks if marks.count(name) > 1 and name in wanted}:
        yield error("fragment_twice", place, have[name].line, f"the fragment `{name}` stands twice: keep one")


def _wanted(sources: Sources, file: str) -> list[str]:
    return list(fragments((sources.mail / file).read_text("utf-8"), file))


@cache
def _reader(kind: str) -> Environment:
    jinja = Jinja(sandboxed=True)
    return jinja.rich() if kind == "mjml" else jinja.bare()


def _jinja_mistakes(sources: Sources, file: str, found: Begins) -> Iterator[Finding]:
    place, offset = sources.find(file), found.line - 1
    for hole in SLOT.finditer(found.text):
        if hole[1] not in _SLOTS:
            line = found.line + found.text.count("\n", 0, hole.start())
            words = f"there is no place `slot.{hole[1]}`; there are: {', '.join(_SLOTS)}"
            yield error("slot_unknown", place, line, words)
    try:
        tree = _reader(file.rpartition(".")[2]).parse(SLOT.sub("", found.text))
    except TemplateSyntaxError as fault:
        words = f"this cannot be read: {fault.message}"
        yield error("syntax", place, offset + fault.lineno, words)
        return
    for line, words in _forbidden(tree):
        yield error("not_allowed", place, offset + line, words)


def _forbidden(tree: nodes.Template) -> Iterator[tuple[int, str]]:
    for node in tree.find_all(nodes.Node):
        for kind, words in _FORBIDDEN_NODES.items():
            if isinstance(node, kind):
                yield node.lineno, words
        if isinstance(node, nodes.Filter) and node.name in _FORBIDDEN_FILTERS:
            yield (
                node.lineno,
                f"the filter `{node.name}` is not for templates: {_FORBIDDEN_FILTERS[node.name]}",
            )
        elif isinstance(node, nodes.Name) and node.name == "slot":
            yield (
                node.lineno,
                "write a place exactly so, without spaces: ((slot.NAME)), in text {{ slot.NAME }}",
            )
        elif isinstance(node, nodes.Call) and _translates_a_value(node):
            yield node.lineno, "only a sentence in quotes can be translated, not a value"


def _translates_a_value(node: nodes.Call) -> bool:
    """Its result counts as HTML, so a value that people wrote must not be its sentence."""
    if not (isinstance(node.node, nodes.Name) and node.node.name in _TRANSLATING):
        return False
    sentences = node.args[: 1 if node.node.name in {"_", "gettext"} else 2]
    return not sentences or not all(isinstance(each, nodes.Const) for each in sentences)
