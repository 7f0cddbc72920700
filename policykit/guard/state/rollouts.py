"""Rollouts: a stable share of calls goes to the system, the others to the fallback."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from policykit.engine.scope import understood
from policykit.errors import GuardError
from policykit.guard.problems import problem, unknown_name

if TYPE_CHECKING:
    from policykit.engine.policy import Policy
    from policykit.language.checked import Rollout


class Side(NamedTuple):
    """On which side of a rollout a call is."""

    clause: str
    goes: bool
    """Whether the call is made."""
    is_withheld: bool
    """Whether its answer is withheld."""
    others: tuple[str, ...]


class Rollouts:
    """The rollouts of a policy in the stage that the deployment has reached."""

    def __init__(self, policy: Policy, stage: str, shadowed: frozenset[str]) -> None:
        """Take the policy and the gate reached.

        Raises:
            GuardError: a rollout has gates and no stage was given, or there is no such gate.
        """
        gates = list(policy.outline.gates)
        if stage and stage not in gates:
            raise GuardError([unknown_name("PK350", "gate", stage, gates, "stage")])
        self._digest = policy.digest
        self._gates = gates
        self._stage = stage
        self._all = tuple(each for each in policy.checked.rollouts if each.id not in shadowed)
        self.active = self._active(stage)

    @property
    def can_act(self) -> bool:
        """Whether there is a rollout that acts, now or once a stop brings the system back."""
        return bool(self._all)

    def _active(self, stage: str) -> tuple[Rollout, ...]:
        return tuple(each for each in self._all if _is_active(each, self._gates, stage))

    def side(self, facts: Mapping[str, object], rescoped: Collection[str] = ()) -> Side | None:
        """Return the first rollout that holds a call back or withholds it; None where all let it go.

        Args:
            facts: those of the call.
            rescoped: gates of the policy back to which stops brought the system; the earliest counts, and never a later
                one than was reached.
        """
        active = self.active
        if rescoped and self._stage:
            active = self._active(min([self._stage, *rescoped], key=self._gates.index))
        for each in active:
            is_chosen = self._bucket(each, facts) < Fraction(each.share)
            if each.mode == "shadow":
                return Side(each.id, is_chosen, is_chosen, each.others)
            if not is_chosen:
                return Side(each.id, False, False, each.others)
        return None

    def _bucket(self, rollout: Rollout, facts: Mapping[str, object]) -> Fraction:
        """Return the stable place of a call's key in [0, 1); 1 for a key that is not known."""
        key = understood(facts.get(rollout.by.name), rollout.by.type).value
        if key is None:
            return Fraction(1)
        data = "\0".join((self._digest, rollout.id, str(key))).encode("utf-8", "surrogatepass")
        return Fraction(int.from_bytes(hashlib.sha256(data).digest()[:8], "big"), 2**64)


def _is_active(rollout: Rollout, gates: list[str], stage: str) -> bool:
    if not rollout.from_gate and not rollout.until_gate:
        return True
    if not stage:
        what = f"rollout `{rollout.id}` has gates, so the guard needs the gate that was reached"
        raise GuardError([problem("PK350", what, help="set `stage` in the guard's options")])
    here = gates.index(stage)
    begun = not rollout.from_gate or here >= gates.index(rollout.from_gate)
    return begun and (not rollout.until_gate or here < gates.index(rollout.until_gate))
