"""The two drivers: they perform the steps of a flow, for synchronous and for asynchronous code."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Coroutine
from types import CoroutineType
from typing import Any, TypeVar

from policykit.guard.flow.carried import awaited
from policykit.guard.flow.context import CURRENT
from policykit.guard.flow.steps import Flow, Invoke, Raised, Returned, Sleep, Step, Work

T = TypeVar("T")


def run(flow: Flow[T]) -> T:
    """Perform a flow; wait where it waits.

    A guarded function that is not known to be asynchronous may return a coroutine all the same, as a decorator around
    an asynchronous one does. The call is not over then: what is returned is a coroutine that goes on with it.
    """
    result: Any = None
    try:
        step = next(flow)
        while True:
            try:
                value = _performed(step)
            except BaseException as error:  # noqa: BLE001 - handed to the flow, which cleans up
                step = flow.throw(error)
            else:
                if type(step) is Invoke and step.is_guarded and _is_unfinished(value):
                    return awaited(CURRENT.get(), _awaited(flow, value.value))  # type: ignore[return-value]  # its T when it is awaited
                step = flow.send(value)
    except StopIteration as done:
        result = done.value
    if type(result) is Raised:
        raise result.error
    found: T = result
    return found


async def run_async(flow: Flow[T]) -> T:
    """Perform a flow without holding up the event loop."""
    return await _driven(flow, None)


async def _awaited(flow: Flow[T], coroutine: Coroutine[Any, Any, Any]) -> T:
    """Go on with a flow when the guarded function's coroutine has ended."""
    return await _driven(flow, Invoke(lambda: coroutine))


async def _driven(flow: Flow[T], step: Step | None) -> T:
    """Perform a flow from its beginning, or from a step on that it waits for."""
    result: Any = None
    try:
        step = step or next(flow)
        while True:
            try:
                value = await _performed_async(step)
            except BaseException as error:  # noqa: BLE001 - as in `run`; cancellation comes this way
                step = flow.throw(error)
            else:
                step = flow.send(value)
    except StopIteration as done:
        result = done.value
    if type(result) is Raised:
        raise result.error
    found: T = result
    return found


def _is_unfinished(value: Any) -> bool:
    return type(value) is Returned and type(value.value) is CoroutineType


def _performed(step: Step) -> Any:
    if type(step) is Invoke:
        try:
            if step.limit_s is not None:
                return Returned(_limited(step.function, step.args, step.limit_s))
            return Returned(step.function(*step.args, **step.kwargs))
        except Exception as error:  # noqa: BLE001 - the flow decides what it means
            return Raised(error)
    if type(step) is Sleep:
        time.sleep(step.seconds)
        return None
    assert type(step) is Work
    if step.limit_s is None:
        return step.function(*step.args)
    try:
        return _limited(step.function, step.args, step.limit_s)
    except TimeoutError:
        raise _no_answer(step.limit_s) from None


def _limited(function: Callable[..., Any], args: tuple[Any, ...], limit_s: float) -> Any:
    """Call a function in a thread of its own, and wait for it no longer than a limit.

    Raises:
        TimeoutError: it takes longer; nobody looks at what it gives then.
    """
    import threading
    from concurrent.futures import Future
    from contextvars import copy_context

    future: Future[Any] = Future()

    def work() -> None:
        try:
            future.set_result(function(*args))
        except BaseException as error:  # noqa: BLE001 - raised again where somebody waits
            future.set_exception(error)

    threading.Thread(target=copy_context().run, args=(work,), daemon=True, name="policykit-wait").start()
    return future.result(limit_s)


def _no_answer(limit_s: float) -> Exception:
    from policykit.guard.stores.problems import store_problem

    return store_problem("PK389", f"the store did not answer within {limit_s:.3g} s")


async def _performed_async(step: Step) -> Any:
    import asyncio

    if type(step) is Invoke:
        try:
            if step.limit_s is not None:
                return Returned(await asyncio.wait_for(_called_async(step), step.limit_s))
            value = step.function(*step.args, **step.kwargs)
            return Returned(await value if inspect.isawaitable(value) else value)
        except Exception as error:  # noqa: BLE001 - as in `_performed`
            return Raised(error)
    if type(step) is Sleep:
        await asyncio.sleep(step.seconds)
        return None
    assert type(step) is Work
    try:
        return await asyncio.wait_for(asyncio.to_thread(step.function, *step.args), step.limit_s)
    except TimeoutError:
        raise _no_answer(step.limit_s or 0.0) from None


async def _called_async(step: Invoke) -> Any:
    """Await what is asynchronous; call what is not in a thread, so that it holds nothing up."""
    import asyncio

    if inspect.iscoroutinefunction(step.function):
        return await step.function(*step.args, **step.kwargs)
    value = await asyncio.to_thread(step.function, *step.args, **step.kwargs)
    return await value if inspect.isawaitable(value) else value
