import subprocess
import sys
from importlib.metadata import EntryPoint

import pytest

from policykit.detect import catalogue
from policykit.detect.model import Category, Detector, Match
from policykit.detect.scan import PatternSet
from policykit.errors import DetectorError

CASE = Detector(name="acme.case", title="case number", patterns=(r"\bNW-[0-9]{8}\b",))
MISNAMED = Detector(name="acme.other", title="case number", patterns=("x",))
NO_DETECTOR = "a text"


@pytest.fixture
def installed(monkeypatch):
    """Let the catalogue see entry points that this file stands for."""

    def install(*points):
        def entry_points(group):
            assert group == "policykit.detectors"
            return [EntryPoint(name, f"{__name__}:{target}", group) for name, target in points]

        monkeypatch.setitem(sys.modules, __name__, sys.modules.get(__name__) or _self())
        monkeypatch.setattr("importlib.metadata.entry_points", entry_points)
        for cached in (catalogue._names, catalogue._entry_points):
            cached.cache_clear()

    yield install
    monkeypatch.undo()
    for cached in (catalogue._names, catalogue._entry_points):
        cached.cache_clear()


def _self():
    from types import ModuleType

    module = ModuleType(__name__)
    module.__dict__.update(CASE=CASE, MISNAMED=MISNAMED, NO_DETECTOR=NO_DETECTOR)
    return module


def run(program):
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()


def test_asking_for_all_names_imports_neither_the_engine_nor_a_validator():
    program = "import sys; from policykit.detect.catalogue import NAMES; print(*(m for m in sys.modules))"
    loaded = set(run(program))
    assert "policykit.detect.pii.card" in loaded
    assert loaded.isdisjoint({"re2", "stdnum", "pydantic", "lark", "yaml", "structlog", "cryptography"})


def test_a_detector_by_name_imports_its_file_alone():
    program = "import sys; from policykit.detect.catalogue import detector; detector('pii.card'); print(*sys.modules)"
    assert [m for m in run(program) if m.startswith("policykit.detect.pii.")] == ["policykit.detect.pii.card"]


def test_every_file_of_a_family_is_a_name_and_each_family_has_its_union():
    assert {"pii.card", "pii.iban", "secret.aws", "injection.override"} <= set(catalogue.NAMES)
    assert {"pii.any", "secret.any", "injection.any"} <= set(catalogue.NAMES)
    assert len(catalogue.source("pii.any").parts) == len(catalogue.kinds("pii"))


@pytest.mark.parametrize(
    "name", ["pii.crad", "pii", "pii.", ".card", "", "any", "pii.any.card", "pii._context", "other.any"]
)
def test_an_unknown_name_is_refused(name):
    with pytest.raises(DetectorError) as failure:
        catalogue.source(name)
    assert failure.value.diagnostics[0].code == "PK850"


def test_the_nearest_name_is_suggested():
    with pytest.raises(DetectorError) as failure:
        catalogue.detector("pii.crad")
    assert failure.value.diagnostics[0].help == "did you mean `pii.card`?"


def test_a_detector_of_a_package_is_a_name_like_any_other(installed):
    installed(("acme.case", "CASE"))
    assert catalogue.NAMES["acme.case"] == "case number"
    assert catalogue.detector("acme.case").category is Category.OTHER
    assert PatternSet([catalogue.source("acme.case")]).spans("see NW-12345678") == [Match("acme.case", 4, 15)]


@pytest.mark.parametrize(
    ("points", "says"),
    [
        ([("pii.case", "CASE")], "policykit's own"),
        ([("acme.case", "CASE"), ("acme.case", "CASE")], "same name"),
        ([("acme.case", "MISNAMED")], "calls itself `acme.other`"),
        ([("acme.case", "NO_DETECTOR")], "not a detector"),
        ([("acme.case", "MISSING")], "cannot be imported"),
    ],
)
def test_a_detector_of_a_package_that_cannot_be_trusted_is_refused(installed, points, says):
    installed(*points)
    with pytest.raises(DetectorError, match=says) as failure:
        dict(catalogue.NAMES)
    assert failure.value.diagnostics[0].code == "PK854"
