"""The vocabulary that ships with policykit, and how an application adds words of its own.

Example: `extend(builtin(), facts={"refund": Refund})` adds `refund.amount` and the other fields of the model `Refund`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar

from policykit.errors import VocabularyError
from policykit.vocabulary.fields import EvidenceKind, Field, Vocabulary

if TYPE_CHECKING:
    from pydantic import BaseModel

    from policykit.vocabulary.model import Evidence

_MAX_FACTS = 5_000


@cache
def builtin() -> Vocabulary:
    """Return the built-in facts and kinds of evidence. Without detectors: a higher layer adds them."""
    from policykit.vocabulary.call import GROUPS
    from policykit.vocabulary.evidence import kinds

    empty = Vocabulary(MappingProxyType({}), kinds(), MappingProxyType({}))
    return extend(empty, facts={group.prefix: group for group in GROUPS})


def extend(
    base: Vocabulary,
    *,
    facts: Mapping[str, type[BaseModel]] | None = None,
    evidence: Iterable[type[Evidence]] = (),
) -> Vocabulary:
    """Return a vocabulary with more words.

    Args:
        base: the vocabulary to add to; it is not changed.
        facts: models whose fields become facts, by the first part of their names: `{"refund": Refund}`.
        evidence: further kinds of evidence.

    Raises:
        VocabularyError: a word is there already, or a model cannot become words of the language.
    """
    from policykit.vocabulary.evidence import kind_of

    all_facts: dict[str, Field] = dict(base.facts)
    for prefix, model in (facts or {}).items():
        _add(all_facts, _facts_of(prefix, model))
    all_kinds: dict[str, EvidenceKind] = dict(base.evidence)
    for kind in evidence:
        made = kind_of(kind)
        _add(all_kinds, {made.name: made})
    if len(all_facts) > _MAX_FACTS:
        raise VocabularyError(f"a vocabulary has at most {_MAX_FACTS:,} facts, got {len(all_facts):,}")
    return Vocabulary(MappingProxyType(all_facts), MappingProxyType(all_kinds), base.detectors)


def _facts_of(prefix: str, model: type[BaseModel]) -> dict[str, Field]:
    from policykit.vocabulary.model import WORD, fields_of

    if not all(WORD.fullmatch(part) for part in prefix.split(".")):
        raise VocabularyError(f"`{prefix}` is not a name of the language: expected small letters, digits and `_`")
    return fields_of(model, prefix)


_T = TypeVar("_T")


def _add(known: dict[str, _T], new: Mapping[str, _T]) -> None:
    twice = sorted(known.keys() & new.keys())
    if twice:
        raise VocabularyError(f"the vocabulary has `{twice[0]}` already: a word keeps its meaning")
    known.update(new)
