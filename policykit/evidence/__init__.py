"""Evidence: reads what tools and people wrote into typed values, and says how far they can be relied on.

evidence = read_evidence(
    "results.json", kind="evaluation", reader=None, zone=None, now=now, project_root=root, options={}
)
evidence.sufficiency, evidence.fields["accuracy"], evidence.problems
"""

from policykit.evidence.globs import expand, is_glob
from policykit.evidence.merging import merge
from policykit.evidence.model import Completeness, Evidence, Subject, Sufficiency, Tool, Trust
from policykit.evidence.reader import Reader, Request, all_readers
from policykit.evidence.reading import read_evidence

__all__ = [
    "Completeness",
    "Evidence",
    "Reader",
    "Request",
    "Subject",
    "Sufficiency",
    "Tool",
    "Trust",
    "all_readers",
    "expand",
    "is_glob",
    "merge",
    "read_evidence",
]
