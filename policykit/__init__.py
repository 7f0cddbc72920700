"""policykit: say what production-ready means, decide it from evidence, enforce it at runtime, prove it later.

    policykit.load("governance.policy").decide({"call.model": "gpt-5-mini"})

More stands in the rooms: `policykit.guard`, `policykit.trail`, `policykit.readiness` and others (docs/stability.md).
"""

from __future__ import annotations

from policykit._lazy import face
from policykit._version import __version__

TYPE_CHECKING = False  # spares the import of `typing`

__all__ = [
    "Decision",
    "DecisionUsageError",
    "DetectorError",
    "EvidenceError",
    "FactsError",
    "Guard",
    "GuardError",
    "KeyMaterialError",
    "Policy",
    "PolicyError",
    "PolicyViolation",
    "PolicykitError",
    "PricesError",
    "ProjectError",
    "ResourceMissingError",
    "Trail",
    "TrailError",
    "UnguardedError",
    "VocabularyError",
    "__version__",
    "check_project",
    "load",
]

if TYPE_CHECKING:
    from policykit.engine.decision import Decision
    from policykit.engine.load import load
    from policykit.engine.policy import Policy
    from policykit.errors import (
        DecisionUsageError,
        DetectorError,
        EvidenceError,
        FactsError,
        GuardError,
        KeyMaterialError,
        PolicyError,
        PolicykitError,
        PolicyViolation,
        PricesError,
        ProjectError,
        ResourceMissingError,
        TrailError,
        UnguardedError,
        VocabularyError,
    )
    from policykit.guard.guard import Guard
    from policykit.readiness.check import check_project
    from policykit.trail.append import Trail
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.engine.decision": "Decision",
            "policykit.engine.load": "load",
            "policykit.engine.policy": "Policy",
            "policykit.errors": (
                "DecisionUsageError DetectorError EvidenceError FactsError GuardError KeyMaterialError "
                "PolicyError PolicyViolation PolicykitError PricesError ProjectError ResourceMissingError "
                "TrailError UnguardedError VocabularyError"
            ),
            "policykit.guard.guard": "Guard",
            "policykit.readiness.check": "check_project",
            "policykit.trail.append": "Trail",
        },
    )
