"""What is called in one context and goes on in another: generators, coroutines, and streams of clients.

A call belongs to the context in which it was *called*. A web framework reads a generator after the `with`, in another
thread or task; without this it would run in the session, and with the facts, of whoever reads it.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterable
from types import FunctionType, MethodType
from typing import Any, TypeVar

from policykit.guard.flow.context import CURRENT, Context

T = TypeVar("T")
F = TypeVar("F", bound=Callable[..., Any])
_OF_FUNCTIONS = frozenset({"__code__", "__defaults__", "__kwdefaults__", "__closure__", "__globals__", "__builtins__"})


class Carried:
    """A function whose calls belong to the context of the caller. For everybody else it is the function.

    Frameworks ask a function whether it is a coroutine or generator function before they call it. A function of these
    kinds runs no line of its own until it is awaited or read, so that an object has to note the context.
    """

    def __init__(self, function: Callable[..., Any], begin: Callable[..., Any]) -> None:
        """Take the function, and what begins a call when it is given the context before the arguments."""
        functools.update_wrapper(self, function)
        self.__dict__["_begin"] = begin
        self.__dict__["_like"] = _like(function)

    @property  # type: ignore[misc]  # `object` lets it be set
    def __class__(self) -> type:
        """Return the class of functions, which it is to those who ask."""
        return FunctionType

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Begin a call, in the context of here and now."""
        return self.__dict__["_begin"](CURRENT.get(), *args, **kwargs)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __getattr__(self, name: str) -> Any:
        if name in _OF_FUNCTIONS:
            return getattr(self.__dict__["_like"], name)
        raise AttributeError(f"'function' object has no attribute '{name}'")

    def __reduce__(self) -> str:
        return str(self.__dict__["__qualname__"])

    def __repr__(self) -> str:
        return f"<function {self.__dict__['__qualname__']} at {id(self):#x}>"


def _like(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of the same kind, of which only the kind is asked."""
    if inspect.isasyncgenfunction(function):
        return _like_async_generator
    return _like_generator if inspect.isgeneratorfunction(function) else _like_coroutine


def _like_generator(*_: Any, **__: Any) -> Any:
    yield


async def _like_async_generator(*_: Any, **__: Any) -> Any:
    yield


async def _like_coroutine(*_: Any, **__: Any) -> Any:
    return None


def carried(context: Context, source: Generator[Any, Any, T]) -> Generator[Any, Any, T]:
    """Go on with a generator in a context, whoever reads it; contexts that it enters itself stay its own."""
    resume: Callable[[Any], Any] = source.send
    value: Any = None
    while True:
        outside = CURRENT.get()
        CURRENT.set(context)
        try:
            piece = resume(value)
        except StopIteration as done:
            found: T = done.value
            return found
        finally:
            context = CURRENT.get()
            CURRENT.set(outside)
        try:
            value, resume = (yield piece), source.send
        except GeneratorExit:
            _closed(context, source)
            raise
        except BaseException as error:  # noqa: BLE001 - thrown into the generator, which decides
            value, resume = error, source.throw


def _closed(context: Context, source: Generator[Any, Any, Any]) -> None:
    outside = CURRENT.get()
    CURRENT.set(context)
    try:
        source.close()
    finally:
        CURRENT.set(outside)


async def carried_async(context: Context, source: AsyncGenerator[Any, Any]) -> AsyncGenerator[Any, Any]:
    """As `carried`, for asynchronous generators."""
    resume: Callable[[Any], Any] = source.asend
    value: Any = None
    while True:
        outside = CURRENT.get()
        CURRENT.set(context)
        try:
            piece = await resume(value)
        except StopAsyncIteration:
            return
        finally:
            context = CURRENT.get()
            CURRENT.set(outside)
        try:
            value, resume = (yield piece), source.asend
        except GeneratorExit:
            await awaited(context, source.aclose())
            raise
        except BaseException as error:  # noqa: BLE001 - as in `carried`
            value, resume = error, source.athrow


async def awaited(context: Context, coroutine: Coroutine[Any, Any, T]) -> T:
    """Await a coroutine in a context."""
    outside = CURRENT.get()
    CURRENT.set(context)
    try:
        return await coroutine
    finally:
        CURRENT.set(outside)


def called_in(context: Context, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call a function in a context."""
    outside = CURRENT.get()
    CURRENT.set(context)
    try:
        return function(*args, **kwargs)
    finally:
        CURRENT.set(outside)


def carrying(function: F) -> F:
    """Return a generator or coroutine function whose calls belong to the context in which they are made.

    Any other function is returned as it is: it runs where it is called.
    """
    if inspect.isasyncgenfunction(function):
        go_on: Callable[[Context, Any], Any] = carried_async
    elif inspect.isgeneratorfunction(function):
        go_on = carried
    elif inspect.iscoroutinefunction(function):
        go_on = awaited
    else:
        return function
    return Carried(function, lambda context, /, *args, **kwargs: go_on(context, function(*args, **kwargs)))  # type: ignore[return-value]


def carry_members(made: type, kind: type, names: Iterable[str]) -> None:
    """Give a class those methods of another, by name, so that their calls belong to the context of the caller."""
    for name in names:
        method = getattr(kind, name, None)
        if method is not None and (found := carrying(method)) is not method:
            setattr(made, name, found)
