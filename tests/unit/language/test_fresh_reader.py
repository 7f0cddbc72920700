"""What somebody writes who has only read the reference: each help, followed to the letter, gives the policy meant."""

from __future__ import annotations

import pytest

from policykit.engine.load import standard_vocabulary
from policykit.language.load import load_text
from tests.follow import followed

POLICY = """language 1
policy letters version "1.0.0"
  timezone "Europe/Dublin"
party vendor   "Medscribe Ltd"
party hospital "St Brigid's Hospital"
role maker         of vendor "who builds it"
role safety, night of hospital
role director      of hospital
gate trial "letters beside a doctor's own"
gate wards "letters from every ward"
let longest = 20 seconds
let models  = ["first-model", "second-model"]
evidence bench : evaluation from vendor "the run on old letters" permits fields
evidence code  : scan       from vendor "the scan of the code"
evidence tests : test_run   from vendor "the tests"
evidence books : runbook    from vendor "the runbooks"
evidence watch : observability from vendor "the monitoring"
fact letter.id    : text "the letter"
fact letter.kind  : one of "short", "long", "none" "the length of the letter"
fact patient.age  : number between 0 and 130 "the age in years"
fact letter.drugs : count "the number of drugs" known on response
fact letter.due   : date "the day of the letter"
fact letter.cost  : money EUR "the price of the letter"
detector chart "chart number" matches /SB[0-9]{7}/ or /XB[0-9]{7}/
tool record "the health record"
fallback dictation "the dictation service"
section care "Care"
  owner  maker
  before trial
requirement CARE-1 "Code and tests"
  shown by code and tests, attested, no older than 7 days
  check code.secrets is 0 and tests.pass_rate is 100%
requirement CARE-2 "Old letters"
  shown by bench, no older than 7 days
  check bench.accuracy >= bench.baseline_accuracy - 2 percentage points
requirement CARE-3 "Runbooks"
  shown by books, no older than 7 days
  check (every scenario in books has fallback is supplied) and no scenario in books has rehearsed_by_builder yes
requirement CARE-4 "Sources"
  shown by bench, no older than 7 days
  check every case in bench has source in ["ward", "clinic"]
requirement CARE-5 "Watched"
  shown by watch, no older than 7 days
  check watch.signals contains all of "latency", "cost"
  remedy by vendor within 5 days of notice: "watch it"
requirement CARE-6 "Slices"
  shown by bench, no older than 365 days
  check every slice of bench by ward has accuracy >= 90%
rule ACT-1 "Look-ups"
  on   tool input
  when count of calls to record per letter.id > 10 and tool.name is "record"
  then deny "too many for {letter.id}"
rule ACT-2 "Costs"
  on   request
  when sum of call.cost over the last 30 days per letter.kind > 90 EUR
  then deny
rule ACT-3 "A month"
  on   request
  when sum of call.cost this month > 900 EUR
  then pause all calls
rule ACT-4 "Slow"
  on   response
  when p95 of call.latency today > longest, with at least 30 calls
  then warn
rule ACT-5 "Drugs"
  on   response
  when letter.drugs between 8 and 40
  then ask safety or night, answer within 4 hours, otherwise deny
rule ACT-6 "Ages"
  on   request
  when not (patient.age >= 16) and letter.kind is supplied
  then use dictation
rule ACT-8 "Days"
  on   request
  when letter.due >= 10 days ago or call.cost > letter.cost * 90%
  then warn "late"
rule ACT-7 "Charts"
  on   request
  when call.text contains any of chart and call.model in models and letter.cost > 1 EUR
  then redact
stop HALT-1 "Answers are corrected"
  when share of calls where call.outcome is "corrected" over the last 7 days > 10%, with at least 50 calls
  then pause all calls
  resume by safety
sign-off for trial by at least 2 of safety, night, director
sign-off for wards by at least 1 of safety, night
test "young"
  on     request
  given  patient.age is 9, letter.kind is "short"
  expect ACT-6 uses dictation
test "the record"
  given  tool.name is "record"
  expect ACT-1 denies
"""

