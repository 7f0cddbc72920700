"""Statements that declare words: parties, roles, gates, evidence, tools, detectors, `let`, `parameter` and so on."""

from __future__ import annotations

from dataclasses import replace

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.literals import fit
from policykit.language.check.logic.expressions import operand
from policykit.language.check.logic.patterns import is_usable
from policykit.language.check.parts import each_once
from policykit.language.check.scope import ListValue, Named, Parameter, Place, Reads, Scope
from policykit.language.check.wording import a_value, distance_at_most_two, listed
from policykit.language.check.words.typenames import type_of
from policykit.vocabulary.meanings import kinds_meant
from policykit.vocabulary.permits import PERMITTABLE
from policykit.vocabulary.types import Kind, Type


def declare_words(scope: Scope, statements: tuple[s.Statement, ...]) -> None:
    """Add parties, roles, gates, tools, fallbacks and detectors to the scope."""
    for node in statements:
        match node:
            case s.Party():
                scope.parties.declare(node.name, _declared(scope, node.name, node.legal_name))
            case s.Gate():
                scope.gates.declare(node.name, _declared(scope, node.name, node.words))
            case s.Tool():
                scope.tools.declare(node.name, _declared(scope, node.name, node.words))
            case s.Fallback():
                scope.fallbacks.declare(node.name, _declared(scope, node.name, node.words))
            case s.Detector():
                _detector(scope, node)
            case _:
                pass
    for node in statements:  # parties first, whatever the order of the file
        match node:
            case s.Role():
                _roles(scope, node)
            case s.Evidence():
                _evidence(scope, node)
            case _:
                pass


def _declared(scope: Scope, name: s.Name, words: s.Text) -> c.Declared:
    return c.Declared(name.text, said(scope, words, f"`{name.text}`"), name.span)


def said(scope: Scope, words: s.Text | None, what: str) -> str:
    """Return the words of a declaration; blank ones, which would bind to nothing, are reported."""
    if words is None:
        return ""
    if not words.value.strip():
        scope.report.error(
            "PK111",
            f"the words of {what} are blank",
            words.span,
            expected="words that a reader of the contract understands",
        )
    return words.value


def _roles(scope: Scope, node: s.Role) -> None:
    words = said(scope, node.words, "the role")
    party = scope.party(node.party) if node.party is not None else ""
    for name in node.names:
        if node.party is None and scope.kind == "policy":
            scope.report.error(
                "PK327",
                f"no party fills the role `{name.text}`",
                name.span,
                expected=f"`role {name.text} of PARTY`",
                help="in a pack a role needs no party; in a policy somebody must answer for it",
            )
        scope.roles.declare(name, c.Role(name.text, party, words, name.span))


def _evidence(scope: Scope, node: s.Evidence) -> None:
    words = said(scope, node.words, f"`{node.name.text}`")
    party = scope.party(node.party) if node.party is not None else ""
    kind = scope.vocabulary.evidence.get(node.kind.text)
    if kind is None:
        known = sorted(scope.vocabulary.evidence)
        scope.report.error(
            "PK106",
            f"unknown kind of evidence `{node.kind.text}`",
            node.kind.span,
            expected="a kind that `policykit vocabulary` lists",
            help=_kind_meant(scope, node.kind.text, known),
        )
    if any(name.startswith(f"{node.name.text}.") for name in scope.vocabulary.facts):
        scope.report.error(
            "PK122",
            f"evidence cannot be called `{node.name.text}`: facts about a call begin with `{node.name.text}.`",
            node.name.span,
            help="choose another name",
        )
    permits = _permitted(scope, node)
    checked = None if kind is None else c.Evidence(node.name.text, kind, party, words, permits, node.name.span)
    scope.evidence.declare(node.name, checked)


def _kind_meant(scope: Scope, word: str, known: list[str]) -> str:
    """Return the help for an unknown kind: a near spelling when it is nearly the word, else the nearest meanings."""
    near = scope.report.nearest(word, known)
    meant = kinds_meant(word, known)
    if near is not None and (near in meant or distance_at_most_two(word, near)):
        return f"did you mean `{near}`?"
    if meant:
        return f"did you mean {listed(meant[:3], 'or')}? `policykit vocabulary {meant[0]}` shows its fields"
    return "take the nearest kind, such as `statement`, and add fields of your own by `fact`; " + _LISTS


_LISTS = "`policykit vocabulary` lists the kinds"


def _permitted(scope: Scope, node: s.Evidence) -> frozenset[str]:
    """Return the options that the project file may state, each known and named once."""
    each_once(scope.report, node.permits, "option")
    for option in node.permits:
        if option.text not in PERMITTABLE:
            scope.report.error(
                "PK644",
                f"no reader takes an option `{option.text}` that needs a permission",
                option.span,
                expected=f"`{'`, `'.join(PERMITTABLE)}`",
                help=scope.report.suggest(option.text, PERMITTABLE),
            )
    return frozenset(option.text for option in node.permits)


def _detector(scope: Scope, node: s.Detector) -> None:
    words = said(scope, node.words, f"`{node.name.text}`")
    for pattern in node.patterns:
        is_usable(scope.report, pattern)
    regexes = tuple(dict.fromkeys(pattern.pattern for pattern in node.patterns))
    if node.name.text in scope.vocabulary.detectors:
        scope.report.error(
            "PK122", f"`{node.name.text}` is a built-in detector", node.name.span, help="choose another name"
        )
    scope.detectors.declare(node.name, c.Pattern(node.name.text, regexes=regexes, words=words))


