"""The layout of the formatter, example by example; its laws stand in tests/properties/test_format.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from policykit.engine.load import standard_vocabulary
from policykit.language.format import format_tree
from policykit.language.load import load_text
from policykit.language.parse import parse
from policykit.source import SourceFile

EVERY_STATEMENT = Path(__file__).parents[2] / "data" / "every_statement.policy"


def formatted(text: str) -> str:
    parsed = parse(SourceFile("<text>", text))
    assert not parsed.diagnostics, [str(d) for d in parsed.diagnostics]
    return format_tree(parsed.tree)


def check(condition: str) -> str:
    """Return a requirement's condition as the formatter writes it, on one line."""
    text = formatted(f'requirement A-1 "t" check {condition}')
    return " ".join(text.split("check ", 1)[1].split())


def test_a_tidy_policy_is_kept_but_for_the_columns_of_its_declarations():
    sample = EVERY_STATEMENT.read_text(encoding="utf-8")
    result = formatted(sample)
    changed = [line for line in sample.splitlines() if line not in result.splitlines()]
    assert [line.split()[0] for line in changed] == ["role"] * 4 + ["include"]
    assert [line.split() for line in result.splitlines()] == [line.split() for line in sample.splitlines()]


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("a == 1", "a is 1"),
        ("a != 1", "a is not 1"),
        ("a is 1 && b is 2", "a is 1 and b is 2"),
        ("a is 1 || b is 2", "a is 1 or b is 2"),
        ("! a is 1", "not (a is 1)"),
        ("not not a is 1", "not (not (a is 1))"),
        ("not (a in b)", "not (a in b)"),
        ("(a is 1)", "a is 1"),
        ("((a is 1) and (b is 2))", "a is 1 and b is 2"),
        ("a is 1 and (b is 2 and c is 3)", "a is 1 and b is 2 and c is 3"),
        ("a is 1 and (b is 2 or c is 3)", "a is 1 and (b is 2 or c is 3)"),
        ("(every c in g has x is 1) and a is 1", "(every c in g has x 1) and a is 1"),
        ("a is 1 and (every c in g has x is 1)", "a is 1 and every c in g has x 1"),
        ("(every c in g has x is 1 and y is 2) or a is 1", "(every c in g has x 1 and y 2) or a is 1"),
        ("a is 1 or (every c in g has x 1 and y 2)", "a is 1 or (every c in g has x 1 and y 2)"),
        ("every c in g has (x is 1 or y is 2)", "every c in g has (x is 1 or y is 2)"),
        ("every c in g has x is -1", "every c in g has x is -1"),
        ('every slice of g by team in ["a"] has x >= 1%', 'every slice of g by team in ["a"] has x >= 1%'),
        ("a > (b + (c))", "a > b + c"),
        ("a > (b - c) - d", "a > b - c - d"),
        ("a > b - (c - d)", "a > b - (c - d)"),
        ("a > (b + c) * d", "a > (b + c) * d"),
        ("a > b + (c * d)", "a > b + c * d"),
        ("a > 2000 EUR", "a > 2_000 EUR"),
        ("a > 2_0_00.50 EUR", "a > 2_000.50 EUR"),
        ("a > 1 days", "a > 1 day"),
        ("a > 2 day", "a > 2 days"),
        ("a > 1 percentage points", "a > 1 percentage point"),
        ("a > 92 %", "a > 92%"),
        ("a > -0", "a > 0"),
        ('a in ["x" , "y" ,]', 'a in ["x", "y"]'),
        ("a in []", "a in []"),
        ('a contains any of x,"y"', 'a contains any of x, "y"'),
        (r"a matches /\d\/x/", r"a matches /\d\/x/"),
        (r'a is "q\"\\\n\t"', r'a is "q\"\\\n\t"'),
        ("share of calls where (a is 1) today > 1%", "share of calls where a is 1 today > 1%"),
        ("share of calls where (a is 1 or b is 2) today > 1%", "share of calls where (a is 1 or b is 2) today > 1%"),
        ("(count of calls to t this week per x.y) > 3", "count of calls to t this week per x.y > 3"),
    ],
)
def test_one_spelling_per_idea_and_parentheses_only_where_needed(written, canonical):
    assert check(written) == canonical
    assert check(canonical) == canonical


def test_a_long_condition_hangs_its_operators_left_of_its_tests():
    names = [f"fact.number_{i}" for i in range(6)]
    text = formatted('rule A-1 "t" on request when ' + " or ".join(f"{n} is missing" for n in names) + " then deny")
    assert text.splitlines()[2:4] == ["  when fact.number_0 is missing", "    or fact.number_1 is missing"]


