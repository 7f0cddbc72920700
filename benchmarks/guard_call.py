"""What the guard adds to a call: 20 rules with PII, a prompt of 2 KB, records queued for a trail with commitments.

The guarded and the bare function are called alternately, and the difference of the medians is reported.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks._harness import Result

RULES = 20
CALLS = 4_000
PROMPT = (
    "The customer asks when the parcel of 14 November will come, and whether it can be left with a neighbour. " * 20
)[:2048]


def policy_text(rules: int = RULES) -> str:
    """Return a policy with rules of the kinds that applications have."""
    lines = [
        "language 1",
        'policy speed version "1.0.0"',
        '  title "What the guard costs"',
        'rule PII-1 "Card and account numbers stay inside"',
        "  on   request",
        "  when call.text contains any of pii.card, pii.iban, pii.email, pii.phone, pii.us_ssn",
        "  then pseudonymise",
        'rule PII-2 "None leave"',
        "  on   response",
        "  when call.text contains any of pii.card, pii.iban, pii.email",
        "  then redact",
        'rule MODEL-1 "Only approved models"',
        "  on   request",
        '  when call.model not in ["gpt-5-mini", "claude-haiku-5"]',
        '  then deny "not approved"',
    ]
    for number in range(rules - 3):
        lines += [
            f'rule TEAM-{number + 1} "A team keeps to its models"',
            "  on   request",
            f'  when call.team is "team-{number}" and call.model is not "gpt-5-mini"',
            "  then deny",
        ]
    return "\n".join(lines) + "\n"


def measure() -> Iterable[Result]:
    """Yield what a guarded call costs over a bare one."""
    from policykit.guard import Commitments, Guard
    from policykit.trail.append import Trail
    from policykit.trail.keys import SigningKey
    from policykit.trail.options import SyncMode, TrailOptions

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "speed.policy").write_text(policy_text())
        key = SigningKey.generate("bench")
        options = TrailOptions(sync=SyncMode.OS, state_directory=place / "state")
        with Trail.open(place / "trail", signer=key.note_signer(), options=options) as trail:
            for name, commitments in (("", None), (", with commitments", Commitments(secret=bytes(32)))):
                guard = Guard.load(
                    place / "speed.policy", trail=trail, commitments=commitments, context_facts=["call.team"]
                )
                yield from _compared(guard, name)
                guard.close()


def _compared(guard: object, name: str) -> Iterable[Result]:
    def bare(prompt: str, model: str) -> str:  # noqa: ARG001 - what a model's client takes
        return "It comes on Monday."

    guarded = guard.call({"call.text": "prompt", "call.model": "model"})(bare)  # type: ignore[attr-defined]
    with guard.context(team="team-3"):  # type: ignore[attr-defined]
        for _ in range(300):
            guarded(PROMPT, "gpt-5-mini")
        times = {"bare": [], "guarded": []}
        for _ in range(CALLS):
            times["bare"].append(_once(bare))
            times["guarded"].append(_once(guarded))
    over = statistics.median(times["guarded"]) - statistics.median(times["bare"])
    yield Result(f"guarded over bare call, p50, {RULES} rules, 2 KB{name}", over / 1e3, "us")
    p99 = statistics.quantiles(times["guarded"], n=100)[98]
    yield Result(f"guarded call, p99{name}", p99 / 1e3, "us", p99 / statistics.median(times["guarded"]), "its p50")


def _once(function: Callable[[str, str], str]) -> int:
    start = time.perf_counter_ns()
    function(PROMPT, "gpt-5-mini")
    return time.perf_counter_ns() - start
