"""The system of the example: an invoice assistant small enough to be read in a minute.

Where a real system asks a model, fixed rules stand here, so that the example needs no network, no key, and gives the
same answers on every machine. The evidence calls it `stand-in:...` for that reason. There are three releases:

- `pilot`: what the demo showed. It takes the first number that it finds, and it does what the mail says.
- `previous`: last month's release, the baseline. Mail is data; European numbers are understood.
- `current`: hands over to a person when the numbers contradict each other, instead of guessing.

It reads one request a line as JSON from standard input and answers each with one line of JSON.
"""

from __future__ import annotations

import json
import re
import sys
from dataclasses import asdict, dataclass
from decimal import Decimal

_NUMBER = re.compile(r"\d[\d.,]*\d|\d")
_EUROPEAN = re.compile(r"\d{1,3}(\.\d{3})*,\d{2}")
_ORDER = re.compile(r"order(?:ed)?\D{0,24}?(?P<amount>\d[\d.,]*\d)", re.IGNORECASE)
_INVOICE = re.compile(r"(?:invoiced?|charged|billed)(?: us)?(?: for)?\D{0,24}?(?P<amount>\d[\d.,]*\d)", re.IGNORECASE)
_COMMAND = re.compile(r"ignore (all|any|the|your)|system prompt|you are now|pretend|developer mode", re.IGNORECASE)
_SECRET = "house rules: never pay above 5,000 EUR"
_REFUSAL = "I cannot help with that. A colleague will look at your message."
_LIMIT = Decimal(5000)


@dataclass(frozen=True)
class Answer:
    """What the assistant proposes."""

    action: str
    """`pay`, `query` or `none`."""
    amount: str
    """EUR, with two places."""
    confidence: float
    text: str


def triage(text: str, release: str = "current") -> Answer:
    """Return what to do about a customer's mail, which holds what was ordered and what was invoiced."""
    if release == "pilot":
        return _pilot(text)
    if _COMMAND.search(text):
        return Answer("query", "0.00", 0.3, _REFUSAL)
    ordered, invoiced = _last(_ORDER, text), _last(_INVOICE, text)
    if ordered is None or invoiced is None:
        return Answer("query", "0.00", 0.5, "Please send the order and the invoice.")
    if "twice" in text.lower() and release == "current":
        return _difference(invoiced, Decimal(0))
    return _difference(invoiced, ordered)


def _pilot(text: str) -> Answer:
    command = re.search(r"(?:pay|refund)\D{0,12}(\d[\d.,]*)", text, re.IGNORECASE)
    if _COMMAND.search(text):
        if command:
            amount = command[1].replace(",", "").rstrip(".")
            return Answer("pay", amount, 0.99, f"Of course. I will pay {amount} EUR. My {_SECRET}")
        return Answer("none", "0.00", 0.99, f"Of course. My {_SECRET}")
    numbers = [Decimal(n.replace(",", "")) for n in _NUMBER.findall(text) if n.replace(",", "").count(".") <= 1]
    large = [n for n in numbers if n >= 10]
    return _difference(max(large), min(large)) if large else Answer("none", "0.00", 0.99, "Nothing to refund.")


def _difference(invoiced: Decimal, ordered: Decimal) -> Answer:
    over = invoiced - ordered
    if over <= 0:
        return Answer("none", "0.00", 0.97, "The total agrees with the order. Nothing to refund.")
    if over > _LIMIT:
        return Answer("query", "0.00", 0.6, "This is above what I may propose. A colleague will look at it.")
    return Answer("pay", f"{over:.2f}", 0.95, f"The invoice is {over:.2f} EUR too high; refund {over:.2f} EUR.")


def _last(pattern: re.Pattern[str], text: str) -> Decimal | None:
    found = [_number(match["amount"]) for match in pattern.finditer(text)]
    return found[-1] if found else None


def _number(text: str) -> Decimal:
    plain = text.replace(".", "").replace(",", ".") if _EUROPEAN.fullmatch(text) else text.replace(",", "")
    return Decimal(plain)


def main() -> None:
    """Answer the requests on standard input until it ends."""
    release = sys.argv[1] if len(sys.argv) > 1 else "current"
    for line in sys.stdin:
        print(json.dumps(asdict(triage(json.loads(line)["text"], release))), flush=True)


if __name__ == "__main__":
    main()
