"""Laws of readiness's helps: what a reason says to do is done to the letter, and the reason is gone."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from policykit.errors import ProjectError
from policykit.evidence.model import Subject
from policykit.readiness.attest import Signing, human_statement, manifest
from policykit.readiness.check import load_project
from policykit.readiness.outcome import Outcome
from tests.helps import told
from tests.unit.readiness.projects import (
    AT,
    CASES,
    GOLDEN,
    HEAD,
    PROJECT,
    clause,
    key_of,
    promptfoo,
    ring,
    signed,
    values,
    verdict,
    write,
)
from tests.unit.readiness.test_claims import LOAD, PACK, PACKED

OLD = "2026-01-02T12:00:00Z"
KEYS = "keys: keys.yaml\nstatements: statements/*.json\n"
PEOPLE = {"keys__yaml": ring(("Ada Lund", "evaluation_lead"), ("Ben Ito", "run_owner"), ("Cleo Marsh", "risk"))}


def reasons(root, gate=None):
    """Return all reasons of a verdict, by code."""
    found = verdict(root, gate=gate)
    all_ = [
        *found.problems,
        *(r for c in found.clauses for r in c.reasons),
        *(r for s in found.sign_offs for r in s.reasons),
    ]
    all_ += found.not_counted
    return {reason.code: reason for reason in all_}


def helped(root, code, form, **how):
    return told(reasons(root, **how)[code].help, form)


def edit(root, name, old, new):
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new))


def met(root):
    return verdict(root).result == "met"


# --- evidence that does not count -------------------------------------------------------------------------------------


def test_evidence_is_bound_under_the_name_that_the_help_writes(tmp_path):
    root = write(tmp_path, project=PROJECT + "evidence: {}\n")
    (name,) = helped(root, "PK620", "readiness/supply.py: name its file under `evidence:` as `{}:`")
    edit(root, "policykit.yaml", "evidence: {}\n", f"evidence:\n  {name}: {{files: golden.yaml}}\n")
    assert met(root)


def test_evidence_that_is_too_old_counts_once_the_tool_ran_again(tmp_path):
    root = write(tmp_path, golden__yaml=values(cases=512, produced_at=OLD))
    helped(root, "PK622", "readiness/usable.py: run the tool again")
    (root / "golden.yaml").write_text(values(cases=512))
    assert met(root)


def test_evidence_that_has_expired_counts_once_it_is_collected_again(tmp_path):
    expired = values(cases=512) + "expires_at: 2026-11-19T18:00:00Z\n"
    root = write(tmp_path, golden__yaml=expired)
    helped(root, "PK623", "readiness/usable.py: collect it again")
    (root / "golden.yaml").write_text(expired.replace("2026-11-19T18", "2026-12-19T18"))
    assert met(root)


def test_a_time_that_is_stated_in_the_project_file_makes_evidence_claimed(tmp_path):
    root = write(tmp_path, golden__yaml=values(cases=512, produced_at=""))
    form = "readiness/usable.py: state `collected_at` in the project file; the evidence is then `claimed`"
    helped(root, "PK625", form)
    edit(root, "policykit.yaml", "collected_by", "collected_at: 2026-11-19T12:00:00Z, collected_by")
    assert met(root)
    assert clause(root).evidence[0].trust == "claimed"


def test_the_tools_own_output_is_trusted_more_than_values_written_by_hand(tmp_path):
    demanding = CASES.replace("golden,", "golden, file,")
    root = write(tmp_path, demanding)
    helped(root, "PK624", "readiness/usable.py: bind the tool's own output in place of written values")
    (root / "golden.json").write_text(promptfoo())
    edit(root, "policykit.yaml", "golden.yaml", "golden.json")
    assert met(root)


def test_evidence_is_signed_by_the_command_that_the_help_names(tmp_path):
    root = write(tmp_path, CASES.replace("golden,", "golden, attested,"), PROJECT + KEYS + GOLDEN, **PEOPLE)
    helped(root, "PK624", "readiness/usable.py: have it signed: `policykit attest evidence FILE`")
    _, project = load_project(root)
    signing = Signing("Ada Lund", "", key_of("Ada Lund").dsse_signer(), AT)
    (root / "golden.yaml.manifest.json").write_bytes(manifest("golden.yaml", project, signing, None).to_json())
    assert met(root)


@pytest.mark.parametrize("mend", ["run", "correct"])
def test_evidence_about_another_system_counts_once_it_is_about_this_one(tmp_path, mend):
    other = values(cases=512) + "subject: {name: claims-helper, version: '2.0.0'}\n"
    root = write(tmp_path, golden__yaml=other)
    form = (
        "readiness/supply.py: run the tool against the system that is judged, or correct `subject` in the project file"
    )
    helped(root, "PK621", form)
    if mend == "run":
        edit(root, "golden.yaml", "'2.0.0'", "'1.0.0'")
    else:
        edit(root, "policykit.yaml", '"1.0.0"', '"2.0.0"')
    assert met(root)


def test_what_the_project_file_says_of_a_file_is_corrected(tmp_path):
    other = values(cases=512) + "subject: {version: '1.0.0'}\n"
    bound = "evidence:\n  golden: {files: golden.yaml, subject: {version: '0.9'}}\n"
    root = write(tmp_path, project=PROJECT + bound, golden__yaml=other)
    helped(root, "PK621", "readiness/supply.py: correct `subject` of this evidence in the project file")
    edit(root, "policykit.yaml", "'0.9'", "'1.0.0'")
    assert met(root)


# --- what is unknown --------------------------------------------------------------------------------------------------


def test_a_field_that_is_not_in_the_evidence_is_measured(tmp_path):
    root = write(tmp_path, golden__yaml=values(accuracy="94%"))
    helped(root, "PK611", "readiness/blame.py: measure it, or bind a file that shows it")
    (root / "golden.yaml").write_text(values(cases=512))
    assert met(root)


def test_elements_are_looked_at_once_there_is_one(tmp_path):
    every = CASES.replace("golden.cases >= 500", "every case in golden has passed yes")
    root = write(tmp_path, every, golden__yaml=values(accuracy="94%") + "elements: {case: []}\n")
    (what,) = helped(root, "PK613", "readiness/blame.py: bind a file that holds at least one {}")
    (root / "golden.yaml").write_text(values(accuracy="94%") + f"elements: {{{what}: [{{passed: yes}}]}}\n")
    assert met(root)


WORSE = """
requirement EVAL-1 "Nothing got worse"
  shown by golden
  check    golden.accuracy >= golden.baseline_accuracy - 1 percentage point
