"""Any bytes in place of any file give a verdict or our own error, in bounded memory."""

import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trails import KEY, Place, standalone_verdict

from policykit.encoding.strict_json import StrictJsonError, read_json
from policykit.errors import TrailError
from policykit.trail.format.checkpoint_log import read_log_line
from policykit.trail.format.merkle import leaf_hash
from policykit.trail.format.proof import parse_consistency_proof, parse_inclusion_proof
from policykit.trail.format.record import encode_record, parse_record
from policykit.trail.query import read_records
from policykit.trail.vault import parse_opening
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.witness.policy import parse_witness_policy
from policykit.trail.witness.state import parse_request

FILES = ["checkpoint", "checkpoints.log", "seg/000000.jsonl", "tile/0/000.p/13"]


def found(place, **options):
    return verify_trail(place.trail, [KEY.verifier], **options)


@pytest.mark.parametrize("name", FILES)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.one_of(st.binary(max_size=400), st.sampled_from([b"", b"\n", b"\0" * 999, b"{" * 999, b"\xff\n" * 99])))
def test_any_bytes_in_place_of_a_file_are_not_valid(small, tmp_path_factory, name, data):
    place = small.copy(tmp_path_factory.mktemp("any") / "p")
    genuine = (place.trail / name).read_bytes()
    (place.trail / name).write_bytes(data)
    code = found(place).exit_code
    if name == "checkpoint" and genuine.startswith(data.rstrip(b"\0")):
        assert code == 0  # what a power cut leaves of it
    else:
        assert code == (5 if name.startswith("tile") else 1)


def changed_tail(place, change):
    """Change the last record and verify: it is then not the signed one."""
    lines = place.lines()
    place.write_lines([*lines[:-1], change(lines[-1])])
    return found(place).findings[0]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda line: line.replace(b"\n", b"\r\n"), "PK701"),
        (lambda line: b"\xef\xbb\xbf" + line, "PK701"),
        (lambda line: line.replace(b'"seq":', b'"seq":0'), "PK703"),
        (lambda line: line.replace(b'"seq":', b'"seq": '), "PK703"),
        (lambda line: line.replace(b"alice", b"al\xffce"), "PK701"),
        (lambda line: line.replace(b"alice", b"al\x01ce"), "PK701"),
        (lambda line: line.replace(b"alice", b"a" * 70_000), "PK709"),
        (lambda line: b"\n" + line, "PK701"),
        (lambda line: line.replace(b'"v":1', b'"v":2'), "PK701"),
        (lambda line: line.replace(b'"v":1,', b""), "PK701"),
        (lambda line: line.replace(b"}\n", b"}}x\n"), "PK701"),
    ],
    ids=[
        "crlf",
        "bom",
        "leading zero",
        "space",
        "utf-8",
        "control",
        "long",
        "empty line",
        "version",
        "no version",
        "end",
    ],
)
def test_a_line_that_no_writer_writes_is_named(small, tmp_path, one_file, change, code):
    place = small.copy(tmp_path / "p")
    finding = changed_tail(place, change)
    assert (finding.verdict, finding.diagnostic.code) == (TrailVerdict.INVALID, code)
    assert finding.first_bad == 12
    assert standalone_verdict(one_file, place.trail) == "INVALID"


def appended(place, members: bytes) -> None:
    """Add a record that follows, as the holder of the key could have signed it."""
    last = place.lines()[-1].rstrip(b"\n")
    record = b'{"v":1,"seq":%d,"prev":"%b","ts":"2026-01-01T00:00:00.000000Z","type":"decision",%b}' % (
        len(place.lines()), leaf_hash(last).hex().encode(), members
    )  # fmt: skip
    with place.segment.open("ab") as file:
        file.write(record + b"\n")


@pytest.mark.parametrize(
    "members",
    [b'"a":1,"a":2', b'"a":{"b":1,"b":1}', b'"type":"approval"', b'"a":NaN', b'"a":1e999', b'"a":', b'"a":"\\x"',
     b'"a":' + b"[" * 200 + b"]" * 200, b'"a":' + b"9" * 500],
    ids=["doubled", "doubled inside", "doubled type", "nan", "overflow", "cut", "escape", "deep", "digits"],
)  # fmt: skip
def test_a_record_that_readers_would_disagree_about_is_refused_by_readers_and_by_deep_verification(
    small, tmp_path, members
):
    place = small.copy(tmp_path / "p")
    appended(place, members)
    assert found(place).unsigned_tail == 1
    deep = found(place, deep=True)
    assert deep.verdict is TrailVerdict.INVALID
    assert deep.findings[0].first_bad == 13
    with pytest.raises(TrailError, match="PK701"):
        list(read_records(place.trail))


def test_composed_and_decomposed_texts_are_different_records():
    lines = [
        b'{"v":1,"seq":0,"prev":"%b","ts":"2026-01-01T00:00:00.000000Z","type":"waiver","who":"%b"}'
        % (b"0" * 64, name.encode())
        for name in ("caf\u00e9", "cafe\u0301")
    ]
    assert leaf_hash(lines[0]) != leaf_hash(lines[1])
    assert parse_record(lines[0]).members != parse_record(lines[1]).members


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_every_parser(data):
    readers = [
        parse_record, read_log_line, parse_inclusion_proof, parse_consistency_proof, parse_opening,
        parse_witness_policy, parse_request,
    ]  # fmt: skip
    for read in readers:
        try:
            read(data)
        except TrailError:
            continue
    try:
        read_json(data)
    except StrictJsonError:
        return


def test_a_line_without_end_is_refused_in_bounded_memory(small, tmp_path):
    place = small.copy(tmp_path / "p")
    with place.segment.open("ab") as file:
        for _ in range(64):
            file.write(b"x" * (1 << 20))
    tracemalloc.start()
    verdict = found(place).verdict
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert verdict is TrailVerdict.INVALID
    assert peak < 16 << 20


def test_a_directory_that_is_not_there_or_no_key_is_our_own_error(tmp_path):
    with pytest.raises(TrailError, match="PK700"):
        verify_trail(tmp_path / "none", [KEY.verifier])
    with pytest.raises(TrailError, match="PK707"):
        verify_trail(Place(tmp_path / "p").filled(1).trail, [])


def test_directories_where_files_should_be_are_no_traceback(tmp_path):
    place = Place(tmp_path / "p").filled(1)
    for name in ("checkpoint", "checkpoints.log", "seg/000000.jsonl"):
        (place.trail / name).unlink()
        (place.trail / name).mkdir()
    assert found(place).verdict is TrailVerdict.INVALID
    (place.trail / "seg" / "xyz.jsonl").touch()
    (place.trail / "tile" / "strange").touch()
    assert found(place).verdict is TrailVerdict.INVALID


def test_the_longest_record_is_written_and_one_byte_more_is_not(place):
    from trails import Record, RecordType

    base = len(
        encode_record(Record(RecordType.WAIVER, '"x":""'), 1, "0" * 64, "t" * 27, 1_795_000_000_000_000_000, "0" * 8)
    )
    with place.open() as trail:
        room = 65_535 - base - 40
        trail.append(Record(RecordType.WAIVER, f'"x":"{"y" * room}"'))
        with pytest.raises(TrailError, match="PK709"):
            trail.append(Record(RecordType.WAIVER, f'"x":"{"y" * (room + 200)}"'))
    assert found(place, deep=True).verdict is TrailVerdict.VALID
