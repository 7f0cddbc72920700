"""Laws of usable evidence: understood, about this system, fresh, complete and trusted enough, in this order (ADR 26)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from policykit.evidence.model import Completeness, Evidence, Trust
from policykit.evidence.problems import doubt, error
from policykit.evidence.summaries.plain import PlainSummary
from policykit.language.checked import Due
from policykit.language.checked import Trust as Demand
from policykit.readiness.outcome import Outcome
from policykit.readiness.supply import Supply
from policykit.readiness.usable import Terms, Use, terms_of, use_of, view_of
from policykit.readiness.verdict import Reason
from tests.unit.readiness.projects import AT

DAY = timedelta(days=1)
SECONDS = 86_400
GOOD = Evidence(
    "evaluation", "run.json", produced_at=AT - DAY, completeness=Completeness(complete=True), trust=Trust.FILE,
    files=(("run.json", "sha256:1"),), summary=PlainSummary({}),
)  # fmt: skip
ABSENT = Reason(code="PK621", message="about another system")
BROKEN = (error("PK515", "broken"),)
JUST = timedelta(microseconds=1)


def used(evidence: Evidence | None = GOOD, terms: Terms | None = None, *, with_baseline: bool = False, **more) -> Use:
    return use_of(Supply("golden", evidence, **more), terms or Terms(AT), with_baseline=with_baseline)


@pytest.mark.parametrize(
    ("age", "every", "day", "limit"),
    [
        (None, None, -1, None),
        (5, None, -1, 5),
        (None, 3, -1, 3),
        (5, 3, -1, 3),
        (2, 3, -1, 2),
        (2, 3, 0, 2),
        (5, 3, 0, 3),
        (5, 3, 1, 5),
        (None, 3, 1, None),
        (5, 3, None, 3),
    ],
)
def test_the_strictest_age_counts_and_an_interval_from_the_day_of_its_gate(age, every, day, limit):
    gates = {} if day is None else {"launch": AT.date() + day * DAY}
    due = Due("launch", every * SECONDS if every else None)
    demand = Demand(("golden",), "file", age * SECONDS if age else None)
    found = terms_of(demand, due, AT, AT.date(), gates)
    assert found == Terms(AT, "file", limit * SECONDS if limit else None)
    assert terms_of(None, None, AT, AT.date(), gates) == Terms(AT)


@pytest.mark.parametrize(
    ("change", "more", "outcome", "code"),
    [
        ({}, {}, None, ""),
        ({"problems": BROKEN}, {}, Outcome.ERROR, "PK515"),
        ({"problems": BROKEN}, {"absence": ABSENT}, Outcome.ERROR, "PK515"),
        ({}, {"absence": ABSENT}, Outcome.NOT_SUPPLIED, "PK621"),
        ({"produced_at": AT - 9 * DAY}, {"absence": ABSENT}, Outcome.NOT_SUPPLIED, "PK621"),
        ({"produced_at": AT - 9 * DAY}, {}, Outcome.STALE, "PK622"),
        ({"produced_at": AT - 9 * DAY, "problems": (doubt("PK530", "d"),)}, {}, Outcome.STALE, "PK622"),
        ({"expires_at": AT}, {}, Outcome.STALE, "PK623"),
        ({"produced_at": None}, {}, Outcome.INCONCLUSIVE, "PK625"),
        ({"produced_at": AT + DAY}, {}, Outcome.ERROR, "PK628"),
        ({"problems": (doubt("PK530", "d"),)}, {}, Outcome.INCONCLUSIVE, "PK530"),
        ({"problems": (doubt("PK530", "d"),), "trust": Trust.CLAIMED}, {}, Outcome.INCONCLUSIVE, "PK530"),
        ({"trust": Trust.CLAIMED}, {}, Outcome.INCONCLUSIVE, "PK624"),
    ],
)
def test_the_first_thing_in_the_way_decides(change, more, outcome, code):
    found = used(replace(GOOD, **change), Terms(AT, "file", 2 * SECONDS), **more)
    assert (found.outcome, found.is_usable) == (outcome, outcome is None)
    assert [reason.code for reason in found.reasons] == [code] * bool(code)


def test_nothing_at_all_is_not_supplied_with_the_reason_if_there_is_one():
    assert (used(None).outcome, used(None).reasons) == (Outcome.NOT_SUPPLIED, ())
    assert used(None, absence=ABSENT).reasons == (ABSENT,)


@pytest.mark.parametrize(("with_baseline", "trust", "usable"), [
    (True, Trust.CLAIMED, False), (True, Trust.FILE, True), (True, Trust.ATTESTED, True), (False, Trust.CLAIMED, True),
])  # fmt: skip
def test_a_baseline_must_be_trusted_as_much_where_it_is_read(with_baseline, trust, usable):
    baseline = replace(GOOD, trust=trust, path="before.json")
    found = used(GOOD, Terms(AT, "file"), with_baseline=with_baseline, baseline=baseline)
    assert found.is_usable is usable
    assert [(reason.code, reason.place) for reason in found.reasons] == [("PK624", "before.json")] * (not usable)


@pytest.mark.parametrize(
    ("expires", "limit", "until"),
    [
        (None, None, None),
        (3, None, 3 * DAY),
        (None, 2, DAY + JUST),
        (3, 2, DAY + JUST),
        (1, 9, DAY),
    ],
)
def test_it_is_usable_until_the_sooner_of_its_own_end_and_the_age_of_the_clause(expires, limit, until):
    evidence = replace(GOOD, expires_at=AT + expires * DAY if expires else None)
    terms = Terms(AT, "", limit * SECONDS if limit else None)
    found = used(evidence, terms)
    assert found.until == (AT + until if until else None)
    if until:
        assert used(evidence, replace(terms, at=AT + until - JUST)).is_usable
        assert not used(evidence, replace(terms, at=AT + until)).is_usable


@pytest.mark.parametrize("claimed", [True, False])
@pytest.mark.parametrize(("change", "usable"), [({}, True), ({"problems": BROKEN}, False)])
def test_a_use_is_shown_as_it_is(claimed, change, usable):
    evidence = replace(GOOD, expires_at=AT + DAY, **change)
    shown = view_of(used(evidence, subject_claimed=claimed))
    assert (shown.usable, shown.subject_claimed, shown.trust, shown.files) == (usable, claimed, "file", ("run.json",))
    assert shown.produced_at == "2026-11-19T12:00:00Z"
    assert shown.usable_until == ("2026-11-21T12:00:00Z" if usable else "")
    assert view_of(used(None)).files == ()
    assert not view_of(used(None)).usable
