"""What the tests of evidence share: a project folder, and reading a file in it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from policykit.evidence import Evidence, read_evidence

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def read(project: Path) -> Callable[..., Evidence]:
    """Write content to a file of the project, unless it is None, and read it."""

    def reading(name: str, content: Any, kind: str, **more: Any) -> Evidence:
        path = project / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            path.write_text(content, encoding="utf-8", newline="")
        elif content is not None:
            path.write_text(json.dumps(content), encoding="utf-8")
        arguments: dict[str, Any] = {"reader": None, "zone": None, "now": NOW, "project_root": project, "options": {}}
        return read_evidence(name, kind=kind, **(arguments | more))

    return reading


@pytest.fixture
def codes() -> Callable[[Evidence], set[str]]:
    """Return the codes of everything that keeps evidence from being sufficient."""
    return lambda evidence: {p.code for p in evidence.problems if p.severity != "info"}
