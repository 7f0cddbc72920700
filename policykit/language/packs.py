"""Packs: where they are found and how they are read.

A pack `production-gap` is the file `production-gap/production-gap.policy` in one of the folders, the first that has it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Protocol

from policykit._resources import resource_path
from policykit.errors import ResourceMissingError
from policykit.language import syntax as s
from policykit.source import Diagnostic
from policykit.source.reading import read_source

_NAME = re.compile(r"[a-z][a-z0-9_]*(?:-[a-z0-9_]+)*")
_MAX_LISTED = 1_000
"""Entries of a folder that are looked at when the nearest name is searched."""


@dataclass(frozen=True, slots=True)
class PackSource:
    """A pack that was found: its syntax tree, or what is wrong with its text."""

    name: str
    tree: s.Tree
    diagnostics: tuple[Diagnostic, ...] = ()


class PackFinder(Protocol):
    """Finds packs by name."""

    def find(self, name: str) -> PackSource | Diagnostic | None:
        """Return a pack, why its file cannot be read, or None when there is no such pack."""
        ...

    def names(self) -> tuple[str, ...]:
        """Return the names of the packs that can be found, for suggestions."""
        ...

    def places(self) -> tuple[str, ...]:
        """Return where is looked, for messages."""
        ...


class DirectoryPacks:
    """Packs in folders; each file is read and parsed once."""

    def __init__(self, folders: Iterable[str | os.PathLike[str]]) -> None:
        self._folders = tuple(dict.fromkeys(os.fspath(folder) for folder in folders))
        self._found: dict[str, PackSource | Diagnostic | None] = {}

    def find(self, name: str) -> PackSource | Diagnostic | None:
        """Return a pack, why its file cannot be read, or None when no folder has it."""
        if name not in self._found:
            path = self.path(name)
            self._found[name] = None if path is None else _read(name, path)
        return self._found[name]

    def path(self, name: str) -> str | None:
        """Return the path of a pack's file, or None."""
        if not _NAME.fullmatch(name):
            return None
        for folder in self._folders:
            candidate = os.path.join(folder, name, f"{name}.policy")
            if os.path.isfile(candidate):
                return candidate
        return None

    def names(self) -> tuple[str, ...]:
        """Return the names of all packs in the folders."""
        found: set[str] = set()
        for folder in self._folders:
            try:
                with os.scandir(folder) as entries:
                    names = [entry.name for entry in islice(entries, _MAX_LISTED)]
            except OSError:
                continue
            found.update(name for name in names if self.path(name) is not None)
        return tuple(sorted(found))

    def places(self) -> tuple[str, ...]:
        """Return the folders."""
        return self._folders


def _read(name: str, path: str) -> PackSource | Diagnostic:
    from policykit.language.parse import parse

    source = read_source(path)
    if isinstance(source, Diagnostic):
        return source
    parsed = parse(source)
    return PackSource(name, parsed.tree, parsed.diagnostics)


def default_folders(policy_path: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return where the packs of a policy file are looked for: beside it, then among those that ship with policykit."""
    beside = os.path.dirname(os.fspath(policy_path)) or "."
    folders = [os.path.join(beside, "rules"), os.path.join(beside, "packs")]
    with suppress(ResourceMissingError):  # without shipped packs, those beside the file can still be used
        folders.append(resource_path("rules"))
    return tuple(folders)


class NoPacks:
    """A finder without packs, for texts that stand alone."""

    def find(self, _name: str) -> PackSource | Diagnostic | None:
        """Return None: there are no packs."""
        return None

    def names(self) -> tuple[str, ...]:
        """Return no names."""
        return ()

    def places(self) -> tuple[str, ...]:
        """Return no folders."""
        return ()
