"""`include`, `tighten` and `replace`: packs found, checked with their parameters, and made stricter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check import parts
from policykit.language.check.amounts import seconds
from policykit.language.check.clauses.loosened import argument_text, loosened
from policykit.language.check.clauses.requirements import shown
from policykit.language.check.logic.conditions import condition, conjunction
from policykit.language.check.scope import Named, Parameter, Place, Reads, Scope
from policykit.language.check.wording import listed, owner_words
from policykit.language.check.words.declarations import argument
from policykit.language.lock import Lock
from policykit.language.packs import PackFinder, PackSource
from policykit.language.walk import evidence_in
from policykit.source import Diagnostic, Label
from policykit.vocabulary.fields import Vocabulary
from policykit.vocabulary.types import DURATION, Value
from policykit.vocabulary.values import render

MAX_INCLUDES = 64
"""Packs in one policy, those of packs too. Without a limit, packs that include each other twice double at each step."""


class OpenPack(Protocol):
    """A pack whose parameters are known and which waits for their values."""

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Return what an `include` may set."""
        ...

    def finish(self, arguments: dict[str, Named]) -> c.CheckedPolicy | None:
        """Return the checked pack, or None when it has errors."""
        ...


@dataclass(slots=True)
class Run:
    """One run of the checker over a policy and all packs that it includes."""

    vocabulary: Vocabulary
    packs: PackFinder
    lock: Lock | None
    open_pack: Callable[[Run, s.Tree, tuple[str, ...]], OpenPack]
    alone: dict[str, c.CheckedPolicy | None] = field(default_factory=dict)
    """Each pack as it stands alone, by name; shared by all runs that one check needs."""
    diagnostics: list[Diagnostic] = field(default_factory=list)
    included: int = 0

    def pack_alone(self, name: str, tree: s.Tree) -> c.CheckedPolicy | None:
        """Return a pack as it is whatever it is included with; None when it has errors by itself."""
        if name not in self.alone:
            self.alone[name] = None  # a pack that includes itself never gets this far
            run = self._apart()
            self.alone[name] = policy = run.open_pack(run, tree, (name,)).finish({})
            if policy is None:
                self.diagnostics.extend(run.diagnostics)
        return self.alone[name]

    def pack_with(self, name: str, tree: s.Tree, arguments: dict[str, Named]) -> c.CheckedPolicy | None:
        """Return a pack with some arguments, whatever else it is included with."""
        run = self._apart()
        return run.open_pack(run, tree, (name,)).finish(arguments)

    def _apart(self) -> Run:
        return Run(self.vocabulary, self.packs, None, self.open_pack, self.alone)


@dataclass(frozen=True, slots=True)
class Included:
    """A pack that was included: how, and what it says."""

    node: s.Include
    pack: c.Pack
    policy: c.CheckedPolicy


def include(run: Run, scope: Scope, node: s.Include, stack: tuple[str, ...]) -> Included | None:
    """Return an included pack, checked with its arguments; None when that is impossible, which is reported.

    Args:
        run: the run.
        scope: the including file.
        node: the statement.
        stack: the packs that are being included, from the outside in.
    """
    found = _found(run, scope, node, stack)
    if found is None:
        return None
    errors_before = sum(d.is_error for d in run.diagnostics)
    run.diagnostics.extend(found.diagnostics)
    checking = (
        None if any(d.is_error for d in found.diagnostics) else run.open_pack(run, found.tree, (*stack, node.pack.text))
    )
    arguments = _arguments(scope, node, checking.parameters) if checking is not None else {}
    policy = checking.finish(arguments) if checking is not None else None
    if policy is None:
        if sum(d.is_error for d in run.diagnostics) > errors_before:
            scope.report.error(
                "PK418",
                f"the pack `{node.pack.text}` has errors",
                node.pack.span,
                help=f"see `{found.tree.source.name}`",
            )
        return None
    default = run.pack_alone(node.pack.text, found.tree)
    if default is None:  # it has errors that its arguments hide
        scope.report.error("PK418", f"the pack `{node.pack.text}` has errors when it stands alone", node.pack.span)
        return None
    values = {name: value for name, value in ((n, _plain(v)) for n, v in arguments.items()) if value is not None}
    looser = _looser(run, node.pack.text, found.tree, default, arguments)
    return Included(node, c.Pack(policy.name, policy.version, default.digest, values, node.span, looser), policy)


def _looser(
    run: Run, name: str, tree: s.Tree, default: c.CheckedPolicy, arguments: dict[str, Named]
) -> tuple[str, ...]:
    """Return what the arguments make looser than a pack's defaults; what has no default cannot be looser than it."""
    parameters = run.open_pack(run, tree, (name,)).parameters
    given = {key: value for key, value in arguments.items() if parameters[key].default is not None}
    alone = {key: run.pack_with(name, tree, {key: value}) for key, value in given.items()}
    names = loosened(default, {key: policy for key, policy in alone.items() if policy is not None})
    return tuple(
        f"{key} = {argument_text(given[key])} (the pack: {argument_text(parameters[key].default)})" for key in names
    )


