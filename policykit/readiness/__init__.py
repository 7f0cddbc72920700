"""Readiness: a policy, a project and its evidence give a verdict for a gate, with a reason for every clause."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit._lazy import face

__all__ = [
    "Claim",
    "ClauseVerdict",
    "Due",
    "EvidenceBinding",
    "EvidenceUse",
    "Expiry",
    "Files",
    "GateSummary",
    "Loosened",
    "Outcome",
    "Owner",
    "PolicyView",
    "Project",
    "Read",
    "Reason",
    "Remedy",
    "RestsOn",
    "ScorecardView",
    "Section",
    "SignOffVerdict",
    "Signature",
    "SignedVerdict",
    "Signing",
    "StopVerdict",
    "SubjectView",
    "Task",
    "TrailPlace",
    "Verdict",
    "WaiverView",
    "check_loaded",
    "check_project",
    "human_statement",
    "load_keys",
    "load_project",
    "manifest",
    "open_verdict",
    "sign_gate",
    "sign_verdict",
]

if TYPE_CHECKING:
    from policykit.readiness.attest import Signing, human_statement, manifest, sign_gate
    from policykit.readiness.check import check_loaded, check_project, load_keys, load_project
    from policykit.readiness.outcome import Outcome
    from policykit.readiness.project import EvidenceBinding, Files, Project, TrailPlace
    from policykit.readiness.signed_verdict import SignedVerdict, open_verdict, sign_verdict
    from policykit.readiness.verdict import (
        Claim,
        ClauseVerdict,
        Due,
        EvidenceUse,
        Expiry,
        GateSummary,
        Loosened,
        Owner,
        PolicyView,
        Read,
        Reason,
        Remedy,
        RestsOn,
        ScorecardView,
        Section,
        Signature,
        SignOffVerdict,
        StopVerdict,
        SubjectView,
        Task,
        Verdict,
        WaiverView,
    )
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.readiness.attest": "Signing human_statement manifest sign_gate",
            "policykit.readiness.check": "check_loaded check_project load_keys load_project",
            "policykit.readiness.outcome": "Outcome",
            "policykit.readiness.project": "EvidenceBinding Files Project TrailPlace",
            "policykit.readiness.signed_verdict": "SignedVerdict open_verdict sign_verdict",
            "policykit.readiness.verdict": (
                "Claim ClauseVerdict Due EvidenceUse Expiry GateSummary Loosened Owner PolicyView Read "
                "Reason Remedy RestsOn ScorecardView Section SignOffVerdict Signature StopVerdict "
                "SubjectView Task Verdict WaiverView"
            ),
        },
    )
