"""Laws of PK329: a message that quotes what its own rule looks for is reported, and no other message is."""

import pytest

from tests.unit.language.check.kit import codes

HEAD = 'language 1\npolicy desk version "1"\nparty us "us"\nrole clerk of us\n'
RULE = 'rule R-1 "r"\n  owner clerk\n  on request\n  when {when}\n  then {then}\n'


@pytest.mark.parametrize(
    "when",
    [
        "call.text contains any of pii.card",
        "call.text contains any of pii.card, pii.iban",
        "call.text matches /[0-9]{16}/",
        'call.model is "m" and not (call.text contains any of pii.iban)',
    ],
)
@pytest.mark.parametrize("effect", ["deny", "warn"])
def test_a_quotation_of_what_is_looked_for_is_reported(when, effect):
    rule = HEAD + RULE.format(when=when, then=f'{effect} "found in {{call.text}}"')
    assert "PK329" in codes(rule)
    assert "PK329" not in codes(rule.replace("{call.text}", "the text of {call.model}"))
    assert "PK329" in codes(rule.replace(f'{effect} "', 'deny\n  unknown warn "'))


@pytest.mark.parametrize("when", ['call.text contains any of "stop"', 'call.model is "m"'])
def test_a_word_of_the_policy_itself_may_be_quoted(when):
    assert "PK329" not in codes(HEAD + RULE.format(when=when, then='deny "found in {call.text}"'))
