"""Laws of growth: what no writer of this trail wrote is never signed in silence; honest writers do not disturb each other."""

import errno
import json
import os
import shutil
import stat

import pytest
from trails import KEY, OTHER_KEY, Place, TurnedClock, a_decision, die

from policykit.errors import TrailError
from policykit.trail.format.checkpoint import Checkpoint
from policykit.trail.format.checkpoint_log import checkpoint_line, timestamp_line
from policykit.trail.format.merkle import leaf_hash
from policykit.trail.format.note import Note, NoteSignature
from policykit.trail.format.record import Record, RecordType, encode_record
from policykit.trail.format.tiles import TileTree
from policykit.trail.query import read_records
from policykit.trail.storage.local import LocalDisk
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.write.append import Trail
from policykit.trail.write.options import SyncMode, TrailOptions

FORGED = Record(RecordType.APPROVAL, '"request":"r","clause":"C-1","approver":"Chief Officer","granted":true')


def forge(place, count=1):
    """Append records that chain, as whoever can write the folder can; return the number of the first."""
    lines = place.lines()
    first = len(lines)
    for seq in range(first, first + count):
        line = encode_record(FORGED, seq, leaf_hash(lines[-1][:-1]).hex(), "2026-01-31T09:00:00.000000Z", 1, "b")
        lines.append(line + b"\n")
    place.write_lines(lines)
    return first


def recoveries(place):
    return [record.members for record in read_records(place.trail) if record.type == RecordType.RECOVERY]


def signed_size(place):
    return int((place.trail / "checkpoint").read_bytes().split(b"\n")[1])


@pytest.mark.parametrize("act", ["append", "checkpoint", "close"])
@pytest.mark.parametrize("mode", list(SyncMode))
def test_an_open_writer_never_signs_what_somebody_else_wrote(place, mode, act):
    trail = place.open(sync=mode)
    trail.append(a_decision(1))
    trail.checkpoint()
    first = forge(place)
    with pytest.raises(TrailError, match="PK729") as caught:
        getattr(trail, act)(*[a_decision(2)] * (act == "append"))
    assert str(first) in caught.value.diagnostics[0].message
    with pytest.raises(TrailError, match="PK713"):
        trail.append(a_decision(3))
    die(trail)
    assert signed_size(place) == first


@pytest.mark.parametrize("count", [1, 3])
def test_opening_adopts_foreign_records_and_says_which_they_are(place, count):
    place.filled(2)
    first = forge(place, count)
    place.filled(0)
    (told,) = recoveries(place)
    assert told["causes"] == ["foreign-records"]
    assert told["foreign"] == {"first": first, "last": first + count - 1}
    assert told["adopted"] == count
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID


def test_opening_tells_foreign_records_from_those_that_a_killed_writer_left(place):
    trail = place.open(checkpoint_records=100, checkpoint_interval_s=1e6)
    for number in range(4):
        trail.append(a_decision(number))
    die(trail)
    first = forge(place, 2)
    place.filled(0)
    (told,) = recoveries(place)
    assert told["causes"] == ["unsigned-records", "foreign-records"]
    assert told["foreign"] == {"first": first, "last": first + 1}


@pytest.mark.parametrize("note", [None, b"", b"\0" * 200, b"policykit-tail/v1\n", b"x" * 10_000])
def test_without_a_note_that_can_be_read_every_unsigned_record_is_foreign(place, note):
    trail = place.open(checkpoint_records=100, checkpoint_interval_s=1e6)
    trail.append(a_decision(1))
    signed = trail._writer.heads.signed_size
    trail.append(a_decision(2))
    die(trail)
    (path,) = place.state.glob("*.tail")
    path.unlink() if note is None else path.write_bytes(note)
    place.filled(0)
    (told,) = recoveries(place)
    assert told["causes"] == ["foreign-records"]
    assert told["foreign"] == {"first": signed, "last": 2}


def test_a_foreign_rotation_is_not_adopted(place):
    place.filled(1)
    lines = place.lines()
    rotation = Record(
        RecordType.KEY_ROTATION,
        f'"old_key":{json.dumps(KEY.verifier.to_text())},"new_key":"x","new_key_id":"0a0b0c0d","reason":"r"',
    )
    line = encode_record(rotation, 2, leaf_hash(lines[-1][:-1]).hex(), "2026-01-31T09:00:00.000000Z", 1, "b")
    place.write_lines([*lines, line + b"\n"])
    with pytest.raises(TrailError, match="PK729"):
        place.open()


