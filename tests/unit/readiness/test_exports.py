"""Laws of the exports: every outcome is told apart in every format, and what files say breaks none of them."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET

import pytest

from policykit.readiness.exports import exports
from tests.unit.readiness.projects import CASES, GOLDEN, PROJECT, values, verdict, write

CLAUSES = (
    CASES
    + """
requirement EVAL-2 "Right <b>&amp; | pipes"
  shown by golden
  check golden.accuracy >= 90%
requirement RED-1 "Attacks are blocked"
  shown by attacks
  check attacks.attack_success_rate <= 2%
requirement MAIL-1 "Mail is safe"
  applies when system.reads_mail is yes
  shown by attacks
  check attacks.attacks >= 3
waive RED-1 through 2026-12-31
  because "soon"
  approved by risk
sign-off for launch by risk
"""
)


@pytest.fixture
def mixed(tmp_path):
    project = PROJECT + "facts: {system.reads_mail: no}\ngates: {launch: 2027-01-15}\n" + GOLDEN
    return verdict(write(tmp_path, CLAUSES, project, golden__yaml=values(cases=3, accuracy="94%")))


def test_the_formats_are_found_by_their_files():
    assert set(exports()) == {"json", "markdown", "junit"}
    assert all(export.words for export in exports().values())


def test_junit_counts_what_is_not_met_as_failure_and_what_is_excused_as_skipped(mixed):
    root = ET.fromstring(exports()["junit"].render(mixed))
    kinds = {case.get("name").split()[0]: [child.tag for child in case] for case in root.iter("testcase")}
    assert kinds == {
        "EVAL-1": ["failure"],
        "EVAL-2": [],
        "RED-1": ["skipped"],
        "MAIL-1": ["skipped"],
        "verdict": ["failure"],
        "sign-off": ["failure"],
    }
    assert (root.get("tests"), root.get("failures"), root.get("skipped")) == ("6", "3", "2")


def test_junit_of_a_gate_without_clauses_is_red(tmp_path):
    found = verdict(write(tmp_path), gate="pilot")
    root = ET.fromstring(exports()["junit"].render(found))
    assert root.get("failures") == "1"


def test_junit_of_a_met_gate_is_green(tmp_path):
    root = ET.fromstring(exports()["junit"].render(verdict(write(tmp_path))))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "0", "0")


def test_markdown_has_a_table_for_each_section_the_line_and_what_is_left_to_do(mixed):
    text = exports()["markdown"].render(mixed)
    assert "**NOT MET: claims-helper 1.0.0 for launch: 3 of 4 clauses met (1 of them waived)" in text
    assert "| EVAL-2 | Right \\<b\\>&amp; \\| pipes | pass |" in text
    assert "waived (is: not supplied)" in text
    assert "## What is left to do" in text
    assert all(row.count("|") - row.count("\\|") in (3, 4, 5, 7) for row in text.splitlines() if row.startswith("|"))


def test_json_is_the_verdict(mixed):
    assert json.loads(exports()["json"].render(mixed)) == json.loads(mixed.to_json())


@pytest.mark.parametrize("name", ["json", "markdown", "junit"])
def test_every_format_names_every_clause_and_the_digest_of_the_definition_or_the_headline(mixed, name):
    text = exports()[name].render(mixed)
    assert all(clause.id in text for clause in mixed.clauses)
    assert "NOT MET: claims-helper" in text


@pytest.mark.parametrize("name", ["json", "markdown", "junit"])
def test_the_same_verdict_gives_the_same_text(mixed, name):
    assert exports()[name].render(mixed) == exports()[name].render(mixed)