def _plain(value: Named) -> Value | None:
    if isinstance(value, c.Constant):
        return value.value
    return tuple(item.value for item in value.items) if value is not None and not isinstance(value, c.Operand) else None


def _found(run: Run, scope: Scope, node: s.Include, stack: tuple[str, ...]) -> PackSource | None:
    name = node.pack.text
    if name in stack:
        cycle = [*stack[stack.index(name) :], name]
        scope.report.error(
            "PK402",
            f"the packs include each other in a circle: {' -> '.join(f'`{part}`' for part in cycle)}",
            node.pack.span,
            help="take one of these `include` lines out",
        )
        return None
    run.included += 1
    if run.included > MAX_INCLUDES:
        if run.included == MAX_INCLUDES + 1:
            scope.report.error(
                "PK416", "too many packs include each other", node.span, expected=f"at most {MAX_INCLUDES}"
            )
        return None
    found = run.packs.find(name)
    if isinstance(found, PackSource):
        return found
    if found is not None:
        run.diagnostics.append(found)
        scope.report.error("PK418", f"the pack `{name}` cannot be read", node.pack.span)
        return None
    places = run.packs.places()
    scope.report.error(
        "PK400",
        f"there is no pack `{name}`",
        node.pack.span,
        expected=f"`{name}/{name}.policy` in {', '.join(f'`{place}`' for place in places)}" if places else "",
        help=scope.report.suggest(name, run.packs.names()),
    )
    return None


def _arguments(scope: Scope, node: s.Include, parameters: dict[str, Parameter]) -> dict[str, Named]:
    place = Place(scope, f"an argument of `{node.pack.text}`", Reads.NOTHING)
    found: dict[str, Named] = {}
    parts.each_once(scope.report, (item.name for item in node.arguments), "parameter")
    for item in node.arguments:
        parameter = parameters.get(item.name.text)
        if parameter is not None:
            found[item.name.text] = argument(place, item.value, parameter.type, item.name)
            continue
        names = ", ".join(f"`{name}`" for name in sorted(parameters))
        scope.report.error(
            "PK403",
            f"the pack `{node.pack.text}` has no parameter `{item.name.text}`",
            item.name.span,
            expected=f"one of {names}" if names else "no parameter at all",
            help=scope.report.suggest(item.name.text, parameters),
        )
    for name, parameter in parameters.items():
        if parameter.default is None and parameter.required and name not in found:
            scope.report.error(
                "PK404",
                f"the pack `{node.pack.text}` needs `{name}`{f', {parameter.words}' if parameter.words else ''}",
                node.pack.span,
                expected=f"`include {node.pack.text} with {name} = ...`",
                got="no value",
            )
    return found


def check_lock(run: Run, scope: Scope, node: s.Include, pack: c.Pack) -> None:
    """Hold an included pack, or one that it includes itself, against the lock file."""
    if run.lock is None:
        return
    pin = run.lock.packs.get(pack.name)
    if pin is None:
        scope.report.warn(
            "PK412", f"the pack `{pack.name}` is not pinned in `{run.lock.name}`", node.pack.span,
            help="run `policykit lock`",
        )  # fmt: skip
    elif pin.digest != pack.digest:
        scope.report.error(
            "PK411",
            f"the pack `{pack.name}` is not the one that `{run.lock.name}` pins",
            node.pack.span,
            expected=f"version {pin.version}, {pin.digest}",
            got=f"version {pack.version}, {pack.digest}",
            help="look at what changed in the pack, then run `policykit lock`",
        )


def check_no_lock(run: Run, scope: Scope, nodes: tuple[s.Include, ...]) -> None:
    """Warn once when packs are included and nothing pins them."""
    if run.lock is None and nodes:
        names = ", ".join(f"`{node.pack.text}`" for node in nodes[:3])
        scope.report.warn(
            "PK412",
            f"no lock file pins {names}{' ...' if len(nodes) > 3 else ''}",
            nodes[0].pack.span,
            help="run `policykit lock`",
        )


Requirements = dict[str, c.Requirement]


