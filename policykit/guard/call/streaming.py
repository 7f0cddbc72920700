"""An answer in pieces: a guarded generator function as flows, whatever drives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policykit.errors import PolicyViolation
from policykit.guard.call.open_call import OpenCall
from policykit.guard.call.stream import TextStream
from policykit.guard.flow.steps import Flow, Raised

if TYPE_CHECKING:
    from collections.abc import Mapping

    from policykit.guard.call.calls import Bound


class Streamed:
    """One call of a guarded generator function."""

    def __init__(self, bound: Bound, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        self._bound = bound
        self._args = args
        self._kwargs = kwargs
        self._call = OpenCall(bound.plan)
        self._text = TextStream(self._call)
        self._instead: list[Any] = []
        self._is_withheld = False
        self._fallbacks: tuple[str, ...] = ()
        self._has_ended = False
        self.result: Any = None
        """What the generator returned."""

    def opened(self) -> Flow[Any]:
        """Return the iterator of the function; None where something else answers.

        Raises:
            PolicyViolation: the call is refused and there is nothing to give instead.
        """
        call, bound = self._call, self._bound
        texts = bound.binding.read(self._args, self._kwargs, call.facts)
        call.take(bound.binding, self._args, self._kwargs)
        try:
            admission = yield from call.enter(texts)
        except PolicyViolation as violation:
            self._deny(violation)
            return None
        if admission.texts is not None:
            write, given = bound.binding.write, (self._args, self._kwargs)
            self._args, self._kwargs = yield from call.rewritten(write, *given, admission.texts, is_entering=True)
        self._fallbacks, self._is_withheld = admission.fallbacks, admission.is_withheld
        if admission.fallbacks and not admission.is_withheld:
            yield from self._fall_back()
            return None
        call.is_invoked = True
        call.facts.pop("call.text", None)
        return bound.function(*self._args, **self._kwargs)

    def push(self, piece: Any) -> Flow[list[Any]]:
        """Take a piece; return what the caller may have now."""
        try:
            found = yield from self._text.push(piece)
        except PolicyViolation as violation:
            self._deny(violation)
            raise
        return [] if self._is_withheld else found

    def finished(self) -> Flow[list[Any]]:
        """Return the rest, after the whole answer was checked."""
        if self._has_ended:
            return self._instead
        self._has_ended = True
        try:
            rest = yield from self._text.finish()
        except PolicyViolation as violation:
            self._deny(violation)
            return self._instead
        if self._text.fallbacks or self._is_withheld:
            self._fallbacks = self._text.fallbacks or self._fallbacks
            if not self._fallbacks:
                raise self._call.withheld()
            yield from self._fall_back()
            return self._instead
        return rest

    def failed(self, error: Exception) -> Flow[None]:
        """Ask the failure rules after the source raised; raise it again where they have nothing to give instead."""
        self._has_ended = True
        can_fall_back = not (self._text.released_chars or isinstance(error, PolicyViolation))
        admission = yield from self._call.failed(error, can_fall_back=can_fall_back)
        if not admission.fallbacks:
            raise error
        self._fallbacks = admission.fallbacks
        yield from self._fall_back()

    def interrupted(self, error: BaseException) -> None:
        """Take down that the source raised what no rule is asked about."""
        self._call.interrupted(error)

    def close(self) -> None:
        """End the call, however it ended."""
        self._call.close(0 if self._is_withheld else self._text.released_chars)

    def _deny(self, violation: PolicyViolation) -> None:
        """Give what is declared for a refusal, if nothing has left yet."""
        self._has_ended = True
        if self._bound.on_deny is None or self._text.released_chars:
            raise violation
        self._instead = [self._bound.on_deny(violation)]

    def _fall_back(self) -> Flow[None]:
        """Let the fallbacks answer; theirs is an answer as a whole, checked before any of it leaves."""
        from policykit.guard.call.calls import fall_back

        self._has_ended = True
        outcome = yield from fall_back(self._bound, self._call, self._fallbacks, self._args, self._kwargs)
        if type(outcome) is Raised:
            raise outcome.error
        self._instead = [outcome]
