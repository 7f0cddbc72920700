"""Rules written by hand, for the unit tests of the engine."""

from __future__ import annotations

from policykit.engine.compile import compile_policy
from policykit.language import checked as c
from policykit.vocabulary.types import COUNT, NUMBER, TEXT, Phase, money
from tests.strategies import policy_of

TYPES = {"call.team": TEXT, "call.model": TEXT, "call.cost": money("EUR"), "call.calls": COUNT, "call.score": NUMBER}
DENY = c.Effect("deny", message="{call.team} may not spend {call.cost}")


def fact(name):
    return c.FactRead(name, TYPES[name])


def over(limit):
    return c.Compare(">", fact("call.cost"), c.Constant(limit, money("EUR")))


def rule(id_, when, *then, unknown=None, phases=(Phase.REQUEST,), at_least=None):
    return c.Rule(
        id=id_,
        title=f"title of {id_}",
        because="",
        section="",
        owners=(),
        phases=frozenset(phases),
        when=when,
        then=then or (DENY,),
        unknown=(then or (DENY,)) if unknown is None else unknown,
        at_least_calls=at_least,
    )


def policy(*rules, stops=()):
    return compile_policy(policy_of(rules, stops, TYPES))


WINDOW = c.WindowRead(
    "sum of call.cost over the last 1 day", "sum", fact("call.cost"), None, None, 86_400, None, None, money("EUR")
)
CALLS = "count of calls over the last 1 day"


def spent(limit):
    return c.Compare(">", WINDOW, c.Constant(limit, money("EUR")))
