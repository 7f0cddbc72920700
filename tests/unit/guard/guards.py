"""Guards for tests: a policy from its rules, a trail that is a list, a clock that is set."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from policykit.engine.load import load
from policykit.guard import Guard
from policykit.trail.format.record import Record
from policykit.trail.write.options import Receipt

HEAD = """language 1
policy guarded version "1.0.0"
  title    "What the tests guard"
  timezone "UTC"
party supplier "Acme"
role duty, boss of supplier
gate canary "some customers"
gate launch "all customers"
tool ledger "the ledger"
fallback queue "people"
fallback second "the other model"
fact invoice.id : text "the invoice"
"""


class ListTrail:
    """A trail that keeps records in a list, and fails when it is told to."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.problem: Exception | None = None

    def append_all(self, records: Sequence[Record]) -> list[Receipt]:
        if self.problem is not None:
            raise self.problem
        self.records.extend(records)
        return [Receipt(True)] * len(records)

    def of_type(self, kind: str) -> list[str]:
        return [record.members for record in self.records if record.type == kind]


class SetClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.ns = 1_790_000_000 * 10**9

    def now_ns(self) -> int:
        return self.ns

    def monotonic_ns(self) -> int:
        return self.ns

    def move(self, seconds: float) -> None:
        self.ns += int(seconds * 10**9)


def policy_of(rules: str):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "guarded.policy"
        path.write_text(HEAD + rules, encoding="utf-8")
        return load(path, cache=False)


def guard_of(rules: str, **settings) -> Guard:
    policy = policy_of(rules)
    named = {"queue": lambda *_args, **_kwargs: "from the queue", "second": lambda *_args, **_kwargs: "from the second"}
    from policykit.guard.loading import used_fallbacks

    fallbacks = {name: named[name] for name in used_fallbacks(policy.outline)} | settings.pop("fallbacks", {})
    return Guard.of(policy, fallbacks=fallbacks, **settings)


CARD = "4111 1111 1111 1111"
MAIL = "ann@example.com"