def replaced(scope: Scope, nodes: tuple[s.Replace, ...], clauses: dict[str, c.Clause], into: Requirements) -> None:
    """Put other conditions in the place of a pack's; each needs a reason and who approved it."""
    seen: dict[str, s.Replace] = {}
    for node in nodes:
        first = seen.setdefault(node.clause.text, node)
        if first is not node:
            scope.report.error(
                "PK417",
                f"`{node.clause.text}` is replaced twice",
                node.clause.span,
                labels=(Label(first.clause.span, "first replaced here"),),
            )
        roles = parts.roles(scope, node.approved_by)
        if not node.because.value.strip():
            scope.report.error("PK111", "the reason is blank", node.because.span, expected="why it is replaced")
        target = _of_pack(scope, node.clause, "replace", clauses)
        check = condition(_place(scope, node.clause), node.check)
        age = seconds(scope, node.no_older_than, "the age of evidence") if node.no_older_than is not None else None
        if target is None or check is None:
            continue
        if not set(roles) - set(target.owners):
            _own_approval(scope, node, target.owners)
        limit = age if age is not None else (target.shown_by.max_age_seconds if target.shown_by else None)
        least = target.shown_by.least if target.shown_by else ""
        trust = replace(shown(scope, None, None, check), max_age_seconds=limit, least=least)
        into[node.clause.text] = replace(
            target, check=check, shown_by=trust, replaced=node.because.value, replaced_by=roles
        )


def _own_approval(scope: Scope, node: s.Replace, owners: tuple[str, ...]) -> None:
    scope.report.error(
        "PK647",
        f"nobody but its {owner_words(owners)} approved the replacement of `{node.clause.text}`",
        node.clause.span,
        expected=f"`approved by` a role other than {listed(owners, 'or')}",
        help="have it approved by a role that another person fills: nobody excuses themself",
    )


def tightened(scope: Scope, nodes: tuple[s.Tighten, ...], clauses: dict[str, c.Clause], into: Requirements) -> None:
    """Add conditions to a pack's, or lower the age of its evidence; a tightened clause can only be stricter."""
    further: dict[str, list[c.Check]] = {}
    for node in nodes:
        target = _of_pack(scope, node.clause, "tighten", clauses)
        check = condition(_place(scope, node.clause), node.check) if node.check is not None else None
        if target is not None and check is not None:
            further.setdefault(node.clause.text, []).append(check)
        if target is not None and node.no_older_than is not None:
            into[node.clause.text] = _younger(scope, node, node.no_older_than, into.get(node.clause.text, target))
    for name, checks in further.items():
        tight = into.get(name) or clauses[name]
        assert isinstance(tight, c.Requirement)
        into[name] = _stricter(tight, checks)


def _stricter(target: c.Requirement, checks: list[c.Check]) -> c.Requirement:
    trust = target.shown_by or c.Trust((), "", None)
    looked_at = sorted({name for check in checks for name in evidence_in(check)})
    return replace(
        target,
        check=conjunction([target.check, *checks]),
        tightened=(*target.tightened, *checks),
        shown_by=replace(trust, evidence=tuple(dict.fromkeys([*trust.evidence, *looked_at]))),
    )


def _younger(scope: Scope, node: s.Tighten, written: s.Length, target: c.Requirement) -> c.Requirement:
    age = seconds(scope, written, "the age of evidence")
    trust = target.shown_by or c.Trust((), "", None)
    limit = trust.max_age_seconds
    if age is None:
        return target
    if limit is None or age < limit:
        return replace(target, shown_by=replace(trust, max_age_seconds=age))
    scope.report.error(
        "PK408",
        f"this does not tighten `{node.clause.text}`: its evidence may be {render(DURATION, limit)} old already",
        written.span,
        expected=f"less than {render(DURATION, limit)}",
        got=render(DURATION, age),
        help="`replace` can loosen a clause, with a reason and who approved it",
    )
    return target


def _place(scope: Scope, clause: s.Name) -> Place:
    return Place(scope, f"requirement `{clause.text}`", Reads.EVIDENCE)


def _of_pack(scope: Scope, name: s.Name, verb: str, clauses: dict[str, c.Clause]) -> c.Requirement | None:
    clause = clauses.get(name.text)
    if isinstance(clause, c.Requirement) and "/" in name.text:
        return clause
    if clause is None and "/" in name.text:
        pack = name.text.rpartition("/")[0]
        if any(other.startswith(f"{pack}/") for other in clauses) or not scope.report.has_errors:
            scope.report.error(
                "PK116",
                f"unknown clause `{name.text}`",
                name.span,
                expected="a clause of an included pack",
                help=scope.report.suggest(name.text, [key for key in clauses if "/" in key]),
            )
        return None
    of_packs = [key for key in clauses if key.endswith(f"/{name.text}")]
    if clause is not None:
        why = "is not a requirement" if "/" in name.text else "stands in this file: change it here"
    else:
        why = "is a clause of a pack, and named with it" if of_packs else "is no clause of a pack"
    scope.report.error(
        "PK409", f"`{name.text}` {why}", name.span,
        expected=f"`{verb} PACK/ID` with a requirement of an included pack",
        help=f"write {listed(of_packs, 'or')}" if of_packs and clause is None else "",
    )  # fmt: skip
    return None
