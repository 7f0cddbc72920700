import pytest

from policykit.guard.stores.sqlite_database import Database


@pytest.fixture
def database(tmp_path):
    """A new store of this test, closed afterwards."""
    opened = Database(tmp_path / "store.db")
    yield opened
    opened.close()
