"""Decisions as structlog events: `guard.decided`, at the level of what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from policykit.guard.observer import Decided


class EventObserver:
    """Logs every decision; those that changed or refused a call as warnings."""

    def __init__(self, logger: Any = None) -> None:
        """Take a structlog logger; by default that of the application's configuration."""
        if logger is None:
            import structlog

            logger = structlog.get_logger("policykit.guard")
        self._logger = logger

    def decided(self, event: Decided) -> None:
        """Log a decision."""
        decision = event.decision
        log = self._logger.info if event.action in {"allow", "none"} else self._logger.warning
        log(
            "guard.decided",
            decision_id=event.decision_id,
            call_id=event.call_id,
            function=event.function,
            phase=event.phase,
            verdict=None if decision is None else decision.effect.value,
            action=event.action,
            is_refused=event.is_refused,
            ended=event.ended,
            error_type=event.error_type,
            effects=list(event.effects),
            reason=event.reason,
            clauses=clauses(event),
        )


def clauses(event: Decided) -> list[str]:
    """Return the clauses that asked for something, sorted."""
    if event.decision is None:
        return []
    return sorted({clause for each in event.decision.obligations for clause in each.clauses})
