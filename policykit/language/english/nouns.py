"""Facts and fields as the subject of a sentence, in the words of the vocabulary or of the policy's own declarations."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from policykit.vocabulary.builtin import builtin
from policykit.vocabulary.fields import ElementKind, EvidenceKind, Field
from policykit.vocabulary.types import Kind, Phase

_HAS_ARTICLE = re.compile(r"(?:the|an?|this|that|what|which|who|how|when|where|whether)\b")
_NO_NOUN = re.compile(
    r"(?:from|to|in|on|at|by|for|since|until|till|after|before|per|with|if|because|as|it|we|they|he|she|i|you|there"
    r"|this|that|how|when|who|whether|which|is|are|was|were|has|have|does|do)\b",
    re.IGNORECASE,
)
"""What a noun phrase does not begin with."""
_BREAKS = re.compile(r"[:;.!?]|\b(?:is|are|was|were|has|have)$")
_RELATIVE = re.compile(r"\b(?:who|whose|which|that)\b[^:;.!?]*\b(?:is|are|was|were|has|have)$")
"""`the reader whose loan it is` ends in a verb, and is a noun phrase all the same."""
_HEAD_ENDS = re.compile(r",|\b(?:of|with|without|who|that|which|whose|for|in|from|to|by|on|at|where|when|per)\b")
_PLURAL = re.compile(r"(?:[^\Wsui]|[^\Wsu]i)s$|ies$|\b(?:people|children|data)$")
_ASIDE = re.compile(r", (?:such as .*|to the second|1 for the first)$")
"""What the vocabulary says to the writer of a policy, and no contract needs."""
_TEXT_OF = {
    Phase.REQUEST: "the prompt",
    Phase.TOOL_INPUT: "the text of the tool's arguments",
    Phase.TOOL_OUTPUT: "the tool's result",
    Phase.RESPONSE: "the response",
    Phase.FAILURE: "the failure",
}
_SINGULAR = {
    "tool.side_effects": "the kind of side effects of the tool",
    "call.instructions": "the text of the system instructions",
}
"""Meanings in the plural, in words after which `is` and `contains` can stand."""
_ESTIMATED = {"call.cost": "cost of the call", "call.input_tokens": "number of input tokens"}


def noun(field: Field | None, name: str) -> str:
    """Return a fact or field as a noun phrase; its name and its words where the words are none.

    Args:
        field: the fact or field; None where it is not known.
        name: its name in the policy.
    """
    if field is None or not field.words:
        return f"`{name}`"
    if is_built_in(field):
        return with_article(_ASIDE.sub("", field.words))
    return with_article(field.words) if _is_noun_phrase(field) else f"`{name}` ({field.words})"


def fact(field: Field | None, name: str, phases: frozenset[Phase]) -> str:
    """Return a fact about a call, as it is known in the phases of a rule.

    Args:
        field: the fact; None where it is not known.
        name: its name in the policy.
        phases: those of the rule; none where no rule speaks.
    """
    if name == "call.text":
        texts = [_TEXT_OF[phase] for phase in Phase if phase in phases]
        named = [text.removeprefix("the text of ") for text in texts]
        return texts[0] if len(texts) == 1 else f"the text ({_or(named)})" if texts else "the text of the call"
    if name in _ESTIMATED and field is not None and is_built_in(field):
        return f"the {'estimated ' if phases == {Phase.REQUEST} else ''}{_ESTIMATED[name]}"
    if name in _SINGULAR and field is not None and is_built_in(field):
        return _SINGULAR[name]
    return noun(field, name)


def stands_for(field: Field | None, name: str, phases: frozenset[Phase]) -> str:
    """Return what a placeholder stands for; at the end of its sentence, words that end in a verb are no hindrance."""
    if field is not None and _RELATIVE.search(field.words) and not _NO_NOUN.match(field.words):
        return with_article(field.words)
    return fact(field, name, phases)


def element_field(element: ElementKind | None, kind: EvidenceKind | None, name: str) -> Field | None:
    """Return a field of the element that is spoken of, and never the field of that name of another element.

    Args:
        element: what a quantifier ranges over.
        kind: the kind of its evidence.
        name: the field's name.
    """
    if element is not None and name in element.fields:
        return element.fields[name]
    is_slice = element is not None and element.singular == "slice"
    return kind.slice_fields.get(name) if kind is not None and is_slice else None


def with_article(words: str) -> str:
    """Return words that can stand as the subject of a sentence."""
    return words if _HAS_ARTICLE.match(words) else f"the {words}"


_COUNTED = re.compile(
    r"(?:account|address|card|case|claim|code|credential|date|diagnosis|email|file|identifier|key|line|link|marker|name"
    r"|number|order|passport|password|phrase|request|secret|token|word)(?: \([^()]*\))?$"
)
"""How the head of what a detector finds ends where it takes an article; `personal data` takes none."""
_VOWEL = re.compile(r"(?![Ee]u|one\b)[aeioAEIO]|u(?!ni|s[aei])|[Hh](?:our|onest)|[FLMNRSX][A-Z]|npm\b")


def detected(words: str) -> str:
    """Return what a detector finds with its article: `a payment card number`, and `personal data`."""
    head = re.split(r" (?:of|to|for|in|with|without|assigned|that|inside)\b", words, maxsplit=1)[0]
    if not words or _HAS_ARTICLE.match(words) or not any(_COUNTED.search(part) for part in re.split(r" or ", head)):
        return words
    return f"{'an' if _VOWEL.match(words) else 'a'} {words}"


def is_built_in(field: Field) -> bool:
    """Whether a fact or field has the words of the vocabulary that ships with policykit."""
    return (field.name, field.words) in _built_in()


def _is_noun_phrase(field: Field) -> bool:
    words = field.words
    if _NO_NOUN.match(words) or _BREAKS.search(words):
        return False
    if words.startswith(("what ", "where ")):
        return True
    head = _HEAD_ENDS.split(words, maxsplit=1)[0].strip()
    return field.type.kind is Kind.LIST or not _PLURAL.search(head)


def _or(items: list[str]) -> str:
    return f"{', '.join(items[:-1])} or {items[-1]}"


@cache
def _built_in() -> frozenset[tuple[str, str]]:
    return frozenset((each.name, each.words) for each in _fields())


def _fields() -> Iterator[Field]:
    vocabulary = builtin()
    yield from vocabulary.facts.values()
    for kind in vocabulary.evidence.values():
        yield from kind.fields.values()
        yield from kind.slice_fields.values()
        for element in kind.elements.values():
            yield from element.fields.values()