def test_a_long_part_in_parentheses_is_broken_in_its_own_column():
    inner = " or ".join(f"fact.number_{i} is missing" for i in range(5))
    text = formatted(f'rule A-1 "t" when a is 1 and ({inner}) then deny')
    assert text.splitlines()[1:4] == [
        "  when a is 1",
        "   and (fact.number_0 is missing",
        "        or fact.number_1 is missing",
    ]


def test_a_long_list_has_one_item_a_line_and_a_comma_behind_the_last():
    items = ", ".join(f'"model-{i}-2026-08-07"' for i in range(8))
    assert formatted(f"let approved = [{items}]").splitlines()[:2] == ["let approved = [", '  "model-0-2026-08-07",']
    assert formatted(f"let approved = [{items}]").endswith('  "model-7-2026-08-07",\n]\n')


def test_a_comment_on_an_item_of_a_list_keeps_the_list_open():
    text = 'let approved = [\n  "a",  # since May\n  # not yet\n  "b",\n]\n'
    assert formatted(text) == text


def test_every_breakable_row_has_at_most_120_columns(golden):
    roles = ", ".join(f"role_number_{i}" for i in range(12))
    given = ", ".join(f"fact.number_{i} is {i}" for i in range(9))
    text = formatted(
        f'sign-off for launch by at least 2 of {roles}\nwaive A-1 through 2027-01-01 because "x" approved by {roles}\n'
        f'test "t" given {given} expect A-1 denies\n'
        f'rule A-1 "t" when call.text contains any of {roles} then ask {roles.replace(",", " or")}, answer within 4 hours,'
        f" otherwise deny then pause all calls within 1 hour, tell {roles}\n"
        f"include a-pack with {', '.join(f'parameter_{i} = {i}' for i in range(10))}\n"
    )
    golden("format/long.policy", text)
    assert max(map(len, text.splitlines())) <= 120


COMMENTS = """\
# head


# of the file
language 1 # one
# about the policy
policy p version "1" # v
  # about the title
  title "x" # t

party a "A" # first
# heading

# second
party bb "B"
requirement EVAL-1 "t" # why
  # before the check
  check a is 1 # one
    # before two
    and # behind and
    b is 2
  # the owner
  owner x # o
scorecard S-1 "s" measure a.b baseline 1% target at least 2% report only # r
rule R-1 # between
  "t" then deny # d
  # last

# the end
# of the file
"""


def test_comments_stay_where_they_were(golden):
    golden("format/comments.policy", formatted(COMMENTS))


def test_a_file_of_comments_only_keeps_them():
    assert formatted("# a\n\n\n# b\n#c\n") == "# a\n\n# b\n#c\n"


def test_nothing_is_formatted_to_nothing():
    assert formatted("") == ""


def test_windows_line_ends_do_not_get_into_the_text():
    assert formatted('language 1 # x\r\n# y\r\nparty a\r\n"A"\r\n') == 'language 1  # x\n\n# y\nparty a "A"\n'


def test_the_digest_of_a_policy_does_not_change_when_it_is_formatted():
    path = Path(__file__).parents[3] / "examples" / "invoice-triage" / "invoice-triage.policy"
    text = path.read_text(encoding="utf-8")
    crowded = " ".join(line.partition("#")[0].strip() for line in text.splitlines())
    digests = {load(version) for version in (text, crowded, formatted(text), formatted(crowded))}
    assert len(digests) == 1


def load(text: str) -> str:
    loaded = load_text("<text>", text, standard_vocabulary())
    assert loaded.policy is not None, [str(d) for d in loaded.diagnostics]
    return loaded.policy.digest


FACTS = """fact post.size   : one of "small", "large" "the size"

fact post.weight : number "the weight"
fact post.day    : date "the day" known on request
"""


def test_one_empty_line_between_declarations_is_kept_and_more_become_one():
    assert formatted(FACTS) == FACTS
    assert formatted(FACTS.replace("\n\n", "\n\n\n\n")) == FACTS
    assert formatted(FACTS.replace("\n\n", "\n")) == FACTS.replace("\n\n", "\n")


def test_names_and_types_stand_in_columns_and_texts_follow_their_type():
    assert formatted(FACTS.replace('number "the', 'number        "the')) == FACTS


def test_choices_stay_on_one_line_and_their_text_takes_the_next_where_both_do_not_fit():
    choices = ", ".join(f'"the choice with the number {index}"' for index in range(3))
    assert formatted(f'fact post.kind : one of {choices} "the kind of post"') == (
        f'fact post.kind : one of {choices}\n     "the kind of post"\n'
    )
