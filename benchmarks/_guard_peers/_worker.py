"""The other end of `guard_peers`: a process with one peer in it that answers lines of JSON.

`{"ask": "answer", "prompt": NAME}` gives what became of a prompt; `{"ask": "time", "prompt": NAME, "calls": N}` gives
the nanoseconds of each of N calls. Run as `python -m benchmarks._guard_peers._worker MODULE VARIANT`.
"""

from __future__ import annotations

import asyncio
import importlib
import inspect
import json
import os
import sys
import time
from collections.abc import Iterable
from typing import Any

from benchmarks._guard_peers._task import ADDRESS, PROMPTS, Call, Model


def main(module: str, variant: str) -> None:
    """Answer until standard input ends."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a peer prints goes to standard error
    model = Model()
    call: Call = importlib.import_module(f"benchmarks._guard_peers.{module}").make(model, variant)
    loop = asyncio.new_event_loop()
    _reply(replies, {"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        prompt = PROMPTS[request["prompt"]]
        if request["ask"] == "time":
            _reply(replies, {"ns": _times(call, prompt, request["calls"], loop)})
        else:
            _reply(replies, {"answer": _answer(call, prompt, model, loop)})
    os._exit(0)  # threads of a peer may still try to reach its service


def _times(call: Any, prompt: str, calls: int, loop: asyncio.AbstractEventLoop) -> list[int]:
    if inspect.iscoroutinefunction(call):
        return loop.run_until_complete(_times_async(call, prompt, calls))
    clock = time.perf_counter_ns
    found = []
    for _ in range(calls):
        start = clock()
        try:  # noqa: SIM105 - costs nothing, `suppress` does
            call(prompt)
        except Exception:  # noqa: BLE001 - where the peer denies
            pass
        found.append(clock() - start)
    return found


async def _times_async(call: Any, prompt: str, calls: int) -> list[int]:
    clock = time.perf_counter_ns
    found = []
    for _ in range(calls):
        start = clock()
        try:  # noqa: SIM105 - as above
            await call(prompt)
        except Exception:  # noqa: BLE001 - as above
            pass
        found.append(clock() - start)
    return found


def _answer(call: Any, prompt: str, model: Model, loop: asyncio.AbstractEventLoop) -> str:
    """Return `denied`, `masked`, `passed`, or `leaked` where an address reached the function."""
    model.seen = None
    try:
        outcome = call(prompt)
        if inspect.isawaitable(outcome):
            loop.run_until_complete(outcome)
    except Exception as error:  # noqa: BLE001 - how a peer denies; a fault in the harness shows in the other answers
        return "denied" if model.seen is None else f"failed: {error!r}"
    if model.seen is None:
        return "failed: the function was not called"
    if model.seen == prompt:
        return "leaked" if ADDRESS in prompt else "passed"
    return "leaked" if ADDRESS in model.seen else "masked"


def _reply(replies: Any, message: dict[str, Any] | Iterable[int]) -> None:
    replies.write(json.dumps(message) + "\n")
    replies.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
