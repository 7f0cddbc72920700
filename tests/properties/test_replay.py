"""Laws of replaying, for generated rules and calls, through the records that a guard writes."""

import tempfile
from pathlib import Path
from types import SimpleNamespace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policykit.engine.compile import compile_policy
from policykit.engine.scope import understood
from policykit.guard.recording.facts import RecordedFacts
from policykit.guard.recording.note import Note
from policykit.guard.recording.writer import RecordWriter
from policykit.replay import replay
from policykit.replay.judge import Judge
from policykit.replay.model import RecordedCall, State
from policykit.replay.records import RecordReader
from policykit.trail.entries.decisions import FunctionRef
from policykit.trail.format.merkle import leaf_hash
from policykit.trail.format.record import NO_PREVIOUS, encode_record, parse_record
from policykit.trail.write.options import Receipt
from policykit.vocabulary.call_texts import CALL_TEXTS
from tests.strategies import TYPES, policies, policy_of, raw_values, records, rule_sets

ROWS = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NAMES = tuple(name for name in TYPES if name not in CALL_TEXTS)


PLAN = SimpleNamespace(reference=FunctionRef("f"))


class Chain:
    """Records as the lines of one file."""

    def __init__(self):
        self.lines = []
        self._prev = NO_PREVIOUS

    def append_all(self, batch):
        for each in batch:
            line = encode_record(each, len(self.lines), self._prev, "2026-11-21T09:00:00.000000Z", 1, "b")
            self._prev = leaf_hash(line).hex()
            self.lines.append(line)
        return [Receipt(True)] * len(batch)


def written(policy, calls, names):
    """The lines that a guard writes about some calls."""
    chain = Chain()
    recorded = RecordedFacts(policy, names)
    writer = RecordWriter(policy, chain, None, frozenset(), recorded)
    for number, facts in enumerate(calls):
        decision = policy.decide(facts)
        note = Note(
            f"d{number}", "request", decision, decision.effect.value, (), "", None, None, None, None, "", "", None, False,
            recorded.picked("request", facts), PLAN, 0, None, "", "", None,
        )  # fmt: skip
        writer.write([note])
    return chain.lines


@ROWS
@given(rule_sets(), st.lists(records(), min_size=1, max_size=4))
def test_the_same_rules_on_a_recording_of_everything_change_nothing(rules, calls):
    types = {name: type_ for name, type_ in TYPES.items() if name not in CALL_TEXTS}
    policy = compile_policy(policy_of(rules, types=types | {"call.text": TYPES["call.text"]}))
    calls = [
        {name: value for name, value in call.items() if name != "call.text"} | {"call.text": None} for call in calls
    ]
    reads_text = "call.text" in policy.reads()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trail.jsonl"
        path.write_bytes(b"".join(line + b"\n" for line in written(policy, calls, NAMES)))
        report = replay(policy, path)
    assert (report.changed, report.problem_count, report.replayed) == (0, 0, len(calls))
    assert reads_text or report.untold == 0


@ROWS
@given(policies, records(), st.sets(st.sampled_from(NAMES)))
def test_what_is_told_of_a_partial_recording_is_what_was_decided(checked, facts, names):
    policy = compile_policy(checked)
    (line,) = written(policy, [facts], sorted(names) or ["call.flag"])
    call = RecordReader(None, frozenset()).call(parse_record(line))
    judge = Judge(policy)
    outcomes = judge.outcomes(call)
    then = dict(call.before.states)
    for clause, state in judge.states("request", outcomes).items():
        assert state in {then[clause], State.CANNOT_TELL}
    effect = judge.effect("request", outcomes, frozenset())
    assert effect in {call.before.effect, "cannot tell"}


@ROWS
@given(policies, records(), st.sets(st.sampled_from(sorted(TYPES))), st.data())
def test_what_is_told_holds_whatever_the_lost_facts_were(checked, facts, lost, data):
    policy = compile_policy(checked)
    judge = Judge(policy)
    known = {name: facts.get(name) for name in TYPES if name not in lost}
    told = judge.outcomes(RecordedCall("x", phase="request", facts=known))
    for _ in range(3):
        world = known | {name: data.draw(raw_values(TYPES[name])) for name in sorted(lost)}
        decision = policy.decide(world)
        assert set(told.matched) <= set(decision.matched)
        assert set(told.unknown) <= set(decision.unknown)
        assert {*decision.matched, *decision.unknown} <= {*told.matched, *told.unknown, *told.untold}
        effect = judge.effect("request", told, frozenset())
        assert effect in {decision.effect.value, "cannot tell"}


@ROWS
@given(st.sampled_from(NAMES), st.data())
def test_a_recorded_value_is_read_back_as_the_same_value(name, data):
    raw = data.draw(raw_values(TYPES[name]))
    policy = compile_policy(policy_of(()))
    recorded = RecordedFacts(policy, [name])
    facts, left_out = recorded.written("request", recorded.picked("request", {name: raw}))
    before = understood(raw, TYPES[name])
    if name in left_out:
        assert left_out[name] == "too long" or before.problem.startswith("not understood")
    else:
        assert understood(policy.facts(facts).get(name), TYPES[name]) == before
