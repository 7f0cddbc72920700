"""Clauses as paragraphs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import assert_never

from policykit.errors import PolicykitError
from policykit.language import checked as c
from policykit.language.english.conditions import clause_of, within
from policykit.language.english.effects import effect, effects
from policykit.language.english.operands import operand
from policykit.language.english.proofs import handed_in, shown
from policykit.language.english.words import (
    Setting,
    capitalised,
    day,
    declared,
    gate,
    human,
    listed,
    party,
    roles,
    seconds,
)
from policykit.language.walk import evidence_in
from policykit.source import did_you_mean
from policykit.vocabulary.permits import PERMITTABLE
from policykit.vocabulary.rendering import render
from policykit.vocabulary.types import PERCENT, Phase

_PHASES = {
    Phase.REQUEST: "before a request goes to the model",
    Phase.TOOL_INPUT: "before a tool is called",
    Phase.TOOL_OUTPUT: "before a tool's result is used",
    Phase.RESPONSE: "before an answer is used",
    Phase.FAILURE: "when a call fails",
}


def explain_clause(policy: c.CheckedPolicy, clause_id: str, detectors: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a clause in plain English, as one paragraph.

    Args:
        policy: The checked policy.
        clause_id: `EVAL-1`, or `pack/EVAL-1` for a clause of a pack.
        detectors: What each built-in detector finds, by name.

    Raises:
        PolicykitError: the policy has no such clause; names the nearest.
    """
    known = {clause.id: clause for clause in policy.clauses()}
    if clause_id not in known:
        hint = did_you_mean(clause_id, known)
        raise PolicykitError(f"the policy has no clause `{clause_id}`" + (f": {hint}" if hint else ""))
    return paragraph(known[clause_id], policy, detectors)


def paragraph(
    clause: c.Requirement | c.Scorecard | c.Rule | c.Rollout | c.Stop,
    policy: c.CheckedPolicy,
    detectors: Mapping[str, str],
) -> str:
    """Return a clause of a policy in plain English.

    Args:
        clause: one of the policy's clauses.
        policy: the checked policy.
        detectors: what each built-in detector finds, by name.
    """
    setting = Setting(policy, within, detectors, source=clause.source or policy.source)
    parts = [f"{clause.id}, {_full_stop(clause.title)}", *_body(clause, setting)]
    parts += [_waived(waiver, policy) for waiver in policy.waivers if waiver.clause == clause.id]
    parts += [f"Reason given, which does not bind: {_full_stop(clause.because)}"] if clause.because else []
    return " ".join(parts)


def _body(clause: c.Requirement | c.Scorecard | c.Rule | c.Rollout | c.Stop, setting: Setting) -> list[str]:
    match clause:
        case c.Requirement():
            return _requirement(clause, setting)
        case c.Scorecard():
            return _scorecard(clause, setting)
        case c.Rule():
            return _rule(clause, setting)
        case c.Rollout():
            return _rollout(clause, setting)
        case c.Stop():
            return _stop(clause, setting)
        case _:
            assert_never(clause)


def _requirement(clause: c.Requirement, setting: Setting) -> list[str]:
    policy = setting.policy
    trust = _trust(clause.shown_by, evidence_in(clause.check))
    inner = _speaking_of(trust, setting)
    opening = f"{_due(clause.due, policy)}{handed_in(trust, policy)}"
    parts = [f"{capitalised(opening)} that {clause_of(clause.check, inner)}."]
    if clause.applies_when is not None:
        where = clause_of(clause.applies_when, setting)
        parts.append(f"The requirement applies only where {where}; if that is not known, it applies.")
    parts += [f"The policy added to its pack's condition that {clause_of(one, inner)}." for one in clause.tightened]
    if clause.replaced:
        by = roles(clause.replaced_by, "and", policy)
        parts.append(f"This condition replaces that of the pack, approved by {by}: {_full_stop(clause.replaced)}")
    parts += _permitted(clause.shown_by, policy)
    parts.append("If the evidence does not show this, the requirement is not met.")
    return [*parts, *_sees_to_it(clause.owners, policy), *_remedy(clause.remedy, "If it is not met", policy)]


def _scorecard(clause: c.Scorecard, setting: Setting) -> list[str]:
    policy = setting.policy
    trust = _trust(clause.shown_by, (clause.measure.evidence,))
    measure = operand(clause.measure, _speaking_of(trust, setting))
    opening = f"{capitalised(_due(clause.due, policy) + handed_in(trust, policy))} {measure}."
    target = f"{_target(clause, setting)}, from a baseline of {operand(clause.baseline, setting)}"
    rest = [*_permitted(clause.shown_by, policy), *_sees_to_it(clause.owners, policy)]
    if clause.report_only:
        return [opening, f"The target is {target}; missing it blocks nothing.", *rest]
    return [
        opening,
        f"It must be {target}.",
        *_not_yet_due(clause),
        "If the evidence does not show it, the target is not met.",
        *rest,
    ]


def _target(clause: c.Scorecard, setting: Setting) -> str:
    word = "at least" if clause.target_relation == ">=" else "at most"
    by = f" by {day(clause.target_by)}" if clause.target_by is not None else ""
    return f"{word} {operand(clause.target, setting)}{by}"


def _not_yet_due(clause: c.Scorecard) -> list[str]:
    if clause.target_by is None:
        return []
    blocks = f", which does not hold up {human(clause.due.gate)}" if clause.due is not None else ""
    return [f"Until the end of {day(clause.target_by)} the target may still be missed{blocks}."]


