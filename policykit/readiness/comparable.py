"""Whether a run may be compared with a baseline.

Refused, in this order: the baseline is not there or cannot be relied on; it is the same file; it is about another
system; it was made by another tool or version; on another data set; over other cases. What cannot be told is refused
as well: a difference between two runs that measured different things is no evidence of anything.
"""

from __future__ import annotations

from collections.abc import Iterator

from policykit.evidence.model import Evidence, Sufficiency
from policykit.readiness.verdict import Reason
from policykit.readiness.wording import reason_of
from policykit.source import Severity
from policykit.source.visible import quoted
from policykit.vocabulary.types import Value

_DATA_SET_FIELDS = ("dataset", "dataset_version")
_IDENTITY = ("id", "name")
_COMPARED_ELEMENTS = frozenset({"case", "probe"})
"""Elements that together are what was measured; a finding or a metric is a result."""


def comparison_refusal(run: Evidence, baseline: Evidence) -> Reason | None:
    """Return why the two must not be compared, or None."""
    return next(_refusals(run, baseline), None)


def _refusals(run: Evidence, baseline: Evidence) -> Iterator[Reason]:
    if baseline.sufficiency is not Sufficiency.SUFFICIENT:
        problem = next(p for p in baseline.problems if p.severity is not Severity.INFO)
        yield reason_of(problem)
    if run.sha256 and run.sha256 == baseline.sha256:
        yield _refused(baseline, "the baseline is the run itself", "another, earlier run", "the same file")
    if run.subject.name and baseline.subject.name and run.subject.name != baseline.subject.name:
        yield _refused(
            baseline, "the baseline is about another system", quoted(run.subject.name), quoted(baseline.subject.name)
        )
    yield from _tool_refusals(run, baseline)
    yield from _data_refusals(run, baseline)


def _tool_refusals(run: Evidence, baseline: Evidence) -> Iterator[Reason]:
    if run.reader != baseline.reader or run.tool.name != baseline.tool.name:
        ours, theirs = run.tool.name or run.reader, baseline.tool.name or baseline.reader
        yield _refused(baseline, "the baseline was made with another tool", quoted(ours), quoted(theirs))
    if run.tool.version != baseline.tool.version:
        yield _refused(
            baseline,
            "the baseline was made with another version of the tool",
            _or_unknown(run.tool.version),
            _or_unknown(baseline.tool.version),
        )
    if run.tool.name and not run.tool.version:
        yield _refused(baseline, "which version of the tool made the two runs is not known", "a version", "none")


def _data_refusals(run: Evidence, baseline: Evidence) -> Iterator[Reason]:
    for name in _DATA_SET_FIELDS:
        ours, theirs = run.fields.get(name), baseline.fields.get(name)
        if ours != theirs:
            yield _refused(
                baseline,
                f"the baseline was made on another data set: its {name.replace('_', ' ')} differs",
                _or_unknown(ours),
                _or_unknown(theirs),
            )
    ours_ids, theirs_ids = _identities(run), _identities(baseline)
    if ours_ids != theirs_ids:
        yield _refused(
            baseline,
            "the baseline was made over other cases",
            f"the same {len(ours_ids)} cases",
            f"{len(theirs_ids)} cases, {len(ours_ids & theirs_ids)} of them the same",
        )
    if not ours_ids and not any(run.fields.get(name) for name in _DATA_SET_FIELDS):
        yield _refused(
            baseline,
            "nothing says that both runs used the same data set",
            "the name and version of the data set, or the cases themselves",
            "neither",
        )


def _identities(evidence: Evidence) -> frozenset[tuple[str, Value]]:
    """Return what names the cases of a run, each once."""
    return frozenset(
        (singular, element[name])
        for singular, elements in evidence.elements.items()
        if singular in _COMPARED_ELEMENTS
        for element in elements
        for name in _IDENTITY
        if name in element
    )


def _or_unknown(value: object) -> str:
    return quoted(value) if value else "not stated"


def _refused(baseline: Evidence, message: str, expected: str, got: str) -> Reason:
    return Reason(
        code="PK626",
        message=message,
        place=baseline.path,
        expected=expected,
        got=got,
        help="make the baseline again with the same tool on the same data set",
    )
