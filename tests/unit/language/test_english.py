"""Every kind of clause, effect and condition in plain English, against golden texts; and the laws of the sentences."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest

from policykit.detect import catalogue
from policykit.errors import PolicykitError
from policykit.language import checked as c
from policykit.language.english import explain_clause, explain_policy, sentence
from policykit.language.english.amounts import length
from policykit.language.load import load_file, load_text
from policykit.source import SourceFile, errors_of
from policykit.vocabulary.builtin import builtin

PACK = """
language 1
pack base version "1.0.0"
role lead "who leads the evaluation"
gate launch "the launch"
evidence golden : evaluation "the run on the golden set"
requirement EVAL-1 "Enough cases"
  owner lead
  shown by golden
  before launch
  check golden.cases >= 100
requirement EVAL-2 "Good enough"
  owner lead
  shown by golden
  before launch
  check golden.accuracy >= 99%
"""
POLICY = """
language 1
policy english version "1.0.0" title "All there is"
party supplier "Acme AI GmbH"
party customer "Northwind Ltd"
role lead, run_owner of supplier
role duty of customer "the person on duty in claims"
role risk of customer
gate canary "the first call whose result reaches a customer"
gate launch "calls from all customers"
include base
let large = 500 EUR
let approved = ["a-1", "b-2"]
evidence golden : evaluation from supplier "the run on the golden set"
evidence attacks : red_team from supplier
fact refund.amount : money EUR "the amount to be refunded"
fact refund.action : one of "pay", "query", "none" "what the assistant proposes"
fact refund.checked : yes or no "whether a second person has looked at it"
fact refund.due : date "the day on which it is due"
fact refund.labels : list of text "the labels of the refund"
fact customer.id : text "the customer who asked"
detector case_number "claim number" matches /NW-[0-9]{8}/
tool ledger "the customer's ledger"
fallback second "the second model"
fallback queue "the claims team's own queue"

section evaluation "Evaluation"
  owner lead
  before launch
  remedy by supplier within 10 days of notice: "re-run on the locked golden set"

requirement GOLD-1 "The golden set is large and drawn from production"
  because "a vendor model update silently changes outputs"
  shown by golden, attested, no older than 30 days
  check golden.cases >= 500 and every case in golden has source "production"
requirement GOLD-2 "No group is left behind"
  shown by golden, no older than 7 days
  before launch and every 7 days after
  check every slice of golden by team in ["north", "south"] has accuracy >= 92% and cases >= 60
requirement GOLD-3 "Two kinds of evidence"
  shown by golden and attacks, file
  applies when refund.action is supplied
  check golden.accuracy >= golden.baseline_accuracy - 1 percentage point
    and (no finding in attacks has severity "critical")
    and (attacks.attack_success_rate <= 1% or golden.cases > 1_000)
requirement GOLD-4 "Some case, no case"
  shown by golden
  check (some case in golden has source "synthetic") and no case in golden has (latency > 2 seconds or source is "x")
requirement GOLD-5 "Run last month, by both"
  owner lead, run_owner
  shown by golden
  check golden.finished_at between 31 days ago and 36 hours ago
scorecard SCORE-1 "Reported"
  shown by golden
  measure golden.touchless_rate
  baseline 41%
  target at least 70% by 2027-06-30
  report only
scorecard SCORE-2 "Gated"
  shown by golden
  measure golden.accuracy
  baseline 90%
  target at least 95%

section rules "Rules"
  owner run_owner

rule DUE-1 "Not overdue"
  on request
  when refund.due < 3 days ago or refund.due > 90 days from now
  then deny
rule DENY-1 "Only approved models"
  on request
  when call.model not in approved
  then deny "the model {call.model} is not approved"
rule ASK-1 "Large refunds"
  on response
  when refund.action is "pay" and (refund.amount > large or call.confidence < 80%)
  then ask duty or risk, answer within 4 hours, otherwise use queue
  unknown deny
rule TEXT-1 "Numbers stay inside"
  on request, tool input
  when call.text contains any of pii.card, case_number, "secret"
  then pseudonymise
  then warn "numbers were found"
rule TEXT-2 "All of them"
  on request
  when call.text contains all of pii.card, pii.iban
  then redact
rule TEXT-3 "Forms of text"
  on request
  when call.model starts with "gpt" or call.model ends with "-preview" or call.model matches /-beta[0-9]+/
  then warn
rule FLAG-1 "Yes and no"
  on response
  when refund.checked is no and refund.due < 2027-01-31
  then deny
  unknown allow
