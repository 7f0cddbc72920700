"""The tables of the language reference are those of the parser, the checker and the vocabulary."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from policykit.detect.catalogue import NAMES
from policykit.language.load import load_text
from policykit.language.parse.grammar import STATEMENTS
from policykit.source import pages
from policykit.vocabulary.builtin import builtin
from tests.spec.test_reference import BLOCKS, REFERENCE, SETTING

ROOT = Path(__file__).parents[2]
GRAMMAR = (ROOT / "grammar" / "policykit.lark").read_text(encoding="utf-8")
PAGE = REFERENCE.read_text(encoding="utf-8")
FULL = {
    "requirement": """requirement FULL-1 "All parts"
  check golden.cases >= 500
  owner risk
  before launch
  because "it matters"
  shown by golden
  applies when system.reads_mail is yes
  remedy by supplier within 3 days of notice: "run it again"
""",
    "scorecard": """scorecard FULL-1 "All parts"
  measure golden.touchless_rate
  baseline 41%
  target at least 70%
  before launch
  because "it matters"
  owner risk
  shown by golden
""",
    "rule": """rule FULL-1 "All parts"
  then deny
  on request
  because "it matters"
  owner risk
  when call.model is "x"
  unknown allow
  remedy by supplier within 3 days of notice: "put it right"
""",
    "rollout": """rollout FULL-1 "All parts"
  send 5% of calls by end_customer.id, others use manual_queue
  because "it matters"
  owner risk
  from canary
  until launch
""",
    "stop": """stop FULL-1 "All parts"
  when golden.accuracy < 80%
  then pause all calls
  resume by risk
  because "it matters"
  owner risk
  shown by golden, no older than 30 days
  from canary
  unknown tell risk
""",
    "waive": """waive EVAL-1 through 2027-03-31
  because "it matters"
  approved by risk
""",
    "test": """test "all parts"
  expect HUMAN-1 asks claims_duty
  given refund.action is "pay", call.confidence is 10%
  on response
""",
}
"""Every part of a statement, each on a line of its own."""


def rows(mark: str) -> list[list[str]]:
    table = PAGE.split(f"<!-- {mark} -->")[1].split(f"<!-- /{mark} -->")[0]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()[2:]]


TABLE = {row[0].split()[0].strip("`"): row for row in rows("statements")}


def words(cell: str) -> set[str]:
    return set(re.findall(r"`([a-z -]+)`", cell))


def codes_of(text: str) -> list[str]:
    loaded = load_text("table.policy", text, replace(builtin(), detectors=NAMES))
    return [d.code for d in loaded.diagnostics if d.is_error]


def without_section(statement: str) -> str:
    """A policy in which the statement's section has no defaults."""
    return f'{SETTING.text}\n\nsection bare "Without defaults"\n\n{statement}'


def test_every_statement_has_its_line():
    assert set(TABLE) == set(STATEMENTS)


@pytest.mark.parametrize("keyword", sorted(FULL))
def test_the_parts_are_those_of_the_grammar(keyword):
    (rule,) = re.findall(rf"^{keyword}: .*\(([a-z_| ]+)\)\*$", GRAMMAR, re.MULTILINE)
    starts = {"shown_by": "shown", "pause_then": "then", "from_gate": "from", "until_gate": "until",
              "stop_then": "then", "stop_unknown": "unknown"}  # fmt: skip
    parts = {starts.get(part, part) for part in rule.split(" | ")}
    listed = words(TABLE[keyword][1]) | words(TABLE[keyword][2])
    assert listed - {"shadow"} == parts
    lines = FULL[keyword].splitlines()[1:]
    assert {line.split()[0] for line in lines} == parts - ({"report"} if keyword == "scorecard" else set())


@pytest.mark.parametrize("keyword", sorted(FULL))
def test_all_parts_together_check(keyword):
    assert codes_of(without_section(FULL[keyword])) == []


CASES = [(keyword, line.split()[0]) for keyword in sorted(FULL) for line in FULL[keyword].splitlines()[1:]]


@pytest.mark.parametrize(("keyword", "part"), CASES)
def test_a_part_is_listed_as_required_exactly_if_leaving_it_out_is_an_error(keyword, part):
    kept = [line for line in FULL[keyword].splitlines() if line.split()[0] != part]
    if part == "when":
        kept = [line for line in kept if line.split()[0] != "unknown"]
    required = part in words(TABLE[keyword][1])
    assert bool(codes_of(without_section("\n".join(kept)))) == required


@pytest.mark.parametrize(("keyword", "part"), [(k, p) for k, p in CASES if f"`{p}`°" in "".join(TABLE[k])])
def test_a_marked_part_may_stand_in_the_section(keyword, part):
    given = next(line for line in FULL[keyword].splitlines() if line.split()[0] == part)
    kept = "\n".join(line for line in FULL[keyword].splitlines() if line != given)
    assert codes_of(f'{SETTING.text}\n\nsection bare "With a default"\n{given}\n\n{kept}') == []


def test_every_kind_of_evidence_has_its_line_and_its_place_in_the_vocabulary():
    listed = {row[0].split("`")[1]: row for row in rows("kinds")}
    assert list(listed) == sorted(builtin().evidence)
    headings = re.findall(r"^### (.+)$", (ROOT / "docs" / "vocabulary.md").read_text(encoding="utf-8"), re.MULTILINE)
    anchors = {re.sub(r"[^a-z0-9 _-]", "", heading.lower()).replace(" ", "-") for heading in headings}
    for name, (link, what, wanted) in listed.items():
        assert link.split("#")[1].rstrip(")") in anchors, name
        assert what
        assert wanted


def test_every_warning_about_a_policy_has_its_honest_way_out():
    section = PAGE.split("## Warnings")[1].split("\n## ")[0]
    told = set(re.findall(r"PK\d{3}", section))
    warned = {code for code in pages.all_codes() if code < "PK450" and "It is a warning" in (pages.page(code) or "")}
    assert warned <= told


def test_what_acts_without_a_time_zone_and_without_unknown():
    bare = SETTING.text.replace('\n  timezone "Europe/Berlin"', "")
    policy = load_text("bare.policy", bare, replace(builtin(), detectors=NAMES)).policy
    assert policy is not None
    assert policy.timezone == "UTC"
    assert all(rule.unknown == rule.then for rule in policy.rules)
    assert policy.requirements[0].applies_when is None


def test_a_pack_has_no_time_zone_of_its_own():
    (pack,) = [block.text for block in BLOCKS if "\npack speed" in block.text]
    assert codes_of(pack) == []
    assert codes_of(pack.replace("  title ", '  timezone "Europe/Berlin"\n  title ')) == ["PK326"]
    assert "timezone" not in "".join(TABLE["pack"])
