"""Identifiers are text in requests; those that libraries and providers make are taken for nobody's number."""

import random
import string
import uuid

import pytest
from langchain_core.messages import AIMessage, HumanMessage, ToolMessage

from policykit.guard.adapters.langchain.messages import message_slots
from policykit.guard.adapters.shared.values.walk import slots
from policykit.guard.text.finding import finder
from policykit.guard.text.parts import joined
from tests.unit.guard.guards import CARD, guard_of

ALL = guard_of('rule ALL-1 "x"\n on request\n when call.text contains any of pii.any, secret.any\n then redact\n')
SOUGHT = finder(ALL.core.clauses.patterns("ALL-1")["call.text"])
HEX, LETTERS = "0123456789abcdef", string.ascii_letters + string.digits
CHANCE = random.Random(11)
EACH = 1_000


def some(letters, count):
    return "".join(CHANCE.choices(letters, k=count))


def a_uuid():
    return str(uuid.UUID(int=CHANCE.getrandbits(128), version=4))


FORMS = {
    "call": lambda: f"call_{some(LETTERS, 24)}",
    "message": lambda: f"msg_{some(HEX, 48)}",
    "reasoning": lambda: f"rs_{some(HEX, 50)}",
    "completion": lambda: f"chatcmpl-{some(LETTERS, 29)}",
    "tool use": lambda: f"toolu_01{some(LETTERS, 22)}",
    "nine letters": lambda: some(LETTERS, 9),
    "uuid": a_uuid,
    "run": lambda: f"run--{a_uuid()}-0",
    "run of today": lambda: f"lc_run--{a_uuid()}",
}


def request_of(name):
    return {
        "input": [
            {"type": "function_call", "id": name, "call_id": name, "name": "ledger", "arguments": "{}"},
            {"type": "function_call_output", "call_id": name, "output": "paid"},
        ],
        "messages": [{"role": "tool", "tool_call_id": name, "content": "paid"}],
    }


@pytest.mark.parametrize("form", FORMS)
def test_no_identifier_that_is_made_by_chance_is_taken_for_a_number_of_somebody(form):
    hits = []
    for _ in range(EACH):
        name = FORMS[form]()
        said = joined([each.text for each in slots(request_of(name), is_request=True)])
        messages = [AIMessage("", id=name), HumanMessage("paid", id=name), ToolMessage("paid", tool_call_id=name)]
        said += joined([each.text for each in message_slots(messages, is_request=True)])
        hits += [(name, each.label) for each in SOUGHT.found(said)]
    assert hits == []


@pytest.mark.parametrize(
    "name", [f"call_{CARD.replace(' ', '-')}", CARD, f"run--{CARD}", f"{a_uuid()} {CARD}"], ids=range(4)
)
def test_an_identifier_that_somebody_wrote_is_searched(name):
    texts = [each.text for each in slots(request_of(name), is_request=True)]
    assert texts.count(name) == 4
    assert "pii.card" in {each.label for each in SOUGHT.found(name)}


def test_a_uuid_is_exempt_in_an_identifier_only():
    found = a_uuid()
    value = {"id": found, "call_id": found, "traceId": found, "note": found, "idea": found, "grid": found}
    assert [each.key for each in slots(value, is_request=True)] == ["note", "idea", "grid"]
