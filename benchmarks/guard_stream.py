"""Streams behind a redacting rule: throughput next to the same stream unguarded, and what is held back at first.

The client's stream comes from a local process over HTTP through the real OpenAI client; the plain one is a generator
that does nothing but yield, so it shows what the guard adds to a piece.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks import _provider
from benchmarks._harness import Result, skipped

PIECES = 2_000
ROUNDS = 9
MODEL = "gpt-5-mini"
PROMPT = "Where is my parcel?"
POLICIES = {
    "a card": "pii.card",
    "card, e-mail, phone": "pii.card, pii.email, pii.phone",
}


def policy_text(detectors: str) -> str:
    """Return a policy that redacts what is found in an answer."""
    return "\n".join(
        [
            "language 1",
            'policy stream version "1.0.0"',
            'rule PII-1 "None leave"',
            "  on   response",
            f"  when call.text contains any of {detectors}",
            "  then redact",
            "",
        ]
    )


def measure(pieces: int = PIECES, rounds: int = ROUNDS) -> Iterator[Result]:
    """Yield the figures.

    Args:
        pieces: chunks of one answer.
        rounds: how often; the first round is thrown away.
    """
    with tempfile.TemporaryDirectory() as folder:
        for label, detectors in POLICIES.items():
            path = Path(folder, "stream.policy")
            path.write_text(policy_text(detectors))
            yield from _generator(path, label, pieces, rounds)
            yield from _client(path, label, pieces, rounds)


def _generator(path: Path, label: str, count: int, rounds: int) -> Iterator[Result]:
    from policykit.guard import Guard

    said = _provider.pieces(count)
    asked = 0

    def bare(prompt: str) -> Iterator[str]:  # noqa: ARG001 - what a model's client takes
        nonlocal asked
        for piece in said:
            asked += len(piece)
            yield piece

    guard = Guard.load(path)
    guarded = guard.call({"call.text": "prompt"})(bare)
    assert "".join(guarded(PROMPT)) == "".join(said)
    times = _rounds({"bare": lambda: _drained(bare(PROMPT)), "guarded": lambda: _drained(guarded(PROMPT))}, rounds)
    over = (statistics.median(times["guarded"]) - statistics.median(times["bare"])) / count
    yield Result(f"generator, {label}: guarded over bare, a piece", over * 1e6, "us")
    asked = 0
    stream = guarded(PROMPT)
    held = -len(next(stream)) + asked
    stream.close()
    yield Result(f"generator, {label}: held back when the first leaves", held, "chars", held / _window(guard), "window")
    guard.close()


def _client(path: Path, label: str, count: int, rounds: int) -> Iterator[Result]:
    try:
        from openai import OpenAI
    except ImportError as error:
        skipped("the OpenAI client", f"not installed ({error})")
        return
    from policykit.guard import Guard

    with _serving(count) as port:
        guard = Guard.load(path)
        bare = OpenAI(api_key="local", base_url=f"http://127.0.0.1:{port}/v1", max_retries=0)
        clients = {"bare": bare, "guarded": guard.wrap(bare)}
        texts = {name: "".join(_texts(_asked(client))) for name, client in clients.items()}
        assert texts["bare"] == texts["guarded"] == "".join(_provider.pieces(count))
        times = _rounds(
            {name: lambda client=client: _drained(_asked(client)) for name, client in clients.items()}, rounds
        )
        speeds = {name: [count / seconds for seconds in some] for name, some in times.items()}
        yield Result(f"OpenAI client, {label}: unguarded", statistics.median(speeds["bare"]), "chunks/s")
        shares = [ours / other for ours, other in zip(speeds["guarded"], speeds["bare"], strict=True)]
        share = statistics.median(shares)
        yield Result(
            f"OpenAI client, {label}: guarded", statistics.median(speeds["guarded"]), "chunks/s", share, "unguarded"
        )
        bare.close()
        guard.close()


@contextmanager
def _serving(count: int) -> Iterator[int]:
    command = [sys.executable, "-m", "benchmarks._provider", str(count)]
    root = Path(__file__).parent.parent
    with subprocess.Popen(command, cwd=root, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        try:
            yield int(server.stdout.readline())
        finally:
            server.terminate()


def _asked(client: Any) -> Iterator[Any]:
    chunks: Iterator[Any] = client.chat.completions.create(
        model=MODEL, messages=[{"role": "user", "content": PROMPT}], stream=True
    )
    return chunks


def _texts(chunks: Iterator[Any]) -> Iterator[str]:
    return (choice.delta.content or "" for chunk in chunks for choice in chunk.choices)


def _drained(pieces: Iterator[Any]) -> None:
    for _ in pieces:
        pass


def _rounds(ways: dict[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    """Return the CPU seconds of each way in each round but the first, one after the other in each round."""
    times: dict[str, list[float]] = {name: [] for name in ways}
    order = list(ways)
    for _ in range(rounds + 1):
        for name in order:
            start = time.process_time()
            ways[name]()
            times[name].append(time.process_time() - start)
        order.reverse()
    return {name: some[1:] for name, some in times.items()}


def _window(guard: Any) -> int:
    """Return the characters that the guard computed it must hold back."""
    (plan,) = guard._plans.values()  # noqa: SLF001 - not public, as callers need not know
    width: int = plan.streaming.reach.width
    return width
