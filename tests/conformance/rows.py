"""Turning a row of the table into a trail on disk and its question; each base trail is built once."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.conformance import bases
from tests.conformance.bases import FOREIGN, KEYS, OTHER
from tests.conformance.builder import Builder
from tests.conformance.edits import apply
from tests.conformance.forms import DROPPED, FORM_HEADS, FORM_KEYS, FORMS
from tests.conformance.table_row import Row


@dataclass(frozen=True)
class Shelf:
    """A directory in which base trails are kept."""

    root: Path

    def base(self, name: str) -> Path:
        """Return a base trail, which must not be changed."""
        path = self.root / name / "trail"
        if not path.exists():
            if name in FORMS:
                FORMS[name]().write(path)
            else:
                (DROPPED.get(name) or partial(bases.build, name))(path)
        return path

    def note(self, name: str, line: int) -> bytes:
        """Return the head in a line of a base trail's log."""
        lines = (self.base(name) / "checkpoints.log").read_text().splitlines()
        return json.loads(lines[line])["note"].encode()

    def head(self, name: str | None) -> bytes | None:
        """Return a head kept elsewhere, by the name that the table gives it."""
        special = {
            "built+1": lambda: bases.honest(4).published,
            "foreign": lambda: Builder(FOREIGN.name).head(FOREIGN).published,
            "unknown": lambda: bases.honest().head(OTHER).published,
        }
        if name is None:
            return None
        special = {**special, **FORM_HEADS}
        return special[name]() if name in special else self.note(name, 0 if name in {"rotated", "pruned"} else -1)

    def resolved(self, row: Row) -> Row:
        """Return a row whose edits, keys and head are bytes and texts: all that a verifier elsewhere needs."""
        head = self.head(row.get("head"))
        options = dict(row.get("options", {}))
        if "revoked" in options:
            options["revoked"] = {KEYS[name]: size for name, size in options["revoked"].items()}
        edits = [self._resolved_edit(edit, row["base"]) for edit in row["edits"]]
        keys = [{**KEYS, **FORM_KEYS}[name] for name in row["keys"]]
        return {**row, "edits": edits, "keys": keys, "head": head.decode() if head else None, "options": options}

    def _resolved_edit(self, edit: Mapping[str, Any], base: str) -> Row:
        found = dict(edit)
        if found["file"].startswith("torn/*"):
            names = sorted(path.name for path in (self.base(base) / "torn").iterdir())
            found["file"] = f"torn/{names[int(found['file'][6:])]}"
        content = found.get("content")
        if isinstance(content, Mapping) and "note" in content:
            found["content"] = {"hex": self.note(content["note"], content["line"]).hex()}
        elif isinstance(content, Mapping) and "leaves" in content:
            tile = next((self.base(content["leaves"]) / "tile/0/000.p").iterdir()).read_bytes()
            found["content"] = {"hex": tile[: 32 * content["count"]].hex()}
        return found

    def laid_out(self, row: Row, target: Path) -> Path:
        """Copy the base of a resolved row and make its edits."""
        shutil.copytree(self.base(row["base"]), target)
        for edit in row["edits"]:
            apply(edit, target)
        return target
