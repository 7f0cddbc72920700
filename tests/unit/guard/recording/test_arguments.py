"""Digests of arguments: of the values as they were, the same for whoever has them, and bounded whatever they are."""

from __future__ import annotations

import asyncio
import enum
import hashlib
import hmac
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.encoding.jcs import CanonicalJsonError, canonical_json
from policykit.errors import GuardError, PolicyViolation
from policykit.guard import GuardOptions
from policykit.guard.recording.arguments import (
    MAX_CHARS,
    MAX_DEPTH,
    MAX_VALUES,
    NOT_JSON,
    NOT_READABLE,
    TOO_DEEP,
    TOO_LARGE,
    ArgumentDigests,
    Taken,
)
from tests.unit.guard.guards import ListTrail, guard_of

RULES = 'rule T-1 "x"\n on tool input\n when call.text is "forbidden"\n then deny\n'
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def of(arguments, secret=None):
    digests = ArgumentDigests(secret)
    return digests.finished(digests.taken(arguments))


def decisions(trail, guard):
    guard.flush()
    return [json.loads(f"{{{members}}}") for members in trail.of_type("decision")]


def plain(arguments):
    return f"sha256:{hashlib.sha256(canonical_json(arguments)).hexdigest()}"


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_the_digest_is_that_of_the_canonical_form(arguments):
    assert of(arguments) == Taken(None, plain(arguments))


SCALARS = (
    st.text(st.characters()) | st.booleans() | st.none() | st.floats() | st.integers()
    | st.integers(2**53 - 2, 2**53 + 1) | st.integers(-(2**53) - 1, 2 - 2**53)
)  # fmt: skip


@given(st.dictionaries(st.text(), SCALARS, max_size=6))
def test_plain_values_are_digested_as_everything_is_and_what_has_no_form_is_left_out(arguments):
    try:
        expected = Taken(None, plain(arguments))
    except CanonicalJsonError:
        expected = Taken(None, left_out=NOT_JSON)
    assert of(arguments) == expected


def test_a_keyed_digest_is_made_under_the_secret_and_the_label():
    secret, arguments = bytes(range(32)), {"amount": "42 EUR"}
    mac = hmac.digest(secret, b"policykit-arguments\0" + canonical_json(arguments), "sha256").hex()
    assert of(arguments, secret).digest == f"hmac-sha256:{mac}"


class Kind(enum.StrEnum):
    FAST = "fast"


class Listed(list):
    def __iter__(self):
        raise RuntimeError("code of the application")


class Unwilling(dict):
    def items(self):
        raise RuntimeError("code of the application")


def cycle():
    found: list = []
    found.append(found)
    return found


def doubled(times):
    """A value that is small in memory and has 2 ** times members when it is written."""
    found: object = "x"
    for _ in range(times):
        found = [found, found]
    return found


def deep(levels):
    found: object = 1
    for _ in range(levels):
        found = {"a": found}
    return found


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (math.nan, NOT_JSON),
        (math.inf, NOT_JSON),
        (2**53, NOT_JSON),
        ("\ud800", NOT_JSON),
        (b"bytes", NOT_JSON),
        ({1: "a"}, NOT_JSON),
        (object(), NOT_JSON),
        ({"a", "b"}, NOT_JSON),
        (cycle(), TOO_DEEP),
        (deep(MAX_DEPTH + 1), TOO_DEEP),
        (doubled(60), TOO_LARGE),
        (["x"] * (MAX_VALUES + 1), TOO_LARGE),
        ("x" * (MAX_CHARS + 1), TOO_LARGE),
        ({"x" * (MAX_CHARS + 1): 1}, TOO_LARGE),
    ],
)
def test_what_cannot_be_written_leaves_the_reason(value, why):
    assert of({"value": value}) == Taken(None, left_out=why)
    assert of({"value": [value]}).left_out == why


@pytest.mark.parametrize(
    ("value", "as_json"), [(Kind.FAST, "fast"), (Listed([1]), [1]), (Unwilling(a=1), {"a": 1}), ((1, (2,)), [1, [2]])]
)
def test_classes_derived_from_those_of_json_are_their_values_and_their_code_is_not_run(value, as_json):
    assert of({"value": value}).digest == plain({"value": as_json})


@pytest.mark.parametrize("size", [10, 40_000])
def test_the_values_are_those_of_the_moment_of_the_call(size):
    mutable = {"lines": ["x" * size]}
    digests = ArgumentDigests()
    taken = digests.taken({"order": mutable})
    mutable["lines"].append("more")
    assert digests.finished(taken).digest == plain({"order": {"lines": ["x" * size]}})
    assert (taken.value is None) is (size > 32_768)


