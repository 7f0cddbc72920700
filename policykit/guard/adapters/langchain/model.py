"""A guarded chat model: of a class made from the model's own, so that all that LangChain does with it stays as it is.

Whatever is asked of a chat model ends in one of four methods, and callbacks are told what those return. So these are
what is guarded: tokens reach callbacks, and through them the streams of agents, after they were checked.
"""
# ruff: noqa: SLF001 - the methods that LangChain asks a model to write

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from policykit.errors import GuardError
from policykit.guard.adapters.langchain.binding import ADDRESS, ChatBinding
from policykit.guard.adapters.langchain.chunks import ChatChunks
from policykit.guard.adapters.langchain.messages import result_of, without_asides
from policykit.guard.adapters.langchain.settings import applied, flat, settings_of
from policykit.guard.adapters.shared.client import unpicklable
from policykit.guard.adapters.shared.client_binding import check_hosted
from policykit.guard.adapters.shared.request import SUPPLIED
from policykit.guard.adapters.shared.streams.stream_objects import AsyncGuardedStream, GuardedStream
from policykit.guard.adapters.shared.streams.streamed import StreamedCall
from policykit.guard.call.calls import Bound, guarded
from policykit.guard.flow.carried import carry_members
from policykit.guard.flow.drivers import run, run_async
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.guard.guard import Guard
    from policykit.guard.setup.plan import CallPlan

_NATIVE = ("_stream_chat_model_events", "_astream_chat_model_events")
"""Hooks by which a model gives events in place of chunks; without them LangChain makes events from chunks."""

_LATER = ("stream", "astream", "ainvoke", "abatch", "agenerate", "agenerate_prompt", "transform", "atransform",
          "batch_as_completed", "abatch_as_completed", "astream_events", "astream_log")  # fmt: skip
"""Methods whose work begins when what they return is read or awaited, which may be after a context was left."""


def guarded_model(guard: Guard, model: Any) -> Any:
    """Return a chat model that answers as `model` does, guarded.

    Raises:
        GuardError: what its calls supply does not fit the rules, or the model caches its answers.
    """
    from langchain_core.language_models.chat_models import BaseChatModel

    kind = type(model)
    plan = guard.plan(f"langchain {kind.__name__}", SUPPLIED, fixed={"call.provider": ""})
    calls = _Calls(guard, plan, kind)
    made = _class_of(kind, calls, BaseChatModel)
    found = model.model_copy(update={"cache": False})
    if model.cache:
        raise GuardError([_cached(kind)])
    object.__setattr__(found, "__class__", made)
    return found


def is_guarded_model(model: Any) -> bool:
    """Whether a model is guarded."""
    return hasattr(type(model), "_policykit_calls")


