"""A whole policy of a ward in which tests make one slip each, and follow the help to the letter."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from policykit.engine.load import standard_vocabulary
from policykit.language.load import Loaded, load_text

WARD = (Path(__file__).parent / "data" / "ward.policy").read_text()
GIVEN = 'given  triage.level is "red", call.confidence is 95%'
EXPECT = "expect RED-RULE-1 asks duty_nurse"
CASES = "trials.cases >= 1_200"
WORSE = "trials.accuracy < 88%"
BASE = "trials.accuracy < trials.baseline_accuracy"
FAILS = "QUAL-1 fails"
MODEL = "call.model not in known_models"
ORDERER = 'tool.name is "orderer" and bill'
FOUND = "contains any of hospital_no, pii.card"


def loaded(text: str) -> Loaded:
    return load_text("ward.policy", text, standard_vocabulary())


@cache
def meant(text: str):
    found = loaded(text)
    assert found.policy is not None, [str(d) for d in found.diagnostics]
    assert not found.diagnostics, [str(d) for d in found.diagnostics]
    return found.policy


def changed(old: str, new: str) -> str:
    assert WARD.count(old) >= 1, old
    return WARD.replace(old, new, 1)


def only(text: str):
    found = loaded(text).diagnostics
    assert len(found) == 1, [str(d) for d in found]
    return found[0]


def followed(text: str, which: int) -> str:
    """Return a text with what is underlined replaced by one of the texts that the help offers."""
    found = only(text)
    if found.help == "delete it":
        return text[: found.span.start] + text[found.span.end :]
    offered = re.findall(r"`([^`]+)`", found.help) or re.findall(r'"[^"]+"', found.help)
    return text[: found.span.start] + offered[which] + text[found.span.end :]
