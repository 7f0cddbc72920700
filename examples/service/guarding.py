"""The guard of the service: its policy, its trail, its stores. The rest of the service only uses it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from policykit.guard import Commitments, Guard, GuardOptions, Stores
from policykit.trail import Trail, load_signing_key

POLICY = Path(__file__).with_name("service.policy")
REQUIRED = ("openai chat.completions.create", "look_up", "refund")
"""Without these being guarded the service does not start."""


@contextmanager
def opened(state: Path) -> Iterator[Guard]:
    """Open the guard over a folder that outlives the process: key, trail, budgets, approvals, stops."""
    secret = bytes.fromhex(os.environ["SERVICE_SECRET"])
    key = load_signing_key(state / "trail.pem", "example.com/refund-desk")
    with (
        Trail.open(state / "trail", signer=key.note_signer()) as trail,
        Guard.load(
            os.environ.get("SERVICE_POLICY", POLICY),
            trail=trail,
            commitments=Commitments(secret=secret),  # the trail can prove a text, and never shows one
            stores=Stores.sqlite(state / "guard.db"),
            secret=secret,  # so that an approval outlives a restart
            context_facts=["principal.id", "call.team"],
            require=REQUIRED,
            options=GuardOptions(kill_switch=str(state / "STOP")),
        ) as guard,
    ):
        yield guard
