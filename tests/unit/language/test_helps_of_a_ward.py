"""One slip in a whole policy: one message, whose help, followed to the letter, gives what was meant and lints clean."""

from __future__ import annotations

import pytest

from policykit.vocabulary.meanings import CONTRARY, FACTS, FIELDS, offered
from tests.ward import (
    BASE,
    CASES,
    EXPECT,
    FAILS,
    FOUND,
    GIVEN,
    MODEL,
    ORDERER,
    WARD,
    WORSE,
    changed,
    followed,
    loaded,
    meant,
    only,
)

# --- helps ----------------------------------------------------------------------------------------------------------

HELPS = [
    # what is said of a clause, and what is denied of it
    (FAILS, "QUAL-1 is not unknown", 0, "not QUAL-1 is unknown"),
    (FAILS, "QUAL-1 is known", 0, "not QUAL-1 is unknown"),
    (FAILS, "QUAL-1 is not failed", 0, "not QUAL-1 fails"),
    (FAILS, "QUAL-1 is not passing", 0, "not QUAL-1 passes"),
    (FAILS, "QUAL-1 does not pass", 0, "not QUAL-1 passes"),
    (FAILS, "QUAL-1 has not passed", 0, "not QUAL-1 passes"),
    (FAILS, "QUAL-1 has failed", 0, "QUAL-1 fails"),
    (FAILS, "qual-1 fails", 0, "QUAL-1 fails"),
    # numbers
    ("at least 5 shifts", "at least 5.000 shifts", 0, "at least 5_000 shifts"),
    ("at least 5 shifts", "at least 5.000 shifts", 1, "at least 5 shifts"),
    ("at least 5 shifts", "at least 5.0 shifts", 0, "at least 5 shifts"),
    ("at least 5 shifts", "at least five shifts", 0, "at least 5 shifts"),
    ("at least 5 shifts", "more than 4 shifts", 0, "at least 5 shifts"),
    ("at least 5 shifts", "fewer than 5 shifts", 0, "at most 4 shifts"),
    ("with at least 200 calls", "with at least 2.000 calls", 0, "with at least 2_000 calls"),
    ("by at least 2 of", "by at least 2.0 of", 0, "by at least 2 of"),
    ("by at least 2 of", "by at least two of", 0, "by at least 2 of"),
    (CASES, "trials.cases >= 1_200.000", 0, CASES),
    (CASES, "trials.cases >= 1.2e3", 0, CASES),
    (CASES, "trials.cases >= 12\u0660\u0660", 0, CASES),
    (WORSE, "trials.accuracy < 880\u2030", 0, WORSE),
    (WORSE, "trials.accuracy < 88\u066a", 0, WORSE),
    (WORSE, "trials.accuracy < 88\uff05", 0, WORSE),
    (WORSE, "trials.accuracy < \u00bd", 1, "trials.accuracy < 50%"),
    ("<= 6_000 GBP", "<= \u00a36.000", 0, "<= 6_000 GBP"),
    ("<= 6_000 GBP", "<= 6.000 \u00a3", 1, "<= 6 GBP"),
    ("<= 6_000 GBP", "<= 6.000", 0, "<= 6_000 GBP"),
    ("time_of_day >= 22:00", "time_of_day >= 22", 0, "time_of_day >= 22:00"),
    ("time_of_day >= 22:00", "time_of_day >= 21.30", 0, "time_of_day >= 21:30"),
    # lengths and days
    (CASES, "trials.finished_at not older than 31 days", 0, "trials.finished_at >= 31 days ago"),
    (CASES, "trials.finished_at is older than 31 days", 0, "trials.finished_at < 31 days ago"),
    (CASES, "trials.finished_at is newer than 31 days", 0, "trials.finished_at > 31 days ago"),
    *(
        (CASES, f"trials.finished_at {said} 31 days", 0, "trials.finished_at >= 31 days ago")
        for said in ("within the last", "in the preceding", "lies within", "within past", "is within the")
    ),
    ("over the last 7 days", "over last 7 days", 0, "over the last 7 days"),
    ("over the last 7 days", "during the past 7 days", 0, "over the last 7 days"),
    (
        "trials, file, no older than 30 days",
        "trials, no older than 30 days, file",
        0,
        "trials, file, no older than 30 days",
    ),
    (
        "trials, file, no older than 30 days",
        "trials, file no older than 30 days",
        0,
        "trials, file, no older than 30 days",
    ),
    ("trials, file,", "trials, signed,", 0, "trials, attested,"),
    ("trials, file,", "trials, fiel,", 0, "trials, file,"),
    ("shown by pager, no", "shown by probes, no", 0, "shown by pager, no"),
    # whether something is known
    ("person is supplied", "person is known", 0, "person is supplied"),
    ("person is supplied", "person is not missing", 0, "person is supplied"),
    ("person is supplied", "person is not null", 0, "person is supplied"),
    ("person is supplied", "person is empty", 1, "person is missing"),
    ("form.signed is yes", "form.signed is not unknown", 0, "form.signed is supplied"),
    ('triage.level is "red" or', "triage.level is unknown or", 0, "triage.level is missing or"),
    (GIVEN, GIVEN.replace("95%", "unknown"), 0, GIVEN.replace("95%", "missing")),
    (GIVEN, GIVEN.replace("95%", "missin"), 0, GIVEN.replace("95%", "missing")),
    # names
    (MODEL, "call.model not in known_model", 0, MODEL),
    (MODEL, f"model is missing or {MODEL}", 0, f"call.model is missing or {MODEL}"),
    (MODEL, f"{MODEL} or team is missing", 0, f"{MODEL} or call.team is missing"),
    (MODEL, f'{MODEL} or role is "guest"', 0, f'{MODEL} or principal.role is "guest"'),
    ("bill.amount > dear", "amount > dear", 0, "bill.amount > dear"),
    ('triage.level is "red" or', 'level is "red" or', 0, 'triage.level is "red" or'),
    (CASES, "cases >= 1_200", 0, CASES),
    (CASES, "evaluation.cases >= 1_200", 0, CASES),
    (CASES, "trials.count >= 1_200", 0, CASES),
    (ORDERER, "tool.name is orderer and bill", 0, ORDERER),
    ("owner    operator, ward_lead", "owner    operator ward_lead", 0, "owner    operator, ward_lead"),
    ("role tester, operator ", "role tester operator ", 0, "role tester, operator "),
    ("owner    operator, ward_lead", "owneroperator, ward_lead", 0, "owner operator, ward_lead"),
    ("unknown  tell operator", "unknowntell operator", 0, "unknown tell operator"),
    ("then   pause", "thens   pause", 0, "then   pause"),
    ("sign-off for ward", "sign-offs for ward", 0, "sign-off for ward"),
    ("tell ward_lead\n  resume", "telling ward_lead\n  resume", 0, "tell ward_lead\n  resume"),
    ("2 of operator, safety, risk", "2 of operator, safety, ri\u0455k", 0, "2 of operator, safety, risk"),
    ('has source "production"', "has source production", 0, 'has source "production"'),
    # detectors, tools and lists
    (FOUND, "contains any of hospital_no or pii.card", 0, FOUND),
    (FOUND, 'contains any of [hospital_no or "x or y"]', 0, 'contains any of hospital_no, "x or y"'),
    (FOUND, f'{FOUND}, "x and y" or "b or c"', 0, f'{FOUND}, "x and y", "b or c"'),
    (FOUND, "contains all of hospital_no and pii.card", 0, "contains all of hospital_no, pii.card"),
    ("matches /SE-[0-9]{7}/", 'matches "SE-[0-9]{7}"', 0, "matches /SE-[0-9]{7}/"),
    (MODEL, f'{MODEL} or call.tools contains any of "chrt"', 0, f'{MODEL} or call.tools contains any of "chart"'),
    (FOUND, 'contains any of "pii.card", hospital_no', 0, "contains any of pii.card, hospital_no"),
    (GIVEN, f'{GIVEN}, call.tools is "chart"', 0, f'{GIVEN}, call.tools is ["chart"]'),
    (GIVEN, f'{GIVEN}, call.tools is ["chrt"]', 0, f'{GIVEN}, call.tools is ["chart"]'),
    (MODEL, 'call.model not in known_models or call.team not in "a"', 0, f'{MODEL} or call.team not in ["a"]'),
    # exactly this
    ("cases >= 40", "cases 40", 0, "cases >= 40"),
    ("accuracy >= 92%", "accuracy 92%", 1, "accuracy <= 92%"),
    ("accuracy >= 92%", "accuracy 92%", 2, "accuracy is 92%"),
    # tests
    (EXPECT, "expect QUAL-1 is met", 0, "expect QUAL-1 passes"),
    (EXPECT, "expect RED-RULE-1 doesn't act", 0, "expect RED-RULE-1 does not act"),
    (EXPECT, "expect RED-RULE-1 doesnt act", 0, "expect RED-RULE-1 does not act"),
    (EXPECT, "expect RED-RULE-1 ask duty_nurse", 0, EXPECT),
    (EXPECT, "expect RED-RULE-1 asked  duty_nurse", 0, EXPECT),
    (EXPECT, "expect RED-RULE-1 to ask", 0, "expect RED-RULE-1 asks"),
    (EXPECT, "expect QUAL-1 pass", 0, "expect QUAL-1 passes"),
    (EXPECT, "expect QUAL-1 is passing", 0, "expect QUAL-1 passes"),
    (EXPECT, "expect QUAL-1 succeeds", 0, "expect QUAL-1 passes"),
    (GIVEN, GIVEN.replace('"red"', "red"), 0, GIVEN),
    (GIVEN, f"{GIVEN}, form.signed is true", 0, f"{GIVEN}, form.signed is yes"),
    ("timezone ", "time zone ", 0, "timezone "),
    # what prose denies
    (WORSE, "trials.accuracy is not at least 88%", 0, WORSE),
    (WORSE, "trials.accuracy is not < 88%", 0, "trials.accuracy >= 88%"),
    (WORSE, "trials.accuracy !>= 88%", 0, WORSE),
    (WORSE, "trials.accuracy is at or below 88%", 0, "trials.accuracy <= 88%"),
    (WORSE, "trials.accuracy is 88% or less", 0, "trials.accuracy <= 88%"),
    (WORSE, "trials.accuracy is 88% or more", 0, "trials.accuracy >= 88%"),
    (WORSE, "trials.accuracy is not between 80% and 88%", 0, "not trials.accuracy between 80% and 88%"),
    (MODEL, f'{MODEL} or call.team is neither "a" nor "b"', 0, f'{MODEL} or call.team not in ["a", "b"]'),
    (MODEL, f'{MODEL} or call.team contains no "b"', 0, f'{MODEL} or not call.team contains any of "b"'),
    (MODEL, f"{MODEL} or call.team is empty", 0, f'{MODEL} or call.team is ""'),
    (MODEL, f"{MODEL} or call.team is empty", 1, f"{MODEL} or call.team is missing"),
    (MODEL, f"{MODEL} or call.attempt > three", 0, f"{MODEL} or call.attempt > 3"),
    (MODEL, f"{MODEL} or call.streaming is enabled", 0, f"{MODEL} or call.streaming is yes"),
    (MODEL, f"{MODEL} or call.streaming is 0", 0, f"{MODEL} or call.streaming is no"),
    (
        MODEL,
        f"{MODEL} or principal.groups contains any of guests",
        0,
        f'{MODEL} or principal.groups contains any of "guests"',
    ),
    (
        WORSE,
        "trials.accuracy < trials.baseline_accuracy - 2%",
        0,
        "trials.accuracy < trials.baseline_accuracy - 2 percentage points",
    ),
    (WORSE, "trials.accuracy < trials.baseline_accuracy + 2%", 0, f"{BASE} + 2 percentage points"),
    (WORSE, "trials.accuracy < trials.baseline_accuracy + 1%", 0, f"{BASE} + 1 percentage point"),
    (WORSE, "trials.accuracy - trials.baseline_accuracy < 2%", 0, f"{BASE.replace('<', '-')} < 2 percentage points"),
    # types and windows
    ("money GBP", "money \u00a3", 0, "money GBP"),
    ("money GBP", "money gbp", 0, "money GBP"),
    ("money GBP", "GBP", 0, "money GBP"),
    ("money GBP", "money (GBP)", 0, "money GBP"),
    ("money GBP", "money in gbp", 0, "money GBP"),
    ("money GBP", "amount", 0, "money"),
    ("yes or no", "yes/no", 0, "yes or no"),
    ('one of "red", "amber", "green"', '"red" or "amber" or "green"', 0, 'one of "red", "amber", "green"'),
    ('one of "red", "amber", "green"', 'one of ["red", "amber", "green"]', 0, 'one of "red", "amber", "green"'),
    ("share of calls where", "percentage of calls where", 0, "share of calls where"),
    ("share of calls where", "share of calls when", 0, "share of calls where"),
    ("sum of call.cost", "sums of call.cost", 0, "sum of call.cost"),
    ("baseline 81%", "baseline is 81%", 0, "baseline 81%"),
    ("target   at least 90%", "target   at least 90.000%", 0, "target   at least 90%"),
]


