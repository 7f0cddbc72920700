"""Law: `lint` points out a text that differs from every known value of its field in the letters' case, and no other."""

from __future__ import annotations

import pytest

from policykit.language.check.logic.letter_case import other_spellings
from policykit.vocabulary.builtin import builtin
from policykit.vocabulary.types import Kind
from tests.unit.language.check.kit import SETTING, codes

USUAL = {name: field.usual for name, field in builtin().facts.items() if field.usual}
RULE = '\nrule CASE-1 "x"\n  on   {phase}\n  when {condition}\n  then deny "no"\n'
WARNED = [
    (name, spelled)
    for name, values in USUAL.items()
    for value in values
    for spelled in (value.capitalize(), value.swapcase())
    if spelled not in values
]


def _warned(condition: str) -> bool:
    return "PK555" in codes(SETTING + RULE.format(phase="response", condition=condition))


@pytest.mark.parametrize(("name", "spelled"), WARNED)
def test_another_case_than_the_tool_s_is_pointed_out(name, spelled):
    assert _warned(f'{name} is "{spelled}"')
    assert _warned(f'{name} is not "{spelled}"')
    assert _warned(f'{name} in ["other", "{spelled}"]')


@pytest.mark.parametrize(("name", "value"), [(n, v) for n, values in USUAL.items() for v in (*values, "other")])
def test_the_tool_s_own_spelling_and_an_unknown_text_are_not(name, value):
    assert not _warned(f'{name} is "{value}"')


@pytest.mark.parametrize("text", ["Promptfoo", "PROMPTFOO"])
def test_evidence_and_its_elements_are_looked_at(text):
    clause = '\nrequirement CASE-1 "x"\n  shown by golden\n  check golden.tool is {}\n'
    assert "PK555" in codes(SETTING + clause.format(f'"{text}"'))
    assert "PK555" not in codes(SETTING + clause.format('"promptfoo"'))
    prices = '\nevidence prices : prices from supplier "p"\n' + clause.replace("golden.tool is {}", "{}")
    every = 'every model in prices has mode is "{}"'
    prices = prices.replace("shown by golden", "shown by prices")
    assert "PK555" in codes(SETTING + prices.format(every.format("Chat")))
    assert "PK555" not in codes(SETTING + prices.format(every.format("chat")))


def test_only_texts_have_usual_values_and_no_two_differ_from_a_third_spelling_alone():
    for kind in builtin().evidence.values():
        for field in kind.fields.values():
            assert not field.usual or field.type.kind is Kind.TEXT
    assert other_spellings("Stop", ("stop", "STOP", "length")) == ("stop", "STOP")
    assert other_spellings("STOP", ("stop", "STOP")) == ()
