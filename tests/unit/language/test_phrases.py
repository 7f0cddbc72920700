"""The help for a phrase of prose, followed to the letter, gives the policy that was meant, and it lints clean."""

from __future__ import annotations

import pytest

from policykit.engine.load import standard_vocabulary
from policykit.language.load import load_text
from tests.follow import followed

POLICY = """language 1
policy parcels version "1.0.0"
  timezone "Europe/Vienna"
party carrier "Swift Parcels"
party shop    "The Corner Shop"
role dispatch of carrier
role claims   of shop
role auditor  of shop
gate launch "parcels are routed by the model"
evidence golden : evaluation from carrier "the routing cases"
fact parcel.size   : one of "small", "large", "huge" "the size"
fact parcel.labels : list of text "the labels"
fact parcel.due    : date "the promised day"
fact parcel.risk   : percent "the share of losses on this route"
fact parcel.value  : money "the insured value"
fact parcel.count  : number "the number of parcels"
fact parcel.signed : yes or no "a signature is needed"
section routing "Routing"
  owner dispatch
requirement RT-1 "The route is right"
  because "wrong routes cost a day"
  owner claims
  shown by golden, no older than 7 days
  before launch and every 7 days after
  check golden.accuracy >= 95%
requirement RT-2 "No slice is left behind"
  shown by golden, no older than 7 days
  before launch
  check every case in golden has source "production"
requirement RT-3 "As good as people"
  shown by golden, no older than 7 days
  before launch
  check golden.accuracy >= golden.baseline_accuracy - 1 percentage point
scorecard RT-4 "Touchless"
  shown by golden, no older than 7 days
  before launch
  measure golden.touchless_rate
  baseline 50%
  target at least 90% by 2027-06-30
rule RT-5 "Dear parcels wait"
  on request
  when parcel.value > 500 EUR
  then deny "too dear"
rule RT-6 "Kinds of parcels"
  on request
  when parcel.size in ["small", "large"] and parcel.count > 3
  then deny
rule RT-7 "Labels"
  on request, response
  when parcel.labels contains any of "frail"
  then warn
rule RT-8 "Signatures"
  on request
  when parcel.signed is yes or parcel.risk > 50%
  then deny
rule RT-9 "Late parcels"
  on request
  when parcel.due < 2027-07-01
  then warn
sign-off for launch by auditor
"""

_VALUE, _SIZE, _LABELS = (
    "parcel.value > 500 EUR",
    'parcel.size in ["small", "large"]',
    'parcel.labels contains any of "frail"',
)
_SIGNED, _DUE, _EVERY = (
    "parcel.signed is yes or parcel.risk > 50%",
    "parcel.due < 2027-07-01",
    "before launch and every 7 days after",
)
_CASES = 'every case in golden has source "production"'
_TARGET, _AGE = "target at least 90%", "shown by golden, no older than 7 days\n  before launch and"

SAID = {
    _VALUE: {
        "": ("greater than", "is greater than", "more than", "is more than", "above", "is above", "is over", "exceeds"),
        "<": ("less than", "is less than", "is below", "under", "is fewer than"),
        ">=": (
            "is greater than or equal to", "greater or equal", "at least", "is at least", "at minimum", "minimum", "min",
            "no less than", "is not less than", "isn't less than", "not below",
        ),
        "<=": (
            "is less than or equal to", "at most", "is at most", "maximum", "max", "no more than", "is no more than",
            "not more than", "is not more than", "isn't more than", "does not exceed", "doesn't exceed", "up to",
        ),
        "is": ("is equal to", "equal to", "equals", "is exactly", "is the same as", "=", "==="),
        "is not": ("isn't", "isn\u2019t", "is not equal to", "isn't equal to", "does not equal", "doesn't equal", "differs from"),
    },
}  # fmt: skip
"""Of a comparison: by the operator that is meant, what stands in its place."""

