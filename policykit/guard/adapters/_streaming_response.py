"""`with_streaming_response.create`: the guarded answer next to its request's identifier, as the Agents SDK asks for it.

The library's own form hands out the HTTP response. Here the response has a head and `parse`; what would give its
content as it came is refused.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from policykit.errors import UnguardedError
from policykit.source import Diagnostic

_HEAD = frozenset({"status_code", "headers", "http_version", "is_closed", "elapsed", "url"})
_ID = "x-request-id"


class StreamingMethods:
    """The methods of a resource whose response is handed out with its answer."""

    def __init__(self, create: Callable[..., Any], *, is_async: bool) -> None:
        """Take the guarded operation."""
        self._create = create
        self._kind = _AsyncOpening if is_async else _Opening

    def create(self, **request: Any) -> Any:
        """Return what makes the call when it is entered, and closes the answer when it is left."""
        return self._kind(lambda: self._create(**request))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise UnguardedError([_unguarded(f"with_streaming_response.{name}", "`create`", "call the method itself")])


class _Answered:
    """The response of a guarded call: its head, and its answer."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    @property
    def request_id(self) -> str | None:
        """Return the provider's identifier of the request."""
        headers = getattr(getattr(self._answer, "response", None), "headers", None) or {}
        found = headers.get(_ID) or getattr(self._answer, "_request_id", None)
        return found if isinstance(found, str) else None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        response = getattr(self._answer, "response", None)
        if name in _HEAD and response is not None:
            return getattr(response, name)
        help_line = "use `parse()`: the content as it came was not checked"
        raise UnguardedError([_unguarded(name, "`parse`, `request_id` and, of a stream, the head", help_line)])


class Answered(_Answered):
    """The response of a guarded call."""

    def parse(self) -> Any:
        """Return the checked answer: a stream, or the library's object."""
        return self._answer

    def close(self) -> None:
        """Close the stream."""
        if hasattr(self._answer, "response"):
            self._answer.close()


class AsyncAnswered(_Answered):
    """As `Answered`, for asynchronous clients."""

    async def parse(self) -> Any:
        """Return the checked answer: a stream, or the library's object."""
        return self._answer

    async def close(self) -> None:
        """Close the stream."""
        if hasattr(self._answer, "response"):
            await self._answer.close()


class _Opening:
    def __init__(self, call: Callable[[], Any]) -> None:
        self._call = call
        self._response: Answered | None = None

    def __enter__(self) -> Answered:
        self._response = Answered(self._call())
        return self._response

    def __exit__(self, *_: object) -> None:
        if self._response is not None:
            self._response.close()


class _AsyncOpening:
    def __init__(self, call: Callable[[], Awaitable[Any]]) -> None:
        self._call = call
        self._response: AsyncAnswered | None = None

    async def __aenter__(self) -> AsyncAnswered:
        self._response = AsyncAnswered(await self._call())
        return self._response

    async def __aexit__(self, *_: object) -> None:
        if self._response is not None:
            await self._response.close()


def _unguarded(name: str, expected: str, help_line: str) -> Diagnostic:
    return Diagnostic("PK357", f"`{name}` is not guarded", expected=expected, help=help_line)
