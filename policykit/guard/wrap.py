"""Guarded functions of the four kinds. Each wrapper is of the kind of its function and only drives the same flows."""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Generator
from typing import Any

from policykit.errors import GuardError
from policykit.guard.call.calls import Bound, guarded
from policykit.guard.flow.carried import carrying
from policykit.guard.flow.drivers import run, run_async
from policykit.guard.problems import problem

GUARDED_BY = "__policykit_guarded_by__"
"""Attribute of guarded functions: the core of the guard."""


def check_kind(function: Any) -> None:
    """Refuse what is no plain function.

    Raises:
        GuardError: it is a class method, a static method, a class, or no function at all.
    """
    if isinstance(function, classmethod | staticmethod):
        kind = "@classmethod" if isinstance(function, classmethod) else "@staticmethod"
        what = f"`{function.__func__.__qualname__}` is guarded from outside of {kind}"
        raise GuardError([problem("PK346", what, help=f"put the guard's decorator below {kind}")])
    if not callable(function) or isinstance(function, type):
        raise GuardError([problem("PK346", "only functions and methods can be guarded", got=f"`{function!r:.80}`")])


def is_stream(function: Callable[..., Any]) -> bool:
    """Whether a function is a generator function of either kind."""
    return inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)


def is_async(function: Callable[..., Any]) -> bool:
    """Whether a function is asynchronous."""
    return inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)


def wrapped(bound: Bound) -> Callable[..., Any]:
    """Return the guarded function, of the same kind and signature."""
    function = bound.function
    if inspect.isasyncgenfunction(function):
        made: Callable[..., Any] = _async_generator(bound)
    elif inspect.isgeneratorfunction(function):
        made = _generator(bound)
    elif inspect.iscoroutinefunction(function):
        made = _coroutine(bound)
    else:
        made = _function(bound)
    guarded = carrying(functools.wraps(function)(made))
    setattr(guarded, GUARDED_BY, bound.plan.core)
    return guarded


def _function(bound: Bound) -> Callable[..., Any]:
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return run(guarded(bound, args, kwargs))

    return wrapper


def _coroutine(bound: Bound) -> Callable[..., Any]:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        return await run_async(guarded(bound, args, kwargs))

    return wrapper


def _generator(bound: Bound) -> Callable[..., Any]:
    from policykit.guard.call.streaming import Streamed

    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        stream = Streamed(bound, args, kwargs)
        source: Any = None
        try:
            source = run(stream.opened())
            sent: Any = None
            while source is not None:
                try:
                    piece = next(source) if sent is None else source.send(sent)
                except StopIteration as done:
                    stream.result = done.value
                    break
                except Exception as error:  # noqa: BLE001 - the failure rules are asked
                    run(stream.failed(error))
                    break
                except BaseException as error:
                    stream.interrupted(error)
                    raise
                sent = None
                for text in run(stream.push(piece)):
                    sent = yield text
            for text in run(stream.finished()):
                yield text
            return stream.result
        finally:
            try:
                if source is not None:
                    source.close()
            finally:
                stream.close()

    return wrapper


def _async_generator(bound: Bound) -> Callable[..., Any]:
    from policykit.guard.call.streaming import Streamed

    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        stream = Streamed(bound, args, kwargs)
        source: Any = None
        try:
            source = await run_async(stream.opened())
            sent: Any = None
            while source is not None:
                try:
                    piece = await (anext(source) if sent is None else source.asend(sent))
                except StopAsyncIteration:
                    break
                except Exception as error:  # noqa: BLE001 - as in `_generator`
                    await run_async(stream.failed(error))
                    break
                except BaseException as error:
                    stream.interrupted(error)
                    raise
                sent = None
                for text in await run_async(stream.push(piece)):
                    sent = yield text
            for text in await run_async(stream.finished()):
                yield text
        finally:
            try:
                if source is not None:
                    await source.aclose()
            finally:
                stream.close()

    return wrapper
