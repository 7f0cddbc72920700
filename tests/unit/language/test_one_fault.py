"""One fault gives one message: what follows from it is not reported again."""

from __future__ import annotations

import pytest

from tests.unit.language.test_phrases import POLICY, lint

TESTED = (
    POLICY
    + """
waive RT-1 through 2027-03-31
  because "the first month"
  approved by auditor
test "dear"
  on request
  given parcel.value is 600 EUR, parcel.signed is no, parcel.risk is 1%
  expect RT-5 denies
test "cheap"
  on request
  given parcel.value is 6 EUR, parcel.size is "huge", parcel.count is 9
  expect RT-6 does not act
"""
)
FAULTS = (
    # declarations
    ("language 1", "language 9"), ("language 1", "langauge 1"), ('version "1.0.0"', ""), ('"Europe/Vienna"', '"Europe/Vienn"'),
    ("party carrier", "partei carrier"), ("role claims   of shop", "role claims   of shopp"), ("role claims", "rolle claims"),
    ("role claims   of shop", "role claims   of"), ("role dispatch", "role dispach"), ("gate launch", "gate"),
    ("gate launch", "gate lounch"), ("gate launch", "gates launch"), ("evidence golden", "evidence goldn"),
    (": evaluation", ": evaluatoin"), (": evaluation", ": thing"), ("evidence golden", "evidense golden"),
    ("from carrier", "from courier"), ("parcel.value  : money", "parcel.value  : mony"), ("parcel.value  : money", "parcel.value  : number"),
    ("fact parcel.value ", "fact parcel.valeu "), ("fact parcel.value ", "fakt parcel.value "), ('one of "small"', "one of small"),
    ('money "the insured value"', "money"), ('money "the insured value"', "money the insured value"),
    ('"the insured value"', '"the insured value'), ("fact parcel.count  :", "fact parcel.count"), ("section routing", "sektion routing"),
    ("section routing", "section"), ("owner dispatch", "owner dispatcher"), ("owner dispatch", "owners dispatch"),
    ("  owner dispatch\n", ""), ("owner dispatch", "before launch"),
    # requirements
    ("  before launch\n  check every", "  check every"), ("  before launch\n  check every", "  on request\n  check every"),
    ("requirement RT-1", "requirement"), ("requirement RT-1", "requirment RT-1"), ('RT-1 "The route', 'RT-2 "The route'),
    ("check golden.accuracy >= 95%", ""), ("check golden.accuracy >= 95%", "check golden.acuracy >= 95%"),
    ("check golden.accuracy >= 95%", "check golden.accuracy >= 95"), ("check golden.accuracy >= 95%", "check golden.accuracy >= 0.95"),
    ("check golden.accuracy >= 95%", "check goldn.accuracy >= 95%"), ("check golden.accuracy >= 95%", "check golden.accuracy equals 95%"),
    ("check golden.accuracy >= 95%", "check golden.accuracy >= 9,5%"), ("check golden.accuracy >= 95%", "check golden.accuracy >="),
    ("  before launch and", "  before lanch and"), ("shown by golden", "shown by gold"), ("no older than 7 days", "no older than 7 dais"),
    ("owner claims", "owner clams"), ("owner claims", "ownerclaims"), ('because "wrong', 'reason "wrong'),
    ("in golden has source", "in golden has sorce"), ("in golden has source", "in goldn has source"),
    ("baseline 50%", "baseline 50"), ("by 2027-06-30", "by 2027-06-31"), ("measure golden.touchless_rate", "measure golden.touchless"),
    ("measure golden.touchless_rate", ""), ("target at least 90%", "target 90%"), ('RT-4 "Touchless"', "RT-4 Touchless"),
    # rules, tests, changes
    ("when parcel.value > 500 EUR", "when parcel.value > 500"), ("when parcel.value > 500 EUR", "when parcel.vallue > 500 EUR"),
    ("when parcel.value > 500 EUR", "when"), ("when parcel.value > 500 EUR", "if parcel.value > 500 EUR"),
    ("when parcel.value > 500 EUR", "when (parcel.value > 500 EUR"), ('then deny "too dear"', ""), ('then deny "too dear"', 'then denie "too dear"'),
    ('then deny "too dear"', 'thendeny "too dear"'), ("rule RT-5", "rul RT-5"), ("rule RT-5", "rule rt-5"), ("rule RT-5", "rule RT5"),
    ('in ["small", "large"]', 'in ["smal", "large"]'), ('in ["small", "large"]', 'in ["small", "large"'),
    ("and parcel.count > 3", "or parcel.count > 3 and parcel.signed is yes"), ('any of "frail"', 'any "frail"'),
    ("parcel.signed is yes or", "parcel.signed is true or"), ("on request, response", "on requests, response"),
    ("on request, response", "on request response"), ("launch by auditor", "launch by auditer"), ("sign-off for launch", "sign-off for lunch"),
    ("waive RT-1", "waive RT-19"), ("through 2027-03-31", "through March"), ("approved by auditor", "approved by nobody"),
    ("expect RT-5 denies", "expect RT-55 denies"), ("expect RT-5 denies", "expect RT-5 deny"), ("given parcel.value is 600 EUR", "given parcel.value is 600"),
    ("given parcel.value is 600 EUR", "given parcel.worth is 600 EUR"), ("expect RT-5 denies", ""), ("expect RT-5 denies", "expects RT-5 denies"),
)  # fmt: skip
"""What stands in the policy, and a fault in its place."""


def test_the_corpus_is_clean_and_large():
    assert lint(TESTED).diagnostics == ()
    assert len(set(FAULTS)) >= 60


@pytest.mark.parametrize(("right", "wrong"), FAULTS)
def test_one_fault_gives_one_message(right, wrong):
    assert right in TESTED
    found = lint(TESTED.replace(right, wrong, 1)).diagnostics
    assert len(found) == 1, [str(each) for each in found]
    assert found[0].is_error or found[0].help
