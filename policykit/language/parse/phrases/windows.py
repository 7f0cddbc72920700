"""How prose says over which calls a statistic is taken."""

from __future__ import annotations

import re

from policykit.language.parse.phrases.phrasing import LENGTH, REF, TEXT, Phrase, phrase_of

_LAST = r"(?:(?:the\s+)?(?:last|past|previous|preceding|trailing)|a\s+(?:rolling\s+)?(?:window|period)\s+of|rolling)"
_PREFIX = r"(?:over|in|during|within|for|across)"
_OVER = rf"(?:{_PREFIX}\s+(?:{_LAST}\s+)?|{_LAST}\s+)"
_PERIOD = rf"(?:{_OVER}(?P<length>{LENGTH})|(?P<calendar>today|this\s+week|this\s+month))"
_VALUE = rf"(?:{TEXT}|\[[^\]\n]*\]|[0-9][0-9_.]*\s*(?:%|[A-Z]{{3}}\b|[a-z]+\b)?|yes\b|no\b)"
_COMPARED = rf"{REF}\s*(?:[<>]=?|is\s+not|is|not\s+in|in)\s*{_VALUE}"
_WHERE = rf"(?P<where>where\s+(?:{_COMPARED}|\([^()\n]*\)))"
_LEAST = r"(?:at\s+least|(?:a\s+)?min(?:imum)?\.?(?:\s+of)?|no\s+(?:less|fewer)\s+than)"


def _period(found: re.Match[str]) -> str:
    return found["calendar"] or f"over the last {found['length']}"


WINDOWS = (
    phrase_of(rf"\b(?P<per>per\s+{REF})\s+{_PERIOD}", lambda found: f"{_period(found)} {found['per']}"),
    phrase_of(rf"\b(?P<per>per\s+{REF})\s+{_WHERE}", r"\g<where> \g<per>"),
    phrase_of(rf"(?:\b{_PERIOD}\s+){_WHERE}", lambda found: f"{found['where']} {_period(found)}"),
    phrase_of(rf"\b{_OVER}(?P<length>{LENGTH})", r"over the last \g<length>"),
    phrase_of(r"\bcalls\s+(?:when|with|if|for\s+which|that\s+have)\b", "calls where"),
    phrase_of(r"\b(?:percentage|proportion|fraction|rate)\s+of\s+calls\b", "share of calls"),
    phrase_of(
        rf"(?:\s*,\s*|\s+)(?:with\s+|if\s+|for\s+|and\s+|given\s+)?{_LEAST}\s+(?P<n>[0-9][0-9_]*)\s+calls\b",
        r", with at least \g<n> calls",
    ),
    phrase_of(r"\b(?:the\s+)?(?P<n>[0-9]{1,2})(?:st|nd|rd|th)\s+percentile\s+of\b", r"p\g<n> of"),
    phrase_of(rf"\b(?P<what>p[0-9]{{1,2}}|sum|mean|min|max)\s*\(\s*(?P<of>{REF})\s*\)", r"\g<what> of \g<of>"),
    phrase_of(rf"\b(?P<what>p[0-9]{{1,2}})\s+(?P<of>{REF})\b", r"\g<what> of \g<of>"),
)
"""Periods, groups, least numbers of calls and percentiles."""

_DATED = r"[a-z0-9_.]*(?:_on|_at|_since|_until|date|day|expires)"
"""How the names of dates and instants end."""
_IS = r"(?:\b(?:is|are|was|be|lies)\s+)?"
_OLD = r"(?:older|longer\s+ago)"
_YOUNG = r"(?:younger|newer|more\s+recent)"


def _dated(says: str, order: str) -> Phrase:
    return phrase_of(rf"\b(?P<of>{_DATED})\s+{_IS}{says}\s+(?P<length>{LENGTH})(?!\s+(?:ago|from))", rf"\g<of> {order}")


AGES = (
    _dated(r"(?:not|no)\s+(?:older|earlier|more)\s+than", r">= \g<length> ago"),
    _dated(rf"(?:within|in)(?:\s+(?:the|{_LAST}))?", r">= \g<length> ago"),
    _dated(r"(?:younger|newer|later|more\s+recent|less)\s+than", r"> \g<length> ago"),
    _dated(r"(?:older|earlier|more)\s+than", r"< \g<length> ago"),
    phrase_of(rf"(?P<order>[<>]=?)\s*in\s+(?P<length>{LENGTH})", r"\g<order> \g<length> from now"),
)
"""How old a day may be, which is a comparison with a day counted from the check."""


def _of_anything(says: str, order: str, of_a_length: str) -> Phrase:
    """Return the phrase for an age, which is compared the other way round than the day or instant that it begins at."""
    note = f"for a day or an instant; for a length of time write `{of_a_length}` and the length"
    pattern = rf"{_IS}\b{says}\s+than\s+(?P<age>{LENGTH})(?:\s+ago\b)?"
    return phrase_of(pattern, rf"{order} \g<age> ago", note)


AGES_OF_ANYTHING = (
    _of_anything(rf"(?:not|no)\s+{_OLD}", ">=", "<="),
    _of_anything(rf"(?:not|no)\s+{_YOUNG}", "<=", ">="),
    _of_anything(_OLD, "<", ">"),
    _of_anything(_YOUNG, ">", "<"),
    phrase_of(rf"{_IS}\b(?:within|in|during)\s+{_LAST}\s+(?P<age>{LENGTH})", r">= \g<age> ago"),
)
"""The same where the name does not tell that a day is meant; asked after windows and the parts of clauses."""
