"""A text is a text in whatever class it comes; what may hold one and cannot be looked into is unknown."""

import datetime as dt
import enum
from collections import UserString
from dataclasses import dataclass
from decimal import Decimal

import pytest
from langchain_core.tools import tool
from pydantic import BaseModel

from policykit.errors import GuardError, PolicyViolation
from policykit.guard import TEXTS, Argument, Result
from policykit.guard.adapters.shared.values.own import own
from tests.unit.guard.guards import MAIL, guard_of

REDACT = "".join(
    f'rule PII-{number} "x"\n on {phase}\n when call.text contains any of pii.email\n then redact\n'
    for number, phase in enumerate(("request", "response", "tool input", "tool output"), 1)
)
ENTERING = REDACT.partition("rule PII-2")[0]


class Sly(str):
    """Says of itself what it is not."""

    __slots__ = ()

    def __str__(self):
        return "nothing"

    def __contains__(self, _item):
        return False

    def lower(self):
        return "nothing"


class Address(enum.StrEnum):
    ANN = MAIL


TEXT_CLASSES = [MAIL, Sly(MAIL), Address.ANN]
HIDDEN = [MAIL.encode(), bytearray(MAIL, "ascii"), UserString(MAIL), {MAIL}, frozenset({MAIL}), iter([MAIL])]


@dataclass
class Held:
    mail: str = MAIL


@pytest.mark.parametrize("text", TEXT_CLASSES, ids=["str", "sly", "enum"])
def test_every_class_of_text_is_changed(text):
    guard = guard_of(REDACT)
    named = guard.call({"call.text": "text"}, returns={"call.text": Result()})(lambda text: text)
    deep = guard.call({"call.text": Argument("text", TEXTS)}, returns={"call.text": Result(TEXTS)})(lambda text: text)
    assert named(text) == "[pii.email redacted]"
    assert deep({"to": [(text, 3)]}) == {"to": [("[pii.email redacted]", 3)]}
    assert guard.check({"call.text": text}, phase="request").text == "[pii.email redacted]"


@pytest.mark.parametrize("value", [*HIDDEN, Held()], ids=range(len(HIDDEN) + 1))
def test_what_cannot_be_looked_into_is_unknown_and_so_refused(value):
    deep = guard_of(ENTERING).call({"call.text": Argument("value", TEXTS)}, returns={})(lambda value: "passed on")
    with pytest.raises(PolicyViolation):
        deep(["hello", value])


def test_what_holds_no_text_stays_and_hinders_nothing():
    deep = guard_of(ENTERING).call({"call.text": Argument("value", TEXTS)}, returns={})(lambda value: value)
    value = [None, True, 7, 1.5, Decimal("1.50"), dt.datetime(2026, 5, 4, tzinfo=dt.UTC), {"on": "Monday"}]
    assert deep(value) == value


class Invoice(BaseModel, extra="allow"):
    number: str = "R-1"


def returning(value):
    @tool
    def ledger(key: str):
        """Look up."""
        del key
        return value

    return guard_of(REDACT).wrap(ledger)


@pytest.mark.parametrize("text", TEXT_CLASSES, ids=["str", "sly", "enum"])
def test_every_class_of_text_is_changed_in_what_a_tool_of_langchain_returns(text):
    assert returning(text).run({"key": "k"}) == "[pii.email redacted]"
    assert returning({"a": [text]}).run({"key": "k"}) == {"a": ["[pii.email redacted]"]}
    assert returning(Invoice(by=text)).run({"key": "k"}).by == "[pii.email redacted]"


def test_names_of_members_are_changed_in_what_a_tool_of_langchain_returns():
    assert returning({MAIL: 1, "b": 2}).run({"key": "k"}) == {"[pii.email redacted]": 1, "b": 2}


@pytest.mark.parametrize("value", [MAIL.encode(), {MAIL}, Held(), (MAIL,)], ids=["bytes", "set", "object", "tuple"])
def test_what_cannot_be_looked_into_inside_of_a_data_object_is_refused(value):
    with pytest.raises(PolicyViolation):
        returning(Invoice(by=value)).run({"key": "k"})


@pytest.mark.parametrize("value", [dt.date(2026, 5, 4), (1, 2), [], {"on": "Monday"}], ids=range(4))
def test_honest_members_of_a_data_object_are_passed_on(value):
    assert returning(Invoice(by=value)).run({"key": "k"}).by == value


def nested(levels):
    value = "x"
    for _ in range(levels):
        value = [value]
    return value


def test_arguments_as_deep_as_can_be_read_are_taken_and_deeper_ones_are_a_plain_error():
    assert own({"tree": nested(32)}, (), "here") == {"tree": nested(32)}
    itself = []
    itself.append(itself)
    for value in (nested(34), itself):
        with pytest.raises(GuardError) as caught:
            own({"tree": value}, (), "here")
        assert [each.code for each in caught.value.diagnostics] == ["PK369"]
