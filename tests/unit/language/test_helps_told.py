"""Each form of a help of the language: what it tells, followed to the letter, gives what was meant and lints clean."""

from __future__ import annotations

import pytest

from tests.helps import told
from tests.ward import BASE, CASES, EXPECT, FAILS, FOUND, GIVEN, MODEL, WARD, WORSE, changed, followed, meant, only

TITLE = next(line for line in WARD.splitlines() if line.startswith("  title"))
FOLLOWED = [
    ("language/check/logic/clause_outcomes.py: write `not {} is unknown`", FAILS, "QUAL-1 is known", 0, "not QUAL-1 is unknown"),
    ("language/check/logic/clause_outcomes.py: write `{}{} {}`", FAILS, "QUAL-1 is not failing", 0, "not QUAL-1 fails"),
    (
        'language/check/logic/closed.py: did you mean "{}"? If another tool is meant, declare it',
        MODEL, f'{MODEL} or call.tools contains any of "chrt"', 0, f'{MODEL} or call.tools contains any of "chart"',
    ),
    (
        "language/check/logic/expressions.py: a change of a percent is in percentage points: {}",
        WORSE, f"{BASE} + 3%", 0, f"{BASE} + 3 percentage points",
    ),
    (
        "language/check/literals.py: {}the difference of two percents is in percentage points",
        WORSE, f"{BASE.replace('<', '-')} < 3%", 0, f"{BASE.replace('<', '-')} < 3 percentage points",
    ),
    (
        "language/check/literals.py: an instant has a time of day and an offset: write `{}T00:00:00Z` for its beginning in UTC",
        CASES, "trials.finished_at >= 2026-03-01", 0, "trials.finished_at >= 2026-03-01T00:00:00Z",
    ),
    (
        "language/check/literals.py: write `[{}]`",
        GIVEN, f'{GIVEN}, call.tools is "chart"', 0, f'{GIVEN}, call.tools is ["chart"]',
    ),
    ("language/check/literals.py: write `{}`", "time_of_day >= 22:00", "time_of_day >= 7", 0, "time_of_day >= 07:00"),
    (
        "language/check/logic/membership.py: write `[{}]`",
        MODEL, f'{MODEL} or call.team not in "b"', 0, f'{MODEL} or call.team not in ["b"]',
    ),
    ("language/check/logic/names.py: did you mean `{}.{}`?", WORSE, "trials.acuracy < 88%", 0, WORSE),
    (
        "language/check/logic/names.py: it is `yes` or `no`",
        MODEL, f"{MODEL} or call.streaming is active", 0, f"{MODEL} or call.streaming is yes",
    ),
    (
        "language/check/numbers.py: write `{} >= {}` or `{} <= {}`, or `{} is {}` for exactly this",
        "cases >= 40", "cases 40", 0, "cases >= 40",
    ),
    ("language/check/numbers.py: write `{} {}` or `{} {}`, whichever is meant", "<= 6_000 GBP", "<= 6.000", 0, "<= 6_000 GBP"),
    (
        "language/check/numbers.py: write `{}`, or `{}` where thousands are meant",
        "target   at least 90%", "target   at least 90.000%", 0, "target   at least 90%",
    ),
    ("language/check/numbers.py: write {}{}", "at least 5 shifts", "at least 6.000 shifts", 0, "at least 6_000 shifts"),
    (
        "language/check/logic/presence.py: write `{} {} {}`, or {} to ask whether it is known",
        CASES, "trials.cases is not none", 0, "trials.cases is not 0",
    ),
    (
        "language/check/logic/presence.py: write {}",
        MODEL, f"{MODEL} or principal.groups is not null", 0, f"{MODEL} or principal.groups is supplied",
    ),
    (
        'language/check/logic/presence.py: write {}{}; the text itself is `"{}"`, in quotes',
        "person is supplied", "person is there", 0, "person is supplied",
    ),
    (
        "language/check/logic/presence.py: write `{}`",
        CASES, "trials.finished_at >= today - 9 days", 0, "trials.finished_at >= 9 days ago",
    ),
    (
        "language/check/logic/relative.py: a length of time is `{}`, without `{}`: `<=` is at most so long, `>=` at least",
        CASES, "trials.latency_p95 <= 3 seconds ago", 0, "trials.latency_p95 <= 3 seconds",
    ),
    (
        "language/check/clauses/requirements.py: write `{}`, or correct the condition",
        "shown by pager, no", "shown by probes, no", 0, "shown by pager, no",
    ),
    ("language/check/clauses/testcases.py: write `missing`", GIVEN, GIVEN.replace("95%", "null"), 0, GIVEN.replace("95%", "missing")),
    (
        "language/check/logic/texts.py: write `{}`, without quotes",
        FOUND, 'contains any of "pii.card", hospital_no', 0, "contains any of pii.card, hospital_no",
    ),
    ("language/check/clauses/verbs.py: write `{} {}{}`", EXPECT, "expect RED-RULE-1 should ask", 0, "expect RED-RULE-1 asks"),
    ('language/parse/guesses/names.py: write `"{}"`', TITLE, "  title Care", 0, '  title "Care"'),
    (
        "language/parse/guesses/names.py: write `{}`",
        "owner    operator, ward_lead", "owner    operator ward_lead", 0, "owner    operator, ward_lead",
    ),
    ("language/parse/guesses/names.py: write `{}`, here and where it is declared", "sign-off for ward", "sign-off for Ward", 0, "sign-off for ward"),
    ("language/parse/guesses/__init__.py: write {}{}", "<= 6_000 GBP", "<= \u00a36_000", 0, "<= 6_000 GBP"),
    ("language/parse/mistakes.py: where two words are meant, write `{}`", "unknown  tell operator", "unknowntell operator", 0, "unknown tell operator"),
    (
        "language/parse/mistakes.py: write `minutes`, or for millions `000_000` behind `_`",
        "trials, file, no older than 30 days", "trials, file, no older than 30m", 0, "trials, file, no older than 30 minutes",
    ),
    ("language/parse/mistakes.py: write `{}%`", WORSE, "trials.accuracy < 8_800\u2031", 0, WORSE),
    ("language/parse/mistakes.py: write `{}`, or `{}` of a whole", WORSE, "trials.accuracy < \u00be", 1, "trials.accuracy < 75%"),
    ("vocabulary/meanings.py: did you mean {}?", MODEL, f"{MODEL} or team is missing", 0, f"{MODEL} or call.team is missing"),
]  # fmt: skip

