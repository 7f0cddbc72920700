"""Presidio as a detector, in the environment that has it (`make test-litellm`)."""

import pytest

from policykit.detect.adapters.presidio import presidio_detector
from policykit.detect.scan import PatternSet
from policykit.errors import DetectorError


def test_presidio_finds_through_a_pattern_set():
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import EmailRecognizer

    class Blank(SpacyNlpEngine):  # Presidio's own engine over spaCy's empty pipeline: no model is fetched
        def __init__(self):
            import spacy

            super().__init__()
            self.nlp = {"en": spacy.blank("en")}

    registry = RecognizerRegistry([EmailRecognizer()])
    analyzer = AnalyzerEngine(registry=registry, nlp_engine=Blank(), supported_languages=["en"])
    email = presidio_detector("EMAIL_ADDRESS", analyzer=analyzer)
    matches = PatternSet([email.source()]).spans("write to anna@example.com")
    assert [(m.detector, m.start, m.end) for m in matches] == [("presidio.email_address", 9, 25)]
    with pytest.raises(DetectorError):
        presidio_detector("NO_SUCH_ENTITY", analyzer=analyzer)