_PER_DAYS, _LEAST = "over the last 30 days per letter.kind", ", with at least 30 calls"
_SHOWN = "shown by code and tests, attested, no older than 7 days"
_PLAIN = "shown by code and tests, no older than 7 days"
_ASK = "ask safety or night, answer within 4 hours, otherwise deny"
_WHERE = 'where call.outcome is "corrected" over the last 7 days'

WINDOWS = [
    *((_PER_DAYS, _PER_DAYS, f"{said} per letter.kind") for said in (
        "in the last 30 days", "over 30 days", "last 30 days", "in 30 days", "within the past 30 days",
        "during the previous 30 days", "over a period of 30 days", "over the past 30 days")),
    *((_PER_DAYS, _PER_DAYS, f"per letter.kind {said}") for said in (
        "over the last 30 days", "in the last 30 days", "over 30 days")),
    ("count of calls to record per letter.id", "count of calls to record today per letter.id",
     "count of calls to record per letter.id today"),
    (_WHERE, _WHERE, 'over the last 7 days where call.outcome is "corrected"'),
    (_WHERE, 'where call.outcome is "corrected" today', 'today where call.outcome is "corrected"'),
    *((_LEAST, _LEAST, said) for said in (
        " with at least 30 calls", ", at least 30 calls", ", with a minimum of 30 calls", " if at least 30 calls")),
    *(("p95 of call.latency", "p95 of call.latency", said) for said in (
        "95th percentile of call.latency", "the 95th percentile of call.latency", "p95(call.latency)", "p95 call.latency")),
    ("sum of call.cost this month", "sum of call.cost this month", "sum(call.cost) this month"),
    *(("this month", meant, f"per {said}") for meant, said in (
        ("this month", "month"), ("today", "day"), ("this week", "week"), ("over the last 1 hour", "hour"))),
]  # fmt: skip
LISTS = [
    ('["first-model", "second-model"]',) * 2 + ('"first-model", "second-model"',),
    *(('contains all of "latency", "cost"',) * 2 + (said,) for said in (
        'contains all of ["latency", "cost"]', 'contains all of ("latency", "cost")', 'contains all of ["latency", "cost",]')),
    *(('one of "short", "long", "none" "the',) * 2 + (f'{said} "the',) for said in (
        '["short", "long", "none"]', 'enum("short", "long", "none")', '"short", "long", "none"', '"short" | "long" | "none"',
        'one of ["short", "long", "none"]', 'one of {"short", "long", "none"}')),
    *(('source in ["ward", "clinic"]',) * 2 + (said,) for said in ('source "ward" or "clinic"', 'source "ward", "clinic"')),
    *(("letter.drugs between 8 and 40",) * 2 + (f"letter.drugs {said}",) for said in (
        "in 8..40", "in 8 to 40", "in [8..40]", "in the range 8 to 40")),
    *(("number between 0 and 130",) * 2 + (said,) for said in (
        "number from 0 to 130", "number 0..130", "number (0 to 130)", "number 0 - 130", "number in 0 to 130")),
    *(("number between 0 and 130", "number", said) for said in (
        "number from 0", "number >= 0", "number at least 0", "number min 0", "number of years")),
    *(("money EUR",) * 2 + (said,) for said in ("money in EUR", "money (EUR)", "money of EUR")),
]  # fmt: skip
ORDERS = [
    *(('of vendor "who builds it"',) * 2 + (said,) for said in (
        '"who builds it" of vendor', '"who builds it" from vendor', '"who builds it" by vendor')),
    ('from vendor "the tests"',) * 2 + ('"the tests" from vendor',),
    ('"the run on old letters" permits fields',) * 2 + ('permits fields "the run on old letters"',),
    *(('count "the number of drugs" known on response',) * 2 + (said,) for said in (
        'count known on response "the number of drugs"', 'count "the number of drugs" on response',
        'count "the number of drugs", known on response', 'count "the number of drugs" available on response')),
    ('"chart number" matches /SB[0-9]{7}/ or /XB[0-9]{7}/',) * 2 + ('matches /SB[0-9]{7}/ or /XB[0-9]{7}/ "chart number"',),
    ("/ or /", "/ or /", "/, /"), ("/ or /", "/ or /", "/ | /"), ("/ or /", "/ or /", "/, or /"),
    ("matches /SB[0-9]{7}/ or /XB[0-9]{7}/", "matches /SB[0-9]/", 'matches "SB[0-9]"'),
    (_SHOWN, _SHOWN, "shown by code and tests, no older than 7 days, attested"),
    (_SHOWN, _PLAIN, "shown by code, no older than 7 days and tests, no older than 7 days"),
    (_SHOWN, _PLAIN, "shown by code, no older than 7 days, and by tests, no older than 7 days"),
    (_SHOWN, _PLAIN, "shown by code, tests, no older than 7 days"),
    (_SHOWN, "shown by code and tests", "shown by code, tests"),
    (_SHOWN, _SHOWN, _SHOWN.replace("attested", "signed")), (_SHOWN, _SHOWN, _SHOWN.replace("attested", "atested")),
    ("(every scenario in books has fallback is supplied) and",) * 2 + ("every scenario in books has fallback is supplied and",),
    ("slice of bench", "slice of bench", "slice in bench"),
]  # fmt: skip
_DUE = "letter.due >= 10 days ago"
DATES = [
    *((_DUE, _DUE, f"letter.{said}") for said in (
        "due_on is no older than 10 days", "due_on within 10 days", "due_on is within the last 10 days")),
    *((_DUE, _DUE.replace(">=", "<"), f"letter.{said}") for said in ("due_on is older than 10 days", "due_on older than 10 days")),
    (_DUE, _DUE.replace(">=", ">"), "letter.due_on is more recent than 10 days"),
    (_DUE, _DUE, "letter.due >= today - 10 days"), (_DUE, "letter.due >= 0 days ago", "letter.due >= today"),
    (_DUE, "letter.due < 10 days from now", "letter.due < now + 10 days"),
    (_DUE, "letter.due < 10 days from now", "letter.due < in 10 days"),
]  # fmt: skip
DECLARED = [
    ('section care "Care"',) * 2 + ('section "Care"',),
    *(("let longest = 20",) * 2 + (said,) for said in (
        "let longest : duration = 20", "let longest 20", "let longest is 20", "let longest := 20", "let longest: 20")),
    *(("fact letter.id    : text",) * 2 + (said,) for said in ("fact letter.id text", "fact letter.id is text")),
    ("let longest = 20 seconds", "let longest = 20 seconds", "parameter longest : duration = 20 seconds"),
]  # fmt: skip
EFFECTS = [
    *((_ASK, _ASK.replace("safety or night", "safety"), said) for said in (
        "ask safety", "ask safety within 4 hours", "ask safety, answer within 4 hours", "ask safety, within 4 hours",
        "ask safety within 4 hours, otherwise deny", "ask safety to answer within 4 hours, else deny",
        "ask safety, answer within 4 hours, or deny")),
    (_ASK, _ASK, _ASK.replace(" or ", ", ")), (_ASK, _ASK, _ASK.replace(" or ", " and ")),
    *(("pause all calls", "pause all calls", said) for said in ("pause", "pause calls", "pause everything")),
    *(('deny "too', 'deny "too', f'deny {said} "too') for said in ("with", "with the message", "saying")),
    ("when not (patient.age >= 16) and letter.kind is supplied", "when not (patient.age >= 16)", "unless patient.age >= 16"),
    *(("by at least 2 of safety", "by at least 2 of safety", f"by {said} of safety") for said in ("2", "any 2", "two")),
    *(("by at least 1 of safety, night",) * 2 + (f"by {said}",) for said in (
        "safety or night", "any of safety, night", "one of safety, night", "any of safety or night")),
    ("by at least 1 of safety, night", "by safety, night", "by all of safety, night"),
    *(("within 5 days of notice: ",) * 2 + (f"within 5 days {said}",) for said in (
        ": ", "from notice: ", "after the notice: ", "of notice ", "of notice, ")),
    ("letter.cost * 90%",) * 2 + ("90% of letter.cost",),
    ("then redact", "then redact", "then redact chart"), ("then redact", "then redact", "then redact the chart"),
    ("  then pause all calls\n  resume",) * 2 + ("  then pause all calls immediately\n  resume",),
    ("expect ACT-1 denies", "expect ACT-1 denies", "expect ACT-1 to deny"),
    ("expect ACT-1 denies", "expect ACT-1 denies", "then ACT-1 denies"),
]  # fmt: skip
PRESENT = [
    *(("letter.kind is supplied", "letter.kind is supplied", f"letter.kind {said}") for said in (
        "is known", "is not null", "!= null", "exists", "is present", "is set", "is given", "is defined")),
    *(("letter.kind is supplied", "letter.kind is missing", f"letter.kind {said}") for said in (
        "is null", "== null", "is not set", "is not known", "is undefined")),
    *(("letter.kind is supplied", f"letter.id is {known}", f"letter.id is {said}") for known, said in (
        ("missing", "none"), ("supplied", "not none"))),
    *(("letter.kind is supplied", f'letter.kind is {no}"none"', f"letter.kind is {no}none") for no in ("", "not ")),
    ("fallback is supplied)", "fallback is supplied)", "fallback is known)"),
    ("fallback is supplied)", "fallback is supplied)", "fallback is not null)"),
    ("code.secrets is 0", "code.secrets is 0", "code.secrets is none"),
    ('tool.name is "record"', 'tool.name is "record"', "tool.name is record"),
    ("2 percentage points", "2 percentage points", "2%"),
]  # fmt: skip
TESTS = [
    *(("patient.age is 9, ", "patient.age is 9, ", said) for said in ("patient.age: 9, ", "patient.age is 9 and ")),
    *(("uses dictation", "uses dictation", f"{said} dictation") for said in ("use", "used")),
    *(("ACT-1 denies", "ACT-1 denies", f"ACT-1 {said}") for said in ("is denied", "acts", "deny", "denied", "is refused")),
]  # fmt: skip
ALL = [*DATES, *WINDOWS, *LISTS, *ORDERS, *DECLARED, *EFFECTS, *PRESENT, *TESTS]


