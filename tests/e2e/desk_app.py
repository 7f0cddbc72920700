"""The application of `docs/approvals.md`, run as `python desk_app.py FOLDER CALLS`: one refund after another.

For each line on standard input it makes a call and prints what came of it: `made`, or why it was refused.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

from policykit.errors import PolicyViolation
from policykit.guard import Guard, GuardOptions, Stores
from policykit.trail.format.keys import load_signing_key
from policykit.trail.write.append import Trail
from policykit.trail.write.options import TrailOptions

POLICY = """language 1

policy claims version "1.0.0"
  title    "Claims helper"
  timezone "Europe/Berlin"

party supplier "Acme AI GmbH"
role duty, boss of supplier
tool ledger "the ledger"
fact invoice.id : text "the invoice"
fact refund.amount : money EUR "the amount to be refunded"

section refunds "Refunds"
  owner boss

rule HUMAN-1 "Large refunds go to a person"
  because "a wrong refund cannot be called back"
  on      request
  when    refund.amount > 500 EUR
  then    ask duty, answer within 4 hours, otherwise deny
"""
SECRET = b"a secret of 32 bytes or more, kept"


def main(folder):
    root = Path(folder)
    key = load_signing_key(root / "trail.pem", "example.com/claims")
    options = TrailOptions(state_directory=root / "state")
    with (
        Trail.open(root / "trail", signer=key.note_signer(), options=options) as trail,
        Guard.load(
            root / "claims.policy",
            stores=Stores.sqlite(root / "guard.db"),
            secret=SECRET,
            trail=trail,
            context_facts=["principal.id"],
            options=GuardOptions(approval_poll_s=0.02),
        ) as guard,
    ):

        @guard.call({"call.text": "prompt", "refund.amount": "amount", "invoice.id": "invoice"}, name="refund")
        def refund(prompt, amount, invoice):
            return "made"

        print("ready", flush=True)  # noqa: T201 - how the test learns of it
        for line in sys.stdin:
            with guard.context(principal="u-17"):
                try:
                    said = refund("please refund invoice INV-77, thanks", line.strip(), "INV-77")
                except PolicyViolation as violation:
                    said = violation.reason
            guard.flush()
            print(said, flush=True)  # noqa: T201 - as above


if __name__ == "__main__":
    main(sys.argv[1])
