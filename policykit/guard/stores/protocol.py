"""What a store must promise, so that calls in many threads and processes share budgets, approvals and stops.

All methods are synchronous, thread-safe and atomic; none raises anything but `StoreError`, and a store that cannot
answer raises instead of answering nothing. Times are nanoseconds since 1970-01-01T00:00:00Z and are handed in.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from policykit.guard.stores.error import StoreError as StoreError  # noqa: PLC0414 - type checkers take this for an export
from policykit.vocabulary.types import Exact

# --- windows ------------------------------------------------------------------------------------------------------


class Cell(NamedTuple):
    """Where a call counts: one slot of one group of one window."""

    window: str
    """The window's key."""
    group: str
    """The value of `per` as text, or empty."""
    slot: int
    """Number of the slot; slots of a window are numbered in order of time."""
    first: int
    """The oldest slot that still belongs to the window: older ones may be dropped and are never read."""
    session: str = ""
    """The session, for windows that begin with it; such cells are dropped by `end_session`."""


class Entry(NamedTuple):
    """What one call adds to one cell."""

    cell: Cell
    counts: bool
    """Whether the call meets the window's `where` (always true without one); it is one of the window's calls anyway."""
    value: Exact | None = None
    """What the statistic is over; None for counts and shares, and while it is not known."""
    currency: str = ""
    """Of an amount of money."""
    keeps_values: bool = False
    """Whether the window is a percentile, so that values have to be counted one by one."""


@dataclass(frozen=True, slots=True)
class Totals:
    """What the live slots of one group of one window hold. Exact."""

    calls: int = 0
    counted: int = 0
    """Calls that meet `where`."""
    valued: int = 0
    """Counted calls that brought a value."""
    total: Exact = 0
    """Sum of the values."""
    low: Exact | None = None
    high: Exact | None = None
    values: Mapping[Exact, int] = field(default_factory=dict)
    """Rounded value and how often, for percentiles."""
    currencies: frozenset[str] = frozenset()
    """More than one makes sums and order unknown."""


class WindowStore(Protocol):
    """Exact aggregates over calls, with reservations."""

    @property
    def blocking(self) -> bool:
        """Whether calls may wait for a disk or a network."""

    def reserve(
        self, claim: str, entries: Sequence[Entry], reads: Sequence[Cell], now_ns: int, lease_ns: int
    ) -> Mapping[str, Totals]:
        """Add a call's estimate and return the totals of `reads` by window, in one atomic step.

        A claim whose process ended, or that is neither settled nor released within its lease, is taken out.
        Reserving a claim that is there already replaces it.
        """

    def settle(
        self,
        claim: str,
        entries: Sequence[Entry],
        reads: Sequence[Cell],
        now_ns: int,
        facts: Mapping[str, str] | None = None,
    ) -> Mapping[str, Totals]:
        """Replace what a claim reserved by what was used, for good; return the totals of `reads` as `reserve` does.

        With facts (plain texts, as the guard gives them) the call is remembered for `recall` and `amend`, as long as
        the store has room for it.
        """

    def release(self, claim: str) -> None:
        """Take out what a claim reserved; does nothing where there is none."""

    def recall(self, claim: str) -> tuple[Mapping[str, str], Sequence[Entry]] | None:
        """Return what a settled call was remembered with; None where it is no longer known."""

    def amend(self, claim: str, entries: Sequence[Entry], now_ns: int) -> bool:
        """Replace what a settled claim added, when facts come later; False where the call is no longer known.

        Counts and sums are exact afterwards; the least and the greatest value can only be joined by others.
        """

    def totals(self, reads: Sequence[Cell]) -> Mapping[str, Totals]:
        """Return the totals by window, without adding anything."""

    def end_session(self, session: str) -> None:
        """Forget the windows of a session."""


MAX_PERSON_CHARS = 200
MAX_REASON_CHARS = 2_000
"""Of what a person says, at the desk and in a callback: all of it goes on record."""

# --- approvals ----------------------------------------------------------------------------------------------------


class ApprovalState(StrEnum):
    """Where an approval stands."""

    PENDING = "pending"
    GRANTED = "granted"
    DENIED = "denied"
    EXPIRED = "expired"
    USED = "used"
    """Granted, and the call was made: it cannot be used again."""


@dataclass(frozen=True, slots=True)
class ApprovalRequest:
    """What a person is asked."""

    id: str
    digest: str
    """Binds the answer to the exact call: policy, clauses, phase, function, facts and texts."""
    clauses: tuple[str, ...]
    roles: tuple[str, ...]
    """Who may answer; any one of them."""
    phase: str
    function: str
    policy_digest: str
    created_ns: int
    expires_ns: int
    message: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    """What the person is shown; never texts of prompts or answers."""
    maker: str = ""
    """On whose behalf the call is made (`principal.id`), who may not answer; empty where that is not known."""

    def is_made_by(self, person: str) -> bool:
        """Whether a person asks for the call that they would answer: the maker is never the checker."""
        return bool(self.maker) and _same_person(self.maker, person)


