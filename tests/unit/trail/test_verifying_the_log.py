"""Laws of the checkpoint log: what records bind, what a power cut leaves, and the one form of a line."""

import hashlib
import json
import re

import pytest
from forging import Forge
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trails import KEY, OTHER_KEY, Place

from policykit.errors import TrailError
from policykit.trail.format.checkpoint_log import (
    CANONICAL_HEAD,
    MAX_LINE_BYTES,
    checkpoint_line,
    cosignature_line,
    read_log_line,
    timestamp_line,
)
from policykit.trail.format.keys import SignatureType, SigningKey
from policykit.trail.format.note import parse_note, sign_note
from policykit.trail.format.proof import published_checkpoint
from policykit.trail.verify import verify_trail

WITNESS = SigningKey.from_seed("w.example/w1", bytes(range(5, 37)), SignatureType.COSIGNATURE)
KEYS = [KEY.verifier]


def verified(place_or_path):
    return verify_trail(getattr(place_or_path, "trail", place_or_path), KEYS)


def code(place_or_path):
    return verified(place_or_path).exit_code


@pytest.fixture(scope="module")
def headed(tmp_path_factory):
    """A trail of the real writer with a head for each of its ten records."""
    return Place(tmp_path_factory.mktemp("headed") / "p").filled(9, checkpoint_records=1)


@pytest.fixture
def place(headed, tmp_path):
    return headed.copy(tmp_path / "p")


def log_of(place):
    return place.trail / "checkpoints.log"


# -- what records bind


def test_the_digest_that_a_record_names_is_that_of_the_log_through_that_heads_line(place):
    log = log_of(place).read_bytes()
    named = [re.search(rb'"head":(\d+),"log":"([0-9a-f]{64})"', line) for line in place.lines()]
    assert named[0] is None
    for line, found in zip(log.splitlines(keepends=True), named[1:], strict=False):
        end = log.index(line) + len(line)
        assert found[2].decode() == hashlib.sha256(log[:end]).hexdigest()


@pytest.mark.parametrize("at", range(8))
def test_every_bound_head_is_missed_when_it_is_gone_or_changed_or_doubled(place, at):
    lines = log_of(place).read_bytes().splitlines(keepends=True)
    note = json.loads(lines[at])["note"].encode()
    unknown = checkpoint_line(note.replace(b" example.com/invoices ", b" example.com/invoicex "))
    for changed in ([], [lines[at]] * 2, [unknown], [lines[at + 1], lines[at]], [lines[at], cosignature_line(1, ANY)]):
        log_of(place).write_bytes(b"".join([*lines[:at], *changed, *lines[at + 1 :]]))
        assert code(place) == 1, changed


ANY = sign_note("a\n", [WITNESS.note_signer(lambda: 1)]).signatures[0]


def test_the_newest_head_taken_from_both_files_leaves_records_that_nobody_signed(place):
    lines = log_of(place).read_bytes().splitlines(keepends=True)
    log_of(place).write_bytes(b"".join(lines[:-1]))
    assert code(place) == 1  # `checkpoint` is in no log
    (place.trail / "checkpoint").unlink()
    found = verified(place)
    assert (found.exit_code, found.unsigned_tail) == (4, 1)


def test_the_last_records_rewritten_without_a_key_are_no_plain_valid(place):
    """The newest heads are deleted, and what they covered is invented anew."""
    kept = log_of(place).read_bytes().splitlines(keepends=True)[:4]
    log_of(place).write_bytes(b"".join(kept))
    (place.trail / "checkpoint").write_bytes(json.loads(kept[-1])["note"].encode())
    from test_tampering import rechain

    place.write_lines(rechain([line.replace(b'"d7"', b'"x7"') for line in place.lines()]))
    found = verified(place)
    assert found.exit_code in {1, 4}
    assert found.signed_size <= 4


