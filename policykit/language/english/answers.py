"""Facts that are yes or no, as sentences: `the model is named by a fixed version`, never `... is yes`.

A sentence is denied at its verb only where that cannot change what else it says; otherwise it stands whole after
`it is not the case that`.
"""

from __future__ import annotations

import re

from policykit.language.english.denials import DENIALS
from policykit.language.english.nouns import is_built_in, with_article
from policykit.vocabulary.fields import Field

_WHETHER = re.compile(r"whether\s+", re.IGNORECASE)
_PRONOUN = re.compile(
    r"(?:it|they|we|he|she|there|everybody|everyone|everything|nobody|no|all|each|every|some)\b", re.IGNORECASE
)
_VERB = re.compile(r"\b(?:is|are|was|were|has|have|had|may|can|must|will|does|do|did|cannot)\b")
_REACHES_FURTHER = re.compile(
    r",|;|\b(?:and|or|but|not|no|none|never|nobody|nothing|only|every|each|all|any|some|both|either|at|more|most"
    r"|unless|until|without|because|if|when|while|where|who|whom|whose|which|that)\b|\bto (?:no|any)\b|n't\b",
    re.IGNORECASE,
)
"""Words that a denial would also deny, or must not."""
_NOUN = r"(?!(?:i|we|you|he|she|it|they|one|s?he|this|those|these|that|what|who|whom|which|where|when|how)\b)[\w-]+"
_SUBJECT = (
    rf"the (?:(?:own |{_NOUN}'s )?{_NOUN}(?: (?:of|under|for|in|on) (?:the |an? )?{_NOUN}){{0,2}}"
    rf"(?: itself| themselves)?|{_NOUN} {_NOUN}(?= (?:is|are|was|were)\b))"
)
_AUXILIARY = re.compile(rf"({_SUBJECT} (?:is|are|was|were|may|can|must|will))\b(.*)", re.DOTALL)
_HAS_DONE = re.compile(rf"({_SUBJECT}) (has|have) (\w+ed)\b(.*)", re.DOTALL)
_HAS = re.compile(rf"({_SUBJECT}) (has|have) ((?:an?|the) .*)", re.DOTALL)
_DOES = {
    "asks": "ask", "carries": "carry", "covers": "cover", "enforces": "enforce", "has": "have", "holds": "hold",
    "keeps": "keep", "leaves": "leave", "links": "link", "names": "name", "pages": "page", "reads": "read",
    "sends": "send", "stores": "store", "trains": "train", "uses": "use",
}  # fmt: skip
_THIRD_PERSON = re.compile(rf"(the [\w-]+(?: itself)?) ({'|'.join(_DOES)})\b(?! (?:is|are|was|were|has|have)\b)(.*)")


def answered(field: Field | None, name: str, *, yes: bool) -> str:
    """Return a fact that is yes or no as a sentence.

    Args:
        field: the fact; None where it is not known.
        name: its name in the policy.
        yes: what it is said to be.
    """
    said = statement(field)
    if not said:
        words = f"the statement `{name}`" + (f" ({field.words})" if field is not None and field.words else "")
        return f"{words} is {'true' if yes else 'false'}"
    if yes:
        return said
    return DENIALS[said] if said in DENIALS and field is not None and is_built_in(field) else denied(said)


def statement(field: Field | None) -> str:
    """Return the words of a fact as a sentence that can stand after `that`; nothing where they are none."""
    if field is None or not field.words:
        return ""
    opened = _WHETHER.match(field.words)
    if opened is not None:
        return field.words[opened.end() :]
    if is_built_in(field) or (_VERB.search(field.words) and not _VERB.match(field.words)):
        return field.words if _PRONOUN.match(field.words) else with_article(field.words)
    return ""


def denied(said: str) -> str:
    """Return that a sentence is false."""
    simple = _AUXILIARY.fullmatch(said)
    if simple and not _REACHES_FURTHER.search(simple[2]):
        return f"{simple[1]} not{simple[2]}"
    done = _HAS_DONE.fullmatch(said)
    if done and not _REACHES_FURTHER.search(done[4]):
        return f"{done[1]} {done[2]} not {done[3]}{done[4]}"
    has = _HAS.fullmatch(said)
    if has and not _REACHES_FURTHER.search(has[3]):
        return f"{has[1]} {'does' if has[2] == 'has' else 'do'} not have {has[3]}"
    does = _THIRD_PERSON.fullmatch(said)
    if does and not _REACHES_FURTHER.search(does[3]):
        return f"{does[1]} does not {_DOES[does[2]]}{does[3]}"
    return f"it is not the case that [{said}]"
