"""A row of the table, and an edit in it."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]
VALID, INVALID, UNVERIFIABLE, NO_ANSWER, UNSIGNED, TILES = 0, 1, 2, 3, 4, 5
SEG, LOG, HEAD = "seg/000000.jsonl", "checkpoints.log", "checkpoint"


def row(base: str, expect: int, why: str, *edits: Row, **more: Any) -> Row:
    return {"base": base, "edits": list(edits), "keys": ["old"], "expect": expect, "why": why, **more}


def edit(file: str, kind: str, how: Any = True) -> Row:
    return {"file": file, kind: how}
