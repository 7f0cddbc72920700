"""The law of docs/adr/0028: no member of the project file makes anything better in silence.

Two projects differ in one member. Where a clause is met in the second and not in the first, its evidence is claimed, or
the sign-offs for the first are void, or a claim or another file stands in the verdict.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from policykit.evidence.reader import all_readers
from policykit.readiness._project_form import BindingForm, ProjectForm
from policykit.readiness.verdict import Verdict
from tests.unit.readiness.projects import promptfoo, ring, signed, values, verdict, write

CLAUSES = """
fact system.speaks : yes or no "whether it speaks"

requirement SIZE-1 "The golden set is large"
  shown by golden, no older than 2 days
  check    golden.cases >= 50

requirement WEEKLY-1 "It is measured every week"
  shown by golden
  before   launch and every 7 days after
  check    golden.accuracy >= 90%

requirement MAIL-1 "Mail is tested more"
  applies when system.reads_mail is yes
  shown by golden
  check    golden.cases >= 500

requirement SPEECH-1 "Somebody says whether it speaks"
  applies when system.speaks is missing
  shown by golden
  check    golden.cases >= 500

requirement BETTER-1 "It is better than before"
  shown by golden
  check    golden.accuracy > golden.baseline_accuracy

requirement TONE-1 "The tone is right"
  shown by golden
  check    golden.tone >= 90%

requirement MARGIN-1 "A margin is waived"
  shown by golden
  check    golden.accuracy >= 99%

waive MARGIN-1 through 2026-12-24
  because "known, and accepted"
  approved by run_owner

sign-off for launch by risk, business_owner
"""
FILES = {
    "good.json": promptfoo(cases=60, passed=57),
    "bad.json": promptfoo(cases=60, passed=40),
    "small.json": promptfoo(cases=20, passed=20),
    "old.json": promptfoo(cases=60, passed=57, at="2026-11-01T12:00:00.000Z"),
    "undated.yaml": values(cases=60, accuracy="95%", tone="95%", produced_at=""),
    "local.yaml": values(cases=60, accuracy="95%", produced_at="2026-11-18T13:30:00"),
}
PEOPLE = ("Ada Lund", "Cleo Marsh", "Dora Klein", "  dora   KLEIN ")
KEYS = ring(("Cleo Marsh", "risk"), ("Dora Klein", "business_owner"))

yes_no = st.sampled_from(["yes", "no"])
names = st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=2, unique=True)
zones = st.sampled_from(["Europe/Berlin", "Pacific/Kiritimati", "Etc/GMT+12", "UTC"])
days = st.sampled_from(["2026-11-01", "2026-11-20", "2026-11-21", "2027-02-01", "2099-01-01"])
files = st.sampled_from([*FILES, "*.json", "good.json", "good.json"])
options = st.sampled_from(
    [{"fields": {"tone": "a"}}, {"provider": "openai:gpt-5-mini-2026-08-07"}, {"fields": {"accuracy": "a"}}]
)

TOP: Mapping[str, st.SearchStrategy[Any]] = {
    "subject": st.builds(
        lambda version, more: {"name": "claims-helper", "version": version, **more},
        st.sampled_from(["1.0.0", "1.0.1"]),
        st.sampled_from([{}, {}, {"model": "gpt-5-mini-2026-08-07"}, {"model": "another"}]),
    ),
    "zone": zones,
    "gates": st.dictionaries(st.just("launch"), days),
    "people": st.dictionaries(st.sampled_from(["risk", "evaluation_lead", "business_owner", "run_owner"]), names),
    "statements": st.sampled_from(["statements/*.json", "statements/0.json"]),
    "facts": st.dictionaries(st.sampled_from(["system.reads_mail", "system.speaks"]), yes_no),
}
OF_EVIDENCE: Mapping[str, st.SearchStrategy[Any]] = {
    "files": files,
    "reader": st.sampled_from(["promptfoo", "hand_written"]),
    "zone": zones,
    "options": options,
    "baseline": st.sampled_from(["good.json", "bad.json", "small.json"]),
    "collected_by": st.sampled_from(PEOPLE),
    "collected_at": st.sampled_from(["2026-11-19T12:00:00Z", "2026-11-01T12:00:00Z"]),
    "subject": st.sampled_from([{"version": "1.0.0"}, {"version": "1.0.1"}, {"model": "another"}]),
}
APART = {"project", "policy", "evidence", "keys", "trail", "stops"}
"""Held otherwise: the form, the definition and the key ring by their digests; the trail in tests/e2e; the store of stops,
which no verdict rests on, in tests/unit/cli/test_check_stops.py."""


def test_the_law_is_about_every_member():
    assert set(TOP) | APART == set(ProjectForm.model_fields)
    assert set(OF_EVIDENCE) == set(BindingForm.model_fields)


def test_every_option_of_every_reader_stands_in_the_table_of_the_decision():
    table = (Path(__file__).parents[2] / "docs" / "adr" / "0028-what-the-project-file-may-say.md").read_text("utf-8")
    options_ = {name for reader in all_readers().values() for name in reader.options}
    rows = "\n".join(line for line in table.splitlines() if line.startswith("| "))
    held_ = sorted({*options_, *TOP, *OF_EVIDENCE, *APART} - {"project", "options"})
    assert [name for name in held_ if f"`{name}`" not in rows] == []


@st.composite
def projects(draw) -> dict[str, Any]:
    top = {name: draw(value) for name, value in TOP.items() if name == "subject" or draw(st.booleans())}
    bound = {
        name: draw(value) for name, value in OF_EVIDENCE.items() if name == "files" or draw(st.integers(0, 3)) == 0
    }
    return {**top, "golden": bound}


CAN_BE_WRONG = {"zone", *(f"golden.{name}" for name in ("reader", "zone", "options", "subject", "baseline"))}
"""Members with which a file is read or compared: a wrong value makes it worse, so they are held against saying nothing."""
NEEDED = {"subject", "golden.files"}


@st.composite
def changes(draw) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return a member, and two projects that differ in it: set, changed or, where that can matter, removed."""
    project = draw(projects())
    member = draw(st.sampled_from([*TOP, *(f"golden.{name}" for name in OF_EVIDENCE)]))
    name = member.removeprefix("golden.")
    value = (OF_EVIDENCE if name != member else TOP)[name]
    stated = value if member in NEEDED else st.none() | value
    first = None if member in CAN_BE_WRONG else draw(stated)
    return member, _with(project, member, first), _with(project, member, draw(stated))


