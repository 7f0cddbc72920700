"""What a guard hands out of a decision keeps nothing of the call that the policy's detectors find."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.errors import PolicyViolation
from tests.unit.guard.guards import CARD, MAIL, guard_of

RULES = (
    'rule A-1 "x"\n on request, response\n when call.text contains any of pii.card\n'
    ' then {effect} "no {{call.text}} for {{call.team}}"\n'
    'rule A-2 "x"\n on request, response\n when call.text contains any of pii.email and call.temperature > 1.5\n'
    " then redact\n"
)
SUPPLIED = ["call.team", "call.temperature"]
DENYING = guard_of(RULES.format(effect="deny"), context_facts=SUPPLIED)
WARNING = guard_of(RULES.format(effect="warn"), context_facts=SUPPLIED)
BEFORE = st.integers(0, 230).map("x ".__mul__)
"""Messages quote 200 characters: what is protected begins at every place around their end."""
SECRETS = (CARD, MAIL)
ODD = st.builds(lambda place, secret: "x" * place + f" {secret}", st.integers(0, 120), st.sampled_from(SECRETS)) | (
    st.sampled_from([1, MAIL, MAIL.encode(), [CARD]])
)
"""Temperatures that are not understood, which decisions quote too, and shorter."""


def kept(value: object) -> str:
    """Return everything that an object keeps, as it is pickled and shown."""
    return f"{pickle.dumps(value)!r} {copy.deepcopy(value)!r}"


def is_free_of_secrets(text: str) -> bool:
    """Whether nothing of a secret is there, not even its beginning."""
    return not any(secret[:6] in text for secret in SECRETS)


@given(before=BEFORE, secret=st.sampled_from(SECRETS), temperature=ODD)
def test_a_refusal_keeps_nothing_that_rules_protect(before, secret, temperature):
    with (
        pytest.raises(PolicyViolation) as caught,
        DENYING.context(team=f"{before}{secret} team", temperature=temperature),
    ):
        DENYING.check({"call.text": f"{before}{CARD} {secret}"})
    error = caught.value
    assert error.decision.obligations[0].message.startswith("no ")
    assert is_free_of_secrets(kept(error) + kept(error.decision) + str(error) + str(error.decision.to_dict()))


@given(before=BEFORE, secret=st.sampled_from(SECRETS), temperature=ODD)
def test_a_decision_that_lets_a_call_go_on_keeps_nothing_that_rules_protect(before, secret, temperature):
    with WARNING.context(team="t", temperature=temperature):
        found = WARNING.check({"call.text": f"{before}{CARD} {secret}"}).decision
    assert is_free_of_secrets(kept(found) + str(found.to_dict()))


def test_a_message_still_quotes_what_nothing_finds():
    with pytest.raises(PolicyViolation) as caught, DENYING.context(team="blue", temperature="hot"):
        DENYING.check({"call.text": f"pay {CARD}"})
    assert str(caught.value) == "no pay [pii.card redacted] for blue"
    assert caught.value.decision.obligations[0].message == str(caught.value)


def test_observers_are_told_nothing_that_rules_protect():
    class Listening:
        def decided(self, event):
            heard.append(kept(event.decision) + str(event.decision.to_dict()))

    heard = []
    guard = guard_of(RULES.format(effect="warn"), context_facts=SUPPLIED, observers=[Listening()])
    ask = guard.call({"call.text": "prompt"})(lambda prompt: prompt)
    with guard.context(team=MAIL, temperature=MAIL):
        ask(f"pay {CARD}")
    assert len(heard) == 2
    assert is_free_of_secrets("".join(heard))
