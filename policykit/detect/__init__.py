"""Finding personal data, secrets and prompt injections in text: linear-time patterns, then validators, with places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit._lazy import face

__all__ = [
    "FAMILIES",
    "Category",
    "Detector",
    "LabelledLine",
    "Match",
    "PatternSet",
    "PatternSource",
    "Score",
    "detector",
    "kinds",
    "presidio_detector",
    "score",
    "source",
]

if TYPE_CHECKING:
    from policykit.detect.adapters.presidio import presidio_detector
    from policykit.detect.catalogue import FAMILIES, detector, kinds, source
    from policykit.detect.labelled import LabelledLine, Score, score
    from policykit.detect.model import Category, Detector, Match, PatternSource
    from policykit.detect.scan import PatternSet
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.detect.adapters.presidio": "presidio_detector",
            "policykit.detect.catalogue": "FAMILIES detector kinds source",
            "policykit.detect.labelled": "LabelledLine Score score",
            "policykit.detect.model": "Category Detector Match PatternSource",
            "policykit.detect.scan": "PatternSet",
        },
    )
