"""Whoever can write the folder can put anything there: an answer comes, in bounded time and memory."""

import json
import os
import socket
import tracemalloc

import pytest
from forging import Forge
from trails import KEY, SHORT, Place

from policykit.errors import TrailError
from policykit.trail.verify import verify_trail
from policykit.trail.write.options import SyncMode

KEYS = [KEY.verifier]
FILES = ["checkpoint", "checkpoints.log", "seg/000000.jsonl", "tile/0/000.p/13"]


def code(place):
    return verify_trail(getattr(place, "trail", place), KEYS).exit_code


@pytest.fixture
def place(small, tmp_path):
    return small.copy(tmp_path / "p")


def peak_of(call):
    tracemalloc.start()
    try:
        result = call()
        return result, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# -- what stands in place of a file


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "kind", ["directory", "pipe", "link to itself", "link to a copy", "link to a device", "socket"]
)
def test_anything_but_a_regular_file_gets_an_answer_without_waiting(place, name, kind, tmp_path, monkeypatch):
    path = place.trail / name
    copy = tmp_path / "copy"
    copy.write_bytes(path.read_bytes())
    path.unlink()
    if kind == "directory":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        monkeypatch.chdir(path.parent)  # a socket's path has at most 108 bytes
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(path.name)
    else:
        targets = {"link to itself": path.name, "link to a copy": copy, "link to a device": "/dev/zero"}
        path.symlink_to(targets[kind])
    assert code(place) == (5 if name.startswith("tile") else 1)


def test_a_file_that_cannot_be_read_is_no_answer(place, monkeypatch):
    real = os.open

    def refuse(path, flags, *rest, **more):
        if str(path).endswith(refused[-1]):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, flags, *rest, **more)

    refused = []
    monkeypatch.setattr(os, "open", refuse)
    for name in FILES[:3]:
        refused.append(name)
        with pytest.raises(TrailError, match="PK700"):
            verify_trail(place.trail, KEYS)


@pytest.mark.parametrize(
    "name",
    ["0000000.jsonl", "00000.jsonl", "000000.JSONL", "000000.jsonl~", "000000", ".hidden", "x", "000000.jsonl.tmp",
     "00000\u0660.jsonl", "999999999999999.jsonl", "+00000.jsonl", " 00000.jsonl"],
)  # fmt: skip
def test_nothing_but_segments_stands_among_the_segments(place, name):
    """An alias holds the genuine records, and the canonical file was changed; or the other way round."""
    alias = place.trail / "seg" / name
    genuine = place.segment.read_bytes()
    for canonical, other in ((genuine, b""), (genuine, genuine), (genuine.replace(b"allow", b"block"), genuine)):
        place.segment.write_bytes(canonical)
        alias.write_bytes(other)
        found = verify_trail(place.trail, KEYS)
        assert found.exit_code == 1
        assert (place.trail / "seg").name in found.findings[0].diagnostic.place


def test_a_file_in_place_of_a_directory_gets_an_answer(place):
    for name, expected in (("tile", 5), ("torn", 5), ("seg", 1)):
        path = place.trail / name
        if path.exists():
            path.rename(place.trail / f"{name}.away")
        path.touch()
        assert code(place) == expected


# -- where there is no trail


def test_a_folder_without_a_trail_says_where_one_is(place, tmp_path):
    (tmp_path / "hosp").mkdir()
    place.trail.rename(tmp_path / "hosp" / "trail")
    for wrong, right in ((tmp_path / "hosp", "hosp/trail"), (tmp_path / "hosp" / "trail" / "seg", "hosp/trail")):
        with pytest.raises(TrailError, match="PK700") as caught:
            verify_trail(wrong, KEYS)
        assert caught.value.diagnostics[0].help == f"did you mean `{tmp_path / right}`?"
    for wrong in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(TrailError, match="PK700") as caught:
            verify_trail(wrong, KEYS)
        assert caught.value.diagnostics[0].help == ""


# -- much of it


def test_thousands_of_strange_files_get_an_answer_in_bounded_memory(place):
    for name in ("seg", "tile", "tile/0/000.p", "torn"):
        directory = place.trail / name
        directory.mkdir(exist_ok=True)
        for number in range(5000):
            (directory / f"strange-{number}").touch()
        found, peak = peak_of(lambda: verify_trail(place.trail, KEYS))
        assert found.exit_code == 1
        assert len(found.findings) + len(found.notes) + len(found.cache_problems) < 40
        assert peak < 24 << 20


def test_ten_thousand_heads_are_kept_in_little_memory(tmp_path):
    made = Forge(naming=False)
    for _ in range(40):
        made.records(1).head(KEY)
    lines = made.log.splitlines(keepends=True)
    trail = made.write(tmp_path / "t")
    (trail / "checkpoints.log").write_bytes(b"".join(lines[:-1]) + lines[-1] * 10_000)
    from policykit.trail.verify.heads import HeadLog

    def read():
        heads = HeadLog(trail / "checkpoints.log", KEYS)
        heads.read()
        return heads

    heads, peak = peak_of(read)
    assert len(heads) == 10_039
    assert peak < 10_039 * 200 + (1 << 20)


