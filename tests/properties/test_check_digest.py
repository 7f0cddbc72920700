"""Laws of the digest: everything that binds changes it, nothing else does, and no field can be forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from decimal import Decimal
from enum import Enum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.language.digest import NOT_BINDING, UNORDERED, digest_of
from policykit.source import SourceFile
from policykit.vocabulary.fields import ElementKind, EvidenceKind, Field
from policykit.vocabulary.types import Phase
from tests.unit.language.check.kit import SETTING, SPEED, VOCABULARY, policy

HEAD, BODY = SETTING.strip().split("\nparty", 1)
DECLARATIONS = [f"{line}\n" for line in re.split(r"\n+(?=[a-z])", ("party" + BODY).split("\n\n\nsection")[0])]
GATES = "".join(line for line in DECLARATIONS if line.startswith("gate"))
MOVABLE = [line for line in DECLARATIONS if not line.startswith("gate")]
SECTIONS = [
    """section first "First"
  owner  run_owner
  before launch
  remedy by supplier within 10 days of notice: "run it again"

requirement REQ-1 "one"
  because  "so"
  shown by golden and attacks, attested, no older than 30 days
  before   canary and every 7 days after
  applies when golden.cases >= 5
  check    golden.accuracy >= 92% and attacks.attacks >= 300 and golden.cases is supplied and golden.finished_at >= 31 days ago

requirement REQ-2 "two"
  check every slice of golden by end_customer.group in ["a", "b"] has accuracy >= 92% and cases >= 60

requirement REQ-3 "three"
  check golden.accuracy >= golden.baseline_accuracy - 1 percentage point or (no case in golden has source "made up")

scorecard SCORE-1 "score"
  measure  golden.accuracy
  baseline 41%
  target   at least 70% by 2027-06-30
  report only
""",
    """section second "Second"
  owner risk

rule RULE-1 "one"
  on   request, tool input
  when call.text contains any of pii.card, case_number, "secret" and not (call.text contains all of "a", "b")
  then pseudonymise
  then warn "saw {call.model}"

rule RULE-2 "two"
  on      response
  when    refund.action is "pay" and (refund.amount > large_refund or call.confidence < 80%)
  then    ask claims_duty or security, answer within 4 hours, otherwise use second_model, otherwise manual_queue
  unknown ask

rule RULE-3 "three"
  on   tool input
  when count of calls to ledger per invoice.id > 3
    or sum of call.cost where (call.model in approved and call.team starts with "x") over the last 30 days per call.team > 5 EUR
  then deny "too much"

rule RULE-4 "four"
  on   failure
  then use second_model, otherwise manual_queue

rule RULE-5 "five"
  on   request
  when call.tools contains any of "a", "b" and call.model not in approved and call.model matches /x+/,
  with at least 5 calls
  then pause calls to ledger within 1 hour, tell run_owner, risk
""".replace(
        "call.model matches /x+/,\n  with at least 5 calls",
        'share of calls where call.outcome is "corrected" this week > 5%, with at least 5 calls',
    ),
    """rollout ROLL-1 "roll"
  from canary until launch
  send 5% of calls by end_customer.id, others use manual_queue, otherwise second_model

stop STOP-1 "stop"
  when   share of calls where call.outcome is "corrected" over the last 7 days > 15%, with at least 200 calls
  then   pause all calls within 1 hour, tell run_owner, business_owner
  resume by business_owner, risk
