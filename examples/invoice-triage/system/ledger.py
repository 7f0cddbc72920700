"""The customer's ledger and payment system, as the assistant sees them. In the example both live in one SQLite file."""

from __future__ import annotations

import sqlite3
from decimal import Decimal


class NotPermittedError(Exception):
    """The caller may not do this."""


class Ledger:
    """Orders, invoices and refunds; every call says who makes it."""

    def __init__(self, path: str) -> None:
        self._base = sqlite3.connect(path)
        self._base.execute("create table if not exists invoice (id text primary key, ordered text, invoiced text)")
        self._base.execute("create table if not exists refund (invoice text unique, amount text, payer text)")

    def add(self, invoice: str, ordered: Decimal, invoiced: Decimal) -> None:
        """Record an invoice beside its order."""
        self._base.execute("insert into invoice values (?, ?, ?)", (invoice, str(ordered), str(invoiced)))

    def amounts(self, invoice: str, token: str) -> tuple[Decimal, Decimal] | None:
        """Return what was ordered and what was invoiced, or None when the invoice is not known."""
        _require(token, "read")
        row = self._base.execute("select ordered, invoiced from invoice where id = ?", (invoice,)).fetchone()
        return (Decimal(row[0]), Decimal(row[1])) if row else None

    def pay(self, invoice: str, amount: Decimal, token: str) -> None:
        """Pay a refund; the same invoice is never refunded twice, and nothing above 5,000 EUR is paid by a machine."""
        _require(token, "pay")
        if amount > 5000:
            raise NotPermittedError("above the ceiling")
        self._base.execute("insert into refund values (?, ?, ?)", (invoice, str(amount), token))

    def paid(self, invoice: str) -> Decimal:
        """Return what was refunded for an invoice."""
        row = self._base.execute("select amount from refund where invoice = ?", (invoice,)).fetchone()
        return Decimal(row[0]) if row else Decimal(0)


def _require(token: str, right: str) -> None:
    if right not in token.rsplit(":", maxsplit=1)[-1].split(","):
        raise NotPermittedError(f"the token does not carry `{right}`")
