"""From the path of a policy file to a policy that decides: from the cache, or read, checked and compiled."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from policykit.engine import cache as store
from policykit.engine.policy import Policy
from policykit.errors import PolicyError

if TYPE_CHECKING:  # a load from the cache must not wait for the parser
    from policykit.engine.program import ProgramData
    from policykit.vocabulary.fields import Vocabulary


def load(path: str | os.PathLike[str], *, vocabulary: Vocabulary | None = None, cache: bool = True) -> Policy:
    """Return the policy of a file.

    Args:
        path: the file; its packs and its lock are looked for beside it.
        vocabulary: the words that the policy may use; by default the built-in ones, with all detectors.
        cache: whether a compiled form may be kept and used. It is used only while every file that was read is
            unchanged, and never with a vocabulary of the caller's, which has no digest.

    Raises:
        PolicyError: the file cannot be used; carries all diagnostics.
    """
    name = os.fspath(path)
    use_cache = cache and vocabulary is None
    program = store.stored(name) if use_cache else None
    if program is None:
        program = _compiled(name, vocabulary, keep=use_cache)
    return Policy(program)


def standard_vocabulary() -> Vocabulary:
    """Return the built-in vocabulary with the names of all detectors."""
    from dataclasses import replace
    from types import MappingProxyType

    from policykit.detect import catalogue
    from policykit.vocabulary.builtin import builtin

    base = builtin()
    return replace(base, detectors=MappingProxyType({**catalogue.NAMES, **base.detectors}))


def _compiled(path: str, vocabulary: Vocabulary | None, *, keep: bool) -> ProgramData:
    from policykit.engine.compile import compiled
    from policykit.engine.recording import RecordingPacks
    from policykit.language.load import load_file
    from policykit.language.lock import lock_path
    from policykit.language.packs import default_folders

    # digests are taken before the files are read, and again after: what changes meanwhile is not kept
    files = {name: store.digest_of(name) for name in map(os.path.abspath, (path, lock_path(path)))}
    packs = RecordingPacks(default_folders(path))
    loaded = load_file(path, vocabulary or standard_vocabulary(), packs=packs)
    if loaded.policy is None:
        raise PolicyError([found for found in loaded.diagnostics if found.is_error])
    program = compiled(loaded.policy)
    files |= packs.files
    if keep and all(store.digest_of(name) == digest for name, digest in files.items()):
        store.store(path, files, program)
    return program
