"""The models that a policy names: in its lists of models, and in comparisons of `call.model` with a text."""

from __future__ import annotations

from collections.abc import Iterator

from policykit.engine.reads import windows
from policykit.language import checked as c
from policykit.language.walk import atoms

_MODEL = "call.model"


def named_models(policy: c.CheckedPolicy) -> tuple[str, ...]:
    """Return them in the order of the rules, each once."""
    conditions = [rule.when for rule in policy.rules if rule.when is not None]
    conditions += [stop.when for stop in policy.stops]
    conditions += [
        window.where for condition in conditions for window in windows(condition) if window.where is not None
    ]
    found = [model for condition in conditions for atom in atoms(condition) for model in _of(atom)]
    return tuple(dict.fromkeys(found))


def _of(atom: c.Check) -> Iterator[str]:
    match atom:
        case c.Member(value=c.FactRead(name=name), options=options) if name == _MODEL:
            yield from (option for option in options if isinstance(option, str))
        case c.Compare(left=c.FactRead(name=name), right=c.Constant(value=str(text))) if name == _MODEL:
            yield text
        case c.Compare(left=c.Constant(value=str(text)), right=c.FactRead(name=name)) if name == _MODEL:
            yield text
        case _:
            return
