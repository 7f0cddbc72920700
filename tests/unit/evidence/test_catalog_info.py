"""Backstage catalog files."""

from __future__ import annotations

import pytest

from policykit.evidence.readers.catalog_info import owner_reference
from tests.unit.evidence.never_better import assert_never_better


def entity(owner: str, name: str = "triage", kind: str = "Component") -> str:
    return f"apiVersion: backstage.io/v1alpha1\nkind: {kind}\nmetadata:\n  name: {name}\nspec:\n  type: service\n  lifecycle: production\n  owner: {owner}\n"


@pytest.mark.parametrize(
    "owner",
    ["team", "TBD", "'${{ values.owner }}'", "guests", "user:guest", "unknown", "'<owner>'", "group:default/todo"],
)
def test_trap_33_a_placeholder_is_no_owner(read, owner):
    evidence = read("catalog-info.yaml", entity(owner), "ownership")
    assert evidence.fields["owned_components"] == 0
    assert evidence.fields["placeholder_owners"] == 1
    assert "owner" not in evidence.elements["component"][0]
    assert "PK540" in {p.code for p in evidence.problems}


def test_trap_33_all_documents_of_a_file_count(read):
    evidence = read(
        "catalog-info.yaml",
        entity("payments") + "---\n" + entity("user:ann", "api", "API") + "---\nkind: Location\n",
        "ownership",
    )
    assert evidence.fields["components"] == 2
    assert evidence.fields["owners"] == ("group:default/payments", "user:default/ann")
    assert evidence.fields["lifecycle"] == "production"


def test_trap_33_a_template_that_was_never_filled_in_is_an_error(read, codes):
    evidence = read("catalog-info.yaml", entity("a").replace("spec:", "{%- if x %}\nspec:"), "ownership")
    assert codes(evidence) == {"PK508"}
    assert "template" in evidence.problems[0].help


def test_a_placeholder_in_the_name_is_a_template(read, codes):
    assert codes(read("catalog-info.yaml", entity("ann", "'${{ values.name }}'"), "ownership")) == {"PK540"}


def test_a_file_without_anything_to_own_proves_nothing(read, codes):
    assert codes(read("catalog-info.yaml", "apiVersion: backstage.io/v1alpha1\nkind: Location\n", "ownership")) == {
        "PK530"
    }


def test_annotations_show_that_somebody_is_on_call(read):
    text = entity("a").replace(
        "spec:", "  annotations:\n    pagerduty.com/service-id: P1\n  links:\n    - {title: Runbook, url: x}\nspec:"
    )
    component = read("catalog-info.yaml", text, "ownership").elements["component"][0]
    assert (component["has_on_call"], component["has_runbook"]) == (True, True)
    assert "has_dashboard" not in component


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "group:default/a"), ("user:Ann", "user:default/ann"), ("x/y", "group:x/y"), ("user:x/y", "user:x/y")],
)
def test_owners_are_written_out_as_references(text, expected):
    assert owner_reference(text) == expected


def test_an_entity_that_stands_twice_is_a_doubt(read, codes):
    twice = entity("payments") + "---\n" + entity("user:ann", "Triage")
    assert codes(read("catalog-info.yaml", twice, "ownership")) == {"PK573"}
    other_kind = entity("payments") + "---\n" + entity("user:ann", kind="API")
    assert codes(read("catalog-info.yaml", other_kind, "ownership")) == set()


@pytest.mark.parametrize(
    "broken", ["---\n- a: [\n", "---\nkind: Component\nkind: API\n", "---\n{% x %}\n", "---\njust text\n"]
)
def test_one_broken_document_spoils_the_file(read, broken):
    assert read("catalog-info.yaml", entity("payments") + broken, "ownership").sufficiency == "error"


@pytest.mark.parametrize("owner", ["0", "false", "2026-01-01T", "[a]", "{a: b}"])
def test_an_owner_that_is_no_text_is_an_error_and_never_an_owner(read, owner):
    evidence = read("catalog-info.yaml", entity(owner), "ownership")
    assert evidence.sufficiency == "error" or owner.startswith("2026")


@pytest.mark.parametrize("line", ["  owner: payments\n", "spec:\n", "  name: triage\n", "kind: Component\n"])
def test_a_catalog_file_with_a_line_less_is_never_better(read, line):
    whole = read("catalog-info.yaml", entity("payments"), "ownership")
    assert_never_better(whole, read("catalog-info.yaml", entity("payments").replace(line, ""), "ownership"))