def lint(text):
    return load_text("letters.policy", text, standard_vocabulary())


def dated(text, *written):
    """Return a policy whose day has a name that ends as names of days do, where the writer gives it one."""
    return text.replace("letter.due ", "letter.due_on ") if any("due_on" in each for each in written) else text


def wrong(place, written):
    assert place in POLICY
    text = dated(POLICY.replace(place, written, 1), written)
    found = [each for each in lint(text).diagnostics if each.is_error]
    assert len(found) == 1, [f"{each}: {each.help}" for each in found]
    return text, found[0]


def test_the_policy_is_clean():
    assert lint(POLICY).diagnostics == ()


@pytest.mark.parametrize(("place", "meant", "written"), ALL)
def test_a_help_followed_to_the_letter_gives_what_was_meant(place, meant, written):
    intended = lint(dated(POLICY.replace(place, meant, 1), written)).policy
    mended = lint(followed(*wrong(place, written))).policy
    assert intended is not None
    assert mended is not None
    assert mended.digest == intended.digest
    assert mended.tests == intended.tests


@pytest.mark.parametrize(
    ("place", "written", "help_"),
    [
        ("before trial\n", "before trial, wards\n", "name the first of them"),
        ("before trial\n", "before trial and wards\n", "name the first of them"),
        ("before trial\n", "before trial and evry 7 days after\n", "did you mean `every`?"),
        ("before trial\n", "before trial and wards and 7 days after\n", ""),
        (_SHOWN, "shown by code, no older than 7 days and tests, no older than 9 days", "divide this requirement into two"),
        (
            'tool.name is "record"\n  then deny',
            'tool.name is "record"\n  when call.attempt > 1\n  then deny',
            "write one condition",
        ),
        ("  check code.secrets", "  check code.high_findings is 0\n  check code.secrets", "write one condition"),
        ("  owner  maker", "  owner  maker\n  owner  director", "name them all in one line, with a comma"),
        (_SHOWN, "shown by code\n  shown by tests", "name all the evidence in one line, with `and`"),
        ("no older than 365 days", "no older than 12 months", "such as `365 days`"),
        ("no older than 365 days", "no older than 2 quarters", "such as `182 days`"),
        ("no older than 365 days", "no older than 5 working days", "say it in days"),
    ],
)  # fmt: skip
def test_what_needs_a_decision_is_asked_for(place, written, help_):
    assert help_ in wrong(place, written)[1].help


