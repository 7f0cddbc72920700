"""The options of promptfoo results: whose results count, and which score of the run fills which field."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from policykit.evidence.problems import doubt, refusal
from policykit.evidence.reader import Request
from policykit.evidence.readers._promptfoo_rows import Row, model_of
from policykit.evidence.summaries.evaluation import METRIC_FIELDS
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import quoted
from policykit.vocabulary.evidence import kinds
from policykit.vocabulary.types import Kind

PROVIDER, PROMPT, FIELDS = "provider", "prompt", "fields"
OPTIONS = frozenset({PROVIDER, PROMPT, FIELDS})


def chosen_rows(rows: Sequence[Row], request: Request, place: str) -> tuple[tuple[Row, ...], list[Diagnostic]]:
    """Return the rows of the prompt and provider that the project names, with a doubt if that is not one.

    Raises:
        EvidenceError: no row is of them.
    """
    provider, prompt = _named(request, PROVIDER), _named(request, PROMPT)
    found = tuple(r for r in rows if provider in ("", r.provider) and prompt in ("", r.prompt))
    if rows and not found:
        raise refusal(
            "PK522",
            "no result is of the provider and prompt that the project names",
            place=place,
            expected=", ".join(sorted({quoted(r.provider) for r in rows})[:10]),
            got=quoted(provider or prompt),
        )
    combinations = Counter((r.provider, r.prompt) for r in found)
    if len(combinations) <= 1:
        return found, []
    mixed = doubt(
        "PK547",
        f"the file holds {len(combinations)} runs with different prompts or models",
        place=place,
        got=", ".join(sorted({quoted(p) for p, _ in combinations})[:5]),
        help="bind each run as a file of its own, or say which one is meant with the options `provider` and `prompt`, "
        "which the policy must permit: `permits provider, prompt`",
    )
    return found, [mixed]


def _named(request: Request, option: str) -> str:
    return str(request.options.get(option, ""))


def free_options(rows: Sequence[Row], request: Request) -> frozenset[str]:
    """Return the options that only say which rows are of the judged system, or say what holds anyway.

    Args:
        rows: all rows of the file.
        request: with the options, and the system that is judged.
    """
    provider, prompt = _named(request, PROVIDER), _named(request, PROMPT)
    of_provider = [row for row in rows if provider in ("", row.provider)]
    tests = {
        PROVIDER: provider in ("", *_only({row.provider for row in rows}), *_judged(rows, request)),
        PROMPT: prompt in ("", *_only({row.prompt for row in of_provider})),
        FIELDS: _changes_nothing(request),
    }
    return frozenset(option for option, is_free in tests.items() if is_free)


def _only(values: set[str]) -> set[str]:
    return values if len(values) == 1 else set()


def _judged(rows: Sequence[Row], request: Request) -> set[str]:
    """Return the provider of the judged model, if there is one only: of two, somebody would pick the better."""
    model = request.terms.judged.model
    return _only({row.provider for row in rows if model and model_of(row.provider) == model})


def _changes_nothing(request: Request) -> bool:
    """Return whether `fields` only says what is so without it: a metric of that very name."""
    stated = request.options.get(FIELDS, {})
    return isinstance(stated, Mapping) and all(n == metric and n in METRIC_FIELDS for n, metric in stated.items())


def renamed(request: Request, rows: Sequence[Row], place: str) -> dict[str, str]:
    """Return the option `fields`: fields of the kind that the project takes from a score of the run.

    Raises:
        EvidenceError: a field is computed by policykit, or is none, or no result has the score.
    """
    stated = request.options.get(FIELDS, {})
    known = {metric for row in rows for metric in row.metrics}
    if not isinstance(stated, Mapping) or not all(isinstance(metric, str) for metric in stated.values()):
        raise refusal("PK521", "`fields` must name a metric for each field", place=place, got=quoted(stated))
    fillable = _fillable(request)
    for field, metric in stated.items():
        if field not in fillable:
            raise _not_fillable(str(field), fillable, request, place)
        if metric not in known:
            raise refusal(
                "PK521", f"no result has the metric {quoted(metric)}", place=place, help=did_you_mean(metric, known)
            )
    return dict(stated)


def _fillable(request: Request) -> frozenset[str]:
    """Return the fields that a score can fill: those that only a score shows, and those that the policy added."""
    declared = request.declared.fields if request.declared is not None else {}
    built_in = kinds()[request.kind].fields if request.kind in kinds() else {}
    numbers = {name for name, field in declared.items() if field.type.kind in (Kind.PERCENT, Kind.NUMBER)}
    return frozenset(name for name in numbers if name in METRIC_FIELDS or name not in built_in)


def _not_fillable(field: str, fillable: frozenset[str], request: Request, place: str) -> Exception:
    if request.declared is not None and field in request.declared.fields:
        return refusal(
            "PK646",
            f"the field {quoted(field)} is counted from the results and cannot be replaced",
            place=place,
            expected=", ".join(f"`{name}`" for name in sorted(fillable)),
            got=f"`fields: {{{field}: ...}}` in the project file",
            help=f"remove `{field}` from the option `fields`",
        )
    return refusal(
        "PK521", f"{quoted(field)} is not a field that a metric can fill", place=place,
        expected="a percent or a number", help=did_you_mean(field, fillable),
    )  # fmt: skip
