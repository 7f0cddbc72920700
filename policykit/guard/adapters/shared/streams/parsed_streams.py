"""The libraries' own streams that parse as they go (`stream` helpers): what does not fit is our own error, on record.

A manager opens a stream, which parses what it reads out of a guarded stream. Both stay of the library's own class, for
those who ask; what they give is the same.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from policykit.errors import PolicyViolation
from policykit.guard.adapters.shared.unfit import parsing

if TYPE_CHECKING:
    from policykit.guard.core import Core

_FINAL = ("get_final_completion", "get_final_response", "get_final_message")
"""Methods that parse once more. Source: openai 3.57 and anthropic 2.14, `lib/streaming`."""


def parsing_stream(core: Core, manager: Any) -> Any:
    """Return a manager of a stream that says in our own words what a redaction has made unfit."""
    kind = type(manager)

    def __enter__(self: Any) -> Any:  # noqa: N807 - a method of a class that is made
        return _told(core, kind.__enter__(self), _each)

    async def __aenter__(self: Any) -> Any:  # noqa: N807 - as above
        return _told(core, await kind.__aenter__(self), _each_async)

    methods = {"__enter__": __enter__, "__aenter__": __aenter__}
    found = {name: method for name, method in methods.items() if hasattr(kind, name)}
    manager.__class__ = type(kind.__name__, (kind,), {"__module__": kind.__module__, **found})
    return manager


def _told(core: Core, stream: Any, each: Any) -> Any:
    """Return a stream of the library's whose events, and whose answer, are parsed under our eyes."""
    kind, is_async = type(stream), each is _each_async
    stream._iterator = each(core, stream._raw_stream, stream._iterator)  # noqa: SLF001 - what it reads through
    finals = {name: getattr(kind, name) for name in _FINAL if hasattr(kind, name)}
    wrap = _final_async if is_async else _final
    methods = {name: wrap(core, method) for name, method in finals.items()}
    stream.__class__ = type(kind.__name__, (kind,), {"__module__": kind.__module__, **methods})
    return stream


@contextmanager
def _recorded(core: Core, source: Any) -> Iterator[None]:
    """Put an error of ours on record as the end of the call whose answer could not be parsed."""
    try:
        with parsing(core):
            yield
    except PolicyViolation as violation:
        if violation.decision_id:  # the guarded stream itself refused, on record
            raise
        raise source.unparsed(violation) from violation.__cause__


def _each(core: Core, source: Any, events: Iterator[Any]) -> Iterator[Any]:
    with _recorded(core, source):
        yield from events


async def _each_async(core: Core, source: Any, events: AsyncIterator[Any]) -> AsyncIterator[Any]:
    with _recorded(core, source):
        async for event in events:
            yield event


def _final(core: Core, method: Any) -> Any:
    def final(self: Any) -> Any:
        with _recorded(core, self._raw_stream):
            return method(self)

    return final


def _final_async(core: Core, method: Any) -> Any:
    async def final(self: Any) -> Any:
        with _recorded(core, self._raw_stream):
            return await method(self)

    return final
