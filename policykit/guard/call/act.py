"""One decision being carried out: what the effects add to, before anything leaves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from policykit.guard.text.conceal import Concealment, concealed

if TYPE_CHECKING:
    from policykit.engine.decision import Decision, Obligation
    from policykit.engine.patterns import Sought
    from policykit.guard.call.in_progress import CallInProgress
    from policykit.guard.setup.binding import Texts


UNREAD = "unread"
"""The reason of a refusal because of what cannot be searched."""


class UnsearchedError(ValueError):
    """What a rule takes something out of cannot be read or searched. No fault of the guard, so never let through."""


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
        "fault",
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
        self.fault: Exception | None = None
        """What failed first while effects were carried out: a store, or a callback. The others are carried out."""
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
            UnsearchedError: a fact is no text that can be changed, or something cannot be taken out.
            DetectorError: a detector failed.
        """
        facts = [*self._redacted, *(fact for fact in self._tokenised if fact not in self._redacted)]
        changed: Texts = {}
        for fact in facts:
            if self.call.facts.get(fact) is None:
                continue  # there is no text, so there is nothing in it
            if fact not in self.texts:
                why = getattr(self.call.facts[fact], "why", "")
                what = f"is not known: {why}" if why else "is not a text that can be changed"
                raise UnsearchedError(f"`{fact}` {what}")
            after = self._without(fact)
            if after != self.texts[fact]:
                changed[fact] = after
        return changed or None

    def refuse_unread(self, error: UnsearchedError) -> None:
        """Refuse what cannot be searched, in the names of the rules that would take something out of it."""
        taking = [each for each in self.obligations if each.kind in {"redact", "pseudonymise"}]
        self.effects = [effect for effect in self.effects if effect not in {"redact", "pseudonymise"}]
        clauses = tuple(dict.fromkeys(clause for each in taking for clause in each.clauses))
        self.refusal = Refusal(UNREAD, f"{', '.join(clauses)}: {error}", clauses)

    def _without(self, fact: str) -> tuple[str, ...]:
        what = Concealment(self._redacted.get(fact, ()), self._tokenised.get(fact, ()))
        try:
            return concealed(self.texts[fact], what, self.call.session.tokens)
        except ValueError as error:
            raise UnsearchedError(f"`{fact}` cannot be changed: {error}") from error

    def _take_out(self, clause: str, where: dict[str, tuple[Sought, ...]]) -> None:
        for fact, patterns in self.call.plan.core.clauses.patterns(clause).items():
            where[fact] = tuple(dict.fromkeys((*where.get(fact, ()), *patterns)))