@pytest.mark.parametrize(
    ("place", "written", "never"),
    [
        ("before trial\n", "before shadow\n", 'declare it: `gate shadow "..."`'),
        ("contains any of chart", "contains any of pii.chart", "detector pii.chart"),
        ("for {letter.id}", "for {letter.page}", "`letter.id`"),
        ("for {letter.id}", "for {patient.name}", "patient.age"),
        ("per letter.kind", "over the last 1 hour per month", "this month"),
        ("letter.kind is supplied", "letter.kind is empty", "`is missing` asks whether it is not known, and `is supplied`"),
    ],
)  # fmt: skip
def test_a_help_proposes_nothing_that_cannot_stand(place, written, never):
    assert never not in wrong(place, written)[1].help


@pytest.mark.parametrize(
    ("place", "written"),
    [
        ('gate trial "letters beside a doctor\'s own"', "gate trial"),
        ('tool record "the health record"', "tool record"),
        ('detector chart "chart number"', "detector chart"),
    ],
)
def test_a_text_that_is_missing_is_asked_for_and_what_follows_is_no_text(place, written):
    _, found = wrong(place, written)
    assert (found.code, found.expected) == ("PK020", "a quoted text")


def test_a_broken_rollout_is_the_only_fault():
    text = POLICY.replace("  then pause all calls\n  resume", "  then rescope to trial\n  resume").replace(
        "sign-off for trial",
        'rollout ROLL-1 "Some"\n  from trial until wards\n  send 5% of calls by letter.id, others use dictation\n'
        "sign-off for trial",
    )
    assert [each.code for each in lint(text).diagnostics] == []
    broken = text.replace("fact letter.id    : text", "fact letter.id    : string")
    assert [each.code for each in lint(broken).diagnostics] == ["PK112"]


