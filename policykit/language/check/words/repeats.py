"""Own facts beside the vocabulary: the same name with another meaning, and the same meaning under another name."""

from __future__ import annotations

import re
from functools import lru_cache

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.scope import Scope
from policykit.language.check.wording import a_value
from policykit.vocabulary.fields import Field
from policykit.vocabulary.meanings import fields_meant
from policykit.vocabulary.reference import words_text
from policykit.vocabulary.types import Type

_EMPTY = frozenset(
    """a an the of in on at to for from with by and or that which is are was were be been has have had it its this
    each every all any not no than as share number whether time rate how many much per one""".split()  # noqa: SIM905
)
"""Words that say little about what a fact is about."""
_MOST = 500
"""Own fields that are looked at in one file; nobody writes more by hand."""
_ALIKE = 0.6
"""Share of the words that two meanings must have in common to be taken for one."""


def described(field: Field) -> str:
    """Return a field's type and meaning: `yes or no, whether the run came to its end`."""
    return f"{a_value(field.type)}, {words_text(field)}"


def own_words(type_: Type | None, words: str) -> str:
    """Return the type and meaning that a file declares."""
    return f"{a_value(type_)}, {words}" if type_ is not None else words


def same_or_other(built_in: Field, type_: Type | None, words: str, name: str) -> str:
    """Return the help for a fact that exists: deletion only where type and meaning are the same."""
    if type_ is not None and type_.kind is built_in.type.kind and alike(words, built_in.words) >= _ALIKE:
        return "delete this line and use it as it is"
    return f"if something else is meant, choose another name, such as `{_other(name)}`, here and wherever it is read"


def _other(name: str) -> str:
    head, _, last = name.rpartition(".")
    return f"{head}.own_{last}" if head else f"own_{last}"


def alike(a: str, b: str) -> float:
    """Return the share of words that two meanings have in common, of the words of both."""
    first, second = _stems(a), _stems(b)
    return len(first & second) / len(first | second) if first and second else 0.0


@lru_cache(maxsize=4_096)
def _stems(words: str) -> frozenset[str]:
    """Return the words of a meaning that say something, without their endings."""
    found = (word for word in re.findall("[a-z]+", words[:500].lower()) if word not in _EMPTY)
    return frozenset(re.sub("(ation|ions?|ings?|ed|es|s|ly)$", "", word)[:7] for word in found)


def warn_repeated(scope: Scope, name: s.Name, field: Field, evidence: c.Evidence) -> None:
    """Warn of a field whose type and meaning the vocabulary has under another name."""
    if len(scope.own_fields) > _MOST:
        return
    built_in = scope.vocabulary.evidence[evidence.kind.name].fields
    same_type = {key: known for key, known in built_in.items() if known.type.kind is field.type.kind}
    meant = next(iter(fields_meant(field.name, same_type)), None)
    score = {key: alike(field.words, known.words) for key, known in same_type.items()}
    best = max(score, key=lambda key: score[key], default=None)
    if best is None or (score[best] < _ALIKE and not (meant and score[meant] > _ALIKE / 3)):
        return
    near = best if score[best] >= _ALIKE or meant is None else meant
    scope.report.warn(
        "PK132",
        f"{evidence.kind.name} evidence has a field that seems to say this: `{near}`, {described(built_in[near])}",
        name.span,
        help=f"if it is the same, delete this line and read `{evidence.name}.{near}`, which readers fill in",
    )