def _same_person(left: str, right: str) -> bool:
    """Whether two identifiers are one person's: how they are cased, spaced, composed or disguised makes no other."""
    return _plain(left) == _plain(right)


def _plain(person: str) -> str:
    """Return an identifier without differences that a reader does not see; lower case can need folding again."""
    from policykit.source.folding import fold

    return " ".join(fold(fold(person).casefold()).casefold().split())


@dataclass(frozen=True, slots=True)
class Answer:
    """What a person decided."""

    approver: str
    role: str
    granted: bool
    reason: str = ""

    @property
    def is_recordable(self) -> bool:
        """Whether name and reason are texts of a length that a record may have."""
        said: tuple[tuple[object, int], ...] = ((self.approver, MAX_PERSON_CHARS), (self.reason, MAX_REASON_CHARS))
        return all(isinstance(text, str) and len(text) <= most for text, most in said)


@dataclass(frozen=True, slots=True)
class Approval:
    """A request and what became of it."""

    request: ApprovalRequest
    state: ApprovalState
    answer: Answer | None = None
    answered_ns: int = 0
    """When the person answered; 0 where nobody has."""


class ApprovalStore(Protocol):
    """Requests and answers."""

    @property
    def blocking(self) -> bool:
        """Whether calls may wait for a disk or a network."""

    def ask(self, request: ApprovalRequest, now_ns: int, taken: Collection[str] = ()) -> Approval:
        """Return the approval with this digest that is pending or granted and not expired, else open a new one.

        Args:
            request: what is asked.
            now_ns: the time.
            taken: identifiers of approvals that other calls wait for, and that are not returned.
        """

    def get(self, request_id: str, now_ns: int) -> Approval | None:
        """Return an approval as it stands now: past its time it is expired."""

    def answer(
        self, request_id: str, answer: Answer, now_ns: int, recorded: Callable[[Approval], None] | None = None
    ) -> Approval:
        """Keep an answer.

        Args:
            request_id: which request is answered.
            answer: what was decided.
            now_ns: the time.
            recorded: puts the approval, as it will be kept, on record: called when it is certain that it may be kept,
                and before it is, so that nothing counts that was not recorded. What it raises leaves the request open.

        Raises:
            StoreError: there is no such request, it was answered, it has expired, the role may not answer it, or the
                person asked for the call.
        """

    def use(self, request_id: str, digest: str, now_ns: int) -> bool:
        """Use a granted approval up; False unless it is granted, not expired, not used, and for this very digest."""

    def pending(self, now_ns: int) -> Sequence[ApprovalRequest]:
        """Return what waits for an answer, the oldest first."""


# --- stops --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Stop:
    """Calls that are paused until somebody resumes them."""

    clause: str
    """The stop or the rule that paused them."""
    tool: str
    """Calls to this tool; empty for all calls."""
    cause: str
    tripped_ns: int
    effective_ns: int
    """From when calls are refused (`within`)."""
    resume_by: tuple[str, ...]
    """Roles that may resume them; empty when any role of the policy may."""
    policy_digest: str = ""
    gate: str = ""
    """Calls go on as after this gate (`rescope to`); empty where they are paused."""

    @property
    def scope(self) -> str:
        """What it is about, as the trail says it."""
        return f"back to {self.gate}" if self.gate else self.tool or "all calls"


class StopEvent(NamedTuple):
    """A stop was tripped or resumed."""

    at_ns: int
    event: str
    """`tripped` or `resumed`."""
    clause: str
    tool: str
    person: str
    """Empty where the guard did it."""
    role: str
    reason: str


class StopStore(Protocol):
    """The stops that are tripped."""

    @property
    def blocking(self) -> bool:
        """Whether calls may wait for a disk or a network."""

    def tripped(self) -> Sequence[Stop]:
        """Return the stops that are tripped. On the path of every call: cheap when nothing has changed."""

    @property
    def has_unrecorded(self) -> bool:
        """Whether a person did something that no trail held when `tripped` was last asked."""

    def record_events(self, record: Callable[[StopEvent], None]) -> None:
        """Put on record what people did and no trail holds yet, the oldest first.

        Args:
            record: puts one event on record; what it raises leaves the event, and those after it, for the next time.
        """

    def trip(self, stop: Stop, *, person: str = "", role: str = "") -> bool:
        """Trip a stop; False where the same clause already pauses the same calls, which stays as it is.

        Args:
            stop: which calls are paused, and why.
            person: who does it; empty where the guard does.
            role: in which role.
        """

    def resume(  # noqa: PLR0913 - who, why and when
        self,
        clause: str,
        *,
        role: str,
        person: str = "",
        reason: str = "",
        now_ns: int = 0,
        recorded: Callable[[Stop], None] | None = None,
    ) -> Stop:
        """Lift a stop, for all tools that it pauses.

        Args:
            clause: which one.
            role: in which role.
            person: who does it.
            reason: why.
            now_ns: the time.
            recorded: puts it on record, once it is certain that the stop may be lifted and before it is; what it raises
                leaves the stop as it is.

        Raises:
            StoreError: it is not tripped, or the role may not resume it.
        """
