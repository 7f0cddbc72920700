"""What all calls of one guard share."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from policykit.engine.policy import PHASES
from policykit.guard.clauses import Clauses
from policykit.guard.context import Session, Sessions
from policykit.guard.fallbacks import Fallback
from policykit.guard.options import Arguments, GuardOptions
from policykit.guard.recording.queue import RecordQueue
from policykit.guard.steps import Work

if TYPE_CHECKING:
    from datetime import tzinfo

    from policykit.engine.policy import Policy
    from policykit.guard.cost import CostModel
    from policykit.guard.hosted import HostedTools
    from policykit.guard.observer import Decided, Observer
    from policykit.guard.recording.arguments import ArgumentDigests
    from policykit.guard.recording.commitments import Commitments
    from policykit.guard.recording.facts import RecordedFacts
    from policykit.guard.recording.note import Recordable
    from policykit.guard.recording.writer import Appendable
    from policykit.guard.rollouts import Rollouts
    from policykit.guard.steps import Flow
    from policykit.guard.stores.bundle import Stores
    from policykit.guard.windows.board import WindowBoard
    from policykit.trail.clock import Clock
    from policykit.trail.record import Record

MAX_DEPTH = 3
"""Fallbacks of fallbacks."""


class Core:
    """Policy, settings, stores and the record of a guard. Safe for threads and tasks."""

    def __init__(  # noqa: PLR0913 - what a guard is made of
        self,
        policy: Policy,
        *,
        options: GuardOptions,
        clock: Clock,
        stores: Stores | None,
        fallbacks: Mapping[str, Fallback],
        approvers: Mapping[str, Callable[..., Any]],
        tell: Mapping[str, Callable[..., Any]],
        trail: Appendable | None,
        commitments: Commitments | None,
        observers: Sequence[Observer],
        cost: CostModel | None,
        secret: bytes | None,
        context_facts: Iterable[str],
    ) -> None:
        self.policy = policy
        self.options = options
        self.clock = clock
        self._stores = stores
        self._mutex = threading.Lock()
        self.mark = object()
        """Stands for this guard where nothing may keep it."""
        self.fallbacks = fallbacks
        self.approvers = approvers
        self.tell = tell
        self.context_facts = frozenset(context_facts)
        self.observers = tuple(observers)
        self.cost = cost
        self.secret = secret or os.urandom(32)
        self.clauses = Clauses(policy, options)
        self.sessions = Sessions(self.secret)
        self.session: Session = self.sessions.get(f"guard-{os.urandom(8).hex()}")
        """The session of calls that name none: it begins with the guard."""
        self.commits = trail is not None and commitments is not None
        self.queue: RecordQueue | None = None
        self.recorded: RecordedFacts | None = None
        self.arguments: ArgumentDigests | None = None
        if trail is not None and options.recorded_facts:
            from policykit.guard.recording.facts import RecordedFacts

            self.recorded = RecordedFacts(policy, options.recorded_facts)
        if trail is not None:
            from policykit.guard.recording.writer import RecordWriter

            self.arguments = _argument_digests(options, secret)
            writer = RecordWriter(policy, trail, commitments, self.clauses.shadowed, self.recorded, self.arguments)
            self.queue = RecordQueue(writer.write, options.queue_records)
        self.new_id = _identifiers()
        self.has_pauses = (
            stores is not None  # in which others, and the application itself, may stop calls too
            or bool(policy.outline.stops)
            or any("pause" in rule.effects for rule in policy.outline.rules)
        )
        self.is_watched = bool(options.kill_switch) or self.has_pauses
        self.waited_for: set[str] = set()
        """Approvals that calls of this guard wait for, each by one call."""
        self.stops_seen: set[str] = set()  # whose condition was true when last looked at (`policykit.guard.stopping`)
        self.stops_unknown: set[str] = set()  # that only tell, and have told

    @property
    def stores(self) -> Stores:
        """Return windows, approvals and stops; in memory, made when first needed, where none were given."""
        if self._stores is not None:
            return self._stores
        from policykit.guard.stores.bundle import Stores

        with self._mutex:
            if self._stores is None:
                self._stores = Stores.in_memory()
            return self._stores

    @cached_property
    def zone(self) -> tzinfo:
        """Return the policy's time zone."""
        from zoneinfo import ZoneInfo

        return ZoneInfo(self.policy.timezone)

    @cached_property
    def hosted(self) -> HostedTools:
        """Return the tools of providers that requests have handed out."""
        from policykit.guard.hosted import HostedTools

        return HostedTools()

    @cached_property
    def board(self) -> WindowBoard | None:
        """Return the policy's windows; None when it has none."""
        if not (self.policy.windows("stops") or any(self.policy.windows(phase) for phase in PHASES)):
            return None
        from policykit.guard.windows.board import WindowBoard

        return WindowBoard(self.policy, self.stores.windows)

    @cached_property
    def rollouts(self) -> Rollouts | None:
        """Return the rollouts, in the stage that the deployment has reached; None when there are none."""
        if not (self.policy.outline.rollouts or self.options.stage):
            return None
        from policykit.guard.rollouts import Rollouts

        found = Rollouts(self.policy, self.options.stage, self.clauses.shadowed)
        return found if found.can_act else None

    @property
    def is_killed(self) -> bool:
        """Whether the kill switch is there, or cannot be looked at."""
        if not self.options.kill_switch:
            return False
        try:
            os.stat(self.options.kill_switch)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def waits_for(self, approval: str) -> bool:
        """Note that a call waits for an approval; False where another one already does."""
        with self._mutex:
            if approval in self.waited_for:
                return False
            self.waited_for.add(approval)
            return True

    def resume_roles(self, clause: str) -> tuple[str, ...]:
        """Return who may lift a stop: the roles that it names, or any owner of the rule."""
        stop = next((each for each in self.policy.outline.stops if each.id == clause), None)
        return self.clauses.owners(clause) if stop is None else stop.resume_by

    def work(self, store: Any, function: Callable[..., Any], *args: Any, until_ns: int | None = None) -> Flow[Any]:
        """Do work of a store: at once, or as a step where it may block; until a time, if one is given.

        Raises:
            StoreError: it failed, or took longer.
        """
        if not store.blocking:
            return function(*args)
        limit_s = None if until_ns is None else max(0.0, (until_ns - self.clock.now_ns()) / 1e9)
        return (yield Work(function, args, limit_s))

    def put(self, note: Recordable) -> bool:
        """Put something on record; False where the caller has to wait, or to write what waits (`RecordQueue`).

        Raises:
            TrailError: the trail could not be written.
        """
        return self.queue is None or self.queue.put(note)

    def put_record(self, record: Record) -> None:
        """Put a record of its own on the trail; rare, so that it may wait.

        Raises:
            TrailError: the trail could not be written, or the queue was full for too long; or this record cannot be
                stored, which its caller learns here, because a trail that fails later refuses every call.
        """
        if self.queue is None:
            return
        from policykit.trail.record import check_writable

        check_writable(record)
        self.put_waiting((record,))

    def put_waiting(self, note: Recordable) -> None:
        """Put something on record, waiting here for room where there is none.

        Raises:
            TrailError: the trail could not be written, or the queue was full for too long.
        """
        if self.queue is not None and not self.queue.put_waiting(note, self.options.queue_wait_s):
            raise queue_full()

    def observe(self, event: Decided) -> None:
        """Tell the observers."""
        for observer in self.observers:
            observer.decided(event)


def _argument_digests(options: GuardOptions, secret: bytes | None) -> ArgumentDigests | None:
    from policykit.guard.recording.arguments import ArgumentDigests

    if options.arguments is Arguments.OFF:
        return None
    return ArgumentDigests(secret if options.arguments is Arguments.KEYED else None)


def queue_full() -> Exception:
    """Return the error of a queue that stays full."""
    from policykit.errors import TrailError

    return TrailError("the queue of records stayed full")


def _identifiers() -> Callable[[], str]:
    """Return a function that gives identifiers which no other process gives: a random prefix and a number."""
    state = {"prefix": os.urandom(8).hex(), "pid": os.getpid()}
    numbers = itertools.count(1)

    def new_id() -> str:
        return f"{state['prefix']}-{next(numbers):x}"

    def renew() -> None:
        state["prefix"] = os.urandom(8).hex()

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=renew)
    return new_id
