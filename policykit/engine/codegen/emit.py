"""Plans written down as expressions.

Each node yields expressions of two values: `possible`, true unless the condition is definitely false, and `certain`,
true when it is definitely true. Kleene's `and` and `or` act on both alike, and `not` stands only at atoms. A third one,
`rough`, is true whenever `possible` is, and sometimes else: the cheapest test that lets most rules be skipped.

An atom tests for the plain Python type first; the answer for everything else comes from `P` (possible) and `C`
(certain), the exact path, which gets the number of the atom and the raw values. A value of None is missing: possible,
never certain.
"""

from __future__ import annotations

import ast
from typing import Literal, Protocol, assert_never

from policykit.engine.codegen import nodes as n
from policykit.engine.codegen.numbers import SMALLEST
from policykit.engine.codegen.plan import AtomPlan, Joined, Node


class Site(Protocol):
    """The function that expressions are written for: where facts, constants and scans come from there."""

    def first(self, name: str) -> ast.expr:
        """Return an expression that reads a fact, and after which `again` may be used."""

    def again(self, name: str) -> ast.expr:
        """Return an expression for a fact that was read with `first` just before."""

    def anew(self, name: str) -> ast.expr:
        """Return an expression for a fact, whatever was read before."""

    def constants(self, plan: AtomPlan) -> list[ast.expr]:
        """Return expressions for the constants of a plan."""

    def number(self, plan: AtomPlan) -> ast.expr:
        """Return an expression for the number under which the exact path knows the atom of a plan."""

    def scan(self, plan: AtomPlan, text: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Return the mask of what is found in a text, and the mask of the plan's own patterns."""


Mode = Literal["rough", "possible", "certain"]


def emitted(node: Node, site: Site, mode: Mode) -> ast.expr:
    """Return one of the three expressions of a node."""
    if isinstance(node, Joined):
        parts = [emitted(part, site, mode) for part in node.parts]
        return n.every(*parts) if node.all_of else n.some(*parts)
    atom = _Atom(node, site, certain=mode == "certain")
    return (atom.rough() if mode == "rough" else None) or atom.expression()


class _Atom:
    """One atom at one site."""

    def __init__(self, plan: AtomPlan, site: Site, *, certain: bool) -> None:
        self._plan = plan
        self._site = site
        self._certain = certain
        self._constants = site.constants(plan)

    def expression(self) -> ast.expr:
        plan = self._plan
        match plan.form:
            case "always":
                return n.constant(plan.static[0] is True or (plan.static[0] is None and not self._certain))
            case "exact":
                return self._exact()
            case "flag":
                return self._flag()
            case "supplied":
                return self._supplied()
            case "numbers":
                return self._numbers()
            case "text" | "affix" | "contains" | "choice":
                test = _is_a(self._site.first(plan.names[0]), "str")
                return self._guarded(test, self._of_text())
            case "number" | "number set":
                likeness = plan.static[1]
                assert isinstance(likeness, tuple)
                return self._guarded(self._is_number(plan.names[0], likeness), self._of_number(likeness))
            case _:
                assert_never(plan.form)

    def rough(self) -> ast.expr | None:
        """Return a test that only values fail for which the atom is definitely false; None where none is cheaper."""
        plan, site = self._plan, self._site
        if plan.form == "flag":
            return n.compared(site.first(plan.names[0]), "is not", n.constant(not plan.static[0]))
        if plan.form in ("text", "affix", "choice"):
            return n.inverse(n.every(_is_a(site.first(plan.names[0]), "str"), *self._false_texts()))
        if plan.form in ("number", "number set"):
            likeness = plan.static[1]
            assert isinstance(likeness, tuple)
            _, false = self._regions(likeness)
            return n.inverse(n.every(self._is_number(plan.names[0], likeness), false))
        return self._rough_numbers() if plan.form == "numbers" else None

    def _false_texts(self) -> list[ast.expr]:
        """Return tests that together pass only texts for which the atom is false."""
        plan, value = self._plan, self._site.again(self._plan.names[0])
        if plan.form == "choice":
            return [self._chosen(value)[1]]
        readable = n.method(value, "isascii")
        if plan.form == "affix":
            found, negated, _ = self._found(value)
            return [found if negated else n.inverse(found), readable]
        inverted, single = plan.static
        operator = ("==" if inverted else "!=") if single else ("in" if inverted else "not in")
        test = n.compared(value, operator, self._constants[0])
        return [test] if inverted else [test, readable]

    def _rough_numbers(self) -> ast.expr | None:
        """`not (smallest <= a <= b <= largest)` for `a > b`: one chain holds the ranges and the comparison."""
        plan, site = self._plan, self._site
        relation, one, other = plan.static
        assert isinstance(relation, str)
        assert isinstance(one, tuple)
        assert isinstance(other, tuple)
        if relation not in _FALSE_ORDER:
            return None
        tests = [self._is_number(name, like) for name, like in zip(plan.names, (one, other), strict=True)]
        values = [site.again(name) for name in plan.names]
        low, high = values if relation in (">", ">=") else reversed(values)
        least, most = max(one[2], other[2], SMALLEST), min(one[3], other[3])
        chain = n.compared(n.constant(least), "<=", low, _FALSE_ORDER[relation], high, "<=", n.constant(most))
        return n.inverse(n.every(*tests, chain))

    # --- the exact path -------------------------------------------------------------------------------------------

    def _exact(self) -> ast.expr:
        values = [self._site.anew(name) for name in self._plan.names]
        return n.call("C" if self._certain else "P", self._site.number(self._plan), *values)

    def _guarded(self, test: ast.expr, plain: ast.expr) -> ast.expr:
        """Return `plain` where the test holds, and the exact answer where it does not; missing is never certain."""
        raw = self._site.anew(self._plan.names[0])
        missing = n.compared(raw, "is not" if self._certain else "is", n.NONE)
        exact = (n.every if self._certain else n.some)(missing, self._exact())
        return n.either(test, plain, exact)

    def _settled(self, true: ast.expr, false: ast.expr) -> ast.expr:
        """Return the answer from two regions in which it is known."""
        if self._certain:
            return n.some(true, n.every(n.inverse(false), self._exact()))
        return n.every(n.inverse(false), n.some(true, self._exact()))

    # --- texts ----------------------------------------------------------------------------------------------------

    def _of_text(self) -> ast.expr:
        """Return the answer for a `str`. Texts that are not ASCII may be no Unicode, which is then unknown."""
        plan, value = self._plan, self._site.again(self._plan.names[0])
        if plan.form == "choice":
            return self._settled(*self._chosen(value))
        found, negated, sure = self._found(value)
        readable = n.method(value, "isascii")
        if negated:
            if self._certain:
                return n.every(n.inverse(found), n.some(readable, self._exact()))
            unclear = n.every(n.inverse(readable), self._exact())
            return n.inverse(found) if sure else n.some(n.inverse(found), unclear)
        if self._certain:
            return found if sure else n.every(found, n.some(readable, self._exact()))
        return found if plan.form == "contains" and sure else n.some(found, n.every(n.inverse(readable), self._exact()))

    def _chosen(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """Return the tests that pass only texts for which a test of a choice is true, and false."""
        tests = [
            n.compared(value, "==" if lone else "in", texts)
            for lone, texts in zip(self._plan.static, self._constants, strict=True)
        ]
        return tests[0], tests[1]

    def _found(self, value: ast.expr) -> tuple[ast.expr, bool, bool]:
        """Return the test, whether the atom negates it, and whether a text that passes it is known to be readable."""
        plan = self._plan
        if plan.form == "text":
            negated, single = plan.static
            return n.compared(value, "==" if single else "in", self._constants[0]), bool(negated), True
        if plan.form == "affix":
            where, negated = plan.static
            test = n.method(value, "startswith" if where == "starts" else "endswith", *self._constants)
            return test, bool(negated), False
        mode, negated = plan.static
        return self._hits(value, every=mode == "all"), bool(negated), True

    def _hits(self, value: ast.expr, *, every: bool) -> ast.expr:
        found, wanted = self._site.scan(self._plan, value)
        hits = ast.BinOp(left=found, op=ast.BitAnd(), right=wanted, **n.AT)
        return n.compared(hits, "==", wanted) if every else n.compared(hits, "!=", n.constant(0))

    # --- numbers --------------------------------------------------------------------------------------------------

    def _is_number(self, name: str, likeness: tuple[object, ...]) -> ast.expr:
        """`(t := type(v)) is float or t is int`; of what counts, only an int. A bool is neither."""
        value = self._site.first(name)
        if likeness[1]:
            return _is_a(value, "int")
        kind = ast.NamedExpr(target=n.store("t"), value=n.call("type", value), **n.AT)
        return n.some(n.compared(kind, "is", n.load("float")), n.compared(n.load("t"), "is", n.load("int")))

    def _of_number(self, likeness: tuple[object, ...]) -> ast.expr:
        return self._settled(*self._regions(likeness))

    def _regions(self, likeness: tuple[object, ...]) -> tuple[ast.expr, ast.expr]:
        """Return the tests that pass only plain numbers for which the atom is true, and false."""
        plan, value = self._plan, self._site.again(self._plan.names[0])
        limit = self._constants[0]
        if plan.form == "number set":
            inside, outside = n.compared(value, "in", limit), n.compared(value, "not in", limit)
            outside = n.every(outside, _within(value, likeness))
            return (outside, inside) if plan.static[0] else (inside, outside)
        relation, _, sign = plan.static
        assert isinstance(relation, str)
        assert isinstance(sign, int)
        match relation:
            case "==" | "!=":
                equal = n.compared(value, "==", limit)
                unequal = n.every(n.compared(value, "!=", limit), _within(value, likeness))
                return (equal, unequal) if relation == "==" else (unequal, equal)
            case "<" | "<=":
                below = _within(value, likeness, high=(relation, limit, sign))
                above = _within(value, likeness, low=("<=" if relation == "<" else "<", limit, sign))
                return below, above
            case _:
                above = _within(value, likeness, low=("<" if relation == ">" else "<=", limit, sign))
                below = _within(value, likeness, high=("<=" if relation == ">" else "<", limit, sign))
                return above, below

    def _numbers(self) -> ast.expr:
        """Two plain numbers in their ranges compare as they are."""
        plan, site = self._plan, self._site
        relation, *likenesses = plan.static
        tests = []
        for name, likeness in zip(plan.names, likenesses, strict=True):
            assert isinstance(likeness, tuple)
            tests += [self._is_number(name, likeness), _within(site.again(name), likeness)]
        one, other = plan.names
        plain = n.compared(site.again(one), str(relation), site.again(other))
        missing = [n.compared(site.anew(name), "is not" if self._certain else "is", n.NONE) for name in plan.names]
        exact = n.every(*missing, self._exact()) if self._certain else n.some(*missing, self._exact())
        return n.either(n.every(*tests), plain, exact)

    # --- the rest -------------------------------------------------------------------------------------------------

    def _flag(self) -> ast.expr:
        """`v is not False and (v is True or v is None or P(v))`, or the same for no."""
        plan, site = self._plan, self._site
        name, wanted = plan.names[0], bool(plan.static[0])
        yes, no = n.constant(wanted), n.constant(not wanted)
        if self._certain:
            known = n.every(n.compared(site.anew(name), "is not", n.NONE), self._exact())
            return n.some(n.compared(site.first(name), "is", yes), known)
        rest = [n.compared(site.again(name), "is", value) for value in (yes, n.NONE)]
        return n.every(n.compared(site.first(name), "is not", no), n.some(*rest, self._exact()))

    def _supplied(self) -> ast.expr:
        """Two-valued, so `possible` and `certain` are the same."""
        plan, site = self._plan, self._site
        missing, negated, likeness = plan.static
        assert isinstance(likeness, tuple)
        name = plan.names[0]
        absent = n.compared(site.anew(name), "is", n.NONE)
        if missing:
            return n.compared(site.anew(name), "is not" if negated else "is", n.NONE)
        plain = self._is_plain(name, likeness)
        exact = self._exact()
        if negated:
            return n.every(n.inverse(plain), n.some(absent, exact))
        return n.some(plain, n.every(n.inverse(absent), exact))

    def _is_plain(self, name: str, likeness: tuple[object, ...]) -> ast.expr:
        """Return a test that only values of the type pass, though not all."""
        value = self._site.again(name)
        match likeness[0]:
            case "number":
                return n.every(self._is_number(name, likeness), _within(value, likeness))
            case "text":
                return n.every(_is_a(self._site.first(name), "str"), n.method(value, "isascii"))
            case _:
                return n.FALSE


def _is_a(value: ast.expr, type_: str) -> ast.expr:
    return n.compared(n.call("type", value), "is", n.load(type_))


_FALSE_ORDER = {">": "<=", ">=": "<", "<": "<=", "<=": "<"}
"""With the sides in rising order: what holds between them where the relation does not."""

_Bound = tuple[str, ast.expr, int]
"""A relation to the value's other side, the expression of the limit, and the limit's sign."""


def _within(
    value: ast.expr, likeness: tuple[object, ...], low: _Bound | None = None, high: _Bound | None = None
) -> ast.expr:
    """Return whether a plain number lies in the range of its type, cut by a limit, and is not too small to be one.

    Above zero, zero and below zero are three tests, because positive floats below `SMALLEST` are left out. The first
    decides in nearly all cases.
    """
    _, whole, least, most = likeness
    assert isinstance(least, int | float)
    assert isinstance(most, int | float)
    floor: _Bound = low or ("<=", n.constant(least), (least > 0) - (least < 0))
    ceiling: _Bound = high or ("<=", n.constant(most), (most > 0) - (most < 0))
    if whole or floor[2] > 0 or ceiling[2] < 0:
        return n.compared(floor[1], floor[0], value, ceiling[0], ceiling[1])
    pieces = []
    if ceiling[2] > 0:
        pieces.append(n.compared(n.constant(SMALLEST), "<=", value, ceiling[0], ceiling[1]))
    if (floor[2] < 0 or floor[0] == "<=") and (ceiling[2] > 0 or ceiling[0] == "<="):
        pieces.append(n.inverse(value))
    if floor[2] < 0:
        pieces.append(n.compared(floor[1], floor[0], value, "<=", n.constant(-SMALLEST)))
    return n.some(*pieces) if pieces else n.FALSE
