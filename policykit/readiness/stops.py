"""Stops of the record: what evidence and the outcomes of clauses say of each. The law: docs/adr/0009.

A stop is in force once its gate has come. A condition that is unknown counts as true, unless the stop says `unknown
tell`. Evidence that cannot be used (too old, not trusted enough, not there) leaves what is read of it unknown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from policykit.encoding.digest import digest_of_json
from policykit.engine.kleene import Truth, conjunction, disjunction, negation, pushed_down
from policykit.engine.scope import Facts, Scope
from policykit.engine.truth import truth
from policykit.language import checked as c
from policykit.language.english.words import listed
from policykit.readiness.assess import Situation, owner_of, scope_of, uses_of, values_read
from policykit.readiness.blame import reasons_against
from policykit.readiness.outcome import Outcome
from policykit.readiness.rests_on import evidence_read
from policykit.readiness.usable import Use, view_of
from policykit.readiness.verdict import ClauseVerdict, Reason, StopVerdict
from policykit.readiness.wording import check_text, duration_text

_SAYS = {
    Outcome.PASS: "passes",
    Outcome.NOT_APPLICABLE: "passes",
    Outcome.FAIL: "fails",
    Outcome.WAIVED: "",
    Outcome.NOT_DUE: "",
}
"""What a condition may ask of a clause by its outcome; all others are unknown. Waived and not yet due are neither."""
_STATES: dict[Truth, Literal["tripped", "holds", "unknown"]] = {True: "tripped", False: "holds", None: "unknown"}


def assess_stop(stop: c.Stop, verdicts: Mapping[str, ClauseVerdict], situation: Situation) -> StopVerdict:
    """Return whether a stop of the record acts, and why."""
    uses = uses_of(stop.shown_by, None, (stop.when,), situation)
    outcomes = {id_: _SAYS.get(verdict.outcome, "is unknown") for id_, verdict in verdicts.items()}
    scope = scope_of(uses.values(), situation)
    scope = Scope(Facts(scope.facts.facts, scope.facts.evidence, outcomes))
    found = _truth(stop.when, scope, uses)
    is_in_force = _has_come(stop.from_gate, situation)
    acts = is_in_force and (found is True or (found is None and not stop.unknown_tell))
    reads = values_read(stop.when, uses, situation)
    named = _clauses_of(stop.when)
    return StopVerdict(
        id=stop.id,
        title=stop.title,
        section=stop.section,
        state=_STATES[found] if is_in_force else "not in force",
        acts=acts,
        condition=check_text(stop.when),
        effect=_effect(stop),
        scope=(stop.pause.gate and f"back to {stop.pause.gate}") or stop.pause.tool or "all calls",
        tell=_told(stop, acts=acts, is_unknown=is_in_force and found is None),
        resume_by=stop.resume_by,
        from_gate=stop.from_gate,
        owners=tuple(owner_of(role, situation) for role in stop.owners),
        reasons=_reasons(stop, found, scope, uses, verdicts) if is_in_force else (),
        reads=reads,
        clauses={id_: verdicts[id_].outcome for id_ in named if id_ in verdicts},
        evidence=tuple(view_of(use) for use in uses.values()),
        basis=_basis(stop, found, verdicts, situation),
    )


def _told(stop: c.Stop, *, acts: bool, is_unknown: bool) -> tuple[str, ...]:
    if acts:
        return stop.pause.roles
    return stop.unknown_tell if is_unknown else ()


def _has_come(gate: str, situation: Situation) -> bool:
    """Whether a gate's day has come; a gate without a day that counts has (docs/adr/0028)."""
    day = situation.gates.get(gate)
    return day is None or day <= situation.today


def _truth(check: c.Check, scope: Scope, uses: Mapping[str, Use]) -> Truth:
    """Return whether a condition holds; what reads evidence that cannot be used is unknown, its presence too."""
    match check:
        case c.And():
            return conjunction(_truth(item, scope, uses) for item in check.items)
        case c.Or():
            return disjunction(_truth(item, scope, uses) for item in check.items)
        case c.Not():
            return negation(_truth(check.item, scope, uses))
        case _:
            is_answerable = all(uses[name].is_usable for name in evidence_read(check))
            return truth(check, scope) if is_answerable else None


def _scope_of(effect: c.Effect) -> str:
    return f"back to {effect.gate}" if effect.gate else effect.tool or "all calls"


