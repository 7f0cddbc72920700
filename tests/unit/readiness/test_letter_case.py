"""Law: where a condition's text differs from the evidence only in the letters' case, the clause says so, whatever its outcome."""

from __future__ import annotations

import pytest

from tests.unit.readiness.projects import GOLDEN, PROJECT, clause, values, write

CLAUSE = '\nrequirement EVAL-1 "x"\n  shown by golden\n  check {}\n'
ELEMENTS = "elements:\n  case:\n    - {id: a, passed: yes, source: Production}\n"
SLICES = "slices:\n  region:\n    EMEA: {cases: 3, accuracy: 93%}\n"
SAME = [
    'golden.dataset is "Letters"',
    'golden.dataset in ["Letters", "other"]',
    'every case in golden has source is "Production"',
    'every slice of golden by region in ["EMEA"] has cases >= 1',
]


def _notes(tmp_path, condition: str) -> tuple[str, ...]:
    golden = values(cases=3, dataset="Letters") + ELEMENTS + SLICES
    write(tmp_path, CLAUSE.format(condition), PROJECT + GOLDEN, golden__yaml=golden)
    return tuple(note for note in clause(tmp_path).notes if "letter case" in note)


@pytest.mark.parametrize("condition", SAME)
def test_the_same_spelling_needs_no_note(tmp_path, condition):
    assert _notes(tmp_path, condition) == ()


@pytest.mark.parametrize("spelled", [str.lower, str.swapcase])
@pytest.mark.parametrize("condition", SAME)
def test_another_case_is_pointed_out(tmp_path, condition, spelled):
    before, text, after = condition.split('"', 2)
    (note,) = _notes(tmp_path, f'{before}"{spelled(text)}"{after}')
    assert text in note
    assert spelled(text) in note


def test_a_clause_that_passes_because_of_it_says_so(tmp_path):
    (note,) = _notes(tmp_path, 'golden.dataset is not "letters"')
    assert note.startswith("`golden.dataset` is")
    assert clause(tmp_path).outcome.value == "pass"


def test_a_text_that_is_another_word_needs_no_note(tmp_path):
    assert _notes(tmp_path, 'golden.dataset is not "letter"') == ()
