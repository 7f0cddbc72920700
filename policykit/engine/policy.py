"""What applications hold: a policy that decides calls.

Example::

    policy = policykit.load("governance.policy")
    decision = policy.decide({"call.model": "gpt-5-mini", "call.team": "claims"})
    if decision.effect == "deny":
        raise Refused(decision.obligations[0].message)
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from policykit.engine.decision import Decision
from policykit.engine.program import ClauseInfo
from policykit.engine.runtime import Decider, PhaseRuntime
from policykit.errors import FactsError, PolicyError

if TYPE_CHECKING:  # imported when an explanation, the windows or the definition is asked for
    from policykit.engine.explain import Explanation
    from policykit.engine.outline import Outline
    from policykit.engine.program import ProgramData
    from policykit.language.checked import CheckedPolicy, Effect, WindowRead
    from policykit.vocabulary.phase import PhaseName

PHASES: tuple[PhaseName, ...] = ("request", "tool input", "tool output", "response", "failure")
"""The phases of a call, as `policykit.vocabulary.types.Phase` names them."""


class StopOutcome(NamedTuple):
    """Whether a stop trips."""

    clause: str
    tripped: bool | None
    """None means unknown."""
    pause: Effect
    told: tuple[str, ...] = ()
    """Roles that are told, and nothing more, while it is unknown."""

    @property
    def acts(self) -> bool:
        """Whether calls are paused or rescoped: where it trips, and, unless it only tells then, where it is unknown."""
        return self.tripped is True or (self.tripped is None and not self.told)


class Policy:
    """A compiled policy. Immutable as far as callers see, and safe to use from several threads."""

    def __init__(self, program: ProgramData) -> None:
        """Take a compiled form (`policykit.engine.compile`)."""
        self._program = program
        self.name: str = program["name"]
        self.version: str = program["version"]
        self.title: str = program["title"]
        self.timezone: str = program["timezone"]
        self.digest: str = program["digest"]
        self.clauses: dict[str, ClauseInfo] = {row[0]: ClauseInfo(*row) for row in program["clauses"]}
        self._runtimes: dict[str, PhaseRuntime] = {}
        self._deciders: dict[str, Decider] = {}

    def __repr__(self) -> str:
        return f"Policy({self.name!r}, version={self.version!r}, clauses={len(self.clauses)})"

    @property
    def phases(self) -> tuple[PhaseName, ...]:
        """Return the phases in which a rule acts, in the order of a call."""
        return tuple(phase for phase in PHASES if phase in self._program["phases"])

    @cached_property
    def checked(self) -> CheckedPolicy:
        """Return the definition that the policy was compiled from."""
        from policykit.engine.program import thaw

        found: CheckedPolicy = thaw(self._program["checked"])
        return found

    @cached_property
    def outline(self) -> Outline:
        """Return the names that the policy declares and what its clauses are about; cheap, unlike `checked`."""
        from policykit.engine.outline import opened

        return opened(self._program["outline"])

    def reads(self, phase: PhaseName = "request") -> frozenset[str]:
        """Return the facts that rules of a phase read; windows stand in `windows`."""
        data = self._program["phases"].get(_known_phase(phase))
        return frozenset(data["condition_reads"]) if data else frozenset()

    def windows(self, phase: PhaseName | Literal["stops"] = "request") -> tuple[WindowRead, ...]:
        """Return the windows that rules of a phase (or, with `stops`, the stops) read.

        Whoever decides supplies the value of each one under its `key`, beside the facts.
        """
        return self._windows.get(phase if phase == "stops" else _known_phase(phase), ())

    @cached_property
    def _windows(self) -> dict[str, tuple[WindowRead, ...]]:
        from policykit.engine.program import thaw

        frozen = self._program["windows"]
        found: dict[str, tuple[WindowRead, ...]] = thaw(frozen) if frozen else {}
        return found

    def decide(self, facts: Mapping[str, object], phase: PhaseName = "request") -> Decision:
        """Return the decision for one call.

        Never raises for any value of a fact: what cannot be understood is unknown, and the rules say what unknown does.

        Args:
            facts: raw facts by their dotted names, windows under their keys; a value of None is missing.
            phase: the phase of the call.

        Raises:
            PolicyError: the policy has nothing that acts on calls: no rule, stop or rollout.
            FactsError: there is no such phase, or the facts are no mapping.
        """
        decider = self._deciders.get(phase)
        if decider is None:
            decider = self.decider(phase)
        return decider(facts)

    def decider(self, phase: PhaseName = "request") -> Decider:
        """Return the bare function that decides a phase: `decide` without looking the phase up.

        Raises:
            PolicyError: the policy has nothing that acts on calls: no rule, stop or rollout.
            FactsError: there is no such phase.
        """
        name = _known_phase(phase)
        if name not in self._deciders:
            self._deciders[name] = self._made_decider(name)
        return self._deciders[name]

    def _made_decider(self, phase: str) -> Decider:
        if not self._program["phases"] and not (self.outline.stops or self.outline.rollouts):
            from policykit.source import Diagnostic

            raise PolicyError(
                [Diagnostic("PK450", f"policy `{self.name}` has no rule, stop or rollout, so it cannot decide a call")]
            )
        if phase in self._program["phases"]:
            return self._runtime(phase).decide
        from policykit.engine.decision import ClauseResult

        allow = ClauseResult(policy_digest=self.digest).decision
        assert allow is not None
        return lambda _facts: allow

    def _runtime(self, name: str) -> PhaseRuntime:
        found = self._runtimes.get(name)
        if found is None:
            data = self._program["stops"] if name == "stops" else self._program["phases"][name]
            found = self._runtimes[name] = PhaseRuntime(data, self.digest)
        return found

    def stops(self, facts: Mapping[str, object]) -> tuple[StopOutcome, ...]:
        """Return for each stop of calls whether it trips; the facts are the windows under their keys.

        What a stop of the record says is for `policykit check` to decide.
        """
        runtime = self._runtime("stops")
        decision = runtime.decide(facts)
        tripped = dict.fromkeys(decision.matched, True) | dict.fromkeys(decision.unknown)
        ids = self._program["stops"]["rules"]
        return tuple(
            StopOutcome(name, tripped.get(name, False), (parts := runtime.parts(k)).then[0], _told(parts.unknown))
            for k, name in enumerate(ids)
        )

    def explain(self, facts: Mapping[str, object], phase: PhaseName = "request") -> Explanation:
        """Return why each rule of a phase acts or not, by a second evaluator that walks the definition.

        The values of facts that rules search for patterns are not quoted.
        """
        from policykit.engine.explain import explained, searched_by

        rules = tuple(rule for rule in self.checked.rules if phase in rule.phases)
        return explained(rules, self.clauses, facts, self.decide(facts, phase), searched_by(self.checked.rules))

    def facts(self, record: object) -> dict[str, Any]:
        """Return the facts of a call record, by their dotted names.

        Args:
            record: nested (`{"call": {"model": ...}}`) or with dotted keys; plain values as JSON gives them.

        Raises:
            FactsError: a field is not declared, or its value cannot be understood; names all of them.
        """
        from policykit.engine.record import facts_of

        return facts_of(
            record, self.checked.facts, {window.key: window for found in self._windows.values() for window in found}
        )


def _told(unknown: tuple[Effect, ...]) -> tuple[str, ...]:
    return tuple(role for effect in unknown if effect.kind == "warn" for role in effect.roles)


def _known_phase(phase: PhaseName | str) -> str:
    if phase in PHASES:
        return str(phase)
    from policykit.source import Diagnostic, did_you_mean

    expected = ", ".join(f"`{name}`" for name in PHASES)
    raise FactsError(
        [
            Diagnostic(
                "PK451", "there is no such phase", expected=expected, got=f"`{phase}`", help=did_you_mean(phase, PHASES)
            )
        ]
    )
