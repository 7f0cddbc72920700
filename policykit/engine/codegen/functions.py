"""The functions of one phase: `decide`, and one residual function for each shape of keyed rules.

`decide` tries the rules that stand alone, one after the other, and looks the others up. It collects the numbers of
matched and unknown rules as bits. Whatever goes wrong in it leads to the exact path for the whole decision.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import CodeType

from policykit.engine.codegen import nodes as n
from policykit.engine.codegen.emit import emitted
from policykit.engine.codegen.index import Group, Row, grouped
from policykit.engine.codegen.plan import AtomPlan, Joined, Node, planned
from policykit.engine.kleene import pushed_down
from policykit.engine.program import Key, RowData, freeze
from policykit.language import checked as c
from policykit.vocabulary.types import Kind, Type

ALWAYS = AtomPlan("always", (), (True,))
"""The plan of a rule without a condition."""


class CompiledPhase:
    """What the functions of one phase refer to by number: atoms of the exact path, texts that are scanned."""

    def __init__(self, conditions: Mapping[int, c.Check | None], types: Mapping[str, Type]) -> None:
        nodes = {k: ALWAYS if check is None else planned(pushed_down(check)) for k, check in conditions.items()}
        self.types = types
        self.atoms: list[bytes] = []
        self.groups, self.alone = grouped(nodes)
        self.scanned: dict[str, dict[c.Pattern, int]] = {}
        for node in nodes.values():
            for plan in plans(node):
                if plan.patterns:
                    bits = self.scanned.setdefault(plan.names[0], {})
                    for pattern in plan.patterns:
                        bits.setdefault(pattern, len(bits))
        self.eager = tuple(dict.fromkeys(self._eager_names()))
        self._shapes: dict[object, int] = {}
        self._functions: list[ast.stmt] = []
        self.tables = tuple(self._table(group) for group in self.groups)

    def _eager_names(self) -> Iterator[str]:
        """Yield the facts that nearly every decision reads: those of the first test of each rule, and the keys."""
        for node in self.alone.values():
            first = next(plans(node))
            yield from first.names
        for group in self.groups:
            yield from group.names

    # --- what generated code refers to ----------------------------------------------------------------------------

    def atom_number(self, plan: AtomPlan) -> int:
        """Return a new number under which the exact path finds the atom."""
        self.atoms.append(freeze(plan.atom))
        return len(self.atoms) - 1

    def scan_number(self, name: str) -> int:
        """Return the number of a scanned text."""
        return list(self.scanned).index(name)

    def mask(self, plan: AtomPlan) -> int:
        """Return the bits of a plan's patterns."""
        bits = self.scanned[plan.names[0]]
        return sum(1 << bits[pattern] for pattern in dict.fromkeys(plan.patterns))

    @property
    def patterns(self) -> tuple[tuple[c.Pattern, ...], ...]:
        """Return the patterns of each scanned text, in the order of their bits."""
        return tuple(tuple(bits) for bits in self.scanned.values())

    @property
    def residuals(self) -> int:
        """Return how many residual functions there are."""
        return len(self._shapes)

    # --- keyed rules ----------------------------------------------------------------------------------------------

    def _table(self, group: Group) -> dict[Key, tuple[RowData, ...]]:
        table: dict[Key, list[RowData]] = {}
        for row in group.rows:
            data = self._row_data(row)
            for key in row.keys:
                table.setdefault(key[0] if len(key) == 1 else key, []).append(data)
        return {key: tuple(rows) for key, rows in table.items()}

    def _row_data(self, row: Row) -> RowData:
        if row.residual is None:
            return row.rule, -1, ()
        shape = _shape(row.residual)
        number = self._shapes.get(shape)
        if number is None:
            number = self._shapes[shape] = len(self._shapes)
            self._functions.append(_residual_function(self, number, row.residual))
        base = len(self.atoms)
        arguments: list[object] = [base]
        for plan in plans(row.residual):
            self.atom_number(plan)
            arguments += plan.constants
            arguments += [self.mask(plan)] if plan.patterns else []
        return row.rule, number, tuple(arguments)

    # --- all together ---------------------------------------------------------------------------------------------

    def code(self) -> CodeType:
        """Return the code that defines `decide` and `residual_0`, `residual_1` ..."""
        decide = n.function("decide", ["facts"], self._body())
        module = ast.Module(body=[*self._functions, decide], type_ignores=[])
        return compile(module, "<policykit>", "exec")

    def _body(self) -> list[ast.stmt]:
        site = _DecideSite(self)
        tried: list[ast.stmt] = []
        for number, node in self.alone.items():
            then = n.add_bit("m", 1 << number)
            if node is ALWAYS:
                tried.append(then)
                continue
            unknown = n.when(emitted(node, site, "possible"), [n.add_bit("u", 1 << number)])
            certain = n.when(emitted(node, site, "certain"), [then], [unknown])
            tried.append(n.when(emitted(node, site, "rough"), [certain]))
        for number, group in enumerate(self.groups):
            tried.append(self._look_up(number, group, site))
        start = [*self._reading(), n.assign("m", n.constant(0)), n.assign("u", n.constant(0)), *site.prelude()]
        exact: list[ast.stmt] = [ast.Return(value=n.call("EXACT", n.load("facts")), **n.AT)]
        caught = ast.ExceptHandler(type=n.load("Exception"), name=None, body=exact, **n.AT)
        end: list[ast.stmt] = []
        if self.groups:
            spread = ast.Tuple(elts=[n.store("m"), n.store("u")], ctx=ast.Store(), **n.AT)
            value = n.call("SPREAD", n.load("m"), n.load("u"), n.load("hits"))
            end.append(n.when(n.load("hits"), [ast.Assign(targets=[spread], value=value, **n.AT)]))
        end += _finishing()
        return [ast.Try(body=[*start, *tried], handlers=[caught], orelse=[], finalbody=[], **n.AT), *end]

    def _reading(self) -> list[ast.stmt]:
        """Read the eager facts with one call; where one is missing, one by one."""
        is_plain = n.compared(n.call("type", n.load("facts")), "is not", n.load("dict"))
        copied = n.when(is_plain, [n.assign("facts", n.call("COPY", n.load("facts")))])
        one_by_one: list[ast.stmt] = [
            n.assign(f"v{i}", n.method(n.load("facts"), "get", n.constant(name))) for i, name in enumerate(self.eager)
        ]
        if len(self.eager) < 2:
            return [copied, *one_by_one]
        together = ast.Tuple(elts=[n.store(f"v{i}") for i in range(len(self.eager))], ctx=ast.Store(), **n.AT)
        at_once = ast.Assign(targets=[together], value=n.call("FIRST", n.load("facts")), **n.AT)
        missing = ast.ExceptHandler(type=n.load("KeyError"), name=None, body=one_by_one, **n.AT)
        return [copied, ast.Try(body=[at_once], handlers=[missing], orelse=[], finalbody=[], **n.AT)]

    def _look_up(self, number: int, group: Group, site: _DecideSite) -> ast.stmt:
        values = [site.again(name) for name in group.names]
        tests = [self._is_plain_key(name, value) for name, value in zip(group.names, values, strict=True)]
        key = values[0] if len(values) == 1 else ast.Tuple(elts=values, ctx=ast.Load(), **n.AT)
        facts, hits, scans = n.load("facts"), n.load("hits"), n.load("w") if self.scanned else n.NONE
        found = n.assign("hits", n.call("ROWS", n.load("k"), facts, scans, hits))
        plain = [
            n.assign("k", n.method(n.load(f"T{number}"), "get", key)),
            n.when(n.compared(n.load("k"), "is not", n.NONE), [found]),
        ]
        unclear = n.assign("hits", n.call("UNCLEAR", n.constant(number), facts, scans, hits, *values))
        return n.when(n.every(*tests), plain, [unclear])

    def _is_plain_key(self, name: str, value: ast.expr) -> ast.expr:
        is_text = n.compared(n.call("type", value), "is", n.load("str"))
        type_ = self.types[name]
        if type_.kind is Kind.CHOICE:
            return n.every(is_text, n.compared(value, "in", n.constant(frozenset(type_.choices))))
        return n.every(is_text, n.method(value, "isascii"))