def _with(project: Mapping[str, Any], member: str, value: object) -> dict[str, Any]:
    name = member.removeprefix("golden.")
    whole = dict(project) if name == member else dict(project["golden"])
    whole.pop(name, None)
    whole |= {} if value is None else {name: value}
    return whole if name == member else {**project, "golden": whole}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = write(tmp_path_factory.mktemp("laws"), CLAUSES, "project: 1\n", keys__yaml=KEYS)
    policy = folder / "claims.policy"
    text = policy.read_text("utf-8").replace('"the golden set"', '"the golden set" permits fields')
    policy.write_text(text, encoding="utf-8")
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def state(root: Path, project: Mapping[str, Any]) -> None:
    whole = {"project": 1, "policy": "claims.policy", "keys": "keys.yaml", "statements": "statements/*.json", **project}
    whole["evidence"] = {"golden": whole.pop("golden")}
    (root / "policykit.yaml").write_text(
        json.dumps(whole).replace('"yes"', "yes").replace('"no"', "no"), encoding="utf-8"
    )


def sign(root: Path, *decisions: str) -> None:
    for old in (root / "statements").glob("*"):
        old.unlink()
    for decision, person, role in zip(decisions, ("Cleo Marsh", "Dora Klein"), ("risk", "business_owner"), strict=True):
        signed(root, person, role, decision=decision)


def held(id_: str, before: Verdict, after: Verdict) -> set[str]:
    """Return how a verdict shows that a clause is met because of what the project file says."""
    was, is_ = (next(c for c in found.clauses if c.id == id_) for found in (before, after))
    found = set()
    if {c.model_dump_json() for c in after.claims if id_ in c.clauses} - {c.model_dump_json() for c in before.claims}:
        found.add("claims")
    if any(use.trust == "claimed" for use in is_.evidence):
        found.add("claimed")
    if {reason.code for reason in after.not_counted} & {"PK645", "PK655"}:
        found.add("void")
    if [use.files for use in was.evidence] != [use.files for use in is_.evidence]:
        found.add("files")
    if before.subject != after.subject:
        found.add("subject")
    return found


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(change=changes(), decisions=st.tuples(*[st.sampled_from(["approve", "approve", "reject"])] * 2))
def test_no_member_makes_a_clause_or_a_sign_off_better_in_silence(root, change, decisions):
    member, first, second = change
    state(root, first)
    sign(root, *decisions)
    before = verdict(root)
    state(root, second)
    after = verdict(root)
    for was, is_ in zip(before.clauses, after.clauses, strict=True):
        if is_.outcome.is_met and not was.outcome.is_met:
            ways = held(is_.id, before, after)
            event(f"{member} made {is_.id} better: {', '.join(sorted(ways))}")
            assert ways - ({"files"} if member != "golden.files" else set()), (member, first, second)
    for was, is_ in zip(before.sign_offs, after.sign_offs, strict=True):
        if is_.is_met and not was.is_met:
            event(f"{member} made a sign-off better")
            assert member == "statements", (member, first, second)
            assert before.rests_on.statements != after.rests_on.statements


