"""Decisions as OpenTelemetry spans: what the rules said (verdict) apart from what the guard did (action).

Source: draft of the GenAI security conventions, open-telemetry/semantic-conventions-genai pull request 427 (August
2026). It is a draft: names under `gen_ai.security` follow it, values of `verdict.type` and `action.type` may still
change there, and what it has no name for stands under `policykit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policykit.engine.decision import EffectKind
from policykit.guard.observers.events import clauses

if TYPE_CHECKING:
    from policykit.guard.observer import Decided

_VERDICTS = {
    EffectKind.ALLOW: "allow",
    EffectKind.WARN: "warn",
    EffectKind.REDACT: "modify",
    EffectKind.PSEUDONYMISE: "modify",
    EffectKind.USE: "modify",
    EffectKind.PAUSE: "deny",
    EffectKind.ASK: "escalate",
    EffectKind.DENY: "deny",
}
_DONE = {
    "allow": "allow",
    "warn": "allow",
    "redact": "modify",
    "pseudonymise": "modify",
    "use": "modify",
    "ask": "escalate",
    "none": "allow",
}
"""Actions of the guard that are no refusal. An `ask` is one unless it was granted."""


class SpanObserver:
    """Makes a span of every decision, below the span in which the call is made."""

    def __init__(self, policy: str, version: str, tracer: Any = None) -> None:
        """Take the policy's name and version, and a tracer; by default that of the global provider."""
        if tracer is None:
            from opentelemetry import trace

            tracer = trace.get_tracer("policykit.guard")
        self._tracer = tracer
        self._policy = {"gen_ai.security.policy.name": policy, "gen_ai.security.policy.version": version}

    def decided(self, event: Decided) -> None:
        """Record a decision: a span without length, because the guard tells of it when it is over."""
        found = clauses(event)
        span = self._tracer.start_span(f"run_guardrail {event.function}", attributes=self._attributes(event))
        for clause in found:
            span.add_event("gen_ai.security.finding", {"gen_ai.security.policy.rule.id": clause})
        span.end()

    def _attributes(self, event: Decided) -> dict[str, Any]:
        verdict = None if event.decision is None else _VERDICTS[event.decision.effect]
        known = {
            "gen_ai.operation.name": "run_guardrail",
            "gen_ai.security.guardrail.name": "policykit",
            **self._policy,
            "gen_ai.security.verdict.type": verdict,
            "gen_ai.security.action.type": "block" if event.is_refused else _DONE.get(event.action, "block"),
            "gen_ai.request.model": event.facts.get("call.model"),
            "gen_ai.provider.name": event.facts.get("call.provider"),
            "policykit.decision.id": event.decision_id,
            "policykit.call.id": event.call_id,
            "policykit.phase": event.phase,
            "policykit.action": event.action,
            "policykit.effects": list(event.effects),
            "policykit.reason": event.reason or None,
            "policykit.ended": event.ended or None,
            "error.type": event.error_type or None,
        }
        return {name: value for name, value in known.items() if value is not None}