class _DecideSite:
    """Expressions inside of `decide`: constants stand in the code, eager facts in variables."""

    def __init__(self, phase: CompiledPhase) -> None:
        self._phase = phase
        self._eager = {name: f"v{i}" for i, name in enumerate(phase.eager)}
        self._lazy: dict[str, str] = {}
        self._numbers: dict[int, int] = {}

    def prelude(self) -> list[ast.stmt]:
        """Return what must be set before the first rule."""
        phase = self._phase
        start = [n.assign("hits", n.NONE)] if phase.groups else []
        if phase.groups and phase.scanned:
            return [*start, n.assign("w", ast.List(elts=[n.NONE for _ in phase.scanned], ctx=ast.Load(), **n.AT))]
        return [*start, *(n.assign(f"h{i}", n.NONE) for i in range(len(phase.scanned)))]

    def first(self, name: str) -> ast.expr:
        if name in self._eager:
            return n.load(self._eager[name])
        variable = self._lazy.setdefault(name, f"x{len(self._lazy)}")
        return ast.NamedExpr(target=n.store(variable), value=self.anew(name), **n.AT)

    def again(self, name: str) -> ast.expr:
        return n.load(self._eager.get(name) or self._lazy.setdefault(name, f"x{len(self._lazy)}"))

    def anew(self, name: str) -> ast.expr:
        if name in self._eager:
            return n.load(self._eager[name])
        return n.method(n.load("facts"), "get", n.constant(name))

    def constants(self, plan: AtomPlan) -> list[ast.expr]:
        return [n.constant(value) for value in plan.constants]

    def number(self, plan: AtomPlan) -> ast.expr:
        if id(plan) not in self._numbers:
            self._numbers[id(plan)] = self._phase.atom_number(plan)
        return n.constant(self._numbers[id(plan)])

    def scan(self, plan: AtomPlan, text: ast.expr) -> tuple[ast.expr, ast.expr]:
        number = self._phase.scan_number(plan.names[0])
        wanted = n.constant(self._phase.mask(plan))
        if self._phase.groups:
            return n.call("SCAN", n.constant(number), n.load("w"), text), wanted
        memory = f"h{number}"
        scanned = ast.NamedExpr(target=n.store(memory), value=n.call(f"S{number}", text), **n.AT)
        return n.either(n.compared(n.load(memory), "is", n.NONE), scanned, n.load(memory)), wanted


