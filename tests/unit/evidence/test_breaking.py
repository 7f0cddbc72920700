"""The law of `never_better` for files of prices, spend, ownership: whatever breaks them makes nothing better."""

from __future__ import annotations

import json

import pytest

from tests.unit.evidence.breaking import broken, cuts, doubled
from tests.unit.evidence.never_better import assert_never_better
from tests.unit.evidence.test_spend_laws import FREE, row

PRICES = {
    "sample_spec": {"mode": "chat", "input_cost_per_token": 0.0, "litellm_provider": "one of them"},
    "gpt-a": {
        "litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06,
        "output_cost_per_token_above_200k_tokens": 3e-06, "max_input_tokens": 1000, "deprecation_date": "2027-11-30",
    },
    "embed-b": {"litellm_provider": "openai", "mode": "embedding", "input_cost_per_token": 1e-07},
    "local-c": {"litellm_provider": "ollama", "mode": "chat", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
}  # fmt: skip
SPEND = [
    row(1, session_id="s1", team_id="claims", request_tags=["a"]),
    row(2, session_id="s1", cache_key="k") | FREE["cache"],
    row(3, session_id="s2", status="failure", metadata={"status": "failure"}, spend=0.02),
    row(4, session_id="s3") | FREE["batch"],
    row(5, session_id="s3"),
]
CATALOG = [
    {
        "apiVersion": "backstage.io/v1alpha1", "kind": "Component", "metadata": {"name": name},
        "spec": {"type": "service", "lifecycle": "production", "owner": owner},
    }
    for name, owner in (("triage", "payments"), ("ledger", "user:ann"), ("legacy", ""))
]  # fmt: skip
SPEND_OLD = [{name: value for name, value in call.items() if name != "metadata"} for call in SPEND]
FILES = {
    "prices": ("model_prices_and_context_window.json", "prices", PRICES),
    "spend": ("spend.json", "spend", SPEND),
    "spend without metadata": ("spend.json", "spend", SPEND_OLD),
}


@pytest.mark.parametrize("name", FILES)
def test_a_member_deleted_or_of_another_type_makes_nothing_better(read, name):
    path, kind, value = FILES[name]
    whole = read(path, value, kind)
    for what, other in broken(value):
        if what.endswith("cache_hit is true"):
            continue  # what LiteLLM writes of a hit
        try:
            assert_never_better(whole, read(path, other, kind, reader=f"litellm_{kind}"))
        except AssertionError as problem:
            raise AssertionError(what) from problem


@pytest.mark.parametrize("name", FILES)
def test_a_member_that_stands_twice_is_refused(read, name):
    path, kind, value = FILES[name]
    for what, text in doubled(value):
        assert read(path, text, kind, reader=f"litellm_{kind}").sufficiency == "error", what


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_cut_makes_nothing_better(read, name):
    path, kind, value = FILES[name]
    text = json.dumps(value).encode()
    assert all(read(path, part, kind, reader=f"litellm_{kind}").sufficiency == "error" for part in cuts(text, 3))


def _catalog(documents) -> str:
    return "\n---\n".join(json.dumps(document) for document in documents)


def test_a_catalog_with_a_member_deleted_or_of_another_type_is_no_better(read):
    whole = read("catalog-info.yaml", _catalog(CATALOG), "ownership")
    for what, other in broken(CATALOG):
        if what == "2 is null":
            continue  # an empty document, which YAML ends files with
        found = read("catalog-info.yaml", _catalog(other), "ownership", reader="catalog_info")
        try:
            assert_never_better(whole, found)
        except AssertionError as problem:
            raise AssertionError(what) from problem


def test_a_catalog_with_a_member_twice_is_refused(read):
    for number, document in enumerate(CATALOG):
        for what, text in doubled(document):
            texts = [json.dumps(d) for d in CATALOG]
            texts[number] = text
            found = read("catalog-info.yaml", "\n---\n".join(texts), "ownership", reader="catalog_info")
            assert found.sufficiency == "error", what


PATHS = ["src/a.py", "src/b.py", "docs/x.md", "README.md", "gen/z.txt"]


@pytest.mark.parametrize(
    "text",
    [
        "*.py @harbour/python\n/docs/ @harbour/docs\n",
        "# all\n*.md @harbour/docs docs@harbour.example\n/src/ @harbour/src # comment\n/src/b.py @harbour/b\n",
        "* @harbour/all\n",
        "[Docs]\n*.md @harbour/docs\n^[Code][2]\n/src/ @harbour/code\n",
    ],
)
def test_code_owners_cut_within_a_line_own_no_further_path(read, text):
    """Only lines that give owners stand here: a file that ends before a line that takes them away is another file."""
    whole = read("CODEOWNERS", text, "ownership", options={"paths": PATHS})
    owned = {path["path"] for path in whole.elements["path"] if path["owned"]}
    for part in cuts(text.encode()):
        found = read("CODEOWNERS", part, "ownership", options={"paths": PATHS})
        if found.sufficiency == "sufficient":
            assert {path["path"] for path in found.elements["path"] if path["owned"]} <= owned, part
        without = read("CODEOWNERS", part, "ownership")
        if found.fields.get("owned_paths_rate", 0) < 1 and without.sufficiency == "sufficient":
            assert "owned_paths_rate" not in without.fields, part


@pytest.mark.parametrize("number", range(4))
def test_a_line_of_code_owners_that_stands_twice_owns_no_further_path(read, number):
    lines = ["*.py @harbour/python", "/docs/ @harbour/docs", "/src/b.py", "*.md @harbour/text"]
    whole = read("CODEOWNERS", "\n".join(lines), "ownership", options={"paths": PATHS})
    twice = [*lines[: number + 1], *lines[number:]]
    again = read("CODEOWNERS", "\n".join(twice), "ownership", options={"paths": PATHS})
    assert_never_better(whole, again)
