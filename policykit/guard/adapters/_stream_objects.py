"""What a caller gets for a provider's stream: the same to use, but only checked text leaves."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from policykit.errors import UnguardedError
from policykit.guard.carried import carried, carried_async
from policykit.guard.context import CURRENT
from policykit.guard.drivers import run, run_async
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.errors import PolicyViolation
    from policykit.guard.adapters._streamed import StreamedCall


_HEAD = frozenset({"status_code", "reason_phrase", "http_version", "headers", "url", "is_closed", "elapsed"})
"""Members of a response that hold nothing of its content."""


class StreamedResponse:
    """The HTTP response of a stream without its content, which was not checked. Closing it closes the stream."""

    def __init__(self, close: Callable[[], Any], response: Any) -> None:
        """Take what closes the stream, and the response; None where a fallback answers."""
        self._close = close
        self._response = response

    def close(self) -> None:
        """Close the stream."""
        self._close()

    async def aclose(self) -> None:
        """Close the stream."""
        await self._close()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if name not in _HEAD:
            problem = f"`{name}` of a guarded stream's response is not guarded"
            raise UnguardedError([Diagnostic("PK357", problem, help="read the stream itself")])
        if self._response is None:
            return name == "is_closed" or ({} if name == "headers" else None)
        return getattr(self._response, name)


class GuardedStream:
    """A provider's stream of which only checked text leaves. Close it, use it in a `with`, or read it to its end."""

    def __init__(self, call: StreamedCall, source: Any) -> None:
        self._call = call
        self._source = source
        self._events = carried(CURRENT.get(), self._iterate())

    def unparsed(self, violation: PolicyViolation) -> PolicyViolation:
        """Return what is raised where the library cannot parse what was checked; recorded."""
        return self._call.unparsed(violation)

    @property
    def response(self) -> StreamedResponse:
        """Return what there is to know of the HTTP response besides its content."""
        return StreamedResponse(self.close, getattr(self._source, "response", None))

    def __iter__(self) -> Iterator[Any]:
        return self._events

    def __next__(self) -> Any:
        return next(self._events)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        with suppress(Exception):
            self.close()

    def close(self) -> None:
        """Release the connection and end the call."""
        try:
            if self._source is not None:
                self._source.close()
        finally:
            self._call.close()

    def _iterate(self) -> Generator[Any, None, None]:
        call = self._call
        try:
            while self._source is not None:
                try:
                    event = next(self._source)
                except StopIteration:
                    break
                except Exception as error:  # noqa: BLE001 - the failure rules are asked
                    run(call.failed(error))
                    break
                except BaseException as error:
                    call.interrupted(error)
                    raise
                yield from run(call.push(event))
            yield from run(call.finished())
        finally:
            self.close()


class AsyncGuardedStream:
    """As `GuardedStream`, for asynchronous clients."""

    def __init__(self, call: StreamedCall, source: Any) -> None:
        self._call = call
        self._source = source
        self._events = carried_async(CURRENT.get(), self._iterate())

    def unparsed(self, violation: PolicyViolation) -> PolicyViolation:
        """Return what is raised where the library cannot parse what was checked; recorded."""
        return self._call.unparsed(violation)

    @property
    def response(self) -> StreamedResponse:
        """Return what there is to know of the HTTP response besides its content."""
        return StreamedResponse(self.close, getattr(self._source, "response", None))

    def __aiter__(self) -> AsyncIterator[Any]:
        return self._events

    async def __anext__(self) -> Any:
        return await anext(self._events)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __del__(self) -> None:
        with suppress(Exception):
            self._call.close()

    async def close(self) -> None:
        """Release the connection and end the call."""
        try:
            if self._source is not None:
                await self._source.close()
        finally:
            self._call.close()

    async def _iterate(self) -> AsyncGenerator[Any, None]:
        call = self._call
        try:
            while self._source is not None:
                try:
                    event = await anext(self._source)
                except StopAsyncIteration:
                    break
                except Exception as error:  # noqa: BLE001 - as in `GuardedStream`
                    await run_async(call.failed(error))
                    break
                except BaseException as error:
                    call.interrupted(error)
                    raise
                for each in await run_async(call.push(event)):
                    yield each
            for each in await run_async(call.finished()):
                yield each
        finally:
            await self.close()
