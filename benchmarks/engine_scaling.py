"""Rules keyed by team, model and tool: the time of one decision as their number grows, and that of compiling."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

from benchmarks._harness import Result, compared
from policykit.engine import compile_policy
from policykit.language import checked as c
from policykit.vocabulary import COUNT, TEXT, Phase
from tests.strategies import policy_of

SIZES = (10, 100, 1_000, 10_000)
TYPES = {"call.team": TEXT, "call.model": TEXT, "call.tool": TEXT, "call.tokens": COUNT}
RECORDS = 500


def keyed_policy(count: int, seed: int = 3) -> c.CheckedPolicy:
    """Return a policy of rules that test the team, the model, the tool and a number."""
    chance = random.Random(seed)
    deny = (c.Effect("deny"),)
    rules = []
    for number in range(count):
        tests: list[c.Check] = [
            c.Compare("==", c.FactRead(name, TEXT), c.Constant(f"{name}-{chance.randint(1, 60)}", TEXT))
            for name in ("call.team", "call.model", "call.tool")
        ]
        limit = c.Constant(chance.randint(1_000, 9_000), COUNT)
        when = c.And((*tests, c.Compare(">", c.FactRead("call.tokens", COUNT), limit)))
        rules.append(
            c.Rule(
                id=f"K-{number}",
                title="",
                because="",
                section="",
                owner="",
                phases=frozenset({Phase.REQUEST}),
                when=when,
                then=deny,
                unknown=deny,
            )
        )
    return policy_of(tuple(rules), types=TYPES)


def measure() -> Iterator[Result]:
    """Yield the time of one decision for each number of rules."""
    deciders, seconds = {}, {}
    chance = random.Random(11)
    calls = [
        {name: f"{name}-{chance.randint(1, 60)}" for name in ("call.team", "call.model", "call.tool")}
        | {"call.tokens": chance.randint(1, 10_000)}
        for _ in range(RECORDS)
    ]
    for size in SIZES:
        checked = keyed_policy(size)
        start = time.process_time()
        deciders[f"{size:,} keyed rules"] = compile_policy(checked).decider("request")
        seconds[size] = time.process_time() - start
        for call in calls[:20]:
            expected = {rule.id for rule in checked.rules if _holds(rule, call)}
            assert set(deciders[f"{size:,} keyed rules"](call).matched) == expected
    base = f"{SIZES[0]} keyed rules"
    for name, timing in compared(deciders, dict.fromkeys(deciders, calls), base).items():
        yield Result(name, timing.microseconds, "us", timing.ratio, base)
    yield Result(f"compiling {SIZES[-1]:,} keyed rules", seconds[SIZES[-1]], "s")


def _holds(rule: c.Rule, call: dict[str, object]) -> bool:
    assert isinstance(rule.when, c.And)
    *keys, last = rule.when.items
    return all(call[k.left.name] == k.right.value for k in keys) and call["call.tokens"] > last.right.value
