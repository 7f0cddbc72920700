"""Values that a person wrote down, for any kind of evidence. Trust: claimed, the least.

    evidence: evaluation
    produced_at: 2026-11-20T09:00:00Z
    expires_at: 2027-01-01T00:00:00Z
    stated_by: Ann Example
    subject: {name: invoice-triage, version: "1.2.0", git_commit: 3f2a, model: gpt-5-mini-2026-08-07}
    values:
      cases: 612
      accuracy: 94.5%
    elements:
      case:
        - {id: a-1, passed: yes, source: production}
    slices:
      end_customer.group:
        retail: {cases: 80, accuracy: 93%}

What the kind does not know is an error, with its line: a misspelt field would otherwise be missing evidence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from policykit.errors import EvidenceError
from policykit.evidence.canonical import Values, canonical_once
from policykit.evidence.model import Reading, Subject, Tool, Trust
from policykit.evidence.problems import doubt, quoted
from policykit.evidence.reader import Reader, Request
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.safe_yaml import Path, YamlDocument, load_single_yaml
from policykit.evidence.summaries.plain import PlainSummary
from policykit.evidence.times import parse_time
from policykit.evidence.view import View
from policykit.source import NO_SPAN, Diagnostic, did_you_mean
from policykit.vocabulary.fields import EvidenceKind, Field
from policykit.vocabulary.types import Value
from policykit.vocabulary.values import ValueProblem

_MAX_BYTES = 4 * 1024 * 1024
_MEMBERS = ("evidence", "produced_at", "expires_at", "stated_by", "subject", "values", "elements", "slices")
_SUBJECT = ("name", "version", "git_commit", "model")


def detect(head: bytes, name: str) -> float:
    """Return how sure these are hand-written values."""
    if re.search(rb"^evidence:", head, re.MULTILINE) and re.search(rb"^(values|elements):", head, re.MULTILINE):
        return 0.9
    return 0.1 if name.endswith((".yaml", ".yml")) else 0.0


def read(file: EvidenceFile, request: Request) -> Reading:
    """Return what a person stated."""
    document = load_single_yaml(file.whole(_MAX_BYTES), file.name)
    assert request.declared is not None
    stated = _Stated(document, request.declared)
    view = View(document.value, file.name)
    if not isinstance(document.value, Mapping):
        raise view.unexpected("`evidence:` and `values:`")
    summary = stated.summary()
    if stated.problems:
        raise EvidenceError(stated.problems)
    empty = not summary.stated and not any(summary.listed.values())
    nothing = doubt("PK530", "the file states no value", place=file.name)
    subject = view.object_or_empty("subject")
    return Reading(
        summary,
        Tool(),
        Subject(**{name: str(subject.at(name).value or "") for name in _SUBJECT}),
        _time(view, "produced_at", request),
        _time(view, "expires_at", request),
        problems=(nothing,) if empty else (),
        trust=Trust.CLAIMED,
    )


def _time(view: View, name: str, request: Request) -> datetime | None:
    return parse_time(view.text(name), request.zone, view.at(name).place) if view.has(name) else None


class _Stated:
    """Checks a document against its kind and collects all that is wrong."""

    def __init__(self, document: YamlDocument, kind: EvidenceKind) -> None:
        self.problems: list[Diagnostic] = []
        self._document = document
        self._kind = kind

    def summary(self) -> PlainSummary:
        """Return the values that were understood; `problems` says what was not."""
        self._members(self._document.value, (), _MEMBERS)
        stated_kind = self._document.value.get("evidence")
        if stated_kind != self._kind.name:
            self._error(
                ("evidence",), "PK523", "the file states evidence of another kind", f"`{self._kind.name}`", stated_kind
            )
        self._members(self._mapping(("subject",)), ("subject",), _SUBJECT)
        return PlainSummary(self._values(("values",), self._kind.fields), self._elements(), self._slices())

    def _elements(self) -> dict[str, tuple[Values, ...]]:
        found: dict[str, tuple[Values, ...]] = {}
        for singular in self._known_keys(("elements",), self._kind.elements, f"{self._kind.words} has no elements"):
            element = self._kind.elements[singular]
            items = self._at(("elements", singular))
            if not isinstance(items, list):
                self._error(("elements", singular), "PK571", "not a list", "a list of elements", items)
                continue
            paths = [("elements", singular, index) for index in range(len(items))]
            found[singular] = tuple(self._values(path, element.fields, is_open=element.open) for path in paths)
        return found

    def _slices(self) -> dict[str, dict[str, Values]]:
        fields = self._kind.slice_fields
        return {
            label: {group: self._values(("slices", label, group), fields) for group in self._mapping(("slices", label))}
            for label in self._mapping(("slices",))
        }

    def _values(self, path: Path, fields: Mapping[str, Field], *, is_open: bool = False) -> dict[str, Value]:
        found: dict[str, Value] = {}
        for name, raw in self._mapping(path).items():
            where = (*path, name)
            field = fields.get(name)
            if field is not None:
                self._coerced(found, field, raw, where)
            elif is_open and isinstance(raw, str):
                found[name] = raw
            elif is_open:
                self._error(where, "PK571", "a label must be text", "text, in quotes", raw)
            else:
                self._unknown(where, name, fields)
        return found

    def _coerced(self, found: dict[str, Value], field: Field, raw: object, where: Path) -> None:
        name = str(where[-1])
        if raw is None:
            return  # `accuracy:` with nothing behind it: not known
        try:
            found[name] = canonical_once(field.type, raw)
        except ValueProblem as problem:
            self._error(
                where, "PK571", f"{quoted(name)} has a value that it cannot have", problem.expected, problem.got
            )

    def _known_keys(self, path: Path, known: Mapping[str, object], what: str) -> Iterator[str]:
        for name in self._mapping(path):
            if name in known:
                yield name
            else:
                self._unknown((*path, name), name, known, what)

    def _members(self, value: object, path: Path, known: tuple[str, ...]) -> None:
        for name in value if isinstance(value, Mapping) else ():
            if name not in known:
                self._unknown((*path, name), name, dict.fromkeys(known))

    def _mapping(self, path: Path) -> Mapping[str, object]:
        value = self._at(path)
        if value is None or isinstance(value, Mapping):
            return value or {}
        self._error(path, "PK571", "names and values must stand here", "`name: value`", value)
        return {}

    def _at(self, path: Path) -> object:
        value: object = self._document.value
        for part in path:
            value = value.get(part) if isinstance(value, Mapping) else value[part] if isinstance(value, list) else None  # type: ignore[index]
        return value

    def _unknown(self, where: Path, name: str, known: Mapping[str, object], what: str = "") -> None:
        span = self._document.keys.get(where, NO_SPAN)
        message = f"{what} {quoted(name)}" if what else f"{quoted(name)} is not known here"
        self.problems.append(
            Diagnostic("PK570", message, source=self._document.source, span=span, help=did_you_mean(name, known))
        )

    def _error(self, where: Path, code: str, message: str, expected: str, got: object) -> None:
        text = got if isinstance(got, str) and got.startswith("`") else quoted(got)
        span = self._document.span(*where)
        self.problems.append(
            Diagnostic(code, message, source=self._document.source, span=span, expected=expected, got=text)
        )


READER = Reader("hand_written", "values written by hand (YAML)", None, detect, read)
