"""What only makers can give is found before anybody gives it: sign-offs, waivers, replacements."""

from __future__ import annotations

import pytest

from tests.unit.language.check.kit import PACKS, checked

OWNED = """
section one "One"
  owner  run_owner
  before launch
requirement ONE-1 "One" shown by golden check golden.cases > 5
requirement ONE-2 "Two" owner risk before canary shown by golden check golden.cases > 6
requirement ONE-3 "Three" owner security shown by golden check golden.cases > 7
"""


def found(text, **options):
    return [d for d in checked(OWNED + text, **options).diagnostics if d.code in {"PK330", "PK331"}]


@pytest.mark.parametrize(
    ("sign_off", "warned"),
    [
        ("launch by run_owner", True),
        ("launch by run_owner, risk, security", True),
        ("launch by at least 1 of run_owner, risk", True),
        ("launch by run_owner, business_owner", False),
        ("launch by business_owner", False),
        ("launch by at least 1 of run_owner, business_owner", False),
        ("canary by risk", True),
        ("canary by run_owner", False),  # owns nothing that is due by then
        ("canary by risk, security", False),
    ],
)
def test_a_sign_off_needs_a_role_that_owns_nothing_of_its_gate(sign_off, warned):
    assert bool(found(f"sign-off for {sign_off}\n")) is warned


@pytest.mark.parametrize(
    ("roles", "warned"),
    [("run_owner", True), ("run_owner, risk", False), ("risk", False), ("run_owner, run_owner", True)],
)
def test_a_waiver_needs_somebody_else_than_the_owner(roles, warned):
    waiver = f'waive ONE-1 through 2027-01-31 because "soon" approved by {roles}\n'
    assert [d.code for d in found(waiver)] == (["PK331"] if warned else [])


@pytest.mark.parametrize(("roles", "refused"), [("run_owner", True), ("run_owner, risk", False), ("risk", False)])
def test_a_replacement_needs_somebody_else_than_the_owner(roles, refused):
    text = f"""include speed
replace speed/SPEED-1 check load.latency_p95 <= 9 seconds because "slow" approved by {roles}
"""
    codes = [d.code for d in checked(text, packs=PACKS).diagnostics]
    assert [code for code in codes if code in ("PK331", "PK647")] == (["PK647"] if refused else [])


def test_a_pack_belongs_to_no_contract_yet():
    pack = PACKS["speed"] + "sign-off for launch by run_owner\n"
    assert not found("include speed\n", packs={"speed": pack})
