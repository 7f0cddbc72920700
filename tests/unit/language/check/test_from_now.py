"""Laws of `31 days ago` and `90 days from now`: what they are compared with, and what is refused."""

from __future__ import annotations

import pytest

from policykit.language import checked as c
from policykit.language.english import explain_clause
from policykit.language.format import format_tree
from policykit.language.parse import parse
from policykit.source import SourceFile
from policykit.vocabulary.types import Kind
from tests.unit.language.check.kit import SETTING as KIT
from tests.unit.language.check.kit import checked, codes, policy

SETTING = """
evidence board : review from customer "the review meetings"
evidence rota  : on_call from customer "the rota"
fact contract.ends : date "the day on which the contract ends"
fact contract.made : instant "when the contract was made"
fact contract.span : duration "how long the contract lasts"
rule USE-1 "Uses" on request when contract.ends is missing or contract.made is missing or contract.span is missing then warn
rule USE-2 "Uses" on request when contract.ends < 2027-01-01 then warn
"""


def requirement(condition, evidence="board"):
    return f'{SETTING}requirement NOW-1 "Now" shown by {evidence} check {condition}\n'


def rule(condition):
    return f'{SETTING}rule NOW-1 "Now" on request when {condition} then warn\n'


def compared(text):
    clause = next(found for found in policy(text).clauses() if found.id == "NOW-1")
    return clause.check if isinstance(clause, c.Requirement) else clause.when


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (requirement("board.last_held_on >= 31 days ago"), Kind.DATE),
        (requirement("rota.covered_until > 2 weeks from now", "rota"), Kind.INSTANT),
        (requirement("rota.covered_until > 36 hours from now", "rota"), Kind.INSTANT),
        (rule("contract.ends < 90 days from now"), Kind.DATE),
        (rule("contract.made < 90 days ago"), Kind.INSTANT),
        (rule("contract.ends < 0 days ago"), Kind.DATE),
    ],
)
def test_it_is_a_date_or_an_instant_as_the_other_side_is(text, kind):
    found = compared(text)
    assert isinstance(found.right, c.FromNow)
    assert found.right.type.kind is found.left.type.kind is kind
    assert found.right.zone == "Europe/Berlin"


def test_it_may_stand_on_either_side():
    assert compared(requirement("31 days ago <= board.last_held_on")) == compared(
        requirement("board.last_held_on >= 31 days ago")
    )


def test_between_two_of_them():
    found = compared(requirement("board.last_held_on between 60 days ago and 1 day ago"))
    assert [item.relation for item in found.items] == [">=", "<="]
    assert "PK210" in codes(requirement("board.last_held_on between 1 day ago and 60 days ago"))
    assert "PK210" in codes(requirement("board.last_held_on between 1 day from now and 60 days ago"))


def test_its_length_may_be_a_let():
    text = requirement("board.last_held_on >= longest_gap ago") + "let longest_gap = 31 days\n"
    assert (
        compared(text) == compared(requirement("board.last_held_on >= 31 days ago"))
        or compared(text).right.length.name == "longest_gap"
    )
    assert "31 days (`longest_gap`) before the day of the check" in explain_clause(policy(text), "NOW-1")


def test_direction_length_and_kind_bind():
    texts = ("31 days ago", "32 days ago", "31 days from now", "2026-01-01")
    assert len({policy(requirement(f"board.last_held_on >= {text}")).digest for text in texts}) == len(texts)
    same = {policy(requirement(f"board.last_held_on >= {text}")).digest for text in ("14 days ago", "2 weeks ago")}
    assert len(same) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (requirement("board.last_held_on >= 36 hours ago"), "PK154"),
        (requirement("golden.cases >= 31 days ago", "golden"), "PK153"),
        (requirement("board.longest_gap <= 31 days ago"), "PK153"),
        (rule("contract.span <= 31 days ago"), "PK153"),
        (rule("contract.ends < 31 ago"), "PK151"),
        (rule("contract.ends < 31% ago"), "PK151"),
        (rule("contract.made < 31 days ago + 2 days"), "PK152"),
        (rule("31 days ago < 2 days from now"), "PK212"),
        (rule("31 days ago < 2026-01-01"), "PK212"),
        (rule("2026-01-01 < 31 days ago"), "PK212"),
        (rule("31 days ago between 2026-01-01 and 2026-02-01"), "PK212"),
        (rule("count of calls where (contract.made < 31 days ago) over the last 7 days > 5"), "PK150"),
        (rule("contract.ends < since") + "let since = 31 days ago\n", "PK150"),
        (rule("contract.ends in [31 days ago]"), "PK150"),
        (rule("contract.ends < gone ago"), "PK100"),
    ],
)
def test_what_cannot_be_counted_from_the_check_is_refused(text, code):
    assert code in codes(text)


