"""Lists, declared words and amounts as a sentence holds them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from policykit.language.checked import Check, CheckedPolicy, Declared
from policykit.language.english.amounts import length
from policykit.source import SourceFile
from policykit.vocabulary.fields import ElementKind
from policykit.vocabulary.rendering import render
from policykit.vocabulary.types import DATE, Exact, Phase

_PERSON = re.compile(
    r"(?:er|or|ist|ant|ian|ee|lead|head|chief|counsel|team|board|staff|committee|group|office|desk|ciso|cto|ceo|dpo)$"
)
"""How the name of a role ends that reads as a person or a body; `risk` and `security` do not."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What sentences are written against."""

    policy: CheckedPolicy
    condition: Callable[[Check, Setting], str]
    """How a condition within a condition is said. Handed in: statistics hold conditions, and conditions statistics."""
    detectors: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """What each built-in detector finds."""
    evidence: str = ""
    """The only evidence that is spoken of, which sentences then need not name."""
    element: str = ""
    """The evidence whose elements are spoken of."""
    kind: ElementKind | None = None
    """What those elements are."""
    phases: frozenset[Phase] = frozenset()
    """When the rule acts; none where no rule speaks."""
    source: SourceFile | None = None
    """The file that the clause stands in."""
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
    """Return who fills a role: `the evaluation lead of the supplier (Acme AI GmbH)`, `the risk role of ...`."""
    known = policy.roles.get(name)
    title = human(name) if _PERSON.search(name) else f"{human(name)} role"
    if known is None:
        return f"the {title}"
    words = f" ({known.words})" if known.words else ""
    return f"the {title}{words}" + (f" of {party(known.party, policy)}" if known.party else "")


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
    """Return a tool or fallback by its name and its words: `manual_queue` (the claims team's own queue)."""
    found = known.get(name)
    return f"`{name}` ({found.words})" if found else f"`{name}`"


def seconds(value: Exact, policy: CheckedPolicy | None = None) -> str:
    """Return a length of time: `30 days`, as the policy writes it."""
    return length(value, policy.source if policy is not None else None)


def day(ordinal: int) -> str:
    """Return a date."""
    return render(DATE, ordinal)


def capitalised(text: str) -> str:
    """Return a sentence with a capital first letter."""
    return text[:1].upper() + text[1:]
