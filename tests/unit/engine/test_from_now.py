"""What `31 days ago` is: days of the calendar in the policy's time zone, instants to the second; unknown without now."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.engine.compile import compile_policy
from policykit.engine.evaluate import Facts, evaluate
from policykit.engine.load import standard_vocabulary
from policykit.engine.scope import Scope
from policykit.language import checked as c
from policykit.language.load import load_text
from policykit.vocabulary.types import DATE, DURATION, INSTANT
from policykit.vocabulary.units import instant_of
from tests.oracle import holds

ZONES = ["UTC", "Europe/Berlin", "Pacific/Kiritimati", "America/St_Johns"]
moments = st.integers(0, 110 * 365 * 86_400).map(lambda s: datetime(1990, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
directions = st.sampled_from(["ago", "from now"])


def node(seconds, direction="ago", type_=DATE, zone="UTC"):
    return c.FromNow(c.Constant(seconds, DURATION), direction, type_, zone)


@given(moments, st.integers(0, 5_000), directions, st.sampled_from(ZONES))
def test_a_date_is_so_many_days_before_or_after_the_day_of_now_in_its_zone(now, days, direction, zone):
    found = Scope(Facts(now=now)).read(node(days * 86_400, direction, DATE, zone)).value
    step = timedelta(days=days if direction == "from now" else -days)
    assert date.fromordinal(found) == now.astimezone(ZoneInfo(zone)).date() + step


@given(moments, st.fractions(0, 10**9), directions)
def test_an_instant_is_exact(now, seconds, direction):
    found = Scope(Facts(now=now)).read(node(seconds, direction, INSTANT)).value
    assert Fraction(found) - Fraction(instant_of(now)) == (seconds if direction == "from now" else -seconds)


def test_a_day_of_23_hours_is_a_day():
    berlin = datetime(2027, 3, 28, 0, 30, tzinfo=ZoneInfo("Europe/Berlin"))  # the clocks go forward at 2
    assert Scope(Facts(now=berlin)).read(node(86_400, "from now", DATE, "Europe/Berlin")).value == (
        date(2027, 3, 29).toordinal()
    )


@pytest.mark.parametrize("now", [{}, {"call.time": None}, {"call.time": "yesterday"}, {"call.time": 5}])
def test_without_a_now_it_is_unknown(now):
    check = c.Compare(">=", c.FactRead("ends", DATE), node(86_400))
    assert evaluate(check, Facts({"ends": date(2027, 1, 1), **now})).truth is None


def test_the_instant_of_a_check_goes_before_a_fact():
    check = c.Compare("<", c.FactRead("ends", DATE), node(86_400))
    facts = {"ends": date(2027, 1, 1), "call.time": "1990-01-01T00:00:00Z"}
    assert evaluate(check, Facts(facts, now=datetime(2027, 2, 1, tzinfo=UTC))).truth is True
    assert evaluate(check, Facts(facts)).truth is False


days_counted = st.builds(
    lambda days, direction, zone: node(days * 86_400, direction, DATE, zone),
    st.integers(0, 400), directions, st.sampled_from(ZONES),
)  # fmt: skip


@given(
    st.none() | moments,
    st.none() | st.dates(date(1990, 1, 1), date(2100, 1, 1)),
    days_counted,
    st.sampled_from(["<", "<=", ">", ">=", "==", "!="]),
)
def test_it_agrees_with_the_slow_reading(now, ends, counted, relation):
    check = c.Compare(relation, c.FactRead("ends", DATE), counted)
    facts = {"ends": ends, "call.time": now}
    assert evaluate(check, Facts(facts)).truth is holds(check, facts)


POLICY = """language 1
policy ends version "1" timezone "Europe/Berlin"
fact contract.ends : date "the last day of the contract"
rule END-1 "Not in the last days" on request when contract.ends < 90 days from now then deny
"""


@pytest.mark.parametrize(
    ("ends", "effect"),
    [("2027-01-29", "deny"), ("2027-01-30", "allow"), ("2027-01-31", "allow"), (None, "deny")],
)
def test_a_compiled_rule_counts_from_the_call(ends, effect):
    policy = compile_policy(load_text("ends.policy", POLICY, standard_vocabulary()).policy)
    facts = {"call.time": "2026-10-31T23:30:00Z", "contract.ends": ends}  # 1 November in Berlin
    assert policy.decide(facts, "request").effect == effect
    assert policy.decide({"contract.ends": "2030-01-01"}, "request").effect == "deny"  # no now, so unknown
    (rule,) = policy.outline.rules
    assert rule.reads == {"call.time", "contract.ends"}
