"""The least trust of evidence, and what else writers put behind the comma of `shown by`."""

from __future__ import annotations

from typing import Literal as OneOf

from policykit.language import syntax as s
from policykit.language.parse.actions.reductions import Context
from policykit.source import Span, nearest

TRUST: dict[str, OneOf["", "claimed", "file", "attested"]] = {
    "claimed": "claimed",
    "file": "file",
    "attested": "attested",
}

_MEANT = {
    "signed": "attested", "signature": "attested", "attestation": "attested", "verified": "attested",
    "certified": "attested", "written": "claimed", "stated": "claimed", "manual": "claimed", "tool": "file",
    "files": "file",
}  # fmt: skip


def unknown_trust(context: Context, level: s.Name, evidence: tuple[s.Name, ...]) -> None:
    """Report a word behind the comma of `shown by`: a level of trust, or else more evidence."""
    meant = _MEANT.get(level.text) or nearest(level.text, TRUST)
    names = " and ".join(name.text for name in (*evidence, level))
    context.report(
        "PK030", f"unknown trust `{level.text}`", level.span if meant else Span(evidence[0].span.start, level.span.end),
        expected="`claimed`, `file` or `attested`",
        help=f"did you mean `{meant}`?" if meant else f"if it is evidence, write `{names}`",
    )  # fmt: skip
