"""Texts that are JSON or have escapes: read decoded, written as they were."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.guard.text.parts import joined
from policykit.guard.text.readable import readable

ADDRESS = "lena@post.example"
HIDDEN = ADDRESS.replace("@", "\\u0040")
INNER = json.dumps({"to": ADDRESS}).replace("@", "\\u0040")


@pytest.mark.parametrize(
    "text",
    [
        f'{{"to": "{HIDDEN}"}}',
        f'Write to {{"to": "{HIDDEN}"}} today',
        f'```json\n["{HIDDEN}"]\n```',
        f'{{"to": "{HIDDEN}',
        json.dumps({"body": INNER}),
        json.dumps(json.dumps({"body": INNER})),
        f"no JSON at all: {HIDDEN}",
    ],
)
def test_an_escape_hides_nothing(text):
    found = readable(text)
    assert found is not None
    assert ADDRESS in joined(found.parts)
    assert str(found) == text


@given(st.recursive(st.integers() | st.text() | st.none(), lambda inner: st.dictionaries(st.text(), inner, min_size=1)))
def test_json_stays_json_whatever_is_put_in_a_part(value):
    text = f"see {json.dumps({'x': value})}"
    found = readable(text)
    assert found is not None
    assert str(found) == text
    for index, part in enumerate(found.parts[1:-1], 1):
        if part:
            found.put(index, 'in "quotes"')
    assert isinstance(json.loads(str(found).removeprefix("see ")), dict)
