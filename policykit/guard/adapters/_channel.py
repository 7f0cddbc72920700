"""One of the texts of a streamed answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from policykit.errors import PolicyViolation
from policykit.guard.adapters._request import put_back_in_json
from policykit.guard.text.stream import TextStream, _released

if TYPE_CHECKING:
    from policykit.guard.open_call import OpenCall
    from policykit.guard.steps import Flow


class ChannelStream(TextStream):
    """One of the texts of an answer; the end of all of them is decided on at once."""

    def __init__(self, call: OpenCall, make: Callable[[str], Any], *, is_whole: bool) -> None:
        super().__init__(call)
        self.make = make
        self.is_whole = is_whole

    def take(self, text: str) -> Flow[list[Any]]:
        """Take a piece; return the events that may leave."""
        if self.is_whole:
            self._length += len(text)
            if self._length > self._call.plan.core.options.max_held_chars:
                raise self._call.unfit("the stream is longer than may be held for checking")
            self._pieces.append(text)
            return []
        return [self.make(each) for each in (yield from self.push(text))]

    def flush(self) -> Flow[list[Any]]:
        """Return the events with what is held, after the last piece of this text.

        Raises:
            PolicyViolation: it may not leave.
        """
        try:
            text = yield from self._flushed()
        except PolicyViolation:
            raise
        except Exception as error:
            raise self._call.unfit(f"the stream could not be checked: {error}") from error
        return [self.make(text)] if text else []

    def _flushed(self) -> Flow[str]:
        window, offset = self._before + self._held, len(self._before)
        finder = self._way.finder
        found = [] if finder is None else [each for each in finder.found(window) if each.end > offset]
        what = (yield from self._decided(window, found)) if found else None
        pieces, end = _released(window, offset, len(window), what, self._call)
        assert end == len(window)
        self._before, self._held = window, ""
        out = "".join(pieces)
        self._released.append(out)
        text, self._tail = self._call.session.tokens.put_back(self._tail + out), ""
        return text

    @property
    def whole(self) -> str:
        """Return the text as the provider gave it."""
        return "".join(self._pieces)

    def rest(self, final: str) -> list[Any]:
        """Return the events with the rest of the checked text.

        Raises:
            PolicyViolation: what has left already is not the beginning of it.
        """
        gone = "".join(self._released)
        if not final.startswith(gone):
            raise self._call.unfit("what has left is not the beginning of the checked answer")
        tokens = self._call.session.tokens
        if self.is_whole and not gone:
            made = self.make(put_back_in_json(final, tokens) if tokens else final)
            return [] if made is None else [made]
        text = tokens.put_back(self._tail + final[len(gone) :])
        return [self.make(text)] if text else []
