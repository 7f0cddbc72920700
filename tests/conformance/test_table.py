"""The table, through every verifier."""

import pytest

from tests.conformance.bases import LARGE, WRITTEN, build
from tests.conformance.forms import DROPPED, FORMS
from tests.conformance.rows import Shelf
from tests.conformance.table import PRUNED, SMALL
from tests.conformance.verifiers import VERIFIERS

USED = {row["base"] for row in [*SMALL, *PRUNED]}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return Shelf(tmp_path_factory.mktemp("shelf"))


def name_of(row):
    return f"{row['base']}: {row['why']} ({'+'.join(row['keys'])})"


@pytest.mark.parametrize("verifier", VERIFIERS)
@pytest.mark.parametrize("row", [*SMALL, *PRUNED], ids=name_of)
def test_every_verifier_answers_as_the_table_says(row, verifier, shelf, tmp_path):
    resolved = shelf.resolved(row)
    directory = shelf.laid_out(resolved, tmp_path / "trail")
    head = resolved["head"].encode() if resolved["head"] else None
    assert VERIFIERS[verifier](directory, resolved["keys"], head, resolved["options"]) == row["expect"], row["why"]


@pytest.mark.parametrize("name", sorted(WRITTEN.keys() - {"pruned"}))
def test_a_base_trail_is_the_same_bytes_each_time(name, shelf, tmp_path):
    def files(directory):
        return {path.relative_to(directory): path.read_bytes() for path in directory.rglob("*") if path.is_file()}

    assert files(build(name, tmp_path / "again" / "trail")) == files(shelf.base(name))


def test_every_base_trail_is_in_the_table():
    from tests.conformance.bases import BUILT

    assert {*WRITTEN, *LARGE, *BUILT, *FORMS, *DROPPED} <= USED
