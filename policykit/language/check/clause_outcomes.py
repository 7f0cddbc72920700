"""`EVAL-1 fails`: the outcome of another clause as a condition of a stop."""

from __future__ import annotations

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.scope import Place

_VERBS = ("passes", "fails", "is unknown")
_MEANT = {
    "passes": "passes", "pass": "passes", "passed": "passes", "is met": "passes", "succeeds": "passes",
    "is reached": "passes", "fails": "fails", "fail": "fails", "failed": "fails", "is missed": "fails",
    "misses": "fails", "is not met": "fails", "is failed": "fails", "is not reached": "fails",
}  # fmt: skip
"""Other words for an outcome. A clause that is not met for want of evidence is unknown, which a stop acts on too."""


def clause_says(place: Place, node: s.ClauseSays) -> c.ClauseSays | None:
    """Return the outcome that is asked for; None where it cannot be asked, or is none, which is reported."""
    if not place.says_clauses:
        place.report.error(
            "PK245",
            f"{place.what} cannot ask for the outcome of `{node.clause.text}`",
            node.span,
            expected="a condition over the facts or the evidence themselves",
            help="only the `when` of a stop asks for the outcome of a clause, and never inside of `has`",
        )
        return None
    verb = " ".join(node.verb.split())
    for known in _VERBS:
        if known == verb:
            return c.ClauseSays(node.clause.text, known, node.span)  # type: ignore[arg-type]
    near = _MEANT.get(verb, "") or place.report.nearest(verb, _VERBS)
    place.report.error(
        "PK247",
        f"`{node.verb}` is no outcome of a clause",
        node.span,
        expected="`passes`, `fails` or `is unknown`",
        help=f"write `{node.clause.text} {near}`" if near else "",
    )
    return None
