"""Laws of claims: a sign-off is given for what the project file stated then, and what rests on a claim says so (ADR 28)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policykit.encoding.dsse import parse_envelope, sign_envelope
from policykit.readiness.exports import exports
from policykit.readiness.outcome import Outcome
from policykit.readiness.signed_verdict import sign_verdict, signed_at
from policykit.readiness.verdict import Verdict
from policykit.readiness.waivers import Filled
from tests.unit.readiness.projects import AT, CASES, GOLDEN, PROJECT, key_of, ring, signed, values, verdict, write

MAIL = (
    CASES
    + """
requirement EVAL-2 "Mail is tested more"
  applies when system.reads_mail is yes
  shown by golden
  check    golden.cases >= 5000

sign-off for launch by run_owner, risk
"""
)
KEYS = "keys: keys.yaml\nstatements: statements/*.json\n"
RING = ring(("Ben Ito", "run_owner"), ("Cleo Marsh", "risk"))


def project(root: Path, members: str = "", *, clauses: str = MAIL, golden: str = GOLDEN, subject: str = "", **files):
    head = PROJECT.replace('version: "1.0.0"', f'version: "1.0.0"{subject}')
    return write(root, clauses, head + KEYS + members + golden, **{"keys__yaml": RING, **files})


def sign(root: Path) -> None:
    signed(root, "Ben Ito", "run_owner")
    signed(root, "Cleo Marsh", "risk")


def refused(found: Verdict) -> list[tuple[str, str, str, str]]:
    return [(reason.code, reason.message, reason.expected, reason.got) for reason in found.not_counted]


FACT = "signed when the project file stated another fact `system.reads_mail`"
DAY = "signed when the project file stated another day of the gate `{}`"


@pytest.mark.parametrize(
    ("then", "now", "message"),
    [
        ("facts: {system.reads_mail: yes}\n", "facts: {system.reads_mail: no}\n", FACT),
        ("facts: {system.reads_mail: no}\n", "facts: {system.reads_mail: yes}\n", FACT),
        ("facts: {system.reads_mail: no}\n", "", FACT),
        ("", "facts: {system.reads_mail: no}\n", FACT),
        ("gates: {launch: 2026-11-01}\n", "gates: {launch: 2026-11-02}\n", DAY.format("launch")),
        ("gates: {launch: 2026-11-01}\n", "", DAY.format("launch")),
        ("", "gates: {pilot: 2026-11-01}\n", DAY.format("pilot")),
    ],
)
def test_another_fact_or_day_than_when_it_was_signed_voids_a_sign_off_by_name(tmp_path, then, now, message):
    root = project(tmp_path, then)
    sign(root)
    assert verdict(root).sign_offs[0].is_met
    project(tmp_path, now)
    found = verdict(root)
    assert not found.sign_offs[0].is_met
    people = ("Ben Ito, run_owner", "Cleo Marsh, risk")
    assert [(code, words) for code, words, _, _ in refused(found)] == [("PK645", f"{message} ({p})") for p in people]
    project(tmp_path, then)
    assert verdict(root).sign_offs[0].is_met, "what was signed for counts again"


def test_what_changed_says_what_it_was_and_what_it_is(tmp_path):
    root = project(tmp_path, "facts: {system.reads_mail: yes}\n")
    sign(root)
    project(tmp_path, "facts: {system.reads_mail: no}\n")
    (_, _, expected, got), _ = refused(verdict(root))
    assert ("no" in expected, "yes" in got) == (True, True)


@pytest.mark.parametrize("member", ["git_commit: 8f3c1e0d5a", "model: mini-1"])
def test_a_member_of_the_subject_that_is_no_longer_stated_voids_a_sign_off(tmp_path, member):
    root = project(tmp_path, subject=f", {member}")
    sign(root)
    assert verdict(root).sign_offs[0].is_met
    project(tmp_path)
    assert [code for code, *_ in refused(verdict(root))] == ["PK655"] * 2


@pytest.mark.parametrize(("members", "counts"), [("", True), ("facts: {system.reads_mail: no}\n", False),
                                                 ("gates: {launch: 2026-11-01}\n", False)])  # fmt: skip
def test_a_sign_off_of_the_form_without_claims_counts_only_where_none_are_made(tmp_path, members, counts):
    root = project(tmp_path, members)
    sign(root)
    for path in (root / "statements").iterdir():
        envelope = parse_envelope(path.read_bytes())
        body = json.loads(envelope.payload)
        assert body["predicate"].pop("stated")
        person = "Ben Ito" if path.name == "0.json" else "Cleo Marsh"
        again = sign_envelope(envelope.payload_type, json.dumps(body).encode(), [key_of(person).dsse_signer()])
        path.write_bytes(again.to_json())
    found = verdict(root)
    assert found.sign_offs[0].is_met is counts
    assert {code for code, *_ in refused(found)} == (set() if counts else {"PK645"})


BOTH_MADE = """people: {evaluation_lead: [Ben Ito], run_owner: [Ben Ito]}
"""
BY_CLEO = "\nevidence:\n  golden: {files: golden.yaml, collected_by: Cleo Marsh}\n"
BY_ADA = BY_CLEO.replace("Cleo Marsh", "Ada Lund")


@pytest.mark.parametrize(
    ("people", "golden"),
    [("people: {evaluation_lead: [Ada Lund]}\n", BY_CLEO), (BOTH_MADE, BY_ADA), ("", BY_CLEO), ("", BY_ADA)],
)
def test_nobody_ceases_to_be_a_maker_by_an_edit_after_signing(tmp_path, people, golden):
    root = project(tmp_path, BOTH_MADE, golden=BY_CLEO)
    sign(root)
    first = verdict(root).sign_offs[0]
    assert [reason.code for reason in first.reasons] == ["PK643"]
    project(tmp_path, people, golden=golden)
    assert [reason.code for reason in verdict(root).sign_offs[0].reasons] == ["PK643"]


def test_whoever_becomes_a_maker_after_signing_is_one(tmp_path):
    root = project(tmp_path, "people: {evaluation_lead: [Ada Lund]}\n", golden=BY_ADA)
    sign(root)
    assert verdict(root).sign_offs[0].is_met
    project(tmp_path, "people: {evaluation_lead: [ben  ITO, cleo marsh]}\n", golden=BY_ADA)
    assert [reason.code for reason in verdict(root).sign_offs[0].reasons] == ["PK643"]


# --- claims in the verdict ----------------------------------------------------------------------------------------


def test_a_fact_that_puts_a_clause_aside_stands_in_every_format_and_in_the_signed_statement(tmp_path):
    root = project(tmp_path, "facts: {system.reads_mail: no}\n")
    sign(root)
    found = verdict(root)
    claim = next(c for c in found.claims if c.member == "facts.system.reads_mail")
    assert (claim.says, claim.effect, claim.clauses) == ("no", "a clause does not apply", ("EVAL-2",))
    for name, export in exports().items():
        assert "facts.system.reads_mail" in export.render(found).replace("\\", ""), name
    envelope = sign_verdict(signed_at(found, AT), [key_of("Ben Ito").dsse_signer()])
    own = json.loads(envelope.payload)["predicate"]["urn:policykit:verdict:v1"]
    assert claim.model_dump(mode="json") in own["claims"]


def test_a_fact_that_helps_nobody_is_no_claim(tmp_path):
    found = verdict(project(tmp_path, "facts: {system.reads_mail: yes}\n"))
    assert [c.member for c in found.claims if c.member.startswith("facts.")] == []


def test_a_fact_that_is_not_stated_and_puts_a_clause_aside_for_that_is_a_claim(tmp_path):
    clauses = MAIL.replace("system.reads_mail is yes", "system.reads_mail is supplied")
    found = verdict(project(tmp_path, clauses=clauses))
    assert found.clauses[1].outcome is Outcome.NOT_APPLICABLE
    (claim,) = (c for c in found.claims if c.member.startswith("facts."))
    assert (claim.member, claim.says, claim.clauses) == ("facts.system.reads_mail", "not stated", ("EVAL-2",))


# --- waivers and replacements -------------------------------------------------------------------------------------

WAIVED = CASES + '\nwaive EVAL-1 through 2026-11-30\n  because "the set grows"\n  approved by risk\n'
SMALL = values(cases=480)


@pytest.mark.parametrize(
    ("people", "outcome"),
    [
        ("{risk: [Ada Lund], evaluation_lead: [Ada Lund]}", Outcome.FAIL),
        ('{risk: ["  ada   LUND "], evaluation_lead: [Ada Lund]}', Outcome.FAIL),
        ("{risk: [Ada Lund], evaluation_lead: [Ada Lund, Ben Ito]}", Outcome.FAIL),
        ("{risk: [Ada Lund, Cleo Marsh], evaluation_lead: [Ada Lund]}", Outcome.WAIVED),
        ("{risk: [Cleo Marsh], evaluation_lead: [Ada Lund]}", Outcome.WAIVED),
        ("{evaluation_lead: [Ada Lund]}", Outcome.WAIVED),
        ("{risk: [Cleo Marsh]}", Outcome.WAIVED),
    ],
)
def test_a_waiver_of_the_owners_own_people_in_another_role_has_no_effect(tmp_path, people, outcome):
    root = write(tmp_path, WAIVED, f"{PROJECT}people: {people}\n{GOLDEN}", golden__yaml=SMALL)
    (found,) = verdict(root).clauses
    assert (found.outcome, found.true_outcome) == (outcome, Outcome.FAIL)
    if outcome is Outcome.FAIL:
        assert "nobody but the clause's owner" in found.notes[0]
    else:
        assert "people.risk" in {c.member for c in verdict(root).claims}


def test_who_fills_a_role_by_the_key_ring_counts_as_well(tmp_path):
    head = f"{PROJECT}keys: keys.yaml\npeople: {{risk: [Ada Lund]}}\n{GOLDEN}"
    one = ring(("Ada Lund", "evaluation_lead, risk"))
    root = write(tmp_path, WAIVED, head, golden__yaml=SMALL, keys__yaml=one)
    assert verdict(root).clauses[0].outcome is Outcome.FAIL
    (tmp_path / "keys.yaml").write_text(ring(("Ada Lund", "evaluation_lead"), ("Cleo Marsh", "risk")), "utf-8")
    assert verdict(root).clauses[0].outcome is Outcome.WAIVED


def test_roles_of_others_are_those_in_which_somebody_else_can_act():
    filled = Filled({"lead": frozenset({"ada", "ben"}), "risk": frozenset({"ada"}), "board": frozenset({"ada", "cy"})})
    assert filled.others(["lead", "risk", "board", "empty"], ("lead",)) == {"board", "empty"}
    assert filled.others(["lead"], "lead") == frozenset()
    assert filled.others(["lead", "board"], "risk") == {"lead", "board"}


PACKED = """
include speed

