"""What the engine answers for one call.

- A decision has more than two values, so testing it for truth is an error.
- Decisions are immutable. What many decisions share (effect, clauses, obligations without the values of the call) is an
  `ClauseResult`; a decision that needs no value of the call is itself shared.
- Texts that quote facts are written when they are asked for.

Example: `decision.effect is EffectKind.DENY`, then `decision.obligations[0].message`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from policykit.errors import DecisionUsageError

if TYPE_CHECKING:  # a decision that needs none of them must not wait for their import
    from policykit.language.checked import Effect, Pattern
    from policykit.vocabulary.types import Type

_MAX_QUOTED = 200
"""Characters of a fact that a message quotes."""


class EffectKind(StrEnum):
    """What a decision asks for, the strictest first. Source: docs/adr/0002."""

    DENY = "deny"
    ASK = "ask"
    PAUSE = "pause"
    USE = "use"
    PSEUDONYMISE = "pseudonymise"
    REDACT = "redact"
    WARN = "warn"
    ALLOW = "allow"

    @property
    def strictness(self) -> int:
        """Return 0 for allow, and more for what is stricter."""
        return _STRICTNESS[self]

    @classmethod
    def strictest(cls, kinds: Sequence[EffectKind]) -> EffectKind:
        """Return the strictest of some effects; allow of none."""
        return max(kinds, key=lambda kind: kind.strictness, default=cls.ALLOW)


_STRICTNESS = {kind: strictness for strictness, kind in enumerate(reversed(EffectKind))}


class UnknownFact(NamedTuple):
    """A fact that left a condition unknown, and why."""

    name: str
    reason: str
    """`missing`, or `not understood: expected ..., got ...`."""


class Obligation:
    """What the caller must do, and the clauses that say so. Equal obligations of several clauses are one."""

    __slots__ = ("_values", "clauses", "effect", "kind")

    clauses: tuple[str, ...]
    """IDs of the clauses, sorted."""
    effect: Effect
    """The details: roles, times, fallbacks, the tool, what to take out."""
    kind: EffectKind
    _values: Mapping[str, str]

    def __init__(self, clauses: tuple[str, ...], effect: Effect, values: Mapping[str, str]) -> None:
        object.__setattr__(self, "clauses", clauses)
        object.__setattr__(self, "effect", effect)
        object.__setattr__(self, "kind", EffectKind(effect.kind))
        object.__setattr__(self, "_values", values)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"an obligation cannot be changed (`{name}`)")

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Obligation):
            return NotImplemented
        return (self.clauses, self.effect, self.message) == (other.clauses, other.effect, other.message)

    def __hash__(self) -> int:
        return hash((self.clauses, self.kind))

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to make it again: it cannot be changed, so that `pickle` could not fill it."""
        return Obligation, (self.clauses, self.effect, self._values)

    def __repr__(self) -> str:
        return f"Obligation({self.kind.value!r}, clauses={self.clauses!r}, message={self.message!r})"

    @property
    def clause(self) -> str:
        """Return the ID of the first clause that asks for it."""
        return self.clauses[0]

    @property
    def message(self) -> str:
        """Return the message of the rule with the facts that it quotes."""
        return filled(self.effect.message, self._values)

    @property
    def patterns(self) -> tuple[Pattern, ...]:
        """Return what to take out of the text."""
        return self.effect.patterns

    def to_dict(self) -> dict[str, object]:
        """Return plain values, without what the effect does not have."""
        return {"kind": self.kind.value, "clauses": list(self.clauses), **details(self.effect, self.message)}