"""
BEFORE = {"at": "2026-10-01T12:00:00.000Z"}


def test_an_earlier_run_is_named_where_the_help_says(tmp_path):
    project = PROJECT + "evidence:\n  golden: {files: golden.json}\n"
    root = write(tmp_path, WORSE, project, golden__json=promptfoo(), before__json=promptfoo(**BEFORE))
    (name,) = helped(root, "PK627", "readiness/blame.py: name its file as `baseline:` of `{}` in the project file")
    assert name == "golden"
    edit(root, "policykit.yaml", "golden.json", "golden.json, baseline: before.json")
    assert met(root)


def test_a_baseline_is_made_again_on_the_same_data(tmp_path):
    project = PROJECT + "evidence:\n  golden: {files: golden.json, baseline: before.json}\n"
    other = promptfoo(cases=500, passed=490, **BEFORE)
    root = write(tmp_path, WORSE, project, golden__json=promptfoo(), before__json=other)
    form = "readiness/comparable.py: make the baseline again with the same tool on the same data set"
    helped(root, "PK626", form)
    (root / "before.json").write_text(promptfoo(**BEFORE))
    assert met(root)


# --- gates and sign-offs ----------------------------------------------------------------------------------------------

SIGNED = CASES + "\nsign-off for launch by run_owner, risk\n"


@pytest.fixture
def asked(tmp_path):
    return write(tmp_path, SIGNED, PROJECT + KEYS + GOLDEN, **PEOPLE)


@pytest.mark.parametrize("mend", ["state", "judge"])
def test_a_gate_demands_something_or_another_one_is_judged(tmp_path, mend):
    root = write(tmp_path)
    form = "readiness/decide.py: a gate that demands nothing shows nothing: state a requirement, or judge another gate"
    helped(root, "PK630", form, gate="pilot")
    if mend == "state":
        edit(root, "claims.policy", "  before launch\n", "  before pilot\n")
    assert verdict(root, gate="pilot" if mend == "state" else "launch").result == "met"


def test_evidence_is_supplied_for_a_requirement_that_was_waived(tmp_path):
    waived = CASES + '\nwaive EVAL-1 through 2026-11-30\n  because "the set grows"\n  approved by risk\n'
    root = write(tmp_path, waived)
    (root / "golden.yaml").unlink()
    form = (
        "readiness/decide.py: supply evidence for at least one requirement; waived and not applicable ones show nothing"
    )
    helped(root, "PK631", form)
    (root / "golden.yaml").write_text(values(cases=512))
    assert met(root)


def test_who_has_to_sign_for_the_earlier_gate_is_said_there(asked):
    edit(asked, "claims.policy", "sign-off for launch", "sign-off for pilot")
    (gate,) = helped(asked, "PK632", "readiness/decide.py: `policykit check --gate {}` says who has to sign")
    assert gate == "pilot"
    found = verdict(asked, gate=gate)
    assert "run_owner, risk" in found.sign_offs[0].reasons[0].expected
    signed(asked, "Ben Ito", "run_owner", gate=gate)
    signed(asked, "Cleo Marsh", "risk", gate=gate)
    assert met(asked)


def test_the_roles_that_are_open_sign_for_the_gate_that_the_help_names(asked):
    signed(asked, "Ben Ito", "run_owner")
    form = "readiness/sign_off.py: open: {}; `policykit attest sign-off {}` signs for one"
    role, gate = helped(asked, "PK642", form)
    signed(asked, "Cleo Marsh", role, gate=gate)
    assert met(asked)


def test_an_objection_is_cleared_by_the_person_who_made_it(asked):
    signed(asked, "Ben Ito", "run_owner")
    signed(asked, "Cleo Marsh", "risk", decision="reject", at=AT - timedelta(hours=2))
    helped(asked, "PK641", "readiness/sign_off.py: clear the objection; the same person signs again")
    signed(asked, "Cleo Marsh", "risk", at=AT - timedelta(hours=1))
    assert met(asked)


def test_somebody_who_made_nothing_signs_too(asked):
    edit(asked, "claims.policy", "by run_owner, risk", "by at least 1 of run_owner, risk")
    edit(asked, "policykit.yaml", "Ada Lund", "Ben Ito")
    signed(asked, "Ben Ito", "run_owner")
    form = "readiness/sign_off.py: have somebody sign too who neither made nor owns it: `policykit attest sign-off`"
    helped(asked, "PK643", form)
    signed(asked, "Cleo Marsh", "risk")
    assert met(asked)


def test_who_signed_for_another_version_signs_again(asked):
    signed(asked, "Ben Ito", "run_owner")
    signed(asked, "Cleo Marsh", "risk", about=Subject("claims-helper", "0.9"))
    helped(asked, "PK655", "readiness/statements.py: sign again: `policykit attest sign-off`")
    signed(asked, "Cleo Marsh", "risk")
    assert met(asked)


def test_a_statement_about_something_else_is_bound_as_evidence(asked):
    signed(asked, "Ben Ito", "run_owner")
    signed(asked, "Cleo Marsh", "risk")
    policy, project = load_project(asked)
    signing = Signing("Cleo Marsh", "risk", key_of("Cleo Marsh").dsse_signer(), AT)
    envelope = human_statement(policy, project, signing, text="the desk is trained", decision="yes")
    (asked / "statements" / "other.json").write_bytes(envelope.to_json())
    helped(asked, "PK650", "readiness/statements.py: bind a statement about something else as evidence")
    (asked / "statements" / "other.json").rename(asked / "trained.json")
    shown = '\nrequirement EVAL-2 "The desk is trained"\n  shown by trained\n  check trained.decision is "yes"\n'
    edit(
        asked,
        "claims.policy",
        "evidence golden",
        'evidence trained : statement from supplier "training"\nevidence golden',
    )
    edit(asked, "claims.policy", "\nsign-off", shown + "\nsign-off")
    edit(asked, "policykit.yaml", "evidence:\n", "evidence:\n  trained: {files: trained.json}\n")
    assert clause(asked, "EVAL-2").outcome is Outcome.PASS, clause(asked, "EVAL-2").reasons


def test_a_replacement_is_approved_by_a_role_of_somebody_else(tmp_path):
    project = f"{PROJECT}people: {{risk: [Ben Ito], run_owner: [Ben Ito], business_owner: [Eva Roth]}}\n"
    files = {"load__yaml": LOAD, "packs/speed/speed__policy": PACK}
    root = write(tmp_path, PACKED, project + "evidence:\n  load: {files: load.yaml}\n", **files)
    helped(root, "PK647", "readiness/assess.py: have `replace` approved by a role that somebody else fills")
    edit(root, "claims.policy", "approved by risk", "approved by business_owner")
    found = next(c for c in verdict(root).clauses if c.id == "speed/SPEED-1")
    assert found.outcome is Outcome.PASS


# --- the project file -------------------------------------------------------------------------------------------------


def problem_of(root):
    with pytest.raises(ProjectError) as raised:
        verdict(root)
    return raised.value.diagnostics[0]


@pytest.mark.parametrize(
    ("old", "new", "form", "said"),
    [
        ("policy: claims", "polcy: claims", "readiness/_project_form.py: did you mean `{}`?", "policy"),
        ("version:", "vershun:", "readiness/_project_form.py: did you mean `{}`?", "version"),
        ("  golden:", "  goldn:", "readiness/project_file.py: did you mean `{}`?", "golden"),
    ],
)
def test_a_member_that_is_misspelt_is_written_as_the_help_says(tmp_path, old, new, form, said):
    root = write(tmp_path)
    edit(root, "policykit.yaml", old, new)
    found = next(d for d in problems_of(root) if d.code in {"PK601", "PK604"})
    assert told(found.help, form) == (said,)
    whole = found.source.text
    (root / "policykit.yaml").write_text(whole[: found.span.start] + said + whole[found.span.end :])
    assert met(root)


def problems_of(root):
    with pytest.raises(ProjectError) as raised:
        verdict(root)
    return raised.value.diagnostics


@pytest.mark.parametrize(("member", "value"), [("policy", "claims.policy"), ("subject", "{name: claims-helper}")])
def test_a_member_that_is_missing_is_written_with_its_value(tmp_path, member, value):
    root = write(tmp_path)
    text = (root / "policykit.yaml").read_text()
    (root / "policykit.yaml").write_text(re.sub(f"(?m)^{member}:.*\n", "", text))
    (line,) = told(problem_of(root).help, "readiness/_project_form.py: write `{}:` and its value")
    (root / "policykit.yaml").write_text(f"{line}: {value}\n{(root / 'policykit.yaml').read_text()}")
    assert met(root)


@pytest.mark.parametrize("mend", ["days", "order"])
def test_days_of_gates_and_their_order_agree(tmp_path, mend):
    root = write(tmp_path, project=PROJECT + "gates: {pilot: 2027-03-01, launch: 2027-02-01}\n" + GOLDEN)
    form = "readiness/project_file.py: correct one of the two days, or let the policy declare the gates in the order of their days"
    told(problem_of(root).help, form)
    if mend == "days":
        edit(root, "policykit.yaml", "launch: 2027-02-01", "launch: 2027-04-01")
    else:
        pilot, launch = re.findall("(?m)^gate .*\n", HEAD)
        edit(root, "claims.policy", pilot + launch, launch + pilot)
    assert verdict(root, gate="launch").result == "met"


def test_a_gate_that_is_misspelt_is_written_as_the_help_says(tmp_path):
    root = write(tmp_path)
    with pytest.raises(ProjectError) as raised:
        verdict(root, gate="lanch")
    (gate,) = told(raised.value.diagnostics[0].help, "readiness/check.py: did you mean `{}`?")
    assert verdict(root, gate=gate).result == "met"
