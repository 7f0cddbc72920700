"""How pydantic models become words of the language."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, ValidationError

from policykit.errors import PolicykitError, VocabularyError
from policykit.vocabulary import known as k
from policykit.vocabulary.builtin import builtin, extend
from policykit.vocabulary.evidence import kind_of, model_of
from policykit.vocabulary.known import Known
from policykit.vocabulary.model import Element, Evidence, OpenElement, fields_of
from policykit.vocabulary.types import COUNT, PERCENT, Kind, Money, Phase, money


class Action(StrEnum):
    PAY = "pay"
    QUERY = "query"


class Customer(BaseModel):
    id: Annotated[str, Known("customer whose invoice it is")]
    since: Annotated[date | None, Known("day since which they are a customer")] = None


class Refund(BaseModel):
    amount: Annotated[Decimal, k.amount("amount to be refunded", "EUR")]
    share: Annotated[float, k.percent("share of the invoice that is refunded")]
    action: Annotated[Action, Known("what the assistant proposes", phases=frozenset({Phase.RESPONSE}))]
    reason: Annotated[Literal["damaged", "late"] | None, Known("reason of the refund")] = None
    items: Annotated[list[str], Known("items of the refund")]
    weight: Annotated[Decimal, Field(ge=0, le=Decimal("31.5")), Known("weight of the parcel in kilograms")]
    waited: Annotated[timedelta, Known("time that the customer has waited")]
    asked_at: Annotated[datetime, Known("instant of the customer's question")]
    customer: Customer


def test_each_field_of_a_model_becomes_a_fact_with_its_type_and_words():
    fields = fields_of(Refund, "refund")
    assert {name: str(field.type) for name, field in fields.items()} == {
        "refund.amount": "money EUR",
        "refund.share": "percent",
        "refund.action": 'one of "pay", "query"',
        "refund.reason": 'one of "damaged", "late"',
        "refund.items": "list of text",
        "refund.weight": "number",
        "refund.waited": "duration",
        "refund.asked_at": "instant",
        "refund.customer.id": "text",
        "refund.customer.since": "date",
    }
    assert fields["refund.weight"].type.high == Decimal("31.5")
    assert fields["refund.action"].phases == {Phase.RESPONSE}
    assert fields["refund.amount"].words == "amount to be refunded"


def of(annotation: Any, name: str = "field") -> type[BaseModel]:
    return type("Broken", (BaseModel,), {"__annotations__": {name: annotation}, "__module__": __name__})


@pytest.mark.parametrize(
    ("annotation", "message"),
    [
        (Decimal, "needs one `Known`"),
        (Annotated[Decimal, Known("x"), Known("y")], "needs one `Known`"),
        (Annotated[Decimal, Known("")], "one short phrase"),
        (Annotated[Decimal, Known("the amount.")], "one short phrase"),
        (Annotated[Decimal, Known("x" * 121)], "one short phrase"),
        (Annotated[dict[str, str], Known("labels")], "no type"),
        (Annotated[Any, Known("anything")], "no type"),
        (Annotated[bytes, Known("picture")], "no type"),
        (Annotated[int | str, Known("either")], "no type"),
        (Annotated[list[dict[str, int]], Known("things")], "no type"),
        (Annotated[Literal[1, 2], Known("grade")], "no type"),
        (Annotated[str, Known("share", PERCENT)], "cannot hold"),
        (Annotated[float, Known("cases", COUNT)], "cannot hold"),
        (Annotated[bool, Known("price", money("EUR"))], "cannot hold"),
        (Annotated[Decimal, Field(gt=0), Known("amount")], "no meaning"),
        (Annotated[Decimal, Field(ge=0, multiple_of=5), Known("amount")], "no meaning"),
        (Annotated[str, Field(max_length=3), Known("code")], "no meaning"),
        (Annotated[str, Field(ge="a"), Known("code")], "no meaning"),
        (Annotated[Decimal, Field(ge=float("nan")), Known("amount")], "not exact"),
    ],
)
def test_what_the_language_cannot_have_is_an_error_where_it_is_defined(annotation, message):
    with pytest.raises(VocabularyError, match=message) as refused:
        fields_of(of(annotation), "x")
    assert isinstance(refused.value, PolicykitError)


def test_a_name_that_the_language_cannot_have_is_an_error():
    with pytest.raises(VocabularyError, match="not a name"):
        fields_of(of(Annotated[str, Known("x")], "camelCase"), "x")


def test_models_that_hold_themselves_are_an_error_and_no_endless_loop():
    class Node(BaseModel):
        next: "Node | None" = None

    Node.model_rebuild(_types_namespace={"Node": Node})
    with pytest.raises(VocabularyError, match="deep"):
        fields_of(Node, "node")


def test_a_vocabulary_grows_by_models_and_keeps_what_it_had():
    base = builtin()
    more = extend(base, facts={"refund": Refund})
    assert set(more.facts) - set(base.facts) == set(fields_of(Refund, "refund"))
    assert "refund.amount" not in builtin().facts
    with pytest.raises(VocabularyError, match="already"):
        extend(more, facts={"refund": Refund})
    with pytest.raises(VocabularyError, match="not a name"):
        extend(base, facts={"Refund": Refund})


class Stop(OpenElement):
    singular = "stop"
    name: Annotated[str | None, k.text("name of the stop")] = None


class Route(Evidence):
    """A planned route."""

    kind = "route"
    words = "the planned route"
    length: Annotated[k.Number, k.number("length in kilometres", low=0)] = None
    stops: tuple[Stop, ...] = ()


def test_a_kind_of_evidence_of_ones_own_can_be_added_once():
    more = extend(builtin(), evidence=[Route])
    assert more.evidence["route"].elements["stop"].open
    assert more.evidence["route"].elements["stop"].attribute == "stops"
    with pytest.raises(VocabularyError, match="already"):
        extend(more, evidence=[Route])


def test_a_kind_needs_a_name_and_elements_a_word_of_their_own():
    class Nameless(Evidence):
        words = "something"

    class Sliced(Element):
        singular = "slice"

    class Odd(Evidence):
        kind = "odd"
        words = "the odd one"
        slices: tuple[Sliced, ...] = ()

    for wrong in (Nameless, Odd):
        with pytest.raises(VocabularyError):
            kind_of(wrong)


def test_a_model_of_evidence_holds_canonical_values_whatever_it_is_built_from():
    run = model_of("evaluation").model_validate(
        {
            "cases": 500,
            "accuracy": "92%",
            "latency_p95": timedelta(milliseconds=250),
            "cost": {"amount": 3.5, "currency": "USD"},
            "case_results": [{"id": "a", "passed": True, "labels": {"end_customer.group": "retail"}}],
        }
    )
    assert run.values() == {
        "cases": 500,
        "accuracy": Decimal("0.92"),
        "latency_p95": Decimal("0.25"),
        "cost": Money(Decimal("3.5"), "USD"),
    }
    (case,) = run.elements()["case"]
    assert case.values() == {"id": "a", "passed": True, "end_customer.group": "retail"}


def test_evidence_survives_json_exactly():
    model = model_of("evaluation")
    run = model.model_validate({"accuracy": 2 / 3, "finished_at": "2027-03-31T06:00:00Z", "complete": True})
    assert model.model_validate_json(run.model_dump_json()) == run


@pytest.mark.parametrize(
    "wrong", [{"cases": -1}, {"cases": "many"}, {"accuracy": 92}, {"cost": 5}, {"casez": 5}, {"case_results": 3}]
)
def test_evidence_that_cannot_be_understood_is_refused_by_its_model(wrong):
    with pytest.raises(ValidationError):
        model_of("evaluation").model_validate(wrong)


def test_what_is_wrong_is_said_in_policy_words():
    with pytest.raises(ValidationError) as refused:
        model_of("evaluation").model_validate({"accuracy": 92})
    (error,) = refused.value.errors()
    assert error["msg"] == "expected a percent such as 95% or 0.95, between 0% and 100%, got `92`"


def test_a_label_cannot_stand_in_for_a_field():
    case = model_of("evaluation").model_validate({"case_results": [{"passed": False, "labels": {"passed": "yes"}}]})
    assert case.elements()["case"][0].values()["passed"] is False


def test_an_unknown_kind_is_refused_with_the_nearest():
    with pytest.raises(VocabularyError, match="did you mean `evaluation`"):
        model_of("evalution")


def test_a_numeric_kind_is_fitted_by_every_exact_form():
    assert fields_of(Route)["length"].type.kind is Kind.NUMBER
