"""Laws of the detectors' helps: what they say to do is done to the letter."""

import pytest

from policykit.detect.catalogue import detector
from policykit.detect.model import PatternSource
from policykit.detect.scan import PatternSet
from policykit.errors import DetectorError
from tests.helps import told


def help_of(make):
    with pytest.raises(DetectorError) as raised:
        make()
    return raised.value.diagnostics[0].help


@pytest.mark.parametrize(
    ("pattern", "mended"),
    [(r"(?<=case )\d+", r"case \d+"), (r"(a|b)\1", "aa|bb"), ("(", r"\("), ("a{1001}", "a{1000}a")],
)
def test_a_pattern_in_the_syntax_of_re2_is_taken(pattern, mended):
    help_ = help_of(lambda: PatternSet([PatternSource("acme.case", (pattern,))]))
    told(help_, "detect/_re2.py: write it in the syntax of RE2, without what looks around or back")
    assert PatternSet([PatternSource("acme.case", (mended,))])


@pytest.mark.parametrize(("number", "repeats"), [(20, 50), (200, 2)])
def test_fewer_patterns_or_smaller_repeats_fit(number, repeats):
    many = [rf"x{each}\pL{{50}}" for each in range(200)]
    help_ = help_of(lambda: PatternSet([PatternSource("acme.many", tuple(many))]))
    told(help_, "detect/_re2.py: use fewer patterns, or patterns with smaller repeats")
    fewer = tuple(each.replace("{50}", f"{{{repeats}}}") for each in many[:number])
    assert PatternSet([PatternSource("acme.many", fewer)])


def test_a_detector_that_is_misspelt_is_found_by_the_name_in_the_help():
    (name,) = told(help_of(lambda: detector("pii.emial")), "detect/catalogue.py: did you mean `{}`?")
    assert detector(name).name == "pii.email"
