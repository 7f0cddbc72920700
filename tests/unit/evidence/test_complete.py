"""Law: a run that nobody calls complete is not complete; nothing but a statement makes `complete` yes."""

from __future__ import annotations

import hashlib
import json
from itertools import product

import pytest

from policykit.evidence.merging import merge
from policykit.evidence.model import Sufficiency
from policykit.vocabulary.evidence import kinds

STATED = {"absent": "", "empty": "  complete:\n", "yes": "  complete: yes\n", "no": "  complete: no\n"}
MEANS = {"absent": None, "empty": None, "yes": True, "no": False}


def _text(said: str, kind: str = "evaluation", values: str = "  tool: t\n") -> str:
    return f"evidence: {kind}\nproduced_at: 2026-11-20T09:00:00Z\nvalues:\n{values}{STATED[said]}"


@pytest.mark.parametrize("kind", sorted(kinds()))
@pytest.mark.parametrize("said", sorted(STATED))
def test_a_hand_written_file_is_complete_only_if_it_says_so(read, kind, said):
    found = read("v.yaml", _text(said, kind), kind)
    assert found.fields.get("complete") is MEANS[said]
    assert ("complete" in found.absent) is (MEANS[said] is None)
    assert (found.sufficiency is Sufficiency.SUFFICIENT) is (MEANS[said] is not False)


@pytest.mark.parametrize("said", ["absent", "yes"])
def test_fewer_cases_than_planned_are_not_complete_whatever_the_file_says(read, said):
    found = read("v.yaml", _text(said, values="  cases: 3\n  planned_cases: 4\n"), "evaluation")
    assert found.sufficiency is Sufficiency.INCONCLUSIVE
    found = read("v.yaml", _text("absent", values="  cases: 4\n  planned_cases: 4\n"), "evaluation")
    assert "complete" not in found.fields


@pytest.mark.parametrize("said", list(product(sorted(STATED), repeat=2)))
def test_a_whole_is_complete_only_if_every_part_says_so(read, said):
    parts = [read(f"{n}.yaml", _text(s, values=f"  cases: {n + 1}\n"), "evaluation") for n, s in enumerate(said)]
    whole = merge(parts)
    means = [MEANS[s] for s in said]
    wanted = True if all(means) else False if means == [False, False] else None
    assert whole.fields.get("complete") is wanted or (False in means and whole.fields.get("complete") is False)
    assert (whole.completeness.complete is False) is (False in means)
    assert (whole.completeness.complete is True) is all(means)


@pytest.mark.parametrize("said", sorted(STATED))
@pytest.mark.parametrize("manifest", [None, True, False])
def test_a_manifest_fills_what_the_file_leaves_out_and_never_overrides_a_no(read, project, said, manifest):
    text = _text(said)
    stated = {"sha256": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}", "path": "v.yaml"}
    stated |= {} if manifest is None else {"complete": manifest}
    (project / "v.yaml.manifest.json").write_text(json.dumps(stated))
    found = read("v.yaml", text, "evaluation").completeness.complete
    everything = {MEANS[said], manifest} - {None}
    assert found is (None if not everything else all(everything))
