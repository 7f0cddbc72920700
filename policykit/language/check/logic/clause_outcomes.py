"""`EVAL-1 fails`: the outcome of another clause as a condition of a stop."""

from __future__ import annotations

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.scope import Place

_VERBS = ("passes", "fails", "is unknown")
OUTCOMES = {
    "passes": "passes", "pass": "passes", "passed": "passes", "is met": "passes", "succeeds": "passes",
    "is reached": "passes", "fails": "fails", "fail": "fails", "failed": "fails", "is missed": "fails",
    "misses": "fails", "is not met": "fails", "is failed": "fails", "is not reached": "fails",
    "is failing": "fails", "is passing": "passes", "is passed": "passes", "passing": "passes", "failing": "fails",
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
    place.report.error(
        "PK247",
        f"`{node.verb}` is no outcome of a clause",
        node.span,
        expected="`passes`, `fails` or `is unknown`",
        help=_help(place, node.clause.text, verb),
    )
    return None


def _help(place: Place, clause: str, verb: str) -> str:
    """Return the help for an outcome that is none; and what is denied stays denied."""
    if verb == "is known":
        return f"write `not {clause} is unknown`"
    denied = verb.startswith("is not ") and verb not in OUTCOMES
    said = verb.removeprefix("is not ") if denied else verb
    near = OUTCOMES.get(said) or OUTCOMES.get(f"is {said}")
    if near is None:
        near = place.report.nearest(f"is {said}" if denied and said.startswith("unk") else said, _VERBS)
    return f"write `{'not ' if denied else ''}{clause} {near}`" if near else ""