replace speed/SPEED-1
  check    load.latency_p95 <= 20 seconds
  because  "attachments take longer"
  approved by risk
"""
PACK = """language 1
pack speed version "1.0.0"
  title "Speed"
role run_owner "who runs the system"
gate launch "calls from all customers"
evidence load : load_test "measurements under load"

section speed "Speed"
  owner  run_owner
  before launch

requirement SPEED-1 "Answers come in time"
  shown by load
  check    load.latency_p95 <= 8 seconds
"""
LOAD = values(kind="load_test", latency_p95="12 seconds")


@pytest.mark.parametrize(
    ("people", "outcome"),
    [
        ("{risk: [Ben Ito], run_owner: [Ben Ito]}", Outcome.INCONCLUSIVE),
        ('{risk: ["BEN ito"], run_owner: [Ben Ito]}', Outcome.INCONCLUSIVE),
        ("{risk: [Cleo Marsh], run_owner: [Ben Ito]}", Outcome.PASS),
        ("{run_owner: [Ben Ito]}", Outcome.PASS),
    ],
)
def test_a_replacement_that_only_the_owners_people_approved_shows_nothing(tmp_path, people, outcome):
    golden = "evidence:\n  load: {files: load.yaml}\n"
    files = {"load__yaml": LOAD, "packs/speed/speed__policy": PACK}
    root = write(tmp_path, PACKED, f"{PROJECT}people: {people}\n{golden}", **files)
    found = next(c for c in verdict(root).clauses if c.id == "speed/SPEED-1")
    assert found.outcome is outcome, found.reasons
    if outcome is Outcome.INCONCLUSIVE:
        assert [reason.code for reason in found.reasons] == ["PK647"]
    else:
        assert "people.risk" in {c.member for c in verdict(root).claims}
