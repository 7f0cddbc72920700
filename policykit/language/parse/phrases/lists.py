"""How prose and other formats write lists, ranges and declarations, and parts in another order."""

from __future__ import annotations

import re

from policykit.language.parse import slips
from policykit.language.parse.phrases.numbers import WORDS_OF_NUMBERS
from policykit.language.parse.phrases.phrasing import LENGTH, NAME, REF, TEXT, phrase_of
from policykit.vocabulary.units import CURRENCIES

_JOINT = r"\s*(?:,\s*or\b|,\s*and\b|,|\bor\b|\band\b|\|)\s*"
_TEXTS = rf"{TEXT}(?:{_JOINT}{TEXT})*"
_MANY = rf"{TEXT}(?:\s*(?:,\s*or\b|,|\bor\b|\|)\s*{TEXT})+"
_ITEM = rf"(?:{TEXT}|{REF})"
_NUMBER = r"[+-]?[0-9][0-9_.]*[0-9]|[+-]?[0-9]"
_AMOUNT = (
    rf"(?:{_NUMBER})(?:\s*%|\s+percentage\s+points?|\s+(?:ms|seconds?|minutes?|hours?|days?|weeks?)|\s+[A-Z]{{3}})?"
)
_REGEX = r"/(?:[^/\\\n]|\\.)+/"
_PHASE = r"(?:request|tool\s+input|tool\s+output|response|failure)"
_PHASES = rf"{_PHASE}(?:\s*,\s*{_PHASE})*"
_ROLES = rf"{NAME}(?:\s+or\s+{NAME})*"
_AGE = rf"(?P<age>{LENGTH}|{NAME})"
_SMALL = frozenset({"a", "an", "and", "by", "for", "from", "in", "of", "on", "that", "the", "to", "what", "which"})


def _texts(found: re.Match[str]) -> str:
    return ", ".join(re.findall(TEXT, found["items"]))


def _items(found: re.Match[str]) -> str:
    items = (each for each in re.findall(_ITEM, found["items"]) if each not in ("or", "and"))
    return f"contains {found['mode']} of {', '.join(items)}"


def _number_of(found: re.Match[str]) -> str:
    number = WORDS_OF_NUMBERS.index(found["n"]) if found["n"] in WORDS_OF_NUMBERS else found["n"]
    return f"by at least {number} of "


def _named(found: re.Match[str]) -> str:
    """Return a declaration that has a text and no name, with a name made of the text."""
    words = [word for word in re.findall(r"[a-z][a-z0-9]*", found["text"].lower()) if word not in _SMALL][:3]
    return f"{found['what']} {'_'.join(words)} {found['text']}" if words else ""


def _money(found: re.Match[str]) -> str:
    code = slips.CURRENCY_SIGNS.get(found["code"], found["code"]).upper()
    return f"money {code}" if code in CURRENCIES else ""


TYPES = (
    phrase_of(r"(?<=:)\s*(?:yes\s*/\s*no|no\s+or\s+yes)\b", " yes or no"),
    phrase_of(r'(?<=:)\s*(?P<code>[A-Z]{3})(?=\s*")', r" money \g<code>"),
    phrase_of(
        r"\bmoney\s*(?:\b(?:in|of)\s+|\(|\s)\s*(?P<code>[A-Za-z]{3}\b|[\u00a3\u20ac$\u00a5])\)?(?=\s*(?:\"|=|$))",
        _money,
    ),
)
"""Types in other words."""