def _rule(clause: c.Rule, setting: Setting) -> list[str]:
    setting = replace(setting, phases=clause.phases, now="the call")
    moments = listed([_PHASES[phase] for phase in Phase if phase in clause.phases], "and")
    if clause.when is None:
        parts = [f"{capitalised(moments)}, in every case: {effects(clause.then, setting)}."]
    else:
        parts = [f"{capitalised(moments)}, if {clause_of(clause.when, setting)}: {effects(clause.then, setting)}."]
        parts += _least_calls(clause.at_least_calls)
        happens = "the rule acts all the same" if clause.unknown == clause.then else effects(clause.unknown, setting)
        parts.append(f"If a missing or unreadable fact leaves this condition undecided, {happens}.")
    return [
        *parts,
        *_owner(clause.owners, setting.policy),
        *_remedy(clause.remedy, "If the rule fails", setting.policy),
    ]


def _rollout(clause: c.Rollout, setting: Setting) -> list[str]:
    policy = setting.policy
    start = f"from {gate(clause.from_gate, policy)} " if clause.from_gate else ""
    end = f"until {gate(clause.until_gate, policy)} " if clause.until_gate else ""
    period = f"{start}{end}".rstrip() + ", " if start or end else ""
    share = render(PERCENT, clause.share)
    what = (
        "are sent to the system" if clause.mode == "send" else "are also run in the shadow, without use of the result"
    )
    others = ""
    if clause.others:
        first, *more = (declared(name, policy.fallbacks) for name in clause.others)
        others = f"; for the others, the fallback {first} is used" + "".join(
            f", or {one} if that fails" for one in more
        )
    by = operand(clause.by, setting)
    return [
        f"{capitalised(period)}{share if period else capitalised(share)} of calls {what}{others}.",
        f"Calls with the same value of {by} always fall on the same side.",
        *_owner(clause.owners, policy),
    ]


def _stop(clause: c.Stop, setting: Setting) -> list[str]:
    policy = setting.policy
    inner = _speaking_of(clause.shown_by, setting)
    start = f"from {gate(clause.from_gate, policy)} on, " if clause.from_gate else ""
    whole = f"{start}if {clause_of(clause.when, inner)}"
    back = "Calls go on" if not clause.pause.gate else "Calls go on as before"
    told = f"only {roles(clause.unknown_tell, 'and', policy)} must be told" if clause.unknown_tell else ""
    return [
        f"{capitalised(whole)}: {effect(clause.pause, inner)}.",
        *_least_calls(clause.at_least_calls),
        f"{back} only when {roles(clause.resume_by, 'or', policy)} says so.",
        f"If this cannot be decided, {told or 'the same happens'}.",
        *_on_record(clause.shown_by, policy),
        *_owner(clause.owners, policy),
    ]


def _on_record(trust: c.Trust | None, policy: c.CheckedPolicy) -> list[str]:
    if trust is None:
        return []
    shown = _shown_by(trust, policy).strip(",") if trust.evidence else ""
    return [f"Each check of the project decides this{shown}."]


# --- parts --------------------------------------------------------------------------------------------------------


def _trust(trust: c.Trust | None, read: Iterable[str]) -> c.Trust | None:
    """Return what a clause is shown by; where it has no `shown by`, the evidence that it reads, of whatever age."""
    names = tuple(read)
    return trust if trust is not None or not names else c.Trust(names, "", None)


def _speaking_of(trust: c.Trust | None, setting: Setting) -> Setting:
    only = trust.evidence[0] if trust is not None and len(trust.evidence) == 1 else ""
    return replace(setting, evidence=only)


def _due(due: c.Due | None, policy: c.CheckedPolicy) -> str:
    if due is None:
        return ""
    again = f" and again every {seconds(due.every_seconds, policy)} after it" if due.every_seconds is not None else ""
    return f"before {gate(due.gate, policy)}{again}, "


def _shown_by(trust: c.Trust | None, policy: c.CheckedPolicy) -> str:
    return "" if trust is None else f", by {shown(trust.evidence, trust, policy)},"


def _permitted(trust: c.Trust | None, policy: c.CheckedPolicy) -> list[str]:
    """Return what the project file may say about the evidence, and what that does to its trust."""
    named = [policy.evidence[name] for name in (trust.evidence if trust is not None else ()) if name in policy.evidence]
    return [
        f"For evidence `{evidence.name}` the project file may {PERMITTABLE[option]} (`{option}`); "
        "the evidence then counts as claimed, and the report says so."
        for evidence in named
        for option in sorted(evidence.permits)
    ]


def _remedy(remedy: c.Remedy | None, condition: str, policy: c.CheckedPolicy) -> list[str]:
    if remedy is None:
        return []
    within = f"within {seconds(remedy.within_seconds, policy)} of notice in writing"
    return [f"{condition}, {party(remedy.party, policy)} must do this {within}: {_full_stop(remedy.text)}"]


def _least_calls(calls: int | None) -> list[str]:
    return [] if calls is None else [f"With fewer than {calls:,} calls in that time, the condition does not hold."]


def _owner(owners: tuple[str, ...], policy: c.CheckedPolicy) -> list[str]:
    verb = "answers for it" if len(owners) == 1 else "answer for it jointly"
    return [f"{capitalised(roles(owners, 'and', policy))} {verb}."] if owners else []


def _sees_to_it(owners: tuple[str, ...], policy: c.CheckedPolicy) -> list[str]:
    verb = "owns this clause and must see to it" if len(owners) == 1 else "own this clause jointly and must see to it"
    return [f"{capitalised(roles(owners, 'and', policy))} {verb}."] if owners else []


def _waived(waiver: c.Waiver, policy: c.CheckedPolicy) -> str:
    by = roles(waiver.approved_by, "and", policy)
    return f"Waived through {day(waiver.through)}, that day included, approved by {by}: {_full_stop(waiver.because)}"


def _full_stop(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


__all__ = ["explain_clause", "paragraph"]
