"""What an adapter knows of one operation of a provider, and nothing else: where the facts stand, and how it streams."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol

from policykit.guard.text.readable import Reading

Facts = dict[str, object]
Said = Callable[[Hashable], str]
"""Gives what has left of a channel, as the caller got it."""
Request = Mapping[str, Any]


def silent(_text: Any) -> None:
    """Make no event: the text of such a channel leaves in events that are built."""


class Piece(NamedTuple):
    """A part of an event of a stream: an event without text, a piece of a text, or the end of a text."""

    event: Any = None
    """An event without text."""
    is_late: bool = False
    """Whether the event says how the answer ended, so that it comes after all text."""
    channel: Hashable = None
    """Which text it is a piece of, or, without `make`, the end of."""
    text: Any = ""
    """A text; anything else is passed on where no rule reads the answer, and refused otherwise."""
    make: Callable[[Any], Any] | None = None
    """Makes the event that carries a text of the channel; None when it belongs to the next one."""
    is_whole: bool = False
    """Whether the text is of use as a whole only (a tool's name), so that it leaves as one event at the end."""
    is_json: bool = False
    """Whether the text is JSON (arguments of a tool): of use as a whole only, read decoded, and kept JSON."""
    build: Callable[[Said], Any] | None = None
    """Makes an event that says texts again, from what was said of each channel; called when the event leaves."""
    reading: Reading | None = None
    """How the text reads, where that is known already."""
    run: Hashable = None
    """Channels of one run may be pieces of one text: at the end of the answer they are read together as well."""


class Deltas(Protocol):
    """One stream being taken apart."""

    def take(self, event: Any) -> Iterator[Piece]:
        """Yield the parts of an event.

        Raises:
            ValueError: it holds what cannot be checked.
        """

    def facts(self) -> Facts:
        """Return what the stream said of the answer as a whole."""


class Shape(Protocol):
    """One operation, such as `chat.completions.create`."""

    name: str
    """How records call it."""
    provider: str
    prompt: tuple[str, ...]
    """Arguments that hold what the model reads, in the order in which it does."""
    instructions: tuple[str, ...]
    """Those of them that are instructions as a whole."""
    limits: tuple[str, ...]
    """Arguments that limit the tokens of the answer."""

    def content(self, answer: Any) -> Any:
        """Return the part of an answer that holds its texts."""

    def answer_facts(self, answer: Any) -> Facts:
        """Return the facts of an answer but for its text; what it does not say is None."""

    def cleaned(self, answer: Any) -> None:
        """Take out of an answer whose text was changed what would still say the text."""

    def answer(self, text: str, request: Request) -> Any:
        """Return an answer in the form of the library, for a fallback that gives a text."""

    def deltas(self, request: Request, *, is_read: bool) -> Deltas:
        """Return what takes the stream of a request's answer apart; `is_read` says whether rules read the answer."""

    def events(self, answer: Any) -> list[Any]:
        """Return an answer as the events of a stream."""
