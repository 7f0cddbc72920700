"""Laws of growth: what no writer of this trail wrote is never signed in silence; honest writers do not disturb each other."""

import json
import os
import stat

import pytest
from trails import KEY, Place, TurnedClock, a_decision, die

from policykit.errors import TrailError
from policykit.trail.merkle import leaf_hash
from policykit.trail.options import SyncMode
from policykit.trail.query import read_records
from policykit.trail.record import Record, RecordType, encode_record
from policykit.trail.verdict import Verdict
from policykit.trail.verify import verify_trail

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
    assert str(first) in caught.value.diagnostic.message
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
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is Verdict.VALID


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
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is Verdict.VALID


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
    from policykit.trail.append import Trail
    from policykit.trail.options import TrailOptions

    place = Place(tmp_path)
    options = TrailOptions(sync=SyncMode.OS, state_directory=place.state)
    with Trail.open(place.trail, signer=KEY, clock=TurnedClock(), options=options) as trail:
        trail.append(a_decision())
    assert verify_trail(place.trail, [KEY.verifier]).verdict is Verdict.VALID
    for other in ("key.pem", b"seed", None, 7):
        with pytest.raises(TrailError, match=r"PK713.*signer"):
            Trail.open(place.trail, signer=other, options=options)
