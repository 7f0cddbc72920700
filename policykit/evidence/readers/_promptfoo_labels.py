"""The labels of a promptfoo test, by which results can be sliced: its variables and its metadata.

A row's metadata holds the test's metadata and, mixed into it, what the provider wrote about the call: HTTP headers,
status, session. What an answer says about itself is no label of the test.

Source: promptfoo 0.123, src/evaluator.ts: `metadata: {...test.metadata, ...response.metadata, _promptfooFileMetadata}`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from policykit.evidence.readers._promptfoo_grading import mapping
from policykit.evidence.view import View, exact_or_none

_TRANSPORT = frozenset(
    [
        "_promptfooFileMetadata",
        "errorContext",
        "headers",
        "http",
        "redteamHistory",
        "redteamTreeHistory",
        "responseHeaders",
        "sessionId",
        "sessionIds",
        "storedGraderResult",
        "traceId",
        "transformDisplayVars",
    ]
)
"""Members that promptfoo and its providers add to a row's metadata."""
_MAX_LABEL = 200
"""Longer variables are inputs of a test, not labels of it."""
_MAX_LABEL_DEPTH = 4


def labels_of(view: View, test: View) -> dict[str, str]:
    """Return metadata and variables as labels; where both name one, the metadata of the test is meant."""
    labels = dict(_flat(view.object_or_empty("vars").value or test.object_or_empty("vars").value, ""))
    of_the_test = mapping(test.raw("metadata"))
    of_the_answer = mapping(mapping(view.raw("response")).get("metadata"))
    metadata = {
        name: value
        for name, value in mapping(view.raw("metadata")).items()
        if name not in of_the_answer and name not in _TRANSPORT
    }
    labels.update(_flat({**metadata, **of_the_test}, ""))
    description = _label(test.raw("description"))
    if description is not None:
        labels.setdefault("description", description)
    return labels


def _flat(members: Mapping[str, Any], prefix: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    for name, value in members.items():
        if isinstance(value, dict) and depth < _MAX_LABEL_DEPTH:
            yield from _flat(value, f"{prefix}{name}.", depth + 1)
        elif (text := _label(value)) is not None:
            yield f"{prefix}{name}", text


def _label(value: object) -> str | None:
    """Return a value as the one line that a label is, None for an input of several lines or of many words."""
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value) if isinstance(value, str) or exact_or_none(value) is not None else None
    return text if text is not None and len(text) <= _MAX_LABEL and text.isprintable() else None
