"""Finds the files that a glob names, inside the project only and in bounded time.

`*`, `?` and `[...]` match within one part of a path, `**` any number of folders. `**` enters no links;
every match is resolved once more when it is opened, so a link to a file outside is refused there.
"""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Iterator

from policykit.evidence.problems import refusal
from policykit.source.visible import quoted

MAX_MATCHES = 10_000
MAX_ENTRIES_LOOKED_AT = 200_000
_MAGIC = frozenset("*?[")


def is_glob(path: str) -> bool:
    """Return whether a path is a pattern."""
    return not _MAGIC.isdisjoint(path)


def expand(pattern: str, root: str | os.PathLike[str]) -> tuple[str, ...]:
    """Return the paths below `root` that the pattern names, relative to `root`, with `/`, sorted.

    Raises:
        EvidenceError: nothing matches, far too much matches, or the pattern leads out of the project.
    """
    parts = tuple(part for part in pattern.replace(os.sep, "/").split("/") if part != ".")
    if os.path.isabs(pattern) or ".." in parts or "\0" in pattern or not all(parts):
        raise refusal(
            "PK502",
            f"the pattern {quoted(pattern)} leads out of the project",
            help="write the pattern relative to the project's folder, without `..`",
        )
    found = sorted(_Walk(os.fspath(root), pattern).matches(parts))
    if not found:
        raise refusal(
            "PK504",
            f"no file matches {quoted(pattern)}",
            place=pattern,
            help="run the tool that writes the files, or correct the pattern",
        )
    return tuple(found)


class _Walk:
    """One search; counts what it looks at."""

    def __init__(self, root: str, pattern: str) -> None:
        self._root = root
        self._pattern = pattern
        self._looked_at = 0

    def matches(self, parts: tuple[str, ...]) -> set[str]:
        found: set[str] = set()
        for path in self._below("", parts):
            found.add(path)
            if len(found) > MAX_MATCHES:
                raise self._too_many(f"more than {MAX_MATCHES} files")
        return found

    def _below(self, folder: str, parts: tuple[str, ...]) -> Iterator[str]:
        # A stack of (folder, parts still to match) in place of recursion; the set keeps `**/**/**` from exploding.
        waiting = [(folder, parts)]
        seen: set[tuple[str, tuple[str, ...]]] = set()
        while waiting:
            here, left = waiting.pop()
            if (here, left) in seen:
                continue
            seen.add((here, left))
            first, rest = left[0], left[1:]
            if first == "**" and rest:
                waiting.append((here, rest))
            for entry in self._entries(here):
                path = f"{here}/{entry.name}" if here else entry.name
                is_folder = _is_folder(entry)
                if first == "**":
                    if is_folder and not entry.is_symlink():
                        waiting.append((path, left))
                    elif not rest and not is_folder:
                        yield path
                elif fnmatch.fnmatchcase(entry.name, first):
                    if rest and is_folder:
                        waiting.append((path, rest))
                    elif not rest and not is_folder:
                        yield path

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(os.path.join(self._root, folder)) as scan:
                entries = []
                for entry in scan:
                    self._looked_at += 1
                    if self._looked_at > MAX_ENTRIES_LOOKED_AT:
                        raise self._too_many(f"the search looked at more than {MAX_ENTRIES_LOOKED_AT} entries")
                    entries.append(entry)
                return entries
        except OSError:
            return []  # a folder that cannot be listed holds no evidence; what is missing is found out later

    def _too_many(self, what: str) -> Exception:
        return refusal(
            "PK504", "the pattern matches too much", place=self._pattern, got=what, help="write a narrower pattern"
        )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False
