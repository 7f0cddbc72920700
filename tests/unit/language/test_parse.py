"""Text becomes a tree, and every mistake is found in one run."""

import logging
from decimal import Decimal

import pytest
from lark import Lark, logger

from policykit._resources import resource_path
from policykit.language import syntax as s
from policykit.language.parse import MAX_MISTAKES, STATEMENTS, parse
from policykit.language.parse.depth import MAX_DEPTH
from policykit.language.parse.grammar import reserved_words
from policykit.source import SourceFile


def read(text: str):
    return parse(SourceFile("t.policy", text))


def one(text: str) -> s.Statement:
    parsed = read(text)
    assert parsed.diagnostics == ()
    assert parsed.complete
    (statement,) = parsed.tree.statements
    return statement


def condition(text: str) -> s.Condition:
    rule = one(f'rule A-1 "a" on request when {text} then deny')
    assert isinstance(rule, s.Rule)
    assert rule.when is not None
    return rule.when


def codes(text: str) -> list[str]:
    return [d.code for d in read(text).diagnostics]


def test_the_grammar_is_lalr_without_conflicts(caplog):
    logger.setLevel(logging.DEBUG)
    with open(resource_path("grammar", "policykit.lark"), encoding="utf-8") as file, caplog.at_level(logging.DEBUG):
        Lark(file.read(), parser="lalr", lexer="contextual", debug=True)
    assert [r.getMessage() for r in caplog.records if "conflict" in r.getMessage().lower()] == []


def test_numbers_keep_their_digits_and_units():
    let = one("let limit = 2_000.50 EUR")
    assert let == s.Let(s.Name("limit"), s.Number(Decimal("2000.50"), "EUR"))


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [
        ("92%", "92", "%"),
        ("92 %", "92", "%"),
        ("1 percentage point", "1", "percentage points"),
        ("3 percentage points", "3", "percentage points"),
        ("250 ms", "250", "ms"),
        ("1 day", "1", "days"),
        ("30 days", "30", "days"),
        ("0.04 USD", "0.04", "USD"),
        ("-5", "-5", ""),
    ],
)
def test_each_unit_has_one_spelling_in_the_tree(written, value, unit):
    assert one(f"let a = {written}") == s.Let(s.Name("a"), s.Number(Decimal(value), unit))


@pytest.mark.parametrize(
    ("written", "kind"),
    [("2027-03-31", "date"), ("06:00", "time of day"), ("2027-03-31T06:00:00+01:00", "instant")],
)
def test_moments_are_told_apart(written, kind):
    let = one(f"let a = {written}")
    assert let == s.Let(s.Name("a"), s.Moment(s.MomentKind(kind), written))


def test_habits_from_other_languages_mean_the_same():
    assert condition(
        'a == "x" && !(b != "y") || c is "z"'.replace(" ||", ") ||").replace("a ==", "(a ==")
    ) == condition('(a is "x" and not (b is not "y")) or c is "z"')


def test_and_and_or_do_not_mix_without_parentheses():
    assert codes('rule A-1 "a" when a.b is 1 and c.d is 2 or e.f is 3 then deny') == ["PK026"]
    assert codes('rule A-1 "a" when (a.b is 1 and c.d is 2) or e.f is 3 then deny') == []


def test_a_quantified_condition_takes_all_that_is_joined_behind_it():
    tree = condition('g.n > 1 and every case in g has source "production" and score >= 5')
    assert isinstance(tree, s.And)
    assert isinstance(tree.items[1], s.Quantified)
    assert tree.items[1].has == s.And(
        (
            s.Compare("is", s.Ref("source"), s.Text("production")),
            s.Compare(">=", s.Ref("score"), s.Number(Decimal(5))),
        )
    )


def test_the_groups_of_slices_can_be_listed():
    tree = condition('every slice of g by customer.group in ["a", "b"] has accuracy >= 92%')
    assert isinstance(tree, s.Quantified)
    assert tree.by == s.Name("customer.group")
    assert tree.groups == s.ListOf((s.Text("a"), s.Text("b")))


def test_a_window_ends_where_its_period_ends():
    tree = condition('share of calls where call.outcome is "corrected" over the last 7 days > 15%')
    assert isinstance(tree, s.Compare)
    assert tree.left == s.Window(
        "share", where=s.Compare("is", s.Ref("call.outcome"), s.Text("corrected")), last=s.Number(Decimal(7), "days")
    )


