"""Laws of agreements: every party signs, an amendment never helps whoever was left out, and order decides."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from policykit.evidence.agreement import Consent, agreements_of
from policykit.evidence.project_trail import Definition

DEFINITION = Definition("p", "D", "system", {"supplier": frozenset({"lead", "run"}), "customer": frozenset({"risk"})})
START = datetime(2026, 1, 1, tzinfo=UTC)

steps = st.lists(
    st.tuples(
        st.sampled_from("ABCD"), st.sampled_from(["", "A", "B", "C", "D"]), st.sampled_from(["lead", "run", "risk"])
    ),
    max_size=14,
)


def consents(made: list[tuple[str, str, str]]) -> list[Consent]:
    return [
        Consent(
            seq, START + timedelta(hours=seq), definition, amends if amends != definition else "", role.title(), role
        )
        for seq, (definition, amends, role) in enumerate(made)
    ]


def slow(digest: str, found: list[Consent], before: int) -> datetime | None:
    """Say when a definition was agreed, by looking at every beginning of the trail, in the words of the module."""
    best = None
    for end in range(1, before + 1):
        last = found[end - 1]
        if last.definition != digest:
            continue
        group = [c for c in found[:end] if (c.definition, c.amends) == (digest, last.amends)]
        roles = {c.role for c in group}
        if not ({"lead", "run"} & roles and "risk" in roles):
            continue
        since = last.at
        if last.amends:
            earlier = slow(last.amends, found, end - 1)
            needed = roles_of(last.amends, found, end - 1)
            if earlier is not None and needed <= roles:
                since = earlier
        best = since if best is None else min(best, since)
    return best


def roles_of(digest: str, found: list[Consent], before: int) -> frozenset[str]:
    """Return the roles that made up the agreement on a definition."""
    agreed = agreements_of(found[:before], DEFINITION).get(digest)
    return agreed.roles if agreed is not None else frozenset()


@given(steps)
def test_agreements_are_those_of_a_slow_reading(made):
    found = consents(made)
    agreed = agreements_of(found, DEFINITION)
    for digest in "ABCD":
        fast = agreed[digest].since if digest in agreed else None
        assert fast == slow(digest, found, len(found))


@given(steps)
def test_nothing_is_agreed_that_a_party_did_not_sign_and_nothing_earlier_than_its_first_signatures(made):
    found = consents(made)
    for digest, agreement in agreements_of(found, DEFINITION).items():
        roles = {c.role for c in found if c.definition == digest}
        assert all(of_party & roles for of_party in DEFINITION.parties.values())
        assert agreement.since <= agreement.at
        reached, known = {digest}, set()
        while reached - known:
            known |= reached
            reached |= {c.amends for c in found if c.definition in known} - {""}
        assert agreement.since >= min(c.at for c in found if c.definition in known)


@given(steps, steps)
def test_what_is_recorded_later_never_makes_an_agreement_later(made, more):
    before = agreements_of(consents(made), DEFINITION)
    after = agreements_of(consents(made + more), DEFINITION)
    for digest, agreement in before.items():
        assert after[digest].since <= agreement.since


def test_an_amendment_is_agreed_when_it_is_if_a_role_that_agreed_before_is_left_out():
    first = [("A", "", "lead"), ("A", "", "run"), ("A", "", "risk")]
    without = agreements_of(consents([*first, ("B", "A", "run"), ("B", "A", "risk")]), DEFINITION)["B"]
    assert without.since == without.at == START + timedelta(hours=4)
    everybody = agreements_of(
        consents([*first, ("B", "A", "run"), ("B", "A", "risk"), ("B", "A", "lead")]), DEFINITION
    )["B"]
    assert (everybody.since, everybody.at) == (START + timedelta(hours=2), START + timedelta(hours=5))