GOOD = {"files": "good.json", "baseline": "bad.json"}
BASE: Mapping[str, Any] = {"subject": {"name": "claims-helper", "version": "1.0.0"}, "golden": GOOD}
BETTER = [
    ("facts", {"system.reads_mail": "yes"}, {"system.reads_mail": "no"}, "MAIL-1", {"claims", "void"}),
    ("facts", None, {"system.reads_mail": "no"}, "MAIL-1", {"claims", "void"}),
    ("facts", {"system.speaks": "no"}, None, "SPEECH-1", set()),
    ("facts", None, {"system.speaks": "no"}, "SPEECH-1", {"claims", "void"}),
    ("gates", {"launch": "2026-11-01"}, {"launch": "2027-02-01"}, "WEEKLY-1", {"claims", "void"}),
    ("gates", None, {"launch": "2026-11-21"}, "WEEKLY-1", {"claims", "void"}),
    ("gates", None, {"launch": "2099-01-01"}, "WEEKLY-1", set()),
    ("gates", None, {"launch": "2026-11-20"}, "WEEKLY-1", set()),
    ("people", {"run_owner": ["Ada Lund"], "evaluation_lead": ["ada  LUND"]}, {"evaluation_lead": ["Ada Lund"]}, "MARGIN-1",
     {"claims"}),
    ("people", {"run_owner": ["Ada Lund"], "evaluation_lead": ["Ada Lund"]},
     {"run_owner": ["Ada Lund", "Eve"], "evaluation_lead": ["Ada Lund"]}, "MARGIN-1", {"claims"}),
    ("zone", None, "Pacific/Kiritimati", "SIZE-1", set()),
    ("zone", None, "Etc/GMT+12", "SIZE-1", {"claims", "claimed"}),
    ("golden.zone", None, "Etc/GMT+12", "SIZE-1", {"claims", "claimed"}),
    ("golden.collected_at", None, "2026-11-19T12:00:00Z", "SIZE-1", {"claims", "claimed"}),
    ("golden.baseline", "good.json", "bad.json", "BETTER-1", {"claims"}),
    ("golden.options", None, {"fields": {"accuracy": "tidy"}}, "TONE-1", set()),
    ("golden.options", None, {"fields": {"tone": "tidy"}}, "TONE-1", {"claims", "claimed"}),
    ("golden.files", "small.json", "good.json", "SIZE-1", {"files"}),
    ("golden.collected_by", "Ada Lund", "Ada Lyon", "SIZE-1", set()),
]  # fmt: skip
"""Member, what it said, what it says, the clause, and how a verdict must show that it is better for it; nothing: it is not."""
FILES_OF = {"zone": "local.yaml", "golden.zone": "local.yaml", "golden.collected_at": "undated.yaml"}
WEEK_OLD = {"gates": "old.json"}


def scored() -> str:
    """Return a run whose own score is called `tidy`."""
    run = json.loads(FILES["good.json"])
    for row in run["results"]["results"]:
        row["namedScores"] = {"tidy": 1.0}
        row["gradingResult"]["namedScoreWeights"] = {"tidy": 1}
    return json.dumps(run)


@pytest.mark.parametrize(
    ("member", "first", "second", "clause", "ways"), BETTER, ids=[f"{n}-{row[0]}" for n, row in enumerate(BETTER)]
)
def test_a_member_that_can_make_a_clause_better_does_so_in_these_ways_only(root, member, first, second, clause, ways):  # noqa: PLR0917 - a row of the table
    (root / "scored.json").write_text(scored(), encoding="utf-8")
    file = {"gates": "old.json", "golden.options": "scored.json", **FILES_OF}.get(member, "good.json")
    golden = {**GOOD, "files": file} if member not in FILES_OF else {"files": file}
    base = {**BASE, "golden": golden}
    state(root, _with(base, member, first))
    sign(root, "approve", "approve")
    before = verdict(root)
    state(root, _with(base, member, second))
    after = verdict(root)
    was, is_ = (next(c for c in found.clauses if c.id == clause) for found in (before, after))
    if ways:
        assert (was.outcome.is_met, is_.outcome.is_met) == (False, True), (was.reasons, is_.reasons)
        assert held(clause, before, after) - {"files"} == ways - {"files"}
        assert ("files" in held(clause, before, after)) == ("files" in ways)
    else:
        assert is_.outcome.is_met <= was.outcome.is_met, is_.outcome
