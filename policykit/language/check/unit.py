"""One file, from its head to its last test: a policy, or a pack with the values that an `include` gives it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeVar

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check import header, parts
from policykit.language.check.clauses import accords, controls, includes, merge, requirements, rules, stops, testcases
from policykit.language.check.clauses.includes import Included, Run
from policykit.language.check.clauses.independence import warn_dependent
from policykit.language.check.clauses.loosened import warn_loosened
from policykit.language.check.consequences import without_consequences
from policykit.language.check.logic.conditions import condition
from policykit.language.check.parts import Defaults
from policykit.language.check.report import Report
from policykit.language.check.scope import ListValue, Named, Parameter, Scope
from policykit.language.check.slips import warn_no_timezone
from policykit.language.check.tables import report_twice
from policykit.language.check.words.declarations import bind, declare_lets, declare_parameters, declare_words
from policykit.language.check.words.facts import declare_facts
from policykit.language.check.words.unused import warn_unused
from policykit.language.digest import ParameterMark, digest_of
from policykit.source import SourceFile, Span

N = TypeVar("N")
ClauseNode = s.Requirement | s.Scorecard | s.Rule | s.Rollout | s.Stop
Clause = c.Requirement | c.Scorecard | c.Rule | c.Rollout | c.Stop
_CAN_ACT = (s.Requirement, s.Rule, s.Rollout, s.Stop)


@dataclass(frozen=True, slots=True)
class _Contents:
    """What stands in a file and in the packs that it includes."""

    clauses: tuple[Clause, ...]
    packs: tuple[c.Pack, ...]
    waivers: tuple[c.Waiver, ...]
    sign_offs: tuple[c.SignOff, ...]
    tests: tuple[c.TestCase, ...]


class FileCheck:
    """The check of one file, in two steps: what it may be given, then everything else."""

    def __init__(self, run: Run, tree: s.Tree, stack: tuple[str, ...] = ()) -> None:
        self._run = run
        self._tree = tree
        self._stack = stack
        self.report = Report(tree.source, tree)
        self._readable = header.readable(self.report, tree)
        self._head = header.head(self.report, tree, wanted=stack[-1] if stack else None) if self._readable else None
        kind, zone = (self._head.kind, self._head.timezone) if self._head else ("policy", "UTC")
        self._scope = Scope(self.report, run.vocabulary, kind, condition, zone)
        if self._readable:
            declare_parameters(self._scope, tree.statements)

    @property
    def parameters(self) -> dict[str, Parameter]:
        """Return what an `include` may set."""
        return self._scope.parameters

    def finish(self, arguments: dict[str, Named]) -> c.CheckedPolicy | None:
        """Return the checked file, or None when it has errors; diagnostics go to the run."""
        policy = self._policy(arguments) if self._readable else None
        found = without_consequences(self.report.diagnostics)
        # who includes a pack cannot mend what its writer should be warned of
        self._run.diagnostics.extend(found if not self._stack else [d for d in found if d.is_error])
        return None if self.report.has_errors else policy

    def _policy(self, arguments: dict[str, Named]) -> c.CheckedPolicy:
        assert self._head is not None
        scope, tree = self._scope, self._tree
        bind(scope, arguments)
        declare_lets(scope, tree.statements)
        declare_words(scope, tree.statements)
        included = self._include()
        for item in included:
            merge.adopt(scope, item.policy, item.node)
        declare_facts(scope, tree.statements)
        for item in included:
            merge.adopt_facts(scope, item.policy, item.node)
        own, broken = self._clauses()
        return self._assembled(
            own, broken, [merge.qualified(item.policy, self._scope.timezone) for item in included], included
        )

    def _include(self) -> list[Included]:
        nodes = tuple(self._statements(s.Include))
        parts.each_once(self.report, (node.pack for node in nodes), "pack")
        found = [includes.include(self._run, self._scope, node, self._stack or ()) for node in _each_pack_once(nodes)]
        known = [item for item in found if item is not None]
        self._scope.absent_packs.update({node.pack.text for node in nodes} - {item.node.pack.text for item in known})
        if not self._stack:
            includes.check_no_lock(self._run, self._scope, tuple(item.node for item in known))
            for item in known:
                packs = (item.pack, *item.policy.packs)
                for pack in packs:
                    includes.check_lock(self._run, self._scope, item.node, pack)
                warn_loosened(self._scope, item.node, packs)
        return known

    def _statements(self, kind: type[N]) -> Iterator[N]:
        return (node for node in self._tree.statements if isinstance(node, kind))

    def _clauses(self) -> tuple[dict[str, Clause], frozenset[str]]:
        """Return the clauses of this file by ID, and the IDs of those that are wrong."""
        defaults = Defaults()
        found: dict[str, Clause] = {}
        seen: dict[str, tuple[Span, SourceFile]] = {}
        for node in self._tree.statements:
            if isinstance(node, s.Section):
                defaults = parts.section(self._scope, node)
            if not isinstance(node, ClauseNode):
                continue
            if node.id.text in seen:
                report_twice(self.report, "clause", node.id, seen[node.id.text])
            clause = _clause(self._scope, node, defaults)
            if clause is not None:
                found.setdefault(node.id.text, clause)
            seen.setdefault(node.id.text, (node.id.span, self._tree.source))
        return found, frozenset(seen.keys() - found.keys())

    def _assembled(
        self, own: dict[str, Clause], broken: frozenset[str], packs: list[c.CheckedPolicy], included: list[Included]
    ) -> c.CheckedPolicy:
        clauses: dict[str, Clause] = {**own, **{clause.id: clause for pack in packs for clause in pack.clauses()}}
        changed: includes.Requirements = {}
        everything: dict[str, c.Clause] = {**clauses}
        includes.replaced(self._scope, tuple(self._statements(s.Replace)), everything, changed)
        includes.tightened(self._scope, tuple(self._statements(s.Tighten)), everything, changed)
        clauses.update(changed)
        everything.update(changed)
        clauses.update(stops.bound(self._scope, own, everything, broken))
        everything.update(clauses)
        self._refuse_empty(clauses, packs)
        waivers = accords.waivers(self._scope, tuple(self._statements(s.Waive)), everything, broken)
        sign_offs = accords.sign_offs(self._scope, tuple(self._statements(s.SignOff)))
        tests = testcases.test_cases(self._scope, tuple(self._statements(s.Test)), everything, broken)
        warn_dependent(self._scope, everything, sign_offs, waivers)
        warn_unused(self._scope)
        warn_no_timezone(self._scope, self._tree)
        return self._checked(
            packs,
            _Contents(
                tuple(clauses.values()),
                (*(item.pack for item in included), *(inner for item in included for inner in item.policy.packs)),
                waivers,
                (*sign_offs, *(sign_off for pack in packs for sign_off in pack.sign_offs)),
                tests,
            ),
        )

    def _refuse_empty(self, clauses: dict[str, Clause], packs: list[c.CheckedPolicy]) -> None:
        """Report a file in which nothing can ever fail or act."""
        written = any(isinstance(node, _CAN_ACT) for node in self._tree.statements)
        counting = any(isinstance(node, s.Scorecard) and not node.report_only for node in self._tree.statements)
        broken_include = len(packs) < sum(1 for _ in self._statements(s.Include))
        if written or counting or broken_include or any(not _only_reports(clause) for clause in clauses.values()):
            return
        assert self._head is not None
        self.report.error(
            "PK304",
            f"nothing in this {self._head.kind} can fail or act",
            self._head.span,
            expected="at least one requirement, rule, rollout or stop",
            help="an empty policy would pass everything",
        )

    def _checked(self, included: list[c.CheckedPolicy], contents: _Contents) -> c.CheckedPolicy:
        assert self._head is not None
        head, scope = self._head, self._scope
        detectors = {**scope.detectors.entries}
        sections = {**scope.sections.entries}
        for pack in included:
            detectors.update(pack.detectors)
            sections.update(pack.sections)
        policy = c.CheckedPolicy(
            name=head.name,
            version=head.version,
            title=head.title,
            timezone=head.timezone,
            kind="pack" if head.kind == "pack" else "policy",
            language=header.LANGUAGE_VERSION,
            parties=merge.frozen({**scope.parties.entries}),
            roles=merge.frozen({**scope.roles.entries}),
            gates=merge.frozen({**scope.gates.entries}),
            evidence=merge.frozen(scope.evidence.entries),
            facts=merge.frozen({**scope.vocabulary.facts, **scope.facts.entries}),
            detectors=merge.frozen({**detectors}),
            tools=merge.frozen({**scope.tools.entries}),
            fallbacks=merge.frozen({**scope.fallbacks.entries}),
            sections=merge.frozen({**sections}),
            packs=contents.packs,
            requirements=tuple(clause for clause in contents.clauses if isinstance(clause, c.Requirement)),
            scorecards=tuple(clause for clause in contents.clauses if isinstance(clause, c.Scorecard)),
            rules=tuple(clause for clause in contents.clauses if isinstance(clause, c.Rule)),
            rollouts=tuple(clause for clause in contents.clauses if isinstance(clause, c.Rollout)),
            stops=tuple(clause for clause in contents.clauses if isinstance(clause, c.Stop)),
            waivers=contents.waivers,
            sign_offs=contents.sign_offs,
            tests=contents.tests,
            digest="",
            source=self._tree.source,
            warnings=(),
        )
        marks = [ParameterMark(p.name, p.type, p.words, _nameless(p.default)) for p in scope.parameters.values()]
        return replace(policy, digest=digest_of(policy, scope.vocabulary, marks))


def _nameless(default: Named) -> Named:
    """Return a default as a value, which the digest would otherwise take for the parameter itself."""
    return replace(default, name="") if isinstance(default, c.Constant | ListValue) else default


def _each_pack_once(nodes: tuple[s.Include, ...]) -> list[s.Include]:
    return list({node.pack.text: node for node in reversed(nodes)}.values())[::-1]


def _only_reports(clause: Clause) -> bool:
    return isinstance(clause, c.Scorecard) and clause.report_only


def _clause(scope: Scope, node: ClauseNode, defaults: Defaults) -> Clause | None:
    match node:
        case s.Requirement():
            return requirements.requirement(scope, node, defaults)
        case s.Scorecard():
            return requirements.scorecard(scope, node, defaults)
        case s.Rule():
            return rules.rule(scope, node, defaults)
        case s.Rollout():
            return controls.rollout(scope, node, defaults)
        case s.Stop():
            return stops.stop(scope, node, defaults)
