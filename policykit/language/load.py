"""From a policy's path or text to its checked form: read, parse, find packs and lock, check.

Example:
    `load_file("invoice-triage.policy", vocabulary).policy`
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from policykit.language.check import check
from policykit.language.checked import CheckedPolicy
from policykit.language.lock import Lock, lock_path, read_lock
from policykit.language.packs import DirectoryPacks, NoPacks, PackFinder, default_folders
from policykit.language.parse import parse
from policykit.language.syntax import Tree
from policykit.source import Diagnostic, SourceFile, in_order
from policykit.source.reading import read_source, source_from_text
from policykit.vocabulary.fields import Vocabulary


@dataclass(frozen=True, slots=True)
class Loaded:
    """A policy, or why it cannot be used."""

    policy: CheckedPolicy | None
    """None when any diagnostic is an error."""
    diagnostics: tuple[Diagnostic, ...]
    tree: Tree | None = None
    """None when the file could not be read as text."""


def load_file(
    path: str | os.PathLike[str], vocabulary: Vocabulary, *, packs: PackFinder | None = None, pinned: bool = True
) -> Loaded:
    """Read and check a policy file.

    Args:
        path: the file; packs are looked for beside it and among those that ship, the lock beside it.
        vocabulary: the words that the policy may use.
        packs: where packs are found instead.
        pinned: whether the lock file counts; `policykit lock` writes it anew and so does not ask it.
    """
    source = read_source(path)
    if isinstance(source, Diagnostic):
        return Loaded(None, (source,))
    finder = packs or DirectoryPacks(default_folders(path))
    return _checked(source, vocabulary, finder, lambda: read_lock(lock_path(path)) if pinned else None)


def load_text(name: str, text: str, vocabulary: Vocabulary, *, packs: PackFinder | None = None) -> Loaded:
    """Check a policy that is not a file; it can include only packs that `packs` finds.

    Args:
        name: how messages call the text.
        text: the policy.
        vocabulary: the words that it may use.
        packs: where its packs are found.
    """
    source = source_from_text(name, text)
    if isinstance(source, Diagnostic):
        return Loaded(None, (source,))
    return _checked(source, vocabulary, packs or NoPacks(), lambda: None)


def _checked(
    source: SourceFile, vocabulary: Vocabulary, packs: PackFinder, find_lock: Callable[[], Lock | Diagnostic | None]
) -> Loaded:
    parsed = parse(source)
    lock = find_lock()
    locked = None if isinstance(lock, Diagnostic) else lock
    found = [lock] if isinstance(lock, Diagnostic) else []
    checked = check(parsed.tree, vocabulary, packs=packs, lock=locked)
    later = checked.diagnostics if parsed.complete else tuple(filter(_stands_alone, checked.diagnostics))
    later = tuple(each for each in later if not _follows(each, parsed.diagnostics))
    diagnostics = in_order((*parsed.diagnostics, *found, *later))
    failed = any(d.is_error for d in diagnostics)
    return Loaded(None if failed else checked.policy, diagnostics, parsed.tree)


def _follows(later: Diagnostic, form: Iterable[Diagnostic]) -> bool:
    """Whether a finding misses what stands in a line that was left out, because the clause has two of its kind."""
    return later.code in ("PK130", "PK307", "PK308", "PK313") and any(each.code in ("PK028", "PK030") for each in form)


def _stands_alone(diagnostic: Diagnostic) -> bool:
    """Whether a finding holds although statements are missing from the tree: types do, absent names do not.

    PK116 says that a clause is unknown, which may be one that could not be read.
    """
    return diagnostic.code != "PK116" and diagnostic.is_error and diagnostic.code.startswith(("PK2", "PK11"))
