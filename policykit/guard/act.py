"""One decision being carried out: what the effects add to, before anything leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from policykit.guard.text.conceal import Concealment, concealed

if TYPE_CHECKING:
    from policykit.engine.decision import Decision, Obligation
    from policykit.engine.patterns import Sought
    from policykit.guard.binding import Texts
    from policykit.guard.in_progress import CallInProgress


class Refusal(NamedTuple):
    """Why a call is refused."""

    reason: str
    message: str
    clauses: tuple[str, ...]


class Admission(NamedTuple):
    """How the call goes on."""

    texts: Mapping[str, tuple[str, ...]] | None = None
    """Texts that changed, by fact; None: nothing did."""
    fallbacks: tuple[str, ...] = ()
    """Used instead, in this order; empty: the call itself goes on."""
    is_withheld: bool = False
    """The call is made and recorded, and the fallbacks answer (shadow rollout)."""


PROCEED = Admission()


class Act:
    """A decision, and what is to be done about it. Effects add to it; `admission` says the outcome."""

    __slots__ = (
        "_redacted",
        "_tokenised",
        "approver",
        "call",
        "decision",
        "effects",
        "fallbacks",
        "is_entering",
        "obligations",
        "phase",
        "refusal",
        "texts",
    )

    def __init__(
        self, call: CallInProgress, phase: str, decision: Decision, texts: Texts, *, is_entering: bool
    ) -> None:
        shadowed = call.plan.core.clauses.shadowed
        self.call = call
        self.phase = phase
        self.decision = decision
        self.texts = texts
        self.is_entering = is_entering
        """Whether the call has not been made yet."""
        self.obligations: tuple[Obligation, ...] = tuple(
            each for each in decision.obligations if not shadowed.issuperset(each.clauses)
        )
        """What the enforced clauses ask for."""
        self.effects: list[str] = []
        self.refusal: Refusal | None = None
        self.fallbacks: tuple[str, ...] = ()
        self.approver = ""
        self._redacted: dict[str, tuple[Sought, ...]] = {}
        self._tokenised: dict[str, tuple[Sought, ...]] = {}

    def refuse(self, reason: str, obligation: Obligation, message: str) -> None:
        """Refuse the call; the first refusal is the one that is raised."""
        if self.refusal is None:
            self.refusal = Refusal(reason, message or self.said(obligation), obligation.clauses)

    def said(self, obligation: Obligation) -> str:
        """Return the message of an effect, without what the policy's detectors find in the facts that it quotes.

        Messages end in logs and on screens, where what was refused must not stand.
        """
        if "{" not in obligation.effect.message:
            return obligation.message
        patterns = self.call.plan.core.clauses.detectors
        return concealed((obligation.message,), Concealment(patterns, ()), self.call.session.tokens)[0]

    def redact(self, clause: str) -> None:
        """Take what a rule found out for good."""
        self._take_out(clause, self._redacted)

    def tokenise(self, clause: str) -> None:
        """Put tokens in the place of what a rule found."""
        self._take_out(clause, self._tokenised)

    def concealment(self, fact: str) -> Concealment | None:
        """Return what is to be taken out of a fact; None where nothing is."""
        what = Concealment(self._redacted.get(fact, ()), self._tokenised.get(fact, ()))
        return what if what.patterns else None

    def changed_texts(self) -> Texts | None:
        """Return the texts after everything was taken out; None where nothing is.

        Raises:
            ValueError: a fact is no text that can be changed, or something cannot be taken out.
            DetectorError: a text could not be scanned.
        """
        facts = [*self._redacted, *(fact for fact in self._tokenised if fact not in self._redacted)]
        changed: Texts = {}
        for fact in facts:
            if self.call.facts.get(fact) is None:
                continue  # there is no text, so there is nothing in it
            if fact not in self.texts:
                why = getattr(self.call.facts[fact], "why", "")
                raise ValueError(f"`{fact}` is not known: {why}" if why else f"`{fact}` is no text that can be changed")
            what = Concealment(self._redacted.get(fact, ()), self._tokenised.get(fact, ()))
            after = concealed(self.texts[fact], what, self.call.session.tokens)
            if after != self.texts[fact]:
                changed[fact] = after
        return changed or None

    def _take_out(self, clause: str, where: dict[str, tuple[Sought, ...]]) -> None:
        for fact, patterns in self.call.plan.core.clauses.patterns(clause).items():
            where[fact] = tuple(dict.fromkeys((*where.get(fact, ()), *patterns)))
