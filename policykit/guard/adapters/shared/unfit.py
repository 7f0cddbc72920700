"""What a redaction made of an answer that was to be parsed: our own error, with the rule and the member."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from policykit.errors import PolicyViolation
from policykit.vocabulary.phase import Phase

if TYPE_CHECKING:
    from policykit.guard.core import Core

_REDACTED = re.compile(r"\[([A-Za-z0-9_.]{1,80}) redacted\]")
"""What stands in the place of what was taken out (`policykit.guard.text.conceal`)."""
_SHOWN = 3


@contextmanager
def parsing(core: Core) -> Iterator[None]:
    """Say of an answer that cannot be parsed because of a redaction which rule it was, and in which member.

    Args:
        core: what the guard's calls share.

    Raises:
        PolicyViolation: what was redacted does not fit the type that the application asked for.
    """
    try:
        yield
    except ValueError as error:
        found = _redacted(error)
        if not found:
            raise
        rules = sorted({rule for _, label in found for rule in _rules(core, label)})
        members = ", ".join(f"`{member}` (`{label}`)" for member, label in found[:_SHOWN])
        by = f" by {', '.join(rules)}" if rules else ""
        message = f"what is left cannot be passed on: redacted{by}, {members} no longer fits its type"
        raise PolicyViolation(message, reason="error:guard", phase=Phase.RESPONSE.value, clauses=rules) from error


def _redacted(error: ValueError) -> list[tuple[str, str]]:
    """Return the members that do not fit and hold a redaction, each with what was found there."""
    errors = getattr(error, "errors", None)
    if not callable(errors):
        return []
    return [
        (".".join(map(str, each["loc"])) or "the answer", found[1])
        for each in errors(include_url=False, include_context=False)
        if (found := _REDACTED.search(_blamed(each["type"], each.get("input")))) is not None
    ]


def _blamed(kind: str, value: Any) -> str:
    """Return what an error is about: where a member is missing, the names of those that are there."""
    if kind == "missing" and isinstance(value, dict):
        return " ".join(map(str, value))
    return value if isinstance(value, str) else repr(value)


def _rules(core: Core, label: str) -> list[str]:
    """Return the rules on answers that take out what has a label; all that take anything out where none names it."""
    redacting = [rule for rule in core.clauses.in_phase(Phase.RESPONSE.value) if "redact" in rule.effects]
    named = [
        rule.id
        for rule in redacting
        if any(each.detector == label for _, patterns in rule.patterns for each in patterns)
    ]
    return named or [rule.id for rule in redacting]