def declare_parameters(scope: Scope, statements: tuple[s.Statement, ...]) -> None:
    """Add all `parameter` statements to the scope, each with its default or a stand-in."""
    for node in statements:
        if isinstance(node, s.Parameter):
            _parameter(scope, node)


def bind(scope: Scope, arguments: dict[str, Named]) -> None:
    """Give parameters the values that an `include` sets."""
    scope.values.entries.update({name: value for name, value in arguments.items() if name in scope.parameters})
    scope.stand_ins -= arguments.keys()


def declare_lets(scope: Scope, statements: tuple[s.Statement, ...]) -> None:
    """Add all `let` statements to the scope; parameters must already have their values."""
    for node in statements:
        if isinstance(node, s.Let):
            scope.values.declare(node.name, _let(scope, node))


def _let(scope: Scope, node: s.Let) -> Named:
    place = Place(scope, f"`let {node.name.text}`", Reads.NOTHING)
    if _names_other_let(scope, node.value):
        scope.report.error(
            "PK218",
            f"`{node.name.text}` must be a value that stands in the text",
            node.value.span,
            expected="a literal or a list of literals",
            help="a `let` names a value, never another name",
        )
        return None
    value = operand(place, node.value)
    written = scope.report.source.quote(node.value.span) if isinstance(node.value, s.Number) else ""
    if "." in written:
        scope.report.decimals[node.name.text] = written, node.value.span
    if isinstance(value, c.Constant):
        return replace(value, name=value.name or node.name.text)
    return replace(value, name=value.name or node.name.text) if isinstance(value, ListValue) else value


def _names_other_let(scope: Scope, node: s.Expression) -> bool:
    """Return whether an expression reads anything but literals and parameters."""
    if isinstance(node, s.Ref):
        return node.name not in scope.parameters
    if isinstance(node, s.ListOf):
        return any(_names_other_let(scope, item) for item in node.items)
    if isinstance(node, s.Arithmetic):
        return any(isinstance(part, s.Ref) and part.name not in scope.parameters for part in (node.left, node.right))
    return isinstance(node, s.Window)


def _parameter(scope: Scope, node: s.Parameter) -> None:
    if scope.kind == "policy":
        written = scope.report.source.quote(node.default.span) if node.default is not None else "..."
        scope.report.error(
            "PK326",
            "a policy has no parameters",
            node.span,
            expected="`parameter` in a pack",
            help=f"write `let {node.name.text} = {written}`",
        )
    words = said(scope, node.words, f"`{node.name.text}`")
    type_ = type_of(scope, node.type)
    default = None
    if node.default is not None and type_ is not None:
        default = argument(Place(scope, f"`parameter {node.name.text}`", Reads.NOTHING), node.default, type_, node.name)
    scope.values.declare(node.name, _stand_in(node, type_) if node.default is None else default)
    if node.default is None:
        scope.stand_ins.add(node.name.text)
    if type_ is not None:
        scope.parameters.setdefault(
            node.name.text, Parameter(node.name.text, type_, words, default, required=node.default is None)
        )


def argument(place: Place, node: s.Expression, type_: Type, name: s.Name) -> Named:
    """Return a parameter's value with its type and name; None when it does not fit, which is reported."""
    value = operand(replace(place, wanted=type_.element or type_), node)
    if value is None or isinstance(
        value, c.Compute | c.FromNow | c.FactRead | c.EvidenceRead | c.ElementRead | c.WindowRead
    ):
        if value is not None:
            place.report.error(
                "PK218",
                f"`{name.text}` must be a value that stands in the text",
                node.span,
                expected="a literal or a `let`",
            )
        return None
    wants_list, is_list = type_.kind is Kind.LIST, isinstance(value, ListValue)
    if wants_list is not is_list:
        place.report.error(
            "PK208",
            f"`{name.text}` is {a_value(type_)}",
            node.span,
            expected=a_value(type_),
            got="a list" if is_list else "one value",
            help="" if is_list else f"write `[{place.report.quote(node.span, name.text).strip('`')}]`",
        )
        return None
    if isinstance(value, ListValue):
        assert type_.element is not None
        if not value.items:
            place.report.error(
                "PK213", "the list is empty, so nothing is ever in it", node.span, expected="at least one item"
            )
            return None
        items = tuple(fit(place.report, item, type_.element, f"an item of `{name.text}`") for item in value.items)
        known = tuple(item for item in items if item is not None)
        return ListValue(known, name.text, node.span) if len(known) == len(items) else None
    fitted = fit(place.report, value, type_, f"`{name.text}`")
    return replace(fitted, name=name.text) if fitted is not None and _in_range(place, fitted, name) else None


def _in_range(place: Place, value: c.Constant, name: s.Name) -> bool:
    from policykit.language.check.logic.comparisons import in_range

    return in_range(place, "==", c.FactRead(name.text, value.type), value, value.span)


_STAND_INS: dict[Kind, str | bool | int] = {Kind.TEXT: "text", Kind.YES_NO: True}


def _stand_in(node: s.Parameter, type_: Type | None) -> Named:
    """Return a value for a parameter that has none, so that a pack can be checked on its own."""
    if type_ is None:
        return None
    if type_.kind is Kind.LIST:
        assert type_.element is not None
        return ListValue((c.Constant(_sample(type_.element), type_.element),), node.name.text)
    return c.Constant(_sample(type_), type_, node.name.text)


def _sample(type_: Type) -> str | bool | int:
    if type_.choices:
        return type_.choices[0]
    if type_.kind in _STAND_INS:
        return _STAND_INS[type_.kind]
    low, high = type_.low or 0, type_.high if type_.high is not None else 1
    return 1 if low <= 1 <= high else low  # type: ignore[return-value]
