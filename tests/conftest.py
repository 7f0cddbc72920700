"""What all tests share: golden files, how hypothesis runs, and which tests belong to another environment."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"

# Tests of libraries that only the second environment has; `make test-litellm` runs them there.
ELSEWHERE = {
    "litellm": ["unit/guard/adapters/test_litellm.py", "unit/pricing/test_real_list.py"],
    "presidio_analyzer": ["unit/detect/test_presidio_installed.py"],
}
collect_ignore = [path for library, paths in ELSEWHERE.items() if find_spec(library) is None for path in paths]

settings.register_profile(
    "policykit",
    # a change is not to blame for what chance finds in CI; every run elsewhere looks at new examples
    derandomize=bool(os.environ.get("CI")),
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("policykit")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--rewrite-golden", action="store_true", help="write golden files anew instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Return a check that a text equals the golden file of a name; `--rewrite-golden` writes the file instead."""

    def check(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--rewrite-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="")
        assert path.exists(), f"no golden file {name}: run pytest --rewrite-golden and read what it wrote"
        assert text == path.read_bytes().decode("utf-8")

    return check
