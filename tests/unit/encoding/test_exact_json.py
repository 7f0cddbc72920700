"""Laws of the exact JSON reader: it agrees with the standard on what it accepts, and names the place of what it refuses."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.encoding.exact_json import MAX_DEPTH, MAX_NUMBER_LENGTH, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 2]))
def test_what_was_written_is_read_back(value, ascii_only, indent):
    result = read_json(json.dumps(value, ensure_ascii=ascii_only, indent=indent))
    assert result.problem is None
    assert result.value == value


@given(st.text())
def test_any_text_gives_a_value_or_a_problem_with_a_place_in_it(text):
    result = read_json(text)
    if result.problem is not None:
        assert result.value is None
        assert 0 <= result.problem.offset <= len(text)
    else:
        assert json.dumps(json.loads(text))


@pytest.mark.parametrize(("text", "value"), [("0.1", "0.1"), ("1e2", "1E+2"), ("1.50", "1.50"), ("-0.0", "-0.0")])
def test_numbers_with_a_point_stay_exact_decimals(text, value):
    assert str(read_json(text).value) == value
    assert isinstance(read_json(text).value, Decimal)


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("", "PK010", ""),
        ("  ", "PK010", "  "),
        ('{"a": 1,}', "PK010", "}"),
        ("{'a': 1}", "PK010", "'a'"),
        ('{"a": 1} x', "PK010", "x"),
        ('"a\nb"', "PK010", "\nb"),
        ("[1, 2", "PK010", ""),
        ('{"a": 1, "b": {"a": 2}, "a": 3}', "PK011", '"a": 3'),
        (r'{"a": 1, "\u0061": 2}', "PK011", r'"\u0061"'),
        ('[{"x": [{"k": "{", "k": 1}]}]', "PK011", '"k": 1'),
        ('{"a": NaN}', "PK014", "NaN"),
        ("[1, -Infinity]", "PK014", "-Infinity"),
        ("[1, 1e999999999]", "PK013", "1e9"),
        ("[1, 1e-401]", "PK013", "1e-401"),
        ("[" + "9" * (MAX_NUMBER_LENGTH + 1) + "]", "PK013", "9"),
        ("[0." + "9" * MAX_NUMBER_LENGTH + "]", "PK013", "0."),
        ('["ok", "' + "[" * 80 + '", "\\ud800"]', "PK009", '"\\ud800"'),
        ('{"\\udc00": 1}', "PK009", '"\\udc00"'),
    ],
)
def test_what_is_refused_is_named_with_its_place(text, code, at):
    result = read_json(text)
    assert result.problem is not None
    assert result.problem.code == code
    assert text[result.problem.offset :].startswith(at)


def test_a_pair_of_surrogate_escapes_is_one_character():
    assert read_json(r'"\ud83d\ude42"').value == "🙂"


def test_nesting_at_the_limit_is_read_and_one_deeper_is_refused():
    assert read_json("[" * MAX_DEPTH + "]" * MAX_DEPTH).problem is None
    problem = read_json("[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)).problem
    assert problem is not None
    assert (problem.code, problem.offset) == ("PK012", MAX_DEPTH)


@pytest.mark.parametrize("text", ["[" * 1_000_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 100_000])
def test_a_mountain_of_brackets_is_refused_without_recursion(text):
    problem = read_json(text).problem
    assert problem is not None
    assert problem.code == "PK012"


def test_a_record_with_too_many_fields_is_refused():
    text = json.dumps({f"f{i}": i for i in range(11)})
    assert read_json(text, max_members=11).problem is None
    problem = read_json(text, max_members=10).problem
    assert problem is not None
    assert problem.code == "PK015"
    assert text[problem.offset :].startswith('"f10"')
