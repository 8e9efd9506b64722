"""The same small school written as roster.csv, OneRoster, School Data Sync or a workbook."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from pipeline.intake.roster_check import COLUMNS

Files = dict[str, list[list[str]]]  #: of each file its rows, the header first

_ROW = "sourcedId,status,dateLastModified"
HEADERS: dict[str, str] = {
    "manifest.csv": "propertyName,value",
    "orgs.csv": f"{_ROW},name,type,identifier,parentSourcedId",
    "academicSessions.csv": f"{_ROW},title,type,startDate,endDate,parentSourcedId,schoolYear",
    "classes.csv": f"{_ROW},title,grades,courseSourcedId,classCode,classType,location,schoolSourcedId,"
    "termSourcedIds,subjects,subjectCodes,periods",
    "users.csv": f"{_ROW},enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,middleName,"
    "identifier,email,sms,phone,agentSourcedIds,grades,password",
    "roles.csv": f"{_ROW},userSourcedId,roleType,role,beginDate,endDate,orgSourcedId,userProfileSourcedId",
    "enrollments.csv": f"{_ROW},classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate",
    "demographics.csv": f"{_ROW},birthDate,sex",
}
SDS_HEADERS: dict[str, str] = {
    "orgs.csv": "sourcedId,name,type,parentSourcedId",
    "users.csv": "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms",
    "roles.csv": "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate",
    "classes.csv": "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId",
    "enrollments.csv": "classSourcedId,userSourcedId,role",
    "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole",
    "demographics.csv": "userSourcedId,sex,birthDate",
}


@dataclass(frozen=True, kw_only=True)
class Child:
    id: str
    first: str = "Noor"
    last: str = "de Vries"
    born: str = ""
    #: group, first day, first day no longer there
    stints: tuple[tuple[str, str, str], ...] = (("groep 3", "", ""),)
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Adult:
    id: str
    first: str = "Jan"
    last: str = "de Vries"
    email: str = ""
    role: str = "parent"


@dataclass(kw_only=True)
class Families:
    children: list[Child]
    adults: list[Adult]
    teaches: dict[str, str] = field(default_factory=dict)  #: adult -> group

    @property
    def groups(self) -> list[str]:
        return list(dict.fromkeys(group for child in self.children for group, _, _ in child.stints))

    def roster_rows(self) -> Iterator[dict[str, str]]:
        adults = {adult.id: adult for adult in self.adults}
        for child in self.children:
            for group, since, until in child.stints or (("", "", ""),):
                for parent in child.parents or ("",):
                    cells = [child.id, child.first, child.last, child.born, group, since, until]
                    if parent:
                        adult = adults[parent]
                        name = f"{adult.first} {adult.last}".strip()
                        cells += [parent, name, adult.email]
                    yield dict(zip(COLUMNS, [*cells, *[""] * (len(COLUMNS) - len(cells))], strict=True))

    def oneroster(self, *, version: str = "1.1", direction: str = "pupil", mode: str = "bulk") -> Files:
        """``direction``: whose agents say who belongs to whom: ``pupil``, ``parent`` or ``both``."""
        key = {group: f"c{number}" for number, group in enumerate(self.groups, 1)}
        of: dict[str, list[str]] = {}
        for child in self.children:
            for parent in child.parents:
                of.setdefault(parent, []).append(child.id)
        files = start(version, mode)
        put(files, "orgs.csv", sourcedId="s1", name="De Regenboog", type="school")
        for group in self.groups:
            put(files, "classes.csv", sourcedId=key[group], title=group, schoolSourcedId="s1")
        for child in self.children:
            agents = ",".join(child.parents) if direction != "parent" else ""
            user(files, child.id, child.first, child.last, role="student", agents=agents)
            put(files, "demographics.csv", sourcedId=child.id, birthDate=child.born)
            for number, (group, since, until) in enumerate(child.stints):
                enrol(files, f"e-{child.id}-{number}", key[group], child.id, "student", since, until)
        for adult in self.adults:
            agents = ",".join(of.get(adult.id, ())) if direction != "pupil" else ""
            user(files, adult.id, adult.first, adult.last, email=adult.email, role=adult.role, agents=agents)
            if adult.id in self.teaches:
                if version != "1.1":
                    put(
                        files, "roles.csv", sourcedId=f"rt-{adult.id}", userSourcedId=adult.id, role="teacher"
                    )
                enrol(files, f"e-{adult.id}", key[self.teaches[adult.id]], adult.id, "teacher")
        return files

    def sds(self) -> Files:
        key = {group: f"c{number}" for number, group in enumerate(self.groups, 1)}
        files: Files = {name: [header.split(",")] for name, header in SDS_HEADERS.items()}
        put(files, "orgs.csv", sourcedId="s1", name="De Regenboog", type="school")
        for group in self.groups:
            put(files, "classes.csv", sourcedId=key[group], orgSourcedId="s1", title=group)
        for child in self.children:
            put(files, "users.csv", sourcedId=child.id, givenName=child.first, familyName=child.last)
            put(files, "roles.csv", userSourcedId=child.id, orgSourcedId="s1", role="student")
            put(files, "demographics.csv", userSourcedId=child.id, birthDate=child.born)
            for group, _, _ in child.stints:
                put(
                    files,
                    "enrollments.csv",
                    classSourcedId=key[group],
                    userSourcedId=child.id,
                    role="student",
                )
            for parent in child.parents:
                cells = {"userSourcedId": child.id, "relationshipUserSourcedId": parent}
                put(files, "relationships.csv", **cells, relationshipRole="guardian")
        for adult in self.adults:
            names = {"givenName": adult.first, "familyName": adult.last, "email": adult.email}
            put(files, "users.csv", sourcedId=adult.id, **names)
        return files


def start(version: str = "1.1", mode: str = "bulk") -> Files:
    """The headers and the manifest of an export without rows."""
    files: Files = {name: [header.split(",")] for name, header in HEADERS.items()}
    if version == "1.1":
        del files["roles.csv"]
    else:
        files["users.csv"][0] = [each for each in files["users.csv"][0] if each != "role"]
    put(files, "manifest.csv", propertyName="oneroster.version", value=version)
    for name in files:
        if name != "manifest.csv":
            put(files, "manifest.csv", propertyName=f"file.{name.removesuffix('.csv')}", value=mode)
    return files


def user(
    files: Files, id: str, first: str = "Noor", last: str = "de Vries", *, role: str = "student", **cells: str
) -> None:
    """A row of users.csv, and of roles.csv where there is one."""
    cells["agentSourcedIds"] = cells.pop("agents", "")
    cells = {"sourcedId": id, "givenName": first, "familyName": last, "orgSourcedIds": "s1", **cells}
    if "roles.csv" not in files:
        cells["role"] = role
    elif role:
        row = {"sourcedId": f"r-{id}", "userSourcedId": id, "role": role, "orgSourcedId": "s1"}
        put(files, "roles.csv", **row, status=cells.get("status", ""))
    put(files, "users.csv", **cells)


def enrol(
    files: Files,
    id: str,
    school_class: str,
    user: str,
    role: str = "student",
    since: str = "",
    until: str = "",
    status: str = "",
) -> None:
    row = {"sourcedId": id, "classSourcedId": school_class, "userSourcedId": user, "role": role}
    put(files, "enrollments.csv", **row, beginDate=since, endDate=until, status=status)


def put(files: Files, name: str, /, **cells: str) -> None:
    """A row, its cells by the headings; unknown headings are a mistake of the test."""
    header = files[name][0]
    assert set(cells) <= set(header), set(cells) - set(header)
    files[name].append([cells.get(column, "") for column in header])


def mode(files: Files, name: str, value: str) -> None:
    """What the manifest says of one file."""
    row = next(row for row in files["manifest.csv"] if row[0] == f"file.{name}")
    row[1] = value


def text(rows: Iterable[Sequence[str]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


def folder(path: Path, files: Files) -> Path:
    path.mkdir(parents=True)
    for name, rows in files.items():
        (path / name).write_text(text(rows), "utf-8", newline="")
    return path


def zipped(path: Path, files: Files, *, under: str = "") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in files.items():
            archive.writestr(under + name, text(rows))
    return path


def roster_csv(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text([COLUMNS, *(list(row.values()) for row in rows)]), "utf-8", newline="")
    return path


def workbook(path: Path, *sheets: tuple[str, Sequence[Sequence[Any]]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(list(row))
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    book.close()
    return path
