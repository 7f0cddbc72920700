"""Syntax tree -> checked policy: every name resolved, every type known, and all that is wrong said in one run.

Nothing is ever raised for a user's text. An expression in which something is wrong has no type, so that one mistake is
reported once; a declaration that is wrong still declares its word. A policy with an error is not handed out.

Example:
    `check(parse(source).tree, builtin(), packs=DirectoryPacks(default_folders(path)), lock=lock).policy`
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from policykit.language import syntax as s
from policykit.language.check.clauses.includes import Run
from policykit.language.check.unit import FileCheck
from policykit.language.checked import CheckedPolicy
from policykit.language.lock import Lock
from policykit.language.packs import PackFinder
from policykit.source import Diagnostic, in_order
from policykit.vocabulary.fields import Vocabulary


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What a file means, or what is wrong with it."""

    policy: CheckedPolicy | None
    """None when any diagnostic is an error."""
    diagnostics: tuple[Diagnostic, ...]


def check(tree: s.Tree, vocabulary: Vocabulary, *, packs: PackFinder, lock: Lock | None = None) -> CheckResult:
    """Return the checked policy of a syntax tree, and everything that is wrong with it and with its packs.

    Args:
        tree: a file without mistakes of syntax.
        vocabulary: the facts, kinds of evidence and detectors that are built in or come from the application.
        packs: where included packs are found.
        lock: the lock file beside the policy, or None when there is none.
    """
    run = Run(vocabulary, packs, lock, FileCheck)
    policy = FileCheck(run, tree).finish({})
    diagnostics = in_order(run.diagnostics)
    if policy is None or any(d.is_error for d in diagnostics):
        return CheckResult(None, diagnostics)
    return CheckResult(replace(policy, warnings=diagnostics), diagnostics)


__all__ = ["CheckResult", "check"]
