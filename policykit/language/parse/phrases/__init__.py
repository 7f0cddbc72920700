"""Phrases of prose and marks of other formats, each with what it is called here.

One table of patterns. A phrase counts only where the fault lies in it, and where the parser gets past the place once
the phrase is replaced: so a help can always be followed, and no word is taken away from writers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from policykit.language import dates
from policykit.language.parse.phrases.lists import DECLARATIONS, EFFECTS, LISTS, ORDERS, TYPES
from policykit.language.parse.phrases.numbers import NUMBERS
from policykit.language.parse.phrases.outcomes import OUTCOMES
from policykit.language.parse.phrases.phrasing import LENGTH as _LENGTH
from policykit.language.parse.phrases.phrasing import REF as _REF
from policykit.language.parse.phrases.phrasing import TEXT as _TEXT
from policykit.language.parse.phrases.phrasing import Phrase
from policykit.language.parse.phrases.phrasing import phrase_of as _phrase
from policykit.language.parse.phrases.windows import AGES, AGES_OF_ANYTHING, WINDOWS

_THING = rf"(?:{_TEXT}|[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*)"
_TEXTS = rf"{_TEXT}(?:\s*(?:,\s*or\b|,|\bor\b)\s*{_TEXT})*"
_NOT = r"(?:\s+not|n['\u2019]t)"
_IS = r"(?:\b(?:is|are|was|be)\s+)?"
_MORE = r"(?:greater|more|larger|higher|bigger|longer|later)"
_LESS = r"(?:less|fewer|smaller|lower|shorter|earlier)"
_IN = r"(?P<one>[a-z_]+?)s?\s+in\s+(?P<of>[a-z0-9_]+)\s+(?:has|have)\b"
_AND_THEN = r"\bbefore\s+(?P<gate>[a-z0-9_]+)\s*(?:,\s*(?:and\s+)?|and\s+)(?:then\s+)?"
_AFTER = r"(?:\s+(?:after(?:wards?)?|thereafter|on)\b)?"


def _quoted(found: re.Match[str]) -> list[str]:
    return re.findall(_TEXT, found.group())


def _one_of(found: re.Match[str]) -> str:
    negated = re.match(r"(?:is\s+not|not|isn['\u2019]t|are\s+not)\b", found.group())
    return f"{'not in' if negated else 'in'} [{', '.join(_quoted(found))}]"


def _contains(found: re.Match[str]) -> str:
    items = re.sub(r"\s*(?:,\s*(?:or|and)\b|\bor\b|\band\b)\s*", ", ", found["items"])
    mode = "all" if re.search(r"\band\b", found["items"]) else "any"
    return f"contains {mode} of {items}"


_ITEMS = rf"(?P<items>{_THING}(?:\s*(?:,\s*or\b|,|\bor\b(?=\s*\")|\band\b(?=\s*\"))\s*{_THING})*)"

_AMOUNT = r"[0-9][0-9_.]*\s?(?:%|[A-Za-z]+)?"
_CONTRARY = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


COMPARISONS = (
    _phrase(r"===", "is"),
    _phrase(r"!==", "is not"),
    _phrase(rf"{_IS}not\s+at\s+least\b", "<"),
    _phrase(rf"{_IS}not\s+at\s+most\b", ">"),
    _phrase(rf"{_IS}(?:at\s+or\s+below|below\s+or\s+equal\s+to)\b", "<="),
    _phrase(rf"{_IS}(?:at\s+or\s+above|above\s+or\s+equal\s+to)\b", ">="),
    _phrase(rf"{_IS}(?:not\s+|!)(?P<order>[<>]=?)", lambda found: _CONTRARY[found["order"]]),
    _phrase(rf"\bis\s+(?P<value>{_AMOUNT})\s+or\s+(?:less|fewer|lower|below|under|earlier)\b", r"<= \g<value>"),
    _phrase(rf"\bis\s+(?P<value>{_AMOUNT})\s+or\s+(?:more|higher|above|over|later)\b", r">= \g<value>"),
    _phrase(rf"(?:\bis\s+)?\bneither\s+(?P<a>{_TEXT})\s*(?:,\s*)?\bnor\s+(?P<b>{_TEXT})", r"not in [\g<a>, \g<b>]"),
    _phrase(rf"{_IS}{_MORE}\s+(?:than\s+)?or\s+equals?(?:\s+to)?\b", ">="),
    _phrase(rf"{_IS}{_LESS}\s+(?:than\s+)?or\s+equals?(?:\s+to)?\b", "<="),
    _phrase(rf"{_IS}\b(?:not|no)\s+{_MORE}\s+than\b", "<="),
    _phrase(rf"{_IS}\b(?:not|no)\s+{_LESS}\s+than\b", ">="),
    _phrase(rf"\b(?:isn|aren)['\u2019]t\s+{_MORE}\s+than\b", "<="),
    _phrase(rf"\b(?:isn|aren)['\u2019]t\s+{_LESS}\s+than\b", ">="),
    _phrase(rf"{_IS}\b{_MORE}\s+than\b", ">"),
    _phrase(rf"{_IS}\b{_LESS}\s+than\b", "<"),
    _phrase(rf"{_IS}(?:\bat\s+least\b|\bat\s+(?:a\s+)?minimum\b|\b(?:a\s+)?minimum\b(?:\s+of\b)?|\bmin\b\.?)", ">="),
    _phrase(
        rf"{_IS}(?:\bat\s+most\b|\bat\s+(?:a\s+)?maximum\b|\b(?:a\s+)?maximum\b(?:\s+of\b)?|\bmax\b\.?|\bup\s+to\b)",
        "<=",
    ),
    _phrase(rf"{_IS}\bnot\s+(?:under|below|before)\b|{_IS}\bon\s+or\s+after\b", ">="),
    _phrase(rf"{_IS}\bnot\s+(?:over|above|after|exceed(?:ing)?)\b|{_IS}\bon\s+or\s+before\b", "<="),
    _phrase(rf"\b(?:do|does){_NOT}\s+exceed\b", "<="),
    _phrase(rf"{_IS}\b(?:above|over|exceeds|exceed|exceeding|after)\b", ">"),
    _phrase(rf"{_IS}\b(?:below|under|before)\b", "<"),
    _phrase(
        rf"\b(?:is\s+not|isn['\u2019]t|are\s+not|aren['\u2019]t|not)\s+equal(?:s|\s+to)?\b|\bdiffers\s+from\b"
        rf"|\b(?:do|does){_NOT}\s+equal\b|\bunequal\s+to\b|\bis\s+different\s+from\b",
        "is not",
    ),
    _phrase(
        r"\b(?:is|are)\s+equal\s+to\b|\bequals?\s+to\b|\b(?:is|are)\s+(?:exactly|the\s+same\s+as)\b|\bexactly\b", "is"
    ),
    _phrase(r"\b(?:isn['\u2019]t|is\s+not|aren['\u2019]t)\s+in\b(?=\s*[\[a-z])", "not in"),
    _phrase(
        rf"(?:\b(?:is\s+not|isn['\u2019]t|is|are\s+not|are|not)\s+)?\b(?:either|(?:one|any)\s+of|in)\s*[({{\[]?\s*{_TEXTS}"
        r"\s*(?:[)}\]]|\b)?",
        _one_of,
    ),
    _phrase(r"\b(?:is|are)\s+in\b", "in"),
    _phrase(r"\b(?:isn|aren|wasn)['\u2019]t\b|\bisnt\b", "is not"),
)
"""How prose compares."""

CONDITIONS = (
    _phrase(
        rf"(?P<of>{_REF})\s+(?:(?:do|does){_NOT}|not)\s+contains?\s+(?P<mode>any|all)\s+of\b",
        r"not \g<of> contains \g<mode> of",
    ),
    _phrase(
        rf"(?P<of>{_REF})\s+(?:(?:do|does){_NOT}|not)\s+(?:contains?|includes?)\s+{_ITEMS}",
        lambda found: f"not {found['of']} {_contains(found)}",
    ),
    _phrase(rf"(?P<of>{_REF})\s+contains?\s+none\s+of\b", r"not \g<of> contains any of"),
    _phrase(
        rf"(?P<of>{_REF})\s+(?:(?:do|does){_NOT}|not)\s+(?P<verb>start|end)s?\s+with\b", r"not \g<of> \g<verb>s with"
    ),
    _phrase(rf"(?P<of>{_REF})\s+(?:(?:do|does){_NOT}|not)\s+match(?:es)?\b", r"not \g<of> matches"),
    _phrase(r"\b(?:contains?|includes?|has)\s+(?:one|some|at\s+least\s+one)\s+of\b", "contains any of"),
    _phrase(r"\b(?:contain|includes?)\s+(any|all)\s+of\b", r"contains \1 of"),
    _phrase(
        rf"\b(?:contains?|includes?)\s+(?P<items>{_THING}\s*,\s*{_THING}(?:\s*,\s*{_THING})*)",
        _contains,
        "where one is enough, and `all of` in place of `any of` where none may be missing",
    ),
    _phrase(rf"\b(?:contains?|includes?)\s+{_ITEMS}", _contains),
    _phrase(r"\b(?:starts|begins?|start)\s+(?:with|by)\b", "starts with"),
    _phrase(r"\b(?:match)\b(?=\s*/)", "matches"),
    _phrase(r"\bneither\s+(?P<a>.+?)\s+nor\s+(?P<b>[^#\n]+?)(?=\s*(?:#|$))", r"not (\g<a> or \g<b>)"),
    _phrase(r"\b(?:unless|except(?:\s+(?:if|when|where))?)\s+(?P<rest>[^#\n]+?)(?=\s*(?:#|$))", r"and not (\g<rest>)"),
    _phrase(rf"(?P<of>{_REF})\s+(?:is\s+)?(?:not\s+between|outside(?:\s+of)?(?:\s+between)?)\b", r"not \g<of> between"),
    _phrase(rf"(?P<of>{_REF})\s+contains?\s+no\s+(?P<item>{_TEXT})", r"not \g<of> contains any of \g<item>"),
    _phrase(r"\bends?\s+(?:in|on|by)\b", "ends with"),
    _phrase(
        rf"\b(?!(?:less|more|fewer|higher|lower|better|worse|above|below)\b)(?P<of>{_REF})(?=\s+(?:and|or)\b|\s*[)#]|\s*$)",
        r"\g<of> is yes",
        "if it is yes or no; otherwise compare it with a value",
    ),
    _phrase(r"\bor\s+else\b", "or"),
    _phrase(r"\b(?:and\s+)?but\s+not\b", "and not"),
    _phrase(r"\b(?:and\s+also|as\s+well\s+as|but)\b", "and"),
    _phrase(r"(?:\b(?:is|are)\s+)?\bfrom\s+(?P<low>[^#\n]{1,60}?)\s+to\b", r"between \g<low> and"),
    _phrase(r"\b(?:is|are)\s+between\b", "between"),
    _phrase(r"\b(?P<low>between\s[^#\n]{1,60}?)\s+(?:to|-|\u2013)(?=\s)", r"\g<low> and"),
    _phrase(rf"\b(?:all|each|every)\s+(?:of\s+the\s+|the\s+)?{_IN}", r"every \g<one> in \g<of> has"),
    _phrase(rf"\b(?:any|some)\s+(?:of\s+the\s+|the\s+)?{_IN}", r"some \g<one> in \g<of> has"),
    _phrase(rf"\bn(?:one|o)\s+(?:of\s+the\s+|the\s+)?{_IN}", r"no \g<one> in \g<of> has"),
)
"""How prose joins conditions and asks for contents."""


PARTS = (
    _phrase(r"\bbaseline\s+(?:is|of|at)\s+", "baseline "),
    _phrase(r"\btime[ -]zone\b", "timezone"),
    _phrase(
        rf",\s*(?:(?:not|no)\s+(?:older|more)\s+than|at\s+most|max(?:imum)?\.?|up\s+to|(?:less|younger|newer)\s+than"
        rf"|older\s+than)\s+(?P<age>{_LENGTH})(?:\s+old\b)?",
        r", no older than \g<age>",
    ),
    _phrase(
        rf"{_AND_THEN}(?:every|each)\s+(?P<age>{_LENGTH})"
        rf"{_AFTER}",
        r"before \g<gate> and every \g<age> after",
    ),
    _phrase(
        rf"{_AND_THEN}(?:weekly|(?:every|each)\s+week"
        rf"|once\s+a\s+week){_AFTER}",
        r"before \g<gate> and every 1 week after",
    ),
    _phrase(
        rf"{_AND_THEN}(?:daily|(?:every|each)\s+day"
        rf"|once\s+a\s+day){_AFTER}",
        r"before \g<gate> and every 1 day after",
    ),
    _phrase(
        rf"{_AND_THEN}twice\s+a\s+week"
        rf"{_AFTER}",
        r"before \g<gate> and every 3 days after",
        "which says how long may lie between two checks",
    ),
    _phrase(
        r"\b(?P<word>target)\s+(?:at\s+)?(?:a\s+)?(?:min(?:imum)?\b\.?(?:\s+of\b)?|(?:not|no)\s+(?:less|lower)\s+than\b|>=)",
        "target at least",
    ),
    _phrase(
        r"\btarget\s+(?:at\s+)?(?:a\s+)?(?:max(?:imum)?\b\.?(?:\s+of\b)?|(?:not|no)\s+(?:more|higher)\s+than\b|up\s+to\b|<=)",
        "target at most",
    ),
    _phrase(
        r"\btarget\s+(?:above|over|more\s+than|higher\s+than|greater\s+than|>)",
        "target at least",
        "the bound itself counts",
    ),
    _phrase(r"\btarget\s+(?:below|under|less\s+than|lower\s+than|<)", "target at most", "the bound itself counts"),
    _phrase(
        r"\btarget\s+(?P<value>[0-9][0-9_.]*(?:\s*%|\s+[A-Za-z]+)?)",
        r"target at least \g<value>",
        "if more is better, and `at most` if less is better",
    ),
    _phrase(
        r"\b(?:deadline|due|until|before|no\s+later\s+than|not\s+later\s+than)\s*[:=]?\s*(?:by\s+)?(?=[0-9]{4}-)", "by "
    ),
    _phrase(r"\bown(?:ed|er)?\s+(?:by|is)\b", "owner"),
    _phrase(r"\bsign(?:ed)?[ _-]?off\b", "sign-off"),
    _phrase(
        r"\bsign-off\s+by\s+(?P<roles>[a-z0-9_, ]+?)\s+for\s+(?P<gate>[a-z0-9_]+)",
        r"sign-off for \g<gate> by \g<roles>",
    ),
    _phrase(r"(?:->|=>|\u2192|\bdo)(?=\s*[a-z])", "then"),
    _phrase(r"\b(?P<effect>deny|redact|warn|ask|use|pseudonymise|pause)\b", r"then \g<effect>"),
    _phrase(rf"\(\s*(?P<text>{_TEXT})\s*\)", r" \g<text>"),
    _phrase(r"(?:,\s*|\s+)(?:and|&)(?=\s+[a-z]|\s*$)", ","),
    _phrase(r'"(?P<id>[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-[0-9]+|[0-9]+)"', r"\g<id>"),
)
"""How prose says what a clause has."""

MARKS = (
    _phrase(r"//[^\n]*", lambda found: f"# {found.group()[2:].strip()}"),
    _phrase(r"/\*[^\n]*?\*/[ \t]*(?=$)", lambda found: f"# {found.group().strip()[2:-2].strip()}"),
    _phrase(r"(?:(?<=\s)|^)--(?![0-9])[^\n-][^\n]*", lambda found: f"# {found.group()[2:].strip()}"),
    _phrase(r"/\*[^\n]*?\*/[ \t]*", ""),
    _phrase(r"/\*", "#", "and begin each line of the comment with it"),
    _phrase(r"^[ \t]*(?:[-*+\u2022\u2023\u00b7\u2013\u25aa]|[0-9]+[.)]|---+|\[ ?\])[ \t]+(?=\S|$)", ""),
    _phrase(r"[ \t]*(?<![<>=!])[:=]+(?![<>=])(?=[ \t])|(?<=[ \t])[:=\u2013\u2014-]+(?![<>=])(?=[ \t]*\S)", ""),
    _phrase(r"(?<=\w)[:=](?=[^\s<>=])", " "),
    _phrase(r"[ \t]*[;,.:{}]+[ \t]*(?=$|#)", ""),
    _phrase(r"[{}]", ""),
    _phrase(r"\b(?:either|both|that|the|an?)\s+(?=\S)", ""),
    _phrase(r"(?<=\bon\b)\s+(?:every|each|all|any)\b", ""),
)
"""Marks and small words of other formats, which are deleted, and their comments."""


def _bounded(found: re.Match[str]) -> str:
    """Return an order and the day of a month or quarter that it compares with: after it, or before it."""
    order = found["order"]
    return f"{order} {dates.first_day(found) if order in ('<', '>=') else dates.last_day(found)}"


DATES = (
    *(_phrase(pattern, dates.day) for pattern in dates.DAYS),
    *(_phrase(pattern, dates.last_day) for pattern in dates.ENDS),
    *(_phrase(rf"(?<=\bby ){pattern}", dates.last_day, "its last day") for pattern in (*dates.LENGTHS, dates.YEAR)),
    *(_phrase(rf"(?<=\bthrough ){pattern}", dates.last_day, "its last day") for pattern in dates.LENGTHS),
    *(
        _phrase(rf"(?P<order>[<>]=?)\s*{pattern}", _bounded, "its first day for `<` and `>=`, its last for others")
        for pattern in dates.LENGTHS
    ),
)
"""Days as people write them."""

PHRASES: Sequence[Phrase] = (
    *ORDERS, *DECLARATIONS, *TYPES, *LISTS, *AGES, *WINDOWS, *OUTCOMES, *EFFECTS,
    *PARTS, *DATES, *NUMBERS, *CONDITIONS, *AGES_OF_ANYTHING, *COMPARISONS, *MARKS,
)  # fmt: skip
"""Asked in this order."""


def _is_within_a_word(line: str, place: int) -> bool:
    """Whether a place divides a word: no phrase is a part of one (`do` of `does`); a number may touch its unit."""
    around = line[max(0, place - 1) : place + 1]
    return len(around) == 2 and all(letter.isalpha() or letter == "_" for letter in around)


def phrases_at(line: str, place: int) -> Iterator[tuple[int, int, str, Phrase]]:
    """Yield where each phrase that reaches a place of a line begins and ends, and what is written in its stead."""
    for phrase in PHRASES:
        for found in phrase.pattern.finditer(line):
            if found.start() > place:
                break
            if _is_within_a_word(line, found.start()) or _is_within_a_word(line, found.end()):
                continue
            if place <= found.end() or not line[found.end() : place].strip():
                meant = phrase.write(found) if callable(phrase.write) else found.expand(phrase.write)
                if meant or phrase.write == "":
                    yield found.start(), found.end(), meant, phrase
