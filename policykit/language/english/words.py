"""Lists, declared words and amounts as a sentence holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from policykit.language.checked import CheckedPolicy, Declared
from policykit.vocabulary.rendering import render
from policykit.vocabulary.types import DATE, DURATION, Exact


@dataclass(frozen=True, slots=True)
class Setting:
    """What sentences are written against."""

    policy: CheckedPolicy
    detectors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What each built-in detector finds."""
    evidence: str = ""
    """The only evidence that is spoken of, which sentences then need not name."""
    element: str = ""
    """The evidence whose elements are spoken of."""
    now: str = "the check"
    """What `31 days ago` is counted from."""


def listed(items: Sequence[str], conjunction: str) -> str:
    """Return `a`, `a and b` or `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"


def human(name: str) -> str:
    """Return a declared name as words: `evaluation lead`."""
    return name.replace("_", " ")


def role(name: str, policy: CheckedPolicy) -> str:
    """Return who fills a role: `the evaluation lead of the supplier (Acme AI GmbH)`."""
    known = policy.roles.get(name)
    if known is None:
        return f"the {human(name)}"
    words = f" ({known.words})" if known.words else ""
    return f"the {human(name)}{words}" + (f" of {party(known.party, policy)}" if known.party else "")


def roles(names: Sequence[str], conjunction: str, policy: CheckedPolicy) -> str:
    """Return several roles."""
    return listed([role(name, policy) for name in names], conjunction)


def party(name: str, policy: CheckedPolicy) -> str:
    """Return a party: `the supplier (Acme AI GmbH)`."""
    known = policy.parties.get(name)
    return f"the {human(name)} ({known.words})" if known else f"the {human(name)}"


def gate(name: str, policy: CheckedPolicy) -> str:
    """Return a gate: `launch (calls from all customers)`."""
    known = policy.gates.get(name)
    return f"{human(name)} ({known.words})" if known else human(name)


def declared(name: str, known: Mapping[str, Declared]) -> str:
    """Return the words of a tool or fallback and its name."""
    found = known.get(name)
    return f"{found.words} (`{name}`)" if found else f"`{name}`"


def seconds(value: Exact) -> str:
    """Return a length of time: `30 days`."""
    return render(DURATION, value)


def day(ordinal: int) -> str:
    """Return a date."""
    return render(DATE, ordinal)


def capitalised(text: str) -> str:
    """Return a sentence with a capital first letter."""
    return text[:1].upper() + text[1:]