@pytest.mark.parametrize(("old", "slip", "which", "new"), HELPS)
def test_the_help_leaves_what_was_meant(old, slip, which, new):
    assert meant(followed(changed(old, slip), which)) == meant(changed(old, new))


def test_the_ward_lints_clean():
    assert meant(WARD).name == "ward-triage"


# --- one message, and never the contrary ----------------------------------------------------------------------------

ONE_MESSAGE = [
    ("with at least 200 calls", "with at least 0 calls", "PK243"),
    ("let dear         = 40 GBP", "let dear         = 4.000", "PK201"),
    ("on     response\n  given", "on     responses\n  given", "PK119"),
    ("on     response\n  given", "on     request\n  given", "PK324"),
    (EXPECT, "expect RED-RULE-1 ask duty_nurse", "PK323"),
    (EXPECT, "expect RED-RULE-1 doesnt act", "PK323"),
    (EXPECT, "expect QUAL-1 pass", "PK323"),
    ("every 30 days after", "every month after", "PK100"),
    ("on   request, tool input", "on   all", "PK119"),
    ("fact patient.ward : text", "fact patient.ward : string", "PK112"),
    ("every case in trials has source", "every case in trials has sources", "PK129"),
    ('every case in trials has source "production"', "every case in trials has pass yes", "PK129"),
    ('gate ward      "the first patient on one ward"', "gate ward", "PK020"),
]


