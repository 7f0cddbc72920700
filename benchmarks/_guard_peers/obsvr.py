"""obsvr-sdk in its default profile, its service at a local port where nobody answers."""

from __future__ import annotations

from benchmarks._guard_peers import _task as task

VARIANTS = {
    "2 rules": "`@govern`: pattern blocks, e-mail and card redacted, event queued",
    "2 rules, policy only": "`apply_pre_call_policy`, nothing recorded",
}


class Blocked(Exception):  # noqa: N818 - what it is
    """The policy blocks the call."""


def make(model: task.Model, variant: str) -> task.Call:
    """Return the guarded call."""
    import obsvr
    from obsvr.config import get_config
    from obsvr.policy import apply_pre_call_policy

    rule = {"id": "deny-1", "name": "deny", "type": "regex", "action": "block", "enabled": True}
    obsvr.init(
        api_key="local-benchmark-key",
        ingest_url="http://127.0.0.1:9",
        pii_policy={"default": "detect_only", "rules": {"email": "redact", "credit_card": "redact"}},
        policy_rules=[{**rule, "conditions": {"pattern": task.FORBIDDEN}}],
    )
    if not variant.endswith("policy only"):

        def answer(prompt: str) -> str:
            return model(prompt)

        governed: task.Call = obsvr.govern(answer)
        return governed
    config = get_config()

    def call(prompt: str) -> object:
        found = apply_pre_call_policy(prompt, config)
        if found["decision"] == "block":
            raise Blocked
        return model(found["redacted_prompt"])

    return call
