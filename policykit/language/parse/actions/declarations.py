"""Statements that declare words."""

from __future__ import annotations

from typing import Any

from policykit.language import syntax as s
from policykit.language.parse.actions.literals import plain_number
from policykit.language.parse.actions.reductions import Context, Item, every, first, reduces
from policykit.source import Span


def declare(context: Context, statement: s.Statement) -> s.Statement:
    """Keep a finished statement: what was read before a mistake is not lost."""
    context.statements.append(statement)
    return statement


@reduces("language")
def language(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `language 1`."""
    return declare(context, s.LanguageStatement(plain_number(context, args[0], span), span))


@reduces("title")
def title(_context: Context, args: list[Any], span: Span) -> Item:
    """Build the title of the header."""
    return Item("title", args[0], span)


@reduces("timezone")
def timezone(_context: Context, args: list[Any], span: Span) -> Item:
    """Build the time zone of the header."""
    return Item("timezone", args[0], span)


@reduces("header")
def header(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `policy ...` or `pack ...`."""
    kind, name, version, *items = args
    word = s.Name(str(name), Span(name.start_pos, name.end_pos))
    parts = once(context, items)
    return declare(
        context, s.Header("policy" if kind == "policy" else "pack", word, version, parts.get("title"),
                          parts.get("timezone"), span)
    )  # fmt: skip


_NAMES = "name them all in one line, with a comma between two"
_CONDITIONS = "write one condition: join the two with `and` where both must hold, with `or` where one is enough"
_ONE_LINE = {
    "check": _CONDITIONS, "when": _CONDITIONS, "applies when": _CONDITIONS,
    "owner": _NAMES, "on": _NAMES, "approved by": _NAMES, "resume by": _NAMES, "resume": _NAMES,
    "given": _NAMES, "expect": _NAMES,
    "shown by": "name all the evidence in one line, with `and` between two",
}  # fmt: skip
"""How one line says what writers divide into two."""


def once(context: Context, items: list[Item]) -> dict[str, Any]:
    """Return the parts of a clause by tag; a part given twice is an error."""
    parts: dict[str, Item] = {}
    for item in items:
        if item.tag in parts:
            context.report(
                "PK028",
                f"`{item.tag}` is given twice",
                item.span,
                help=_ONE_LINE.get(item.tag, "keep one of them"),
            )
        parts.setdefault(item.tag, item)
    return {tag: item.value for tag, item in parts.items()}


@reduces("party")
def party(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `party ...`."""
    return declare(context, s.Party(args[0], args[1], span))


@reduces("role")
def role(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `role ...`."""
    names, *rest = args
    return declare(context, s.Role(names, first(s.Name, rest), first(s.Text, rest), span))


@reduces("gate")
def gate(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `gate ...`."""
    return declare(context, s.Gate(args[0], args[1], span))


@reduces("argument")
def argument(_context: Context, args: list[Any], span: Span) -> s.Argument:
    """Build `name = value` of an include."""
    return s.Argument(args[0], args[1], span)


@reduces("include")
def include(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `include ...`."""
    pack = args[0]
    word = s.Name(str(pack), Span(pack.start_pos, pack.end_pos))
    return declare(context, s.Include(word, every(s.Argument, args), span))


@reduces("parameter")
def parameter(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `parameter ...`: the default stands before the words, and a text alone is the words."""
    name, type_, *rest = args
    words = rest.pop() if rest and isinstance(rest[-1], s.Text) and "=" not in _after(context, type_, rest) else None
    return declare(context, s.Parameter(name, type_, rest[0] if rest else None, words, span))


def _after(context: Context, type_: s.TypeName, rest: list[Any]) -> str:
    """Return what stands between the type and the last part when that part is the only one."""
    return context.source.text[type_.span.end : rest[0].span.start] if len(rest) == 1 else ""


@reduces("let_")
def let(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `let ...`."""
    return declare(context, s.Let(args[0], args[1], span))


@reduces("evidence")
def evidence(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `evidence ...`."""
    name, kind, *rest = args
    permits = next((part for part in rest if isinstance(part, tuple)), ())
    return declare(context, s.Evidence(name, kind, first(s.Name, rest), first(s.Text, rest), permits, span))


@reduces("fact")
def fact(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `fact ...`."""
    name, type_, words, *known = args
    return declare(context, s.Fact(name, type_, words, known[0].value if known else (), span))


@reduces("detector")
def detector(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `detector ...`."""
    return declare(context, s.Detector(args[0], args[1], tuple(args[2:]), span))


@reduces("tool")
def tool(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `tool ...`."""
    return declare(context, s.Tool(args[0], args[1], span))


@reduces("fallback")
def fallback(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `fallback ...`."""
    return declare(context, s.Fallback(args[0], args[1], span))


# --- phases and types ---------------------------------------------------------------------------------------------


@reduces("tool_input", "tool_output")
def tool_phase(context: Context, _args: list[Any], span: Span) -> s.Name:
    """Build a phase of two words."""
    return s.Name(" ".join(context.words(span)), span)


@reduces("named_phase")
def named_phase(_context: Context, args: list[Any], _span: Span) -> s.Name:
    """Build a phase of one word."""
    name: s.Name = args[0]
    return name


@reduces("phases")
def phases(_context: Context, args: list[Any], span: Span) -> Item:
    """Build a list of phases."""
    return Item("phases", tuple(args), span)


@reduces("plain_type")
def plain_type(_context: Context, args: list[Any], span: Span) -> s.TypeName:
    """Build a type of one word."""
    return s.TypeName(args[0].text, span=span)


@reduces("points_type", "time_type", "yes_no_type")
def phrase_type(context: Context, _args: list[Any], span: Span) -> s.TypeName:
    """Build a type of several words."""
    return s.TypeName(" ".join(context.words(span)), span=span)


@reduces("money_type")
def money_type(_context: Context, args: list[Any], span: Span) -> s.TypeName:
    """Build `money` or `money EUR`."""
    return s.TypeName("money", currency=str(args[0]) if args else "", span=span)


@reduces("choice_type")
def choice_type(_context: Context, args: list[Any], span: Span) -> s.TypeName:
    """Build `one of ...`."""
    return s.TypeName("one of", choices=tuple(args), span=span)


@reduces("list_type")
def list_type(_context: Context, args: list[Any], span: Span) -> s.TypeName:
    """Build `list of ...`."""
    return s.TypeName("list of", element=args[0], span=span)


@reduces("bounds")
def bounds(_context: Context, args: list[Any], span: Span) -> Item:
    """Build the range of a type."""
    return Item("bounds", (args[0], args[1]), span)


@reduces("type")
def type_(_context: Context, args: list[Any], span: Span) -> s.TypeName:
    """Build a type with its range."""
    word: s.TypeName = args[0]
    low, high = args[1].value if len(args) > 1 else (None, None)
    return s.TypeName(word.word, word.currency, word.choices, word.element, low, high, span)
