"""Memory over 1,000,000 guarded calls, with all that keeps something between calls.

That is a trail, sessions, windows with groups, and pseudonyms; every second call brings addresses that are new. What is
kept has bounds (values of a session, slots of a window, records that wait), so memory may grow until they are reached,
and not after.
"""

from __future__ import annotations

import gc
import os
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from benchmarks._harness import Result, skipped

CALLS = 1_000_000
FIRST = 100_000
"""Calls after which everything bounded is full."""
SESSIONS = 5_000
TEAMS = 50
POLICY = """language 1
policy memory version "1.0.0"
  title "What stays behind"
rule PII-1 "Addresses stay inside"
  on   request
  when call.text contains any of pii.email
  then pseudonymise
rule PII-2 "None leave"
  on   response
  when call.text contains any of pii.card
  then redact
rule LOAD-1 "A team has its share of the last moments"
  on   request
  when count of calls over the last 5 seconds per call.team > 1000000
  then deny
rule LOAD-2 "A session is not endless"
  on   request
  when count of calls per call.team > 100000000
  then deny
"""


def measure() -> Iterable[Result]:
    """Yield the resident memory on the way."""
    if not os.path.exists("/proc/self/statm"):
        skipped("guard_memory", "this system does not say how much memory a process has")
        return
    from policykit.guard import Commitments, Guard
    from policykit.trail import SigningKey, SyncMode, Trail, TrailOptions

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "memory.policy").write_text(POLICY, encoding="utf-8")
        signer = SigningKey.generate("bench").note_signer()
        options = TrailOptions(sync=SyncMode.OS, state_directory=place / "state")
        with Trail.open(place / "trail", signer=signer, options=options) as trail:
            commitments = Commitments(secret=bytes(32))
            guard = Guard.load(
                place / "memory.policy", trail=trail, commitments=commitments, context_facts=["call.team"]
            )
            yield from _grown(guard)
            guard.close()


def _grown(guard: object) -> Iterable[Result]:
    def model(prompt: str) -> str:
        return f"You wrote: {prompt}"

    guarded = guard.call({"call.text": "prompt"})(model)  # type: ignore[attr-defined]
    start = time.perf_counter()
    first = 0.0
    for number in range(1, CALLS + 1):
        team = f"team-{number % TEAMS}"
        if number % 2:
            with guard.context(team=team):  # type: ignore[attr-defined]
                answer = guarded(f"from a{number}@example.com to b{number}@example.com")
        else:
            session = f"session-{number // 2 % SESSIONS}"
            with guard.context(session=session, team=team):  # type: ignore[attr-defined]
                answer = guarded(f"from c{number % 50_000}@example.com")
        assert "@example.com" in answer
        if number in {FIRST, 2 * FIRST, CALLS // 2, CALLS}:
            guard.flush()  # type: ignore[attr-defined]
            gc.collect()
            now = _resident_mib()
            first = first or now
            yield Result(f"resident after {number:,} calls", now, "MiB", now / first, f"after {FIRST:,}")
    yield Result("a call in this mixture, with writing its records", (time.perf_counter() - start) / CALLS * 1e6, "us")


def _resident_mib() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
