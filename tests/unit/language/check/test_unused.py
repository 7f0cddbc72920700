"""Laws of PK130: a declared word that has no effect is reported, and one that has an effect is not."""

import pytest

from tests.unit.language.check.kit import checked

HEAD = 'language 1\npolicy desk version "1"\nparty us "us"\nrole clerk of us\n'
RULE = 'rule R-1 "r"\n  owner clerk\n  on {phase}\n  when {when}\n  then deny\n'
DECLARED = {
    "tool": 'tool book "the ledger"\n',
    "fallback": 'fallback spare "another model"\n',
    "detector": 'detector flat "a flat" matches /F-[0-9]{3}/\n',
    "role": "role porter of us\n",
    "party": 'party them "them"\n',
    "evidence": 'evidence letters : evaluation "the letters"\n',
    "fact": 'fact rent.due : money EUR "the rent"\n',
    "`let`": "let limit = 5 EUR\n",
}


def unused(text: str) -> list[str]:
    return [d.message for d in checked(text).diagnostics if d.code == "PK130"]


@pytest.mark.parametrize(("word", "declaration"), [item for item in DECLARED.items() if item[0] != "tool"])
def test_a_declared_word_without_effect_is_reported(word, declaration):
    text = HEAD + declaration + RULE.format(phase="request", when='call.model is "m"')
    (message,) = unused(text)
    assert message.startswith(word)
    assert message.endswith("is never used")


@pytest.mark.parametrize(
    "when",
    [
        'tool.name is "book"',
        'tool.name is not "book"',
        'tool.name in ["book", "read_resource"]',
        'tool.name starts with "bo"',
        "count of calls to book > 3",
        "tool.amount > 5 EUR",
    ],
)
def test_a_declared_tool_always_has_an_effect_because_no_other_can_be_called(when):
    text = HEAD + DECLARED["tool"] + RULE.format(phase="tool input", when=when)
    assert not [d for d in checked(text).diagnostics if d.is_error], [str(d) for d in checked(text).diagnostics]
    assert unused(text) == []


def test_a_tool_that_is_only_declared_is_not_reported():
    assert unused(HEAD + DECLARED["tool"] + RULE.format(phase="request", when='call.model is "m"')) == []
