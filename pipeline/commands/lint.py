"""``weekbrief lint``: what is wrong with a school's own look, before anybody gets it."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipeline import lint as checks, settings as settings_module
from pipeline.brand import Logo
from pipeline.commands import Exit
from pipeline.commands.console import say, say_json
from pipeline.lint.findings import Finding, error
from pipeline.look import logo_of
from pipeline.look_kept import sources_of
from pipeline.problems import BadInput, Problem
from pipeline.settings import SchoolSettings, Settings, load
from pipeline.settings_look import folder_mistakes


def lint(told: Namespace) -> Exit:
    """Check the look of each school, or templates in a folder that no school uses yet. Changes nothing."""
    key = os.environ.get("WEEKBRIEF_DKIM_KEY")
    found = {school.id: list(_findings(school, key)) for school in _schools(told)}
    everything = [finding for findings in found.values() for finding in findings]
    if told.json:
        say_json({"schools": [_document(id, findings) for id, findings in found.items()]})
    else:
        for finding in dict.fromkeys(everything):
            say(f"{finding.severity}: {finding.problem}")
        say(_summary(everything))
    if any(finding.is_error for finding in everything):
        return Exit.BAD_INPUT
    return Exit.NEEDS_A_PERSON if everything else Exit.DONE


def _schools(told: Namespace) -> Sequence[SchoolSettings]:
    config = Path(told.config or os.environ.get("WEEKBRIEF_CONFIG") or "schedules.toml")
    settings = _example() if told.folder and not config.exists() else load(config, os.environ)
    schools = settings.schools if told.school is None else (settings.school(told.school),)
    if not told.folder:
        return schools
    folder = Path(told.folder).absolute()
    if mistakes := list(folder_mistakes(folder)):
        raise BadInput(Problem(file=told.folder, message=words) for words in mistakes)
    return [replace(school, templates=folder) for school in schools]


def _example() -> Settings:
    """A school to try a folder with, where there is none yet."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "schedules.toml"
        file.write_text(settings_module.starter(), "utf-8")
        return load(file, {})


def _findings(school: SchoolSettings, key: str | None) -> Iterator[Finding]:
    logo: Logo | None = None
    if school.logo is not None:
        try:
            logo = logo_of(school.logo, None)
        except BadInput as bad:
            yield from (error("logo", each.file, each.line, each.message) for each in bad.problems)
    yield from _key_findings(school, key)
    yield from checks.templates(school, sources_of(school, None), logo)


def _key_findings(school: SchoolSettings, key: str | None) -> Iterator[Finding]:
    if school.dkim is None:
        return
    from pipeline.dkim import load_key  # a school that signs nothing can do without

    file = school.dkim.key_file
    try:
        load_key(file.read_bytes() if file else (key or "").encode())
    except ValueError as why:
        yield error("dkim_key", file or "WEEKBRIEF_DKIM_KEY", None, str(why))


def _document(id: str, findings: Sequence[Finding]) -> dict[str, Any]:
    errors = sum(finding.is_error for finding in findings)
    told = [
        {
            "check": finding.check,
            "severity": finding.severity,
            "file": finding.problem.file,
            "line": finding.problem.line,
            "message": finding.problem.message,
        }
        for finding in findings
    ]
    return {"id": id, "errors": errors, "warnings": len(findings) - errors, "findings": told}


def _summary(findings: Sequence[Finding]) -> str:
    errors = sum(finding.is_error for finding in findings)
    if not findings:
        return "all is well: every mail says what it must, and everybody can read it"
    words = "; nothing is sent with these templates until the errors are gone" if errors else ""
    return f"errors: {errors}, warnings: {len(findings) - errors}{words}"
