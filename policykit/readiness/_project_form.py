"""The form of the project file as pydantic models, and their errors as diagnostics with the place in the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from policykit.errors import EvidenceError
from policykit.evidence.safe_yaml import YamlDocument
from policykit.evidence.times import zone_named
from policykit.readiness.project import FORM
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import quoted
from policykit.vocabulary.exact import ValueProblem
from policykit.vocabulary.types import Kind
from policykit.vocabulary.units import moment

_MAX_TEXT = 1_000
_MAX_PATTERNS = 1_000


def _wrong(expected: str) -> PydanticCustomError:
    return PydanticCustomError("form", "expected {expected}", {"expected": expected})


def _text(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip() or len(raw) > _MAX_TEXT or not raw.isprintable():
        number = not isinstance(raw, bool | str | list | dict) and raw is not None
        raise _wrong("text; put a number in quotes" if number else "a text on one line")
    return raw


def _patterns(raw: object) -> tuple[str, ...]:
    items = raw if isinstance(raw, list) else [raw]
    if not items or len(items) > _MAX_PATTERNS or not all(isinstance(item, str) and item.strip() for item in items):
        raise _wrong("a path, a glob such as `results/*.xml`, or a list of them")
    return tuple(sorted(set(items)))


def _names(raw: object) -> tuple[str, ...]:
    items = raw if isinstance(raw, list) else [raw]
    if not items or not all(isinstance(item, str) and item.strip() and item.isprintable() for item in items):
        raise _wrong("a name, or a list of names")
    return tuple(sorted(set(items)))


def _zone(raw: object) -> str:
    try:
        return zone_named(_text(raw)).key
    except EvidenceError:
        raise _wrong("the name of a time zone such as `Europe/Berlin` or `UTC`") from None


def _day(raw: object) -> date:
    try:
        return date.fromordinal(int(moment(Kind.DATE, raw if isinstance(raw, str) else "")[1]))
    except ValueProblem as problem:
        raise _wrong(problem.expected) from None


def _instant(raw: object) -> datetime:
    try:
        found = datetime.fromisoformat(raw) if isinstance(raw, str) else None
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise _wrong("an instant with `Z` or its offset such as 2026-11-20T09:30:00+01:00")
    return found.astimezone(UTC)


def _form(raw: object) -> int:
    if raw is True or raw != FORM:
        raise _wrong(f"`{FORM}`, the version of this form that this policykit reads")
    return FORM


def _mapping(raw: object) -> object:
    if not isinstance(raw, dict):
        raise _wrong("members, each with a name and a value")
    return raw


Text = Annotated[str, BeforeValidator(_text)]
Patterns = Annotated[tuple[str, ...], BeforeValidator(_patterns)]
Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Zone = Annotated[str, BeforeValidator(_zone)]
Day = Annotated[date, BeforeValidator(_day)]
Instant = Annotated[datetime, BeforeValidator(_instant)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SubjectForm(_Strict):
    """What an evidence is about, as far as the project says."""

    name: Text = ""
    version: Text = ""
    git_commit: Text = ""
    model: Text = ""


class SystemForm(SubjectForm):
    """The system that is judged."""

    name: Text


class FilesForm(_Strict):
    """Files with how to read them."""

    files: Patterns
    reader: Text | None = None
    zone: Zone | None = None
    options: Annotated[dict[str, Any], BeforeValidator(_mapping)] = {}


def _files(raw: object) -> object:
    return {"files": raw} if isinstance(raw, str | list) else _mapping(raw)


class BindingForm(FilesForm):
    """One evidence."""

    baseline: Annotated[FilesForm, BeforeValidator(_files)] | None = None
    collected_by: Text = ""
    collected_at: Instant | None = None
    subject: Annotated[SubjectForm, BeforeValidator(_mapping)] = SubjectForm()


class TrailForm(_Strict):
    """The project's audit trail."""

    folder: Text
    key: Text
    witnesses: Text = ""
    head: Text = ""


class ProjectForm(_Strict):
    """The whole file."""

    project: Annotated[int, BeforeValidator(_form)]
    policy: Text
    subject: Annotated[SystemForm, BeforeValidator(_mapping)]
    zone: Zone | None = None
    gates: Annotated[dict[str, Day], BeforeValidator(_mapping)] = {}
    people: Annotated[dict[str, Names], BeforeValidator(_mapping)] = {}
    keys: Text = ""
    statements: Patterns = ()
    trail: Annotated[TrailForm, BeforeValidator(_mapping)] | None = None
    stops: Text = ""
    facts: Annotated[dict[str, Any], BeforeValidator(_mapping)] = {}
    evidence: Annotated[dict[str, Annotated[BindingForm, BeforeValidator(_mapping)]], BeforeValidator(_mapping)] = {}


def parse_form(document: YamlDocument) -> ProjectForm | tuple[Diagnostic, ...]:
    """Return the form that a document fills in, or everything that is wrong with it."""
    try:
        return ProjectForm.model_validate(document.value if isinstance(document.value, dict) else {})
    except ValidationError as problem:
        if not isinstance(document.value, dict):
            return (_at(document, (), "PK603", "a project file holds members, each with a name and a value"),)
        return tuple(_diagnostics(document, problem.errors(include_url=False, include_input=False)))


def _diagnostics(document: YamlDocument, errors: Sequence[ErrorDetails]) -> Iterator[Diagnostic]:
    for error in errors:
        path = tuple(error["loc"])
        if error["type"] == "missing":
            yield _at(document, path[:-1], "PK602", f"{quoted('.'.join(map(str, path)))} is missing",
                      help=f"write `{path[-1]}:` and its value")  # fmt: skip
        elif error["type"] == "extra_forbidden":
            known = _members_at(path[:-1])
            yield _at(document, path, "PK601", f"{quoted(path[-1])} is not a member of {_owner(path[:-1])}", key=True,
                      expected=", ".join(f"`{name}`" for name in known),
                      help=did_you_mean(str(path[-1]), known))  # fmt: skip
        else:
            expected = str(error.get("ctx", {}).get("expected", "another value"))
            got = _value_at(document, path)
            yield _at(document, path, "PK603", f"{quoted('.'.join(map(str, path)))} is not understood",
                      expected=expected, got=quoted(got) if isinstance(got, str) else "")  # fmt: skip


def _members_at(path: Sequence[str | int]) -> list[str]:
    if not path:
        return list(ProjectForm.model_fields)
    if path == ("subject",):
        return list(SystemForm.model_fields)
    if path == ("trail",):
        return list(TrailForm.model_fields)
    if path[-1] == "subject":
        return list(SubjectForm.model_fields)
    return list(FilesForm.model_fields if path[-1] == "baseline" else BindingForm.model_fields)


def _owner(path: Sequence[str | int]) -> str:
    return quoted(".".join(map(str, path))) if path else "a project file"


def _value_at(document: YamlDocument, path: Sequence[str | int]) -> object:
    value = document.value
    for part in path:
        try:
            value = value[part]
        except (KeyError, IndexError, TypeError):
            return None
    return value


def _at(  # noqa: PLR0913 - the parts of a diagnostic
    document: YamlDocument,
    path: tuple[str | int, ...],
    code: str,
    message: str,
    *,
    key: bool = False,
    expected: str = "",
    got: str = "",
    help: str = "",  # noqa: A002
) -> Diagnostic:
    span = document.keys.get(path) if key else None
    return Diagnostic(
        code, message, source=document.source, span=span or document.span(*path), expected=expected, got=got, help=help
    )


place_of = _at
"""A diagnostic at a path of the document."""
