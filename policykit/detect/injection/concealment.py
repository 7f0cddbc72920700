"""Orders to hide an action from the person whom a model serves."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="injection.concealment",
    title="order to hide an action from the user",
    patterns=(
        (
            r"(?i)\b(?:do not|don\'t|never|without)\s+(?:tell(?:ing)?|inform(?:ing)?|notify(?:ing)?|alert(?:ing)?|"
            r"mention(?:ing)?(?:\s+\w{1,12}){0,3}\s+to|reveal(?:ing)?(?:\s+\w{1,12}){0,3}\s+to|show(?:ing)?(?:\s+"
            r"\w{1,12}){0,2}\s+to|let(?:ting)?)\s+(?:the\s+)?(?:user|human|operator|customer|reader|victim)s?\s+"
            r"(?:about|that|of|know|anything|what|you)\b"
        ),
        (
            r"(?i)\b(?:do not|don\'t|never)\s+(?:mention|reveal|disclose|acknowledge|reference)\s+(?:\w{1,12}\s+"
            r"){0,2}(?:this|these|that|those)\s+(?:\w{1,12}\s+){0,2}(?:instructions?|prompts?|messages?|commands?|"
            r"notes?)\b"
        ),
        (
            r"(?i)\b(?:hide|conceal|keep)\s+(?:this|these|it)\s+(?:\w{1,12}\s+){0,3}(?:from|secret from)\s+(?:the\s+"
            r")?(?:user|human|operator|customer)\b"
        ),
    ),
)
