"""One text in pieces: nothing leaves before it was checked, and what leaves does not depend on the pieces.

Text is released up to where no match begins that is not known yet: the longest match of the patterns is held back, and
what may still be a match of one without a bound (`policykit.guard.text.width`). At the end the whole text is decided on
as if it had come at once; what was released must be the beginning of what that gives, or nothing more leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policykit.errors import PolicyViolation
from policykit.guard.call.act import Act
from policykit.guard.effects import carried_out
from policykit.guard.text.conceal import clusters, replacement
from policykit.guard.text.finding import Found
from policykit.guard.text.readings import Folded

if TYPE_CHECKING:
    from policykit.guard.call.open_call import OpenCall
    from policykit.guard.flow.steps import Flow
    from policykit.guard.text.conceal import Concealment

TEXT = "call.text"
_LONG = 4096
"""Characters; up to that many are looked at for every piece."""


class TextStream:
    """The text of an answer on its way to the caller."""

    def __init__(self, call: OpenCall, fact: str = TEXT) -> None:
        """Take the call, and the fact that the text is."""
        self._call = call
        self._fact = fact
        self._way = call.plan.streaming
        self._most_chars = call.plan.core.options.max_held_chars
        self._pieces: list[str] = []
        self._length = 0
        self._before = ""
        """The end of the original text that has left: what a match may begin or lean on."""
        self._held = ""
        """The original text that has not left."""
        self._looked_at = 0
        """How much was held when it was last looked at. A long text is looked at when an eighth was added, not for each
        piece, so that the time does not grow with its square."""
        self._released: list[str] = []
        """What has left, with tokens."""
        self._tail = ""
        """What may be the beginning of a token."""
        self.released_chars = 0
        """Characters that the caller may have."""
        self.fallbacks: tuple[str, ...] = ()
        """What answers instead; known at the end."""

    def push(self, piece: Any) -> Flow[list[Any]]:
        """Take a piece; return what may leave.

        Raises:
            PolicyViolation: nothing more may leave.
        """
        if not isinstance(piece, str):
            if self._way.reads_text:
                raise self._call.unfit(f"a piece of the stream is no text, but rules read `{self._fact}`")
            return [piece]
        self._length += len(piece)
        if self._length > self._most_chars:
            raise self._call.unfit("the stream is longer than may be held for checking")
        self._pieces.append(piece)
        if self._way.is_held:
            return []
        self._held += piece
        if len(self._held) < self._looked_at + self._looked_at // 8 and self._looked_at > _LONG:
            return []
        try:
            out = yield from self._advanced()
        except PolicyViolation:
            raise
        except Exception as error:
            raise self._call.unfit(f"the stream could not be checked: {error}") from error
        return self._given(out)

    def finish(self) -> Flow[list[Any]]:
        """Return the rest after the whole text was decided on.

        Raises:
            PolicyViolation: it may not leave.
        """
        whole = "".join(self._pieces)
        call = self._call
        if self._pieces or self._way.reads_text:
            call.facts[self._fact] = whole
        admission = yield from call.answer({self._fact: (whole,)})
        if admission.fallbacks:
            if self.released_chars:
                raise call.unfit("a fallback cannot replace what has left already")
            self.fallbacks = admission.fallbacks
            return []
        final = whole if admission.texts is None else admission.texts[self._fact][0]
        gone = "".join(self._released)
        if not final.startswith(gone):
            raise call.unfit("what has left is not the beginning of the checked answer")
        text = self._put_back(self._tail + final[len(gone) :])
        return [text] if text else []

    def _advanced(self) -> Flow[str]:
        """Return the text that can leave now, with what the rules take out replaced."""
        window, offset = self._before + self._held, len(self._before)
        folded = Folded(window, self._way.reach)
        limit = max(offset, folded.settled())
        finder = self._way.finder
        matches = finder.found(window) if finder is not None else []
        if not matches:
            return self._left(folded, window, limit, window[offset:limit])
        settled = [each for each in matches if each.end > offset and each.start < limit]
        what = (yield from self._decided(window, settled)) if settled else None
        pieces, end = released(window, offset, limit, what, self._call)
        if settled and what is None:
            end = max(offset, end)
        return self._left(folded, window, end, "".join(pieces))

    def _left(self, folded: Folded, window: str, end: int, out: str) -> str:
        """Take down that the original text up to a place leaves as `out`."""
        self._before = window[folded.context(end) : end]
        self._held = window[end:]
        self._looked_at = len(self._held)
        self._released.append(out)
        return out

    def _decided(self, window: str, settled: list[Found]) -> Flow[Concealment | None]:
        """Decide on the text in which something was found for certain; return what is to be taken out."""
        call = self._call
        text = window[: Folded(window, self._way.reach).behind(max(each.end for each in settled))]
        facts = {**call.facts, self._fact: text}
        decision = call.plan.decide_answering(facts)
        phase = call.plan.answering
        act = Act(call, phase.value, decision, {self._fact: (text,)}, is_entering=False)
        act.obligations = tuple(each for each in act.obligations if not self._way.clauses.isdisjoint(each.clauses))
        yield from carried_out(act)
        if act.refusal is not None:
            yield from call.stopped_midway(act)
        call.done_midway.update(dict.fromkeys(act.effects))
        return act.concealment(self._fact)

    def _given(self, out: str) -> list[Any]:
        """Return a text with its tokens put back, but for what may be the beginning of one."""
        tokens = self._call.session.tokens
        text = self._tail + out
        cut = tokens.unfinished(text)
        self._tail = text[cut:]
        given = self._put_back(text[:cut])
        if not given:
            return []
        self.released_chars += len(given)
        return [given]

    def _put_back(self, text: str) -> str:
        """Return what the caller gets; what a tool returns goes to the model, which sees tokens only."""
        return text if self._call.tool else self._call.session.tokens.put_back(text)


def released(window: str, offset: int, limit: int, what: Concealment | None, call: OpenCall) -> tuple[list[str], int]:
    """Return the pieces that can leave, and where the original text that has left ends."""
    pieces: list[str] = []
    at = offset
    for each, is_redacted in clusters(what, window) if what is not None else ():
        if each.end <= offset:
            continue
        if each.end > limit:
            limit = max(at, min(limit, each.start))
            break
        pieces.append(window[at : each.start])
        pieces.append(replacement(each, is_redacted, window, call.session.tokens))
        at = each.end
    pieces.append(window[at : max(at, limit)])
    return pieces, max(at, limit)
