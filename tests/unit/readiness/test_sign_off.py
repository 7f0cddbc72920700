"""Laws of the sign-off: quorum, different people, maker is not checker, and what each statement must be for."""

from __future__ import annotations

import base64
import json
from datetime import date, timedelta
from itertools import combinations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.errors import ProjectError
from policykit.evidence.model import Subject
from policykit.language.checked import SignOff
from policykit.readiness.sign_off import Makers, assess_sign_off
from policykit.readiness.statements import SignedStatement, person_key
from tests.unit.readiness.projects import AT, CASES, GOLDEN, PROJECT, ring, signed, verdict, write

SIGNED = CASES + "\nsign-off for launch by run_owner, risk\n"
KEYS = "keys: keys.yaml\nstatements: statements/*.json\n"
RING = ring(("Ben Ito", "run_owner"), ("Cleo Marsh", "risk"), ("Ada Lund", "risk"))


def project(tmp_path, clauses=SIGNED, extra="", **files):
    return write(tmp_path, clauses, PROJECT + KEYS + extra + GOLDEN, **{"keys__yaml": RING, **files})


def refusals(root, at=AT):
    found = verdict(root, at)
    assert found.result == "not met"
    return [reason.code for reason in found.not_counted]


def test_a_gate_is_met_when_everybody_who_must_has_signed(tmp_path):
    root = project(tmp_path)
    assert verdict(root).result == "not met"
    signed(root, "Ben Ito", "run_owner")
    assert verdict(root).result == "not met"
    signed(root, "Cleo Marsh", "risk")
    found = verdict(root)
    assert found.result == "met"
    assert [(s.person, s.role) for s in found.sign_offs[0].signatures] == [
        ("Ben Ito", "run_owner"),
        ("Cleo Marsh", "risk"),
    ]


def test_what_is_missing_is_counted_in_good_english(tmp_path):
    root = project(tmp_path)
    assert [reason.message for reason in verdict(root).sign_offs[0].reasons] == ["2 of 2 approvals are missing"]
    signed(root, "Ben Ito", "run_owner")
    assert [reason.message for reason in verdict(root).sign_offs[0].reasons] == ["1 of 2 approvals is missing"]


def test_a_role_that_nobody_fills_is_no_these_people(tmp_path):
    claims = {each.member: (each.says, each.effect) for each in verdict(project(tmp_path)).claims}
    assert claims["people.evaluation_lead"] == ("nobody", "whoever fills this role may sign off, but not alone")
    named = project(tmp_path, extra="people: {evaluation_lead: [Ada Lund]}\n")
    claims = {each.member: (each.says, each.effect) for each in verdict(named).claims}
    assert claims["people.evaluation_lead"] == ("Ada Lund", "these people may sign off, but not alone")


def test_a_changed_threshold_voids_every_sign_off_and_a_changed_title_does_not(tmp_path):
    root = project(tmp_path)
    signed(root, "Ben Ito", "run_owner")
    signed(root, "Cleo Marsh", "risk")
    project(tmp_path, SIGNED.replace("The golden set is large", "The set is large"))
    assert verdict(root).result == "met"
    project(tmp_path, SIGNED.replace("500", "501"))
    assert refusals(root) == ["PK653", "PK653"]


def test_a_waiver_that_is_added_afterwards_voids_every_sign_off(tmp_path):
    root = project(tmp_path)
    signed(root, "Ben Ito", "run_owner")
    signed(root, "Cleo Marsh", "risk")
    project(tmp_path, SIGNED + 'waive EVAL-1 through 2026-12-31\n  because "x"\n  approved by risk\n')
    assert refusals(root) == ["PK653", "PK653"]


@pytest.mark.parametrize(
    "about", [Subject("claims-helper", "0.9"), Subject("other", "1.0.0"), Subject("claims-helper")]
)
def test_a_sign_off_for_another_version_or_system_does_not_count(tmp_path, about):
    root = project(tmp_path)
    signed(root, "Ben Ito", "run_owner")
    signed(root, "Cleo Marsh", "risk", about=about)
    assert refusals(root) == ["PK655"]


def test_a_sign_off_must_name_the_commit_and_model_that_the_project_states(tmp_path):
    root = project(tmp_path)
    signed(root, "Cleo Marsh", "risk")
    stated = PROJECT.replace("version:", "git_commit: 8f3c1e0, version:")
    write(tmp_path, SIGNED, stated + KEYS + GOLDEN, keys__yaml=RING)
    assert refusals(root) == ["PK655"]


