"""Every exception that policykit raises.

    PolicykitError
    ├── PolicyError             a policy that cannot be used; carries all diagnostics
    ├── VocabularyError         a model that cannot become words of the language (vocabulary)
    ├── FactsError              a call record that cannot be understood; carries all diagnostics
    ├── DecisionUsageError      a Decision or Verdict used as if it were true or false
    ├── PolicyViolation         a guarded call that was refused (guard)
    ├── GuardError              a guard or a binding that cannot be used; carries all diagnostics (guard)
    │   └── UnguardedError      a member of a client that is not guarded; an AttributeError too (guard)
    ├── PricesError             a price list that cannot be used; carries all diagnostics (pricing)
    ├── EvidenceError           evidence that cannot be read (evidence)
    ├── ProjectError            a project file that cannot be used; carries all diagnostics (readiness)
    ├── DetectorError           a detector that cannot be used, or a text that it could not scan (detect)
    ├── TrailError              a trail that cannot be written, read or verified (trail)
    ├── KeyMaterialError        a key that cannot be read or used
    └── ResourceMissingError    the installation lacks a file

Mistakes in the text of users are *diagnostics*, values that are collected and shown together (`policykit.source`);
exceptions are for callers. Nothing foreign (lark, pydantic, re2, cryptography) escapes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what is below everything imports nothing; these are names for type checkers
    from policykit.engine.decision import Decision
    from policykit.source.diagnostic import Diagnostic


class PolicykitError(Exception):
    """Base of everything that policykit raises on purpose. It survives `pickle` and `copy`, with all that it says."""

    diagnostics: tuple[Diagnostic, ...] = ()
    """What is wrong, as values of `policykit.source.Diagnostic`, the first the most important; empty where the text
    says it all."""

    def __reduce__(self) -> tuple[object, ...]:
        """Return how to make it again: by its members, because an error's text is not what it was made from."""
        return _again, (type(self), self.args, dict(self.__dict__))


def _again(kind: type[PolicykitError], args: tuple[object, ...], members: dict[str, object]) -> PolicykitError:
    error = kind.__new__(kind, *args)
    error.__dict__.update(members)
    return error


class _DiagnosticsError(PolicykitError):
    """An exception that carries diagnostics (`policykit.source.Diagnostic`); its text names the first."""

    def __init__(self, diagnostics: Sequence[Diagnostic]) -> None:
        self.diagnostics: tuple[Diagnostic, ...] = tuple(diagnostics)
        super().__init__(self._headline())

    def _headline(self) -> str:
        if not self.diagnostics:
            return "no diagnostics"
        more = f" (and {len(self.diagnostics) - 1} more)" if len(self.diagnostics) > 1 else ""
        return f"{self.diagnostics[0]}{more}"


class PolicyError(_DiagnosticsError):
    """A policy file that cannot be used; `diagnostics` says why, each with its place."""


class VocabularyError(PolicykitError, TypeError):
    """A model, an annotation or a name that cannot become a word of the language; raised where it is defined."""


class FactsError(_DiagnosticsError):
    """A call record that cannot be understood; `diagnostics` says why, each with its field."""


class DecisionUsageError(PolicykitError, TypeError):
    """A value with more than two outcomes was tested for truth."""


class PolicyViolation(PolicykitError):  # noqa: N818 - the name that callers catch, as in the design
    """A guarded call was refused; `decision` says by which clauses and why."""

    def __init__(  # noqa: PLR0913 - what callers ask for
        self,
        message: str,
        *,
        reason: str = "",
        phase: str = "",
        clauses: Sequence[str] = (),
        decision: Decision | None = None,
        decision_id: str = "",
    ) -> None:
        """Say what was refused.

        Args:
            message: the message of the rule, or what happened.
            reason: `deny`, `ask`, `use`, `pause`, `stop`, `rollout`, `kill-switch`, `undeclared-tool`, `unread`, or
                `error:` and what failed.
            phase: the phase in which the call was refused.
            clauses: IDs of the clauses that refused it.
            decision: the decision, where one was made.
            decision_id: the identifier of the decision in the trail.
        """
        super().__init__(message)
        self.reason = reason
        self.phase = phase
        self.clauses: tuple[str, ...] = tuple(clauses)
        self.decision = decision
        self.decision_id = decision_id


class GuardError(_DiagnosticsError):
    """A guard, a binding or an option that cannot be used; `diagnostics` says why."""


class UnguardedError(GuardError, AttributeError):
    """A member of a client that is not guarded; an `AttributeError` too, so that `hasattr` says no."""


class PricesError(_DiagnosticsError):
    """A price list or a rate of exchange that cannot be used; `diagnostics` says why."""


class EvidenceError(_DiagnosticsError):
    """Evidence that cannot be read or must not be trusted; `diagnostics` says why."""


class ProjectError(_DiagnosticsError):
    """A project file that cannot be used, or an argument of `check` that it does not know; `diagnostics` says why."""


class DetectorError(_DiagnosticsError):
    """A detector that cannot be used, or a text that could not be scanned; never "nothing found"."""


class TrailError(PolicykitError):
    """A trail that cannot be written, read or verified; `diagnostics` says why."""


class KeyMaterialError(PolicykitError):
    """A key that cannot be read, or that does not fit its use; `diagnostics` says why."""


class ResourceMissingError(PolicykitError):
    """The installation lacks a file that ships with policykit."""
