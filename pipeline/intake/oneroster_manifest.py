"""manifest.csv of OneRoster: which files the export has, and whether each is whole or only what changed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipeline.intake.bundle import Bundle
from pipeline.intake.directory import CLASSES, ENROLMENTS, USERS

MANIFEST = "manifest.csv"
_READ = (USERS, "roles.csv", CLASSES, ENROLMENTS, "orgs.csv", "academicSessions.csv", "demographics.csv")
_VERSIONS = ("1.1", "1.2")


class Mode(StrEnum):
    BULK = "bulk"
    DELTA = "delta"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Manifest:
    modes: dict[str, Mode]

    def mode(self, name: str) -> Mode:
        return self.modes[name]


def read_manifest(bundle: Bundle) -> Manifest:
    """What the export says of itself; what is wrong with that stands in the bundle's findings."""
    if MANIFEST not in bundle:
        bundle.whole.problem(f"{MANIFEST} is missing, which every OneRoster export has; export it again")
        return Manifest({})
    findings, said, lines = bundle.findings(MANIFEST), dict[str, str](), dict[str, int]()
    for line, (name, value) in bundle.table(MANIFEST, ("propertyName", "value")).rows():
        said[name.casefold()], lines[name.casefold()] = value.casefold(), line
    if findings.failed:
        return Manifest({})
    version = said.get("oneroster.version", "")
    if not version:
        findings.remark("the manifest doesn't say which version of OneRoster it is; read by its files")
    elif not version.removeprefix("v").replace("p", ".").startswith(_VERSIONS):
        message = f"this is OneRoster {version[:20]}; versions 1.1 and 1.2 are read: choose one in the export"
        findings.problem(message, line=lines["oneroster.version"])
    modes: dict[str, Mode] = {}
    for name in _READ:
        key = f"file.{name.removesuffix('.csv')}".casefold()
        modes[name] = _mode(bundle, name, said.get(key, ""), lines.get(key))
    _demand(bundle, modes)
    return Manifest(modes)


def _mode(bundle: Bundle, name: str, value: str, line: int | None) -> Mode:
    if not value:  # not told: what lies there counts
        return Mode.BULK if name in bundle else Mode.ABSENT
    findings = bundle.findings(MANIFEST)
    if value not in set(Mode):
        findings.problem(f"{name} is said to be {value!r}; known are bulk, delta and absent", line=line)
        return Mode.ABSENT
    mode = Mode(value)
    if mode is not Mode.ABSENT and name not in bundle:
        message = f"{name} should be in the export ({value}) and is not: it is incomplete; export it again"
        findings.problem(message, line=line)
        return Mode.ABSENT
    return mode


def _demand(bundle: Bundle, modes: dict[str, Mode]) -> None:
    """A whole export needs all three; of changes each may be missing."""
    if bundle.findings(MANIFEST).failed or Mode.DELTA in modes.values():
        return
    for name in (USERS, CLASSES, ENROLMENTS):
        if modes[name] is Mode.ABSENT:
            message = f"the export has no {name}, without which nobody would be in a group; export it too"
            bundle.findings(MANIFEST).problem(message)
