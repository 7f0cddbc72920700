"""Several files of one kind as one evidence, such as the JUnit files of several suites.

The whole is as old as its oldest part, as trusted as its least trusted, complete only if all parts are, and does not
depend on the order of the files.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations, islice

from policykit.evidence.canonical import Values, canonical_elements, canonical_fields
from policykit.evidence.model import Completeness, Evidence, Subject, Tool
from policykit.evidence.problems import doubt, error
from policykit.source import Diagnostic
from policykit.source.visible import quoted
from policykit.vocabulary.types import Value

_EARLIEST, _LATEST = "started_at", "finished_at"


def merge(parts: Sequence[Evidence]) -> Evidence:
    """Return several files of one kind as one evidence.

    Raises:
        ValueError: there is no part, or the parts are of different kinds: a mistake of the caller.
    """
    if not parts or len({part.kind for part in parts}) != 1:
        raise ValueError("merge needs evidence of one kind")
    ordered = sorted(parts, key=lambda part: (part.path, part.sha256))
    if len(ordered) == 1:
        return ordered[0]
    files = tuple(sorted(entry for part in ordered for entry in part.files))
    times = [part.produced_at for part in ordered if part.produced_at is not None]
    merged = Evidence(
        ordered[0].kind,
        ", ".join(part.path for part in ordered[:3]) + (f" and {len(ordered) - 3} more" if len(ordered) > 3 else ""),
        "+".join(sorted({part.reader for part in ordered if part.reader})),
        _digest_of(files),
        absent={name: why for part in ordered for name, why in part.absent.items()},
        # One part without a time leaves the age of the whole unknown.
        produced_at=min(times) if len(times) == len(ordered) else None,
        expires_at=min((part.expires_at for part in ordered if part.expires_at is not None), default=None),
        completeness=_completeness(ordered),
        subject=_common_subject(ordered),
        trust=min((part.trust for part in ordered), key=lambda trust: trust.rank),
        tool=_common_tool(ordered),
        problems=(*(problem for part in ordered for problem in part.problems), *_merge_problems(ordered)),
        files=files,
        facts=_common_facts(ordered),
        declared=ordered[0].declared,
        claims=tuple(sorted({claim for part in ordered for claim in part.claims})),
        runs=frozenset().union(*(part.runs for part in ordered)),
        results=frozenset().union(*(part.results for part in ordered)),
    )
    return _with_sum(merged, ordered)


def _with_sum(merged: Evidence, parts: Sequence[Evidence]) -> Evidence:
    total = parts[0].summary
    for part in parts[1:]:
        if total is None or part.summary is None:
            return merged  # a part could not be read: its problems say why, and there is no sum
        if type(total) is not type(part.summary):
            problem = error("PK544", "files of different forms cannot be added up", place=part.path)
            return replace(merged, problems=(*merged.problems, problem))
        total = total.plus(part.summary)
    if total is None or merged.declared is None:
        return merged
    fields, wrong = canonical_fields(total.fields(), merged.declared.fields, merged.path)
    elements, wrong_elements = canonical_elements(total.elements(), merged.declared, merged.path)
    fields = {**merged.facts, **fields}
    return replace(
        merged,
        summary=total,
        fields=fields,
        elements=elements,
        absent={name: why for name, why in merged.absent.items() if name not in fields},
        problems=tuple(dict.fromkeys((*merged.problems, *wrong, *wrong_elements))),
    )


def _completeness(parts: Sequence[Evidence]) -> Completeness:
    """Return the worst of the parts: not complete, then not known."""
    broken = [part.completeness for part in parts if not part.completeness.complete]
    return min(broken, key=lambda found: found.complete is None, default=Completeness(complete=True))


def _common_facts(parts: Sequence[Evidence]) -> Values:
    """Return what all parts state alike; the run began with the first and ended with the last."""
    found: dict[str, Value] = {}
    for name, value in parts[0].facts.items():
        values = [part.facts.get(name) for part in parts]
        if all(other == value for other in values):
            found[name] = value
        elif name in (_EARLIEST, _LATEST) and None not in values:
            found[name] = (min if name == _EARLIEST else max)(values)  # type: ignore[type-var,assignment]
        elif name == "complete" and False in values:
            found[name] = False
    return found


def _merge_problems(parts: Sequence[Evidence]) -> list[Diagnostic]:
    first = parts[0]
    found = [
        error(
            "PK544",
            f"the files are about different subjects: {', '.join(different)}",
            place=part.path,
            expected=str(getattr(first.subject, different[0])),
            got=str(getattr(part.subject, different[0])),
            help="bind each subject to evidence of its own",
        )
        for part in parts[1:]
        if (different := first.subject.differences(part.subject))
    ]
    return [*found, *_counted_twice(parts)]


def _counted_twice(parts: Sequence[Evidence]) -> list[Diagnostic]:
    """Return a doubt about the first two parts that hold the same run, or nothing."""
    times = Counter(key for part in parts for key in _keys(part))
    suspects = [part for part in parts if any(times[key] > 1 for key in _keys(part))]
    found = ((a, b, what) for a, b in combinations(suspects, 2) if (what := _in_common(a, b)))
    return [
        doubt(
            "PK545",
            "the same run counts twice",
            place=b.path,
            expected=f"other runs than those in {a.path}",
            got=what,
            help="bind each run once: remove the copy, or narrow the pattern under `files:`",
        )
        for a, b, what in islice(found, 1)
    ]


def _keys(part: Evidence) -> Iterator[Hashable]:
    """Yield what no two parts have in common if each holds runs of its own."""
    yield from _digests(part)
    yield from part.runs
    yield from part.results


def _digests(part: Evidence) -> frozenset[str]:
    """Return the digests of the runs' own files; a list that an option names may serve several of them."""
    digests = frozenset(digest for _, digest in part.files if digest)
    return frozenset({part.sha256}) if part.sha256 in digests else digests


def _in_common(a: Evidence, b: Evidence) -> str:
    """Return what shows that two parts hold the same run, or nothing.

    Bytes decide before names, and names before results. Results that are alike in everything that was measured are one
    result, unless both files say when their runs began and say it differently: then they are two runs that agree.
    """
    if _digests(a) & _digests(b):
        return "the same bytes"
    if names := a.runs & b.runs:
        return f"the run {quoted(min(names))} in both"
    starts = {part.facts.get(_EARLIEST) for part in (a, b)}
    if len(starts) == 2 and None not in starts:
        return ""
    shared = len(a.results & b.results)
    return f"{shared} results in both" if shared else ""


def _common_subject(parts: Sequence[Evidence]) -> Subject:
    """Return what every part states alike."""
    subjects = [part.subject for part in parts]
    common = {
        name: getattr(subjects[0], name)
        for name in ("name", "version", "git_commit", "model")
        if len({getattr(subject, name) for subject in subjects}) == 1
    }
    return Subject(**common)


def _common_tool(parts: Sequence[Evidence]) -> Tool:
    tools = {part.tool for part in parts}
    if len(tools) == 1:
        return tools.pop()
    names = {tool.name for tool in tools}
    return Tool(names.pop() if len(names) == 1 else "")


def _digest_of(files: Sequence[tuple[str, str]]) -> str:
    listing = "".join(sorted(f"{digest}\n" for _, digest in files))
    return f"sha256:{hashlib.sha256(listing.encode()).hexdigest()}"
