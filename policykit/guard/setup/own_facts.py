"""The facts that the guard supplies itself, where a rule reads them and nobody else supplies them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from policykit.guard.core import Core
    from policykit.guard.flow.context import Session


class Asked(Protocol):
    """The call whose facts are asked for."""

    id: str
    attempt: int
    fallback: str
    facts: dict[str, object]
    session: Session
    made_ns: int
    started_ns: int
    error: BaseException | None

    @property
    def core(self) -> Core:
        """Return what the calls of the guard share."""

    @property
    def tool(self) -> str:
        """Return the tool that is called; empty for a model."""

    @property
    def is_stream(self) -> bool:
        """Return whether the answer comes in pieces."""


_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Supplier = Callable[[Asked], object]


def _utc(call: Asked) -> datetime:
    from datetime import UTC, datetime  # few rules ask for the time

    return datetime.fromtimestamp(call.made_ns // 10**9, UTC)


def _local(call: Asked) -> datetime:
    return _utc(call).astimezone(call.core.zone)


def _time(call: Asked) -> str:
    return _utc(call).isoformat()


def _latency(call: Asked) -> float:
    """Return seconds, to the microsecond."""
    return round((call.core.clock.monotonic_ns() - call.started_ns) / 1e9, 6)


def _error(call: Asked) -> str:
    return str(call.error)


def _error_type(call: Asked) -> str:
    """Return `timeout` for what Python calls so, and otherwise the name of the error."""
    return "timeout" if isinstance(call.error, TimeoutError) else type(call.error).__name__


def _status(call: Asked) -> object:
    status = getattr(call.error, "status_code", None)
    return status if isinstance(status, int) else None


def _cost(call: Asked) -> object:
    model = call.core.cost
    return None if model is None else model.estimate(call.facts)


def _settled_cost(call: Asked) -> object:
    model = call.core.cost
    found = None if model is None else model.settled(call.facts)
    return call.facts.get("call.cost") if found is None else found


ENTERING: Mapping[str, Supplier] = {
    "call.id": lambda call: call.id,
    "call.time": _time,
    "call.day_of_week": lambda call: _DAYS[_local(call).weekday()],
    "call.time_of_day": lambda call: _local(call).strftime("%H:%M:%S"),
    "call.operation": lambda call: "execute_tool" if call.tool else "chat",
    "call.streaming": lambda call: call.is_stream,
    "call.attempt": lambda call: call.attempt,
    "call.fallback": lambda call: bool(call.fallback),
    "call.session": lambda call: call.session.id,
    "tool.name": lambda call: call.tool or None,
    "call.cost": _cost,
}
"""Before the call is made. `call.operation` as in the OpenTelemetry conventions: `chat`, or `execute_tool`."""

ANSWERING: Mapping[str, Supplier] = {
    "call.latency": _latency,
    "tool.latency": _latency,
    "tool.succeeded": lambda _call: True,
    "call.cost": _settled_cost,
}
FAILING: Mapping[str, Supplier] = {
    "call.latency": _latency,
    "call.error": _error,
    "call.error_type": _error_type,
    "call.status_code": _status,
}

COST_MODEL = frozenset({"call.cost"})
"""Only with a cost model."""
VOLATILE = frozenset({*ENTERING, *ANSWERING, *FAILING} - {"call.operation", "tool.name", "call.session"})
"""What differs between two attempts at the same call, so that an approval is not bound to it."""
