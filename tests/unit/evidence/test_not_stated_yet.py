"""A word that keeps the place of a value is no value; a real name that resembles one is."""

from __future__ import annotations

import pytest

from policykit.evidence.readers._owner_names import says_nothing


@pytest.mark.parametrize(
    "text",
    ["TBD", "tbd", "To do", "t.b.d.", "???", "-", "xxx", "N/A", "{{ owner }}", "<owner>", "fill me in", "Fix-me"],
)
def test_place_holders_say_nothing(text):
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text",
    ["claims-platform", "todorov", "tbd-team-lead Ann", "none", "unknown", "no", "x", "Ann Todo-Lee", "production"],
)
def test_words_that_say_something_do(text):
    assert not says_nothing(text)


FILE = """evidence: ownership
produced_at: 2026-11-19T12:00:00Z
elements:
  component:
    - {name: triage, owner: OWNER}
"""


def test_an_owner_to_come_is_no_owner(read):
    named = read("o.yaml", FILE.replace("OWNER", "claims-platform"), "ownership")
    open_ = read("o.yaml", FILE.replace("OWNER", "TBD"), "ownership")
    assert named.elements["component"][0]["owner"] == "claims-platform"
    assert "owner" not in open_.elements["component"][0]
    assert "PK557" in {problem.code for problem in open_.problems}


@pytest.mark.parametrize("word", ["TBD", "???", "to do", "<percent>"])
@pytest.mark.parametrize("where", ["values", "slices", "elements"])
def test_a_number_to_come_is_not_known_and_nothing_else_is_lost(read, where, word):
    rows = {
        "values": f"values: {{cases: 5, accuracy: '{word}'}}\n",
        "slices": f"values: {{cases: 5}}\nslices:\n  team:\n    a: {{cases: 2, accuracy: '{word}'}}\n",
        "elements": f"values: {{cases: 1}}\nelements:\n  case:\n    - {{source: x, passed: '{word}'}}\n",
    }
    found = read("e.yaml", f"evidence: evaluation\nproduced_at: 2026-11-19T12:00:00Z\n{rows[where]}", "evaluation")
    assert "PK557" in {problem.code for problem in found.problems}
    assert "accuracy" not in found.fields
    assert found.fields["cases"] in {1, 5}
