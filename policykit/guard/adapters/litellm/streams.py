"""LiteLLM's streams, with the `close` that they lack."""

from __future__ import annotations

from typing import Any


class Closing:
    """A synchronous stream of LiteLLM; `close` closes the provider's own."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Closing:
        return self

    def __next__(self) -> Any:
        return next(self._stream)

    def close(self) -> None:
        """Release the connection."""
        close = getattr(getattr(self._stream, "completion_stream", None), "close", None)
        if close is not None:
            close()

    @property
    def response(self) -> Any:
        """Return the HTTP response, where the provider's stream has one."""
        return getattr(getattr(self._stream, "completion_stream", None), "response", None)


class AsyncClosing:
    """As `Closing`, for asynchronous streams."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self.response = getattr(getattr(stream, "completion_stream", None), "response", None)
        """The HTTP response, where the provider's stream has one."""

    def __aiter__(self) -> AsyncClosing:
        return self

    async def __anext__(self) -> Any:
        return await anext(self._stream)

    async def close(self) -> None:
        """Release the connection."""
        await self._stream.aclose()