@pytest.mark.parametrize(("size", "digest"), [(3, "ab" * 32), (1, None), (2, None), (4, None), (0, None)])
def test_a_signed_record_that_names_a_head_that_never_was_is_invalid(tmp_path, size, digest):
    made = Forge().records(2).head(KEY)
    named = f',"head":{size},"log":"{digest or hashlib.sha256(made.log).hexdigest()}"'
    made.record("decision", named=named)
    unsigned = made.write(tmp_path / "unsigned")
    found = verified(unsigned)
    assert (found.exit_code, found.unsigned_tail) == (4, 1)
    if size < 3:
        assert any("an unsigned record names a head" in note for note in found.notes)
    assert code(made.head(KEY).write(tmp_path / "signed")) == 1


def test_an_older_head_may_be_named_later_and_by_two_writers(tmp_path):
    made = Forge().records(1).head(KEY)
    first = f',"head":2,"log":"{hashlib.sha256(made.log).hexdigest()}"'
    made.records(1).head(KEY).records(1).record("decision", named=first).records(1).head(KEY)
    assert code(made.write(tmp_path / "t")) == 0


def test_many_heads_of_one_size_are_told_apart(tmp_path):
    made = Forge().records(1)
    for _ in range(40):
        made.head(KEY)
    assert code(made.records(1).head(KEY).write(tmp_path / "good")) == 0
    assert code(made.record("decision", named=f',"head":2,"log":"{"0" * 64}"').head(KEY).write(tmp_path / "bad")) == 1


def test_a_bound_head_needs_no_second_look_and_an_unbound_one_gets_it(tmp_path):
    def spoiled(naming):
        made = Forge(naming=naming).records(2)
        note = sign_note(made.text(), [KEY.note_signer()]).to_bytes()
        other = sign_note(made.text(), [OTHER_KEY.note_signer()]).to_bytes()
        return made.note(other if naming is None else note[:-10] + b"AAAAAAAA=\n").records(1).head(KEY)

    assert code(spoiled(True).write(tmp_path / "bound")) == 0
    assert code(spoiled(False).write(tmp_path / "unbound")) == 1
    assert code(spoiled(None).write(tmp_path / "unknown")) == 2


# -- what a power cut leaves


def test_every_beginning_of_the_published_checkpoint_is_what_a_power_cut_leaves(place):
    whole = (place.trail / "checkpoint").read_bytes()
    for length in range(len(whole)):
        for nuls in (0, 1, 4096):
            (place.trail / "checkpoint").write_bytes(whole[:length] + bytes(nuls))
            found = verified(place)
            assert (found.exit_code, len(found.notes)) == (0, 1), (length, nuls)
            assert "power cut" in found.notes[0]


def test_an_older_published_checkpoint_is_noted_and_the_newest_head_is_used(place):
    notes = [json.loads(line)["note"].encode() for line in log_of(place).read_bytes().splitlines()]
    for note in notes[:-1]:
        (place.trail / "checkpoint").write_bytes(note)
        found = verified(place)
        assert (found.exit_code, found.signed_size, "older" in found.notes[0]) == (0, 10, True)
        assert published_checkpoint(place.trail).checkpoint.size == 10
        (place.trail / "checkpoint").write_bytes(note[:-30])
        assert code(place) == 1  # the beginning of an older one: no power cut leaves that


def test_every_beginning_of_a_line_after_the_log_is_what_a_power_cut_leaves(place):
    log = log_of(place).read_bytes()
    line = log.splitlines(keepends=True)[-1]
    for more in (line, cosignature_line(10, ANY), timestamp_line(10, "AAAA")):
        for length in range(1, len(more)):
            for nuls in (b"", bytes(7)):
                log_of(place).write_bytes(log + more[:length] + nuls)
                assert code(place) == 0, (more[:length], nuls)
    log_of(place).write_bytes(log + bytes(MAX_LINE_BYTES))
    found = verified(place)
    assert (found.exit_code, "NUL" in found.notes[0]) == (0, True)
    for more in (bytes(MAX_LINE_BYTES + 1), bytes(5_000_000), bytes(5_000_000) + b"{", bytes(9) + b"{"):
        log_of(place).write_bytes(log + more)
        assert code(place) == 1, len(more)