def test_the_arguments_are_named_by_the_signature_with_its_defaults():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)

    class Desk:
        @guard.tool("ledger", {"call.text": "text"})
        def pay(self, text, /, amount=5, *more, note=None, **rest):
            return "paid"

    Desk().pay("rent", 7, 8, note="n", who="ann")
    Desk().pay("rent")
    first, _, second, _ = decisions(trail, guard)
    assert first["arguments"] == plain({"text": "rent", "amount": 7, "more": [8], "note": "n", "rest": {"who": "ann"}})
    assert second["arguments"] == plain({"text": "rent", "amount": 5, "more": [], "note": None, "rest": {}})


@pytest.mark.parametrize("kind", ["function", "coroutine", "generator", "async generator"])
def test_the_digest_is_of_what_the_tool_gets_after_the_rules_have_changed_it(kind):
    trail, seen = ListTrail(), []
    rule = 'rule T-1 "x"\n on tool input\n when call.text contains any of pii.email\n then redact\n'
    guard = guard_of(rule, trail=trail)

    def function(text, to):
        seen.append(text)
        return "done"

    async def coroutine(text, to):
        return function(text, to)

    def generator(text, to):
        yield function(text, to)

    async def async_generator(text, to):
        yield function(text, to)

    async def read(stream):
        return [piece async for piece in stream]

    run = {
        "function": lambda f: f,
        "coroutine": lambda f: lambda *a: asyncio.run(f(*a)),
        "generator": lambda f: lambda *a: list(f(*a)),
        "async generator": lambda f: lambda *a: asyncio.run(read(f(*a))),
    }[kind]
    bodies = {"function": function, "coroutine": coroutine, "generator": generator, "async generator": async_generator}
    run(guard.tool("ledger", {"call.text": "text"})(bodies[kind]))("mail ann@example.com", "x")
    assert "ann@example.com" not in seen[0]
    first, _ = decisions(trail, guard)
    assert first["arguments"] == plain({"text": seen[0], "to": "x"})


def test_a_refused_call_has_the_digest_of_what_was_asked_for_and_a_model_has_none():
    trail = ListTrail()
    guard = guard_of(RULES, trail=trail)
    with pytest.raises(Exception, match="T-1"):
        guard.tool("ledger", {"call.text": "text"})(lambda text: text)("forbidden")
    guard.call({"call.text": "text"})(lambda text: text)("hello")
    refused, *others = decisions(trail, guard)
    assert refused["arguments"] == plain({"text": "forbidden"})
    assert not any("arguments" in each for each in others)


def test_the_option_says_how(tmp_path):
    for word, begins in (("plain", "sha256:"), ("keyed", "hmac-sha256:"), ("off", None)):
        trail = ListTrail()
        guard = guard_of(RULES, trail=trail, options=GuardOptions(arguments=word), secret=bytes(32))
        guard.tool("ledger", {"call.text": "text"})(lambda text: text)("hello")
        first, _ = decisions(trail, guard)
        assert first.get("arguments", "").startswith(begins) if begins else "arguments" not in first
    with pytest.raises(GuardError) as refused:
        guard_of(RULES, options=GuardOptions(arguments="keyed"))
    assert refused.value.diagnostics[0].code == "PK353"
    with pytest.raises(GuardError):
        GuardOptions(arguments="hashed")


def test_arguments_that_cannot_be_read_never_reach_the_call():
    class Lens:
        """Reads once, and refuses to write."""

        def read(self, value):
            return ("ann@example.com",)

        def write(self, value, texts):
            raise OSError

    from policykit.guard.setup.argument import Argument

    trail = ListTrail()
    rule = 'rule T-1 "x"\n on tool input\n when call.text contains any of pii.email\n then redact\n'
    guard = guard_of(rule, trail=trail)
    with pytest.raises(PolicyViolation) as caught:
        guard.tool("ledger", {"call.text": Argument("order", Lens())})(lambda order: order)(object())
    assert isinstance(caught.value.__cause__, OSError)
    first, refused = decisions(trail, guard)
    assert first["arguments_left_out"] == NOT_READABLE
    assert refused["refused"] is True


@pytest.mark.parametrize(
    "inside", [lambda each: [each], lambda each: (each,), lambda each: {"a": each}], ids=["list", "tuple", "object"]
)
def test_arguments_may_be_nested_64_deep_whatever_they_are_nested_in(inside):
    nested = 1
    for _ in range(64):
        nested = inside(nested)
    assert of({"a": nested}).digest == plain({"a": nested})
    assert of({"a": inside(nested)}) == Taken(None, left_out=TOO_DEEP)


def test_arguments_may_have_20_000_values_and_a_million_characters():
    assert of({"a": [0] * 19_999}).digest == plain({"a": [0] * 19_999})
    assert of({"a": [0] * 20_000}) == Taken(None, left_out=TOO_LARGE)
    assert of({"a": "x" * 1_000_000}).digest == plain({"a": "x" * 1_000_000})
    assert of({"a": {"x" * 1_000_000: "y"}}) == Taken(None, left_out=TOO_LARGE)
