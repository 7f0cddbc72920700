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

What the kind does not know is an error, with its line: a misspelt field would otherwise be missing evidence. Numbers
that contradict each other prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal

from policykit.errors import EvidenceError
from policykit.evidence.canonical import Values, canonical_once
from policykit.evidence.model import Completeness, Reading, Subject, Tool, Trust
from policykit.evidence.problems import doubt
from policykit.evidence.reader import Reader, Request
from policykit.evidence.readers._owner_names import says_nothing
from policykit.evidence.readers._stated_counts import Contradiction, contradictions, rows_against_counts
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.safe_yaml import Path, YamlDocument, load_single_yaml
from policykit.evidence.summaries.plain import PlainSummary
from policykit.evidence.times import parse_time
from policykit.evidence.view import View
from policykit.source import NO_SPAN, Diagnostic, Severity, did_you_mean
from policykit.source.visible import quoted
from policykit.vocabulary.fields import EvidenceKind, Field
from policykit.vocabulary.types import Value
from policykit.vocabulary.values import ValueProblem, coerce

_MAX_BYTES = 4 * 1024 * 1024
_MEMBERS = ("evidence", "produced_at", "expires_at", "stated_by", "subject", "values", "elements", "slices")
_NOT_STATED = "the file does not say whether the run was complete; `complete: yes` would"
_MAX_DOUBTS = 20
"""Contradictions that are written out: one is enough, and nobody reads more."""
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
    doubts = stated.contradictions(summary)
    empty = not summary.stated and not any(summary.listed.values())
    nothing = doubt("PK530", "the file states no value", place=file.name)
    completeness = _completeness(summary)
    return Reading(
        summary,
        Tool(),
        stated.subject(),
        _time(view, "produced_at", request),
        _time(view, "expires_at", request),
        completeness=completeness,
        absent={"complete": completeness.reason} if completeness.complete is None else {},
        problems=(*((nothing, *doubts) if empty else doubts), *stated.notes),
        trust=Trust.CLAIMED,
    )


def _time(view: View, name: str, request: Request) -> datetime | None:
    return parse_time(view.text(name), request.zone, view.at(name).place) if view.has(name) else None


def _completeness(summary: PlainSummary) -> Completeness:
    """Return whether the run came to its end, as far as the file says: not with fewer cases than were planned."""
    planned, cases = summary.stated.get("planned_cases"), summary.stated.get("cases")
    if summary.stated.get("complete") is False:
        return Completeness(complete=False, reason="the file says so")
    if isinstance(planned, int | Decimal) and isinstance(cases, int | Decimal) and cases < planned:
        return Completeness(complete=False, reason=f"{cases} of {planned} planned cases")
    if "complete" not in summary.stated:
        return Completeness(complete=None, reason=_NOT_STATED)
    return Completeness(complete=True)


def _is_open(raw: object) -> bool:
    """Whether nothing stands where a value will, or a word that only keeps the place."""
    return raw is None or (isinstance(raw, str) and says_nothing(raw))


class _Stated:
    """Checks a document against its kind and collects all that is wrong."""

    def __init__(self, document: YamlDocument, kind: EvidenceKind) -> None:
        self.problems: list[Diagnostic] = []
        self.notes: list[Diagnostic] = []
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
        self.subject()
        return PlainSummary(self._values(("values",), self._kind.fields), self._elements(), self._slices())

    def subject(self) -> Subject:
        """Return what the file is about, as written: a version `0` or `1.10` is text, whatever YAML makes of it."""
        return Subject(**{name: self._as_written(("subject", name)) for name in _SUBJECT})

    def _as_written(self, path: Path) -> str:
        value = self._at(path)
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, Mapping | list):
            self._error(path, "PK571", f"{quoted(path[-1])} must be text", "text", value)
            return ""
        return self._document.as_written(*path)

    def contradictions(self, summary: PlainSummary) -> tuple[Diagnostic, ...]:
        """Return a doubt for each number that the file itself contradicts."""
        values = self._canonical(("values",), self._kind.fields)
        rows = rows_against_counts(summary.listed, values)
        found = [*self._among(("values",), self._kind.fields), *((("values", item.name), item) for item in rows)]
        for label in self._mapping(("slices",)):
            for group in self._mapping(("slices", label)):
                found += self._among(("slices", label, group), self._kind.slice_fields)
        for singular, items in summary.listed.items():
            fields = self._kind.elements[singular].fields
            for index in range(len(items)):
                found += self._among(("elements", singular, index), fields)
        first = dict(reversed(found))
        return tuple(self._doubt(where, first[where]) for where in dict.fromkeys(w for w, _ in found[:_MAX_DOUBTS]))

    def _among(self, path: Path, fields: Mapping[str, Field]) -> list[tuple[Path, Contradiction]]:
        found = contradictions(self._canonical(path, fields), self._mapping(path))
        return [((*path, item.name), item) for item in found]

    def _canonical(self, path: Path, fields: Mapping[str, Field]) -> dict[str, Value]:
        raw = self._mapping(path)
        return {n: coerce(fields[n].type, v) for n, v in raw.items() if n in fields and not _is_open(v)}

    def _doubt(self, where: Path, item: Contradiction) -> Diagnostic:
        return Diagnostic(
            "PK572", f"{quoted(item.name)} does not agree with the rest of the file: {item.why}", Severity.WARNING,
            source=self._document.source, span=self._document.span(*where), got=quoted(self._at(where)),
            help="correct the number that is wrong",
        )  # fmt: skip

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
                if says_nothing(raw):
                    self._not_yet(where, raw)
                else:
                    found[name] = raw
            elif is_open:
                self._error(where, "PK571", "a label must be text", "text, in quotes", raw)
            else:
                self._unknown(where, name, fields)
        return found

    def _coerced(self, found: dict[str, Value], field: Field, raw: object, where: Path) -> None:
        name = str(where[-1])
        if _is_open(raw):
            if isinstance(raw, str):  # not `accuracy:` with nothing after it
                self._not_yet(where, raw)
            return
        try:
            found[name] = canonical_once(field.type, raw)
        except ValueProblem as problem:
            self._error(
                where, "PK571", f"{quoted(name)} has a value that it cannot have", problem.expected, problem.got
            )

    def _not_yet(self, where: Path, raw: str) -> None:
        """Note a text that stands where a value will: it is not known."""
        span = self._document.span(*where)
        self.notes.append(
            Diagnostic(
                "PK557",
                f"{quoted(where[-1])} is not stated yet",
                Severity.INFO,
                source=self._document.source,
                span=span,
                got=quoted(raw),
                help="state it, or leave the line out",
            )
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
