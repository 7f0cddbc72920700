"""What a test may expect of a clause, and the other words in which writers say it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.logic.clause_outcomes import OUTCOMES
from policykit.language.check.scope import Scope
from policykit.language.check.wording import listed

EFFECT = {
    "denies": "deny",
    "asks": "ask",
    "redacts": "redact",
    "pseudonymises": "pseudonymise",
    "uses": "use",
    "warns": "warn",
    "pauses": "pause",
}
"""The verbs of effects, and the effects."""
OF_RULES = frozenset({*EFFECT, "rescopes", "does not act"})
"""What only rules, stops and rollouts can do."""
_WITH_OBJECT = frozenset({"asks", "uses"})
"""The verbs behind which a role or a fallback can stand."""
_OF_EVIDENCE = ("passes", "fails", "is unknown")
VERBS = (*EFFECT, "rescopes", "does not act", *_OF_EVIDENCE)
"""What a test may expect of a clause."""

_WORDS = {
    **{said.removeprefix("is "): known for said, known in OUTCOMES.items() if not said.startswith("is not ")},
    "ok": "passes", "refuses": "denies", "refused": "denies", "blocks": "denies", "blocked": "denies",
    "stops": "pauses", "pseudonymize": "pseudonymises", "pseudonymizes": "pseudonymises",
    **dict.fromkeys(("silent", "ignored", "nothing", "doesnt"), "does not act"),
}  # fmt: skip
"""Other words for these verbs."""
_OF_ANY_EFFECT = frozenset({"acts", "fires", "triggers", "applies", "matches"})
_HELPING = frozenset({"to", "will", "should", "must"})


def meant(scope: Scope, node: s.Expect, clause: c.Clause | None) -> str:
    """Return the help for an unknown verb: by meaning before by spelling, and of what the clause can do.

    Args:
        scope: where it is reported.
        node: the expectation.
        clause: the clause of which it is expected; None where it is not known.
    """
    assert node.clause is not None
    verb, object_ = node.verb, node.object.text if node.object is not None else ""
    if verb in _HELPING and object_:
        verb, object_ = object_, ""
    can = VERBS if clause is None else of_clause(clause)
    told = [known for known in can if _WORDS.get(verb) == known or _stem(known) == _stem(verb)]
    if not told and verb in _OF_ANY_EFFECT:
        told = [each for each in can if each in EFFECT or each == "rescopes"] if clause is not None else []
    elif not told and (near := scope.report.nearest(verb, can)):
        told = [near]
    if len(told) == 1:
        behind = f" {object_}" if object_ and told[0] in _WITH_OBJECT else ""
        return f"write `{node.clause.text} {told[0]}{behind}`"
    return f"say what it does: {listed(told or can, 'or')}" if clause is not None else ""


def _stem(verb: str) -> str:
    """Return what the forms of a verb have in common: of `denies`, `deny` and `denied`."""
    return re.sub(r"(?:y|ies|ied|ing|es|ed|e|(?<!s)s)$", "", verb)


def of_clause(clause: c.Clause) -> tuple[str, ...]:
    """Return the verbs of all that a clause can do."""
    return _OF_EVIDENCE if isinstance(clause, c.Requirement | c.Scorecard) else (
        *_effects(clause), "does not act", "is unknown",
    )  # fmt: skip


def _effects(clause: c.Clause) -> tuple[str, ...]:
    if isinstance(clause, c.Stop):
        return ("rescopes",) if clause.pause.gate else ("pauses",)
    if isinstance(clause, c.Rollout):
        return ("uses",)
    assert isinstance(clause, c.Rule)
    kinds = {effect.kind for effect in _all_effects(clause)}
    return tuple(verb for verb, kind in EFFECT.items() if kind in kinds)


def _all_effects(rule: c.Rule) -> Iterator[c.Effect]:
    for effect in (*rule.then, *rule.unknown):
        yield effect
        if effect.otherwise is not None:
            yield effect.otherwise
