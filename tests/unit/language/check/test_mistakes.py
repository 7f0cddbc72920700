"""Laws of diagnostics: one mistake gives one error, at its place, with what would have been right."""

from __future__ import annotations

import pytest

from tests.unit.language.check.kit import SETTING, checked

WHERE = 'requirement X-1 "x"\n  check '
WHEN = 'rule X-1 "x"\n  on response\n  then deny\n  when '

LOOKS = 'rule X-1 "x"\n  on {}\n  when {} contains any of pii.card\n  then '

ONE_ERROR = [
    # the text, where the error is marked, its code, and what its expected, got or help holds
    (WHEN + "refund.ammount > 5 EUR", "refund.ammount", "PK100", "did you mean `refund.amount`?"),
    (WHEN + "amount.refund > 5 EUR", "amount.refund", "PK100", "did you mean `refund.amount`?"),
    (WHEN + "refund.ammount > 5 and refund.ammount < 3 USD", "refund.ammount", "PK100", "refund.amount"),
    (WHERE + "golden.accuracy >= 500", "500", "PK201", "a percent such as `500%`"),
    (WHERE + "golden.accuracy >= 0.92", "0.92", "PK201", "`92%`"),
    (WHEN + "refund.amount > 500", "500", "PK201", "an amount in EUR such as `500 EUR`"),
    (WHEN + "call.latency > 5", "5", "PK201", "write the unit that is meant"),
    (WHERE + "golden.cases >= 92%", "92%", "PK202", "a count such as `500`"),
    (WHERE + "golden.accuracy >= 3 percentage points", "3 percentage points", "PK202", "percentage points"),
    (WHERE + "golden.accuracy - golden.baseline_accuracy >= 3%", "3%", "PK202", "percentage points"),
    (WHEN + "refund.amount > 5 USD", "5 USD", "PK203", "an amount in EUR"),
    (WHEN + "refund.amount + 5 USD > 5 EUR", "refund.amount + 5 USD", "PK203", "two amounts in EUR"),
    (WHEN + 'refund.action is "payy"', '"payy"', "PK205", "did you mean `pay`?"),
    (WHEN + 'refund.action in ["pay", "payy"]', '"payy"', "PK205", "did you mean `pay`?"),
    (WHEN + 'refund.action > "pay"', 'refund.action > "pay"', "PK206", "`is`, `is not` or `in`"),
    (WHEN + "refund.action is call.model", "refund.action is call.model", "PK207", "a text that stands in the policy"),
    (WHEN + "call.tools is call.model", "call.tools is call.model", "PK208", "`tool.name`"),
    (WHEN + 'call.model in "a"', '"a"', "PK208", "a list such as"),
    (WHEN + "call.model in call.tools", "call.tools", "PK208", "call.tools contains any of"),
    (WHEN + "refund.amount * refund.amount > 5 EUR", "refund.amount * refund.amount", "PK209", "by a number"),
    (WHERE + "golden.accuracy * golden.accuracy > 5%", "golden.accuracy * golden.accuracy", "PK209", ""),
    (WHERE + "golden.accuracy >= 920%", "920%", "PK210", "`920%`"),
    (WHERE + "golden.accuracy > 100%", "100%", "PK210", "`100%`"),
    (WHERE + "golden.cases is 2.5", "2.5", "PK127", "`2` or `3`"),
    (WHERE + "golden.accuracy in [90%, 920%]", "", "PK210", "`920%`"),
    (WHEN + "5 EUR > 3 EUR", "5 EUR > 3 EUR", "PK212", "a fact or a field"),
    (WHEN + "call.text contains any of pii.crd", "pii.crd", "PK107", "did you mean `pii.card`?"),
    (WHEN + "call.text contains any of case_numbr", "case_numbr", "PK107", "did you mean `case_number`?"),
    (WHEN + "call.text matches /(?=x)/", "/(?=x)/", "PK231", "RE2"),
    (WHEN + 'refund.action contains any of "p"', "refund.action", "PK228", "write `is` or `in`"),
    (WHEN + "count of calls to legder today > 3", "legder", "PK108", "did you mean `ledger`?"),
    (WHEN + "count of calls over the last 30 > 3", "30", "PK201", "30 days"),
    (WHEN + "count of calls over the last 30% > 3", "30%", "PK242", "30 days"),
    (WHEN + "sum of call.cost today > 3", "3", "PK201", "EUR"),
    (WHEN + "golden.cases > 3", "golden.cases", "PK240", "a fact about the call"),
    (WHEN + "risk is missing", "risk", "PK115", "a fact"),
    (WHERE + "golden >= 3", "golden", "PK105", "it has"),
    (WHERE + "golden.cases >= 3 and call.cost > 3 EUR", "call.cost", "PK240", "a field of evidence"),
    (WHERE + 'every cas in golden has source "production"', "cas", "PK113", "did you mean `case`?"),
    (WHERE + "every case in goldn has (source is 5 and cases > x)", "goldn", "PK104", "did you mean `golden`?"),
    (WHERE + "every slice of golden by end_customer.group has acuracy >= 92%", "acuracy", "PK114", "`accuracy`?"),
    (WHERE + "every slice of golden by x.y in [] has accuracy >= 92%", "[]", "PK213", "at least one item"),
    ('fact a.b : strin "x"\n' + WHEN + 'a.b > 3 EUR and a.b is "x"', "strin", "PK112", ""),
    ('evidence e : evaluaton "x"\n' + WHERE + "e.cases > 5%", "evaluaton", "PK106", "did you mean `evaluation`?"),
    ("let l = 5 EUX\n" + WHEN + "l > 5 and refund.amount > l", "5 EUX", "PK204", "ISO 4217"),
    ("let l = refund.amount\n" + WHEN + "refund.amount > l", "refund.amount", "PK218", "a literal"),
    ("let l = 1 EUR\nlet m = l\n", "l", "PK218", "never another name"),
    ('section s "s"\n  owner rsk\n  before launch\n' + WHERE + "golden.cases > 5", "rsk", "PK102", "`risk`?"),
    ('section s "s"\n  on reqest\nrule X-1 "x"\n  then deny\n', "reqest", "PK119", "did you mean `request`?"),
    ("role risk of customer\n", "risk", "PK110", "rename one of them"),
    ('requirement EVAL-1 "x"\n  check golden.cases > 5', "EVAL-1", "PK110", "rename one of them"),
    ("role nobody of suplier\n", "suplier", "PK101", "did you mean `supplier`?"),
    ('role ledgerr of supplier\nrule X-1 "x"\n  on failure\n  then use ledger', "ledger", "PK109", "declared as a tool"),
    ('waive EVAL-2 through 2027-01-01\n  because "x"\n  approved by risk', "EVAL-2", "PK116", "`EVAL-1`?"),
    ('waive EVAL-1 through 06:00\n  because "x"\n  approved by risk', "06:00", "PK215", "a date"),
    (LOOKS.format("response", "call.text") + "pseudonymise", "pseudonymise", "PK328", "or `redact`"),
    (LOOKS.format("failure", "call.error") + "pseudonymise", "pseudonymise", "PK328", "one of the phases"),
    (LOOKS.format("failure", "call.error") + "redact", "redact", "PK328", "one of the phases"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "marked", "code", "says"), ONE_ERROR, ids=[f"{c}-{m}" for _, m, c, _ in ONE_ERROR])
