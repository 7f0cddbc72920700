"""Short names for the `ast` nodes that the generated functions consist of."""

from __future__ import annotations

import ast
from typing import Any

_COMPARISONS: dict[str, ast.cmpop] = {
    "<": ast.Lt(),
    "<=": ast.LtE(),
    ">": ast.Gt(),
    ">=": ast.GtE(),
    "==": ast.Eq(),
    "!=": ast.NotEq(),
    "is": ast.Is(),
    "is not": ast.IsNot(),
    "in": ast.In(),
    "not in": ast.NotIn(),
}

AT: Any = {"lineno": 1, "col_offset": 0}
"""Nodes must have a place. Given when they are made, because `ast.fix_missing_locations` takes as long as compiling."""

FALSE = ast.Constant(value=False, **AT)
TRUE = ast.Constant(value=True, **AT)
NONE = ast.Constant(value=None, **AT)


def load(name: str) -> ast.expr:
    """`name`."""
    return ast.Name(id=name, ctx=ast.Load(), **AT)


def store(name: str) -> ast.Name:
    """`name`, to be assigned to."""
    return ast.Name(id=name, ctx=ast.Store(), **AT)


def constant(value: object) -> ast.expr:
    """A constant. The only way in which texts and numbers of users enter."""
    return ast.Constant(value=value, **AT)  # type: ignore[arg-type]  # a frozen set is one too


def call(function: str, *arguments: ast.expr) -> ast.expr:
    """`function(*arguments)`."""
    return ast.Call(func=load(function), args=list(arguments), keywords=[], **AT)


def method(value: ast.expr, name: str, *arguments: ast.expr) -> ast.expr:
    """`value.name(*arguments)`."""
    return ast.Call(
        func=ast.Attribute(value=value, attr=name, ctx=ast.Load(), **AT), args=list(arguments), keywords=[], **AT
    )


def compared(left: ast.expr, *rest: str | ast.expr) -> ast.expr:
    """`left op right`, or a chain `left op middle op right`; operators are texts."""
    operators = [_COMPARISONS[item] for item in rest[0::2] if isinstance(item, str)]
    operands = [item for item in rest[1::2] if isinstance(item, ast.expr)]
    return ast.Compare(left=left, ops=operators, comparators=operands, **AT)


def every(*items: ast.expr) -> ast.expr:
    """`a and b and c`."""
    return items[0] if len(items) == 1 else ast.BoolOp(op=ast.And(), values=list(items), **AT)


def some(*items: ast.expr) -> ast.expr:
    """`a or b or c`."""
    return items[0] if len(items) == 1 else ast.BoolOp(op=ast.Or(), values=list(items), **AT)


def inverse(item: ast.expr) -> ast.expr:
    """`not item`."""
    return ast.UnaryOp(op=ast.Not(), operand=item, **AT)


def either(test: ast.expr, then: ast.expr, otherwise: ast.expr) -> ast.expr:
    """`then if test else otherwise`."""
    return ast.IfExp(test=test, body=then, orelse=otherwise, **AT)


def assign(name: str, value: ast.expr) -> ast.stmt:
    """`name = value`."""
    return ast.Assign(targets=[store(name)], value=value, **AT)


def add_bit(name: str, bit: int) -> ast.stmt:
    """`name |= bit`."""
    return ast.AugAssign(target=store(name), op=ast.BitOr(), value=constant(bit), **AT)


def when(test: ast.expr, then: list[ast.stmt], otherwise: list[ast.stmt] | None = None) -> ast.stmt:
    """`if test: then else: otherwise`."""
    return ast.If(test=test, body=then, orelse=otherwise or [], **AT)


def function(name: str, parameters: list[str], body: list[ast.stmt]) -> ast.FunctionDef:
    """`def name(*parameters): body`."""
    arguments = ast.arguments(
        posonlyargs=[], args=[ast.arg(arg=p, **AT) for p in parameters], kwonlyargs=[], kw_defaults=[], defaults=[]
    )
    return ast.FunctionDef(name=name, args=arguments, body=body, decorator_list=[], **AT)