class _Calls:
    """The calls of the guarded models of one class."""

    def __init__(self, guard: Guard, plan: CallPlan, kind: type) -> None:
        self._guard = guard
        self._plan = plan
        self._kind = kind
        self._shape = ChatChunks(plan.name)

    def bare(self, model: Any) -> Any:
        """Return the model without its guard, with what its fields are now."""
        found = model.model_copy()
        object.__setattr__(found, "__class__", self._kind)
        return found

    def request(self, model: Any, messages: Any, more: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request of our own, with what the model adds to every one.

        Raises:
            GuardError: something of it would replace what was checked.
        """
        return ChatBinding.prepared(messages, {**settings_of(model), **more})

    def method(self, model: Any, name: str) -> Callable[..., Any]:
        """Return a method of the model without its guard, which sends the settings that were checked."""

        def call(**request: Any) -> Any:
            found = self.bare(model)
            sent = applied(found, request)
            return getattr(found, name)(**sent)

        return call

    def bound(self, model: Any, request: dict[str, Any], method: Any, *, is_stream: bool = False) -> Bound:
        """Return what a call is made with.

        Raises:
            GuardError: the model caches its answers.
        """
        if model.cache is not False:
            raise GuardError([_cached(self._kind)])
        check_hosted(self._guard.core, self._plan.name, flat(request))
        own = settings_of(model)
        more = {name: value for name, value in request.items() if name not in {"messages", "stop", *own}}
        params = model._get_ls_params_with_defaults(stop=request.get("stop"), **more)
        params = {**params, ADDRESS: _address(model)}
        unread = self._guard.core.options.unread
        binding = ChatBinding(params, model._get_invocation_params, is_stream=is_stream, unread=unread)
        return Bound(self._plan, binding, method)

    def streamed(self, bound: Bound, request: dict[str, Any]) -> StreamedCall:
        """Return a call whose answer streams."""
        return StreamedCall(bound, self._shape, request)

    def sync_only(self) -> None:
        """Refuse fallbacks that a synchronous call cannot wait for."""
        self._guard.refuse_async_fallbacks(self._plan.name)

    def finished(self, answer: Any) -> Any:
        """Return an answer as LangChain wants it; where rules read it, without what could say its text beside it."""
        result = result_of(answer)
        return without_asides(result) if self._plan.streaming.reads_text else result


def _class_of(kind: type, calls: _Calls, base: Any) -> type:
    def _generate(self: Any, messages: Any, stop: Any = None, run_manager: Any = None, **more: Any) -> Any:
        del run_manager  # it would be told what was not checked yet
        calls.sync_only()
        request = calls.request(self, messages, {"stop": stop, **more})
        bound = calls.bound(self, request, calls.method(self, "_generate"))
        return calls.finished(run(guarded(bound, (), request)))

    async def _agenerate(self: Any, messages: Any, stop: Any = None, run_manager: Any = None, **more: Any) -> Any:
        del run_manager  # as above
        request = calls.request(self, messages, {"stop": stop, **more})
        bound = calls.bound(self, request, calls.method(self, "_agenerate"))
        return calls.finished(await run_async(guarded(bound, (), request)))

    def _stream(self: Any, messages: Any, stop: Any = None, run_manager: Any = None, **more: Any) -> Iterator[Any]:
        del run_manager  # as above
        calls.sync_only()
        request = calls.request(self, messages, {"stop": stop, **more})
        call = calls.streamed(calls.bound(self, request, calls.method(self, "_stream"), is_stream=True), request)
        with GuardedStream(call, run(call.opened())) as stream:
            yield from stream

    async def _astream(
        self: Any, messages: Any, stop: Any = None, run_manager: Any = None, **more: Any
    ) -> AsyncIterator[Any]:
        del run_manager  # as above
        request = calls.request(self, messages, {"stop": stop, **more})
        method = calls.method(self, "_astream")
        bound = calls.bound(self, request, lambda **r: _Closing(method(**r)), is_stream=True)
        call = calls.streamed(bound, request)
        async with AsyncGuardedStream(call, await run_async(call.opened())) as stream:
            async for chunk in stream:
                yield chunk

    members: dict[str, Any] = {"__module__": __name__, "_generate": _generate, "_agenerate": _agenerate}
    members["__reduce_ex__"] = unpicklable(kind.__name__)
    has_stream = kind._stream is not base._stream  # type: ignore[attr-defined]
    if has_stream:
        members["_stream"] = _stream
    if has_stream or kind._astream is not base._astream:  # type: ignore[attr-defined]
        members["_astream"] = _astream
    made = type(kind)(f"Guarded{kind.__name__}", (kind,), members)
    made._policykit_calls = calls  # type: ignore[attr-defined]
    carry_members(made, kind, _LATER)
    for name in _NATIVE:
        if getattr(kind, name, None) is not None:
            setattr(made, name, None)
    return made


_ADDRESSES = (
    "openai_api_base",
    "anthropic_api_url",
    "azure_endpoint",
    "groq_api_base",
    "base_url",
    "api_base",
    "endpoint",
)
"""Fields in which models of LangChain have their address; the client of OpenAI's knows better."""


def _address(model: Any) -> object:
    """Return the address to which a model sends its calls; None where it has none of its own."""
    client = getattr(model, "root_client", None)
    found = [getattr(client, "base_url", None), *(getattr(model, name, None) for name in _ADDRESSES)]
    return next((each for each in found if each), None)


class _Closing:
    """An asynchronous generator, closed as streams of clients are."""

    def __init__(self, source: Any) -> None:
        self._source = source

    async def __anext__(self) -> Any:
        return await anext(self._source)

    async def close(self) -> None:
        """End it."""
        await self._source.aclose()


def _cached(kind: type) -> Diagnostic:
    problem = f"`{kind.__name__}` caches its answers, and would give them without asking the rules"
    return Diagnostic("PK373", problem, place="langchain", help="wrap a model without `cache`")