@pytest.mark.parametrize(
    "tail",
    [
        "x", "{}", "[", '{"kind":"note', '{"kind": ', '{"kind":"timestamp","size":03', '{"kind":"timestamp","size":,',
        '{"kind":"timestamp","size":3,"note', '{"kind":"timestamp","size":3,"token":"!', '{"kind":"checkpoint","note":"a"}x',
        '{"kind":"checkpoint","note":"a" ', '{"kind":"checkpoint","note":"a\t', '{"kind":"cosignature","size":true', "\r", "\x00x",
    ],
)  # fmt: skip
def test_bytes_that_begin_no_line_are_no_power_cut(place, tail):
    with log_of(place).open("ab") as log:
        log.write(tail.encode())
    assert code(place) == 1


def test_a_crash_of_the_segment_leaves_nuls_or_a_part_of_a_record(place):
    data = place.segment.read_bytes()
    for more in (b'{"v":1,"seq":10,', bytes(70_000), b'{"v":1' + bytes(200_000)):
        place.segment.write_bytes(data + more)
        assert code(place) == 0
    for more in (bytes(70_000) + b"x", bytes(9) + b"\n", b"x" * 65_536):
        place.segment.write_bytes(data + more)
        assert code(place) == 1


# -- the published checkpoint and cosignatures


def test_a_published_checkpoint_is_byte_for_byte_a_head_of_the_log(place):
    """A cosignature that stands in the log beside a head makes no other copy of it right: then nobody could compare."""
    log, published = log_of(place).read_bytes(), (place.trail / "checkpoint").read_bytes()
    note = parse_note(published)
    one, two = (sign_note(note.text, [WITNESS.note_signer(lambda t=t: t)]).signatures[0] for t in (1, 2))
    whole = note.with_signatures((one,)).to_bytes()
    log_of(place).write_bytes(log + cosignature_line(10, one))
    for signatures, expected in (((), 0), ((one,), 1), ((two,), 1), ((one, two), 1)):
        (place.trail / "checkpoint").write_bytes(note.with_signatures(signatures).to_bytes())
        assert code(place) == expected, signatures
    log_of(place).write_bytes(log + cosignature_line(10, one) + checkpoint_line(whole))
    own, other = note.signatures[0].to_line().encode(), one.to_line().encode()
    for data, expected in (
        (whole, 0), (published, 0), (whole[:-5], 0), (published.replace(own, other), 1),
        (published.replace(own, other + own), 1), (published + other + other, 1), (published + own, 1),
    ):  # fmt: skip
        (place.trail / "checkpoint").write_bytes(data)
        assert code(place) == expected, data


# -- the one form of a line


@pytest.mark.parametrize(
    "line",
    [
        '{"kind":"cosignature","foo":[1]}', '{"kind":"timestamp","size":true,"token":"AAAA"}',
        '{"kind":"timestamp","size":1.0,"token":"AAAA"}', '{"kind":"timestamp","size":-0,"token":"AAAA"}',
        '{"kind":"timestamp","size":01,"token":"AAAA"}', '{"kind":"timestamp","size":"1","token":"AAAA"}',
        '{"kind":"timestamp","size":9223372036854775808,"token":"AAAA"}', '{"kind":"timestamp","size":NaN,"token":"AAAA"}',
        '{"kind":"timestamp","size":1,"token":"AAAA","x":NaN}', '{"kind":"timestamp","size":1,"size":1,"token":"AAAA"}',
        '{"size":1,"kind":"timestamp","token":"AAAA"}', '{"kind": "timestamp","size":1,"token":"AAAA"}',
        '{"kind":"timestamp","size":1,"token":"AAB="}', '{"kind":"timestamp","size":1,"token":null}',
        '{"kind":"checkpoint","note":"\\ud800"}', '{"kind":["checkpoint"],"note":"a"}', '{"kind":"checkpoint"}', "[]", "", " ",
        '{"kind":"timestamp","size":1,"token":"AAAA"}\r', '{"kind":"timestamp","size":1,"token":"AAAA"} ',
    ],
)  # fmt: skip
def test_a_line_of_another_form_is_refused(place, line):
    with log_of(place).open("ab") as log:
        log.write(line.encode() + b"\n")
    assert code(place) == 1


