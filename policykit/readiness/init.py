"""A starting project: a policy, a project file, a folder for evidence. It checks at once, and is honestly not met."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from policykit.errors import EvidenceError, ProjectError
from policykit.evidence.times import zone_named
from policykit.readiness.attest import write_new
from policykit.readiness.project import FILE_NAME
from policykit.readiness.wording import instant_text
from policykit.source import Diagnostic
from policykit.source.visible import quoted as shown
from policykit.vocabulary.rendering import quoted

_STARTER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "starter")
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:[.-][a-z0-9_]+)*")
_MAX_NAME = 60
_MAX_WORDS = 200
_TO_PILOT = timedelta(days=30)
_TO_LAUNCH = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Answers:
    """What a starting project is made of."""

    name: str
    """Of the policy and the system: `invoice-triage`."""
    title: str
    supplier: str
    customer: str
    timezone: str = "UTC"


def write_project(folder: Path, answers: Answers, now: datetime) -> tuple[Path, ...]:
    """Write a starting project and return the files, in the order in which to read them.

    Args:
        folder: made if it is not there.
        answers: what the user said.
        now: aware; dates the sample and the planned gates.

    Raises:
        ProjectError: an answer cannot stand in a policy, or a file is already there; then nothing is written.
    """
    problems = [*_problems(answers)]
    files = {
        folder / f"{answers.name}.policy": "definition.policy",
        folder / FILE_NAME: FILE_NAME,
        folder / "evidence" / "golden.yaml": "evidence/golden.yaml",
        folder / "evidence" / "README.md": "evidence/README.md",
    }
    problems += [] if problems else [_exists(path) for path in files if os.path.lexists(path)]
    if problems:
        raise ProjectError(problems)
    words = _words(answers, now)
    for path, template in files.items():
        write_new(path, _filled(template, words).encode())
    return tuple(files)


def _exists(path: Path) -> Diagnostic:
    return Diagnostic(
        "PK674",
        "the file exists, and nothing is overwritten",
        place=str(path),
        help="name another folder: `policykit init FOLDER`",
    )


def _problems(answers: Answers) -> list[Diagnostic]:
    found = []
    if not _NAME.fullmatch(answers.name) or len(answers.name) > _MAX_NAME:
        expected = "small letters, digits, hyphens and dots, such as `invoice-triage` or `acme.refunds`"
        found.append(Diagnostic("PK676", "this cannot be a policy's name", expected=expected, got=shown(answers.name)))
    found += [
        Diagnostic("PK676", "this cannot stand in a policy", expected="words on one line", got=shown(text))
        for text in (answers.title, answers.supplier, answers.customer)
        if not text.strip() or not text.isprintable() or len(text) > _MAX_WORDS
    ]
    try:
        zone_named(answers.timezone)
    except EvidenceError as problem:
        found.extend(problem.diagnostics)
    return found


def _words(answers: Answers, now: datetime) -> Mapping[str, str]:
    today = now.astimezone(zone_named(answers.timezone)).date()
    return {
        "NAME": answers.name,
        "TITLE": quoted(answers.title),
        "TITLE_LINE": answers.title,
        "SUPPLIER": quoted(answers.supplier),
        "CUSTOMER": quoted(answers.customer),
        "TIMEZONE": quoted(answers.timezone),
        "PILOT": (today + _TO_PILOT).isoformat(),
        "LAUNCH": (today + _TO_LAUNCH).isoformat(),
        "NOW": instant_text(now.replace(microsecond=0)),
    }


def _filled(template: str, words: Mapping[str, str]) -> str:
    with open(os.path.join(_STARTER, template), encoding="utf-8") as file:
        text = file.read()
    return re.sub("@([A-Z_]+)@", lambda match: words[match[1]], text)