PHRASED = [
    *((_VALUE, f"parcel.value {operator or '>'} 500 EUR", f"parcel.value {said} 500 EUR")
      for operator, phrases in SAID[_VALUE].items() for said in phrases),
    (_VALUE, _VALUE, "parcel.value > EUR 500"), (_VALUE, _VALUE, "parcel.value > 500 euros"),
    (_VALUE, _VALUE, "parcel.value > 500 Eur"), (_VALUE, _VALUE, "parcel.value > \u20ac500"),
    (_VALUE, "parcel.value > 5_000 EUR", "parcel.value > 5k EUR"),
    (_VALUE, "parcel.value > 5_000 EUR", "parcel.value > EUR 5k"),
    (_VALUE, "parcel.value > 5_000 EUR", "parcel.value > 5 thousand EUR"),
    (_VALUE, "parcel.value > 1_500_000 EUR", "parcel.value > 1.5m EUR"),
    (_VALUE, _VALUE, "parcel.value > 500,- EUR"), (_VALUE, _VALUE, f"either {_VALUE}"),
    (_VALUE, f"{_VALUE} and not (parcel.signed is yes)", f"{_VALUE} unless parcel.signed is yes"),
    (_VALUE, f"{_VALUE} and not (parcel.signed is yes)", f"{_VALUE} except when parcel.signed is yes"),
    (_VALUE, f"{_VALUE} and not parcel.signed is yes", f"{_VALUE} but not parcel.signed is yes"),
    (_VALUE, f"not ({_VALUE} or parcel.signed is yes)", f"neither {_VALUE} nor parcel.signed is yes"),
    (_VALUE, f"{_VALUE} or parcel.signed is yes", f"either {_VALUE} or parcel.signed is yes"),
    (_VALUE, f"{_VALUE} or parcel.signed is yes", f"{_VALUE} or else parcel.signed is yes"),
    (_VALUE, f"{_VALUE} and parcel.signed is yes", f"both {_VALUE} and parcel.signed is yes"),
    (_VALUE, f"{_VALUE} and parcel.signed is yes", f"{_VALUE} AND parcel.signed is yes"),
    (_VALUE, "parcel.value between 5 EUR and 9 EUR", "parcel.value between 5 EUR to 9 EUR"),
    (_VALUE, "parcel.value between 5 EUR and 9 EUR", "parcel.value is between 5 EUR and 9 EUR"),
    (_VALUE, "parcel.value between 5 EUR and 9 EUR", "parcel.value from 5 EUR to 9 EUR"),
    (_VALUE, "count of calls today > 3", "count of calls today > 3 times"),
    *((_SIZE, _SIZE, f"parcel.size {said}") for said in (
        'is either "small" or "large"', 'is one of "small", "large"', 'one of "small", "large"', 'in "small", "large"',
        'is any of "small", "large"', 'in ("small", "large")', 'in {"small", "large"}', 'is in ["small", "large"]',
        'is "small" or "large"')),
    *((_SIZE, 'parcel.size not in ["small", "large"]', f"parcel.size {said}") for said in (
        'is not in ["small", "large"]', 'isn\'t in ["small", "large"]', 'is not one of "small", "large"',
        'is not "small" or "large"')),
    (_SIZE, 'parcel.size is not "small"', 'parcel.size isn\'t "small"'),
    *((_LABELS, _LABELS, f"parcel.labels {said}") for said in (
        'contains "frail"', 'contain any of "frail"', 'contains one of "frail"', 'includes "frail"', 'includes any of "frail"')),
    (_LABELS, 'parcel.labels contains any of "frail", "wet"', 'parcel.labels contains "frail" or "wet"'),
    (_LABELS, 'parcel.labels contains any of "frail", "wet"', 'parcel.labels contains "frail", "wet"'),
    (_LABELS, 'parcel.labels contains all of "frail", "wet"', 'parcel.labels contains "frail" and "wet"'),
    *((_LABELS, f"not {_LABELS}", f"parcel.labels {said}") for said in (
        'doesn\'t contain "frail"', 'does not contain any of "frail"', 'does not contain "frail"', 'not contains any of "frail"',
        'contains none of "frail"', 'doesn\u2019t include "frail"')),
    (_LABELS, 'not call.model starts with "a"', 'call.model does not start with "a"'),
    (_LABELS, "not call.model matches /^a/", "call.model doesn't match /^a/"),
    (_LABELS, 'call.model starts with "a"', 'call.model begins with "a"'),
    *((_SIGNED, _SIGNED, said) for said in (
        "parcel.signed or parcel.risk > 50%", "parcel.signed is yes or parcel.risk > half", "parcel.signed = yes or parcel.risk > 50%",
        "parcel.signed is true or parcel.risk > 50%", "parcel.signed is yes or parcel.risk > 50 per cent",
        "parcel.signed is yes or parcel.risk > 50 percent", "parcel.signed is yes or parcel.risk > one half",
        "parcel.signed is yes or parcel.risk exceeds 50%", "parcel.signed is yes or parcel.risk > 1/2")),
    (_SIGNED, "not parcel.signed is yes", "not parcel.signed"), (_SIGNED, "parcel.signed is yes", "parcel.signed"),
    *((_DUE, _DUE, f"parcel.due {said}") for said in (
        "before 2027-07-01", "is before 2027-07-01", "< 1 July 2027", "< July 1, 2027", "< 1.7.2027", "< 2027-7-1", "< Q3 2027",
        "< 1st of July 2027", "< July 2027", "is earlier than 2027-07-01")),
    (_DUE, "parcel.due > 2027-09-30", "parcel.due > Q3 2027"), (_DUE, "parcel.due > 2027-03-31", "parcel.due > end of March 2027"),
    (_DUE, "parcel.due > 2027-07-01", "parcel.due after 2027-07-01"),
    (_DUE, "parcel.due <= 2027-07-01", "parcel.due no later than 2027-07-01"),
    (_DUE, "parcel.due >= 2027-07-01", "parcel.due on or after 2027-07-01"),
    *((_EVERY, _EVERY, f"before launch{said}") for said in (
        ", every 7 days", ", every 7 days after", " and every 7 days", " and then every 7 days", ", and every 7 days after",
        " and each 7 days after", " and every 7 days thereafter")),
    *((_EVERY, "before launch and every 1 week after", f"before launch {said}") for said in (
        "and weekly", "and every week after", "and once a week")),
    *((_EVERY, "before launch and every 1 day after", f"before launch {said}") for said in ("and daily", "and every day after")),
    (_EVERY, "before launch and every 3 days after", "before launch and twice a week"),
    *((_AGE, _AGE, f"shown by golden, {said}\n  before launch and") for said in (
        "not older than 7 days", "at most 7 days old", "max 7 days old", "no more than 7 days old", "newer than 7 days",
        "maximum 7 days old", "older than 7 days")),
    *((_TARGET, _TARGET, f"target {said}") for said in (
        "min 90%", "minimum 90%", "minimum of 90%", "at minimum 90%", "no less than 90%", "not less than 90%", ">= 90%", "90%",
        "above 90%", "more than 90%")),
    *(("baseline 50%\n  target at least 90%", "baseline 95%\n  target at most 90%", f"baseline 95%\n  target {said}") for said in (
        "max 90%", "no more than 90%", "up to 90%", "at maximum 90%", "<= 90%")),
    *(("by 2027-06-30", "by 2027-06-30", said) for said in (
        "deadline 2027-06-30", "until 2027-06-30", "by Q2 2027", "by end of June 2027", "by June 2027", "by 30 June 2027",
        "by 30.06.2027", "by 30/06/2027", "by June 30, 2027", "by 2027-6-30", "no later than 2027-06-30")),
    ("by 2027-06-30", "by 2027-12-31", "by the end of 2027"), ("by 2027-06-30", "by 2027-12-31", "by 2027"),
    *(("- 1 percentage point", "- 1 percentage point", f"- {said}") for said in (
        "1 % points", "1 percent point", "1 pp", "1 pts", "1 percent-points", "1 point")),
    *((_CASES, _CASES, said) for said in (
        _CASES.replace("has", "have"), _CASES.replace("every case", "all cases"), _CASES.replace("every case", "each case"),
        _CASES.replace("every case", "all of the cases"))),
    (_CASES, _CASES.replace("every", "some"), _CASES.replace("every case", "any case")),
    (_CASES, _CASES.replace("every", "no"), _CASES.replace("every case", "none of the cases")),
    *(("owner claims", "owner claims", said) for said in (
        "owner: claims", "owner:claims", "owner = claims", "- owner claims", "* owner claims", "\u2022 owner claims",
        "1. owner claims", "owned by claims", "owner is claims", "owner claims;", "owner claims,", "owner claims.",
        "// whose\n  owner claims", "owner claims // whose", "/* whose */ owner claims", "owner claims /* whose */",
        "owner claims -- whose", "owner the claims")),
    *(('requirement RT-1 "The route is right"', 'requirement RT-1 "The route is right"', said) for said in (
        'requirement RT-1: "The route is right"', 'requirement RT-1 "The route is right" {', '- requirement RT-1 "The route is right"',
        'requirement RT-1 - "The route is right"', 'requirement "RT-1" "The route is right"', 'Requirement RT-1 "The route is right"',
        "requirement RT-1 'The route is right'", "requirement RT-1 \u201cThe route is right\u201d",
        "requirement RT-1 \u201eThe route is right\u201c", "requirement RT-1 \u00abThe route is right\u00bb")),
    *(('then deny "too dear"', 'then deny "too dear"', said) for said in (
        'deny "too dear"', '=> deny "too dear"', '-> deny "too dear"', 'do deny "too dear"', 'then: deny "too dear"',
        'then deny: "too dear"', 'then block "too dear"', 'then deny("too dear")', 'then refuse "too dear"')),
    ("on request, response", "on request, response", "on request and response"),
    ("on request, response", "on request, response", "on request, and response"),
    ("on request, response", "on request, response", "on: request, response"),
    ("on request, response", "on request, response", "on every request, response"),
    ("launch by auditor", "launch by auditor, claims", "launch by auditor and claims"),
    ("sign-off for launch by auditor", "sign-off for launch by auditor", "sign-off by auditor for launch"),
    ("sign-off for", "sign-off for", "sign off for"), ("sign-off for", "sign-off for", "signoff for"),
    ("check golden.accuracy >= 95%", "check golden.accuracy >= 95%", "check: golden.accuracy >= 95%"),
    ("check golden.accuracy >= 95%", "check golden.accuracy >= 95%", "check that golden.accuracy >= 95%"),
    ('because "wrong routes cost a day"', 'because "wrong routes cost a day"', "because wrong routes cost a day"),
    ("language 1", "language 1", "language: 1"), ("language 1", "language 1", 'language "1"'),
    ("language 1", "language 1", "language 1;"), ('party shop    "', 'party shop "', 'party shop: "'),
]  # fmt: skip
"""Of the policy: a place, what is meant there, and what is written."""


def lint(text):
    return load_text("parcels.policy", text, standard_vocabulary())


@pytest.mark.parametrize(("place", "meant", "written"), PHRASED)
def test_a_help_followed_to_the_letter_gives_what_was_meant(place, meant, written):
    assert place in POLICY
    intended = lint(POLICY.replace(place, meant, 1))
    wrong = POLICY.replace(place, written, 1)
    (found,) = [each for each in lint(wrong).diagnostics if each.is_error]
    mended = lint(followed(wrong, found))
    assert intended.policy is not None
    assert mended.diagnostics == () or intended.diagnostics
    assert mended.policy is not None
    assert mended.policy.digest == intended.policy.digest


def test_the_policy_is_clean():
    assert lint(POLICY).diagnostics == ()