ASKED = [
    (
        "language/check/logic/names.py: a list is not compared: ask what it holds by `contains any of`, or whether it is known by `is supplied`",
        MODEL, f"{MODEL} or principal.groups is empty", f"{MODEL} or principal.groups is supplied",
    ),
    (
        "language/check/literals.py: `>= {} ago` is at most {} old, and `<= {} from now` is at most {} ahead",
        CASES, "trials.finished_at >= 31 days", "trials.finished_at >= 31 days ago",
    ),
    (
        "language/check/clauses/verbs.py: say what it does: {}",
        EXPECT, "expect RED-RULE-1 fires", "expect RED-RULE-1 asks",
    ),
    (
        "language/parse/mistakes.py: write one of these, or a blank before a word that is no unit",
        "no older than 30 days", "no older than 30xyz", "no older than 30 days",
    ),
    (
        "language/parse/mistakes.py: write the number with digits and a decimal point",
        WORSE, "trials.accuracy < 8\u00b2", "trials.accuracy < 82%",
    ),
    (
        "language/parse/slips.py: its length differs from one to the next: say it in days, such as `{} days`",
        "no older than 30 days", "no older than 1 month", "no older than 30 days",
    ),
    (
        "language/parse/slips.py: its length differs from one to the next: say it in days",
        "no older than 30 days", "no older than 30 business days", "no older than 30 days",
    ),
    (
        "vocabulary/meanings.py: `{}` says the contrary: take it, and turn the comparison round",
        CASES, "trials.error_rate <= 9%", "trials.accuracy >= 91%",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("form", "old", "slip", "which", "new"), FOLLOWED)
def test_a_help_that_is_followed_leaves_what_was_meant(form, old, slip, which, new):
    told(only(changed(old, slip)).help, form)
    assert meant(followed(changed(old, slip), which)) == meant(changed(old, new))


@pytest.mark.parametrize(("form", "old", "slip", "new"), ASKED)
def test_what_a_help_asks_the_writer_to_decide_can_be_written(form, old, slip, new):
    told(only(changed(old, slip)).help, form)
    assert meant(changed(old, new))
