"""Laws of the checker on any text: it ends, raises nothing, and hands out a policy exactly if nothing is wrong."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.language.check import CheckResult, check
from policykit.language.parse import parse
from policykit.source import SourceFile, pages
from tests.unit.language.check.kit import PACKS, SETTING, VOCABULARY, TextPacks, checked

EXAMPLES = [
    block
    for code in pages.all_codes()
    if "PK100" <= code < "PK450"
    for block in re.findall(r"```policy\n(.*?)```", pages.page(code) or "", re.DOTALL)
]
WORD = re.compile(r'"[^"\n]*"|/[^/\n]+/|[\w.-]+|\S')
POOL = sorted({word for example in (*EXAMPLES, SETTING) for word in WORD.findall(example)})


def whole(example: str) -> str:
    return example if example.strip().startswith("language ") else SETTING.lstrip() + example


def check_any(text: str) -> CheckResult:
    tree = parse(SourceFile("any.policy", text)).tree
    return check(tree, VOCABULARY, packs=TextPacks(PACKS))


@st.composite
def spoilt(draw: st.DrawFn) -> str:
    """Return an example with some of its words left out, doubled or put in the place of others."""
    text = whole(draw(st.sampled_from(EXAMPLES)))
    words = [(found.start(), found.end()) for found in WORD.finditer(text)]
    for _ in range(draw(st.integers(1, 3))):
        start, end = draw(st.sampled_from(words))
        kind = draw(st.sampled_from(["drop", "double", "other"]))
        new = {"drop": "", "double": f"{text[start:end]} {text[start:end]}", "other": draw(st.sampled_from(POOL))}[kind]
        text = text[:start] + new + " " * max(0, end - start - len(new)) + text[end:]
    return text


@given(spoilt())
@settings(max_examples=150, deadline=None)
def test_any_text_gives_a_policy_or_an_error_and_never_both(text):
    found = check_any(text)
    assert (found.policy is None) == any(d.is_error for d in found.diagnostics)
    for diagnostic in found.diagnostics:
        assert diagnostic.source is not None
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= len(diagnostic.source.text)
        assert "\n" not in diagnostic.message


@given(spoilt())
@settings(max_examples=30, deadline=None)
def test_checking_twice_gives_the_same(text):
    assert check_any(text) == check_any(text)


def clauses(count: int) -> str:
    return "".join(
        f'rule R-{i} "r"\n  on request\n  when call.team is "team{i}" and call.input_tokens > {i + 1}'
        f' or (call.model in ["a{i}", "b"] and call.text contains any of "x{i}")\n  then deny "no {{call.model}}"\n'.replace(
            f'when call.team is "team{i}" and call.input_tokens > {i + 1}',
            f'when (call.team is "team{i}" and call.input_tokens > {i + 1})',
        )
        for i in range(count)
    )


def test_a_thousand_clauses_are_all_there():
    found = checked(clauses(1_000))
    assert found.policy is not None
    assert len(found.policy.rules) == 1_001


def test_wide_conditions_and_long_lists_do_not_exhaust_anything():
    texts = ", ".join(f'"m{i}"' for i in range(20_000))
    wide = " and ".join(f'call.model is not "m{i}"' for i in range(5_000))
    found = checked(f'rule W-1 "w"\n  on request\n  when call.model in [{texts}] and {wide}\n  then deny\n')
    assert found.policy is not None
