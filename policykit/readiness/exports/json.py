"""The verdict as JSON; its schema is `docs/verdict-schema.json`."""

from __future__ import annotations

from policykit.readiness.exports._export import Export
from policykit.readiness.verdict import Verdict


def render(verdict: Verdict) -> str:
    """Return the verdict as indented JSON."""
    return verdict.to_json()


EXPORT = Export("json", "everything, for machines", render)