""",
]
ENDING = [
    'waive REQ-2 through 2027-03-31\n  because "so"\n  approved by risk, security\n',
    "sign-off for launch by at least 2 of run_owner, security, risk\n",
    "include speed with slowest = 7 seconds\n",
    "tighten speed/SPEED-1\n  no older than 7 days\n",
    'replace speed/SPEED-1\n  check load.latency_p95 <= 9 seconds\n  because "so"\n  approved by risk, security\n',
    'fact golden.politeness : percent between 1% and 99% "how polite"\n',
    'test "t"\n  given refund.action is "pay", call.confidence is 10%\n  expect RULE-2 asks claims_duty\n',
]


def text_of(movable: list[str], sections: list[str], ending: list[str]) -> str:
    # a clause without a section of its own must not come behind another one's defaults
    return "\n".join([HEAD, GATES, sections[-1], *movable, *ending, *sections[:-1]])


WHOLE = text_of(MOVABLE, SECTIONS, ENDING)
RICH = policy(WHOLE)


def digest(checked: Any) -> str:
    return digest_of(checked, VOCABULARY)


def test_the_digest_of_a_policy_is_taken_over_the_checked_policy():
    assert RICH.digest == digest(RICH)
    assert re.fullmatch("sha256:[0-9a-f]{64}", RICH.digest)


@given(st.permutations(MOVABLE), st.permutations(SECTIONS[:-1]), st.permutations(ENDING))
@settings(max_examples=10, deadline=None)
def test_the_order_of_statements_does_not_bind(movable, sections, ending):
    assert policy(text_of(movable, [*sections, SECTIONS[-1]], ending)).digest == RICH.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n", "\n\n  # a comment\n"),
        ('"one"', '"another title"'),
        ('because  "so"', 'because  "for another reason"'),
        ('title    "The declarations behind the examples"', 'title "Else"'),
        ('section first "First"', 'section another "Another"'),
        ("  owner  run_owner\n", "  owner\n\n   run_owner "),
        ("golden and attacks,", "attacks and golden,"),
        ('"a", "b"', '"b", "a"'),
        ("run_owner, security, risk\n", "risk, run_owner, security\n"),
        ("30 days", "720 hours"),
        ("92%", "92.0%"),
        ("large_refund", "big_refund"),
        ('refund.action is "pay" and (refund.amount > large_refund or call.confidence < 80%)', '(call.confidence < 80% or refund.amount > large_refund) and refund.action is "pay"'),
        ("refund.amount > large_refund", "large_refund < refund.amount"),
        ("> large_refund", "> 500.00 EUR"),
    ],
)  # fmt: skip
def test_what_does_not_bind_does_not_change_the_digest(old, new):
    assert old in WHOLE
    assert policy(WHOLE.replace(old, new)).digest == RICH.digest


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("let large_refund = 500 EUR", "let large_refund = 501 EUR"),
        ('gate canary "the first call', 'gate canary "the second call'),
        (GATES, "".join(reversed(GATES.splitlines(keepends=True)))),
        ('"the customer whose invoice it is"', '"somebody"'),
        ('"Acme AI GmbH"', '"Acme GmbH"'),
        ("/NW-[0-9]{8}/", "/NW-[0-9]{9}/"),
        ('"claim number"', '"case number"'),
        ("> 3", ">= 3"),
        ("use second_model, otherwise manual_queue\n\nrule RULE-5", "use manual_queue, otherwise second_model\n\nrule RULE-5"),
        ("Europe/Berlin", "Europe/Paris"),
        ('"1.0.0"', '"1.0.1"'),
        ("slowest = 7 seconds", "slowest = 6 seconds"),
        ('in ["a", "b"]', 'in ["a", "b", "c"]'),
    ],
)  # fmt: skip
def test_what_binds_changes_the_digest(old, new):
    assert old in WHOLE
    changed = WHOLE.replace(old, new)
    if old == GATES:
        changed = changed.replace("from canary until launch", "from launch until canary")
    assert policy(changed).digest != RICH.digest


# --- every field of every node, found by reflection, so that a new one cannot be forgotten ---------------------------

LEAVES = (ElementKind, EvidenceKind, Field, SourceFile)


def changed_value(value: Any) -> Any:
    """Return another value of the same kind."""
    match value:
        case bool():
            return not value
        case Enum():
            return next(member for member in type(value) if member is not value)
        case str():
            return value + "x"
        case int() | Decimal():
            return value + 1
        case None:
            return 1
        case tuple():
            return value[:-1] if value else ("x",)
        case frozenset():
            return value ^ {Phase.FAILURE}
        case ElementKind():
            return replace(value, singular=value.singular + "x")
        case EvidenceKind():
            return replace(value, name=value.name + "x")
        case Field():
            return replace(value, words=value.words + "x")
    raise AssertionError(type(value))


def mutants(node: Any, path: str = "") -> Iterator[tuple[str, tuple[str, str], Any]]:
    """Yield every way to change one field somewhere in a node: its path, its class and name, the changed node."""
    for field in fields(node):
        if not field.compare:
            continue
        value = getattr(node, field.name)
        here, key = f"{path}.{field.name}", (type(node).__name__, field.name)
        for inner_key, new in changes(value, here):
            yield here, inner_key or key, replace(node, **{field.name: new})


def changes(value: Any, path: str) -> Iterator[tuple[tuple[str, str] | None, Any]]:
    """Yield changes of a field's value; with the class and field when it lies deeper."""
    if is_dataclass(value) and not isinstance(value, LEAVES):
        for _, key, new in mutants(value, path):
            yield key, new
    elif isinstance(value, Mapping):
        if value:
            first = next(iter(value))
            yield None, {name: entry for name, entry in value.items() if name != first}
        for name, entry in value.items():
            for key, new in changes(entry, path):
                yield key, {**value, name: new}
    else:
        yield None, changed_value(value)
        for index, item in enumerate(value if type(value) is tuple else ()):
            if is_dataclass(item) and not isinstance(item, LEAVES):
                for _, key, new in mutants(item, path):
                    yield key, (*value[:index], new, *value[index + 1 :])


