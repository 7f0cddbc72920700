"""What a person at the desk reads: approvals and stops, as text and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import typer

from policykit.cli._desk import Zone, utc_text
from policykit.source.visible import visible

if TYPE_CHECKING:
    from policykit.engine.policy import Policy
    from policykit.guard.stores.protocol import Approval, Stop, StopEvent

SHORT_CHARS = 8
"""Of an identifier; more where two begin alike."""
_LABEL_CHARS = 12
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))


def write(text: str) -> None:
    """Print a line; characters that a terminal acts upon, rather than shows, are replaced."""
    typer.echo(visible(text))


def labelled(label: str, value: str) -> None:
    """Print a value behind its label; nothing where there is no value."""
    if value:
        write(f"  {label:<{_LABEL_CHARS}}{value}")


def length_text(seconds: float) -> str:
    """Return a length of time in its two largest units, rounded down: `3 h 12 min`."""
    rest = max(0, int(seconds))
    at = next((i for i, (size, _) in enumerate(_UNITS) if rest >= size), len(_UNITS) - 1)
    parts: list[str] = []
    for size, unit in _UNITS[at : at + 2]:
        count, rest = divmod(rest, size)
        if count or not parts:
            parts.append(f"{count} {unit}")
    return " ".join(parts)


def short_ids(identifiers: Sequence[str]) -> dict[str, str]:
    """Return for each identifier its shortest beginning, of `SHORT_CHARS` at least, that no other has."""
    ordered = sorted(set(identifiers))
    found = {}
    for at, name in enumerate(ordered):
        neighbours = [*ordered[max(0, at - 1) : at], *ordered[at + 1 : at + 2]]
        shared = max((_shared(name, other) for other in neighbours), default=0)
        found[name] = name[: max(SHORT_CHARS, shared + 1)]
    return found


def _shared(left: str, right: str) -> int:
    pairs = zip(left, right, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(left), len(right)))


def clauses_of(names: Sequence[str], policy: Policy | None) -> list[dict[str, str]]:
    """Return clauses with what the policy says about them, where one is given and has them."""
    found = []
    for name in names:
        entry = {"id": name}
        clause = policy.clauses.get(name) if policy is not None else None
        if clause is not None:
            entry |= {"title": clause.title, "because": clause.because}
        found.append(entry)
    return found


# --- approvals --------------------------------------------------------------------------------------------------------


def approval_json(approval: Approval, policy: Policy | None, now_ns: int) -> dict[str, object]:
    """Return an approval for programs. Times are UTC."""
    request, answer = approval.request, approval.answer
    left = max(0, request.expires_ns - now_ns) // 10**9 if approval.state.value in {"pending", "granted"} else 0
    return {
        "id": request.id,
        "state": approval.state.value,
        "clauses": clauses_of(request.clauses, policy),
        "roles": list(request.roles),
        "maker": request.maker or None,
        "phase": request.phase,
        "function": request.function,
        "facts": dict(request.facts),
        "message": request.message,
        "asked": utc_text(request.created_ns),
        "expires": utc_text(request.expires_ns),
        "seconds_left": left,
        "digest": request.digest,
        "policy_digest": request.policy_digest,
        "answer": None
        if answer is None
        else {"by": answer.approver, "role": answer.role, "granted": answer.granted, "reason": answer.reason},
    }


def write_approval(approval: Approval, name: str, policy: Policy | None, zone: Zone, now_ns: int) -> None:
    """Print an approval as a block."""
    request, answer = approval.request, approval.answer
    clauses = clauses_of(request.clauses, policy)
    write(f"{name}  {', '.join(_title(each) for each in clauses)}")
    labelled("asked by", request.maker or "not known: the call named no principal")
    labelled("roles", " or ".join(request.roles))
    until = zone.text(request.expires_ns)
    if approval.state.value in {"pending", "granted"}:
        labelled("time left", f"{length_text((request.expires_ns - now_ns) / 1e9)}, until {until}")
    if approval.state.value != "pending":
        labelled("state", f"{approval.state.value}{f' ({until})' if approval.state.value == 'expired' else ''}")
    if answer is not None:
        verb = "granted" if answer.granted else "denied"
        labelled("answer", f"{verb} by {answer.approver} as {answer.role}: {answer.reason or 'no reason given'}")
    for each in clauses:
        labelled("because", each.get("because", ""))
    labelled("message", request.message)
    labelled("call", f"{request.function}, {request.phase}")
    for at, (fact, value) in enumerate(sorted(request.facts.items())):
        write(f"  {'' if at else 'facts':<{_LABEL_CHARS}}{fact} = {value}")
    if policy is not None and policy.digest != request.policy_digest:
        labelled("note", "another version of the policy asks than the one given")


def write_details(approval: Approval, zone: Zone) -> None:
    """Print what is needed to find an approval on the trail."""
    request = approval.request
    labelled("asked", zone.text(request.created_ns))
    labelled("id", request.id)
    labelled("digest", request.digest)
    labelled("policy", request.policy_digest)


def _title(clause: Mapping[str, str]) -> str:
    return f'{clause["id"]} "{clause["title"]}"' if clause.get("title") else clause["id"]


# --- stops ------------------------------------------------------------------------------------------------------------


def scope_of(tool: str) -> str:
    """Return which calls a stop pauses, as the trail says it."""
    return tool or "all calls"


def stop_json(stop: Stop, policy: Policy | None) -> dict[str, object]:
    """Return a stop for programs. Times are UTC."""
    return {
        "stop": clauses_of([stop.clause], policy)[0],
        "scope": stop.scope,
        "tool": stop.tool or None,
        "cause": stop.cause,
        "tripped": utc_text(stop.tripped_ns),
        "effective": utc_text(stop.effective_ns),
        "resume_by": list(stop.resume_by),
        "policy_digest": stop.policy_digest,
    }


def write_stop(stop: Stop, policy: Policy | None, zone: Zone, now_ns: int) -> None:
    """Print a stop as a block."""
    clause = clauses_of([stop.clause], policy)[0]
    calls = stop.scope if stop.gate or not stop.tool else f"calls to {stop.tool}"
    write(f"{_title(clause)}: {calls}")
    labelled("tripped", zone.text(stop.tripped_ns))
    if stop.effective_ns > now_ns:
        labelled("refuses", f"from {zone.text(stop.effective_ns)}")
    labelled("cause", stop.cause)
    labelled("because", clause.get("because", ""))
    labelled("resumed by", " or ".join(stop.resume_by) or "any role")


def event_json(event: StopEvent) -> dict[str, object]:
    """Return an event for programs. Times are UTC."""
    return {
        "at": utc_text(event.at_ns),
        "event": event.event,
        "stop": event.clause,
        "scope": scope_of(event.tool),
        "by": event.person or None,
        "role": event.role or None,
        "reason": event.reason,
    }


def write_event(event: StopEvent, zone: Zone) -> None:
    """Print an event as a line."""
    who = f"{event.person} ({event.role})" if event.person else event.role or "the guard"
    write(f"{zone.text(event.at_ns)}  {event.event:<8}{event.clause}, {scope_of(event.tool)}; {who}: {event.reason}")
