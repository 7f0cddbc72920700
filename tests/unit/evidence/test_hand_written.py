"""Values written by hand."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from policykit.vocabulary.types import Money

GOOD = """\
evidence: evaluation
produced_at: 2026-11-20T09:00:00+01:00
subject: {name: triage, version: "1.2.0"}
values:
  cases: 612
  accuracy: 94.5%
  latency_p95: 800 ms
  cost: 12.50 EUR
  dataset_locked: yes
elements:
  case:
    - {id: a-1, passed: no, source: production, country: DE}
slices:
  end_customer.group:
    retail: {cases: 80, accuracy: 93%}
"""


def test_values_are_read_as_the_language_reads_them_and_are_only_claimed(read):
    evidence = read("v.yaml", GOOD, "evaluation")
    assert evidence.sufficiency == "sufficient", evidence.problems
    assert evidence.trust == "claimed"
    assert evidence.fields["accuracy"] == Decimal("0.945")
    assert evidence.fields["latency_p95"] == Decimal("0.8")
    assert evidence.fields["cost"] == Money(Decimal("12.5"), "EUR")
    assert evidence.fields["dataset_locked"] is True
    assert evidence.elements["case"] == ({"id": "a-1", "passed": False, "source": "production", "country": "DE"},)
    assert evidence.slices("end_customer.group")["retail"]["accuracy"] == Fraction(93, 100)
    assert evidence.subject.version == "1.2.0"


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("accuracy: 94.5%", "acuracy: 94.5%", "PK570", "6"),
        ("accuracy: 94.5%", "accuracy: 94.5", "PK571", "6"),
        ("accuracy: 94.5%", "accuracy: [1]", "PK571", "6"),
        ("cost: 12.50 EUR", "cost: 12.50", "PK571", "8"),
        ("dataset_locked: yes", "dataset_locked: maybe", "PK571", "9"),
        ("evidence: evaluation", "evidence: red_team", "PK523", "1"),
        ("  case:", "  cases:", "PK570", "11"),
        ("country: DE", "country: 12", "PK571", "12"),
        ("values:", "vals:", "PK570", "4"),
        ("retail: {cases: 80,", "retail: {casses: 80,", "PK570", "15"),
        ("version: ", "verson: ", "PK570", "3"),
        ("    - {id", "      {id", "PK571", "12"),
    ],
)
def test_every_mistake_is_an_error_with_its_line(read, old, new, code, line):
    evidence = read("v.yaml", GOOD.replace(old, new), "evaluation", reader="hand_written")
    assert evidence.sufficiency == "error"
    assert evidence.problems[0].code == code
    assert evidence.problems[0].where().startswith(f"v.yaml:{line}:")


def test_all_mistakes_are_shown_together(read):
    text = GOOD.replace("accuracy: 94.5%", "acuracy: 94.5%").replace("dataset_locked: yes", "dataset_locked: 7")
    assert [p.code for p in read("v.yaml", text, "evaluation").problems] == ["PK570", "PK571"]
    assert "accuracy" in read("v.yaml", text, "evaluation").problems[0].help


def test_a_file_that_states_nothing_is_no_evidence(read, codes):
    assert codes(read("v.yaml", "evidence: evaluation\nvalues:\n", "evaluation")) == {"PK530"}
    assert codes(read("v.yaml", "[1]\n", "evaluation", reader="hand_written")) & {"PK515", "PK508"}


def test_a_value_left_empty_is_not_known(read):
    assert "cases" not in read("v.yaml", GOOD.replace("cases: 612", "cases:"), "evaluation").fields


def test_a_file_of_up_to_four_megabytes_is_read(read, codes):
    largest = GOOD.encode().ljust(4 * 1024 * 1024 - 1, b"#").replace(b"##", b"\n#", 1) + b"\n"
    assert codes(read("v.yaml", largest, "evaluation")) == set()
    assert codes(read("v.yaml", largest + b"\n", "evaluation")) == {"PK503"}
