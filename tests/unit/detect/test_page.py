"""docs/detectors.md says what the detectors are and how they do."""

import re
from pathlib import Path

import pytest

from policykit.detect.catalogue import FAMILIES, detector, kinds
from policykit.detect.labelled import score
from policykit.detect.scan import PatternSet
from tests.data.detect_labelled import cases

PAGE = (Path(__file__).parents[3] / "docs/detectors.md").read_text(encoding="utf-8")
ROWS = {
    row.split("`")[1]: [cell.strip() for cell in row.split(" | ")] for row in PAGE.splitlines() if row.startswith("| `")
}
NAMES = [f"{family}.{kind}" for family in FAMILIES for kind in kinds(family)]
CASES = cases()
SCORES = score(CASES)


def test_the_page_lists_every_detector_once():
    assert sorted(ROWS) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_figures_of_the_page_are_those_of_the_labelled_texts(name):
    _, title, _, precision, recall, texts = ROWS[name]
    assert title == detector(name).title
    assert precision == f"{SCORES[name].precision:.3f}"
    assert recall == f"{SCORES[name].recall:.3f}"
    assert texts.rstrip(" |") == str(sum(case.detector == name for case in CASES))


def test_the_page_gives_the_number_of_texts():
    assert f"{len(CASES):,} texts" in PAGE


def test_the_detector_of_the_page_works():
    (program,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names = {"__name__": "examples.page"}
    exec(program, names)  # our own page
    patterns = PatternSet([names["CASE"].source()])
    assert [patterns.hits(text) for text in ("case NW-12345678", "case NW-00000000", "case NW-1")] == [1, 0, 0]


@pytest.mark.parametrize("code", [f"PK{number}" for number in range(850, 857)])
def test_every_code_has_a_page(code):
    page = (Path(__file__).parents[3] / f"policykit/source/pages/{code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {code}: ")
    assert all(heading in page for heading in ("## Wrong", "## Right", "## Why"))
