"""agent-governance-toolkit: `govern()`. Its rules cannot look into a text: `re` does, and they read that."""

from __future__ import annotations

from benchmarks._guard_peers import _task as task

VARIANTS = {
    "2 rules": "`re` outside the rules, flags denied, log in memory",
    "20 rules": "and models and teams, log in memory",
    "2 rules, audit off": "`re` outside the rules, flags denied, nothing recorded",
}


def make(model: task.Model, variant: str) -> task.Call:
    """Return the guarded call."""
    import logging

    logging.disable(logging.CRITICAL)
    from agentmesh.governance import govern

    guarded = govern(model, policy=_policy(with_teams=variant == "20 rules"), audit=not variant.endswith("off"))
    forbidden, e_mail = task.forbidden(), task.e_mail()

    def call(prompt: str) -> object:
        found = {"forbidden": forbidden.search(prompt) is not None, "address": e_mail.search(prompt) is not None}
        return guarded(action="chat", prompt=prompt, team=task.TEAM, model=task.MODEL, found=found)

    return call


def _policy(*, with_teams: bool) -> str:
    conditions = ["found.forbidden", "found.address"]
    if with_teams:
        conditions.append(f"model.value != '{task.MODEL}' and model.value != 'claude-haiku-5'")
        conditions += task.team_rules(lambda n: f"team.value == 'team-{n}' and model.value != '{task.MODEL}'")
    lines = ["apiVersion: governance.toolkit/v1", "name: peers", 'agents: ["*"]', "default_action: allow", "rules:"]
    for number, condition in enumerate(conditions):
        lines += [f"  - name: rule-{number}", f'    condition: "{condition}"', "    action: deny"]
    return "\n".join(lines) + "\n"