LISTS = (
    phrase_of(
        rf"=\s*(?P<items>{_MANY})", lambda found: f"= [{_texts(found)}]", message="a list stands between `[` and `]`"
    ),
    phrase_of(
        rf"\bcontains?\s+(?P<mode>any|all)\s+of\s*[\[({{]\s*(?P<items>{_ITEM}(?:{_JOINT}{_ITEM})*)\s*,?\s*[\])}}]",
        _items, message="behind `of` a list has no brackets",
    ),
    phrase_of(
        rf"\bcontains?\s+(?P<mode>any|all)\s+of\s+(?P<items>{_ITEM}(?:{_JOINT}{_ITEM})+)",
        _items,
    ),
    phrase_of(
        rf":\s*(?:(?:enum|choice|one\s+of)\s*)?[\[({{]\s*(?P<items>{_TEXTS})\s*,?\s*[\])}}]",
        lambda found: f": one of {_texts(found)}",
    ),
    phrase_of(
        rf":\s*(?:(?:enum|choice|either)\s+)?(?P<items>{TEXT}(?:\s*(?:,\s*or\b|,|\bor\b|\|)\s*{TEXT})+)(?=\s+\"|\s*=|\s*$)",
        lambda found: f": one of {_texts(found)}",
    ),
    phrase_of(
        rf"\b(?P<field>{NAME})\s+(?P<items>{_MANY})", lambda found: f"{found['field']} in [{_texts(found)}]",
        message="a field is compared with one value",
    ),
    phrase_of(
        rf"\bin\s+(?:the\s+range\s+)?[\[(]?\s*(?P<low>{_AMOUNT})\s*(?:\.\.+|\bto\b|[-\u2013\u2014])\s*(?P<high>{_AMOUNT})"
        r"\s*[\])]?",
        r"between \g<low> and \g<high>",
    ),
    phrase_of(
        rf"(?P<type>\b(?:number|count|percent|money|duration|points|[A-Z]{{3}}))\s+(?:from\s+|in\s+)?[\[(]?"
        rf"(?P<low>{_AMOUNT})\s*(?:\.\.+|\bto\b|\band\b|[-\u2013\u2014])\s*(?P<high>{_AMOUNT})[\])]?(?=\s*\")",
        r"\g<type> between \g<low> and \g<high>",
    ),
    phrase_of(
        r"\b(?P<type>number|count|text|duration|percent)\s+(?:of|in)\s+[a-z][a-z ]*?(?=\s+\")", r"\g<type>",
        message="a type is one word, and its meaning stands in the text",
    ),
    phrase_of(
        rf"(?:\b(?:from|at\s+least|at\s+most|min(?:imum)?|max(?:imum)?|up\s+to|above|below|over|under)\b|[<>]=?)\s*"
        rf"(?:{_AMOUNT})\s+(?=\")",
        "", "or give both ends: `between ... and ...`", "a range of a type has two ends",
    ),
)  # fmt: skip
"""Lists and ranges."""

ORDERS = (
    phrase_of(rf"(?P<text>{TEXT})\s+(?P<of>(?:of|from)\s+{NAME})", r"\g<of> \g<text>", message="the text stands last"),
    phrase_of(
        rf"(?P<text>{TEXT})\s+(?:from|of|by|for)\s+(?P<party>{NAME})", r"of \g<party> \g<text>",
        message="the party stands behind `of`, and the text last",
    ),
    phrase_of(
        rf"\b(?P<permits>permits\s+{NAME}(?:\s*,\s*{NAME})*)\s+(?P<text>{TEXT})", r"\g<text> \g<permits>",
        message="the text stands before `permits`",
    ),
    phrase_of(
        rf"\bknown\s+(?:on|in|at)\s+(?P<phases>{_PHASES})\s*,?\s*(?P<text>{TEXT})", r"\g<text> known on \g<phases>",
        message="the meaning stands before `known on`",
    ),
    phrase_of(
        rf"(?P<text>{TEXT})\s*,?\s*(?:known\s+|available\s+)?(?:on|in|at|for)\s+(?P<phases>{_PHASES})",
        r"\g<text> known on \g<phases>",
    ),
    phrase_of(
        rf"\bmatches\s+(?P<regex>{_REGEX}(?:\s+or\s+{_REGEX})*)\s+(?P<text>{TEXT})", r"\g<text> matches \g<regex>",
        message="the text stands before `matches`",
    ),
    phrase_of(r"(?<=/)\s*(?:,\s*(?:or\b)?|\||\band\b)\s*(?=/)", " or "),
    phrase_of(
        r'\bmatches\s+"(?P<regex>[^"\\/\n]+)"', r"matches /\g<regex>/", message="a pattern stands between slashes"
    ),
    phrase_of(r",\s*(?P<trust>claimed|file|attested)(?=\s+no\s+older\b)", r", \g<trust>,"),
    phrase_of(
        rf",\s*no\s+older\s+than\s+{_AGE}\s*,\s*(?P<trust>claimed|file|attested)\b",
        r", \g<trust>, no older than \g<age>", message="the trust stands before the age",
    ),
    phrase_of(
        rf"\bshown\s+by\s+(?P<one>{NAME})\s*,\s*no\s+older\s+than\s+{_AGE}\s*(?:,\s*and\b|,|\band\b)\s*(?:by\s+)?"
        rf"(?P<two>{NAME})\s*,\s*no\s+older\s+than\s+(?P=age)(?![\w.])",
        r"shown by \g<one> and \g<two>, no older than \g<age>", message="one age holds for all that is shown",
    ),
    phrase_of(
        rf"\bshown\s+by\s+(?P<names>{NAME}(?:\s*,\s*{NAME})+\s*,?\s*\band\s+{NAME}|{NAME}(?:\s*,\s*(?!no\b){NAME}){{2,}})",
        lambda found: f"shown by {' and '.join(w for w in re.findall(NAME, found['names']) if w != 'and')}",
    ),
)  # fmt: skip
"""Parts in another order."""

