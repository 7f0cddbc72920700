"""A guarded function as a flow: enter, call it, look at its answer, and fall back where a rule says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from policykit.errors import PolicyViolation
from policykit.guard.call.act import Admission
from policykit.guard.call.open_call import OpenCall
from policykit.guard.core import MAX_DEPTH
from policykit.guard.flow.steps import Flow, Invoke, Raised
from policykit.guard.setup.binding import Binding
from policykit.guard.setup.plan import CallPlan

Kwargs = Mapping[str, Any]


class Bound(NamedTuple):
    """A function and how it is guarded."""

    plan: CallPlan
    binding: Binding
    function: Callable[..., Any]
    on_deny: Callable[[PolicyViolation], Any] | None = None
    """What it returns instead of raising."""
    finish: Callable[[Any], Any] | None = None
    """What is made of a checked answer, such as an object that it is parsed as."""


class Turn(NamedTuple):
    """Which attempt at a call this is."""

    fallback: str = ""
    depth: int = 0
    facts: Kwargs = MappingProxyType({})
    """Facts in which a fallback's call differs."""
    instead_of: str = ""
    """The call that a fallback answers for."""


FIRST = Turn()


def guarded(bound: Bound, args: tuple[Any, ...], kwargs: Kwargs) -> Flow[Any]:
    """Return what the caller gets; `Raised` for an exception of the function itself."""
    try:
        return (yield from _attempt(bound, bound.function, args, kwargs, FIRST))
    except PolicyViolation as violation:
        if bound.on_deny is None:
            raise
        return bound.on_deny(violation)


def _attempt(
    bound: Bound, function: Callable[..., Any], args: tuple[Any, ...], kwargs: Kwargs, turn: Turn
) -> Flow[Any]:
    plan = bound.plan
    call = OpenCall(plan, attempt=turn.depth + 1, fallback=turn.fallback, depth=turn.depth, instead_of=turn.instead_of)
    try:
        texts = bound.binding.read(args, kwargs, call.facts)
        if turn.facts:
            call.facts.update(turn.facts)
        if plan.tool or bound.binding.tells_parameters:
            call.take(bound.binding, args, kwargs)
        admission = yield from call.enter(texts)
        if admission.texts is not None:
            write = bound.binding.write
            args, kwargs = yield from call.rewritten(write, args, kwargs, admission.texts, is_entering=True)
        if admission.fallbacks and not admission.is_withheld:
            return (yield from fall_back(bound, call, admission.fallbacks, args, kwargs))
        call.is_invoked = True
        try:
            outcome = yield Invoke(function, args, kwargs, is_guarded=True)
        except BaseException as error:
            call.interrupted(error)
            raise
        if type(outcome) is Raised:
            return (yield from _failed(bound, call, outcome, args, kwargs))
        answering = bound._replace(finish=None) if admission.is_withheld else bound
        value = yield from _answered(answering, call, outcome.value, args, kwargs)
        if not admission.is_withheld:
            return value
        if not admission.fallbacks:
            raise call.withheld()
        return (yield from fall_back(bound, call, admission.fallbacks, args, kwargs))
    finally:
        call.close()


def _answered(bound: Bound, call: OpenCall, value: Any, args: tuple[Any, ...], kwargs: Kwargs) -> Flow[Any]:
    call.returned(bound.binding.failure(value) if bound.binding.tells_failure else "")
    call.facts.pop("call.text", None)
    texts = bound.binding.read_answer(value, call.facts, kwargs)
    admission: Admission = yield from call.answer(texts)
    if admission.fallbacks:
        return (yield from fall_back(bound, call, admission.fallbacks, args, kwargs))
    if admission.texts is not None:
        value = yield from call.rewritten(bound.binding.write_answer, value, admission.texts, kwargs)
        texts = {**texts, **admission.texts}
    tokens = call.session.tokens
    if tokens and not bound.plan.tool:
        back = {fact: tuple(map(tokens.put_back, parts)) for fact, parts in texts.items()}
        if back != texts:
            value = yield from call.rewritten(bound.binding.write_answer, value, back, kwargs)
    return value if bound.finish is None else call.finished(bound.finish, value)


def _failed(bound: Bound, call: OpenCall, raised: Raised, args: tuple[Any, ...], kwargs: Kwargs) -> Flow[Any]:
    """Ask the failure rules; a refusal inside of the call is no failure, and a failed fallback yields to the next."""
    can_fall_back = not (isinstance(raised.error, PolicyViolation) or call.depth)
    admission: Admission = yield from call.failed(raised.error, can_fall_back=can_fall_back)
    if not admission.fallbacks:
        return raised
    return (yield from fall_back(bound, call, admission.fallbacks, args, kwargs))


def fall_back(bound: Bound, call: OpenCall, names: tuple[str, ...], args: tuple[Any, ...], kwargs: Kwargs) -> Flow[Any]:
    """Return what the first fallback that does not fail gives; each passes all rules as a call of its own."""
    outcome: Any = None
    for name in names:
        if call.depth >= MAX_DEPTH or name == call.fallback:
            raise call.exhausted(name)
        fallback = bound.plan.core.fallbacks[name]
        turn = Turn(name, call.depth + 1, fallback.facts, call.id)
        outcome = yield from _attempt(bound, fallback.function, args, kwargs, turn)
        if type(outcome) is not Raised or isinstance(outcome.error, PolicyViolation):
            return outcome
    return outcome
