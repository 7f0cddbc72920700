"""The same guarded call through policykit and through its peers: one rule about a pattern, one about personal data.

Each peer runs in a process of its own, with an interpreter of its own, because their requirements exclude one another:
`python -m benchmarks.guard_peers --install` makes the environments. What a peer makes of a prompt that is denied, one
that holds an address and plain ones is checked before anything is timed; times of rounds are compared within a round.
Nothing here reaches a network: the peers' services are switched off or stand at a local port where nobody answers.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import ModuleType
from typing import Any, Self

from benchmarks._harness import Result, skipped

PEERS = ("agent_governance_toolkit", "obsvr", "openai_guardrails", "guardrails_ai", "invariant")
OURS = "policykit_guard"
TIMED = {"short": "170 characters", "long": "2 KB", "address": "2 KB with an e-mail address"}
BASE = "2 rules"
ROUNDS = 9
SECONDS_A_TURN = 0.04
MOST_CALLS = 500
ROOT = Path(__file__).parent.parent
ENVIRONMENTS = ROOT / ".venv-peers"


class Unfit(Exception):  # noqa: N818 - what it is
    """A peer that cannot be compared, and why."""


class Worker:
    """A process with one peer in it."""

    def __init__(self, module: str, variant: str, home: Path) -> None:
        """Start the process; wait until the peer is ready."""
        self.module, self.variant = module, variant
        self.calls: dict[str, int] = {}
        command = [str(interpreter(module)), "-m", "benchmarks._guard_peers._worker", module, variant]
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "TMPDIR": str(home)}
        self._errors = tempfile.TemporaryFile(mode="w+")  # noqa: SIM115 - closed in `__exit__`
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors,
        )  # fmt: skip
        self._received()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._errors.close()

    def answer(self, prompt: str) -> str:
        """Return what becomes of a prompt."""
        return str(self._asked({"ask": "answer", "prompt": prompt})["answer"])

    def microseconds(self, prompt: str) -> float:
        """Return the median time of a call, over about as many calls as fit in a turn."""
        calls = self.calls.get(prompt, 20)
        times = self._asked({"ask": "time", "prompt": prompt, "calls": calls})["ns"]
        self.calls[prompt] = max(15, min(MOST_CALLS, int(SECONDS_A_TURN * 1e9 / statistics.mean(times))))
        return statistics.median(times) / 1e3

    def _asked(self, request: Mapping[str, object]) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(request) + "\n")
        self._process.stdin.flush()
        return self._received()

    def _received(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if line:
            found: dict[str, Any] = json.loads(line)
            return found
        self._errors.seek(0)
        said = self._errors.read().strip().splitlines()
        raise Unfit(f"it does not run: {said[-1] if said else 'it said nothing'}")


def measure(peers: Sequence[str] = PEERS, rounds: int = ROUNDS) -> Iterator[Result]:
    """Yield the time of a call through policykit and through every peer that is installed.

    Args:
        peers: modules of `benchmarks._guard_peers`.
        rounds: how often; the first round is thrown away.
    """
    with ExitStack() as ending:
        home = Path(ending.enter_context(tempfile.TemporaryDirectory()))
        workers = [ending.enter_context(worker) for module in (OURS, *peers) for worker in _started(module, home)]
        if not workers or workers[0].module != OURS:
            return
        for prompt, label in TIMED.items():
            yield from _compared(workers, prompt, label, rounds)


def _compared(workers: Sequence[Worker], prompt: str, label: str, rounds: int) -> Iterator[Result]:
    times: dict[Worker, list[float]] = {worker: [] for worker in workers}
    order = list(workers)
    for _ in range(rounds + 1):
        for worker in order:
            times[worker].append(worker.microseconds(prompt))
        order.reverse()
    base = times[workers[0]][1:]
    for worker, all_of_it in times.items():
        found = all_of_it[1:]
        name = f"{worker.module}, {worker.variant}, {label}"
        if worker is workers[0]:
            yield Result(name, statistics.median(found), "us")
            continue
        ratio = statistics.median(one / other for one, other in zip(found, base, strict=True))
        yield Result(name, statistics.median(found), "us", ratio, f"policykit, {BASE}")


def _started(module: str, home: Path) -> Iterator[Worker]:
    """Yield a process for each way of calling a peer, or say why there is none."""
    peer = described(module)
    if not interpreter(module).exists():
        skipped(module, "not installed; `python -m benchmarks.guard_peers --install`")
        return
    if hasattr(peer, "SETTINGS_FILE"):
        name, text = peer.SETTINGS_FILE
        (home / name).write_text(text)
    for variant, doing in peer.VARIANTS.items():
        try:
            worker = Worker(module, variant, home)
            answers = _checked(worker)
        except (Unfit, OSError) as problem:
            skipped(f"{module}, {variant}", str(problem))
            continue
        print(f"  {module}, {variant}: {doing}; an address is {answers['address']}", file=sys.stderr)
        yield worker


def _checked(worker: Worker) -> dict[str, str]:
    """Return what became of each prompt.

    Raises:
        Unfit: it is not what the rules say.
    """
    answers = {prompt: worker.answer(prompt) for prompt in (*TIMED, "prohibited")}
    right = {"short": {"passed"}, "long": {"passed"}, "address": {"masked", "denied"}, "prohibited": {"denied"}}
    for prompt, wanted in right.items():
        if answers[prompt] not in wanted:
            worker.__exit__()
            raise Unfit(f"not comparable: the prompt `{prompt}` is {answers[prompt]}")
    return answers


def described(module: str) -> ModuleType:
    """Return the module that calls a peer; it imports the peer only when it makes a call."""
    return importlib.import_module(f"benchmarks._guard_peers.{module}")


def interpreter(module: str) -> Path:
    """Return the interpreter that has a peer."""
    return Path(sys.executable) if module == OURS else ENVIRONMENTS / module / "bin" / "python"


def lock(module: str) -> Path:
    """Return the lock file of a peer's environment; `make lock` renews it."""
    return ROOT / "requirements" / "peers" / f"{module}.txt"


def install(peers: Sequence[str] = PEERS) -> None:
    """Make the missing environments from their lock files; with `uv` if it is there, because it is quicker."""
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    for module in peers:
        target = interpreter(module)
        if target.exists():
            continue
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", ENVIRONMENTS / module], check=True)
        with_uv = [uv, "pip", "install", "--quiet", "--python", str(target)]
        with_pip = [sys.executable, "-m", "pip", "--quiet", "--python", str(target), "install"]
        locked = ["--require-hashes", "--requirement", str(lock(module))]
        done = subprocess.run([*(with_uv if uv else with_pip), *locked], check=False)
        if done.returncode:
            skipped(module, "it does not install")
            shutil.rmtree(ENVIRONMENTS / module)


def main(arguments: list[str] | None = None) -> int:
    """Install the peers if asked to, else measure; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.guard_peers")
    parser.add_argument("--install", action="store_true", help="make an environment for each peer")
    if parser.parse_args(arguments).install:
        install()
        return 0
    from benchmarks.__main__ import main as run

    return run(["guard_peers"])


if __name__ == "__main__":
    raise SystemExit(main())
