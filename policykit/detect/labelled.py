"""Precision and recall of detectors over a labelled file.

A line of the file is a JSON object: `text`, `detector`, and `found`, whether that detector should find something in it;
with `span` (the text that should be found) the range has to be right as well. A line counts for its detector alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from policykit.detect.catalogue import source
from policykit.detect.scan import PatternSet
from policykit.errors import DetectorError
from policykit.source import MAX_FILE_BYTES, Diagnostic


@dataclass(frozen=True, slots=True)
class LabelledLine:
    """One line of a labelled file."""

    text: str
    detector: str
    found: bool
    span: str = ""
    """What should be found, where it matters; the whole of the first range must equal it."""


@dataclass(slots=True)
class Score:
    """How a detector did. Counts are of texts, not of ranges."""

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0
    true_negatives: int = 0

    @property
    def precision(self) -> float | None:
        """Return the share of texts found that should be, from 0 to 1; None where nothing was found."""
        found = self.true_positives + self.false_positives
        return self.true_positives / found if found else None

    @property
    def recall(self) -> float | None:
        """Return the share of texts to be found that were, from 0 to 1; None where there were none."""
        wanted = self.true_positives + self.false_negatives
        return self.true_positives / wanted if wanted else None

    def add(self, *, found: bool, wanted: bool) -> None:
        """Count one text."""
        self.true_positives += found and wanted
        self.false_positives += found and not wanted
        self.false_negatives += wanted and not found
        self.true_negatives += not wanted and not found


def report(path: Path) -> dict[str, Score]:
    """Return the score of each detector that a labelled file names, by name.

    Raises:
        DetectorError: The file cannot be read, holds no line, or names a detector that does not exist.
    """
    return score(read_cases(path))


def score(cases: Iterable[LabelledLine]) -> dict[str, Score]:
    """Return the score of each detector that the cases name.

    Raises:
        DetectorError: There is no such detector.
    """
    sets: dict[str, PatternSet] = {}
    scores: dict[str, Score] = {}
    for case in cases:
        if case.detector not in sets:
            sets[case.detector] = PatternSet([source(case.detector)])
        matches = sets[case.detector].spans(case.text)
        found = any(not case.span or case.text[match.start : match.end] == case.span for match in matches)
        scores.setdefault(case.detector, Score()).add(found=found, wanted=case.found)
    return dict(sorted(scores.items()))


def read_cases(path: Path) -> list[LabelledLine]:
    """Return the lines of a labelled file.

    Raises:
        DetectorError: It cannot be read, or holds no line.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise _unreadable(str(path), f"it is larger than {MAX_FILE_BYTES:,} bytes")
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8" if isinstance(error, UnicodeDecodeError) else error.strerror or "it cannot be opened"
        raise _unreadable(str(path), reason) from None
    cases = list(_parsed(path.name, text))
    if not cases:
        raise _unreadable(str(path), "it holds no line")
    return cases


def _parsed(name: str, text: str) -> Iterator[LabelledLine]:
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield _case(f"{name}:{number}", line)


def _case(place: str, line: str) -> LabelledLine:
    try:
        fields: Any = json.loads(line)
    except (ValueError, RecursionError):
        raise _unreadable(place, "the line is not JSON") from None
    if not isinstance(fields, dict):
        raise _unreadable(place, "the line is no JSON object")
    for key, kind, name in (("text", str, "text"), ("detector", str, "text"), ("found", bool, "true or false")):
        if not isinstance(fields.get(key), kind):
            raise _unreadable(place, f"`{key}` must be {name}")
    span = fields.get("span", "")
    unknown = sorted(set(fields) - {"text", "detector", "found", "span"})
    if unknown or not isinstance(span, str):
        raise _unreadable(place, f"there is no field `{unknown[0]}`" if unknown else "`span` must be text")
    return LabelledLine(fields["text"], fields["detector"], fields["found"], span)


def _unreadable(place: str, reason: str) -> DetectorError:
    return DetectorError([Diagnostic("PK855", reason, place=place)])
