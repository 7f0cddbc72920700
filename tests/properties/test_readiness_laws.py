"""The laws of docs/adr/0026, over random policies, evidence and instants."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.evidence.model import Completeness, Evidence, Subject, Tool, Trust
from policykit.evidence.problems import doubt, error
from policykit.evidence.summaries.plain import PlainSummary
from policykit.language import checked as c
from policykit.readiness.decide import Inputs, decide
from policykit.readiness.outcome import Outcome
from policykit.readiness.project import EvidenceBinding, Files, Project
from policykit.readiness.statements import SignedStatement, StatementFiles
from policykit.readiness.supply import Supply
from policykit.readiness.verdict import Reason
from policykit.source import SourceFile
from policykit.vocabulary.evidence import kinds
from policykit.vocabulary.types import COUNT, PERCENT, YES_NO

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
KIND = kinds()["evaluation"]
NAMES = ("golden", "other", "third")
DAY = 86_400
SUBJECT = Subject("system", "1.0.0")
DIGEST = "sha256:" + "0" * 64


# --- random policies ----------------------------------------------------------------------------------------------


def reads(evidence: str) -> st.SearchStrategy[c.EvidenceRead]:
    return st.sampled_from(
        [
            c.EvidenceRead(evidence, "cases", COUNT),
            c.EvidenceRead(evidence, "accuracy", PERCENT),
            c.EvidenceRead(evidence, "errors", COUNT),
        ]
    )


@st.composite
def atoms(draw) -> c.Check:
    read = draw(st.sampled_from(NAMES).flatmap(reads))
    kind = draw(st.sampled_from(["compare", "compare", "compare", "supplied", "member", "every"]))
    if kind == "supplied":
        return c.Supplied(read, draw(st.booleans()))
    limit = draw(st.sampled_from([0, 1, 10, 500])) if read.type is COUNT else draw(st.sampled_from([Decimal("0.9"), 1]))
    if kind == "member":
        return c.Member(read, (limit,), draw(st.booleans()))
    if kind == "every":
        has = c.Supplied(c.ElementRead("score", PERCENT), draw(st.booleans()))
        groups = draw(st.sampled_from([(), ("a",)]))
        quantifier = draw(st.sampled_from(["every", "some", "no"]))
        if groups:
            return c.Quantified(quantifier, read.evidence, KIND.elements["case"], has, by="team", groups=groups)
        return c.Quantified(quantifier, read.evidence, KIND.elements["case"], has)
    return c.Compare(draw(st.sampled_from(["<", "<=", ">", ">=", "==", "!="])), read, c.Constant(limit, read.type))


checks = st.recursive(
    atoms(),
    lambda inner: st.one_of(
        inner.map(c.Not),
        st.lists(inner, min_size=2, max_size=3).map(lambda items: c.And(tuple(items))),
        st.lists(inner, min_size=2, max_size=3).map(lambda items: c.Or(tuple(items))),
    ),
    max_leaves=4,
)

fact_checks = st.sampled_from(
    [None, None, c.Compare("==", c.FactRead("system.reads_mail", YES_NO), c.Constant(True, YES_NO))]
)


@st.composite
def requirements(draw, number: int) -> c.Requirement:
    age = draw(st.sampled_from([None, DAY, 30 * DAY]))
    return c.Requirement(
        f"REQ-{number}", "t", "", "", draw(st.sampled_from([(), ("owner",), ("owner", "risk")])),
        check=draw(checks),
        shown_by=draw(st.sampled_from([None, c.Trust(("golden",), draw(st.sampled_from(["", "file", "attested"])), age)])),
        due=draw(st.sampled_from([None, c.Due("launch"), c.Due("pilot"), c.Due("launch", 7 * DAY)])),
        applies_when=draw(st.one_of(fact_checks, checks)),
    )  # fmt: skip


@st.composite
def policies(draw) -> c.CheckedPolicy:
    count = draw(st.integers(0, 4))
    found = tuple(draw(requirements(number)) for number in range(count))
    waivers = tuple(
        c.Waiver(f"REQ-{draw(st.integers(0, 3))}", AT.toordinal() + draw(st.integers(-2, 2)), "because", ("risk",))
        for _ in range(draw(st.integers(0, 2)))
    )
    sign_offs = draw(st.sampled_from([(), (c.SignOff("launch", ("risk", "owner"), 1),)]))
    declared = {name: c.Evidence(name, KIND, "", name) for name in NAMES}
    empty: MappingProxyType = MappingProxyType({})
    gates = {name: c.Declared(name, name) for name in ("pilot", "launch")}
    return c.CheckedPolicy(
        "p", "1", "t", "Europe/Berlin", "policy", 1, empty, {}, gates, declared, empty, empty, empty, empty, empty, (),
        found, (), (), (), (), waivers, sign_offs, (), DIGEST, SourceFile("p.policy", ""),
    )  # fmt: skip


# --- random evidence ----------------------------------------------------------------------------------------------


@st.composite
def supplies(draw, name: str) -> Supply:
    if draw(st.integers(0, 5)) == 0:
        return Supply(name, absence=Reason(code="PK620", message="nothing"))
    fields = {
        field: value
        for field, values in (("cases", [0, 1, 500]), ("accuracy", [Decimal("0.9"), 1, 95]), ("errors", [0, 1]))
        if (value := draw(st.sampled_from([*values, None]))) is not None
    }
    elements = {"case": tuple({"score": Decimal(1)} for _ in range(draw(st.integers(0, 2))))}
    problem = draw(st.sampled_from([(), (), (), (doubt("PK530", "d"),), (error("PK515", "e"),)]))
    produced = draw(st.sampled_from([None, AT, AT - timedelta(days=3), AT - timedelta(days=40)]))
    evidence = Evidence(
        "evaluation", f"{name}.json", "reader", f"sha256:{name}", fields, elements, {}, produced,
        draw(st.sampled_from([None, AT + timedelta(days=1), AT])), Completeness(complete=True), SUBJECT,
        draw(st.sampled_from(list(Trust))), Tool("t", "1"), problem, ((f"{name}.json", f"sha256:{name}"),),
        PlainSummary(fields, elements, {"team": {"a": fields}}), {}, KIND,
    )  # fmt: skip
    absence = draw(st.sampled_from([None, None, None, Reason(code="PK621", message="another")]))
    return Supply(name, evidence, absence)


@st.composite
def statements(draw) -> StatementFiles:
    found = tuple(
        SignedStatement(
            f"{i}.json", f"sha256:{i}", draw(st.sampled_from(["a", "b"])), draw(st.sampled_from(["risk", "owner"])),
            draw(st.sampled_from(["approve", "approve", "reject"])), "launch", SUBJECT, (DIGEST,), AT,
        )
        for i in range(draw(st.integers(0, 3)))
    )  # fmt: skip
    return StatementFiles(found, (), tuple((s.file, s.sha256) for s in found))


@st.composite
def inputs(draw) -> Inputs:
    facts = draw(st.sampled_from([{}, {"system.reads_mail": True}, {"system.reads_mail": False}]))
    gates = draw(st.sampled_from([{}, {"launch": date(2026, 11, 1)}, {"launch": date(2027, 1, 1)}]))
    project = Project(
        Path(), "policykit.yaml", "p.policy", SUBJECT, DIGEST, gates=gates, facts=facts,
        evidence={name: EvidenceBinding(Files((f"{name}.json",))) for name in NAMES},
    )  # fmt: skip
    return Inputs(draw(policies()), project, {name: draw(supplies(name)) for name in NAMES}, draw(statements()), AT)


gates = st.sampled_from(["pilot", "launch"])


# --- the laws -----------------------------------------------------------------------------------------------------


@given(inputs(), gates, st.randoms(use_true_random=False))
def test_the_order_of_clauses_files_and_bindings_changes_nothing(given_, gate, random):
    def shuffled(items):
        copy = list(items)
        random.shuffle(copy)
        return copy

    policy, files = given_.policy, given_.statements
    other = replace(
        given_,
        policy=replace(
            policy,
            requirements=tuple(shuffled(policy.requirements)),
            waivers=tuple(shuffled(policy.waivers)),
            sign_offs=tuple(shuffled(policy.sign_offs)),
            evidence=dict(shuffled(policy.evidence.items())),
        ),
        supplies=dict(shuffled(given_.supplies.items())),
        statements=replace(files, statements=tuple(shuffled(files.statements))),
    )
    assert decide(other, gate).to_json() == decide(given_, gate).to_json()


@given(inputs(), gates)
def test_the_same_inputs_give_the_same_bytes_and_deciding_is_total(given_, gate):
    found = decide(given_, gate)
    assert found.to_json() == decide(given_, gate).to_json()
    assert found.result in ("met", "not met")


def weaker(supply: Supply, how: str) -> Supply:
    evidence = supply.evidence
    if how == "gone" or evidence is None:
        return Supply(supply.name, absence=Reason(code="PK620", message="nothing"))
    if how == "older":
        produced = evidence.produced_at - timedelta(days=20) if evidence.produced_at is not None else None
        return replace(supply, evidence=replace(evidence, produced_at=produced))
    if how == "undated":
        return replace(supply, evidence=replace(evidence, produced_at=None))
    if how == "less trusted":
        return replace(supply, evidence=replace(evidence, trust=Trust.CLAIMED))
    if how == "doubtful":
        return replace(supply, evidence=replace(evidence, problems=(*evidence.problems, doubt("PK531", "incomplete"))))
    if how == "broken":
        return replace(supply, evidence=replace(evidence, problems=(*evidence.problems, error("PK515", "broken"))))
    return replace(supply, absence=Reason(code="PK621", message="another system"))


HOWS = ("gone", "older", "undated", "less trusted", "doubtful", "broken", "another system")


@settings(max_examples=150)
@given(inputs(), gates, st.sampled_from(NAMES), st.sampled_from(HOWS))
def test_weaker_evidence_never_turns_not_met_into_met(given_, gate, name, how):
    worse = replace(given_, supplies={**given_.supplies, name: weaker(given_.supplies[name], how)})
    before, after = decide(given_, gate), decide(worse, gate)
    assert not (before.result == "not met" and after.result == "met")
    for was, is_ in zip(before.clauses, after.clauses, strict=True):
        assert not (is_.outcome.is_met and not was.outcome.is_met), (was.id, was.outcome, is_.outcome)


SIMPLE = c.Compare(">=", c.EvidenceRead("golden", "cases", COUNT), c.Constant(0, COUNT))


@settings(max_examples=300)
@given(inputs(), gates, st.sampled_from(["", "file", "attested"]), st.sampled_from([None, DAY, 30 * DAY]))
def test_a_pass_rests_on_evidence_that_is_young_and_trusted_enough(given_, gate, least, age):
    shown = c.Trust(("golden",), least, age)
    asked = c.Requirement("REQ-9", "t", "", "", "", check=SIMPLE, shown_by=shown, due=c.Due(gate))
    policy = replace(given_.policy, requirements=(*given_.policy.requirements, asked), waivers=())
    terms = {requirement.id: requirement.shown_by for requirement in policy.requirements}
    for clause in decide(replace(given_, policy=policy), gate).clauses:
        demanded = terms.get(clause.id)
        if clause.outcome is not Outcome.PASS or demanded is None:
            continue
        for name in demanded.evidence:
            evidence = given_.supplies[name].evidence
            assert evidence is not None
            assert evidence.trust.suffices_for(demanded.least)
            if demanded.max_age_seconds is not None:
                assert evidence.produced_at is not None
                assert (AT - evidence.produced_at).total_seconds() <= demanded.max_age_seconds


@given(inputs(), gates)
def test_a_waiver_never_hides_the_true_outcome(given_, gate):
    bare = replace(given_, policy=replace(given_.policy, waivers=()))
    for was, is_ in zip(decide(bare, gate).clauses, decide(given_, gate).clauses, strict=True):
        assert is_.true_outcome is was.outcome
        assert is_.reasons == was.reasons
        assert is_.outcome in (was.outcome, Outcome.WAIVED)
        assert is_.outcome is not Outcome.PASS or was.outcome is Outcome.PASS


@given(inputs(), gates)
def test_met_means_that_every_clause_is_met_something_passed_and_everybody_signed(given_, gate):
    found = decide(given_, gate)
    shown = [clause for clause in found.clauses if clause.counts]
    allowed = {Outcome.PASS, Outcome.WAIVED, Outcome.NOT_APPLICABLE}
    literal = (
        all(clause.outcome in allowed for clause in shown)
        and any(clause.outcome is Outcome.PASS and any(use.usable for use in clause.evidence) for clause in shown)
        and all(sign_off.is_met for sign_off in found.sign_offs)
    )
    assert (found.result == "met") == literal
    assert found.result == "met" or found.to_do


@given(inputs(), gates)
def test_only_usable_evidence_passes_and_whatever_is_not_met_says_why(given_, gate):
    for clause in decide(given_, gate).clauses:
        if clause.outcome is Outcome.PASS and clause.evidence:
            assert any(use.usable for use in clause.evidence)
        if not clause.true_outcome.is_met:
            assert clause.reasons


@given(inputs(), gates, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_time_alone_never_turns_a_clause_without_a_waiver_into_a_pass(given_, gate, later):
    """Evidence only gets older, except for what comes from the future.

    What does not apply may come to: when nothing shows any more that it does not, it has to be met, and it may be.
    """
    bare = replace(given_, policy=replace(given_.policy, waivers=()))
    before, after = decide(bare, gate), decide(replace(bare, at=AT + later), gate)
    for was, is_ in zip(before.clauses, after.clauses, strict=True):
        assert is_.outcome is not Outcome.PASS or was.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE)


@given(inputs(), gates)
def test_the_digest_is_over_what_it_rests_on_and_not_over_the_wording(given_, gate):
    retitled = replace(
        given_.policy, requirements=tuple(replace(r, title="another") for r in given_.policy.requirements)
    )
    assert decide(replace(given_, policy=retitled), gate).digest == decide(given_, gate).digest
    for other in (
        replace(given_, policy=replace(given_.policy, digest="sha256:" + "1" * 64)),
        replace(given_, project=replace(given_.project, digest="sha256:" + "1" * 64)),
        replace(given_, at=AT + timedelta(microseconds=1)),
        replace(given_, key_ring_digest="sha256:" + "1" * 64),
        replace(given_, statements=replace(given_.statements, files=(("x", "y"),))),
        replace(
            given_, supplies={**given_.supplies, "golden": replace(given_.supplies["golden"], manifests=(("m", "d"),))}
        ),
    ):
        assert decide(other, gate).digest != decide(given_, gate).digest
