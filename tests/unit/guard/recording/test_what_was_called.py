"""What records say of callables without a name of their own, and of what LangChain was given."""

from __future__ import annotations

import functools
import hashlib
import json

import pytest
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel

from policykit.guard.langchain import guarded_tool
from tests.unit.guard.guards import ListTrail, guard_of
from tests.unit.guard.provider_server import chunks, completion, serving
from tests.unit.guard.recording.test_members import decisions

pytestmark = [  # integrations keep their connections until Python ends
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

RULES = 'rule NO-1 "x"\n on request, tool input\n when call.text contains any of "forbidden"\n then deny\n'


def digest(arguments):
    text = json.dumps(arguments, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def summarise(text, style):
    return text


class Translator:
    def __call__(self, text):
        return text


@pytest.mark.parametrize(
    ("function", "name"),
    [
        (functools.partial(summarise, style="short"), "summarise"),
        (functools.partial(functools.partial(summarise), style="short"), "summarise"),
        (Translator(), "Translator"),
        (functools.partial(Translator()), "Translator"),
    ],
)
def test_a_callable_without_a_name_is_called_after_what_it_calls(function, name):
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    guard.call({"call.text": "text"})(function)("hello")
    assert [each["function"] for each in decisions(trail, guard)] == [name] * 2


@pytest.mark.parametrize("is_stream", [False, True])
def test_the_settings_of_a_langchain_model_are_on_record_as_they_are_sent(is_stream):
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    settings = {"temperature": 0.25, "seed": 11, "top_p": 0.5, "max_tokens": 90}
    with serving(chunks("hi") if is_stream else completion("hi")) as provider:
        bare = ChatOpenAI(
            model="m", base_url=provider.url, api_key="k", max_retries=0, model_kwargs={"user": "Ann Smith"}, **settings
        )
        model = guard.wrap(bare)
        assert list(model.stream("hello", seed=12)) if is_stream else model.invoke("hello", seed=12)
        sent = provider.last
    recorded = decisions(trail, guard)[0]["parameters"]
    assert recorded == {name: sent[name] for name in ("temperature", "seed", "top_p", "max_completion_tokens")}
    assert recorded["seed"] == 12


class Address(BaseModel):
    city: str
    zip: int = 0


@tool
def ledger(invoice: int, to: list[Address] | None = None, note: str = "none") -> str:
    """Look an invoice up."""
    return "paid"


@pytest.mark.parametrize(
    ("given", "got"),
    [
        ({"invoice": "7"}, {"invoice": 7, "to": None, "note": "none"}),
        ({"invoice": 7, "to": [{"city": "Ulm"}]}, {"invoice": 7, "to": [{"city": "Ulm", "zip": 0}], "note": "none"}),
    ],
)
def test_the_arguments_of_a_langchain_tool_are_digested_as_it_gets_them(given, got):
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    guarded_tool(guard, ledger).invoke(given)
    assert decisions(trail, guard)[0]["arguments"] == digest(got)


class Endless(BaseModel):
    city: str = "Ulm"

    def model_dump(self, **more):
        return {"more": [self, self]}


class Broken(Address):
    def model_dump(self, **more):
        raise LookupError("a text of a user")


@pytest.mark.parametrize(
    ("given", "got", "why"),
    [
        (Address(city="Ulm"), {"city": "Ulm", "zip": 0}, None),
        ({"to": (Address(city="Ulm"),)}, {"to": [{"city": "Ulm", "zip": 0}]}, None),
        (Endless(), None, "nested too deep"),
        (Broken(city="Ulm"), None, "not readable"),
        (Address, None, "not JSON"),
        (object(), None, "not JSON"),
    ],
)
def test_objects_of_pydantic_are_digested_in_their_json_form_and_never_stop_a_call(given, got, why):
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    pay = guard.tool("ledger", {"call.text": "note"})(lambda to, note="none": "paid")
    assert pay(given) == "paid"
    first = decisions(trail, guard)[0]
    assert first.get("arguments") == (None if why else digest({"to": got, "note": "none"}))
    assert first.get("arguments_left_out") == why
