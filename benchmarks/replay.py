"""What replaying costs: calls a second from call records and from a verified trail, against bare `policy.decide`.

Memory is the peak of a process of its own over a tenth of the calls and over all of them: flat means the same.
"""

from __future__ import annotations

import json
import multiprocessing
import tempfile
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from benchmarks._harness import Result
from benchmarks.guard_call import RULES, policy_text

CALLS = 1_000_000
DECIDED = 200_000


def measure() -> Iterable[Result]:
    """Yield calls a second and peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "old.policy").write_text(policy_text())
        (place / "new.policy").write_text(policy_text().replace('"claude-haiku-5"', '"gpt-5"'))
        bare = _bare(place)
        yield Result(f"bare decide, {RULES} rules", 1 / bare, "/s")
        for kind, make in (("call records", _write_calls), ("trail", _write_trail)):
            for count in (CALLS // 10, CALLS):
                make(place, count)
                seconds, peak = _apart(place, kind)
                ratio = seconds / count / bare
                yield Result(
                    f"{kind}: {count:,} decisions replayed", count / seconds, "/s", ratio, "the time of decide"
                )
                yield Result(f"{kind}: {count:,} decisions, peak memory", peak, "MiB")


def _facts(number: int) -> dict[str, object]:
    model = "gpt-5-mini" if number % 10 else "claude-haiku-5"
    return {
        "call.model": model,
        "call.team": f"team-{number % 20}",
        "call.text": f"parcel {number % 100} of 14 November",
    }


def _bare(place: Path) -> float:
    """Return seconds a decision."""
    from policykit import load

    decide = load(place / "new.policy").decider("request")
    calls = [_facts(number) for number in range(DECIDED)]
    start = time.process_time()
    for facts in calls:
        decide(facts)
    return (time.process_time() - start) / DECIDED


def _write_calls(place: Path, count: int) -> None:
    from policykit import load

    decide = load(place / "old.policy").decider("request")
    with (place / "calls.jsonl").open("w") as file:
        for number in range(count):
            facts = _facts(number)
            decision = decide(facts)
            kept = {"effect": decision.effect.value, "matched": decision.matched, "unknown": decision.unknown}
            file.write(json.dumps({**facts, "decision": kept}) + "\n")


def _write_trail(place: Path, count: int) -> None:
    """Let a guard decide, and record what replaying needs."""
    import shutil

    from policykit import Guard, PolicyViolation
    from policykit.guard import GuardOptions
    from policykit.trail import SyncMode, Trail, TrailOptions

    for name in ("trail", "state"):
        shutil.rmtree(place / name, ignore_errors=True)
    written = TrailOptions(sync=SyncMode.OS, state_directory=place / "state", checkpoint_records=65_536)
    options = GuardOptions(recorded_facts=["call.model", "call.team"])
    with (
        Trail.open(place / "trail", signer=_key().note_signer(), options=written) as trail,
        Guard.load(place / "old.policy", trail=trail, options=options) as guard,
    ):
        for number in range(count):
            with suppress(PolicyViolation):
                guard.check(_facts(number))


def _key():
    from policykit.trail import SigningKey

    return SigningKey.from_seed("bench", bytes(32))


def _apart(place: Path, kind: str) -> tuple[float, float]:
    """Replay in a process of its own; return seconds of processor time, and MiB at the peak."""
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_replayed, args=(str(place), kind, sender))
    process.start()
    found = receiver.recv()
    process.join()
    return found


def _replayed(place: str, kind: str, sender: object) -> None:
    from policykit import load
    from policykit.replay import replay

    policy = load(f"{place}/new.policy")
    start = time.process_time()
    if kind == "trail":
        report = replay(policy, f"{place}/trail", keys=[_key().verifier])
    else:
        report = replay(policy, f"{place}/calls.jsonl")
    seconds = time.process_time() - start
    assert report.replayed
    assert report.changed
    status = Path("/proc/self/status").read_text()  # `ru_maxrss` would be that of the process before this one, too
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    sender.send((seconds, peak))  # type: ignore[attr-defined]
