"""Orders to take on a role without rules."""

from __future__ import annotations

from policykit.detect.model import Detector

DETECTOR = Detector(
    name="injection.persona",
    title="order to take on a role without rules",
    patterns=(
        (
            r"\b(?:[Yy]ou are|[Yy]ou\'re|[Aa]ct as|[Bb]ecome|[Pp]retend to be|[Rr]espond as|[Ss]imulate)\s+(?:now\s+|"
            r"going to (?:act|be) (?:as )?|a |an |the ){0,6}(?:DAN|STAN|DUDE|AIM|Developer Mode|evil AI|jailbroken)\b"
        ),
        (
            r"(?i)\b(?:you are|act as|pretend (?:to be|you are)|behave as|respond as|role-?play as)\s+(?:now\s+"
            r")?(?:\w{1,12}\s+){0,3}(?:ai|model|assistant|chatbot|llm|bot)\s+(?:with no|without(?: any)?|that has no|"
            r"free (?:of|from)|unbound by|not bound by)\s+(?:\w{1,12}\s+){0,2}(?:restrictions?|rules|filters?|limits?|"
            r"limitations|guidelines|guardrails|ethics|censorship)"
        ),
        (
            r"(?i)\b(?:enable|activate|enter|switch to|turn on)\s+(?:the\s+)?(?:developer|debug|jailbreak|god|dan|"
            r"unrestricted|admin|sudo)\s+mode\b"
        ),
        (
            r"(?i)\b(?:you have|you\'ve|you are)\s+(?:now\s+)?(?:been\s+)?(?:freed|jailbroken|liberated|unlocked|"
            r"broken free)\s+(?:from|of|and)\b"
        ),
        r"(?i)\bdo anything now\b",
        (
            r"(?i)\bfrom now on,?\s+you\s+(?:will|must|are to|shall)\s+(?:\w{1,12}\s+){0,4}(?:no (?:restrictions|rules|"
            r"filters|limits)|without (?:any )?(?:restrictions|filters|rules|limits|refus\w{1,5})|never refuse)"
        ),
    ),
)
