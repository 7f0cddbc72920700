"""What the tests of the checker share: declarations that examples stand behind, packs, and a short way to check."""

from __future__ import annotations

from dataclasses import replace

from policykit.language.check import CheckResult, check
from policykit.language.packs import PackSource
from policykit.language.parse import parse
from policykit.source import SourceFile
from policykit.vocabulary.builtin import builtin

VOCABULARY = replace(
    builtin(), detectors={"pii.card": "card number", "pii.iban": "account number", "secret.key": "secret key"}
)

SETTING = """
language 1

policy reference version "1.0.0"
  title    "The declarations behind the examples"
  timezone "Europe/Berlin"

party supplier "Acme AI GmbH"
party customer "Northwind Ltd"

role evaluation_lead, run_owner of supplier
role business_owner, risk, security of customer
role claims_duty of customer "the person on duty in claims"

gate canary "the first call whose result reaches a customer"
gate launch "calls from all customers"

let large_refund = 500 EUR
let approved     = ["gpt-5-mini-2026-08-07", "claude-haiku-5-20260915"]

evidence golden  : evaluation from supplier "the run on the golden set"
evidence attacks : red_team   from supplier "the red-team run"

fact refund.amount   : money EUR "the amount to be refunded"
fact refund.action   : one of "pay", "query", "none" "what the assistant proposes"
fact invoice.id      : text "the invoice that the call is about"
fact end_customer.id : text "the customer whose invoice it is"

detector case_number "claim number" matches /NW-[0-9]{8}/
tool     ledger      "the customer's ledger"
fallback second_model "the same request to the second approved model"
fallback manual_queue "the claims team's own queue, staffed by the customer"


section reference "The examples"
  owner  run_owner
  before launch

requirement EVAL-1 "The golden set is large"
  shown by golden, no older than 30 days
  check    golden.cases >= 500

rule HUMAN-1 "Unsure refunds go to a person"
  on   response
  when refund.action is "pay" and call.confidence < 80%
  then ask claims_duty, answer within 4 hours, otherwise deny

"""

SPEED = """
language 1
pack speed version "1.0.0"
  title "Answers come in time"
parameter slowest : duration = 8 seconds "the slowest answer that is acceptable"
role run_owner "who runs the system"
gate launch "calls from all customers"
evidence load : load_test "measurements under load"

section speed "Speed"
  owner  run_owner
  before launch

requirement SPEED-1 "Answers come in time"
  shown by load, no older than 30 days
  check    load.latency_p95 <= slowest
"""

PACKS = {
    "speed": SPEED,
    "circle-one": 'language 1\npack circle-one version "1"\ninclude circle-two\n',
    "circle-two": 'language 1\npack circle-two version "1"\ninclude circle-one\n',
    "quota": """language 1
pack quota version "1"
parameter ceiling : count "how many calls a team may make"
rule QUOTA-1 "A team stays under its quota"
  on   request
  when count of calls over the last 1 day per call.team > ceiling
  then deny
""",
    "misnamed": SPEED.replace("pack speed", "pack sped"),
    "gated": SPEED.replace("pack speed", "pack gated").replace(
        "gate launch", 'gate launch "all"\ngate canary "some"\ngate later'
    ),
    "roled": SPEED.replace("pack speed", "pack roled").replace("run_owner", "operator"),
    "broken": SPEED.replace("pack speed", "pack broken").replace("load.latency_p95", "load.latncy_p95"),
}


class TextPacks:
    """Packs whose texts stand in the tests."""

    def __init__(self, texts: dict[str, str]) -> None:
        self.texts = texts

    def find(self, name: str) -> PackSource | None:
        if name not in self.texts:
            return None
        parsed = parse(SourceFile(f"packs/{name}.policy", self.texts[name].strip() + "\n"))
        return PackSource(name, parsed.tree, parsed.diagnostics)

    def names(self) -> tuple[str, ...]:
        return tuple(self.texts)

    def places(self) -> tuple[str, ...]:
        return ("packs",)


def checked(text: str, *, packs: dict[str, str] | None = None, **options) -> CheckResult:
    """Check a text that has no mistakes of syntax; a part of a policy is checked behind the setting."""
    whole = text if text.strip().startswith("language ") else SETTING + text
    parsed = parse(SourceFile("test.policy", whole.strip() + "\n"))
    assert parsed.diagnostics == (), [str(d) for d in parsed.diagnostics]
    return check(parsed.tree, VOCABULARY, packs=TextPacks(PACKS if packs is None else packs), **options)


def codes(text: str, **options) -> set[str]:
    """Return the codes that a text gives, without the warnings of unused words and unpinned packs."""
    return {d.code for d in checked(text, **options).diagnostics} - {"PK130", "PK412"}


def policy(text: str, **options):
    """Return the checked policy of a text without errors."""
    result = checked(text, **options)
    assert result.policy is not None, "\n".join(str(d) for d in result.diagnostics if d.is_error)
    return result.policy
