"""Which currency is meant by a word that is no code: by its meaning, never by the nearest spelling."""

from __future__ import annotations

from policykit.vocabulary.units import CURRENCIES

_MEANT = {
    "$": "USD", "us": "USD", "us$": "USD", "usdollar": "USD", "usdollars": "USD",
    "€": "EUR", "euro": "EUR", "euros": "EUR",
    "£": "GBP", "gbpound": "GBP", "poundsterling": "GBP", "stg": "GBP", "sterling": "GBP", "ukp": "GBP",
    "cnh": "CNY", "renminbi": "CNY", "rmb": "CNY", "yuan": "CNY",
    "sfr": "CHF", "fr.": "CHF", "swissfranc": "CHF", "swissfrancs": "CHF",
    "yen": "JPY",
}  # fmt: skip
"""Names and signs that one currency has; `dollar`, `pound` and `crown` are the names of several."""


def currency_meant(word: str) -> str:
    """Return the help for a word that is no currency code, or an empty text: most codes are one letter from another."""
    meant = _MEANT.get(word.replace(" ", "").lower(), word.upper())
    return f"did you mean `{meant}`?" if meant in CURRENCIES else ""
