"""Windows at runtime: what counts, for how long, and that parallel calls cannot overspend."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest

from policykit.errors import GuardError, PolicyViolation
from policykit.guard import GuardOptions, Stores
from policykit.vocabulary.types import Money
from tests.unit.guard.guards import ListTrail, SetClock, guard_of

COUNT = 'rule COUNT-1 "x"\n on request\n when count of calls {period} > 2\n then deny\n'


def chat(guard, **facts):
    @guard.call({"call.text": "prompt", **{f"call.{name}": name for name in facts}})
    def function(prompt="x", cost=None, team=None):
        return "fine"

    return function


def allowed(function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except PolicyViolation:
        return False
    return True


@pytest.mark.parametrize(
    ("period", "wait_s", "is_over"),
    [
        ("over the last 1 hour", 3599, False),
        ("over the last 1 hour", 3604, True),
        ("today", 86_400, True),
        ("this week", 7 * 86_400, True),
        ("this month", 31 * 86_400, True),
        ("per call.team", 10**7, False),
    ],
)
def test_a_call_counts_for_the_whole_of_its_period_and_no_longer(period, wait_s, is_over):
    clock = SetClock()
    function = chat(guard_of(COUNT.format(period=period), clock=clock), team="a")
    assert [allowed(function, team="a") for _ in range(3)] == [True, True, False]
    clock.move(wait_s)
    assert allowed(function, team="a") is is_over


def test_a_refused_call_does_not_count():
    clock = SetClock()
    guard = guard_of(COUNT.format(period="over the last 1 hour"), clock=clock)
    function = chat(guard)
    assert [allowed(function) for _ in range(10)] == [True, True] + [False] * 8
    clock.move(3700)
    assert [allowed(function) for _ in range(3)] == [True, True, False]


def test_groups_are_apart_and_a_call_without_its_group_is_unknown():
    function = chat(guard_of(COUNT.format(period="today per call.team")), team="a")
    assert [allowed(function, team=team) for team in "aabbab"] == [True] * 4 + [False] * 2
    assert not allowed(function, team=None)


def test_sums_are_exact_and_the_present_call_counts_at_its_estimate():
    rules = 'rule SPEND-1 "x"\n on request\n when sum of call.cost today > 0.30 EUR\n then deny\n'
    function = chat(guard_of(rules), cost=1)
    assert [allowed(function, cost=f"0.{cents} EUR") for cents in ("10", "10", "11", "10", "01")] == [
        True,
        True,
        False,
        True,
        False,
    ]


def test_a_cost_that_is_not_known_is_no_cost_of_nothing():
    rules = 'rule SPEND-1 "x"\n on request\n when sum of call.cost today > 0.30 EUR\n then deny\n'
    function = chat(guard_of(rules), cost=1)
    assert not allowed(function, cost=None)
    assert allowed(function, cost="0.10 EUR")
    assert not allowed(function, cost=None), "what others have spent does not say what this call costs"


def test_an_estimate_is_replaced_by_what_was_used():
    class Prices:
        def estimate(self, facts):
            return Money(5, "EUR")

        def settled(self, facts):
            return Money(1, "EUR")

    rules = 'rule SPEND-1 "x"\n on request\n when sum of call.cost today > 9 EUR\n then deny\n'
    function = chat(guard_of(rules, cost=Prices()))
    assert [allowed(function) for _ in range(6)] == [True] * 5 + [False]


def test_tools_are_counted_by_their_name():
    rules = 'rule TOOLS-1 "x"\n on tool input\n when count of calls to ledger per invoice.id > 2\n then deny\n'
    guard = guard_of(rules)

    @guard.tool("ledger", {"invoice.id": "invoice"})
    def look_up(invoice):
        return "found"

    assert [allowed(look_up, "i-1") for _ in range(3)] == [True, True, False]
    assert allowed(look_up, "i-2")
    with guard.context(session="other"):
        assert allowed(look_up, "i-1")


@pytest.mark.parametrize(
    ("statistic", "limit", "values", "outcome"),
    [
        ("max of call.cost", "5 EUR", [5, 1, 6, 1], [True, True, False, True]),
        ("mean of call.cost", "5 EUR", [4, 6, 6], [True, True, False]),
        ("p50 of call.cost", "5 EUR", [9, 1, 1, 9, 9], [False, True, True, True, True]),
    ],
)
def test_each_statistic_is_over_the_calls_with_the_present_one(statistic, limit, values, outcome):
    rules = f'rule STAT-1 "x"\n on request\n when {statistic} today > {limit}\n then deny\n'
    function = chat(guard_of(rules), cost=1)
    assert [allowed(function, cost=f"{value} EUR") for value in values] == outcome


def test_parallel_threads_never_exceed_a_budget():
    rules = 'rule SPEND-1 "x"\n on request\n when sum of call.cost today > 50 EUR\n then deny\n'
    function = chat(guard_of(rules), cost=1)
    with ThreadPoolExecutor(50) as pool:
        made = sum(pool.map(lambda _: allowed(function, cost="1 EUR"), range(200)))
    assert made == 50


def test_parallel_tasks_never_exceed_a_budget():
    guard = guard_of('rule COUNT-1 "x"\n on request\n when count of calls today > 50\n then deny\n')

    @guard.call({"call.text": "prompt"})
    async def function(prompt):
        await asyncio.sleep(0.001)
        return prompt

    async def all_of_them():
        found = await asyncio.gather(*(function("x") for _ in range(200)), return_exceptions=True)
        return sum(each == "x" for each in found)

    assert asyncio.run(all_of_them()) == 50


def test_a_cancelled_call_that_was_made_counts():
    guard = guard_of(COUNT.format(period="today"))

    @guard.call({"call.text": "prompt"})
    async def function(prompt):
        await asyncio.sleep(10)

    async def cancelled():
        task = asyncio.create_task(function("x"))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    for _ in range(2):
        asyncio.run(cancelled())
    assert not allowed(chat(guard))


def test_groups_beyond_the_limit_refuse_the_call_and_old_ones_make_room():
    clock = SetClock()
    rules = COUNT.format(period="over the last 1 hour per call.team")
    function = chat(guard_of(rules, clock=clock, stores=Stores.in_memory(max_groups=3)), team="a")
    assert [allowed(function, team=team) for team in "abcd"] == [True, True, True, False]
    clock.move(2 * 3600)
    assert allowed(function, team="d")


STOP = (
    'stop STOP-1 "x"\n when share of calls where call.outcome is "corrected" today > 15%, with at least 4 calls\n'
    " then pause all calls, tell duty\n resume by boss\n"
)


def test_a_stop_trips_on_what_is_reported_later_and_holds_until_it_is_lifted():
    trail = ListTrail()
    told = []
    guard = guard_of(
        STOP + 'rule ANY-1 "x"\n on request\n when call.text is "never"\n then deny\n',
        trail=trail,
        tell={"duty": told.append},
    )
    ids = []

    @guard.call({"call.text": "prompt"})
    def function(prompt="x"):
        return "fine"

    from policykit.guard.observer import Decided

    class Watcher:
        def decided(self, event: Decided):
            if event.phase == "request":
                ids.append(event.call_id)

    guard.core.observers = (Watcher(),)
    assert [allowed(function) for _ in range(4)] == [True] * 4
    guard.report(ids[0], {"call.outcome": "corrected"})
    assert not allowed(function)
    assert [stop.clause for stop in told] == ["STOP-1"]
    guard.resume("STOP-1", role="boss", by="Ann", reason="looked at")
    assert allowed(function)
    guard.flush()
    assert len(trail.of_type("stop_tripped")) == 1
    with pytest.raises(GuardError):
        guard.report("nobody-1", {"call.outcome": "corrected"})


def test_a_rollout_sends_a_stable_share_and_the_others_to_the_fallback():
    rules = 'rollout CANARY-1 "x"\n from canary until launch\n send 20% of calls by call.team, others use queue\n'
    rules += 'rule ANY-1 "x"\n on request\n when call.text is "never"\n then deny\n'
    guard = guard_of(rules, options=GuardOptions(stage="canary"))

    @guard.call({"call.text": "prompt", "call.team": "team"})
    def function(prompt, team):
        return "system"

    first = [function("x", f"t{number}") for number in range(500)]
    assert first == [function("y", f"t{number}") for number in range(500)]
    assert 60 < first.count("system") < 140
    assert set(first) == {"system", "from the queue"}
    assert function("x", None) == "from the queue"


def test_a_shadow_rollout_makes_the_call_records_it_and_withholds_the_answer():
    rules = 'rollout SHADOW-1 "x"\n shadow 100% of calls by call.team, others use queue\n'
    rules += 'rule ANY-1 "x"\n on request\n when call.text is "never"\n then deny\n'
    trail = ListTrail()
    guard = guard_of(rules, trail=trail)
    seen = []

    @guard.call({"call.text": "prompt", "call.team": "team"})
    def function(prompt, team):
        seen.append(prompt)
        return "system"

    assert function("x", "a") == "from the queue"
    assert seen == ["x"]
    guard.flush()
    assert any("withheld" in members for members in trail.of_type("decision"))


def test_a_rollout_with_gates_needs_the_stage():
    rules = 'rollout CANARY-1 "x"\n from canary until launch\n send 20% of calls by call.team, others use queue\n'
    with pytest.raises(GuardError) as caught:
        guard_of(rules)
    assert caught.value.diagnostics[0].code == "PK350"


def test_what_is_covered_is_recorded_and_a_missing_binding_keeps_the_guard_from_starting():
    trail = ListTrail()
    rules = 'rule TOOLS-1 "x"\n on tool input\n when count of calls to ledger today > 2\n then deny\n' + COUNT.format(
        period="today"
    )
    guard = guard_of(rules, trail=trail, require=["ledger"])
    chat(guard)
    with pytest.raises(GuardError) as caught:
        guard.start()
    assert caught.value.diagnostics[0].code == "PK355"
    guard.tool("ledger", {})(lambda: "found")
    coverage = guard.start()
    assert coverage.missing == ()
    assert set(coverage.acting) == {"TOOLS-1", "COUNT-1"}
    guard.flush()
    assert len(trail.of_type("coverage")) == 1


def test_a_checked_request_counts_at_its_estimate_whatever_its_checked_response_says():
    guard = guard_of('rule T-1 "x"\n on request\n when sum of call.output_tokens today > 5\n then deny\n')
    request = {"call.text": "x", "call.output_tokens": 2}
    for _ in range(2):
        guard.check(request)
        guard.check({"call.text": "y", "call.output_tokens": 100}, phase="response")
    with pytest.raises(PolicyViolation):
        guard.check(request)


def test_the_call_that_ended_last_can_be_named_for_what_is_learned_later():
    rules = 'stop S-1 "x"\n when share of calls where call.outcome is "corrected" over the last 7 days > 30%, with at least 1 calls\n'
    rules += "  then pause all calls\n  resume by duty\n"
    rules += 'rule ANY-1 "x"\n on request\n when call.text is "never"\n then deny\n'
    guard = guard_of(rules)

    @guard.tool("ledger", {})
    def look_up():
        return "paid"

    @guard.call({"call.text": "prompt"})
    def inner(prompt):
        return prompt

    @guard.call({"call.text": "prompt"})
    async def outer(prompt):
        look_up()
        inner(prompt)
        names.append(guard.last_call_id)
        return prompt

    async def several():
        async def one():
            await outer("x")
            return guard.last_call_id

        return await asyncio.gather(*(one() for _ in range(20)))

    names = []
    ids = asyncio.run(several())
    assert len({*ids, *names}) == 40, "each task knows its own call, and the outer one is not the inner one"
    look_up()
    guard_of(rules).call({"call.text": "prompt"})(lambda prompt: prompt)("x")
    assert guard.last_call_id == "", "the calls of other contexts and of other guards are not this one's"
    guard.report(ids[0], {"call.outcome": "corrected"})
