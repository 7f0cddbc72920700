"""Evidence: reads what tools and people wrote into typed values, and says how far they can be relied on.

evidence = read_evidence(
    "results.json", kind="evaluation", reader=None, zone=None, now=now, project_root=root, options={}
)
evidence.sufficiency, evidence.fields["accuracy"], evidence.problems
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit._lazy import face

__all__ = [
    "Completeness",
    "Definition",
    "Evidence",
    "EvidenceFile",
    "KeyRing",
    "PolicyTerms",
    "ProjectTrail",
    "Reader",
    "Reading",
    "Request",
    "RingKey",
    "Subject",
    "Sufficiency",
    "Summary",
    "Tool",
    "Trust",
    "all_readers",
    "load_key_ring",
    "merge",
    "read_evidence",
]

if TYPE_CHECKING:
    from policykit.evidence.key_ring import KeyRing, RingKey, load_key_ring
    from policykit.evidence.merging import merge
    from policykit.evidence.model import Completeness, Evidence, Reading, Subject, Sufficiency, Summary, Tool, Trust
    from policykit.evidence.project_trail import Definition, ProjectTrail
    from policykit.evidence.reader import PolicyTerms, Reader, Request, all_readers
    from policykit.evidence.reading import read_evidence
    from policykit.evidence.safe_file import EvidenceFile
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.evidence.key_ring": "KeyRing RingKey load_key_ring",
            "policykit.evidence.merging": "merge",
            "policykit.evidence.model": "Completeness Evidence Reading Subject Sufficiency Summary Tool Trust",
            "policykit.evidence.project_trail": "Definition ProjectTrail",
            "policykit.evidence.reader": "PolicyTerms Reader Request all_readers",
            "policykit.evidence.reading": "read_evidence",
            "policykit.evidence.safe_file": "EvidenceFile",
        },
    )
