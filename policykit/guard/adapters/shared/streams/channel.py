"""One of the texts of a streamed answer."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from policykit.errors import PolicyViolation
from policykit.guard.call.stream import TextStream, released
from policykit.guard.text.readable import JsonText, Reading, readable

if TYPE_CHECKING:
    from policykit.guard.adapters.shared.shape import Piece
    from policykit.guard.call.open_call import OpenCall
    from policykit.guard.flow.steps import Flow

_JSON = re.compile(r'\s*(?:\{\s*["}]|\[\s*(?:["{\[\]]|-?\d+\s*[,.\d]))')
"""A text that is JSON, as far as its beginning says."""
_UNDECIDED = re.compile(r"\s*(?:\{\s*|\[\s*(?:-?\d*\s*)?)?\Z")
"""A beginning that does not say."""
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
        self._json: Reading | None = piece.reading
        self._said: list[str] = []
        self._together: str | None = None
        self._undecided: str | None = "" if self._way.reads_text and not self.is_whole else None
        """The beginning, while it may or may not be JSON; None once that is known."""
        self._is_read_decoded = self._way.is_held and self._way.reads_text

    @property
    def said(self) -> str:
        """Return what has left, as the caller got it."""
        return "".join(self._said)

    def take(self, text: Any) -> Flow[list[Any]]:
        """Take a piece; return the texts that may leave.

        Raises:
            PolicyViolation: nothing more may leave.
        """
        if isinstance(text, str) and not self.is_whole and self._way.reads_text:
            text = self._decided_on(text)
        if not self.is_whole:
            return self._leaving((yield from self.push(text))) if text or not isinstance(text, str) else []
        if self._undecided and isinstance(text, str):
            text, self._undecided = self._undecided + text, None
        if not isinstance(text, str):
            raise self._call.unfit("a piece of the stream is no text")
        self._length += len(text)
        if self._length > self._call.plan.core.options.max_held_chars:
            raise self._call.unfit("the stream is longer than may be held for checking")
        self._pieces.append(text)
        return []

    def _decided_on(self, text: str) -> str:
        """Return what can go its way, given whether the text is JSON, which is decided on as a whole, decoded.

        A backslash may write a letter in another way, wherever it stands: from there on the text is held.
        """
        if self._undecided is not None:
            text, self._undecided = self._undecided + text, None
            if _JSON.match(text):
                self.is_whole = self._is_read_decoded = True
            elif _UNDECIDED.match(text):
                text, self._undecided = "", text
        if "\\" in text:
            self.is_whole = self._is_read_decoded = True
        return text

    def flush(self) -> Flow[list[Any]]:
        """Return the texts with what is held, after the last piece of this text.

        Raises:
            PolicyViolation: it may not leave.
        """
        early: list[Any] = []
        if self._undecided:
            text, self._undecided = self._undecided, None
            early = yield from self.push(text)
        try:
            text = yield from self._flushed()
        except PolicyViolation:
            raise
        except Exception as error:
            raise self._call.unfit(f"the stream could not be checked: {error}") from error
        return self._leaving([*early, *([text] if text else [])])

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
        return "".join([*self._pieces, self._undecided or ""])

    def texts(self) -> tuple[str, ...]:
        """Return the text as the provider gave it, and as the rules read it: JSON in its parts."""
        whole = self.whole
        if self._json is None and self._is_json:
            self._json = JsonText(whole)
        elif self._json is None and self._is_read_decoded:
            self._json = readable(whole)
        return (whole,) if self._json is None else tuple(self._json.parts)

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
        gone, final = "".join(self._released), finals[0] if self._json is None else ""
        if self._json is not None:
            put_back = str if gone else tokens.put_back  # what has left has tokens, and is compared
            for index, (part, now) in enumerate(zip(self._json.parts, map(put_back, finals), strict=True)):
                if now != part:
                    self._json.put(index, now)
            final = str(self._json)
        if not final.startswith(gone):
            raise self._call.unfit("what has left is not the beginning of the checked answer")
        text = self._tail + final[len(gone) :]
        if gone or self._json is None:
            text = tokens.put_back(text)
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