def test_writers_in_turns_and_a_writer_that_dies_do_not_look_foreign_to_each_other(place):
    with place.open(checkpoint_records=4) as one:
        for number in range(10):
            with_two = place.open(checkpoint_records=3)
            with_two.append(a_decision(number))
            one.append(a_decision(number + 100))
            with_two.append_all([a_decision(number + 200)] * 2)
            die(with_two) if number % 2 else with_two.close()
    assert recoveries(place) == []
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID


def test_a_writer_killed_between_note_and_record_does_not_look_foreign(place):
    trail = place.open(checkpoint_records=100, checkpoint_interval_s=1e6)
    trail.append(a_decision(1))
    trail.append(a_decision(2))
    trail._writer.note.write(3, trail._writer.prev, 4, "a" * 64)
    die(trail)
    place.filled(0)
    assert [told["causes"] for told in recoveries(place)] == [["unsigned-records"]]


def test_other_users_of_the_host_can_read_neither_trail_nor_state(place):
    old = os.umask(0)
    try:
        place.filled(300)
    finally:
        os.umask(old)
    for path in place.base.rglob("*"):
        is_state = place.state in {path, *path.parents}
        allowed = (0o700 if path.is_dir() else 0o600) if is_state else (0o750 if path.is_dir() else 0o640)
        assert stat.S_IMODE(path.stat().st_mode) & ~allowed == 0, path


def test_a_key_signs_without_being_asked_for_a_signer(tmp_path):
    place = Place(tmp_path)
    options = TrailOptions(sync=SyncMode.OS, state_directory=place.state)
    with Trail.open(place.trail, signer=KEY, clock=TurnedClock(), options=options) as trail:
        trail.append(a_decision())
    assert verify_trail(place.trail, [KEY.verifier]).verdict is TrailVerdict.VALID
    for other in ("key.pem", b"seed", None, 7):
        with pytest.raises(TrailError, match=r"PK713.*signer"):
            Trail.open(place.trail, signer=other, options=options)


class Unverifiable:
    """A signer without a public half that policykit could find."""

    name = KEY.name
    key_id = KEY.verifier.key_id

    def sign_note(self, text):
        return KEY.note_signer().sign_note(text)


def forge_head(place, lines):
    """Write a head of everything that is stored into the log, with signature lines as given."""
    tree = TileTree()
    for line in place.lines():
        tree.append(leaf_hash(line[:-1]))
    text = Checkpoint(KEY.name, tree.size, tree.root()).to_text()
    with (place.trail / "checkpoints.log").open("ab") as file:
        file.write(checkpoint_line(Note(text, tuple(lines)).to_bytes()))


NOBODY = NoteSignature(KEY.name, KEY.verifier.key_id, b"\x01" * 64)
ANOTHER_NAME = NoteSignature("example.com/other", KEY.verifier.key_id, b"\x01" * 64)
ANOTHER_KEY = NoteSignature(KEY.name, OTHER_KEY.verifier.key_id, b"\x01" * 64)


@pytest.mark.parametrize("lines", [[NOBODY], [ANOTHER_NAME], [ANOTHER_KEY], [ANOTHER_KEY, ANOTHER_NAME]])
@pytest.mark.parametrize("is_state_lost", [False, True])
def test_a_forged_head_does_not_make_foreign_records_ours(place, lines, is_state_lost):
    place.filled(2)
    forge(place, 2)
    forge_head(place, lines)
    if is_state_lost:
        shutil.rmtree(place.state)
    before = place.lines()
    with pytest.raises(TrailError, match=r"PK708|PK805"):
        place.open()
    assert place.lines() == before


def test_where_no_key_can_verify_a_head_in_the_log_makes_nothing_ours(place):
    options = TrailOptions(state_directory=place.state)
    with Trail.open(place.trail, signer=Unverifiable(), options=options) as trail:
        trail.append(a_decision(1))
    first = forge(place, 2)
    forge_head(place, [NOBODY])
    Trail.open(place.trail, signer=Unverifiable(), options=options).close()
    (told,) = recoveries(place)
    assert "foreign-records" in told["causes"]
    assert told["foreign"] == {"first": first, "last": first + 1}