rule FLAG-2 "Not"
  on response
  when not (refund.checked is yes and refund.labels contains any of "a", "b") and refund.labels contains all of "c"
  then deny
rule LIST-1 "Known and missing"
  on request
  when call.team is missing or call.region is not "eu" or call.input_tokens between 10 and 20
  then deny
rule MONEY-1 "Arithmetic"
  on response
  when refund.amount * 2 + 1 EUR > 100 EUR
  then deny
rule CALLS-1 "Look-ups"
  on tool input
  when count of calls to ledger per customer.id > 3
  then deny
rule COST-1 "Ceiling"
  on request
  when sum of call.cost where call.team is "north" over the last 30 days per call.team > 2_000 EUR
  then deny
rule COST-2 "Percentile"
  on request
  when p95 of call.latency today > 2 seconds, with at least 20 calls
  then warn
rule DOWN-1 "The provider fails"
  on failure
  then use second, otherwise queue
  remedy by supplier within 2 hours of notice: "restore the service"

rollout CANARY-1 "Five in a hundred"
  from canary until launch
  send 5% of calls by customer.id, others use second, otherwise queue
rollout CANARY-2 "Shadow"
  shadow 10% of calls by customer.id

stop STOP-1 "Too many corrections"
  because "people notice late"
  when share of calls where call.outcome is "corrected" over the last 7 days > 15%, with at least 1_200 calls
  then pause all calls within 1 hour, tell run_owner, risk
  resume by risk
stop STOP-2 "The ledger"
  when count of calls to ledger today > 5_000
  then pause calls to ledger
  unknown tell run_owner
  resume by run_owner
stop STOP-3 "Worse than before the launch"
  shown by golden, attested, no older than 7 days
  when golden.accuracy < 88% or GOLD-1 fails or SCORE-2 is unknown
  then rescope to canary within 1 day, tell run_owner
  resume by risk
stop STOP-4 "A clause alone"
  from canary
  when not (GOLD-1 passes)
  then pause all calls
  resume by risk

tighten base/EVAL-1 check golden.cases >= 400
replace base/EVAL-2
  check golden.accuracy >= 97%
  because "the labels are noisy"
  approved by risk
waive GOLD-4 through 2027-03-31
  because "the vendor's fix is announced"
  approved by risk, run_owner
