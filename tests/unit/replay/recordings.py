"""Recordings for tests: a real guard that writes a real trail, with or without facts and a vault."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from policykit.engine.load import load
from policykit.errors import PolicyViolation
from policykit.guard import Commitments, Guard, GuardOptions, Mode, facts_to_record
from policykit.trail.format.keys import SigningKey
from policykit.trail.vault import Vault
from policykit.trail.write.append import Trail
from policykit.trail.write.options import SyncMode, TrailOptions

KEY = SigningKey.from_seed("example.com/claims", bytes(range(32)))
OTHER_KEY = SigningKey.from_seed("example.com/claims", bytes(range(1, 33)))
CARD = "4111 1111 1111 1111"

HEAD = """language 1
policy claims version "{version}"
  title    "Claims"
  timezone "UTC"
party supplier "Acme AI GmbH"
role duty of supplier
fact refund.amount : money EUR "the amount to be refunded"
"""

OLD = (
    HEAD.format(version="1.0.0")
    + """
rule MODEL-1 "Only approved models"
  on   request
  when call.model not in ["gpt-5-mini"]
  then deny "the model {call.model} is not approved"

rule PII-1 "Cards stay inside"
  on   request
  when call.text contains any of pii.card
  then redact

rule HUMAN-1 "Large refunds go to a person"
  on      request
  when    refund.amount > 500 EUR
  then    warn
  unknown allow

rule COUNT-1 "Not too many calls"
  on   request
  when count of calls today per call.team > 3
  then deny

rule GONE-1 "No purpose, no call"
  on   request
  when call.purpose is missing
  then warn
"""
)
NEW = (
    HEAD.format(version="1.1.0")
    + """
rule MODEL-1 "Only approved models"
  on   request
  when call.model not in ["gpt-5-mini", "claude-haiku-5"]
  then deny "the model {call.model} is not approved"

rule PII-1 "Cards stay inside"
  on   request
  when call.text contains any of pii.card
  then redact

rule HUMAN-1 "Large refunds go to a person"
  on      request
  when    refund.amount > 300 EUR
  then    warn
  unknown allow

rule COUNT-1 "Not too many calls"
  on   request
  when count of calls today per call.team > 3
  then deny

rule WORD-1 "No shouting"
  on   response
  when call.text contains any of "HEY"
  then warn
"""
)

CALLS = [
    {"prompt": "hello", "model": "gpt-5-mini", "amount": "10 EUR"},
    {"prompt": "hello", "model": "claude-haiku-5", "amount": "10 EUR"},
    {"prompt": "hello", "model": "gpt-5-mini", "amount": "400.01 EUR"},
    {"prompt": f"my card is {CARD}", "model": "gpt-5-mini", "amount": None},
    {"prompt": "one too many", "model": "gpt-5-mini", "amount": "10 EUR"},
]
"""Allowed; denied then and not now; warned now; redacted; one more than the window allows."""


@dataclass(frozen=True)
class Recording:
    """Where a test's files lie."""

    base: Path

    @property
    def trail(self) -> Path:
        return self.base / "trail"

    @property
    def vault(self) -> Path:
        return self.base / "vault"

    @property
    def old(self) -> Path:
        return self.base / "old.policy"

    @property
    def new(self) -> Path:
        return self.base / "new.policy"

    @property
    def segment(self) -> Path:
        return self.trail / "seg" / "000000.jsonl"


def record(base, *, facts=True, with_vault=False, mode=Mode.ENFORCE, calls=CALLS, rules=OLD) -> Recording:
    """Make calls through a guard that records them."""
    place = Recording(base)
    place.old.write_text(rules)
    place.new.write_text(NEW)
    policy = load(place.old)
    options = TrailOptions(sync=SyncMode.OS, state_directory=base / "state")
    settings = GuardOptions(recorded_facts=facts_to_record(policy) if facts else (), mode=mode)
    commitments = Commitments(vault=Vault(place.vault)) if with_vault else None
    with (
        Trail.open(place.trail, signer=KEY.note_signer(), options=options) as trail,
        Guard.of(
            policy, trail=trail, options=settings, commitments=commitments, context_facts=["call.team", "call.purpose"]
        ) as guard,
    ):
        bound = {"call.text": "prompt", "call.model": "model", "refund.amount": "amount"}

        @guard.call(bound, name="answer")
        def answer(prompt, model, amount):
            return "HEY there"

        guard.start()
        with guard.context(team="claims", purpose="triage"):
            for call in calls:
                try:
                    answer(**call)
                except PolicyViolation:
                    continue
    return place
