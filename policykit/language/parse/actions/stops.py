"""Parts that only a stop has."""

from __future__ import annotations

from typing import Any

from policykit.language import syntax as s
from policykit.language.parse.actions.literals import length_in
from policykit.language.parse.actions.reductions import Context, Item, reduces
from policykit.source import Span


@reduces("tell")
def tell(_context: Context, args: list[Any], span: Span) -> Item:
    """Build `tell run_owner`."""
    return Item("tell", args[0], span)


@reduces("stop_unknown")
def stop_unknown(context: Context, args: list[Any], span: Span) -> Item:
    """Build `unknown tell ...`, which is all that may stand there in place of the stop's own effect."""
    if isinstance(args[0], Item):
        return Item("unknown", args[0].value, span)
    context.report(
        "PK248",
        "a stop whose condition is unknown acts, or only tells roles",
        args[0].span,
        expected="`unknown tell ROLE`, or no `unknown` at all",
        help="delete the line, and the stop acts whenever its condition is unknown",
    )
    return Item("unknown", (), span)


@reduces("rescope")
def rescope(_context: Context, args: list[Any], span: Span) -> s.Rescope:
    """Build `rescope to ...`."""
    told = [a for a in args if isinstance(a, tuple)]
    return s.Rescope(args[0], length_in(args), told[0] if told else (), span)
