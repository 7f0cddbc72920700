"""A service as an auditor finds it: two tools, a person who answers, a tool that fails, and a process that dies.

python auditor_app.py FOLDER
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from policykit.errors import PolicyViolation
from policykit.guard import Answer, Guard
from policykit.trail import SigningKey, Trail, TrailOptions

POLICY = """language 1
policy payments version "2.1.0"
  title "What the assistant may pay"
party acme "Acme"
role treasurer of acme
tool refund "gives a customer money back"
tool wire   "sends money anywhere"
rule HUMAN-1 "A person approves transfers"
  on   tool input
  when tool.name is "wire"
  then ask treasurer, answer within 1 second, otherwise deny
"""


def answered(request):
    """Say yes to Bob, no to Carl, and nothing to anybody else."""
    if request.maker not in {"bob", "carl"}:
        return None
    return Answer("ann", "treasurer", granted=request.maker == "bob", reason="seen the invoice")


def main(folder: Path) -> None:
    (folder / "payments.policy").write_text(POLICY, encoding="utf-8")
    key = SigningKey.from_seed("example.com/payments", bytes(range(32)))
    trail = Trail.open(
        folder / "trail", signer=key.note_signer(), options=TrailOptions(state_directory=folder / "state")
    )
    guard = Guard.load(
        folder / "payments.policy", trail=trail, approvers={"treasurer": answered}, context_facts=["principal.id"]
    )

    @guard.tool("refund", {})
    def refund(order: str, amount: str = "5 EUR") -> str:
        if order == "R-13":
            raise ConnectionError("the bank of Mr Smith does not answer")
        if order == "R-99":
            guard.flush()
            os._exit(9)
        return "done"

    @guard.tool("wire", {})
    def wire(to: str, amount: str) -> str:
        return "sent"

    for person, function, arguments in (
        ("dora", refund, ("R-1", "42 EUR")),
        ("bob", wire, ("ACME", "900 EUR")),
        ("carl", wire, ("EVIL", "900 EUR")),
        ("erna", wire, ("SLOW", "900 EUR")),
        ("dora", refund, ("R-13",)),
        ("dora", refund, ("R-99",)),
    ):
        with guard.context(principal=person), contextlib.suppress(PolicyViolation, ConnectionError):
            function(*arguments)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
