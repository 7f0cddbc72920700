"""What a guarded call asks its driver to do. The protocol yields steps and knows neither threads nor event loops."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from typing import Any, NamedTuple, TypeAlias, TypeVar

T = TypeVar("T")


class Invoke(NamedTuple):
    """Call code of the application: a function, a fallback or a callback. What it returns may have to be awaited."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    kwargs: Mapping[str, Any] = {}
    limit_s: float | None = None
    """How long to wait for it; then it gives `TimeoutError`. With a limit, synchronous code runs in a thread."""
    is_guarded: bool = False
    """Whether it is the function that is guarded, so that the call goes on until a coroutine that it returns ends."""


class Work(NamedTuple):
    """Do work of a store or of the trail that may block: asynchronous drivers do it in a thread."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()
    limit_s: float | None = None
    """How long to wait for it; then `StoreError` is raised, and what it does afterwards nobody looks at."""


class Sleep(NamedTuple):
    """Wait."""

    seconds: float


class Returned(NamedTuple):
    """What `Invoke` gives when the function returned."""

    value: Any


class Raised(NamedTuple):
    """What `Invoke` gives when the function raised; also what a flow returns to have it raised outside, as it was."""

    error: BaseException


Step: TypeAlias = Invoke | Work | Sleep
Flow: TypeAlias = Generator[Step, Any, T]
"""A part of the protocol that returns a T."""


def called(function: Callable[..., Any], *args: Any, limit_s: float | None = None) -> Flow[Any]:
    """Call a callback; return what it returns, raise what it raises, or `TimeoutError` when it takes longer."""
    outcome = yield Invoke(function, args, {}, limit_s)
    if type(outcome) is Raised:
        raise outcome.error
    return outcome.value
