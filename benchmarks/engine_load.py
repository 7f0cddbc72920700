"""A file of 1,000 clauses: read to ready for the first decision, cold and from the cache, in this process.

The imports have happened before; `policykit.load` in a new process adds those of the parser only when it is cold.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks._harness import Result, seconds_of

CLAUSES = 1_000
_NEW_PROCESS = """
import sys, time
start = time.process_time()
import policykit
policykit.load(sys.argv[1]).decide({"job.team": "t1"})
print(time.process_time() - start)
"""


def policy_text(clauses: int = CLAUSES) -> str:
    """Return a policy with as many rules, of four shapes."""
    lines = ["language 1", 'policy large version "1.0.0"', 'party us "Us"', "role keeper of us"]
    for name, type_ in (("team", "text"), ("tokens", "count"), ("cost", "money EUR"), ("text", "text")):
        lines.append(f'fact job.{name} : {type_} "{name}"')
    shapes = (
        'job.team is "t{k}" and job.tokens > {k}',
        "job.tokens > {k} and job.cost > {k}.5 EUR",
        'job.team in ["a{k}", "b{k}"]',
        "job.text matches /NW-{k}[0-9]{{4}}/",
    )
    for k in range(1, clauses + 1):
        condition = shapes[k % 4 if k % 40 == 3 else k % 3].format(k=k)
        lines.append(f'rule L-{k} "rule {k}" owner keeper on request when {condition} then deny "no {{job.team}}"')
    return "\n".join(lines) + "\n"


def measure() -> Iterator[Result]:
    """Yield the CPU time of loading."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "large.policy")
        path.write_text(policy_text())
        before = {name: os.environ.get(name) for name in ("POLICYKIT_CACHE_DIR", "XDG_CONFIG_HOME")}
        os.environ |= {"POLICYKIT_CACHE_DIR": f"{folder}/cache", "XDG_CONFIG_HOME": f"{folder}/config"}
        try:
            yield from _measured(str(path))
        finally:
            for name, value in before.items():
                os.environ.pop(name, None)
                os.environ |= {} if value is None else {name: value}


def _measured(path: str) -> Iterator[Result]:
    import policykit

    facts = {"job.team": "t1", "job.tokens": 1, "job.cost": 1.0, "job.text": "hello"}
    policy = policykit.load(path)  # fills the cache
    cached = policykit.load(path)
    assert policy.decide(facts) == cached.decide(facts)
    assert policy.digest == cached.digest
    cold = seconds_of(lambda: policykit.load(path, cache=False).decider("request"), rounds=3)
    warm = seconds_of(lambda: policykit.load(path).decider("request"), rounds=9)
    label = f"{CLAUSES:,} clauses, ready to decide"
    yield Result(f"{label}, cold", cold * 1e3, "ms", cold / warm, "from the cache")
    yield Result(f"{label}, from the cache", warm * 1e3, "ms")
    fresh = _in_new_process(path)
    yield Result(f"{label} in a new process, from the cache", fresh * 1e3, "ms")


def _in_new_process(path: str) -> float:
    found = subprocess.run([sys.executable, "-c", _NEW_PROCESS, path], capture_output=True, text=True, check=True)
    return float(found.stdout)