def test_at_least_so_many_calls_belongs_to_the_clause_not_to_a_list():
    rule = one('rule A-1 "a" when call.text contains any of "x", pii.card, with at least 20 calls then deny')
    assert isinstance(rule, s.Rule)
    assert rule.at_least_calls == s.Number(Decimal(20))


def test_several_effects_add_up():
    rule = one('rule A-1 "a" when a.b is 1 then redact then warn "w" unknown allow')
    assert isinstance(rule, s.Rule)
    assert rule.then == (s.Redact(), s.Warn(s.Text("w")))
    assert rule.unknown == s.Allow()


def test_spans_cover_the_text_they_stand_for():
    text = 'rule A-1 "a"\n  when call.cost > 5 EUR\n  then deny'
    source = SourceFile("t", text)
    (rule,) = parse(source).tree.statements
    assert isinstance(rule, s.Rule)
    assert source.quote(rule.span) == text
    assert rule.when is not None
    assert source.quote(rule.when.span) == "call.cost > 5 EUR"
    assert source.quote(rule.then[0].span) == "deny"


def test_comments_and_line_breaks_can_stand_between_any_two_words():
    loose = 'requirement A-1 "a"\nshown # one\nby g , no # two\n older than\n 30\ndays\ncheck every # x\n slice of g by b has c >= 5'
    tight = 'requirement A-1 "a" shown by g, no older than 30 days check every slice of g by b has c >= 5'
    assert one(loose) == one(tight)
    assert [c.text for c in read(loose).tree.comments] == ["# one", "# two", "# x"]


def test_a_comment_between_the_comma_and_with_is_kept():
    text = 'rule A-1 "a" when a.b is 1, # one\n  # two\n  with at least 20 calls then deny'
    parsed = read(text)
    assert parsed.diagnostics == ()
    assert [(c.text, text[c.span.start : c.span.end]) for c in parsed.tree.comments] == [
        ("# one", "# one"),
        ("# two", "# two"),
    ]


def test_phrases_of_several_words_may_be_divided():
    assert one('fact a.b : percentage # x\n points "w" known on tool # y\n input') == one(
        'fact a.b : percentage points "w" known on tool input'
    )


def test_a_comment_knows_whether_it_has_the_line_for_itself():
    comments = read("# own\nlet a = 1 # behind\n").tree.comments
    assert [(c.text, c.own_line) for c in comments] == [("# own", True), ("# behind", False)]


def test_all_mistakes_are_found_in_one_run():
    parsed = read(
        'party a "A"\nbogus\n'
        'requirment A-1 "x"\n'
        'requirement A-2 "x"\n  becuase "y"\n  check a.b >= 5 EURO\n'
        'requirement A-3 "x\n'
        'rule A-4 "x" when a.b = 5 then deny\n'
        "let fine = 1\n"
    )
    assert [d.code for d in parsed.diagnostics] == ["PK020", "PK020", "PK020", "PK022", "PK034"]
    assert not parsed.complete
    assert parsed.tree.statements[0] == s.Party(s.Name("a"), s.Text("A"))
    assert parsed.tree.statements[-1] == s.Let(s.Name("fine"), s.Number(Decimal(1)))


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ('requirment A-1 "x" check a.b > 1', "did you mean `requirement`?"),
        ('requirement A-1 "x" chek a.b > 1', "did you mean `check`?"),
        ('rule A-1 "x" when a.b = 1 then deny', "write `is`"),
        ('rule A-1 "x" when a.b / 2 > 1 then deny', "there is no division; multiply the other side instead"),
        ("let a = 5 EURO", "did you mean `EUR`?"),
        ("let a = 5 dayz", "did you mean `days`?"),
    ],
)
def test_a_slip_is_answered_with_what_was_meant(text, help_):
    assert read(text).diagnostics[0].help == help_


@pytest.mark.parametrize(
    ("text", "help_"),
    [
        ('rule A-1 "a" when call.tеam is "x" then deny', "write `call.team`"),
        ("let аb = 1", "write `ab`"),
        ("let a = 1 ☃", "put it into a quoted text or delete it"),
    ],
)
def test_a_letter_that_only_looks_like_one_is_named(text, help_):
    (found,) = read(text).diagnostics
    assert (found.code, found.help) == ("PK032", help_)


def test_a_misspelt_keyword_is_reported_once():
    assert codes('requirment A-1 "x" check a.b > 1\nlet a = 1') == ["PK020"]


def test_a_part_given_twice_is_an_error():
    assert codes('rule A-1 "x" on request on response when a.b is 1 then deny') == ["PK028"]


