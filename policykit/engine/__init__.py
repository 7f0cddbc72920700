"""The engine: a checked policy, compiled; it decides calls, explains decisions and runs a policy's own tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit._lazy import face

__all__ = [
    "Call",
    "Change",
    "ClauseInfo",
    "Decision",
    "EffectKind",
    "Explanation",
    "Obligation",
    "Outline",
    "Policy",
    "ReadValue",
    "RolloutOutline",
    "RuleExplanation",
    "RuleOutline",
    "Sought",
    "StopOutcome",
    "StopOutline",
    "TestResult",
    "Trace",
    "UnknownFact",
    "compile_policy",
    "read_calls",
    "run_tests",
    "standard_vocabulary",
]

if TYPE_CHECKING:
    from policykit.engine.call_records import Call, read_calls
    from policykit.engine.compile import compile_policy
    from policykit.engine.decision import Decision, EffectKind, Obligation, UnknownFact
    from policykit.engine.evaluate import ReadValue, Trace
    from policykit.engine.explain import Change, Explanation, RuleExplanation
    from policykit.engine.load import standard_vocabulary
    from policykit.engine.outline import Outline, RolloutOutline, RuleOutline, StopOutline
    from policykit.engine.patterns import Sought
    from policykit.engine.policy import Policy, StopOutcome
    from policykit.engine.policy_tests import TestResult, run_tests
    from policykit.engine.program import ClauseInfo
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.engine.call_records": "Call read_calls",
            "policykit.engine.compile": "compile_policy",
            "policykit.engine.decision": "Decision EffectKind Obligation UnknownFact",
            "policykit.engine.evaluate": "ReadValue Trace",
            "policykit.engine.explain": "Change Explanation RuleExplanation",
            "policykit.engine.load": "standard_vocabulary",
            "policykit.engine.outline": "Outline RolloutOutline RuleOutline StopOutline",
            "policykit.engine.patterns": "Sought",
            "policykit.engine.policy": "Policy StopOutcome",
            "policykit.engine.policy_tests": "TestResult run_tests",
            "policykit.engine.program": "ClauseInfo",
        },
    )
