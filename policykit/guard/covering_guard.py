"""The beginning and the end of a guard: what it covers, and that everything is on record."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from policykit.errors import GuardError
from policykit.guard.core import Core
from policykit.guard.problems import problem
from policykit.guard.setup.plan import CallPlan

if TYPE_CHECKING:
    from policykit.engine.policy import Policy
    from policykit.guard.setup.coverage import Coverage


class CoveringGuard:
    """The part of `policykit.guard.Guard` that knows what is bound, and records it."""

    def __init__(self, core: Core, required: Sequence[str]) -> None:
        """Take what was put together; use `Guard.load` or `Guard.of`."""
        self.core = core
        """For adapters: the guard's parts."""
        self._required = tuple(required)
        self._plans: dict[str, CallPlan] = {}
        self._recorded: Coverage | None = None

    @property
    def policy(self) -> Policy:
        """Return the policy that is enforced."""
        return self.core.policy

    @property
    def coverage(self) -> Coverage:
        """Return what is covered so far."""
        from policykit.guard.setup.coverage import covered

        return covered(self.core, list(self._plans.values()), self._required)

    def start(self) -> Coverage:
        """Record what is covered.

        Raises:
            GuardError: a required binding is missing.
        """
        found = self.coverage
        missing = [name for name in self._required if name in found.missing or f"tool {name}" in found.missing]
        if missing:
            problems = [problem("PK355", f"nothing is bound to `{name}`, which is required") for name in missing]
            raise GuardError(problems)
        self._record_coverage()
        return found

    def _record_coverage(self) -> None:
        from policykit.guard.setup.coverage import coverage_record

        self._recorded = self.coverage
        self.core.hosted.on_new = self._record_coverage
        names = {plan.name: plan.reference.name for plan in self._plans.values()}
        self.core.put_record(coverage_record(self.core, self._recorded, names))

    def flush(self) -> None:
        """Return when everything that was decided is recorded.

        Raises:
            TrailError: it could not be.
        """
        if self.core.queue is not None:
            self.core.queue.flush()

    def close(self) -> None:
        """Record what waits. The trail stays open: whoever opened it closes it."""
        self.flush()
