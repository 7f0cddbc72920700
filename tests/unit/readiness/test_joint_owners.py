"""Joint owners in a verdict: all are named with their people, and none of their people is independent."""

from __future__ import annotations

import pytest

from policykit.readiness.exports._export import owners_text
from policykit.readiness.waivers import Filled
from tests.unit.readiness.projects import CASES, GOLDEN, PROJECT, clause, ring, signed, verdict, write

JOINT = CASES.replace("  check", "  owner evaluation_lead, risk\n  check")
PEOPLE = "people:\n  evaluation_lead: [Ada Lund]\n  risk: [Cleo Marsh]\n  business_owner: [Dan Ode]\n"
KEYS = "keys: keys.yaml\nstatements: statements/*.json\n"
RING = ring(("Cleo Marsh", "risk"), ("Ada Lund", "evaluation_lead"), ("Dan Ode", "business_owner"))


def project(tmp_path, more=""):
    return write(tmp_path, JOINT + more, PROJECT + KEYS + PEOPLE + GOLDEN, keys__yaml=RING)


def test_the_verdict_names_every_owner_and_who_fills_the_role(tmp_path):
    owners = clause(project(tmp_path)).owners
    assert [(owner.role, owner.people) for owner in owners] == [
        ("evaluation_lead", ("Ada Lund",)),
        ("risk", ("Cleo Marsh",)),
    ]
    assert owners_text(owners) == "evaluation_lead (Ada Lund), Acme AI GmbH and risk (Cleo Marsh), Northwind Ltd"


@pytest.mark.parametrize(
    ("person", "role", "met"),
    [("Cleo Marsh", "risk", False), ("Ada Lund", "evaluation_lead", False), ("Dan Ode", "business_owner", True)],
)
def test_no_joint_owner_signs_alone(tmp_path, person, role, met):
    root = project(tmp_path, f"\nsign-off for launch by {role}\n")
    signed(root, person, role)
    assert (verdict(root).result == "met") is met


@pytest.mark.parametrize(
    ("roles", "covers"), [("risk", False), ("evaluation_lead, risk", False), ("business_owner", True)]
)
def test_no_joint_owner_waives_alone(tmp_path, roles, covers):
    root = project(tmp_path, f'\nwaive EVAL-1 through 2026-12-31 because "soon" approved by {roles}\n')
    (root / "golden.yaml").write_text("evidence: evaluation\nproduced_at: 2026-11-19T12:00:00Z\nvalues:\n  cases: 1\n")
    found = clause(root)
    assert found.waiver is not None
    assert found.waiver.in_force is covers
    assert covers or "owners `evaluation_lead` and `risk`" in found.waiver.reason


def test_a_role_filled_by_any_owners_person_is_no_other(tmp_path):
    people = PEOPLE.replace("[Dan Ode]", "[Cleo Marsh]")
    waiver = '\nwaive EVAL-1 through 2026-12-31 because "soon" approved by business_owner\n'
    root = write(tmp_path, JOINT + waiver, PROJECT + people + GOLDEN)
    assert not clause(root).waiver.in_force


@pytest.mark.parametrize(
    ("people", "others"),
    [
        ({}, {"board"}),
        ({"lead": {"ada"}, "risk": {"ben"}, "board": {"ada", "ben"}}, set()),
        ({"lead": {"ada"}, "risk": {"ben"}, "board": {"ben", "cy"}}, {"board"}),
    ],
)
def test_others_are_neither_owners_nor_filled_by_owners_people_alone(people, others):
    filled = Filled({role: frozenset(names) for role, names in people.items()})
    assert filled.others(["lead", "risk", "board"], ("lead", "risk")) == others
