"""Errors, decisions and results survive `pickle` and `copy`; guards and clients say in plain words that they do not."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit import errors
from policykit.errors import GuardError, PolicyViolation, UnguardedError
from policykit.source import Diagnostic
from tests.unit.guard.guards import CARD, guard_of, policy_of

WAYS = (*(lambda value, n=n: pickle.loads(pickle.dumps(value, n)) for n in range(2, 6)), copy.copy, copy.deepcopy)
PUBLIC = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, errors.PolicykitError) and not kind.__name__.startswith("_")
]
RULES = (
    'rule A-1 "x"\n on request\n when call.text contains any of pii.card\n then deny "no {call.model}"\n'
    'rule A-2 "x"\n on request\n when call.team is "x" and call.text contains any of pii.email\n then redact\n'
    'rule A-3 "x"\n on request\n when call.temperature > 1.5\n'
    ' then ask duty, answer within 4 hours, otherwise deny "late"\n'
)


POLICY = policy_of(RULES)


def work(kind: str) -> str:
    """Run in another process: a refusal of a real decision."""
    guard = guard_of(RULES, context_facts=["call.team", "call.temperature", "call.model"])

    @guard.call({"call.text": "p"})
    def ask(p: str) -> str:
        return p

    with guard.context(team=kind, temperature=1, model="m"):
        return ask(CARD)


def made(kind: type) -> errors.PolicykitError:
    if issubclass(kind, errors._DiagnosticsError):
        return kind(
            [Diagnostic("PK340", "one", place="here", expected="a", got="b", help="c"), Diagnostic("PK341", "two")]
        )
    return kind("what happened")


@pytest.mark.parametrize("way", range(len(WAYS)))
@pytest.mark.parametrize("kind", PUBLIC, ids=lambda kind: kind.__name__)
def test_every_public_error_says_the_same_afterwards(kind, way):
    error = made(kind)
    error.add_note("a note")
    again = WAYS[way](error)
    assert type(again) is kind
    assert (str(again), again.args, vars(again)) == (str(error), error.args, vars(error))


@pytest.mark.parametrize("way", range(len(WAYS)))
@given(
    facts=st.fixed_dictionaries(
        {"call.text": st.sampled_from(["hi", CARD])},
        optional={
            "call.team": st.sampled_from(["x", "y", 7, object()]),
            "call.temperature": st.sampled_from([1, 2, "hot", lambda: 1]),
            "call.model": st.sampled_from(["m", 5, "n" * 400]),
        },
    )
)
def test_a_decision_is_equal_afterwards_and_says_the_same(way, facts):
    decision = POLICY.decide(facts, phase="request")
    again = WAYS[way](decision)
    assert again == decision
    assert hash(again) == hash(decision)
    assert again.to_dict() == decision.to_dict()
    assert [WAYS[way](each) for each in decision.obligations] == list(decision.obligations)
    assert WAYS[way](again) == again
    with pytest.raises(AttributeError):
        again.effect = "allow"


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_a_refusal_in_another_process_arrives_and_the_pool_lives(method):
    with ProcessPoolExecutor(1, mp_context=get_context(method)) as pool:
        with pytest.raises(PolicyViolation) as refused:
            pool.submit(work, "y").result(timeout=60)
        assert pool.submit(len, "abc").result(timeout=60) == 3
    error = refused.value
    assert (error.reason, error.phase, error.clauses) == ("deny", "request", ("A-1",))
    assert str(error) == "no m"
    assert error.decision.effect == "deny"
    assert error.decision.obligations[0].message == "no m"
    assert error.decision_id


def test_a_guard_and_a_guarded_client_cannot_be_pickled():
    guard = guard_of(RULES, context_facts=["call.team", "call.temperature"])
    client = guard.wrap(openai.OpenAI(api_key="k"))
    for value, words in ((guard, "load the policy in each process"), (client, "wrap the client in each process")):
        with pytest.raises(TypeError, match=words):
            pickle.dumps(value)
    with pytest.raises(TypeError, match="load the policy"):
        copy.deepcopy(guard)


def test_a_guarded_client_is_one_for_those_who_ask_and_shows_nothing_unguarded():
    bare = openai.OpenAI(api_key="k")
    guard = guard_of(RULES, context_facts=["call.team", "call.temperature"])
    client = guard.wrap(bare)
    assert isinstance(client, openai.OpenAI)
    assert not isinstance(client, openai.AsyncOpenAI)
    assert not hasattr(client, "embeddings")
    assert getattr(client, "embeddings", None) is None
    assert not hasattr(client, "no_such_thing")
    with pytest.raises(UnguardedError) as refused:
        _ = client.embeddings
    assert isinstance(refused.value, GuardError)
    assert refused.value.diagnostics[0].code == "PK357"
    assert {"chat", "responses", "with_options", "api_key"} <= set(dir(client))
    assert "embeddings" not in dir(client)
    assert client == client  # noqa: PLR0124 - that it is equal to itself is what is asked
    assert client != bare
    assert len({client, client}) == 1
    assert bool(client)
    assert repr(client) == "<guarded client>"
    assert not any(value is bare for value in vars(client).values())
    for made_again in (copy.copy(client), copy.deepcopy(client)):
        assert made_again.chat.completions.create is client.chat.completions.create
    with pytest.raises(UnguardedError):
        client.base_url = "https://elsewhere.example"
    with pytest.raises(GuardError):
        guard.wrap(client)  # it would count twice
    with client as entered:
        assert entered is client
