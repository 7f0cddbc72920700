"""A guarded call in a process of its own, run as `python call_process.py STORE PROMPT [WITHIN]`; prints what came of it."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3]))

from policykit.errors import PolicyViolation
from policykit.guard import GuardOptions, Stores
from tests.unit.guard.guards import guard_of

SECRET = b"a secret that two processes share"


def main(store, prompt, within="1 hour"):
    """Ask a person, who answers through the store; the policy is another one for another time to answer."""
    rules = f'rule ASK-1 "x"\n on request\n then ask duty, answer within {within}, otherwise deny\n'
    guard = guard_of(rules, stores=Stores.sqlite(store), secret=SECRET, options=GuardOptions(approval_poll_s=0.02))

    @guard.call({"call.text": "prompt"})
    def answer(prompt):
        return "made"

    try:
        print(answer(prompt))  # noqa: T201 - how the parent learns of it
    except PolicyViolation as violation:
        print(violation.reason)  # noqa: T201 - as above


if __name__ == "__main__":
    main(*sys.argv[1:])
