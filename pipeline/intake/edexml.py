"""EDEXML 2.0 and 2.1 (Edustandaard): pupils, groups, combined groups and teachers; it carries no parents.

The format also holds what must never be read: BSN and its kin, birth countries, weights, addresses.
So there is no tree: parser events go through an allow-list of paths, and the text and attributes of
everything else are dropped unseen. defusedxml refuses DTDs, entities and external references.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, ParseError

from pipeline.intake.edexml_people import RawGroup, RawPerson, RawSchool, people
from pipeline.intake.records import Roster
from pipeline.intake.text import Findings, open_file

MAX_EDEXML = 50_000_000  #: bytes; a school of a thousand pupils needs one or two million
_BLOCK = 1 << 16
_MAX_TOKEN = 1_000_000  #: bytes of one tag or comment; expat reads an unfinished one again with every block
_MAX_DEPTH = 32  #: the schema goes eight deep
_MAX_TEXT = 1000  #: characters of one value

_NAMES = {"achternaam", "voorvoegsel", "voornamen", "voorletters-1", "roepnaam"}
#: What is read of a person or group, and nothing else.
_TEXTS = {
    ("school",): {"xsdversie"},
    ("groepen", "groep"): {"naam"},
    ("groepen", "samengestelde_groep"): {"naam"},
    ("leerlingen", "leerling"): _NAMES | {"geboortedatum", "instroomdatum", "uitstroomdatum"},
    ("leerkrachten", "leerkracht"): _NAMES | {"emailadres"},
}
#: Where a reference to a group stands, by the key that it names.
_REFERENCES = {
    ("leerlingen", "leerling", "groep"),
    ("leerlingen", "leerling", "samengestelde_groepen", "samengestelde_groep"),
    ("leerkrachten", "leerkracht", "groepen", "groep"),
    ("leerkrachten", "leerkracht", "groepen", "samengestelde_groep"),
}
_SECTIONS = {"school", "vestigingen", "groepen", "leerlingen", "leerkrachten"}


class _Refused(Exception):
    """Reading on makes no sense; the message is for people."""


def read_edexml(path: Path) -> Roster:
    """The people in ``path``. Raises `BadInput` with every mistake in it.

    ``uitstroomdatum`` is the last day in the group, as DUO counts it (out on 31 July, in elsewhere on
    1 August), so ``until`` is the day after.
    """
    findings = Findings(str(path))
    target = _Target(findings)
    with open_file(path, limit=MAX_EDEXML) as file:
        _feed(file, target, findings)
    findings.settle()
    return people(target.school, str(path), findings)


def _feed(file: BinaryIO, target: _Target, findings: Findings) -> None:
    parser = DefusedXMLParser(target=target, forbid_dtd=True)
    target.parser = parser.parser
    fed = 0
    try:
        while block := file.read(_BLOCK):
            parser.feed(block)
            fed += len(block)
            if fed - max(parser.parser.CurrentByteIndex, 0) > _MAX_TOKEN:
                raise _Refused("one element of this file is over a megabyte; this is no EDEXML")
        parser.close()
    except ParseError as error:
        line, column = error.position
        findings.problem(_syntax_word(str(error)), line=line, column=column + 1)
    except DefusedXmlException:
        message = "the file declares a document type or entities, which EDEXML does not have; export it again"
        findings.problem(message, line=target.line())
    except _Refused as refused:
        findings.problem(str(refused), line=target.line())
    except (LookupError, ValueError) as error:  # from the codec that the declaration names
        findings.problem(f"the encoding that its first line names cannot be read: {error}", line=1)


def _syntax_word(error: str) -> str:
    said = error.partition(":")[0]
    if "no element" in said or "unclosed" in said:
        return "the file ends before </EDEX>: it is incomplete; export it again"
    if "invalid token" in said:
        return "here stands a character that doesn't fit the file's encoding or XML; export it again as UTF-8"
    if "encoding" in said:
        return f"the file is in another encoding than its first line says; export it again as UTF-8 ({said})"
    return f"this is not right as XML: {said}; export the file again"


class _Target:
    """Receives parser events; ``school`` holds what the allow-list let through."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self.school = RawSchool()
        self.parser: object = None
        self._path: list[str] = []
        self._person: RawPerson | RawGroup | RawSchool | None = None
        self._text: list[str] | None = None  # of the allowed element that is open
        self._length = 0

    def line(self) -> int:
        return int(getattr(self.parser, "CurrentLineNumber", 1))

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._text = None
        self._path.append(tag.rpartition("}")[2])
        if len(self._path) > _MAX_DEPTH:
            raise _Refused(f"elements stand more than {_MAX_DEPTH} deep in each other; this is no EDEXML")
        if len(self._path) == 1:
            self._root(self._path[0])
            return
        where = tuple(self._path[1:])
        if where in _TEXTS:
            self._person = self._open(where, attributes)
        elif where in _REFERENCES and isinstance(self._person, RawPerson):
            self._person.refer(where[-1], attributes.get("key", "").strip(), self.line())
        elif where[-1] in _TEXTS.get(where[:-1], ()):
            self._text, self._length = [], 0
        elif len(where) == 1 and where[0] not in _SECTIONS:
            message = f"<{where[0]}> is no part of EDEXML here; was the file changed by hand?"
            self._findings.problem(message, line=self.line())

    def _root(self, name: str) -> None:
        if name.upper() != "EDEX":
            raise _Refused(f"this XML is no EDEXML: it begins with <{name[:40]}> where <EDEX> is expected")

    def _open(self, where: tuple[str, ...], attributes: dict[str, str]) -> RawPerson | RawGroup | RawSchool:
        key = attributes.get("key", "").strip()
        if where == ("school",):
            self.school.line = self.line()
            return self.school
        if where[0] == "groepen":
            group = RawGroup(kind=where[1], key=key, line=self.line())
            self.school.groups.append(group)
            return group
        person = RawPerson(key=key, line=self.line())
        (self.school.pupils if where[0] == "leerlingen" else self.school.teachers).append(person)
        return person

    def data(self, text: str) -> None:
        if self._text is not None:
            self._length += len(text)
            if self._length > _MAX_TEXT:
                raise _Refused(f"the value of <{self._path[-1]}> is over {_MAX_TEXT} characters long")
            self._text.append(text)

    def end(self, _tag: str) -> None:
        if self._text is not None and self._person is not None:
            self._person.texts.setdefault(self._path[-1], "".join(self._text))
        elif tuple(self._path[1:]) in _TEXTS:
            self._person = None
        self._text = None
        self._path.pop()

    def close(self) -> None:
        return None
