"""CODEOWNERS and Backstage catalog files."""

from __future__ import annotations

import pytest

from policykit.evidence.readers.catalog_info import owner_reference
from policykit.evidence.readers.codeowners import matches


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*", "a/b/c.py", True),
        ("*.js", "web/app.js", True),
        ("*.js", "web/app.ts", False),
        ("/build/logs/", "build/logs/x/y.txt", True),
        ("/build/logs/", "deep/build/logs/x.txt", False),
        ("docs/*", "docs/start.md", True),
        ("docs/*", "docs/build/start.md", False),
        ("apps/", "some/apps/x.py", True),
        ("apps/", "apps", False),
        ("/docs/", "docs/a/b.md", True),
        ("**/logs", "build/logs/x.txt", True),
        ("/scripts/**/x.py", "scripts/a/b/x.py", True),
        ("/scripts/**", "scripts/a", True),
        ("/apps/github", "apps/github/x.py", True),
        ("/apps", "other/apps/x.py", False),
        ("a*a*a*a*a*a*a*b", "a" * 60, False),
    ],
)
def test_patterns_match_as_the_host_documents_them(pattern, path, expected):
    assert matches(pattern, path) is expected


def owners(read, text, *paths):
    return read("CODEOWNERS", text, "ownership", options={"paths": list(paths)} if paths else {})


def test_the_last_match_wins(read):
    text = "* @org/all\n/docs/ @org/docs\n/docs/secret/ @ann\n"
    found = owners(read, text, "docs/a.md", "docs/secret/b.md", "src/c.py").elements["path"]
    assert [path["owners"] for path in found] == [("@org/docs",), ("@ann",), ("@org/all",)]


def test_a_last_line_without_an_owner_takes_ownership_away(read):
    evidence = owners(read, "* @org/all\n/generated/\n", "generated/x.py")
    assert evidence.elements["path"] == ({"pattern": "generated/x.py", "owned": False},)
    assert evidence.fields["owned_paths"] == 0
    assert "PK541" in {p.code for p in evidence.problems}


def test_what_stands_before_a_line_that_takes_everything_never_decides(read):
    evidence = owners(read, "/docs/ @org/docs\n*\n")
    assert evidence.fields["default_owner"] is False
    assert evidence.fields["paths"] == 1


def test_without_a_line_for_everything_there_is_no_default_owner(read):
    assert owners(read, "/docs/ @org/docs\n").fields["default_owner"] is False


def test_a_file_of_comments_names_no_owner(read, codes):
    assert codes(owners(read, "# nothing yet\n\n")) == {"PK530"}


@pytest.mark.parametrize("line", ["* ann", "!x @ann", "[ab].py @ann", "* @ann/b/c", "* @@ann"])
def test_lines_that_hosts_skip_make_the_evidence_inconclusive(read, codes, line):
    assert codes(owners(read, f"* @org/all\n{line}\n")) in ({"PK548"}, {"PK548", "PK515"}, {"PK515"})


def test_sections_of_another_host_are_refused_by_name(read, codes):
    assert codes(owners(read, "[Docs] @org/docs\n*.md\n")) == {"PK515"}


def test_people_and_teams_are_told_apart(read):
    assert owners(read, "* @org/all @ann ann@example.org # the team\n").fields["named_people"] == 2


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