@pytest.mark.parametrize("char", ["\x7f", "\u200b", "\ufeff", "\u00ad", "\U0010ffff", '"', "\\", "a"])
def test_a_signer_may_be_called_anything_without_white_space_or_plus(tmp_path, char):
    line = f"\N{EM DASH} x{char}y {'A' * 91}=\n"
    assert code(Forge().head(KEY, more=line).write(tmp_path / "t")) == 0


@pytest.mark.parametrize(
    "char",
    ["+", " ", *map(chr, (0x85, 0xA0, 0x1680, 0x2000, 0x2005, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000)),
     "\t", "\r", "\x00", "\x1f"],
)  # fmt: skip
def test_a_signer_with_white_space_plus_or_a_control_character_is_refused(tmp_path, char):
    line = f"\N{EM DASH} x{char}y {'A' * 91}=\n"
    assert code(Forge().head(KEY, more=line).write(tmp_path / "t")) == 1


QUICK = checkpoint_line(Forge().records(3).head(KEY, OTHER_KEY, WITNESS).published)


@settings(max_examples=300)
@given(st.integers(0, len(QUICK) - 1), st.binary(max_size=3), st.integers(0, 3))
def test_the_quick_way_to_read_a_head_accepts_only_what_the_full_one_accepts(at, more, dropped):
    line = QUICK[:at] + more + QUICK[at + dropped :]
    quick = CANONICAL_HEAD.fullmatch(line)
    if quick is None:
        return
    found = read_log_line(line).checkpoint.checkpoint
    assert (found.origin.encode(), found.size) == (quick[1], int(quick[2]))


def test_the_quick_way_is_taken_for_what_the_writer_writes(place):
    assert all(CANONICAL_HEAD.fullmatch(line) for line in log_of(place).read_bytes().splitlines(keepends=True))
    assert CANONICAL_HEAD.fullmatch(QUICK)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_no_edit_of_the_log_or_the_checkpoint_makes_another_trail_valid(headed, tmp_path_factory, data):
    """Any bytes replaced, removed or put in: what was signed stays what it was, or the answer is not VALID."""
    place = headed.copy(tmp_path_factory.mktemp("edit") / "p")
    path = place.trail / data.draw(st.sampled_from(["checkpoints.log", "checkpoint", "seg/000000.jsonl"]))
    before = path.read_bytes()
    at = data.draw(st.integers(0, len(before)))
    more, dropped = data.draw(st.binary(max_size=4)), data.draw(st.integers(0, 40))
    path.write_bytes(before[:at] + more + before[at + dropped :])
    found = verified(place)
    if found.exit_code == 0:
        assert found.signed_size == 10
        assert place.segment.read_bytes().startswith(before) or path != place.segment


def test_read_log_line_refuses_a_line_without_its_line_feed():
    with pytest.raises(TrailError, match="PK717"):
        read_log_line(QUICK[:-1])


def test_the_clock_going_back_is_noted_with_the_first_record(tmp_path):
    made = Forge().records(2)
    for hour in (3, 2, 5, 1):
        made.record("decision", ts=f"2026-02-03T{hour:02d}:00:00.000000Z")
    found = verified(made.head(KEY).write(tmp_path / "t"))
    assert "the writer's clock went back 3 times, first at record 3" in found.notes
    assert (found.first_time[11:13], found.signed_time[11:13]) == ("04", "01")


def test_an_unsigned_record_that_names_an_older_head_rightly_is_nothing_to_report(tmp_path):
    made = Forge().records(1).head(KEY)
    first = f',"head":2,"log":"{hashlib.sha256(made.log).hexdigest()}"'
    found = verified(made.records(1).head(KEY).record("decision", named=first).write(tmp_path / "t"))
    assert (found.exit_code, found.notes) == (4, ())
