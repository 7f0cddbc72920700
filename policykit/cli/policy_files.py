"""Policy files that a command line names: files as they are, folders as the policies below them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from policykit.cli.output import fail
from policykit.source import Diagnostic

_SUFFIX = ".policy"
_MAX_FILES = 10_000


def policy_files(names: Iterable[str]) -> list[str]:
    """Return the files that are meant, each once, those of a folder in the order of their paths.

    Args:
        names: files, folders, or `-`. Hidden folders are passed over, and symbolic links to folders not followed.

    Raises:
        typer.Exit: a folder holds no policy, or too many; the diagnostic has been shown.
    """
    found: dict[str, None] = {}
    for name in names:
        found.update(dict.fromkeys(_below(name) if os.path.isdir(name) else [name]))
    return list(found)


def _below(folder: str) -> list[str]:
    files = []
    for path in _walked(folder):
        files.append(path)
        if len(files) > _MAX_FILES:
            fail(Diagnostic("PK905", f"more than {_MAX_FILES:,} policies", place=folder, help="name a smaller folder"))
    if not files:
        fail(Diagnostic("PK905", "no policy in this folder", place=folder, expected=f"files that end in `{_SUFFIX}`"))
    return sorted(files)


def _walked(folder: str) -> Iterator[str]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for name in names:
            if name.endswith(_SUFFIX):
                yield str(Path(root) / name)
