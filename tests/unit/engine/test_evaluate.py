"""Laws of evaluating conditions over evidence."""

from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.engine.compile import compile_policy
from policykit.engine.evaluate import Facts, evaluate
from policykit.engine.load import standard_vocabulary
from policykit.language import checked as c
from policykit.language.load import load_text
from policykit.vocabulary.fields import ElementKind
from policykit.vocabulary.types import COUNT, DATE, PERCENT, TEXT

CASE = ElementKind("case", "cases_run", MappingProxyType({}))
SLICE = ElementKind("slice", "slices", MappingProxyType({}))
ACCURATE = c.Compare(">=", c.ElementRead("accuracy", PERCENT), c.Constant(Decimal("0.92"), PERCENT))


class Values:
    def __init__(self, fields=(), elements=(), slices=()):
        self.fields, self.elements, self._slices = dict(fields), dict(elements), dict(slices)

    def slices(self, by):
        return self._slices.get(by, {})


def cases(*accuracies):
    return Facts(
        evidence={"golden": Values(elements={"case": [{} if a is None else {"accuracy": a} for a in accuracies]})}
    )


GOOD, BAD = Decimal("0.95"), Decimal("0.5")


@pytest.mark.parametrize(
    ("accuracies", "every", "some", "no"),
    [
        ((), None, None, None),
        ((GOOD, GOOD), True, True, False),
        ((GOOD, BAD), False, True, False),
        ((BAD, BAD), False, False, True),
        ((GOOD, None), None, True, False),
        ((BAD, None), False, None, None),
        ((None,), None, None, None),
    ],
)
def test_quantifiers_are_strong_kleene_and_unknown_over_nothing(accuracies, every, some, no):
    for quantifier, expected in (("every", every), ("some", some), ("no", no)):
        check = c.Quantified(quantifier, "golden", CASE, ACCURATE)
        assert evaluate(check, cases(*accuracies)).truth is expected


@given(st.lists(st.sampled_from([GOOD, BAD, None]), max_size=6).map(tuple), st.integers(1, 6))
def test_counts_are_decided_as_soon_as_no_unknown_element_could_change_them(accuracies, count):
    """The oracle tries every value that the unknown elements could have."""
    for quantifier, holds in (("at least", lambda n: n >= count), ("at most", lambda n: n <= count)):
        check = c.Quantified(quantifier, "golden", CASE, ACCURATE, count=count)
        unknown = accuracies.count(None)
        answers = {holds(accuracies.count(GOOD) + more) for more in range(unknown + 1)}
        expected = answers.pop() if accuracies and len(answers) == 1 else None
        assert evaluate(check, cases(*accuracies)).truth is expected


def test_evidence_that_is_not_there_is_unknown_and_named():
    check = c.Quantified("every", "golden", CASE, ACCURATE)
    trace = evaluate(check, Facts())
    assert trace.truth is None
    assert trace.missing == ("golden.cases_run",)


def sliced(**groups):
    return Facts(evidence={"golden": Values(slices={"group": {g: {"accuracy": a} for g, a in groups.items()}})})


def test_a_listed_group_without_a_slice_leaves_the_condition_unknown():
    check = c.Quantified("every", "golden", SLICE, ACCURATE, by="group", groups=("a", "b"))
    assert evaluate(check, sliced(a=GOOD)).truth is None
    assert evaluate(check, sliced(a=GOOD, b=GOOD)).truth is True
    assert evaluate(check, sliced(b=BAD)).truth is False


def test_without_a_list_the_groups_in_the_evidence_count():
    check = c.Quantified("every", "golden", SLICE, ACCURATE, by="group")
    assert evaluate(check, sliced(a=GOOD)).truth is True
    assert evaluate(check, sliced(a=GOOD, b=BAD)).truth is False
    assert evaluate(check, sliced()).truth is None
    assert [part.label for part in evaluate(check, sliced(a=GOOD, b=BAD)).parts] == ["a", "b"]


def test_of_many_elements_all_are_counted_and_the_deciding_ones_are_kept():
    trace = evaluate(c.Quantified("every", "golden", CASE, ACCURATE), cases(*[GOOD] * 500, BAD))
    assert trace.counts == (500, 1, 0)
    assert len(trace.parts) == 20
    assert trace.parts[-1].label == "case 501"


@pytest.mark.parametrize("wrong", [True, "0.95", 0.95, Decimal("NaN"), 2, -1, None])
def test_evidence_of_another_shape_decides_nothing(wrong):
    check = c.Compare(">=", c.EvidenceRead("golden", "accuracy", PERCENT), c.Constant(0, PERCENT))
    fields = {} if wrong is None else {"accuracy": wrong}
    assert evaluate(check, Facts(evidence={"golden": Values(fields)})).truth is None


def test_canonical_dates_of_evidence_are_numbers():
    check = c.Compare("<", c.EvidenceRead("golden", "made", DATE), c.Constant(740_000, DATE))
    assert evaluate(check, Facts(evidence={"golden": Values({"made": 739_999})})).truth is True


def test_a_trace_says_what_was_read_and_what_is_missing():
    check = c.And(
        (
            c.Compare(">=", c.EvidenceRead("golden", "cases", COUNT), c.Constant(500, COUNT)),
            c.Compare(">=", c.EvidenceRead("golden", "accuracy", PERCENT), c.Constant(Decimal("0.9"), PERCENT)),
        )
    )
    trace = evaluate(check, Facts(evidence={"golden": Values({"cases": 800})}))
    assert trace.truth is None
    assert trace.missing == ("golden.accuracy",)
    assert [(read.name, read.text) for read in trace.all_reads()] == [
        ("golden.cases", "800"),
        ("golden.accuracy", "missing"),
    ]


def test_what_does_not_matter_is_not_named_as_missing():
    unknown = c.Compare("==", c.FactRead("call.team", TEXT), c.Constant("a", TEXT))
    false = c.Compare(">", c.Constant(1, COUNT), c.Constant(2, COUNT))
    assert evaluate(c.And((unknown, false)), Facts()).missing == ()


@pytest.mark.parametrize("disguised", ["se\u200bcret", "ｓｅｃｒｅｔ", "se\u00adcret", "the ѕecret one"])
def test_a_text_in_quotes_is_found_through_disguises(disguised):
    loaded = load_text(
        "t.policy",
        'language 1 policy p version "1" party a "A" role r of a\n'
        'rule R-1 "r" owner r on request when call.text contains any of "secret" then deny',
        standard_vocabulary(),
    )
    assert loaded.policy is not None, loaded.diagnostics
    policy = compile_policy(loaded.policy)
    assert policy.decide({"call.text": disguised}).matched == ("R-1",)
    assert policy.explain({"call.text": disguised}).rules[0].outcome == "matched"
    assert policy.decide({"call.text": "plain"}).effect == "allow"


@pytest.mark.parametrize("text", ["a.b", "(", "\\E", "a|b", "x{2}", "é", "%", "a b", "$^"])
def test_a_text_in_quotes_means_its_own_characters(text):
    from policykit.engine.patterns import occurs

    pattern = c.Pattern(f'"{text}"', text=text)
    assert occurs(pattern, f"before {text} after") is True
    assert occurs(pattern, "nothing of the kind") is False