SLIM = replace(RICH, facts={name: fact for name, fact in RICH.facts.items() if name not in VOCABULARY.facts})
MUTANTS = list(mutants(SLIM))
BUILT_IN_WORDS = {("Pattern", "words")}
"""Of a built-in detector the words are the tool's; those of a declared one are mutated in the test above."""


def test_every_field_that_binds_changes_the_digest_and_no_other_does():
    base = digest(SLIM)
    assert base == RICH.digest, "built-in facts are no part of a contract"
    for path, key, mutant in MUTANTS:
        if key in BUILT_IN_WORDS:
            continue
        same = digest(mutant) == base
        assert same is (key in NOT_BINDING or _under_not_binding(path)), f"{path}: {key}"
    assert len(MUTANTS) > 800


def _under_not_binding(path: str) -> bool:
    return any(f".{name}." in f"{path}." for _, name in NOT_BINDING if name in ("tightened", "tests", "sections"))


def test_each_name_in_the_lists_is_a_field():
    seen = {(type(node).__name__, field.name) for node in nodes(SLIM) for field in fields(node)}
    for listed in (NOT_BINDING, UNORDERED):
        assert {key for key in listed if key not in seen} <= {("ContainsItem", "items")} - seen


def nodes(value: Any) -> Iterator[Any]:
    if is_dataclass(value) and not isinstance(value, SourceFile):
        yield value
        for field in fields(value):
            yield from nodes(getattr(value, field.name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from nodes(item)
    elif type(value) is tuple:
        for item in value:
            yield from nodes(item)


def turned(node: Any, wanted: tuple[str, str]) -> Any:
    """Return a node in which every list of this class and field stands the other way round."""
    if type(node) is tuple:
        return tuple(turned(item, wanted) for item in node)
    if isinstance(node, Mapping):
        return {name: turned(item, wanted) for name, item in node.items()}
    if not is_dataclass(node) or isinstance(node, LEAVES):
        return node
    new = {}
    for field in fields(node):
        value = turned(getattr(node, field.name), wanted)
        new[field.name] = value[::-1] if (type(node).__name__, field.name) == wanted else value
    return replace(node, **new)


@pytest.mark.parametrize("wanted", sorted(UNORDERED), ids=".".join)
def test_the_order_of_a_list_that_means_nothing_does_not_change_the_digest(wanted):
    assert digest(turned(SLIM, wanted)) == RICH.digest


def test_the_order_of_fallbacks_changes_the_digest():
    assert digest(turned(SLIM, ("Effect", "fallbacks"))) != RICH.digest


def test_a_new_built_in_fact_leaves_the_digests_of_old_contracts_alone():
    new = Field("call.novelty", VOCABULARY.facts["call.model"].type, "something new")
    wider = replace(VOCABULARY, facts={**VOCABULARY.facts, "call.novelty": new})
    assert digest_of(replace(RICH, facts={**RICH.facts, "call.novelty": new}), wider) == RICH.digest


def test_the_digest_of_a_known_text_never_changes():
    """The form is fixed: a change of this value breaks every lock file and every signed definition."""
    assert policy(SPEED).digest == GOLDEN


GOLDEN = "sha256:cb844d1770292dd862e8af61b33bf45e9b8c20a87f2e1a8121a7cef75f5b210b"
