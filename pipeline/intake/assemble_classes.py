"""The classes of a directory: of one school, with names that can be told apart, and who is in them when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from pipeline.intake.bundle import Bundle
from pipeline.intake.directory import (
    CLASSES,
    ENROLMENTS,
    ORGS,
    USERS,
    Directory,
    Membership,
    Part,
    SchoolClass,
    Term,
)
from pipeline.intake.records import EnrolmentRecord
from pipeline.intake.text import WHOLE_SCHOOL, match_name

#: Kinds of organisation above schools: that somebody belongs to one says nothing about their school.
_ABOVE = {"district", "local", "state", "national", "ministryofeducation", "region", "localeducationagency"}
_BELOW = {"department"}


class Classes:
    def __init__(self, directory: Directory, bundle: Bundle) -> None:
        self._directory, self._bundle = directory, bundle
        self._members = bundle.findings(ENROLMENTS)
        self.teaches: dict[str, dict[str, None]] = defaultdict(dict)  #: teacher -> titles, in order
        self.ended: set[tuple[str, str]] = set()  #: pupil and `match_name` of the group

    def check_one_school(self) -> None:
        """A file of two schools would give a parent the other school's posts (rule 2)."""
        orgs: list[tuple[str, ...]] = [(each.org,) for each in self._directory.classes.values()]
        orgs += [tuple(each.orgs) for each in self._directory.having(Part.PUPIL)]
        homes = {home for each in orgs if (home := frozenset(filter(None, map(self._home, each))))}
        if homes and not frozenset.intersection(*homes):
            found = sorted({self._org_name(each) for each in frozenset.union(*homes)})
            message = (
                f"the export holds {len(found)} schools: {', '.join(found)}. One is imported at a time, so"
                " that nobody gets another school's news; export each by itself"
            )
            self._bundle.findings(ORGS).problem(message)

    def _home(self, org: str) -> str:
        """The school that an organisation is or belongs to; "" for one above schools."""
        orgs, seen = self._directory.orgs, set[str]()
        while org in orgs and orgs[org].kind in _BELOW and org not in seen:
            above = orgs.get(orgs[org].parent)
            if above is None or above.kind in _ABOVE:
                break
            seen.add(org)
            org = orgs[org].parent
        return "" if org in orgs and orgs[org].kind in _ABOVE else org

    def _org_name(self, org: str) -> str:
        known = self._directory.orgs.get(org)
        return f"{known.name} ({org})" if known else org

    def check_groups(self) -> None:
        findings, lines = self._bundle.findings(CLASSES), dict[str, int]()
        for each in self._directory.classes.values():
            same = match_name(each.title)
            if not each.title:
                findings.problem("this class has no title, which is the group's name", line=each.line)
            elif same == WHOLE_SCHOOL:
                message = (
                    "a group cannot be called 'school': posts use that word for everybody; rename the class"
                )
                findings.problem(message, line=each.line)
            elif same in lines:
                message = f"class {each.title!r} is called as the one on line {lines[same]}; rename one"
                findings.problem(message, line=each.line)
            lines.setdefault(same, each.line)

    def enrolments(self) -> Iterator[EnrolmentRecord]:
        known: dict[tuple[str, str], list[EnrolmentRecord]] = defaultdict(list)
        for row in self._directory.memberships:
            school_class = self._class(row)
            if school_class is None or not self._is_known(row):
                continue
            if row.part is Part.TEACHER:
                self._teach(row, school_class)
            elif Part.PUPIL not in self._directory.parts(row.user):
                message = f"user {row.user} is in class {school_class.title!r} as a pupil, but is none"
                self._members.remark(message, line=row.line, kind="no pupil")
            elif row.gone:
                self.ended.add((row.user, match_name(school_class.title)))
            else:
                record = self._dated(row, school_class)
                if self._takes(record, known[row.user, row.school_class]):
                    yield record

    def _class(self, row: Membership) -> SchoolClass | None:
        found = self._directory.classes.get(row.school_class)
        if found is not None or row.school_class in self._directory.gone_classes:
            return found
        if self._directory.whole and row.gone:
            return None
        hint = "" if self._directory.whole else "; a file of changes must hold the classes that it speaks of"
        message = f"class {row.school_class!r} is not in {CLASSES}{hint}; export {CLASSES} as a whole"
        if self._directory.classes or not self._bundle.findings(CLASSES).failed:
            self._members.problem(message, line=row.line, kind="class")
        return None

    def _is_known(self, row: Membership) -> bool:
        if row.gone and self._directory.enrolments_whole:
            return False
        if row.user in self._directory.gone_people:
            return False
        if row.user in self._directory.people or not self._directory.users_whole:
            return True
        if self._directory.people or not self._bundle.findings(USERS).failed:
            self._members.problem(f"user {row.user!r} is not in {USERS}", line=row.line, kind="user")
        return False

    def _teach(self, row: Membership, school_class: SchoolClass) -> None:
        person = self._directory.people.get(row.user)
        sure = self._directory.users_whole or person is None or person.has_role or person.parts
        if person is None or row.gone or not sure:
            message = f"what changed about teacher {row.user} is left to staff.csv"
            self._members.remark(message, line=row.line, kind="staff")
        elif Part.PUPIL in person.parts and Part.TEACHER not in person.parts:
            message = f"pupil {row.user} is a teacher of {school_class.title!r} here, which is left out"
            self._members.remark(message, line=row.line, kind="no teacher")
        else:
            self.teaches[row.user][school_class.title] = None

    def _dated(self, row: Membership, school_class: SchoolClass) -> EnrolmentRecord:
        """With the dates of the class's terms where the row has none: last year's class is over."""
        term = self._term(school_class)
        since, until = row.since or term.since, row.until or term.until
        if since and until and until <= since:
            since, until = row.since, row.until
        return EnrolmentRecord(
            pupil=row.user, group=school_class.title, since=since, until=until, line=row.line
        )

    def _term(self, school_class: SchoolClass) -> Term:
        """From the first to the last day of all its terms; open where one is not known."""
        terms = [self._directory.terms.get(each) for each in school_class.terms]
        starts = [each.since if each else None for each in terms]
        ends = [each.until if each else None for each in terms]
        return Term(
            since=min((each for each in starts if each), default=None) if all(starts) else None,
            until=max((each for each in ends if each), default=None) if all(ends) else None,
        )

    def _takes(self, record: EnrolmentRecord, others: list[EnrolmentRecord]) -> bool:
        for other in others:
            if (record.since, record.until) == (other.since, other.until):
                return False
            if record.overlaps(other):
                message = (
                    f"pupil {record.pupil} is in {record.group} {record.span} here and {other.span} on line"
                    f" {other.line}, which overlap; give dates that don't, or one row"
                )
                self._members.problem(message, line=record.line)
                return False
        others.append(record)
        return True
