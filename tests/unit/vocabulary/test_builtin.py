"""The words that ship with policykit."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from policykit.detect import catalogue
from policykit.language.check import check
from policykit.language.packs import NoPacks
from policykit.language.parse import parse
from policykit.source import Diagnostic, SourceFile
from policykit.vocabulary.builtin import builtin
from policykit.vocabulary.fields import Field
from policykit.vocabulary.types import Kind, Phase

EVERY_STATEMENT = Path(__file__).parents[2] / "data" / "every_statement.policy"
VOCABULARY = builtin()
REQUEST = frozenset({Phase.REQUEST})


def all_fields() -> list[tuple[str, Field]]:
    found = list(VOCABULARY.facts.items())
    for kind in VOCABULARY.evidence.values():
        found += [(f"{kind.name}.{name}", field) for name, field in kind.fields.items()]
        found += [(f"slice of {kind.name}: {name}", field) for name, field in kind.slice_fields.items()]
        for element in kind.elements.values():
            found += [(f"{element.singular} in {kind.name}: {name}", f) for name, f in element.fields.items()]
    return found


FIELDS = all_fields()

NOT_BEHIND_THE = (
    " a an the every each all any some no somebody nobody there those these it they he she if whether how why when "
    "where is are was were has have had must can will not "
)
ABBREVIATIONS = ("HTTP ", "SLSA ")


@pytest.mark.parametrize(("place", "field"), FIELDS, ids=[place for place, _ in FIELDS])
def test_the_words_of_every_field_read_well_behind_the(place, field):
    words = field.words
    assert words[0].islower() or words.startswith(ABBREVIATIONS)
    assert f" {words.split()[0]} " not in NOT_BEHIND_THE
    assert words == words.strip()
    assert words[-1].isalnum()
    assert "  " not in words


def test_no_two_fields_of_one_thing_have_the_same_words():
    seen = [
        VOCABULARY.facts,
        *(kind.fields for kind in VOCABULARY.evidence.values()),
        *(kind.slice_fields for kind in VOCABULARY.evidence.values()),
        *(element.fields for kind in VOCABULARY.evidence.values() for element in kind.elements.values()),
    ]
    for fields in seen:
        words = [field.words for field in fields.values()]
        assert sorted(words) == sorted(set(words))


BARE_NUMBERS = {
    "a score may have any scale": re.compile(
        r"^evaluation\.(baseline_)?score$|evaluation: score$|metric in evaluation: value$"
    ),
    "a statement may give any number": re.compile(r"^statement\.value$"),
}


@pytest.mark.parametrize(("place", "field"), FIELDS, ids=[place for place, _ in FIELDS])
def test_every_number_has_a_range(place, field):
    if field.type.kind in (Kind.COUNT, Kind.MONEY, Kind.DURATION, Kind.NUMBER):
        exempt = any(pattern.search(place) for pattern in BARE_NUMBERS.values())
        assert (field.type.low is not None) != exempt
    if field.type.kind in (Kind.PERCENT, Kind.POINTS):
        assert (field.type.low, field.type.high) == (0, 1)
    if field.type.kind is Kind.COUNT:
        assert field.words.startswith(
            ("number of ", "limit on ", "HTTP status", "escalation level", "SLSA build level")
        )


@pytest.mark.parametrize(
    ("name", "phases"),
    [
        ("call.text", {Phase.REQUEST, Phase.TOOL_INPUT, Phase.TOOL_OUTPUT, Phase.RESPONSE}),
        ("call.model", set(Phase)),
        ("call.cost", set(Phase)),
        ("call.team", set(Phase)),
        ("call.confidence", {Phase.RESPONSE}),
        ("call.output_tokens", {Phase.RESPONSE}),
        ("call.latency", {Phase.RESPONSE, Phase.FAILURE}),
        ("call.error_type", {Phase.FAILURE}),
        ("call.outcome", set()),
        ("tool.name", {Phase.TOOL_INPUT, Phase.TOOL_OUTPUT}),
        ("tool.succeeded", {Phase.TOOL_OUTPUT}),
        ("principal.role", set(Phase)),
    ],
)
def test_a_fact_is_known_when_the_call_has_come_so_far(name, phases):
    assert VOCABULARY.facts[name].phases == phases


def test_what_is_known_on_request_stays_known_but_for_the_text_of_the_phase():
    for name, fact in VOCABULARY.facts.items():
        if Phase.REQUEST in fact.phases and name != "call.text":
            assert fact.phases == set(Phase), name


def test_what_only_the_answer_shows_is_not_known_on_request():
    for name, fact in VOCABULARY.facts.items():
        if fact.standard.startswith("gen_ai.response.") or re.search(r"usage\..*output|cache_read", fact.standard):
            assert not fact.phases & REQUEST, name


def test_facts_have_dotted_names_and_belong_to_a_group():
    for name in VOCABULARY.facts:
        assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+", name)
    assert {name.split(".")[0] for name in VOCABULARY.facts} == {"call", "principal", "tool", "data", "retrieval"}


def test_detectors_are_left_to_a_higher_layer():
    assert not VOCABULARY.detectors


def test_no_name_from_the_standard_is_used_twice():
    names = [fact.standard for fact in VOCABULARY.facts.values() if fact.standard]
    assert sorted(names) == sorted(set(names))


def a_policy_with_every_word() -> str:
    """Return a policy that reads every fact, field, element field and slice field where a writer would put it."""
    lines = ['language 1 policy words version "1" party us "we" role lead of us gate launch "the launch"']
    lines.append('section everything "All" owner lead before launch')
    number = 0
    for kind in VOCABULARY.evidence.values():
        name = f"e_{kind.name}"
        lines.append(f'evidence {name} : {kind.name} from us "{kind.words}"')
        tests = [f"{name}.{field} is missing" for field in kind.fields]
        for element in kind.elements.values():
            tests += [f"(some {element.singular} in {name} has {field} is missing)" for field in element.fields]
            tests += [
                f"(no {element.singular} in {name} has x is supplied and {f} is missing)" for f in element.fields
            ][: len(element.fields) * element.open]
        tests += [f"(every slice of {name} by x.y has {field} is missing)" for field in kind.slice_fields]
        for test in tests:
            number += 1
            lines.append(f'requirement W-{number} "w" shown by {name} check {test}')
    for fact in VOCABULARY.facts.values():
        for phase in fact.phases:
            number += 1
            lines.append(f'rule W-{number} "w" on {phase.value} when {fact.name} is missing then deny')
        number += 1
        lines.append(
            f'stop W-{number} "w" when share of calls where {fact.name} is supplied over the last 7 days > 15%, with at least 9 calls '
            "then pause all calls resume by lead"
        )
    return "\n".join(lines)


def diagnostics_of(text: str) -> list[Diagnostic]:
    parsed = parse(SourceFile("words.policy", text))
    assert not parsed.diagnostics, str(parsed.diagnostics[0])
    with_detectors = replace(VOCABULARY, detectors=catalogue.NAMES)
    return [d for d in check(parsed.tree, with_detectors, packs=NoPacks()).diagnostics if d.is_error]


def test_every_word_can_stand_in_a_policy_where_a_writer_would_put_it():
    assert diagnostics_of(a_policy_with_every_word()) == []


def test_a_policy_with_every_kind_of_statement_checks_without_a_word_of_its_own():
    text = EVERY_STATEMENT.read_text(encoding="utf-8")
    without_pack = re.sub(r"include [^\n]*|waive .*?housing_lead\n", "", text, flags=re.DOTALL)
    assert "letters.touchless_rate" in without_pack
    assert diagnostics_of(without_pack) == []


def test_the_outcome_of_a_call_cannot_be_asked_for_during_the_call():
    text = """language 1 policy p version "1" party us "we" role lead of us
    rule R-1 "r" on response when call.outcome is "corrected" then deny"""
    (problem,) = diagnostics_of(text)
    assert "call.outcome" in str(problem)


NEEDED = {
    "evaluation": "cases passed failed errors accuracy baseline_accuracy pass_rate touchless_rate model model_pinned "
    "dataset tool tool_version latency_mean latency_p95 cost_per_case",
    "red_team": "attacks attack_success_rate attack_success_rate_all probes undetermined",
    "test_run": "tests passed failed errors skipped flaky pass_rate",
    "ownership": "owner owned_paths run_owner build_owner business_owner payer",
    "on_call": "people covered_now covered_until",
    "spend": "total cost_per_task calls",
    "sign_off": "roles approvals",
    "statement": "decision role person subject expires",
    "prices": "models unpriced_models",
    "observability": "structured_logs dashboards paging_alerts regression_alert",
    "runbook": "runbooks escalation_paths",
    "coverage": "line_rate",
    "slo": "objectives met_rate",
    "control": "satisfied not_satisfied",
    "scan": "findings suppressed secrets",
    "provenance": "verified subject_sha256",
    "fairness": "largest_accuracy_gap",
}


@pytest.mark.parametrize("kind", NEEDED)
def test_each_kind_can_say_what_policies_ask_for(kind):
    assert set(NEEDED[kind].split()) <= set(VOCABULARY.evidence[kind].fields)


def test_the_example_of_the_design_finds_its_words():
    golden = VOCABULARY.evidence["evaluation"]
    assert {"source", "passed", "score", "latency", "cost"} <= set(golden.elements["case"].fields)
    assert golden.elements["case"].open
    assert {"accuracy", "cases", "pass_rate"} <= set(golden.slice_fields)
    assert {"probe", "finding"} <= set(VOCABULARY.evidence["red_team"].elements)
    assert VOCABULARY.facts["call.outcome"].type.choices[:2] == ("accepted", "corrected")
    assert VOCABULARY.facts["call.cost"].type.currency is None