@pytest.mark.parametrize(("old", "slip", "code"), ONE_MESSAGE)
def test_one_slip_has_one_message(old, slip, code):
    assert only(changed(old, slip)).code == code


def test_a_pack_that_is_absent_is_one_fault_whatever_speaks_of_its_clauses():
    used = 'include far-pack\nwaive far-pack/A-1 through 2027-01-01 because "soon" approved by risk\n'
    used += 'test "t"\n  given call.model is "x"\n  expect far-pack/A-2 denies\n'
    assert only(f"{WARD}\n{used}").code == "PK400"


@pytest.mark.parametrize(
    ("written", "never"),
    [
        ("trials.hallucination_rate <= 2%", "did you mean"),
        ("trials.error_rate <= 2%", "did you mean"),
        ("(no finding in probes has resolved yes)", "did you mean"),
        ("(no finding in probes has closed yes)", "did you mean"),
    ],
)
def test_a_word_for_the_contrary_is_told_as_such(written, never):
    text = changed(CASES, written).replace("shown by trials, file, no", "shown by trials and probes, no", 1)
    found = [d for d in loaded(text).diagnostics if d.code in ("PK105", "PK114", "PK129", "PK200")]
    assert len(found) == 1
    assert never not in found[0].help
    assert not found[0].help or "turn the comparison round" in found[0].help


