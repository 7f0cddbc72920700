"""Orders to disregard the instructions that a model was given, in fourteen languages."""

from __future__ import annotations

from policykit.detect.model import Detector

_EN_VERB = r"(?:ignore|disregard|forget|override|bypass|do not follow|don't follow|stop following|pay no attention to)"
_EN_MIDDLE = r"(?:\s+(?:all|any|every|each|of|the|your|my|our|these|those|this|that|everything|in)){0,4}"
_EN_WHICH = r"(?:previous|prior|above|earlier|preceding|former|initial|original|existing|current|system|foregoing)"
_EN_WHAT = r"(?:instructions?|prompts?|rules?|directions?|directives?|guidelines?|commands?|orders?|constraints?|restrictions?)"

DETECTOR = Detector(
    name="injection.override",
    title="order to disregard the instructions given",
    patterns=(
        rf"(?i)\b{_EN_VERB}{_EN_MIDDLE}\s+{_EN_WHICH}(?:\s+(?:and|or|system|user|developer|safety|{_EN_WHICH})){{0,3}}\s+{_EN_WHAT}\b",
    ),
)
