"""Pseudonyms of a session: bounded, and put back as long as they are remembered."""

from __future__ import annotations

from policykit.guard.text import tokens
from policykit.guard.text.tokens import TokenMap


def test_the_value_used_longest_ago_is_forgotten_and_its_token_stays(monkeypatch):
    monkeypatch.setattr(tokens, "MAX_VALUES", 3)
    kept = TokenMap(bytes(32))
    first, second, third = (kept.token("pii.email", value) for value in "abc")
    assert kept.token("pii.email", "a") == first  # used again, so that the second is the oldest now
    fourth = kept.token("pii.email", "d")
    assert kept.put_back(f"{first} {second} {third} {fourth}") == f"a {second} c d"


def test_a_value_that_comes_back_has_the_token_that_it_had(monkeypatch):
    monkeypatch.setattr(tokens, "MAX_VALUES", 1)
    kept = TokenMap(bytes(32))
    first = kept.token("pii.email", "a")
    kept.token("pii.email", "b")
    assert kept.token("pii.email", "a") == first
    assert kept.put_back(first) == "a"