def test_a_sign_off_counts_through_the_end_of_its_last_day_in_the_policys_zone(tmp_path):
    root = project(tmp_path)
    signed(root, "Ben Ito", "run_owner")
    signed(root, "Cleo Marsh", "risk", expires=date(2026, 11, 21))
    end = AT.replace(day=21, hour=23)
    assert verdict(root, end - timedelta(microseconds=1)).result == "met"
    assert refusals(root, end) == ["PK657"]


def test_a_sign_off_from_the_future_does_not_count(tmp_path):
    root = project(tmp_path)
    signed(root, "Ben Ito", "run_owner")
    signed(root, "Cleo Marsh", "risk", at=AT + timedelta(hours=1))
    assert refusals(root) == ["PK656"]
    assert verdict(root, AT + timedelta(hours=1)).result == "met"


def test_a_signature_by_an_unknown_key_does_not_count(tmp_path):
    root = project(tmp_path)
    signed(root, "Mallory", "risk")
    assert refusals(root) == ["PK561"]


def test_a_key_cannot_sign_in_a_role_or_as_a_person_that_the_ring_does_not_give_it(tmp_path):
    root = project(tmp_path)
    signed(root, "Ben Ito", "risk")
    assert refusals(root) == ["PK567"]


def test_a_signature_by_an_expired_or_revoked_key_does_not_count(tmp_path):
    root = project(tmp_path, keys__yaml=ring(("Cleo Marsh", "risk"), valid_to="2026-11-20T00:00:00Z"))
    signed(root, "Cleo Marsh", "risk", at=AT - timedelta(days=1))
    assert refusals(root) == ["PK562"]
    revoked = ring(("Cleo Marsh", "risk")) + "    revoked_at: 2026-11-19T00:00:00Z\n"
    project(tmp_path, keys__yaml=revoked)
    assert refusals(root) == ["PK563"]


def test_without_a_key_ring_nobodys_signature_counts(tmp_path):
    root = project(tmp_path)
    signed(root, "Cleo Marsh", "risk")
    write(tmp_path, SIGNED, PROJECT + "statements: statements/*.json\n" + GOLDEN)
    assert refusals(root) == ["PK561"]


@pytest.mark.parametrize("change", ["decision", "gate", "role", "person", "expires"])
def test_a_statement_that_was_changed_after_it_was_signed_does_not_count(tmp_path, change):
    root = project(tmp_path)
    path = signed(root, "Cleo Marsh", "risk", decision="reject", expires=date(2026, 12, 31))
    envelope = json.loads(path.read_bytes())
    payload = json.loads(base64.b64decode(envelope["payload"]))
    payload["predicate"][change] = {"decision": "approve", "expires": "2036-12-31"}.get(change, "launch")
    envelope["payload"] = base64.b64encode(json.dumps(payload).encode()).decode()
    path.write_text(json.dumps(envelope))
    assert refusals(root) == ["PK565"]


@pytest.mark.parametrize(
    "junk", [b"", b"{}", b"\xff\xfe", b'{"payload": NaN}', b"[" * 5000, b'{"payload": 1, "payload": 2}']
)
def test_a_file_that_is_no_statement_is_reported_and_stops_nothing(tmp_path, junk):
    root = project(tmp_path)
    signed(root, "Ben Ito", "run_owner")
    signed(root, "Cleo Marsh", "risk")
    (root / "statements" / "junk.json").write_bytes(junk)
    found = verdict(root)
    assert found.result == "met"
    assert [reason.place.partition(":")[0] for reason in found.not_counted] == ["statements/junk.json"]


def test_a_statement_about_something_else_is_no_sign_off(tmp_path):
    from policykit.readiness.attest import Signing, human_statement
    from policykit.readiness.check import load_project
    from tests.unit.readiness.projects import key_of

    root = project(tmp_path)
    policy, bound = load_project(root)
    signing = Signing("Cleo Marsh", "risk", key_of("Cleo Marsh").dsse_signer(), AT)
    envelope = human_statement(policy, bound, signing, text="it was reviewed", decision="yes")
    (root / "statements").mkdir()
    (root / "statements" / "s.json").write_bytes(envelope.to_json())
    assert refusals(root) == ["PK650"]


def test_the_same_file_twice_is_one_statement(tmp_path):
    root = project(tmp_path, CASES + "\nsign-off for launch by at least 2 of run_owner, risk\n")
    path = signed(root, "Cleo Marsh", "risk")
    (root / "statements" / "copy.json").write_bytes(path.read_bytes())
    assert len(verdict(root).sign_offs[0].signatures) == 1