def test_every_contrary_stands_among_the_words_that_are_offered():
    for name, words in CONTRARY.items():
        for word in words.split():
            known = {*FACTS, *FIELDS}
            assert name in known
            assert "turn the comparison round" in offered(word, (name,))
            assert f"`{name}`" in offered(word, (name,))
    assert offered("x", ("a", "b", "c", "d")) == "did you mean `a`, `b` or `c`?"
    assert offered("x", ("a",)) == "did you mean `a`?"
    assert not offered("x", ())


@pytest.mark.parametrize(
    ("old", "slip", "code"),
    [
        ("cases >= 40", "cases 40", "PK155"),
        ("accuracy >= 92%", "accuracy 92%", "PK155"),
        ('has source "production"', "has latency 3 seconds", "PK155"),
        (MODEL, f'{MODEL} or call.tools contains any of "orderr"', "PK156"),
        (FOUND, 'contains any of "pii.card", hospital_no', "PK157"),
    ],
)
def test_what_was_read_otherwise_than_meant_is_warned_of(old, slip, code):
    found = only(changed(old, slip))
    assert found.code == code
    assert not found.is_error


@pytest.mark.parametrize(
    ("old", "honest"),
    [
        ("accuracy >= 92%", "accuracy 100%"),
        ("accuracy >= 92%", "accuracy is 92%"),
        ("cases >= 40", "cases is 40"),
        ('has source "production"', "has repetitions 1"),
        ('has source "production"', "has repetitions 1 and passed yes"),
        (MODEL, f'{MODEL} or call.tools contains any of "browser", "chart_ed", "chart"'),
        (FOUND, 'contains any of hospital_no, pii.card, "pii"'),
    ],
)
def test_what_is_meant_so_is_not_warned_of(old, honest):
    found = loaded(changed(old, honest))
    assert found.policy is not None
    assert not {"PK155", "PK156", "PK157"} & {d.code for d in found.diagnostics}