@pytest.mark.parametrize(
    "text",
    [
        'requirement A-1 "x"',
        'rule A-1 "x" when a.b is 1',
        'stop A-1 "x" when a.b is 1 then pause all calls',
        'scorecard A-1 "x" measure a.b baseline 1%',
        'waive A-1 through 2027-01-01 because "x"',
        "tighten p/A-1",
        'replace p/A-1 check a.b > 1 because "x"',
        'test "x"',
    ],
)
def test_a_clause_without_what_it_needs_is_an_error_and_no_clause(text):
    parsed = read(text)
    assert {d.code for d in parsed.diagnostics} == {"PK029"}
    assert parsed.tree.statements == ()
    assert not parsed.complete


def test_every_statement_keyword_is_reserved():
    assert {w for w in STATEMENTS if w.isidentifier()} <= reserved_words()


@pytest.mark.parametrize(
    "text",
    [
        "(" * 100_000,
        'rule A-1 "a" when ' + "(" * 3_000_000,
        'rule A-1 "a" when ' + "not " * 100_000 + "a.b is 1 then deny",
        "let a = " + "[" * 100_000,
        "let a = 1" + " + 1" * 100_000,
    ],
)
def test_no_depth_of_nesting_exhausts_the_machine(text):
    assert "PK023" in codes(text)


def test_nesting_up_to_the_bound_is_read():
    depth = MAX_DEPTH - 2
    assert codes(f'rule A-1 "a" when {"(" * depth}a.b is 1{")" * depth} then deny') == []


def test_a_long_flat_condition_is_not_deep():
    assert codes('rule A-1 "a" when ' + " and ".join(["a.b is 1"] * 5_000) + " then deny") == []


def test_reading_stops_after_many_mistakes():
    parsed = read('rule A-1 "x" when = then deny\n' * 10_000)
    assert len(parsed.diagnostics) == MAX_MISTAKES


@pytest.mark.parametrize("text", ["", "   \n# only a comment\n"])
def test_nothing_gives_an_empty_tree(text):
    assert read(text).tree.statements == ()


def test_a_number_of_5000_digits_is_refused():
    assert codes("let a = " + "9" * 5_000) == ["PK025"]


def test_an_unknown_escape_is_an_error():
    parsed = read(r'party a "A\d"')
    (found,) = parsed.diagnostics
    assert found.code == "PK024"
    assert parsed.tree.source.quote(found.span) == r"\d"


def test_escapes_are_resolved():
    assert one(r'party a "A \"x\" \\ y"') == s.Party(s.Name("a"), s.Text('A "x" \\ y'))


def test_a_default_and_the_words_of_a_parameter_are_told_apart():
    assert one('parameter a : text "the words"') == s.Parameter(
        s.Name("a"), s.TypeName("text"), None, s.Text("the words")
    )
    assert one('parameter a : text = "default"') == s.Parameter(s.Name("a"), s.TypeName("text"), s.Text("default"))
    assert one('parameter a : text = "default" "the words"') == s.Parameter(
        s.Name("a"), s.TypeName("text"), s.Text("default"), s.Text("the words")
    )


@pytest.mark.parametrize("name", ["desk", "rent-desk", "harbour.desk", "harbour.rent-desk.v2", "rent_desk.eu", "a.1"])
def test_the_name_of_a_policy_may_have_hyphens_and_dots(name):
    assert one(f'policy {name} version "1"') == s.Header("policy", s.Name(name), s.Text("1"))


@pytest.mark.parametrize("name", ["a..b", "a.", ".a", "a.B", "a-.b", "a.-b", "a. b", "a/b"])
def test_dots_and_hyphens_stand_between_letters_and_digits(name):
    assert [found.code for found in read(f'policy {name} version "1"').diagnostics] == ["PK020"]


@pytest.mark.parametrize("text", ['pack harbour.desk version "1"', "include harbour.desk", 'tool harbour.desk "x"'])
def test_only_a_policy_has_dots_in_its_name(text):
    assert "PK020" in {found.code for found in read(text).diagnostics}


def test_a_policy_that_is_too_long_is_refused_unread_and_alone():
    from policykit.language.parse import MAX_LENGTH

    whole = "language 1\n"
    assert "PK038" not in [found.code for found in read(whole + "\n" * (MAX_LENGTH - len(whole))).diagnostics]
    assert [found.code for found in read(whole + "x" * MAX_LENGTH).diagnostics] == ["PK038"]
