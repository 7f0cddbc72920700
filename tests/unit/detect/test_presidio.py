"""Presidio as a detector where it is not installed."""

import sys

import pytest

from policykit.detect.adapters.presidio import presidio_detector
from policykit.errors import DetectorError


def test_a_missing_library_is_an_error_when_the_detector_is_made(monkeypatch):
    monkeypatch.setitem(sys.modules, "presidio_analyzer", None)  # Python then finds no such module
    with pytest.raises(DetectorError) as failure:
        presidio_detector("PERSON")
    assert failure.value.diagnostics[0].code == "PK856"