"""


@pytest.fixture(scope="module")
def policy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("english")
    (folder / "packs" / "base").mkdir(parents=True)
    (folder / "packs" / "base" / "base.policy").write_text(PACK, encoding="utf-8")
    path = folder / "english.policy"
    path.write_text(POLICY, encoding="utf-8")
    loaded = load_file(path, replace(builtin(), detectors=catalogue.NAMES))
    assert loaded.policy is not None, "\n".join(map(str, errors_of(loaded.diagnostics)))
    return loaded.policy


def explained(policy: c.CheckedPolicy, clause_id: str) -> str:
    return explain_clause(policy, clause_id, catalogue.NAMES)


def test_every_clause_reads_as_its_golden_text(policy, golden):
    golden("english/clauses.txt", "\n\n".join(explained(policy, clause.id) for clause in policy.clauses()) + "\n")


def test_the_examples_hold_every_kind_of_condition_effect_and_operand(policy):
    found: set[type] = set()
    kinds: set[str] = set()

    def walk(node: object) -> None:
        if isinstance(node, tuple):
            for item in node:
                walk(item)
        elif hasattr(type(node), "__dataclass_fields__"):
            found.add(type(node))
            if isinstance(node, c.Effect):
                kinds.add(node.kind)
            for each in fields(node):
                walk(getattr(node, each.name))

    walk(policy.clauses())
    assert {*c.Check.__args__, *c.Operand.__args__} <= found
    assert kinds == {"deny", "ask", "redact", "pseudonymise", "use", "warn", "pause", "allow"}


def test_an_unknown_clause_is_named_with_the_nearest(policy):
    with pytest.raises(PolicykitError, match=r"no clause `GOLD-9`: did you mean `GOLD-"):
        explain_clause(policy, "GOLD-9")


def test_a_sentence_stands_alone_and_names_its_evidence(policy):
    gold = next(clause for clause in policy.requirements if clause.id == "GOLD-1")
    assert sentence(gold.check, policy) == (
        "the number of distinct cases that were run (according to the run on the golden set) is at least 500 and "
        'every case (according to the run on the golden set) has the source "production"'
    )


@pytest.mark.parametrize("clause_id", ["GOLD-1", "GOLD-3", "DENY-1", "base/EVAL-1", "SCORE-2"])
def test_unknown_is_always_said_to_fail(policy, clause_id):
    said = explained(policy, clause_id)
    assert "does not show" in said or "leaves this condition undecided, the rule acts all the same" in said


def test_every_text_ends_in_a_full_stop_and_starts_with_its_clause(policy):
    for clause in policy.clauses():
        text = explained(policy, clause.id)
        assert text.startswith(f"{clause.id}, ")
        assert text.endswith(".")
        assert "  " not in text
        assert "None" not in text


def test_the_example_policy_reads_as_its_golden_text(golden):
    """A person read this file; read it again whenever it changes."""
    path = Path(__file__).parents[3] / "examples" / "invoice-triage" / "invoice-triage.policy"
    example = load_file(path, replace(builtin(), detectors=catalogue.NAMES)).policy
    assert example is not None
    parts = explain_policy(example, catalogue.NAMES)
    text = "\n\n".join("\n\n".join((f"## {part.heading}", *part.paragraphs)) for part in parts)
    golden("english/invoice-triage.txt", text + "\n")


def test_a_clause_without_shown_by_names_the_party_all_the_same():
    text = (
        POLICY.replace("include base\n", "")
        .split("tighten base")[0]
        .replace("  shown by golden, attested, no older than 30 days\n", "")
    )
    found = load_text("bare.policy", text, replace(builtin(), detectors=catalogue.NAMES)).policy
    assert found is not None
    said = explain_clause(found, "GOLD-1", catalogue.NAMES)
    assert "the supplier (Acme AI GmbH) must show, by the run on the golden set (evidence `golden`), that" in said


def test_the_party_that_hands_in_the_evidence_must_show_and_the_owner_sees_to_it():
    text = POLICY.replace("include base\n", "").split("tighten base")[0]
    text = text.replace("  owner lead\n  before launch\n  remedy", "  owner risk\n  before launch\n  remedy")
    found = load_text("swapped.policy", text, replace(builtin(), detectors=catalogue.NAMES)).policy
    assert found is not None
    said = explain_clause(found, "GOLD-1", catalogue.NAMES)
    assert "the supplier (Acme AI GmbH) must show, by the run on the golden set" in said
    assert "The risk role of the customer (Northwind Ltd) owns this clause and must see to it." in said
    assert "Northwind Ltd) must show" not in said


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("24 hours", "24 hours"),
        ("1 day", "1 day"),
        ("48 hours", "48 hours"),
        ("2 days", "2 days"),
        ("1 hours", "1 hour"),
    ],
)
def test_a_length_of_time_is_said_as_it_is_written(written, said):
    text = POLICY.replace("answer within 4 hours", f"answer within {written}").replace("include base\n", "")
    found = load_text(
        "time.policy", text.split("tighten base")[0], replace(builtin(), detectors=catalogue.NAMES)
    ).policy
    assert found is not None
    assert f"must answer within {said};" in explain_clause(found, "ASK-1", catalogue.NAMES)


def test_a_length_that_the_file_writes_in_two_ways_is_said_in_hours():
    source = SourceFile("two.policy", "24 hours, 1 day, 0 hours, 12_000 seconds")
    assert [length(value, source) for value in (86_400, 0, 12_000)] == ["24 hours", "0 hours", "12,000 seconds"]


def test_the_text_of_a_rule_is_that_of_its_own_phases(policy):
    assert "if the prompt contains" in explained(policy, "TEXT-2")
    assert "if the text (the prompt or the tool's arguments) contains" in explained(policy, "TEXT-1")


SAYS = """language 1
policy says version "1"
  title "Says"
party us "Us Ltd"
role lead of us
section s "S"
  owner lead
  on tool input
rule ARGS-1 "a"
  when call.text contains any of "x"
  then deny
  then warn
rule SIDE-1 "s"
  when tool.side_effects is "irreversible"
  then warn
rule OR-1 "o"
  when call.model not in ["a", "b"] or call.attempt > 3
  then deny
"""


def test_a_sentence_agrees_with_itself():
    found = load_text("says.policy", SAYS, replace(builtin(), detectors=catalogue.NAMES)).policy
    assert found is not None
    said = explained(found, "ARGS-1")
    assert "if the text of the tool's arguments contains" in said
    assert "the call is refused; and a warning is given." in said
    side = explained(found, "SIDE-1")
    assert 'if the kind of side effects of the tool is "irreversible": the call goes on and a warning is given.' in side
    assert 'is neither "a" nor "b", or the number of this attempt is more than 3' in explained(found, "OR-1")
