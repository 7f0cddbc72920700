"""What is worked out once for a guarded function, so that a call has nothing left to find out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from policykit.errors import GuardError
from policykit.guard.problems import problem, unknown_name
from policykit.guard.setup import own_facts
from policykit.vocabulary.phase import Phase

if TYPE_CHECKING:
    from policykit.guard.core import Core
    from policykit.guard.setup.own_facts import Supplier
    from policykit.guard.setup.way import Way
    from policykit.source import Diagnostic
    from policykit.trail.entries.decisions import FunctionRef

_TEXT_EFFECTS = {"redact", "pseudonymise"}


class Supplied:
    """The facts that a binding brings, and those of them whose text can be changed."""

    __slots__ = ("answering", "answering_changeable", "entering", "entering_changeable", "unknown")

    def __init__(
        self,
        entering: Iterable[str],
        entering_changeable: Iterable[str],
        answering: Iterable[str],
        answering_changeable: Iterable[str],
        unknown: Iterable[str] = (),
    ) -> None:
        self.entering = frozenset(entering)
        self.entering_changeable = frozenset(entering_changeable)
        self.answering = frozenset(answering)
        self.answering_changeable = frozenset(answering_changeable)
        self.unknown = frozenset(unknown)
        """Facts that the application knows it does not supply: the rules' `unknown` decides."""


class CallPlan:
    """One guarded function, or one kind of call of a client."""

    core: Core
    tool: str
    is_stream: bool

    def __init__(  # noqa: PLR0913 - what a plan is made of
        self,
        core: Core,
        name: str,
        supplied: Supplied,
        *,
        tool: str = "",
        fixed: Mapping[str, object] | None = None,
        is_stream: bool = False,
        only: Phase | None = None,
    ) -> None:
        """Check what the rules need against what the call brings.

        Raises:
            GuardError: a fact is not declared, is not supplied, or cannot be changed where a rule must change it.
        """
        self.core = core
        self.name = name
        self.tool = tool
        self.is_stream = is_stream
        self.fixed = dict(fixed or {})
        self.supplied = supplied
        self.entering = Phase.TOOL_INPUT if tool else Phase.REQUEST
        self.answering = Phase.TOOL_OUTPUT if tool else Phase.RESPONSE
        self.failing = None if tool else Phase.FAILURE
        self.phases = tuple(
            phase for phase in (self.entering, self.answering, self.failing) if phase and only in {None, phase}
        )
        self._check()
        self.decide_entering = core.policy.decider(self.entering.value)
        self.decide_answering = core.policy.decider(self.answering.value)
        self.decide_failing = core.policy.decider(Phase.FAILURE.value)
        self.fails_over = Phase.FAILURE.value in core.policy.phases and not tool
        self._way: Way | None = None
        self.own_entering = self._own(own_facts.ENTERING, supplied.entering)
        self.own_answering = self._own(own_facts.ANSWERING, supplied.answering)
        checked = supplied.entering if only is Phase.FAILURE else frozenset()
        self.own_failing = self._own(own_facts.FAILING, checked)
        self._reference: FunctionRef | None = None

    @property
    def reference(self) -> FunctionRef:
        """Return the names of function and tool, as records hold them."""
        if self._reference is None:
            from policykit.trail.entries.decisions import FunctionRef

            self._reference = FunctionRef(str(self.name), str(self.tool))
        return self._reference

    @property
    def streaming(self) -> Way:
        """Return how the answers stream."""
        if self._way is None:
            from policykit.guard.setup.way import way

            known = self.supplied.entering | self.fixed.keys() | self.core_facts
            self._way = way(self.core.clauses, self.answering.value, known, "call.text")
        return self._way

    def _own(self, suppliers: Mapping[str, Supplier], given: frozenset[str]) -> tuple[tuple[str, Supplier], ...]:
        """Return the guard's own facts that somebody reads and nobody else gives."""
        wanted = _wanted(self.core)
        return tuple((n, get) for n, get in suppliers.items() if n in wanted and n not in given and n not in self.fixed)

    def _check(self) -> None:
        facts = self.core.policy.outline.facts
        named = [*self.supplied.entering, *self.supplied.answering, *self.fixed, *self.supplied.unknown]
        problems = [unknown_name("PK342", "fact", name, facts, self.name) for name in named if name not in facts]
        for phase in self.phases:
            problems += self._lacking(phase)
            problems += self._unchangeable(phase)
        if problems:
            raise GuardError(problems)

    def _lacking(self, phase: Phase) -> list[Diagnostic]:
        own = {Phase.RESPONSE: own_facts.ANSWERING, Phase.TOOL_OUTPUT: own_facts.ANSWERING}.get(phase, {})
        given = set(own_facts.ENTERING) | set(own) | set(self.fixed) | self.supplied.unknown | self.core_facts
        if self.core.cost is None:
            given -= own_facts.COST_MODEL - self.supplied.unknown - self.core_facts
        if phase is Phase.FAILURE:
            given |= set(own_facts.FAILING)
        given |= self.supplied.answering if phase is self.answering else self.supplied.entering
        if phase is not self.entering:
            given |= self.supplied.entering - {"call.text"}
        return [
            problem(
                "PK341",
                f"`{self.name}` does not supply `{name}`, which {self._readers(phase, name)} in the phase `{phase}`",
                place=self.name,
                help="bind it to a parameter, name it in `context_facts`, or list it in `unknown`",
            )
            for name in sorted(self.core.policy.reads(phase.value) - given)
        ]

    @property
    def core_facts(self) -> frozenset[str]:
        """Return the facts that the context supplies."""
        return self.core.context_facts

    def _readers(self, phase: Phase, name: str) -> str:
        found = [rule.id for rule in self.core.clauses.in_phase(phase.value) if name in rule.reads]
        return f"{', '.join(found)} reads" if found else "a rule reads"

    def _unchangeable(self, phase: Phase) -> list[Diagnostic]:
        if phase is self.failing:
            return []
        entering = phase is self.entering
        changeable = self.supplied.entering_changeable if entering else self.supplied.answering_changeable
        problems = []
        for rule in self.core.clauses.in_phase(phase.value):
            kinds = rule.effects & _TEXT_EFFECTS
            facts = self.core.clauses.patterns(rule.id) if kinds and rule.id not in self.core.clauses.shadowed else {}
            problems += [
                problem(
                    "PK345",
                    f"{rule.id} takes something out of `{fact}`, which `{self.name}` cannot change in `{phase}`",
                    place=self.name,
                    help="bind the fact to a text, or to an argument with a lens",
                )
                for fact in facts
                if fact not in changeable | self.supplied.unknown
            ]
        return problems


def _wanted(core: Core) -> frozenset[str]:
    """Return every fact that rules, messages, windows or rollouts read."""
    found: set[str] = set(core.options.recorded_facts)
    for phase in core.policy.phases:
        found |= core.policy.reads(phase)
    outline = core.policy.outline
    found.update(*(rule.quoted for rule in outline.rules), (rollout.by for rollout in outline.rollouts))
    if core.board is not None:
        found.update(*(spec.facts for spec in core.board.specs.values()))
    return frozenset(found)