def test_one_mistake_gives_one_error_at_its_place_that_says_what_was_meant(text, marked, code, says):
    errors = [d for d in checked(text).diagnostics if d.is_error]
    assert {d.code for d in errors} == {code}, [str(d) for d in errors]
    found = errors[0]
    assert found.source is not None
    assert marked in ("", found.source.quote(found.span))
    assert says in f"{found.message} {found.expected} {found.got} {found.help}"
    assert found.span.end > len(SETTING.lstrip())


def test_two_mistakes_in_one_condition_are_both_found():
    errors = [
        d.code for d in checked(WHEN + 'refund.ammount > 5 EUR and refund.action is "x"').diagnostics if d.is_error
    ]
    assert errors == ["PK100", "PK205"]


def test_a_message_is_in_small_letters_without_a_full_stop_and_names_no_python_type():
    for text, *_ in ONE_ERROR:
        for found in checked(text).diagnostics:
            assert not found.message.endswith(".")
            assert found.message[0] in '`"' or not found.message[0].isupper()
            assert not any(word in str(found) for word in ("NoneType", "Decimal(", "<class", "Kind.", "frozenset"))


def test_a_fix_replaces_the_bare_number_by_one_with_its_unit():
    found = next(d for d in checked(WHERE + "golden.accuracy >= 92").diagnostics if d.code == "PK201")
    assert found.fix is not None
    assert found.source is not None
    fixed = found.source.text[: found.fix.span.start] + found.fix.replacement + found.source.text[found.fix.span.end :]
    assert checked(fixed).policy is not None


def test_a_policy_with_a_wrong_clause_is_not_told_that_it_has_none():
    text = (
        SETTING[: SETTING.index("section reference")]
        + 'rule X-1 "x"\n  on request\n  when nothing.here is "x"\n  then deny\n'
    )
    assert {d.code for d in checked(text).diagnostics if d.is_error} == {"PK100"}


def test_a_test_of_a_wrong_clause_is_not_told_that_the_clause_is_unknown():
    text = WHEN + 'nothing.here is "x"\ntest "t"\n  expect X-1 denies\n'
    assert {d.code for d in checked(text).diagnostics if d.is_error} == {"PK100"}


def test_what_reads_a_language_of_another_version_says_only_that():
    found = checked(SETTING.replace("language 1", "language 2").replace("golden.cases", "golden.nonsense"))
    assert [d.code for d in found.diagnostics] == ["PK300"]


def test_thousands_of_mistakes_are_cut_off():
    text = "".join(f'rule X-{i} "x"\n  on request\n  when no.such{i} is "x"\n  then deny\n' for i in range(1, 1_500))
    found = checked(text)
    assert found.policy is None
    assert len(found.diagnostics) == 1_000
