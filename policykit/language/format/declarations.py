"""Statements that declare words: one line each, in columns with their neighbours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from policykit.language import syntax as s
from policykit.language.format.conditions import Comments, expression
from policykit.language.format.doc import Doc, Line, Row, Token, align, cat, group, indent, layout, separated
from policykit.language.format.effects import keyword
from policykit.language.format.literals import commas, name, names, regex, text, underscored, words

_FAMILIES: dict[type, str] = {
    s.Party: "party",
    s.Role: "role",
    s.Gate: "gate",
    s.Include: "include",
    s.Parameter: "parameter",
    s.Let: "let",
    s.Evidence: "evidence",
    s.Fact: "fact",
    s.Detector: "binding",
    s.Tool: "binding",
    s.Fallback: "binding",
    s.SignOff: "sign-off",
}
"""Statements of one family stand together, without a blank line between them."""


@dataclass(frozen=True, slots=True)
class Columns:
    """A declaration: cells that line up with those of its neighbours, and the rest of the line."""

    cells: tuple[Doc, ...]
    rest: Doc


def family(statement: s.Statement) -> str:
    """Return the family of a declaration, or an empty text for a statement that stands alone."""
    return _FAMILIES.get(type(statement), "")


def rows_of_family(statements: Sequence[s.Statement], comments: Comments) -> list[list[Row]]:
    """Return the rows of each of several declarations of one family, with their cells in columns."""
    all_columns = [_columns(statement, comments) for statement in statements]
    count = max(len(columns.cells) for columns in all_columns)
    widths = [max(c.cells[at].width if at < len(c.cells) else 0 for c in all_columns) for at in range(count)]
    return [layout(_padded(columns, widths)) for columns in all_columns]


def _padded(columns: Columns, widths: Sequence[int]) -> Doc:
    parts: list[Doc] = []
    for cell, width in zip(columns.cells, widths, strict=False):
        if width:
            parts += [cell, Token(" " * (width - cell.width + 1))]
    return cat(*parts, columns.rest)


_NOTHING = Token("")


def _columns(node: s.Statement, comments: Comments) -> Columns:
    match node:
        case s.Party():
            return Columns((keyword("party", node.span), name(node.name)), text(node.legal_name))
        case s.Role():
            of = _NOTHING if node.party is None else words("of", name(node.party))
            return Columns((keyword("role", node.span), _listed(node.names), of), _optional(node.words))
        case s.Gate():
            return Columns((keyword("gate", node.span), name(node.name)), text(node.words))
        case s.Let():
            value = words("=", expression(node.value, comments))
            return Columns((keyword("let", node.span), name(node.name)), value)
        case s.Evidence():
            party = _NOTHING if node.party is None else words("from", name(node.party))
            cells = (keyword("evidence", node.span), name(node.name), words(":", name(node.kind)), party)
            permits = words("permits", names(node.permits)) if node.permits else None
            return Columns(cells, words(None if node.words is None else text(node.words), permits))
        case s.Fact():
            return Columns((keyword("fact", node.span), name(node.name)), _fact(node, comments))
        case s.Parameter():
            return Columns((keyword("parameter", node.span), name(node.name)), _parameter(node, comments))
        case s.Detector():
            patterns = separated([regex(pattern) for pattern in node.patterns], Line(), "or ")
            rest = words(text(node.words), "matches", group(align(*patterns), forced=comments.among(node.patterns)))
            return Columns((keyword("detector", node.span), name(node.name)), rest)
        case s.Tool():
            return Columns((keyword("tool", node.span), name(node.name)), text(node.words))
        case s.Fallback():
            return Columns((keyword("fallback", node.span), name(node.name)), text(node.words))
        case s.Include():
            return Columns((keyword("include", node.span),), _include(node, comments))
        case s.SignOff():
            return Columns((keyword("sign-off", node.span),), _sign_off(node))
        case _:
            raise AssertionError(f"{type(node).__name__} is not a declaration")


def _listed(nodes: Sequence[s.Name]) -> Doc:
    return cat(*separated([name(node) for node in nodes], ", "))


def _optional(node: s.Text | None) -> Doc:
    return _NOTHING if node is None else text(node)


def _fact(node: s.Fact, comments: Comments) -> Doc:
    known = words("known on", names(node.known_on)) if node.known_on else None
    if not node.type.choices:
        return words(":", _type(node.type, comments), text(node.words), known)
    # too long for one row, the text takes the next, so that the choices stay together
    meaning = indent(Line(), words(text(node.words), known), by=5)
    return group(words(":", _type(node.type, comments)), meaning)


def _parameter(node: s.Parameter, comments: Comments) -> Doc:
    default = None if node.default is None else words("=", expression(node.default, comments))
    return words(":", _type(node.type, comments), default, None if node.words is None else text(node.words))


def _type(node: s.TypeName, comments: Comments) -> Doc:
    bounds = None
    if node.low is not None and node.high is not None:
        bounds = words("between", expression(node.low, comments), "and", expression(node.high, comments))
    choices = commas([text(choice) for choice in node.choices], forced=comments.among(node.choices))
    return words(
        keyword(node.word, node.span),
        node.currency or None,
        choices if node.choices else None,
        None if node.element is None else _type(node.element, comments),
        bounds,
    )


def _include(node: s.Include, comments: Comments) -> Doc:
    if not node.arguments:
        return name(node.pack)
    given = [words(name(a.name), "=", expression(a.value, comments)) for a in node.arguments]
    arguments = indent(Line(), "with ", align(*separated(given, ",", Line())), by=2)
    return group(name(node.pack), arguments, forced=comments.among(node.arguments))


def _sign_off(node: s.SignOff) -> Doc:
    least = None if node.at_least is None else f"at least {underscored(node.at_least.value)} of"
    return words("for", name(node.gate), "by", least, names(node.roles))
