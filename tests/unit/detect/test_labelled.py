import json

import pytest

from policykit.detect.labelled import report
from policykit.errors import DetectorError


def write(tmp_path, *lines):
    path = tmp_path / "labelled.jsonl"
    path.write_bytes(b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode() for line in lines))
    return path


def test_a_report_scores_each_detector_that_the_file_names(tmp_path):
    path = write(
        tmp_path,
        {"text": "mail a@example.com", "detector": "pii.email", "found": True, "span": "a@example.com"},
        {"text": "mail a@example.com", "detector": "pii.email", "found": True, "span": "mail"},
        {"text": "4111 1111 1111 1111", "detector": "pii.card", "found": True},
    )
    scores = report(path)
    assert list(scores) == ["pii.card", "pii.email"]
    assert scores["pii.email"].recall == 0.5
    assert scores["pii.card"].precision == 1


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "not JSON"),
        (b"[1]", "no JSON object"),
        (b"[" * 100_000, "not JSON"),
        ({"text": "x", "detector": "pii.card"}, "`found`"),
        ({"text": 1, "detector": "pii.card", "found": True}, "`text`"),
        ({"text": "x", "detector": "pii.card", "found": 1}, "`found`"),
        ({"text": "x", "detector": "pii.card", "found": True, "spam": "x"}, "`spam`"),
        ({"text": "x", "detector": "pii.card", "found": True, "span": 3}, "`span`"),
        (b"\xff", "not UTF-8"),
        (b"", "no line"),
    ],
)
def test_a_file_that_cannot_be_understood_is_refused(tmp_path, line, says):
    with pytest.raises(DetectorError, match=says) as failure:
        report(write(tmp_path, line))
    assert failure.value.diagnostics[0].code == "PK855"


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DetectorError) as failure:
        report(tmp_path / "none.jsonl")
    assert failure.value.diagnostics[0].code == "PK855"


def test_a_detector_that_does_not_exist_is_refused_with_the_nearest_name(tmp_path):
    with pytest.raises(DetectorError, match=r"no detector `pii.crad`") as failure:
        report(write(tmp_path, {"text": "x", "detector": "pii.crad", "found": True}))
    assert "pii.card" in failure.value.diagnostics[0].help
