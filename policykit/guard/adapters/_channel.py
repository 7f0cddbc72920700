"""One of the texts of a streamed answer."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from policykit.errors import PolicyViolation
from policykit.guard.adapters._json_text import JsonText
from policykit.guard.text.stream import TextStream, released

if TYPE_CHECKING:
    from policykit.guard.adapters._shape import Piece
    from policykit.guard.open_call import OpenCall
    from policykit.guard.steps import Flow

_GONE = "[text redacted]"
"""In place of a text of which both readings lost something, each something else."""


class ChannelStream(TextStream):
    """One of the texts of an answer; the end of all of them is decided on at once."""

    def __init__(self, call: OpenCall, piece: Piece) -> None:
        super().__init__(call)
        assert piece.make is not None
        self.make = piece.make
        """Makes the event that carries a text."""
        self.is_whole = piece.is_whole or piece.is_json
        """Whether it leaves at the end only, at once."""
        self._is_json = piece.is_json
        self._json: JsonText | None = None
        self._said: list[str] = []
        self._together: str | None = None

    @property
    def said(self) -> str:
        """Return what has left, as the caller got it."""
        return "".join(self._said)

    def take(self, text: Any) -> Flow[list[Any]]:
        """Take a piece; return the texts that may leave.

        Raises:
            PolicyViolation: nothing more may leave.
        """
        if not self.is_whole:
            return self._leaving((yield from self.push(text)))
        if not isinstance(text, str):
            raise self._call.unfit("a piece of the stream is no text")
        self._length += len(text)
        if self._length > self._call.plan.core.options.max_held_chars:
            raise self._call.unfit("the stream is longer than may be held for checking")
        self._pieces.append(text)
        return []

    def flush(self) -> Flow[list[Any]]:
        """Return the texts with what is held, after the last piece of this text.

        Raises:
            PolicyViolation: it may not leave.
        """
        try:
            text = yield from self._flushed()
        except PolicyViolation:
            raise
        except Exception as error:
            raise self._call.unfit(f"the stream could not be checked: {error}") from error
        return self._leaving([text] if text else [])

    def _flushed(self) -> Flow[str]:
        window, offset = self._before + self._held, len(self._before)
        finder = self._way.finder
        found = [] if finder is None else [each for each in finder.found(window) if each.end > offset]
        what = (yield from self._decided(window, found)) if found else None
        pieces, end = released(window, offset, len(window), what, self._call)
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

    def texts(self) -> tuple[str, ...]:
        """Return the text as the provider gave it, and as the rules read it: JSON in its parts."""
        if not self._is_json:
            return (self.whole,)
        self._json = JsonText(self.whole)
        return tuple(self._json.parts)

    def read_together(self, text: str) -> None:
        """Take what became of the text where it was read as a piece of a longer one."""
        if text != self.whole:
            self._together = text

    def rest(self, finals: Sequence[str]) -> list[Any]:
        """Return the rest of the checked text, given what became of `texts()`.

        Raises:
            PolicyViolation: what has left already is not the beginning of it.
        """
        tokens = self._call.session.tokens
        if self._together is not None:
            return self._leaving([tokens.put_back(self._of_both(list(finals)))])
        if self._json is not None:
            for index, (part, final) in enumerate(zip(self._json.parts, finals, strict=True)):
                now = tokens.put_back(final)
                if now != part:
                    self._json.put(index, now)
            text = str(self._json)
        else:
            final, gone = finals[0], "".join(self._released)
            if not final.startswith(gone):
                raise self._call.unfit("what has left is not the beginning of the checked answer")
            text = tokens.put_back(self._tail + final[len(gone) :])
        return self._leaving([text] if text else [])

    def _of_both(self, finals: list[str]) -> str:
        """Return what is left of a text that was read twice, of which a piece of a longer one lost something."""
        assert self._together is not None
        if finals in (list(self.texts()), [self._together]):
            return self._together
        return json.dumps(_GONE) if self._is_json else _GONE

    def _leaving(self, texts: list[Any]) -> list[Any]:
        """Keep what leaves, for events that say it again."""
        self._said += [text for text in texts if isinstance(text, str)]
        return texts
