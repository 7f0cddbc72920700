"""Which release of the assistant is under test, and a ledger of its own for each test."""

from __future__ import annotations

import os
import sys
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))

from ledger import Ledger


@pytest.fixture
def release() -> str:
    return os.environ.get("RELEASE", "current")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    found = Ledger(str(tmp_path / "ledger.sqlite"))
    found.add("4711", Decimal("1200.00"), Decimal("1240.00"))
    found.add("4712", Decimal("80.00"), Decimal("80.00"))
    return found
