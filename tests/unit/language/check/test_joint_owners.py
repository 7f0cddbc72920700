"""Several owners of a clause answer for it jointly; each of them is an owner."""

from __future__ import annotations

import pytest

from policykit.language.english import explain_clause
from policykit.language.format import format_tree
from policykit.language.parse import parse
from policykit.source import SourceFile
from tests.unit.language.check.kit import PACKS, checked, codes, policy

CLAUSE = 'requirement OWN-1 "Owned" owner {0} shown by golden check golden.cases > 5\n'
KINDS = {
    "OWN-1": CLAUSE,
    "OWN-2": 'rule OWN-2 "Owned" owner {0} on request when call.model is "x" then deny\n',
    "OWN-3": 'scorecard OWN-3 "Owned" owner {0} measure golden.accuracy baseline 10% target at least 20%\n',
}


@pytest.mark.parametrize("clause", KINDS)
def test_all_owners_answer_and_explain_says_jointly(clause):
    found = policy(KINDS[clause].format("security, risk"))
    assert next(each for each in found.clauses() if each.id == clause).owners == ("security", "risk")
    text = explain_clause(found, clause)
    assert "The security role of the customer (Northwind Ltd) and the risk role of the customer" in text
    assert "jointly" in text
    assert "jointly" not in explain_clause(policy(KINDS[clause].format("security")), clause)


def test_a_section_may_have_several_owners_and_a_clause_replaces_them():
    text = """section joint "Joint"
  owner security, risk
  before launch
requirement OWN-1 "Owned" shown by golden check golden.cases > 5
requirement OWN-2 "Owned" owner run_owner shown by golden check golden.cases > 6
"""
    owners = {clause.id: clause.owners for clause in policy(text).requirements}
    assert (owners["OWN-1"], owners["OWN-2"]) == (("security", "risk"), ("run_owner",))


def test_who_owns_binds_and_the_order_does_not():
    digest = {who: policy(CLAUSE.format(who)).digest for who in ("risk", "security, risk", "risk, security")}
    assert digest["security, risk"] == digest["risk, security"] != digest["risk"]


@pytest.mark.parametrize(("owners", "code"), [("risk, risk", "PK321"), ("risk, nobody_known", "PK102")])
def test_wrong_owners_are_errors(owners, code):
    assert code in codes(CLAUSE.format(owners))


def test_owners_are_formatted_as_a_list():
    text = format_tree(parse(SourceFile("a", CLAUSE.format("security,risk"))).tree)
    assert "owner    security, risk\n" in text


@pytest.mark.parametrize(
    ("approved", "warned"), [("risk", True), ("security, risk", True), ("security", True), ("risk, run_owner", False)]
)
def test_no_joint_owner_is_the_independent_approval(approved, warned):
    text = CLAUSE.format("security, risk")
    text += f'waive OWN-1 through 2027-01-31 because "soon" approved by {approved}\n'
    found = [d for d in checked(text).diagnostics if d.code == "PK331"]
    assert bool(found) is warned
    assert all("owners `security` and `risk`" in d.message for d in found)


@pytest.mark.parametrize(
    ("approved", "refused"), [("risk, security", True), ("risk", True), ("security", True), ("business_owner", False)]
)
def test_no_joint_owner_replaces_a_packs_condition(approved, refused):
    pack = PACKS["speed"].replace("owner  run_owner", "owner  risk, security")
    pack = pack.replace('role run_owner "who runs the system"', "role risk, security")
    text = f"""include speed
replace speed/SPEED-1 check load.latency_p95 <= 9 seconds because "slow" approved by {approved}
"""
    found = {d.code for d in checked(text, packs={"speed": pack}).diagnostics}
    assert ("PK647" in found) is refused


def test_each_joint_owner_signs_as_a_maker():
    text = CLAUSE.format("security, risk") + "sign-off for launch by {0}\n"
    warned = {
        who: any(d.code == "PK330" for d in checked(text.format(who)).diagnostics)
        for who in ("security", "risk", "security, risk", "risk, business_owner")
    }
    assert warned == {"security": True, "risk": True, "security, risk": True, "risk, business_owner": False}