@pytest.mark.parametrize("line", ["tool chart\n\ntool reader", "gate ward\n\ngate other"])
def test_the_next_statement_is_never_taken_for_the_text_that_is_missing(line):
    first, second = line.split("\n\n")
    text = f'{WARD}\n{first.replace("chart", "lamp").replace("ward", "third")}\n{second} "what it is"\n'
    assert only(text).code == "PK020"


def test_a_word_is_divided_only_into_words_that_there_are():
    for word, code in {"telling": "PK020", "unknowntell": "PK033", "tellrisk": "PK033"}.items():
        old = "tell ward_lead\n  resume" if word.startswith("tell") else "unknown  tell operator"
        new = f"{word} ward_lead\n  resume" if word == "telling" else f"{word}\n  resume" if code == "PK033" else word
        new = "unknowntell operator" if word == "unknowntell" else new
        found = only(changed(old, new))
        assert found.code == code
        assert "tell ing" not in found.help


def test_a_text_in_the_middle_of_prose_is_quoted_within_it():
    title = next(line for line in WARD.splitlines() if line.startswith("  title"))
    slip = changed(title, '  title The "red" ward')
    assert meant(followed(slip, 0)) == meant(changed(title, r'  title "The \"red\" ward"'))


def test_choices_with_or_are_told_where_no_text_follows():
    pack = 'language 1\npack spare version "1"\nparameter {}\n'
    for words in ("", ' = "a"'):
        slip = pack.format(f'p : "a" or "b"{words}')
        assert followed(slip, 0) == pack.format(f'p : one of "a", "b"{words}')
