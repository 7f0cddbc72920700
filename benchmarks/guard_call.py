"""What the guard adds to a call: 20 rules with PII, a prompt of 2 KB, two records queued for a trail in each call.

- Over the bare call: the guarded and the bare function are called alternately; the difference of the medians.
- The guard's own time in each call: the whole less what the function itself took, once for calls without any wait
  between them and once for models that take a while, during which the interpreter is free for the writing thread. After
  a wait the processor's caches are cold, so that everything takes longer, with and without a trail.
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
BUSY_CALLS = 40_000
WAITING_CALLS = 2_000
WAITS_S = (0.0, 0.001, 0.01)
"""How long the model takes."""
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
    from policykit.trail import SigningKey, SyncMode, Trail, TrailOptions

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "speed.policy").write_text(policy_text())
        key = SigningKey.generate("bench")
        options = TrailOptions(sync=SyncMode.OS, state_directory=place / "state")
        with Trail.open(place / "trail", signer=key.note_signer(), options=options) as trail:
            secret = Commitments(secret=bytes(32))
            for name, used, commitments in (
                ("", trail, None),
                (", with commitments", trail, secret),
                (", without a trail", None, None),
            ):
                guard = Guard.load(
                    place / "speed.policy", trail=used, commitments=commitments, context_facts=["call.team"]
                )
                yield from _compared(guard, name)
                for wait_s in WAITS_S:
                    yield from _own_time(guard, name, wait_s)
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


def _own_time(guard: object, name: str, wait_s: float) -> Iterable[Result]:
    """Yield the median and the 99th percentile of what the guard itself takes in a call."""
    inside = 0

    def model(prompt: str, model: str) -> str:  # noqa: ARG001 - what a model's client takes
        nonlocal inside
        start = time.perf_counter_ns()
        if wait_s:
            time.sleep(wait_s)
        inside = time.perf_counter_ns() - start
        return "It comes on Monday."

    guarded = guard.call({"call.text": "prompt", "call.model": "model"})(model)  # type: ignore[attr-defined]
    times = []
    with guard.context(team="team-3"):  # type: ignore[attr-defined]
        for _ in range(WAITING_CALLS if wait_s else BUSY_CALLS):
            whole = _once(guarded)
            times.append(whole - inside)
    guard.flush()  # type: ignore[attr-defined]
    p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    after = f"model takes {wait_s * 1e3:g} ms" if wait_s else "no waits"
    yield Result(f"guard's own time, p50, {after}{name}", p50 / 1e3, "us")
    yield Result(f"guard's own time, p99, {after}{name}", p99 / 1e3, "us", p99 / p50, "its p50")


def _once(function: Callable[[str, str], str]) -> int:
    start = time.perf_counter_ns()
    function(PROMPT, "gpt-5-mini")
    return time.perf_counter_ns() - start
