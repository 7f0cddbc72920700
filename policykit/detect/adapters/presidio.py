"""Detectors for names, places and whatever else Presidio recognises with a language model; slow, so they are opt-in.

A package (or the application itself) makes one and adds it by the entry point group `policykit.detectors`:

    PERSON = presidio_detector("PERSON")          # named `presidio.person`
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from functools import cache
from typing import Any

from policykit.detect.model import Detector
from policykit.errors import DetectorError
from policykit.source import Diagnostic

DEFAULT_SCORE = 0.5
"""Presidio's own scores run from 0 to 1; what lies below is dropped."""


def presidio_detector(
    entity: str, *, language: str = "en", min_score: float = DEFAULT_SCORE, analyzer: Any = None
) -> Detector:
    """Return a detector for one of Presidio's entities.

    Args:
        entity: Presidio's name, such as `PERSON`.
        language: Two-letter code of a language that the analyzer supports.
        min_score: From 0 to 1.
        analyzer: An `AnalyzerEngine`; Presidio's default one (which needs a language model) when left out.

    Raises:
        DetectorError: Presidio is not installed, or the analyzer does not know the entity in this language.
    """
    engine = _default_analyzer() if analyzer is None else analyzer
    if entity not in engine.get_supported_entities(language=language):
        raise DetectorError([Diagnostic("PK850", f"Presidio has no entity `{entity}` for language `{language}`")])

    def find(text: str) -> Iterator[tuple[int, int]]:
        results = engine.analyze(text=text, entities=[entity], language=language, score_threshold=min_score)
        return ((result.start, result.end) for result in results)

    return Detector(
        name=f"presidio.{entity.lower()}", title=f"{entity.lower().replace('_', ' ')} (Presidio)", find=find
    )


@cache
def _default_analyzer() -> Any:
    try:
        presidio = importlib.import_module("presidio_analyzer")
    except ImportError as error:
        problem = Diagnostic("PK856", "Presidio is not installed", help="pip install presidio-analyzer")
        raise DetectorError([problem]) from error
    return presidio.AnalyzerEngine()
