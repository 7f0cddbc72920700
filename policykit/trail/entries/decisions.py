"""The decision record: its text written, and read back. Both directions stand here, so that they cannot drift apart.

It is on the path of every guarded call, so its text is put together from parts that are encoded once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter

from policykit.encoding.digest import Digest
from policykit.trail.entries.names import recorded_function, recorded_name
from policykit.trail.entries.text import json_text, members_text, quote
from policykit.trail.format.record import Record, RecordType

NOT_DECIDED = "none"
"""The outcome of a record that only says how a call ended."""
_SHADOW = ", shadow"
_ROLLOUT = "rollout "


@dataclass(frozen=True, slots=True)
class PolicyRef:
    """The policy that decided. Make it once and use it for every decision."""

    name: str
    version: str
    digest: Digest
    fragment: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        members = f'"name":{quote(self.name)},"version":{quote(self.version)},"digest":{quote(self.digest)}'
        object.__setattr__(self, "fragment", f'"policy":{{{members}}}')


@dataclass(frozen=True, slots=True)
class FunctionRef:
    """What is guarded, and the tool that it is, if it is one. Make it once. What is not a name becomes a digest."""

    name: str
    tool: str = ""
    fragment: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", recorded_function(self.name))
        object.__setattr__(self, "tool", recorded_name(self.tool))
        tool = f',"tool":{quote(self.tool)}' if self.tool else ""
        object.__setattr__(self, "fragment", f'"function":{quote(self.name)}{tool}')


@dataclass(frozen=True, slots=True)
class ModelRef:
    """The model that was called and how. Make it once and use it for every decision that has the same.

    What is not a name becomes a digest: names of models come from outside.
    """

    provider: str
    name: str
    version: str = ""
    """The model that the answer names, where that is another text than the one that was asked for."""
    parameters: Mapping[str, object] = field(default_factory=dict)
    """What the caller set, such as the temperature; JSON values, no text of prompts."""
    fragment: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("provider", "name", "version"):
            object.__setattr__(self, name, recorded_name(getattr(self, name)))
        named = [("provider", self.provider), ("name", self.name), ("version", self.version)]
        members = ",".join([f'"{name}":{quote(text)}' for name, text in named if text])
        parameters = f",{members_text({'parameters': dict(self.parameters)})}" if self.parameters else ""
        object.__setattr__(self, "fragment", f'"model":{{{members}}}{parameters}')


@dataclass(frozen=True, slots=True)
class ClauseOutcomes:
    """The outcome of every clause. Make it once and use it for every decision that has the same."""

    outcomes: Mapping[str, str]
    fragment: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        members = ",".join([f"{quote(name)}:{quote(outcome)}" for name, outcome in self.outcomes.items()])
        object.__setattr__(self, "fragment", f'"clauses":{{{members}}}')


@dataclass(slots=True)
class DecisionRecord:
    """What is recorded about one decision of the guard. Texts that are empty and numbers that are None are left out.

    The members are those of docs/trail-format.md, section 3, which says more about each. Not frozen: a frozen
    dataclass takes three times as long to make, and one is made for every decision.
    """

    decision_id: str
    phase: str
    """Request, response, tool input, tool output or failure."""
    outcome: str
    """Allow, deny, or what else the engine answers; `none` where only the end of a call is recorded."""
    policy: PolicyRef
    clauses: Mapping[str, str] | ClauseOutcomes
    """Outcome of every clause, those that were not evaluated included."""
    function: FunctionRef | None = None
    refused: bool = False
    at: str = ""
    """The instant of the decision on the guard's clock, in the form of `ts`."""
    model: ModelRef | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cost_usd: Decimal | None = None
    principal: str = ""
    principal_kind: str = ""
    """Such as `human` or `service`."""
    environment: str = ""
    approver: str = ""
    fallback: str = ""
    """The fallback that this call is."""
    instead_of: str = ""
    """The call that this fallback answers for."""
    arguments: str = ""
    """Digest of the arguments of a tool (`policykit.guard.recording.arguments`)."""
    arguments_left_out: str = ""
    ended: str = ""
    """How an invoked call ended: `returned`, `raised` or `closed`."""
    error_type: str = ""
    """The class of what was raised, never its message."""
    reason: str = ""
    """Why the call was refused where no rule decided it: `kill-switch`, `stop`, `undeclared-tool`; or `unread`."""
    stop: str = ""
    """The stop that refused the call."""
    trace_id: str = ""
    span_id: str = ""
    error: str = ""
    """What failed in the guard itself; never the text of a payload."""
    sdk: str = ""
    checked: bool = False
    """Whether `guard.check` decided, so that the guard did not make the call and does not see its end."""
    effects: Sequence[str] = ()
    """What was done: the names of effects such as `redact`."""
    instead: Sequence[str] = ()
    """The fallbacks that answer instead."""
    commitments: Mapping[str, str] = field(default_factory=dict)
    """Label (such as `input`) and commitment of each payload."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """Facts and windows that the deployment has put on record, as JSON values; None is one that was missing."""
    facts_left_out: Mapping[str, str] = field(default_factory=dict)
    """Those of them that could not be recorded, and why: `not understood` or `too long`."""


_OFTEN = ("principal", "ended", "sdk")
_SELDOM = (
    "principal_kind", "environment", "approver", "fallback", "instead_of", "arguments", "arguments_left_out",
    "error_type", "reason", "stop", "trace_id", "span_id", "error",
)  # fmt: skip
"""Apart, because most decisions have none of them, which is quickly seen of all together."""
TEXTS = (*_OFTEN, *_SELDOM)
_often, _seldom = attrgetter(*_OFTEN), attrgetter(*_SELDOM)


def decision(entry: DecisionRecord) -> Record:
    """Return the record of a decision."""
    clauses = entry.clauses if isinstance(entry.clauses, ClauseOutcomes) else ClauseOutcomes(entry.clauses)
    parts = [
        f'"decision_id":{quote(entry.decision_id)},"phase":{quote(entry.phase)},"outcome":{quote(entry.outcome)}',
        '"refused":true' if entry.refused else "",
        f'"at":"{entry.at}"' if entry.at else "",
        "" if entry.function is None else entry.function.fragment,
        entry.policy.fragment,
        clauses.fragment,
        "" if entry.model is None else entry.model.fragment,
    ]
    if entry.input_tokens is not None or entry.output_tokens is not None:
        counts = (("input", entry.input_tokens), ("output", entry.output_tokens))
        told = ",".join([f'"{name}":{count:d}' for name, count in counts if count is not None])
        parts.append(f'"tokens":{{{told}}}')
    if entry.cost_usd is not None:
        parts.append(f'"cost_usd":"{entry.cost_usd:f}"')
    parts.extend([f'"{name}":{quote(value)}' for name, value in zip(_OFTEN, _often(entry), strict=True) if value])
    if any(values := _seldom(entry)):
        parts.extend([f'"{name}":{quote(value)}' for name, value in zip(_SELDOM, values, strict=True) if value])
    if entry.checked:
        parts.append('"checked":true')
    parts.extend(_compound(entry))
    return Record(RecordType.DECISION, ",".join([part for part in parts if part]))


def _compound(entry: DecisionRecord) -> list[str]:
    """Return the members that are lists and objects, as far as they are there."""
    parts = []
    if entry.effects:
        parts.append(f'"effects":[{",".join([quote(effect) for effect in entry.effects])}]')
    if entry.instead:
        parts.append(f'"instead":[{",".join([quote(fallback) for fallback in entry.instead])}]')
    if entry.commitments:
        commitments = ",".join([f"{quote(label)}:{quote(value)}" for label, value in entry.commitments.items()])
        parts.append(f'"commitments":{{{commitments}}}')
    if entry.facts:
        parts.append(f'"facts":{json_text(entry.facts)}')
    if entry.facts_left_out:
        parts.append(f'"facts_left_out":{json_text(entry.facts_left_out)}')
    return parts


# --- words of a record ------------------------------------------------------------------------------------------------


def clause_outcome(state: str, *, is_shadowed: bool) -> str:
    """Return the outcome of a clause as a record says it."""
    return f"{state}{_SHADOW}" if is_shadowed else state


def read_clause_outcome(text: str) -> tuple[str, bool]:
    """Return the outcome of a clause, and whether the clause was only watched."""
    return text.removesuffix(_SHADOW), text.endswith(_SHADOW)


def rollout_effect(clause: str, *, is_withheld: bool) -> str:
    """Return the effect of a rollout as a record says it."""
    return f"{_ROLLOUT}{clause}: {'withheld' if is_withheld else 'others'}"


def is_rollout(effects: Sequence[str]) -> bool:
    """Whether a record is of a rollout, whose decision may be on record already."""
    return bool(effects) and effects[0].startswith(_ROLLOUT)


# --- reading ----------------------------------------------------------------------------------------------------------


class UnclearDecisionError(ValueError):
    """Members that are not those of a decision; the text says why."""


def read_decision(members: Mapping[str, object]) -> DecisionRecord:
    """Return what the members of a decision record say; members that it does not know are left out.

    Raises:
        UnclearDecisionError: a member is missing or is not what it should be.
    """
    policy, model = _object(members, "policy", is_needed=True), _object(members, "model")
    tokens, cost = _object(members, "tokens"), _text(members, "cost_usd")
    function = _text(members, "function")
    named = {name: text for name in TEXTS if (text := _text(members, name))}
    return DecisionRecord(
        decision_id=_text(members, "decision_id", is_needed=True),
        phase=_text(members, "phase", is_needed=True),
        outcome=_text(members, "outcome", is_needed=True),
        policy=PolicyRef(_text(policy, "name"), _text(policy, "version"), Digest(_text(policy, "digest"))),
        clauses=_texts_by_name(members, "clauses", is_needed=True),
        function=FunctionRef(function, _text(members, "tool")) if function else None,
        refused=members.get("refused") is True,
        at=_text(members, "at"),
        model=_model(model, _object(members, "parameters")) if "model" in members else None,
        input_tokens=_count(tokens, "input"),
        output_tokens=_count(tokens, "output"),
        cost_usd=_amount(cost) if cost else None,
        checked=members.get("checked") is True,
        effects=_texts_in(members, "effects"),
        instead=_texts_in(members, "instead"),
        commitments=_texts_by_name(members, "commitments"),
        facts=_object(members, "facts"),
        facts_left_out=_texts_by_name(members, "facts_left_out"),
        **named,
    )


def _model(model: Mapping[str, object], parameters: Mapping[str, object]) -> ModelRef:
    return ModelRef(_text(model, "provider"), _text(model, "name"), _text(model, "version"), parameters)


def _text(members: Mapping[str, object], name: str, *, is_needed: bool = False) -> str:
    found = members.get(name, None if is_needed else "")
    if not isinstance(found, str):
        raise UnclearDecisionError(f"`{name}` is missing, or is not a text")
    return found


def _object(members: Mapping[str, object], name: str, *, is_needed: bool = False) -> dict[str, object]:
    found = members.get(name, None if is_needed else {})
    if not isinstance(found, dict):
        raise UnclearDecisionError(f"`{name}` is missing, or is not an object")
    return found


def _texts_by_name(members: Mapping[str, object], name: str, *, is_needed: bool = False) -> dict[str, str]:
    found = _object(members, name, is_needed=is_needed)
    return {key: _text(found, key) for key in found}


def _texts_in(members: Mapping[str, object], name: str) -> tuple[str, ...]:
    found = members.get(name, [])
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise UnclearDecisionError(f"`{name}` is not a list of texts")
    return tuple(found)


def _count(members: Mapping[str, object], name: str) -> int | None:
    found = members.get(name)
    if found is not None and type(found) is not int:
        raise UnclearDecisionError(f"`{name}` is not a whole number")
    return found


def _amount(text: str) -> Decimal:
    try:
        found = Decimal(text)
    except ArithmeticError:
        found = Decimal("NaN")
    if not found.is_finite():
        raise UnclearDecisionError("`cost_usd` is not an amount")
    return found