def test_of_ids_that_differ_by_their_number_none_is_proposed():
    text = POLICY.replace("ACT-1 denies", "ACT-9 denies")
    (found,) = lint(text).diagnostics
    assert (found.code, found.help) == ("PK116", "")
    (found,) = lint(POLICY.replace("ACT-1 denies", "AKT-1 denies")).diagnostics
    assert found.help == "did you mean `ACT-1`?"


@pytest.mark.parametrize(
    ("written", "help_"),
    [
        ("watch.alert.healthy is yes", "it is a field of each alert: write `every alert in watch has healthy ...`"),
        (
            "bench.slice.accuracy >= 90%",
            "it is a field of each slice: write `every slice of bench by LABEL has accuracy ...`",
        ),
        ('bench.case.source is "ward"', "it is a field of each case: write `every case in bench has source ...`"),
    ],
)
def test_a_field_of_an_element_is_asked_for_with_every(written, help_):
    assert wrong("code.secrets is 0", f"code.secrets is 0 and {written}")[1].help == help_


@pytest.mark.parametrize(
    "written", ["for each ward in bench has x", "no unhealthy alert in watch", "every open finding in code"]
)
def test_words_of_a_sentence_are_not_joined_to_a_name(written):
    text = POLICY.replace("code.secrets is 0", written, 1)
    assert not any("here and where it is declared" in each.help for each in lint(text).diagnostics)


@pytest.mark.parametrize(
    ("place", "written", "codes"),
    [
        ("on   request\n  when call.text", "on   prompts\n  when call.text", ["PK119"]),
        ('then deny "too many for {letter.id}"', "then allow", ["PK312"]),
        ("language 1\n", "language 1\nparameter spare : count = 4\n", ["PK326"]),
    ],
)
def test_one_fault_has_one_message(place, written, codes):
    assert [each.code for each in lint(POLICY.replace(place, written, 1)).diagnostics] == codes


def test_a_baseline_is_declared_as_a_value():
    card = 'scorecard CARD-1 "Cost"\n  shown by bench\n  measure bench.accuracy\n  baseline {}\n  target at least 90%\n'
    for word, help_ in (("start", "declare it: `let start = ...`"), ("unknown", "")):
        (found,) = lint(POLICY + card.format(word)).diagnostics
        assert found.help == help_
