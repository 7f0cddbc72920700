"""docs/detectors.md lists disguises: what it says is found is found whole, what it says is not is not."""

from pathlib import Path

import pytest

from policykit.detect.catalogue import source
from policykit.detect.scan import PatternSet

PAGE = (Path(__file__).parents[3] / "docs/detectors.md").read_text(encoding="utf-8")
TABLE = PAGE.partition("| disguise |")[2].partition("\n\n")[0].splitlines()[2:]
ROWS = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in TABLE]


def test_the_table_has_rows_of_both_kinds():
    assert {row[3] for row in ROWS} == {"yes", "no"}
    assert len({row[0] for row in ROWS}) == len(ROWS) >= 25


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
@pytest.mark.parametrize("around", ["{}", "see {} there", "({})"])
def test_each_row_is_true(row, around):
    _, quoted, name, found = row
    shown = quoted.strip("`").replace("␉", "\n")
    text = around.format(shown)
    patterns = PatternSet([source(name.strip("`"))])
    matches = patterns.spans(text)
    assert bool(patterns.hits(text)) == bool(matches) == (found == "yes")
    for match in matches:
        value = text[match.start : match.end]
        whole = shown.strip("*")  # emphasis around a value is no part of it
        assert whole.endswith(value) if "secret" in name else value == whole