def test_who_collected_the_evidence_cannot_be_the_only_one_who_signs(tmp_path):
    root = project(tmp_path, CASES + "\nsign-off for launch by risk\n")
    signed(root, "Ada Lund", "risk")
    found = verdict(root)
    assert (found.result, found.sign_offs[0].reasons[0].code) == ("not met", "PK643")
    assert found.sign_offs[0].signatures[0].is_maker
    assert found.sign_offs[0].reasons[0].got == "Ada Lund (risk) collected golden"
    signed(root, "Cleo Marsh", "risk")
    assert verdict(root).result == "met"


def test_who_owns_a_clause_that_evidence_shows_cannot_be_the_only_one_who_signs(tmp_path):
    root = project(tmp_path, CASES + "\nsign-off for launch by risk\n", "people: {evaluation_lead: CLEO   marsh}\n")
    signed(root, "Cleo Marsh", "risk")
    reason = verdict(root).sign_offs[0].reasons[0]
    assert (reason.code, reason.got) == ("PK643", "Cleo Marsh (risk) owns EVAL-1")


def test_a_rejection_holds_up_the_gate_until_the_same_person_approves(tmp_path):
    root = project(tmp_path, CASES + "\nsign-off for launch by at least 1 of run_owner, risk\n")
    signed(root, "Ben Ito", "run_owner")
    assert verdict(root).result == "met"
    signed(root, "Cleo Marsh", "risk", decision="reject", at=AT - timedelta(hours=2))
    assert verdict(root).sign_offs[0].reasons[0].code == "PK641"
    signed(root, "Cleo Marsh", "risk", at=AT - timedelta(hours=1))
    assert verdict(root).result == "met"


def test_signing_for_what_the_policy_does_not_ask_is_refused(tmp_path):
    root = project(tmp_path)
    for how in (
        {"role": "business_owner"},
        {"role": "rsik"},
        {"role": "risk", "gate": "lanch"},
        {"role": "risk", "gate": "pilot"},
    ):
        with pytest.raises(ProjectError, match="PK671"):
            signed(root, "Cleo Marsh", **how)


def test_too_many_statements_are_not_read(tmp_path, monkeypatch):
    from policykit.readiness import statements

    monkeypatch.setattr(statements, "MAX_FILES", 1)
    root = project(tmp_path)
    signed(root, "Ben Ito", "run_owner")
    signed(root, "Cleo Marsh", "risk")
    assert refusals(root) == ["PK659"]


# --- the quorum against a slow reference ------------------------------------------------------------------------

PEOPLE, ROLES = ("a", "b", "c", "d"), ("r", "s", "t")


def approval(person, role, decision="approve", minute=0):
    about = Subject("x", "1")
    sha = f"sha256:{person}{role}{decision}{minute}"
    return SignedStatement("f", sha, person, role, decision, "g", about, ("sha256:d",), AT + timedelta(minutes=minute))


def fills(pairs, wanted):
    """Return literally whether some `wanted` pairs have different people and different roles."""
    return any(
        len({p for p, _ in chosen}) == len({r for _, r in chosen}) == wanted for chosen in combinations(pairs, wanted)
    )


@given(st.sets(st.sampled_from([*product(PEOPLE, ROLES)])), st.integers(1, 3))
def test_a_quorum_needs_different_people_in_different_roles(pairs, at_least):
    found = assess_sign_off(SignOff("g", ROLES, at_least), [approval(p, r) for p, r in pairs], Makers({}))
    assert found.is_met == fills(sorted(pairs), at_least)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(PEOPLE), st.sampled_from(ROLES), st.sampled_from(["approve", "reject"]), st.integers(0, 3)
        ),
        max_size=8,
    ),
    st.permutations(range(8)),
)
def test_the_order_of_statements_does_not_matter(entries, order):
    statements = [approval(*entry) for entry in entries]
    shuffled = [statements[i] for i in order if i < len(statements)]
    sign_off = SignOff("g", ROLES, 2)
    assert assess_sign_off(sign_off, statements, Makers({"a": frozenset({"owns X-1"})})) == assess_sign_off(
        sign_off, shuffled, Makers({"a": frozenset({"owns X-1"})})
    )


@given(st.sets(st.sampled_from([*product(PEOPLE, ROLES)])), st.sets(st.sampled_from(PEOPLE)))
def test_makers_alone_never_suffice(pairs, makers):
    found = assess_sign_off(
        SignOff("g", ROLES, 1),
        [approval(p, r) for p, r in pairs],
        Makers(dict.fromkeys(makers, frozenset({"owns X-1"}))),
    )
    assert found.is_met == any(person not in makers for person, _ in pairs)


def test_names_are_compared_without_case_and_spacing():
    assert person_key("  Ada   LUND ") == person_key("ada lund")
