"""Who hands in which evidence: the party that must show something, which is not always the owner's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from policykit.language import checked as c
from policykit.language.english.words import listed, party, seconds

_TRUST = {"claimed": "at least claimed", "file": "at least read from a file", "attested": "attested by a signature"}
_NAMES_A_THING = re.compile(r"(?:the|an?|our|its|their)\s[^,;:]*")


def handed_in(trust: c.Trust | None, policy: c.CheckedPolicy) -> str:
    """Return who must show something by what: `the supplier (Acme AI GmbH) must show, by the golden run,`.

    Args:
        trust: the evidence and its limits; None where a clause names none.
        policy: the policy that declares the evidence.
    """
    if trust is None:
        return "it must be shown"
    groups = [(name, tuple(found)) for name, found in groupby(trust.evidence, key=lambda each: _party(each, policy))]
    if not all(name for name, _ in groups):
        return f"it must be shown, by {shown(trust.evidence, trust, policy)},"
    said = [f"{party(name, policy)} must show, by {shown(found, trust, policy)}" for name, found in groups]
    return f"{listed(said, 'and')}," if len(said) < 3 else f"{'; '.join(said)},"


def shown(names: Sequence[str], trust: c.Trust, policy: c.CheckedPolicy) -> str:
    """Return evidence with the trust and the age that is asked for."""
    limits = [_TRUST[trust.least]] if trust.least else []
    if trust.max_age_seconds is not None:
        limits.append(f"not older than {seconds(trust.max_age_seconds, policy)}")
    if len(names) == 1:
        return _evidence(names[0], policy, limits)
    each = f", each {' and '.join(limits)}" if limits else ""
    return listed([_evidence(name, policy, []) for name in names], "and") + each


def _evidence(name: str, policy: c.CheckedPolicy, limits: list[str]) -> str:
    known = policy.evidence.get(name)
    words = known.words if known is not None else ""
    if _NAMES_A_THING.fullmatch(words):
        return f"{words} ({', '.join([f'evidence `{name}`', *limits])})"
    facts = [words] if words else []
    return f"the evidence `{name}`" + (f" ({'; '.join([*facts, *limits])})" if facts or limits else "")


def _party(name: str, policy: c.CheckedPolicy) -> str:
    known = policy.evidence.get(name)
    return known.party if known is not None else ""
