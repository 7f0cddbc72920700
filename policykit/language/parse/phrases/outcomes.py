"""How prose says what a clause did, in a stop and in a test, and what is known."""

from __future__ import annotations

import re

from policykit.language.parse.phrases.phrasing import CLAUSE, REF, phrase_of

_NOT = r"(?:\s+not|n['\u2019]t)"
_FORMS = {
    "ask": "asks", "deny": "denies", "redact": "redacts", "pseudonymise": "pseudonymises", "use": "uses",
    "warn": "warns", "pause": "pauses", "rescope": "rescopes", "pass": "passes", "fail": "fails",
}  # fmt: skip


def _outcome(found: re.Match[str]) -> str:
    """Return what is said of a clause, and denied where the phrase denies it."""
    passes = found["said"].startswith(("pass", "me", "succe", "reach"))
    denied = "not" in found["verb"] or "n't" in found["verb"] or "n\u2019t" in found["verb"]
    return f"{'not ' if denied else ''}{found['id']} {'passes' if passes else 'fails'}"


OUTCOMES = (
    phrase_of(
        rf"{CLAUSE}\s+(?P<verb>(?:do|does|did|has|have){_NOT}|has|have|had)\s+(?:been\s+)?"
        r"(?P<said>pass(?:ed)?|fail(?:ed)?|met|meet|succeed(?:ed)?|reached|missed)\b",
        _outcome,
    ),
    phrase_of(
        r"\b(?P<id>[a-z][a-z0-9]*(?:-[a-z0-9]+)*-[0-9]+)(?=\s+(?:passes|fails|is)\b)", lambda found: found["id"].upper()
    ),
    phrase_of(rf"{CLAUSE}\s+(?:doesnt|doesn['\u2019]t|does\s+never|will\s+not)\s+act\b", r"\g<id> does not act"),
    phrase_of(rf"{CLAUSE}\s+is\s+(?:met|passed|passing|reached)\b", r"\g<id> passes"),
    phrase_of(rf"{CLAUSE}\s+is\s+(?:failed|failing|missed)\b", r"\g<id> fails"),
    phrase_of(r"\bis\s+(?:denied|refused|blocked)\b", "denies"),
    phrase_of(rf"\b(?:to|will|should|must)\s+(?P<verb>{'|'.join(_FORMS)})\b", lambda found: _FORMS[found["verb"]]),
    phrase_of(rf"\b(?P<of>{REF})\s+(?:is\s+not|isn['\u2019]t)\s+unknown\b", r"\g<of> is supplied"),
    phrase_of(rf"\b(?P<of>{REF})\s+is\s+unknown\b", r"\g<of> is missing"),
    phrase_of(rf"\b(?P<of>{REF})\s+(?:exists|is\s+(?:there|present|given))\b", r"\g<of> is supplied"),
)  # fmt: skip
"""Outcomes of clauses, and presence where its word is one of the language."""
