"""Laws of reading evidence: total, exact, independent of order, and never more than the file shows."""

from __future__ import annotations

import json
import math
import tempfile
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from policykit.errors import EvidenceError
from policykit.evidence import Sufficiency, all_readers, merge, read_evidence
from policykit.evidence.readers._codeowners_paths import matches
from policykit.evidence.safe_yaml import load_yaml
from policykit.evidence.summaries.statistics import percentile, wilson_high, wilson_low
from policykit.evidence.tool_json import parse_json
from policykit.vocabulary.evidence import kinds

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PAIRS = sorted((name, kind) for name, reader in all_readers().items() for kind in kinds() if reader.yields(kind))
SEEDS = (
    b'{"results": {"results": [{"success": true, "testIdx": 0}], "stats": {"successes": 1}}, "metadata": {"promptfooVersion": "1"}}',
    b'<testsuite tests="1"><testcase name="a"/></testsuite>',
    b'{"entry_type": "eval", "probe": "a.b", "detector": "c.d", "passed": 5, "fails": 1, "total_evaluated": 6}\n{"entry_type": "completion"}\n',
    b'{"spend": 1, "request_id": "r", "startTime": "2026-11-20T00:00:00Z", "model": "m"}\n',
    b'{"gpt": {"litellm_provider": "x", "input_cost_per_token": 1}}',
    b"* @org/team\n/docs/ @ann\n",
    b"apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: a}\nspec: {owner: b}\n",
    b"evidence: evaluation\nvalues: {cases: 5, accuracy: 90%}\n",
    b'{"payloadType": "application/vnd.in-toto+json", "payload": "e30=", "signatures": [{"sig": "AA=="}]}',
)


def read(data: bytes, kind: str, reader: str | None, name: str = "file.json"):
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / name).write_bytes(data)
        return read_evidence(name, kind=kind, reader=reader, zone="UTC", now=NOW, project_root=Path(folder), options={})


@st.composite
def damaged(draw):
    """A good file with bytes changed, cut out or put in."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 6))] = draw(st.binary(max_size=6))
    return bytes(data)


@given(st.sampled_from(PAIRS), damaged() | st.binary(max_size=200))
@settings(max_examples=300)
def test_any_bytes_give_evidence_and_a_failed_reading_has_no_values(pair, data):
    reader, kind = pair
    evidence = read(data, kind, reader)
    if evidence.sufficiency is Sufficiency.ERROR:
        assert evidence.problems
    for problem in evidence.problems:
        assert str(problem).isprintable()
        assert len(problem.code) == 5


@given(damaged())
@settings(max_examples=150)
def test_any_bytes_can_be_offered_without_naming_a_reader(data):
    assert read(data, "evaluation", None).sufficiency in set(Sufficiency)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.text(max_size=10)
    | st.decimals(allow_nan=False, allow_infinity=False, places=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


def dumped(value) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, list):
        return "[" + ",".join(map(dumped, value)) + "]"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{dumped(v)}" for k, v in value.items()) + "}"
    return json.dumps(value)


@given(json_values)
def test_json_is_read_exactly_as_written(value):
    assert parse_json(dumped(value).encode(), "x") == value


@given(st.text(max_size=60))
def test_yaml_gives_plain_values_or_our_own_error(text):
    try:
        documents = load_yaml(text.encode("utf-8", "replace"), "x")
    except EvidenceError:
        return
    for document in documents:
        assert isinstance(document.value, str | int | bool | Decimal | list | dict | None)
        assert all(0 <= span.start <= span.end <= len(document.source.text) for span in document.spans.values())


def counted(outcomes: list[str]) -> str:
    inner = {"passed": "", "failed": "<failure/>", "error": "<error/>", "skipped": "<skipped/>"}
    return "".join(f'<testcase name="t{n}">{inner[o]}</testcase>' for n, o in enumerate(outcomes))


@given(st.lists(st.sampled_from(["passed", "failed", "error", "skipped"]), max_size=20), st.data())
@settings(max_examples=60)
def test_files_added_up_are_the_same_as_one_file(outcomes, data):
    cut = data.draw(st.integers(0, len(outcomes)))
    whole = read(f"<testsuite>{counted(outcomes)}</testsuite>".encode(), "test_run", "junit")
    halves = [outcomes[:cut], outcomes[cut:]]
    # Names differ between the halves, so that no test looks like a retry of another.
    texts = [
        f"<testsuite>{counted(half).replace('name=', f'classname={chr(34)}{n}{chr(34)} name=')}</testsuite>"
        for n, half in enumerate(halves)
    ]
    parts = [read(text.encode(), "test_run", "junit") for text in texts]
    assert merge(parts).fields == {**whole.fields} == merge(parts[::-1]).fields
    executed = [o for o in outcomes if o != "skipped"]
    expected = Fraction(executed.count("passed"), len(executed)) if executed else None
    assert whole.fields.get("pass_rate") == expected


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=50), st.integers(1, 100))
def test_a_percentile_is_the_smallest_value_that_enough_values_stay_within(values, percent):
    found = percentile(values, percent)
    within = sum(value <= found for value in values)
    assert within * 100 >= percent * len(values)
    smaller = [value for value in values if value < found]
    assert len(smaller) * 100 < percent * len(values)


@given(st.integers(1, 500), st.data())
def test_the_bounds_of_a_share_lie_on_both_sides_of_it(whole, data):
    part = data.draw(st.integers(0, whole))
    low, high = wilson_low(part, whole), wilson_high(part, whole)
    assert 0 <= low <= Fraction(part, whole) <= high <= 1
    assert low == 1 - wilson_high(whole - part, whole)


@given(st.integers(1, 500), st.data())
def test_the_lower_bound_is_that_of_the_formula_rounded_down(whole, data):
    part = data.draw(st.integers(0, whole))
    share, z = part / whole, 1.959963984540054
    spread = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    expected = (share + z * z / (2 * whole) - spread) / (1 + z * z / whole)
    assert -1e-9 <= expected - float(wilson_low(part, whole)) < 1e-6 + 1e-9


SEGMENT = st.sampled_from(["a", "b", "ab", "x.py"])


@given(
    st.lists(st.sampled_from(["a", "b", "*", "**", "a*", "x.*"]), min_size=1, max_size=4),
    st.lists(SEGMENT, min_size=1, max_size=4),
    st.booleans(),
    st.booleans(),
)
def test_patterns_match_as_a_slow_literal_reading_of_the_rules(parts, names, anchored, folder):
    pattern = ("/" if anchored else "") + "/".join(parts) + ("/" if folder else "")
    assert matches(pattern, "/".join(names)) == slow_match(pattern, names)


def slow_match(pattern: str, names: list[str]) -> bool:
    from fnmatch import fnmatchcase

    parts = pattern.strip("/").split("/")
    free = "/" not in pattern.rstrip("/")

    def exact(left: list[str], below: list[str]) -> bool:
        if not left:
            return not below
        if left[0] == "**":
            least = 1 if len(left) == 1 else 0
            return any(exact(left[1:], below[n:]) for n in range(least, len(below) + 1))
        return bool(below) and fnmatchcase(below[0], left[0]) and exact(left[1:], below[1:])

    whole = ["**", *parts] if free else parts
    if pattern.endswith("/"):
        return any(exact(whole, names[:n]) for n in range(1, len(names)))
    if parts[-1] == "*" and not free:
        return exact(whole, names)
    return any(exact(whole, names[:n]) for n in range(1, len(names) + 1))
