"""Fixtures of the trail's tests."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from trails import Place, standalone


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path / "here")


@pytest.fixture(scope="session")
def one_file():
    return standalone()


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    """A closed trail of 13 records; tests copy it before they change it."""
    return Place(tmp_path_factory.mktemp("small") / "here").filled(12)
