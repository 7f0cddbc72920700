"""openai-guardrails, its two ways without a client. Its own PII check downloads a model, so `re` looks."""

from __future__ import annotations

from typing import Any

from benchmarks._guard_peers import _task as task

VARIANTS = {
    "2 rules": "`check_plain_text`: two checks with `re` that trip, nothing masked, nothing recorded",
    "2 rules, made once": "`run_guardrails`, the same checks, made once",
}


def make(model: task.Model, variant: str) -> task.Call:
    """Return the guarded call."""
    from types import SimpleNamespace

    from guardrails.registry import default_spec_registry
    from guardrails.runtime import check_plain_text, instantiate_guardrails, load_config_bundle, run_guardrails
    from guardrails.types import GuardrailResult
    from pydantic import BaseModel

    compiled = {task.FORBIDDEN: task.forbidden(), task.E_MAIL: task.e_mail()}

    class PatternConfig(BaseModel):
        pattern: str

    async def pattern_found(context: Any, data: Any, config: Any) -> Any:  # noqa: ARG001 - its form of a check
        found = compiled[config.pattern].search(data) is not None
        return GuardrailResult(tripwire_triggered=found, info={"guardrail_name": "Pattern"})

    pattern_found.__annotations__ = {"data": str, "config": PatternConfig, "return": GuardrailResult}
    default_spec_registry.register("Pattern", pattern_found, "A pattern is found.", "text/plain")
    checks = [{"name": "Pattern", "config": {"pattern": pattern}} for pattern in compiled]
    bundle = load_config_bundle({"version": 1, "guardrails": checks})
    guardrails = instantiate_guardrails(bundle)
    context = SimpleNamespace()

    async def checked(prompt: str) -> object:
        await check_plain_text(prompt, bundle, ctx=context)
        return model(prompt)

    async def checked_by_made(prompt: str) -> object:
        await run_guardrails(context, prompt, "text/plain", guardrails)
        return model(prompt)

    return checked_by_made if variant.endswith("made once") else checked