def details(effect: Effect, message: str) -> dict[str, object]:
    """Return the details of an effect as plain values."""
    from policykit.vocabulary.rendering import render
    from policykit.vocabulary.types import DURATION

    found: dict[str, object] = {
        "message": message,
        "roles": list(effect.roles),
        "within": "" if effect.seconds is None else render(DURATION, effect.seconds),
        "fallbacks": list(effect.fallbacks),
        "tool": effect.tool or "",
        "patterns": [pattern.name for pattern in effect.patterns],
    }
    if effect.otherwise is not None:
        otherwise = effect.otherwise
        found["otherwise"] = {"kind": otherwise.kind, **details(otherwise, otherwise.message)}
    return {name: value for name, value in found.items() if value}


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return a message with its `{fact}` placeholders replaced; a fact that is not known says so."""
    if "{" not in template:
        return template
    import re

    return re.sub(r"\{([a-z][a-z0-9_.]*)\}", lambda found: values.get(found[1], found[0]), template)


class _Told(NamedTuple):
    """What a decision that was pickled says of the facts of its call, in place of the facts."""

    texts: Mapping[str, str]
    unknown_facts: tuple[UnknownFact, ...]


class ClauseResult:
    """What all decisions with the same matched and unknown clauses share."""

    __slots__ = (
        "acting",
        "decision",
        "effect",
        "facts_read",
        "matched",
        "needs",
        "policy_digest",
        "types",
        "unknown",
        "unknown_reads",
    )

    def __init__(  # noqa: PLR0913 - one argument a part
        self,
        *,
        policy_digest: str,
        matched: tuple[str, ...] = (),
        unknown: tuple[str, ...] = (),
        acting: tuple[tuple[str, Effect], ...] = (),
        facts_read: tuple[str, ...] = (),
        unknown_reads: tuple[str, ...] = (),
        types: Mapping[str, Type] | None = None,
    ) -> None:
        """Put together what acts.

        Args:
            policy_digest: digest of the policy that decided.
            matched: IDs of the clauses whose condition is true, sorted.
            unknown: IDs of the clauses whose condition is unknown, sorted.
            acting: clause ID and effect of everything that acts, in order of the IDs.
            facts_read: facts that the conditions of these clauses read, sorted.
            unknown_reads: facts that the conditions of the unknown clauses read, sorted.
            types: types of the facts that the decision needs.
        """
        self.policy_digest = policy_digest
        self.matched = matched
        self.unknown = unknown
        self.acting = acting
        self.facts_read = facts_read
        self.types: Mapping[str, Type] = types or {}
        self.effect = EffectKind.strictest([EffectKind(effect.kind) for _, effect in acting])
        quoted = {name for name in self.types if any("{" + name + "}" in effect.message for _, effect in acting)}
        self.unknown_reads = unknown_reads
        self.needs = tuple(sorted(quoted | set(unknown_reads)))
        self.decision: Decision | None = None if self.needs else Decision.of(self, ())


class Decision:
    """The answer for one call: the effect, what to do, and which clauses say so."""

    __slots__ = ("_outcome", "_values")

    _outcome: ClauseResult
    _values: tuple[object, ...] | _Told

    def __init__(self) -> None:
        raise TypeError("decisions are made by a policy: `policy.decide(facts)`")

    @staticmethod
    def of(outcome: ClauseResult, values: tuple[object, ...] | _Told) -> Decision:
        """Return the decision of an outcome; `values` are the raw facts that `outcome.needs` names, in its order."""
        decision = _new(Decision)
        _set_outcome(decision, outcome)
        _set_values(decision, values)
        return decision

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a decision cannot be changed (`{name}`)")

    def __bool__(self) -> NoReturn:
        raise DecisionUsageError(
            f"a decision has more outcomes than yes and no: this one is `{self.effect.value}`; "
            'compare its effect, as in `decision.effect == "allow"`'
        )

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Decision):
            return NotImplemented
        return self is other or self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash((self.policy_digest, self.matched, self.unknown))

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to make it again: from what it says, because the facts of a call may be anything."""
        outcome = self._outcome
        parts = (outcome.policy_digest, outcome.matched, outcome.unknown, outcome.acting, outcome.facts_read)
        return _again, (parts, self._texts() if outcome.acting else {}, self.unknown_facts)

    def __repr__(self) -> str:
        return f"Decision({self.effect.value!r}, matched={self.matched!r}, unknown={self.unknown!r})"

    def _identity(self) -> tuple[object, ...]:
        return (self.policy_digest, self.matched, self.unknown, self.obligations, self.unknown_facts)

    @property
    def effect(self) -> EffectKind:
        """Return the strictest effect of all clauses that act; allow when none does."""
        return self._outcome.effect

    @property
    def matched(self) -> tuple[str, ...]:
        """Return the IDs of the clauses whose condition is true, sorted."""
        return self._outcome.matched

    @property
    def unknown(self) -> tuple[str, ...]:
        """Return the IDs of the clauses whose condition is unknown, sorted; they act as their `unknown` says."""
        return self._outcome.unknown

    @property
    def facts_read(self) -> tuple[str, ...]:
        """Return the facts that the conditions of the clauses in `matched` and `unknown` read, sorted."""
        return self._outcome.facts_read

    @property
    def policy_digest(self) -> str:
        """Return the digest of the policy that decided."""
        return self._outcome.policy_digest

    @property
    def obligations(self) -> tuple[Obligation, ...]:
        """Return the effects of all clauses that act, each once, in the order of their clause IDs; allow is none."""
        clauses: dict[Effect, list[str]] = {}
        for clause, effect in self._outcome.acting:
            if effect.kind != "allow":
                names = clauses.setdefault(effect, [])
                names.extend([clause] if clause not in names else [])
        values = self._texts() if clauses else {}
        return tuple(Obligation(tuple(names), effect, values) for effect, names in clauses.items())

    @property
    def unknown_facts(self) -> tuple[UnknownFact, ...]:
        """Return the facts that the unknown clauses read and that are not known, each with the reason."""
        if not self._outcome.unknown:
            return ()
        if isinstance(self._values, _Told):
            return self._values.unknown_facts
        from policykit.engine.scope import understood

        values = dict(zip(self._outcome.needs, self._values, strict=True))
        names = self._outcome.unknown_reads
        problems = [(name, understood(values[name], self._outcome.types[name]).problem) for name in names]
        return tuple(UnknownFact(name, problem) for name, problem in problems if problem)

    def to_dict(self) -> dict[str, object]:
        """Return plain values that JSON can hold."""
        return {
            "effect": self.effect.value,
            "matched": list(self.matched),
            "unknown": list(self.unknown),
            "unknown_facts": {fact.name: fact.reason for fact in self.unknown_facts},
            "obligations": [obligation.to_dict() for obligation in self.obligations],
            "facts_read": list(self.facts_read),
            "policy_digest": self.policy_digest,
        }

    @property
    def keeps_facts(self) -> bool:
        """Whether it keeps facts of the call, from which it writes its texts when they are asked for."""
        return self._values.__class__ is tuple and bool(self._values)

    def told(self, conceal: Callable[[str], str]) -> Decision:
        """Return the decision with its texts written, so that it keeps no fact of the call.

        Args:
            conceal: returns a quotation without what must not be seen. It is asked before a quotation is cut, because
                half of a secret is not recognised.
        """
        if not self.keeps_facts:
            return self
        unknown = tuple(UnknownFact(name, conceal(_whole(reason))) for name, reason in self.unknown_facts)
        return Decision.of(self._outcome, _Told(self._texts(conceal) if self._outcome.acting else {}, unknown))

    def _texts(self, conceal: Callable[[str], str] = str) -> dict[str, str]:
        """Return the facts that messages quote, as texts."""
        if not self._values:
            return {}
        if isinstance(self._values, _Told):
            return dict(self._values.texts)
        from policykit.engine.scope import MISSING, understood
        from policykit.source.visible import CUT
        from policykit.vocabulary.rendering import render

        texts = {}
        for name, raw in zip(self._outcome.needs, self._values, strict=True):
            type_ = self._outcome.types[name]
            reading = understood(raw, type_)
            value = reading.value
            if value is None:
                texts[name] = "(missing)" if reading.problem == MISSING else "(not understood)"
            else:
                text = conceal(value if isinstance(value, str) else render(type_, value))
                texts[name] = text if len(text) <= _MAX_QUOTED else text[:_MAX_QUOTED] + CUT
        return texts


def _whole(reason: str) -> str:
    """Return why a fact is unknown, without a value that was cut."""
    from policykit.source.visible import CUT  # only where something is wrong

    return reason.partition(", got ")[0] if CUT in reason else reason


_new = object.__new__
# a slot's own setter is the only way past `__setattr__`, and several times faster than `object.__setattr__`
_set_outcome = Decision.__dict__["_outcome"].__set__
_set_values = Decision.__dict__["_values"].__set__


def _again(
    parts: tuple[str, tuple[str, ...], tuple[str, ...], tuple[tuple[str, Effect], ...], tuple[str, ...]],
    texts: Mapping[str, str],
    unknown_facts: tuple[UnknownFact, ...],
) -> Decision:
    """Return the decision that was pickled."""
    digest, matched, unknown, acting, facts_read = parts
    outcome = ClauseResult(policy_digest=digest, matched=matched, unknown=unknown, acting=acting, facts_read=facts_read)
    return Decision.of(outcome, _Told(texts, unknown_facts))