@pytest.mark.parametrize("kept", [2, 3, 5])
def test_opening_tells_of_acknowledged_records_that_are_gone(place, kept):
    trail = place.open(checkpoint_records=100, checkpoint_interval_s=1e6)
    trail.append(a_decision(1))
    trail.checkpoint()
    for number in range(5):
        trail.append(a_decision(number))
    die(trail)
    place.write_lines(place.lines()[:kept])
    place.filled(0)
    (told,) = recoveries(place)
    assert "lost-records" in told["causes"]
    assert told["lost"] == {"first": kept, "last": 5}
    report = verify_trail(place.trail, [KEY.verifier], deep=True)
    assert report.verdict is TrailVerdict.VALID
    assert any("lost" in note for note in report.notes)


@pytest.mark.parametrize(
    "junk", [b"junk\n", b'{"kind":"cosignature","size":1}\n', b"\n", b'{"kind":"checkpoint","note":""}\n']
)
def test_lines_that_no_record_binds_are_read_before_they_are_bound(place, junk):
    place.filled(4, checkpoint_records=1)
    log = place.trail / "checkpoints.log"
    *lines, last = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines, junk, last]))
    with pytest.raises(TrailError, match=r"PK717|PK706"):
        place.open()
    assert len(place.lines()) == 5


def test_a_line_for_the_log_is_kept_after_others_have_signed(place):
    one, two = place.open(), place.open(checkpoint_records=1)
    two.append(a_decision(1))
    one.add_log_line(timestamp_line(1, "AAAA"))
    assert one.append(a_decision(2)).seq == 2
    two.close()
    one.close()


class Watched(LocalDisk):
    """Tells which files are synced."""

    def __init__(self):
        self.synced = []

    def sync(self, handle):
        self.synced.append(os.fstat(handle).st_ino)
        super().sync(handle)


def test_what_another_writer_left_to_the_system_is_synced_before_it_is_signed(place):
    one = place.open(sync=SyncMode.OS, checkpoint_records=100, checkpoint_interval_s=1e6)
    one.append(a_decision(1))
    disk = Watched()
    two = place.open(disk=disk)
    assert place.segment.stat().st_ino not in disk.synced
    two.checkpoint()
    (head,) = place.state.glob("*.head")
    assert [disk.synced.index(path.stat().st_ino) for path in (place.segment, head)] == [0, 1]
    die(two)
    one.close()


def test_the_note_names_both_ends_whatever_step_a_kill_interrupts(place):
    """Growth is looked at after every step of several commits, as opening would after a kill there."""
    ends = []

    class Looking(LocalDisk):
        def write(self, handle, data):
            ends.append(("before", trail._writer.seq))
            look()
            written = super().write(handle, data)
            ends.append(("after", trail._writer.seq + data.count(b"\n")))
            look()
            return written

    def look():
        lines = place.lines()
        assert (len(lines), leaf_hash(lines[-1][:-1]).hex()) in trail._writer.note.read()

    trail = place.open(disk=(disk := LocalDisk()), checkpoint_records=100, checkpoint_interval_s=1e6)
    other = place.open(checkpoint_records=100, checkpoint_interval_s=1e6)
    disk.write = Looking().write
    for number in range(12):
        if number % 5 == 4:
            other.append_all([a_decision(number)] * 2)
        trail.append_all([a_decision(number)] * (1 + number % 3))
    assert len(ends) == 24
    assert trail._writer.note.read() == tuple(sorted(trail._writer.note.read()))
    die(other)
    trail.close()


def test_after_a_note_that_could_not_be_written_the_next_one_names_both_ends(place):
    trail = place.open(checkpoint_records=100, checkpoint_interval_s=1e6)
    trail.append(a_decision(1))
    disk = trail._writer.disk

    def torn(handle, data, offset):
        os.pwrite(handle, data[:40], offset)
        raise OSError(errno.EIO, "input/output error")

    disk.write_at = torn
    with pytest.raises(TrailError, match="PK712"):
        trail.append(a_decision(2))
    del disk.write_at
    for number in range(2):
        trail.append(a_decision(number))
        assert [end.size for end in trail._writer.note.read()] == [2 + number, 3 + number]
    die(trail)
    place.filled(0)
    assert [told["causes"] for told in recoveries(place)] == [["unsigned-records"]]
