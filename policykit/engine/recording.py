"""Packs found as always, with a record of every file that was looked for: what a cached policy stands on."""

from __future__ import annotations

import os

from policykit.engine.cache import digest_of
from policykit.language.packs import DirectoryPacks


class RecordingPacks(DirectoryPacks):
    """Packs in folders; notes the digest of each file before it is read, and which files were looked for in vain."""

    def __init__(self, folders: tuple[str, ...]) -> None:
        super().__init__(folders)
        self.files: dict[str, str] = {}
        """Absolute path and digest; the digest is empty where there is no such file."""

    def path(self, name: str) -> str | None:
        """Return the path of a pack's file, or None."""
        found = super().path(name)
        for folder in self.places():
            candidate = os.path.join(folder, name, f"{name}.policy")
            self.files.setdefault(os.path.abspath(candidate), digest_of(candidate))
            if candidate == found:
                break
        return found
