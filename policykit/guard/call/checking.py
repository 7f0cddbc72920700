"""`guard.check`: one phase of a call of which only the facts are here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from policykit.errors import GuardError
from policykit.guard.call.open_call import OpenCall
from policykit.guard.problems import problem, unknown_name
from policykit.guard.setup.plan import CallPlan, Supplied
from policykit.vocabulary.types import Phase

if TYPE_CHECKING:
    from policykit.engine.decision import Decision
    from policykit.guard.core import Core
    from policykit.guard.flow.steps import Flow
    from policykit.guard.setup.binding import Texts

_CALL = re.compile(r"[0-9a-f]{16}-[0-9a-f]{1,16}")
_PHASES = {phase.value: phase for phase in Phase}


@dataclass(frozen=True, slots=True)
class Checked:
    """A call that may go on."""

    call_id: str
    decision: Decision | None
    """None where the guard failed and the options let the call go on."""
    facts: Mapping[str, object]
    """The facts that were given, with texts as they may leave."""
    fallbacks: tuple[str, ...]
    """Not empty: these are to be used instead of the call, in this order."""

    @property
    def text(self) -> str | None:
        """Return the text as it may leave."""
        found = self.facts.get("call.text")
        return found if isinstance(found, str) else None


def checked(core: Core, facts: Mapping[str, object], phase: str, name: str, call_id: str = "") -> Flow[Checked]:
    """Return the outcome of one phase. A request counts in the windows as a call that was made."""
    if phase not in _PHASES:
        raise GuardError([unknown_name("PK356", "phase", phase, _PHASES)])
    if call_id and not _CALL.fullmatch(call_id):
        expected = "`Checked.call_id` of the request"
        raise GuardError([problem("PK351", "`call_id` cannot be that", expected=expected, got=f"`{call_id!s:.80}`")])
    where = _PHASES[phase]
    named = facts.get("tool.name")
    known = str.__str__(named) if isinstance(named, str) and str.__len__(named) else "tool"  # a class may do anything
    tool = known if where in {Phase.TOOL_INPUT, Phase.TOOL_OUTPUT} else ""
    facts = {fact: str.__str__(value) if isinstance(value, str) else value for fact, value in facts.items()}
    texts: Texts = {fact: (value,) for fact, value in facts.items() if isinstance(value, str)}
    plan = CallPlan(core, name, Supplied(facts, texts, facts, texts), tool=tool, only=where)
    call = OpenCall(plan)
    call.is_checked = True
    call.id = call_id or call.id
    call.facts.update(facts)
    try:
        if where in {Phase.REQUEST, Phase.TOOL_INPUT}:
            admission = yield from call.enter(texts)
            call.is_invoked = not admission.fallbacks
        elif where is Phase.FAILURE:
            admission = yield from call.told_of_failure(texts)
        else:
            admission = yield from call.answer(texts)
        changed = {fact: parts[0] for fact, parts in (admission.texts or {}).items()}
        return Checked(call.id, call.decision, {**facts, **changed}, admission.fallbacks)
    finally:
        call.close()
