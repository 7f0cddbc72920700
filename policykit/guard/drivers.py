"""The two drivers: they perform the steps of a flow, for synchronous and for asynchronous code."""

from __future__ import annotations

import inspect
import time
from typing import Any, TypeVar

from policykit.guard.steps import Flow, Invoke, Raised, Returned, Sleep, Step, Work

T = TypeVar("T")


def run(flow: Flow[T]) -> T:
    """Perform a flow; wait where it waits."""
    result: Any = None
    try:
        step = next(flow)
        while True:
            try:
                value = _performed(step)
            except BaseException as error:  # noqa: BLE001 - handed to the flow, which cleans up
                step = flow.throw(error)
            else:
                step = flow.send(value)
    except StopIteration as done:
        result = done.value
    if type(result) is Raised:
        raise result.error
    found: T = result
    return found


async def run_async(flow: Flow[T]) -> T:
    """Perform a flow without holding up the event loop."""
    result: Any = None
    try:
        step = next(flow)
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


def _performed(step: Step) -> Any:
    if type(step) is Invoke:
        try:
            return Returned(step.function(*step.args, **step.kwargs))
        except Exception as error:  # noqa: BLE001 - the flow decides what it means
            return Raised(error)
    if type(step) is Sleep:
        time.sleep(step.seconds)
        return None
    assert type(step) is Work
    return step.function(*step.args)


async def _performed_async(step: Step) -> Any:
    import asyncio

    if type(step) is Invoke:
        try:
            value = step.function(*step.args, **step.kwargs)
            return Returned(await value if inspect.isawaitable(value) else value)
        except Exception as error:  # noqa: BLE001 - as in `_performed`
            return Raised(error)
    if type(step) is Sleep:
        await asyncio.sleep(step.seconds)
        return None
    assert type(step) is Work
    return await asyncio.to_thread(step.function, *step.args)
