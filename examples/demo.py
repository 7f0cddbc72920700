"""What `make demo` runs: the example is judged before and after the work was done, then its calls are decided."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
EXAMPLE = HERE / "invoice-triage"
AT = (EXAMPLE / "instant.txt").read_text("utf-8").strip()
"""The instant at which the example is judged: evidence grows old, and the demo should not."""
STEPS: tuple[tuple[str, tuple[str, ...], int], ...] = (
    (
        "The pilot, as it was demonstrated, against the agreed definition: not ready, and what is left to do",
        ("check", "not-ready.yaml", "--at", AT),
        1,
    ),
    (
        "The same definition, the release that is meant to go live: ready",
        ("check", "--at", AT),
        0,
    ),
    (
        "Twelve calls against the rules of the example policy: what is done with each, and by which clause",
        ("decide", "invoice-triage.policy", "calls.jsonl"),
        1,
    ),
    (
        "Why one of them was stopped",
        ("decide", "invoice-triage.policy", "one-call.json", "--why"),
        1,
    ),
    (
        "One clause in plain English, as it stands in the statement of work",
        ("explain", "HUMAN-1", "invoice-triage.policy"),
        0,
    ),
)
"""Headline, arguments, and the exit code that the documentation promises."""


def show(headline: str, arguments: tuple[str, ...], expected: int) -> bool:
    """Run one command as a user would, in the example's folder; tell whether its exit code was the promised one."""
    print(f"\n# {headline}\n$ policykit {' '.join(arguments)}", flush=True)
    done = subprocess.run([sys.executable, "-m", "policykit", *arguments], cwd=EXAMPLE, check=False)
    if done.returncode != expected:
        print(f"demo: expected exit code {expected}, got {done.returncode}", file=sys.stderr)
    return done.returncode == expected


def main() -> int:
    """Run all steps; fail when one does not behave as documented."""
    as_promised = [show(*step) for step in STEPS]
    return 0 if all(as_promised) else 1


if __name__ == "__main__":
    sys.exit(main())
