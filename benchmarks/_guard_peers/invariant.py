"""invariant-ai: a local policy over the one message of a trace. Its PII detector needs models, so its `find` looks."""

from __future__ import annotations

from benchmarks._guard_peers import _task as task

VARIANTS = {"2 rules": "two rules with patterns that raise, nothing masked, nothing recorded"}
_RULE = """
raise "{name}" if:
    (m: Message)
    m.role == "user"
    {condition}
"""


class Raised(Exception):  # noqa: N818 - what it is
    """The policy raised an error."""


def make(model: task.Model, variant: str) -> task.Call:  # noqa: ARG001 - one variant
    """Return the guarded call."""
    from invariant.analyzer import LocalPolicy

    patterns = {"forbidden": task.FORBIDDEN, "e-mail": task.E_MAIL}
    rules = [
        _RULE.format(name=name, condition=f'any(find("{pattern}", m.content))') for name, pattern in patterns.items()
    ]
    policy = LocalPolicy.from_string("".join(rules))

    def call(prompt: str) -> object:
        found = policy.analyze([{"role": "user", "content": prompt}])
        if found.errors:
            raise Raised(found.errors)
        return model(prompt)

    return call