class _ResidualSite:
    """Expressions inside of a residual function: constants and atom numbers are parameters."""

    def __init__(self, phase: CompiledPhase, residual: Node) -> None:
        self._phase = phase
        self._lazy: dict[str, str] = {}
        self._offsets: dict[int, int] = {}
        self._parameters: dict[int, list[str]] = {}
        self.parameters = ["facts", "w", "a"]
        for offset, plan in enumerate(plans(residual)):
            names = [f"p{offset}_{i}" for i in range(len(plan.constants) + bool(plan.patterns))]
            self._offsets[id(plan)] = offset
            self._parameters[id(plan)] = names
            self.parameters += names

    def first(self, name: str) -> ast.expr:
        variable = self._lazy.setdefault(name, f"x{len(self._lazy)}")
        return ast.NamedExpr(target=n.store(variable), value=self.anew(name), **n.AT)

    def again(self, name: str) -> ast.expr:
        return n.load(self._lazy.setdefault(name, f"x{len(self._lazy)}"))

    def anew(self, name: str) -> ast.expr:
        return n.method(n.load("facts"), "get", n.constant(name))

    def constants(self, plan: AtomPlan) -> list[ast.expr]:
        return [n.load(name) for name in self._parameters[id(plan)][: len(plan.constants)]]

    def number(self, plan: AtomPlan) -> ast.expr:
        return ast.BinOp(left=n.load("a"), op=ast.Add(), right=n.constant(self._offsets[id(plan)]), **n.AT)

    def scan(self, plan: AtomPlan, text: ast.expr) -> tuple[ast.expr, ast.expr]:
        number = n.constant(self._phase.scan_number(plan.names[0]))
        return n.call("SCAN", number, n.load("w"), text), n.load(self._parameters[id(plan)][-1])


def _finishing() -> list[ast.stmt]:
    """Return the decision: a shared one where the call's values do not matter and it was made before."""
    matched, unknown = n.load("m"), n.load("u")
    made = [
        n.assign("d", n.method(n.load("SHARED"), "get", matched)),
        n.when(n.compared(n.load("d"), "is not", n.NONE), [ast.Return(value=n.load("d"), **n.AT)]),
    ]
    result = n.call("FINISH", matched, unknown, n.load("facts"))
    return [n.when(n.inverse(unknown), made), ast.Return(value=result, **n.AT)]


def plans(node: Node) -> Iterator[AtomPlan]:
    """Yield the plans of a node, in the order in which they are tried."""
    if isinstance(node, Joined):
        for part in node.parts:
            yield from plans(part)
    else:
        yield node


def _shape(node: Node) -> tuple[object, ...]:
    """Return what the code of a residual depends on; rules of equal shape share their function."""
    if isinstance(node, Joined):
        return (node.all_of, *(_shape(part) for part in node.parts))
    return (node.form, node.names, node.static, len(node.constants), bool(node.patterns))


def _residual_function(phase: CompiledPhase, number: int, residual: Node) -> ast.stmt:
    """Return a function that says 0 for false, 1 for true, 2 for unknown."""
    site = _ResidualSite(phase, residual)
    unknown = n.either(emitted(residual, site, "possible"), n.constant(2), n.constant(0))
    certain = n.either(emitted(residual, site, "certain"), n.constant(1), unknown)
    answer = n.either(emitted(residual, site, "rough"), certain, n.constant(0))
    return n.function(f"residual_{number}", site.parameters, [ast.Return(value=answer, **n.AT)])
