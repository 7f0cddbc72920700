"""From the start of Python to a guard that is ready, with its policy in the cache: 20 rules with PII.

Each stage is a process of its own, the stages taken in turn; what is reported is the median wall time over that of
`python -c pass`. Byte code is cached, as after any installation.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks._harness import Result
from benchmarks.guard_call import policy_text

ROUNDS = 20
_IMPORT = "import policykit"
_POLICY = "import sys, policykit\npolicy = policykit.load(sys.argv[1])"
_GUARD = """
import sys
from policykit.guard import Guard
guard = Guard.load(sys.argv[1], context_facts=["call.team"]{settings})
@guard.call({{"call.text": "prompt", "call.model": "model"}})
def answer(prompt, model):
    return "It comes on Monday."
"""
_CALL = """
with guard.context(team="team-3"):
    answer({prompt!r}, "gpt-5-mini")
"""
_TRAIL = """
import os, sys
from pathlib import Path
from policykit.trail import Trail
from policykit.trail import SigningKey
from policykit.trail import TrailOptions
folder = Path(sys.argv[2], str(os.getpid()))
folder.mkdir()
signer = SigningKey.generate("bench").note_signer()
trail = Trail.open(folder / "trail", signer=signer, options=TrailOptions(state_directory=folder / "state"))
"""
_READY = _GUARD.format(settings="")
_RECORDED = (
    _TRAIL
    + "from policykit.guard import Commitments\n"
    + _GUARD.format(settings=", trail=trail, commitments=Commitments(secret=bytes(32))")
)
STAGES = {
    "bare": "pass",
    "import policykit": _IMPORT,
    "to the policy": _POLICY,
    "to the guard, one function bound": _READY,
    "to the first call that is allowed": _READY + _CALL.format(prompt="When does it come? " * 100),
    "to the first call that is pseudonymised": _READY + _CALL.format(prompt="I am ann@example.com. " * 90),
    "a trail with a new key, no guard": _TRAIL,
    "to the guard with such a trail": _RECORDED,
    "to its first call that is allowed": _RECORDED + _CALL.format(prompt="When does it come? " * 100),
}


def measure() -> Iterator[Result]:
    """Yield what each stage takes over bare Python."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "speed.policy")
        path.write_text(policy_text(), encoding="utf-8")
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"} | {
            "POLICYKIT_CACHE_DIR": f"{folder}/cache",
            "XDG_CONFIG_HOME": f"{folder}/config",
        }
        times: dict[str, list[float]] = {name: [] for name in STAGES}
        for number in range(ROUNDS + 2):  # the first two fill the caches
            for name, source in STAGES.items():
                start = time.perf_counter()
                command = [sys.executable, "-c", source, str(path), folder]
                subprocess.run(command, env=environment, check=True)
                if number >= 2:
                    times[name].append(time.perf_counter() - start)
        bare = statistics.median(times.pop("bare"))
        for name, found in times.items():
            yield Result(f"{name}, over bare Python", (statistics.median(found) - bare) * 1e3, "ms")
