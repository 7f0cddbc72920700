"""What is known of the relations and operations of the language, each in one table: mirrored, opposite, in words."""

from __future__ import annotations

from collections.abc import Callable

from policykit.language.checked import Relation
from policykit.vocabulary.exact import add, multiply, subtract
from policykit.vocabulary.types import Exact

MIRRORED: dict[Relation, Relation] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
"""The relation that holds when the sides are exchanged."""
OPPOSITE: dict[Relation, Relation] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
"""The relation that holds when this one does not."""
MUST_BE: dict[Relation, str] = {
    "<": "less than ", "<=": "at most ", ">": "more than ", ">=": "at least ", "==": "", "!=": "anything but ",
}  # fmt: skip
"""What stands before the other side, as in "must be at most 5"."""
COMPUTE: dict[str, Callable[[Exact, Exact], Exact]] = {"+": add, "-": subtract, "*": multiply}
"""How two numbers are computed with."""
