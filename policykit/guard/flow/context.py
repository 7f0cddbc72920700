"""What holds for all calls inside of a `with`: facts and the session. Immutable, in one context variable."""

from __future__ import annotations

import hmac
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field

from policykit.guard.text.tokens import TokenMap


class Session:
    """Calls that belong together: windows without a period, and pseudonyms, are of one session."""

    __slots__ = ("id", "tokens")

    def __init__(self, session_id: str, secret: bytes) -> None:
        """Take an identifier, and the guard's secret, from which the session's own key is derived."""
        self.id = session_id
        self.tokens = TokenMap(
            hmac.digest(secret, b"policykit-session\0" + session_id.encode("utf-8", "surrogatepass"), "sha256")
        )


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """Facts that a `with` supplies."""

    facts: Mapping[str, object] = field(default_factory=dict)
    """Never changed; a plain dictionary, because every call copies it."""
    session: Session | None = None


EMPTY = Context()
CURRENT: ContextVar[Context] = ContextVar("policykit_guard", default=EMPTY)
LAST_CALL: ContextVar[tuple[object, str]] = ContextVar("policykit_last_call", default=(None, ""))
"""The call that was made last, and ended, in this thread or task, behind what stands for its guard (`Core.mark`)."""
_NONE: Mapping[Context, Context] = {}
_LEFT: ContextVar[Mapping[Context, Context]] = ContextVar("policykit_left", default=_NONE)
"""Contexts that were left before one that was entered after them, each with the one around it."""


@contextmanager
def entered(facts: Mapping[str, object], session: Session | None) -> Iterator[None]:
    """Add to the context of this thread or task; inner facts prevail.

    A `with` inside of a generator may be left in another thread or task than it was entered in, and while another
    generator is in its own `with`. Neither is an error, and neither puts anybody into a context that is not theirs.
    """
    outer = CURRENT.get()
    ours = Context({**outer.facts, **facts}, session or outer.session)
    token = CURRENT.set(ours)
    try:
        yield
    finally:
        _leave(token, ours, outer)


def _leave(token: Token[Context], ours: Context, outer: Context) -> None:
    newest = CURRENT.get()
    try:
        CURRENT.reset(token)
    except ValueError:  # entered in another thread or task, whose context this one may have inherited
        if newest is ours:
            CURRENT.set(outer)
        return
    if newest is ours:
        CURRENT.set(_around(outer))
    else:
        CURRENT.set(newest)
        _LEFT.set({**_LEFT.get(), ours: outer})


def _around(outer: Context) -> Context:
    """Return the nearest context that was not left in the meantime."""
    left = dict(_LEFT.get())
    while outer in left:
        outer = left.pop(outer)
    _LEFT.set(left or _NONE)
    return outer


class Sessions:
    """The sessions of a guard, so that the same identifier finds the same pseudonyms. Safe for threads."""

    MAX = 10_000

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._mutex = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def get(self, session_id: str) -> Session:
        """Return a session; the one that was used longest ago is forgotten when there are too many."""
        with self._mutex:
            found = self._sessions.pop(session_id, None) or Session(session_id, self._secret)
            self._sessions[session_id] = found
            if len(self._sessions) > self.MAX:
                del self._sessions[next(iter(self._sessions))]
            return found

    def end(self, session_id: str) -> None:
        """Forget a session."""
        with self._mutex:
            self._sessions.pop(session_id, None)