def _effect(stop: c.Stop) -> str:
    effect = stop.pause
    what = f"pause calls to {effect.tool}" if effect.tool else "pause all calls"
    what = f"rescope to {effect.gate}" if effect.gate else what
    return what + (f" within {duration_text(effect.seconds)}" if effect.seconds is not None else "")


def _reasons(
    stop: c.Stop, found: Truth, scope: Scope, uses: Mapping[str, Use], verdicts: Mapping[str, ClauseVerdict]
) -> tuple[Reason, ...]:
    """Return why a stop does not hold back: what tripped it, or what is not known."""
    if found is False:
        return ()
    unusable = tuple(reason for use in uses.values() if not use.is_usable for reason in use.reasons)
    clauses = tuple(
        Reason(code="PK649", message=f"`{name}` is {verdicts[name].outcome.value}", expected=f"not ({said})")
        for name, said in _clauses_of(stop.when).items()
        if name in verdicts and not verdicts[name].outcome.is_reached
    )
    if unusable:
        return (*unusable, *clauses)
    supplies = {name: use.supply for name, use in uses.items()}
    against = reasons_against(pushed_down(c.Not(stop.when)), scope, supplies)
    kept = tuple(reason for reason in against if not _is_of_clause(reason, stop))
    return (*kept, *clauses) or (Reason(code="PK649", message=f"`{check_text(stop.when)}` is not ruled out"),)


def _is_of_clause(reason: Reason, stop: c.Stop) -> bool:
    return any(said in reason.message for said in _clauses_of(stop.when).values())


def _clauses_of(check: c.Check) -> dict[str, str]:
    """Return the clauses that a condition asks about, each with what it asks."""
    match check:
        case c.And() | c.Or():
            return {name: said for item in check.items for name, said in _clauses_of(item).items()}
        case c.Not():
            return _clauses_of(check.item)
        case c.ClauseSays():
            return {check.clause: check_text(check)}
        case _:
            return {}


def _basis(stop: c.Stop, found: Truth, verdicts: Mapping[str, ClauseVerdict], situation: Situation) -> str:
    """Return a digest of the record that a stop rests on, without the instant; who resumes it has seen just this."""
    asked = {name: verdicts[name] for name in _clauses_of(stop.when) if name in verdicts}
    names = evidence_read(stop.when).union(*([use.name for use in verdict.evidence] for verdict in asked.values()))
    found_files = {name: situation.supplies[name].evidence for name in names if name in situation.supplies}
    return digest_of_json(
        {
            "truth": _STATES[found],
            "files": {
                name: [list(file) for file in each.files] for name, each in found_files.items() if each is not None
            },
            "clauses": {name: verdict.outcome.value for name, verdict in asked.items()},
            "condition": check_text(stop.when),
        }
    )


def what_to_do(stop: StopVerdict, store: str) -> str:
    """Return what is to be done about a stop: who must be told, and how guards learn of it.

    Args:
        stop: one that acts, or tells.
        store: the guards' store, as the project file names it; empty where it names none.
    """
    if not stop.acts:
        told = f"tell {listed(stop.tell, 'and')}: " if stop.tell else ""
        return f"{told}whether {stop.condition} is unknown; nothing is paused"
    why = "its condition is true" if stop.state == "tripped" else "its condition is unknown, which counts as true"
    told = f", and tell {listed(stop.tell, 'and')}" if stop.tell else ""
    return f"{stop.effect}{told}: {why} ({stop.condition}). {_how(stop, store)}"


def _how(stop: StopVerdict, store: str) -> str:
    if store:
        return f"`policykit check` trips it in `{store}`, unless it was tripped or resumed there on this record"
    bound = "name the guards' store as `stops:` in the project file, and `policykit check` trips it there"
    if stop.scope.startswith("back to ") or "/" in stop.id:
        return bound[0].upper() + bound[1:]
    tool = f" --tool {stop.scope}" if stop.scope != "all calls" else ""
    roles = "".join(f" --resume-by {role}" for role in stop.resume_by)
    command = (
        f'policykit stops trip {stop.id} --store STORE{tool} --role ROLE --by NAME --reason "policykit check"{roles}'
    )
    return f"`{command}` does so by hand; or {bound}"


__all__ = ["assess_stop", "what_to_do"]