def test_the_other_side_may_be_arithmetic():
    assert not codes(rule("contract.made - 2 days < 31 days ago"))


HELPS = [
    (rule("contract.span <= {0}"), "PK153", "31 days ago", "31 days"),
    (rule("contract.ends < {0}"), "PK151", "31 ago", "31 days ago"),
    (requirement("board.last_held_on >= {0}"), "PK154", "36 hours ago", "1 day ago"),
    (requirement("board.last_held_on >= {0}"), "PK154", "36 hours ago", "2 days ago"),
    (requirement("board.last_held_on >= {0}"), "PK154", "12 hours from now", "0 days from now"),
]


@pytest.mark.parametrize(("text", "code", "wrong", "better"), HELPS)
def test_a_help_followed_literally_leaves_what_it_says(text, code, wrong, better):
    found = next(d for d in checked(text.format(wrong)).diagnostics if d.code == code)
    assert f"`{better}" in found.help
    assert not [d for d in checked(text.format(better)).diagnostics if d.is_error]
    right = compared(text.format(better)).right
    amount = right.length.value if isinstance(right, c.FromNow) else right.value
    assert amount == int(better.split()[0]) * 86_400
    assert isinstance(right, c.FromNow) is better.endswith(("ago", "now"))


def test_explain_says_from_what_and_keeps_the_files_own_words():
    text = explain_clause(policy(requirement("board.last_held_on >= 31 days ago")), "NOW-1")
    assert "is not earlier than 31 days before the day of the check" in text
    text = explain_clause(policy(requirement("rota.covered_until >= 24 hours from now", "rota")), "NOW-1")
    assert "is not earlier than 24 hours after the check" in text
    text = explain_clause(policy(rule("contract.made < 24 hours ago")), "NOW-1")
    assert "is earlier than 24 hours before the call" in text


def test_it_is_formatted_as_written():
    text = rule("contract.ends<90   days from\nnow")
    assert "contract.ends < 90 days from now" in format_tree(parse(SourceFile("a", text)).tree)


PACK = """language 1
pack gap version "1"
parameter longest : duration = 31 days "how long ago the last meeting may be"
role risk
gate launch "calls from all customers"
evidence board : review "the review meetings"
section gap "Gap"
  owner risk
  before launch
requirement GAP-1 "Meetings are held" shown by board check board.last_held_on >= longest ago
"""


@pytest.mark.parametrize(
    ("given", "warned"), [("", False), ("with longest = 14 days", False), ("with longest = 60 days", True)]
)
def test_a_pack_takes_the_length_and_a_looser_one_is_reported(given, warned):
    found = checked(f"include gap {given}\n", packs={"gap": PACK})
    assert any(d.code == "PK131" for d in found.diagnostics) is warned
    check = next(each for each in found.policy.requirements if each.id == "gap/GAP-1").check
    assert check.right.zone == "Europe/Berlin"


def test_a_packs_digest_names_the_parameter():
    fixed = PACK.replace("longest ago", "31 days ago")
    digests = {checked("include gap\n", packs={"gap": pack}).policy.packs[0].digest for pack in (PACK, fixed)}
    assert len(digests) == 2


@pytest.mark.parametrize(
    ("text", "is_told"),
    [
        (rule("contract.ends < 90 days from now"), True),
        (requirement("board.last_held_on >= 31 days ago"), True),
        (rule("contract.made < 90 days ago"), False),  # an instant is the same everywhere
        (rule("contract.ends < 2027-03-01"), False),
    ],
)
def test_a_day_counted_from_today_wants_a_time_zone(text, is_told):
    whole = f"{KIT.strip()}\n{text}"
    assert "PK251" not in codes(whole)
    assert ("PK251" in codes(whole.replace('  timezone "Europe/Berlin"\n', ""))) is is_told
