"""The index of decisions names every record, by its number and its title."""

import re

import pytest

from tests.conftest import ROOT

FOLDER = ROOT / "docs" / "adr"
RECORDS = sorted(path for path in FOLDER.glob("[0-9]*.md"))
INDEX = (FOLDER / "README.md").read_text("utf-8")


@pytest.mark.parametrize("path", RECORDS, ids=lambda path: path.stem)
def test_a_record_has_its_number_its_title_its_status_and_a_line_in_the_index(path):
    text = path.read_text("utf-8")
    heading = re.match(r"# (\d+)\. (.+)\n\nStatus: (proposed|accepted|replaced by \d+)", text)
    assert heading is not None
    assert int(path.name[:4]) == int(heading[1])
    assert f"| {heading[1]} | [{heading[2]}]({path.name}) |" in INDEX


def test_the_index_names_no_other_files_and_no_number_twice():
    named = re.findall(r"\]\((\d{4}-[^)]+)\)", INDEX)
    assert named == [path.name for path in RECORDS]
    assert len({name[:4] for name in named}) == len(named)
