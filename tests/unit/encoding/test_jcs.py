"""Laws of canonical JSON (RFC 8785)."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.encoding.jcs import MAX_DEPTH, CanonicalJsonError, canonical_json

VECTORS = Path(__file__).parents[2] / "vectors" / "data" / "jcs" / "testdata"
NAMES = ("arrays", "french", "structures", "unicode", "values", "weird")

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), inner, max_size=4)
    ),
    max_leaves=12,
)


@pytest.mark.parametrize("name", NAMES)
def test_published_inputs_give_the_published_bytes(name):
    value = json.loads((VECTORS / "input" / f"{name}.json").read_text("utf-8"))
    expected = bytes.fromhex((VECTORS / "outhex" / f"{name}.txt").read_text())
    assert canonical_json(value) == expected
    assert expected == (VECTORS / "output" / f"{name}.json").read_bytes()


@pytest.mark.parametrize(
    ("bits", "text"),
    [  # Source: RFC 8785 appendix B
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("41b3de4355555556", "333333333.3333334"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_doubles_are_printed_as_ecmascript_prints_them(bits, text):
    import struct

    assert canonical_json(struct.unpack(">d", bytes.fromhex(bits))[0]) == text.encode()


@given(JSON_VALUES)
def test_the_text_reads_back_as_the_same_value_and_is_stable(value):
    text = canonical_json(value)
    again = json.loads(text, parse_int=float)  # JCS knows only doubles
    assert again == value
    assert canonical_json(again) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_double_survives(number):
    assert float(canonical_json(number)) == number


@given(st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), st.integers(0, 9), max_size=8))
def test_the_order_of_members_never_matters(members):
    assert canonical_json(members) == canonical_json(dict(reversed(members.items())))


def test_members_are_sorted_by_utf16_units_not_by_code_points():
    assert canonical_json({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'.encode()


def test_composed_and_decomposed_letters_stay_different():
    assert canonical_json("\u00e9") != canonical_json("e\u0301")


@pytest.mark.parametrize(
    "value",
    [{"\ud800": 1}, {"a": "\udfff"}, ["\ud83d"], "x\ud800y", {"\ud800a": 1, "\ud800b": 2}],
    ids=["name", "value", "item", "inside", "sorting"],
)
def test_a_lone_surrogate_is_our_own_error(value):
    with pytest.raises(CanonicalJsonError, match="lone surrogate"):
        canonical_json(value)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, [math.nan]])
def test_numbers_that_are_not_finite_are_refused(value):
    with pytest.raises(CanonicalJsonError, match="finite"):
        canonical_json(value)


@pytest.mark.parametrize("value", [2**53, -(2**53), 10**400])
def test_integers_that_readers_would_round_are_refused(value):
    with pytest.raises(CanonicalJsonError, match="2\\^53"):
        canonical_json({"n": value})


@pytest.mark.parametrize("value", [b"x", {1: 2}, {"a": {1, 2}}, object()])
def test_what_is_no_json_is_refused(value):
    with pytest.raises(CanonicalJsonError):
        canonical_json(value)


def test_the_message_names_the_place():
    with pytest.raises(CanonicalJsonError, match=r"`a\[1\]\.b`"):
        canonical_json({"a": [0, {"b": math.nan}]})


def test_depth_is_bounded():
    value = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(CanonicalJsonError, match=f"{MAX_DEPTH}"):
        canonical_json(value)
    while value:  # taken apart by hand: the interpreter would recurse
        value = value.pop()
