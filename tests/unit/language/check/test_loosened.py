"""A parameter that makes a pack looser than its default is named; the conditions say which way that is."""

from __future__ import annotations

import pytest

from policykit.engine.load import standard_vocabulary
from policykit.language.load import load_file

HEAD = """language 1
policy tiny version "1"
  title "Tiny"
  timezone "UTC"
party supplier "S"
role lead of supplier
gate launch "all"
"""
PACK = """language 1
pack inner version "1"
  title "Inner"
{parameter}
role lead "leads"
gate launch "all"
evidence ev : evaluation "it"
evidence own : ownership "who"
section s "S"
  owner lead
  before launch
{clause}
"""
REQUIREMENT = 'requirement R-1 "r"\n  shown by ev\n  check {}\n'
RULE = 'rule R-1 "r"\n  on request\n  when {}\n  then deny "no"\n'
P = 'parameter p : {} = {} "p"'


@pytest.fixture
def warnings(tmp_path):
    """Return the loosened parameters that a policy is warned of, and those that its packs carry."""

    def loading(parameter, clause, include, packs=()):
        for name, text in (("inner", PACK.format(parameter=parameter, clause=clause)), *packs):
            (tmp_path / "rules" / name).mkdir(parents=True, exist_ok=True)
            (tmp_path / "rules" / name / f"{name}.policy").write_text(text)
        (tmp_path / "p.policy").write_text(f"{HEAD}{include}\n")
        loaded = load_file(tmp_path / "p.policy", standard_vocabulary())
        assert loaded.policy is not None, [str(d) for d in loaded.diagnostics]
        messages = [d.message for d in loaded.diagnostics if d.code == "PK131"]
        assert len(messages) == sum(len(pack.loosened) for pack in loaded.policy.packs)
        return messages

    return loading


@pytest.mark.parametrize(
    ("kind", "default", "clause", "looser", "stricter"),
    [
        ("count", "500", REQUIREMENT.format("ev.cases >= p"), "1", "501"),
        ("count", "500", REQUIREMENT.format("ev.cases > p"), "499", "501"),
        ("percent", "5%", REQUIREMENT.format("ev.refusal_rate <= p"), "6%", "4%"),
        ("percent", "5%", REQUIREMENT.format("not ev.refusal_rate > p"), "6%", "4%"),
        ("percent", "5%", REQUIREMENT.format("ev.accuracy >= 50% or ev.refusal_rate <= p"), "6%", "4%"),
        ("percent", "5%", REQUIREMENT.format("ev.cases >= 1 and not (ev.errors > 1 or ev.refusal_rate > p)"), "6%", "4%"),
        ("percent", "50%", REQUIREMENT.format("ev.cost_per_case <= ev.cost * p"), "60%", "40%"),
        ("percentage points", "1 percentage point", REQUIREMENT.format("ev.accuracy >= ev.baseline_accuracy - p"),
         "2 percentage points", "0 percentage points"),
        ("duration", "2 seconds", REQUIREMENT.format("ev.latency_p95 between 1 ms and p"), "3 seconds", "1 second"),
        ("count", "3", REQUIREMENT.format("every case in ev has repetitions >= p"), "2", "4"),
        ("count", "3", REQUIREMENT.format("some case in ev has repetitions >= p"), "2", "4"),
        ("count", "3", REQUIREMENT.format("no case in ev has repetitions < p"), "2", "4"),
        ("count", "500", RULE.format("call.input_tokens > p"), "501", "499"),
    ],
    ids=lambda value: None if not isinstance(value, str) or "\n" in value else value,
)  # fmt: skip
def test_the_direction_comes_from_the_condition(warnings, kind, default, clause, looser, stricter):  # noqa: PLR0917
    for value, expected in ((looser, 1), (stricter, 0), (default, 0)):
        found = warnings(P.format(kind, default), clause, f"include inner with p = {value}")
        assert len(found) == expected, (value, found)


def test_each_parameter_is_judged_alone(warnings):
    parameter = P.format("count", "500") + '\nparameter q : percent = 90% "q"'
    clause = REQUIREMENT.format("ev.cases >= p and ev.accuracy >= q")
    assert warnings(parameter, clause, "include inner with p = 600, q = 1%") == [
        "the pack `inner` is loosened: `q = 1% (the pack: 90%)`"
    ]


def test_a_name_says_nothing_about_the_direction(warnings):
    parameter = 'parameter min_share : percent = 5% "p"'
    clause = REQUIREMENT.format("ev.refusal_rate <= min_share")
    assert warnings(parameter, clause, "include inner with min_share = 9%")


def test_a_pack_between_cannot_hide_it(warnings):
    outer = 'language 1\npack outer version "1"\n  title "Outer"\ninclude inner with p = 1\n'
    clause = REQUIREMENT.format("ev.cases >= p")
    assert len(warnings(P.format("count", "500"), clause, "include outer", [("outer", outer)])) == 1


def test_a_parameter_without_a_default_has_nothing_to_be_looser_than(warnings):
    assert not warnings('parameter p : count "p"', REQUIREMENT.format("ev.cases >= p"), "include inner with p = 1")


@pytest.mark.parametrize(
    ("clause", "default", "looser", "stricter"),
    [
        (RULE.format("call.model not in p"), '["a", "b"]', '["a", "c"]', '["a"]'),
        (RULE.format("call.model not in p"), '["a", "b"]', '["c", "d"]', '["b"]'),
        (RULE.format("call.model in p"), '["a", "b"]', '["a", "c"]', '["a", "b", "c"]'),
        (REQUIREMENT.format("every slice of ev by team in p has cases >= 9"), '["a", "b"]', '["a", "c"]', '["a", "b", "c"]'),
    ],
)  # fmt: skip
def test_another_list_is_looser_where_it_lets_something_through_that_the_pack_did_not(
    warnings, clause, default, looser, stricter
):
    parameter = P.format("list of text", default)
    assert len(warnings(parameter, clause, f"include inner with p = {looser}")) == 1
    assert not warnings(parameter, clause, f"include inner with p = {stricter}")
