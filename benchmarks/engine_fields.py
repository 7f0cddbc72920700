"""14 rules over fields of a call of 28: hand-written Python, the compiled policy, and other engines.

All give the same decision on every record before anything is timed; the other engines only see records without missing
fields, because with missing ones they raise, or let the call through.
"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import _peers
from benchmarks import _workload as w
from benchmarks._harness import Result, compared
from policykit.engine import Policy, compile_policy, standard_vocabulary
from policykit.language import load_text

MISSING = 0.05
HAND = "hand-written Python"
OURS = "policykit"


def policy(text: str) -> Policy:
    """Return the compiled policy of a text."""
    loaded = load_text("<benchmark>", text, standard_vocabulary())
    assert loaded.policy is not None, [str(found) for found in loaded.diagnostics]
    return compile_policy(loaded.policy)


def measure() -> Iterator[Result]:
    """Yield the time of one decision by each engine."""
    ours = policy(_peers.policykit_text()).decider("request")
    some_missing, complete = w.records(missing=MISSING), w.records()
    for label, calls in (("complete", complete), ("5% with a missing field", some_missing)):
        dotted = [w.with_prefix(call) for call in calls]
        for facts in dotted:
            fired, unknown = w.hand_written(facts)
            decision = ours(facts)
            assert (set(decision.matched), set(decision.unknown)) == (set(fired), set(unknown)), facts
        times = compared({HAND: w.hand_written, OURS: ours}, {HAND: dotted, OURS: dotted}, HAND)
        for name, timing in times.items():
            yield Result(f"{name}, {label}", timing.microseconds, "us", timing.ratio, HAND)
    yield from _against_peers(ours, complete)


def _against_peers(ours: object, calls: list[w.Record]) -> Iterator[Result]:
    engines: dict[str, object] = {OURS: ours}
    forms: dict[str, list[object]] = {OURS: [w.with_prefix(call) for call in calls]}
    for peer in _peers.peers():
        forms[peer.name] = [peer.form(call) for call in calls]
        for call, form in zip(calls, forms[peer.name], strict=True):
            assert peer.fired(peer.decide(form)) == set(w.hand_written(w.with_prefix(call))[0]), (peer.name, call)
        engines[peer.name] = peer.decide
    for name, timing in compared(engines, forms, OURS, rounds=7).items():  # type: ignore[arg-type]
        if name != OURS:
            yield Result(name, timing.microseconds, "us", timing.ratio, OURS)
