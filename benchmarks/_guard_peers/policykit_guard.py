"""policykit: rules by pattern and detectors, the text replaced, a record of each call queued for a signed trail."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks._guard_peers import _task as task

VARIANTS = {
    "2 rules": "pattern denies, e-mail and card redacted, signed trail",
    "2 rules, no trail": "the same, nothing recorded",
    "20 rules": "and models and teams, signed trail",
}
_FOR_GOOD: list[object] = []
"""Contexts that stay entered: one that nobody holds ends."""


def make(model: task.Model, variant: str) -> task.Call:
    """Return the guarded call."""
    from policykit.guard import Guard

    folder = Path(tempfile.mkdtemp())  # within a folder that the starter of this process removes
    path = folder / "peers.policy"
    path.write_text(policy_text(with_teams=variant == "20 rules"))
    trail = None if variant.endswith("no trail") else _trail(folder)
    facts = ["call.team"] if variant == "20 rules" else []
    guard = Guard.load(path, trail=trail, context_facts=facts)  # type: ignore[arg-type]

    @guard.call({"call.text": "prompt", "call.model": "model"})
    def answer(prompt: str, model: str) -> str:
        return seen(prompt, model=model)

    seen = model
    if variant == "20 rules":
        context = guard.context(team=task.TEAM)
        context.__enter__()
        _FOR_GOOD.append(context)
    return lambda prompt: answer(prompt, task.MODEL)


def _trail(folder: Path) -> object:
    from policykit.trail import SigningKey, SyncMode, Trail, TrailOptions

    options = TrailOptions(sync=SyncMode.OS, state_directory=folder / "state")
    return Trail.open(folder / "trail", signer=SigningKey.generate("bench").note_signer(), options=options)


def policy_text(*, with_teams: bool) -> str:
    """Return the rules as a policy file."""
    lines = [
        "language 1",
        'policy peers version "1.0.0"',
        'rule DENY-1 "What nobody may ask for"',
        "  on   request",
        f"  when call.text matches /{task.FORBIDDEN}/",
        '  then deny "not allowed"',
        'rule PII-1 "Personal data stay inside"',
        "  on   request",
        "  when call.text contains any of pii.card, pii.email",
        "  then redact",
    ]
    if with_teams:
        lines += [
            'rule MODEL-1 "Only approved models"',
            "  on   request",
            f'  when call.model not in ["{task.MODEL}", "claude-haiku-5"]',
            '  then deny "not approved"',
        ]
        for number, condition in enumerate(task.team_rules(_team)):
            lines += [f'rule TEAM-{number + 1} "A team keeps to its models"', "  on request", condition, "  then deny"]
    return "\n".join(lines) + "\n"


def _team(number: int) -> str:
    return f'  when call.team is "team-{number}" and call.model is not "{task.MODEL}"'