@pytest.mark.parametrize(
    "tail",
    [b"{" * 3_000_000, b'{"kind":"checkpoint","note":"' + b"\\u0000" * 500_000, b"[" * 100_000 + b"\n", b"\xff" * 3_000_000,
     b'{"kind":"cosignature","size":' + b"9" * 1_000_000, b'{"kind":"timestamp","size":1,"token":"' + b"A" * 3_000_000],
    ids=["braces", "escapes", "deep", "bytes", "digits", "token"],
)  # fmt: skip
def test_a_log_that_ends_in_much_of_anything_gets_an_answer_in_bounded_memory(place, tail):
    with (place.trail / "checkpoints.log").open("ab") as log:
        log.write(tail)
    found, peak = peak_of(lambda: code(place))
    assert found in {0, 1}
    assert peak < 40 << 20


def test_deep_json_in_a_record_of_the_trails_own_is_invalid(tmp_path):
    made = Forge().record("recovery", '"causes":' + "[" * 20_000 + "]" * 20_000)
    assert code(made.head(KEY).write(tmp_path / "t")) == 1


def test_thousands_of_recoveries_are_summed_up(tmp_path):
    made = Forge()
    for _ in range(3000):
        made.record("recovery", '"causes":["unsigned-records"],"adopted":2')
    found = verify_trail(made.head(KEY).write(tmp_path / "t"), KEYS)
    assert (found.exit_code, len(found.notes)) == (0, 21)
    assert found.notes[0] == "2980 older recovery records are not listed"


def test_hundreds_of_rotations_that_lead_nowhere_take_no_long_time(tmp_path):
    from trails import OTHER_KEY

    made = Forge().head(KEY)
    for _ in range(400):
        made.rotation(OTHER_KEY, KEY)
    assert code(made.head(OTHER_KEY).write(tmp_path / "t")) == 2


# -- record 0


@pytest.mark.parametrize("origin", ["example.com/payroll", 'example.com/invoices","x":"'])
def test_record_0_names_the_trail_that_the_heads_name(tmp_path, origin):
    made = Forge(origin)
    made.origin = "example.com/invoices"
    assert code(made.records(1).head(KEY).write(tmp_path / "t")) == (0 if '"' in origin else 1)


def test_a_trail_has_one_genesis_and_it_is_record_0(tmp_path):
    made = Forge().records(1).record("genesis", '"origin":"example.com/invoices"').head(KEY)
    assert code(made.write(tmp_path / "two")) == 1
    none = Forge()
    none.lines[0] = none.lines[0].replace(b"genesis", b"decision")
    from policykit.trail.format.merkle import Frontier, leaf_hash

    none.tree = Frontier()
    none.tree.append(leaf_hash(none.lines[0][:-1]))
    assert code(none.head(KEY).write(tmp_path / "none")) == 1


# -- what recovery records say


@pytest.mark.parametrize(
    ("members", "said"),
    [
        ({"causes": ["torn-record"]}, "a record that was cut off in the middle was set aside"),
        ({"causes": ["unsigned-records"], "adopted": 1}, "1 record that nobody had signed yet was taken over"),
        ({"causes": ["unsigned-records"], "adopted": 7}, "7 records that nobody had signed yet were taken over"),
        ({"causes": ["foreign-records"], "foreign": {"first": 4, "last": 9}},
         "no writer of this trail is known to have written records 4 to 9, which were taken over"),
        ({"causes": ["foreign-records"], "foreign": {"first": 4, "last": 4}},
         "no writer of this trail is known to have written record 4, which was taken over"),
        ({"causes": ["no-remembered-head"]}, "a rollback before this record would not show"),
        ({"causes": ["unpublished-head"]}, "a head had been signed and not published"),
        ({"causes": ["torn-checkpoint-log"]}, "the last line of the checkpoint log had been cut off and was removed"),
        ({"causes": ["something-new\u0007"]}, "cause `something-new\\u{7}`"),
        ({"causes": 3}, "the record does not say why"),
        ({"causes": ["foreign-records"], "foreign": [1]}, "known to have written records that were taken over"),
        ({"causes": ["torn-record", "no-remembered-head"]}, "set aside; no head was remembered"),
    ],
)  # fmt: skip
def test_a_recovery_is_told_in_plain_words(tmp_path, members, said):
    made = Forge().record("recovery", json.dumps(members)[1:-1]).head(KEY)
    found = verify_trail(made.write(tmp_path / "t"), KEYS)
    assert found.exit_code == 0
    assert found.notes[0].startswith("record 1: the trail was opened again; ")
    assert said in found.notes[0]


def test_the_tiles_of_pruned_records_are_compared_with_the_roots_that_were_signed(tmp_path):
    from datetime import UTC, datetime, timedelta

    from policykit.trail.write.prune import prune

    place = Place(tmp_path / "p")
    with place.open(sync=SyncMode.OS, checkpoint_records=60_000, retention_days=30) as trail:
        trail.append_all([SHORT] * 65_600)
        trail.checkpoint()
        prune(trail, segments=1, authority="dpo", now=datetime(2026, 11, 21, tzinfo=UTC) + timedelta(days=100))
    found = verify_trail(place.trail, KEYS)
    assert (found.exit_code, found.pruned) == (0, 65_536)
    for name in ("0/000", "0/200", "1/000", "2/000.p/1"):
        path = place.trail / "tile" / name
        data = path.read_bytes()
        path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
        assert code(place) == 5, name
        path.write_bytes(data)
    assert code(place) == 0


@pytest.mark.parametrize(
    "torn", [[], "x", 1, {}, {"file": "torn/000000-0-0123456789abcdef"}, {"file": "../x", "bytes": 1}]
)
def test_a_fragment_has_a_name_a_length_and_a_digest(tmp_path, torn):
    made = Forge().record("recovery", f'"torn":{json.dumps(torn)}').head(KEY)
    assert code(made.write(tmp_path / "t")) == 1