DECLARATIONS = (
    phrase_of(
        r'\binclude\s+"(?P<pack>[a-z][a-z0-9_-]*)"', r"include \g<pack>", message="a pack is named without quotes"
    ),
    phrase_of(rf"\b(?P<name>{NAME})\s*(?::=|:|\bis\b|\bto\b)\s*(?=[0-9\"\[])", r"\g<name> = "),
    phrase_of(
        rf"\b(?P<what>section|gate|party|tool|fallback)\s+(?P<text>{TEXT})", _named, message="a name stands first"
    ),
    phrase_of(rf"\blet\s+(?P<name>{NAME})\s*(?::[a-z \t]*=|:=|:|\bis\b|\bbe\b)\s*", r"let \g<name> = "),
    phrase_of(rf'\blet\s+(?P<name>{NAME})\s+(?=[0-9"\[])', r"let \g<name> = ", message="`=` stands before the value"),
    phrase_of(
        rf"\b(?P<what>fact|parameter|evidence)\s+(?P<name>{REF})\s+(?:is\s+(?:an?\s+)?|as\s+)?(?=[a-z])",
        r"\g<what> \g<name> : ", message="`:` stands before the type",
    ),
)  # fmt: skip
"""Declarations of other languages."""

EFFECTS = (
    phrase_of(
        rf"\bask\s+(?:to\s+)?(?P<role>{_ROLES})(?!\s*,\s*answer\s+within\s+{LENGTH}\s*,\s*(?:otherwise|else)\b)\s*,?\s*(?:to\s+)?"
        rf"(?:answer(?:s|ed)?\s+)?(?:within|in)\s+(?P<time>{LENGTH})\s*,?\s*(?:otherwise|else|or(?:\s+else)?)\b",
        r"ask \g<role>, answer within \g<time>, otherwise",
    ),
    phrase_of(
        rf"\bask\s+(?:to\s+)?(?P<role>{_ROLES})\s*,?\s*(?:to\s+)?(?:answer\s+)?(?:within|in)\s+(?P<time>{LENGTH})"
        r"\s*$",
        r"ask \g<role>, answer within \g<time>, otherwise deny", "or `use` a fallback, or `allow`",
        "`ask` says what happens without an answer",
    ),
    phrase_of(
        rf"\bask\s+(?P<role>{_ROLES})\s*$", r"ask \g<role>, answer within 4 hours, otherwise deny",
        "or with your own time", "`ask` says how long to wait, and what happens then",
    ),
    phrase_of(
        rf"\bask\s+(?P<one>{NAME})\s*(?:,\s*or\b|,|\band\b)\s*(?P<two>{NAME})(?=\s*,\s*answer\b)",
        r"ask \g<one> or \g<two>", "one answer is enough",
    ),
    phrase_of(r"\bpause(?:\s+(?:calls|everything|all))?\s*$", "pause all calls"),
    phrase_of(
        r"\b(?P<effect>deny|warn)\s*(?:with\s+(?:(?:the|a)\s+)?message|with|saying|because|message|[:=,-])\s*:?\s*(?=\")",
        r"\g<effect> ",
    ),
    phrase_of(r"^\s*(?:unless|except\s+when)\s+(?P<rest>[^#\n]+?)(?=\s*(?:#|$))", r"  when not (\g<rest>)"),
    phrase_of(rf"\bby\s+(?:any\s+)?(?P<n>[0-9]+|{'|'.join(WORDS_OF_NUMBERS[1:])})\s+(?:of\s+)?(?=[a-z])", _number_of),
    phrase_of(
        rf"\bby\s+(?:any\s+of\s+)?(?P<names>{NAME}(?:\s*,\s*{NAME})*\s*,?\s*\bor\s+{NAME})",
        lambda found: f"by at least 1 of {', '.join(w for w in re.findall(NAME, found['names']) if w != 'or')}",
    ),
    phrase_of(r"\bby\s+(?:any|one)\s+of\s+", "by at least 1 of "),
    phrase_of(r"\bby\s+all\s+(?:of\s+)?", "by "),
    phrase_of(rf"\b(?P<of>{REF})\s*:\s*(?=[^\s:=])", r"\g<of> is "),
    phrase_of(r"\bslice\s+in\b", "slice of"),
    phrase_of(r"\b(?:from|after|since|upon)\s+(?:the\s+)?notice\b", "of notice"),
    phrase_of(r"\bof\s+notice\s*[,.-]?\s*(?=\")", "of notice: "),
    phrase_of(rf"(?P<part>[0-9][0-9_.]*\s*%)\s+of\s+(?P<of>{REF})", r"\g<of> * \g<part>"),
    phrase_of(
        rf"\b(?P<effect>redact|pseudonymise)[ \t]+(?:the[ \t]+|all[ \t]+)?{REF}(?:\s*,\s*{REF})*", r"\g<effect>",
        message="what the condition looks for is taken out, and named there only",
    ),
    phrase_of(r"[ \t]+(?:immediately|instantly|at[ \t]+once|right[ \t]+away)\b", ""),
    phrase_of(r"\breport\s*$", "report only"),
    phrase_of(r"\bwithin\s+(?P<time>[0-9][0-9_]*\s+days?)\s*(?=:)", r"within \g<time> of notice"),
)  # fmt: skip
"""What happens, and who says so."""
