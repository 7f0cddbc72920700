"""A client whose model calls are guarded. What is neither guarded nor known to be harmless is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NoReturn, Self

from policykit.errors import UnguardedError
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

FINISH = "_policykit_finish"
"""Argument of a guarded operation, for helpers: what is made of its checked answer."""
_RAW = frozenset({"with_raw_response", "with_streaming_response"})
_PLAIN = frozenset({"api_key", "base_url", "timeout", "max_retries", "organization", "project", "is_closed", "close"})
"""Attributes of clients that send nothing to a model."""


def unpicklable(what: str) -> Callable[..., NoReturn]:
    """Return a `__reduce_ex__` that refuses: a guarded object is bound to the guard of its process."""

    def refuse(_self: object, _protocol: object = None) -> NoReturn:
        raise TypeError(f"a guarded client cannot be pickled (`{what}`): wrap the client in each process")

    return refuse


class GuardedPart:
    """A client, or a resource of one, with some of its methods guarded.

    It is an instance of the library's class for those who ask, and has the members that are guarded, and no others.
    """

    def __init__(self, path: str, part: Any, members: Mapping[str, Any]) -> None:
        """Take the name for messages, the original, and what stands in place of its members."""
        put = object.__setattr__
        put(self, "_path", path)
        put(self, "_bare", lambda: part)  # nobody who goes through `vars` finds a client without its guard
        put(self, "_members", members)

    @property  # type: ignore[misc]  # `object` lets it be set
    def __class__(self) -> type:
        """Return the class of the original, which frameworks ask for."""
        return type(object.__getattribute__(self, "_bare")())

    @property
    def _part(self) -> Any:
        return object.__getattribute__(self, "_bare")()

    def __getattr__(self, name: str) -> Any:
        found = object.__getattribute__(self, "__dict__")
        members, bare = found.get("_members", {}), found.get("_bare")
        if name in members:
            return members[name]
        if name.startswith("__") or bare is None:
            raise AttributeError(name)
        part = bare()
        if name in _PLAIN:
            return getattr(part, name)
        getattr(part, name)  # what the library does not have is an error in its own words
        raise UnguardedError([_unguarded(f"{self._path}.{name}", name, members)])

    def __setattr__(self, name: str, value: Any) -> None:
        if not name.startswith("_"):
            problem = f"`{self._path}.{name}` would be set on the guard's own object, where the library does not look"
            raise UnguardedError(
                [Diagnostic("PK357", problem, help="set it on the client itself, before it is wrapped")]
            )
        object.__setattr__(self, name, value)

    def __dir__(self) -> list[str]:
        return sorted({*self._members, *(each for each in _PLAIN if hasattr(self._part, each))})

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, _memo: Any) -> Self:
        return self

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        unpicklable(self._path)(self)

    def __repr__(self) -> str:
        return f"<guarded {self._path}>"


def _unguarded(path: str, name: str, members: Iterable[str]) -> Diagnostic:
    known = ", ".join(f"`{each}`" for each in sorted(members))
    help_line = "use the client itself, unguarded, for it"
    if name in _RAW:
        help_line = "call the method itself: a raw response holds text that was not checked"
    return Diagnostic("PK357", f"`{path}` is not guarded", expected=known, help=help_line)


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


def again(adapter: Adapter, guard: Guard, client: Any, provider: str = "") -> dict[str, Any]:
    """Return the methods that make another client of one; what they return is guarded too."""

    def guarding(copy: Callable[..., Any]) -> Callable[..., Any]:
        def again(**options: Any) -> Any:
            stays = not {"base_url", "http_client", "azure_endpoint", "provider"} & options.keys()
            return adapter.wrap(guard, copy(**options), **({"provider": provider} if provider and stays else {}))

        return again

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
        finish = request.pop(FINISH, None)
        request = binding.prepared(request)
        if request.get("stream"):
            call = StreamedCall(bound, binding.shape, request)
            return GuardedStream(call, run(call.opened()))
        whole = _finishing(bound, finish, binding.shape, request)
        return _in_form(run(guarded(whole, (), request)), binding.shape, request)

    return create


def _async_operation(bound: Bound, binding: RequestBinding) -> Callable[..., Any]:
    @carrying
    async def create(**request: Any) -> Any:
        finish = request.pop(FINISH, None)
        request = binding.prepared(request)
        if request.get("stream"):
            call = StreamedCall(bound, binding.shape, request)
            return AsyncGuardedStream(call, await run_async(call.opened()))
        whole = _finishing(bound, finish, binding.shape, request)
        return _in_form(await run_async(guarded(whole, (), request)), binding.shape, request)

    return create


def _finishing(bound: Bound, finish: Callable[[Any], Any] | None, shape: Shape, request: Mapping[str, Any]) -> Bound:
    """Return a call whose checked answer a helper parses, so that the record says it where that cannot be done."""
    if finish is None:
        return bound
    return bound._replace(finish=lambda answer: finish(_in_form(answer, shape, request)))


def _in_form(answer: Any, shape: Shape, request: Mapping[str, Any]) -> Any:
    """Return an answer as the library gives it; fallbacks may give a text."""
    return shape.answer(answer, request) if isinstance(answer, str) else answer
