"""A guarded call whose answer is a provider's stream of events."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

from policykit.errors import PolicyViolation
from policykit.guard.adapters.shared.request import TEXT
from policykit.guard.adapters.shared.shape import Piece, silent
from policykit.guard.adapters.shared.streams.channel import ChannelStream
from policykit.guard.call.calls import fall_back
from policykit.guard.call.open_call import OpenCall
from policykit.guard.flow.steps import Flow, Invoke, Raised
from policykit.guard.text.parts import Part, joined

if TYPE_CHECKING:
    from policykit.guard.adapters.shared.shape import Request, Shape
    from policykit.guard.call.act import Admission
    from policykit.guard.call.calls import Bound

_WEIGHT = 64
"""Characters that an event which waits for the end of the answer counts as."""


class StreamedCall:
    """One call whose answer streams."""

    def __init__(self, bound: Bound, shape: Shape, request: Request) -> None:
        self._bound = bound
        self._shape = shape
        self._request = request
        self._call = OpenCall(bound.plan)
        self._deltas = shape.deltas(request, is_read=bound.plan.streaming.reads_text)
        self._channels: dict[Hashable, ChannelStream] = {}
        self._runs: dict[Hashable, list[ChannelStream]] = {}
        self._queue: list[Piece | ChannelStream] = []
        """Events that leave with the next text, and channels whose rest is known at the end only."""
        self._late: list[Piece] = []
        self._waiting = 0
        self._fallbacks: tuple[str, ...] = ()
        self._is_withheld = False
        self._has_released = False
        self.instead: list[Any] | None = None
        """The events of what answers in place of the provider."""

    def opened(self) -> Flow[Any]:
        """Return the provider's stream; None where something else answers.

        Raises:
            PolicyViolation: the call is refused.
        """
        try:
            return (yield from self._opened())
        except BaseException:
            self.close()
            raise

    def _opened(self) -> Flow[Any]:
        call, bound = self._call, self._bound
        texts = bound.binding.read((), self._request, call.facts)
        call.take(bound.binding, (), self._request)
        admission: Admission = yield from call.enter(texts)
        if admission.texts is not None:
            write = bound.binding.write
            _, self._request = yield from call.rewritten(write, (), self._request, admission.texts, is_entering=True)
        self._fallbacks, self._is_withheld = admission.fallbacks, admission.is_withheld
        if admission.fallbacks and not admission.is_withheld:
            yield from self._fall_back()
            return None
        call.is_invoked = True
        try:
            outcome = yield Invoke(bound.function, (), self._request)
        except BaseException as error:
            call.interrupted(error)
            raise
        if type(outcome) is Raised:
            assert isinstance(outcome.error, Exception)
            yield from self.failed(outcome.error)
            return None
        call.facts.pop(TEXT, None)
        return outcome.value

    def push(self, event: Any) -> Flow[list[Any]]:
        """Take an event; return those that the caller may have now.

        Raises:
            PolicyViolation: nothing more may leave.
        """
        out: list[Any] = []
        for piece in self._parts(event):
            self._count(piece)
            if piece.make is not None:
                channel = self._channel(piece)
                out += self._behind_queue(channel, (yield from channel.take(piece.text)))
            elif piece.channel is not None:
                channel = self._channels[piece.channel]
                out += self._behind_queue(channel, (yield from self._ended(channel)))
            else:
                (self._late if piece.is_late else self._queue).append(piece)
        if self._is_withheld:
            return []
        self._has_released = self._has_released or bool(out)
        return out

    def finished(self) -> Flow[list[Any]]:
        """Return the rest, after the whole answer was checked.

        Raises:
            PolicyViolation: it may not leave.
        """
        if self.instead is not None:
            return self.instead
        call = self._call
        call.facts.update(self._deltas.facts())
        parts = [channel.texts() for channel in self._channels.values()]
        runs = [run for run in self._runs.values() if len(run) > 1]
        texts = tuple(text for each in [*parts, *map(_together, runs)] for text in each)
        call.facts[TEXT] = joined(texts)
        binding = self._bound.binding
        call.returned(binding.failure(getattr(self._deltas, "answer", None)) if binding.tells_failure else "")
        admission: Admission = yield from call.answer({TEXT: texts})
        if admission.fallbacks or self._is_withheld:
            self._fallbacks = admission.fallbacks or self._fallbacks
            if not self._fallbacks:
                raise call.withheld()
            if self._has_released:
                raise call.unfit("a fallback cannot replace what has left already")
            return (yield from self._fall_back())
        finals = iter(texts if admission.texts is None else admission.texts[TEXT])
        alone = [[next(finals) for _ in each] for each in parts]
        for channel in (each for run in runs for each in run):
            channel.read_together(next(finals))
        pairs = zip(self._channels.values(), alone, strict=True)
        rests = {channel: channel.rest(each) for channel, each in pairs}
        out: list[Any] = []
        for waiting in self._queue:
            if isinstance(waiting, Piece):
                out.append(self._made(waiting))
            else:
                out += _events(waiting, rests.pop(waiting, []))
        for channel, rest in rests.items():
            out += _events(channel, rest)
        return out + [self._made(piece) for piece in self._late]

    def failed(self, error: Exception) -> Flow[None]:
        """Ask the failure rules after the provider failed; raise it again where they have nothing to give instead."""
        can_fall_back = not (self._has_released or isinstance(error, PolicyViolation))
        admission: Admission = yield from self._call.failed(error, can_fall_back=can_fall_back)
        if not admission.fallbacks:
            raise error
        self._fallbacks = admission.fallbacks
        yield from self._fall_back()

    def unparsed(self, violation: PolicyViolation) -> PolicyViolation:
        """Return what is raised where what was checked cannot be parsed; recorded, if recording works."""
        return self._call.unfit(str(violation), reason=violation.reason, clauses=violation.clauses)

    def interrupted(self, error: BaseException) -> None:
        """Take down that the provider's stream raised what no rule is asked about."""
        self._call.interrupted(error)

    def close(self) -> None:
        """End the call, however it ended."""
        gone = 0 if self._is_withheld else sum(len(channel.said) for channel in self._channels.values())
        self._call.close(gone)

    def _count(self, piece: Piece) -> None:
        """Refuse an answer of which more waits for its end than may be held."""
        if piece.is_late or piece.run is not None:
            self._waiting += _WEIGHT
        if self._waiting > self._bound.plan.core.options.max_held_chars:
            raise self._call.unfit("the stream is longer than may be held for checking")

    def _parts(self, event: Any) -> Sequence[Piece]:
        try:
            return tuple(self._deltas.take(event))
        except (AttributeError, TypeError, ValueError) as error:
            raise self._call.unfit(f"an event of the stream cannot be checked: {error}") from error

    def _channel(self, piece: Piece) -> ChannelStream:
        """Return the channel of a piece of text."""
        found = self._channels.get(piece.channel)
        if found is None:
            found = self._channels[piece.channel] = ChannelStream(self._call, piece)
            if piece.run is not None:
                self._runs.setdefault(piece.run, []).append(found)
        assert piece.make is not None
        found.make = piece.make
        if self._is_blocked:
            found.is_whole = True
        return found

    def _ended(self, channel: ChannelStream) -> Flow[list[Any]]:
        """Return the end of a text; where it is known at the end of the answer only, what follows waits for it."""
        if channel.is_whole or self._bound.plan.streaming.is_held:
            self._queue.append(channel)
            return []
        return (yield from channel.flush())

    @property
    def _is_blocked(self) -> bool:
        return bool(self._queue) and any(isinstance(each, ChannelStream) for each in self._queue)

    def _behind_queue(self, channel: ChannelStream, texts: list[Any]) -> list[Any]:
        """Return the events of texts that leave, behind those that waited for them."""
        if not texts or channel.make is silent:
            return []
        waiting, self._queue = self._queue, []
        made = [self._made(each) for each in waiting if isinstance(each, Piece)]
        assert len(made) == len(waiting)  # behind a channel that waits, nothing leaves
        return made + _events(channel, texts)

    def _made(self, piece: Piece) -> Any:
        """Return an event, with what was said where it says it again."""
        if piece.build is None:
            return piece.event
        try:
            return piece.build(lambda channel: self._channels[channel].said)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            raise self._call.unfit(f"an event of the stream cannot be made: {error}") from error

    def _fall_back(self) -> Flow[list[Any]]:
        """Let the fallbacks answer as a whole, checked before any of it leaves."""
        request = {name: value for name, value in self._request.items() if name not in {"stream", "stream_options"}}
        outcome = yield from fall_back(self._bound, self._call, self._fallbacks, (), request)
        if type(outcome) is Raised:
            raise outcome.error
        answer = self._shape.answer(outcome, request) if isinstance(outcome, str) else outcome
        self.instead = self._shape.events(answer)
        return self.instead


def _together(run: list[ChannelStream]) -> list[str]:
    """Return the texts of a run as one text reads."""
    first, *others = (channel.whole for channel in run)
    return [first, *(Part.of(text, "") for text in others)]


def _events(channel: ChannelStream, texts: list[Any]) -> list[Any]:
    """Return the events that carry texts; none where others say them."""
    made = (channel.make(text) for text in texts)
    return [event for event in made if event is not None]
