"""Assertions of promptfoo that pass whatever the answer is: code that ignores it, patterns that match every text.

Nothing is executed. A pattern is tried on a few texts that have nothing in common; code is read only as far as needed
to see that it names nothing that could differ between two answers.

Source: promptfoo 0.123, src/assertions/regex.ts, javascript.ts, python.ts; `answer-relevance` and the assertions about
context had a threshold of 0 unless one was stated, until releases of 2026 gave them 0.7 and 0.5.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from policykit.evidence.view import exact_or_none

_LONGEST = 2_000
"""Longer code or patterns are not looked into: they count as checks."""
_TEXTS = ("a", "0", "-", "\u00e9 ", "\n", "Q7:\n\t!")
_MEMORY = 1 << 20
_DEMANDED: Mapping[str, Decimal] = {
    "answer-relevance": Decimal("0.7"),
    "context-faithfulness": Decimal("0.5"),
    "context-recall": Decimal("0.5"),
    "context-relevance": Decimal("0.5"),
}
"""What an assertion without a threshold demands in current releases; in earlier ones it demanded nothing."""
_STRINGS = re.compile(r"'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`[^`$]*`")
_COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*|#[^\n]*", re.DOTALL)
_HEAD = re.compile(
    r"\s*(?:(?:async\s+)?function\s*\w*\s*\([^()]*\)|(?:async\s+)?(?:\([^()]*\)|\w+)\s*=>|lambda\b[^:]*:"
    r"|(?:async\s+)?def\s+\w+\s*\([^()]*\)[^:\n]*:)"
)
_NAMES = re.compile(r"[A-Za-z_$][\w$]*")
_WORDS = "true false True False null undefined None return not and or is in pass pass_ score reason Boolean bool"
_CONSTANTS = frozenset(_WORDS.split())
"""Names in code that are the same for every answer."""
_FOREGONE = re.compile(
    r"(?:true|True|1|!0)\|\|.*|.*\|\|(?:true|True|1|!0)"
    r"|(?:output|len\(output\)|output\.length)>=0|0<=(?:output\.length|len\(output\))"
    r"|output={2,3}output|output!={1,2}(?:null|undefined)|outputisnotNone|typeofoutput={2,3}|isinstance\(output,str\)"
)
"""Code about the answer that is true of every answer, without spaces and texts; `or` is `||`."""


_STATEMENTS = re.compile(r"[;?\n]|\bif\b")


@lru_cache(maxsize=1024)
def matches_everything(pattern: str) -> bool:
    """Return whether a regular expression matches every text, the empty one too."""
    return _matches(pattern, ("", *_TEXTS))


@lru_cache(maxsize=1024)
def matches_every_answer(pattern: str) -> bool:
    """Return whether a regular expression matches every text in which anything stands."""
    return _matches(pattern, tuple(text for text in _TEXTS if text.strip()))


def _matches(pattern: str, texts: tuple[str, ...]) -> bool:
    if len(pattern) > _LONGEST:
        return False
    import re2  # only where a pattern is looked at: most files have none

    options = re2.Options()
    options.max_mem, options.log_errors = _MEMORY, False
    try:
        compiled = re2.compile(pattern.replace("[^]", r"[\s\S]"), options)
    except re2.error:
        return False  # what RE2 does not understand looks at the text in some way: a lookahead, a back reference
    return all(compiled.search(text) is not None for text in texts)


@lru_cache(maxsize=1024)
def ignores_the_answer(code: str) -> bool:
    """Return whether code of an assertion gives the same result for every answer."""
    if len(code) > _LONGEST:
        return False
    body = _COMMENTS.sub(" ", _STRINGS.sub(" ", code))
    while head := _HEAD.match(body):
        body = body[head.end() :]
    if all(name in _CONSTANTS for name in _NAMES.findall(body)):
        return bool(body.strip())
    bare = re.sub(r"^\s*\{?\s*return\b|[\s;}]+\Z", "", body)
    if _STATEMENTS.search(bare):
        return False  # several statements or a choice: too much to be sure
    return _FOREGONE.fullmatch(re.sub(r"\s+", "", re.sub(r"\bor\b", "||", bare))) is not None


def demands_nothing(assertion: Mapping[str, Any], score: object) -> bool:
    """Return whether a score passed that only an assertion without a threshold lets pass."""
    least = _DEMANDED.get(str(assertion.get("type")))
    reached = exact_or_none(score)
    unstated = assertion.get("threshold") is None
    return least is not None and unstated and reached is not None and reached < least


def rendered(value: object, asked: Mapping[str, Any], stated: object = None) -> object:
    """Return what an assertion compares with: the text of a variable where it names nothing else.

    Args:
        value: the value of the assertion.
        asked: the variables of the test.
        stated: what promptfoo wrote down as the value that it used.
    """
    if isinstance(stated, str):
        return stated
    if isinstance(value, list):
        return [rendered(item, asked) for item in value]
    named = _VARIABLE.match(value) if isinstance(value, str) and asked else None
    return asked.get(named[1], "") if named else value


_VARIABLE = re.compile(r"\s*\{\{-?\s*([A-Za-z_]\w*)\s*-?\}\}\s*\Z")
"""A value that is one variable; promptfoo puts nothing in its place where no variable has the name."""
