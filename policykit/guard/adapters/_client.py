"""A client whose model calls are guarded. What is neither guarded nor known to be harmless is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Self

from policykit.errors import GuardError
from policykit.guard.adapters._request import SUPPLIED, RequestBinding
from policykit.guard.adapters._stream_objects import AsyncGuardedStream, GuardedStream
from policykit.guard.adapters._streamed import StreamedCall
from policykit.guard.calls import Bound, guarded
from policykit.guard.carried import carrying
from policykit.guard.drivers import run, run_async
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.guard.adapters import Adapter
    from policykit.guard.adapters._shape import Shape
    from policykit.guard.guard import Guard

_RAW = frozenset({"with_raw_response", "with_streaming_response"})
_PLAIN = frozenset({"api_key", "base_url", "timeout", "max_retries", "organization", "project", "is_closed", "close"})
"""Attributes of clients that send nothing to a model."""


class GuardedPart:
    """A client, or a resource of one, with some of its methods guarded."""

    def __init__(self, path: str, part: Any, members: Mapping[str, Any]) -> None:
        """Take the name for messages, the original, and what stands in place of its members."""
        self._path = path
        self._part = part
        self._members = members

    def __getattr__(self, name: str) -> Any:
        members = self.__dict__["_members"]
        if name in members:
            return members[name]
        if name.startswith("__"):
            raise AttributeError(name)
        if name in _PLAIN:
            return getattr(self._part, name)
        getattr(self._part, name)  # what the library does not have is an error in its own words
        problem = f"`{self._path}.{name}` is not guarded"
        known = ", ".join(f"`{each}`" for each in sorted(members))
        help_line = "use the client itself, unguarded, for it"
        if name in _RAW:
            help_line = "call the method itself: a raw response holds text that was not checked"
        raise GuardError([Diagnostic("PK357", problem, expected=known, help=help_line)])

    def __repr__(self) -> str:
        return f"<guarded {self._path}>"


class GuardedClient(GuardedPart):
    """A guarded client as a whole; `with` closes the original."""

    def __enter__(self) -> Self:
        self._part.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._part.__exit__(*exception)

    async def __aenter__(self) -> Self:
        await self._part.__aenter__()
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._part.__aexit__(*exception)


def again(adapter: Adapter, guard: Guard, client: Any) -> dict[str, Any]:
    """Return the methods that make another client of one; what they return is guarded too."""

    def guarding(copy: Callable[..., Any]) -> Callable[..., Any]:
        return lambda **options: adapter.wrap(guard, copy(**options))

    return {name: guarding(getattr(client, name)) for name in ("with_options", "copy")}


def operation(
    guard: Guard, shape: Shape, create: Callable[..., Any], *, is_async: bool, binding: RequestBinding | None = None
) -> Callable[..., Any]:
    """Return an operation of a client, guarded; `binding` for clients whose arguments mean more than the shape says.

    Raises:
        GuardError: what it supplies does not fit the rules, or it is synchronous and a fallback is not.
    """
    plan = guard.plan(shape.name, SUPPLIED, fixed={"call.provider": shape.provider})
    binding = binding or RequestBinding(guard.core, shape, create)
    bound = Bound(plan, binding, create)
    if is_async:
        return _async_operation(bound, binding)
    guard.refuse_async_fallbacks(shape.name)
    return _operation(bound, binding)


def _operation(bound: Bound, binding: RequestBinding) -> Callable[..., Any]:
    def create(**request: Any) -> Any:
        request = binding.prepared(request)
        if request.get("stream"):
            call = StreamedCall(bound, binding.shape, request)
            return GuardedStream(call, run(call.opened()))
        return _in_form(run(guarded(bound, (), request)), binding.shape, request)

    return create


def _async_operation(bound: Bound, binding: RequestBinding) -> Callable[..., Any]:
    @carrying
    async def create(**request: Any) -> Any:
        request = binding.prepared(request)
        if request.get("stream"):
            call = StreamedCall(bound, binding.shape, request)
            return AsyncGuardedStream(call, await run_async(call.opened()))
        return _in_form(await run_async(guarded(bound, (), request)), binding.shape, request)

    return create


def _in_form(answer: Any, shape: Shape, request: Mapping[str, Any]) -> Any:
    """Return an answer as the library gives it; fallbacks may give a text."""
    return shape.answer(answer, request) if isinstance(answer, str) else answer
