"""Laws of opening after a crash or a loss: what a crash leaves is mended and recorded, anything else is refused."""

import contextlib
import errno
import json
import os
import shutil

import pytest
from trails import KEY, OTHER_KEY, Place, a_decision, die, standalone, standalone_verdict

from policykit.errors import TrailError
from policykit.trail.format.record import RecordType
from policykit.trail.query import read_records
from policykit.trail.storage.local import LocalDisk
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.write.append import Trail
from policykit.trail.write.options import SyncMode, TrailOptions
from policykit.trail.write.rotation import hand_over


def causes(place):
    return [record.members["causes"] for record in read_records(place.trail) if record.type == RecordType.RECOVERY]


def verdict(place, key=KEY):
    return verify_trail(place.trail, [key.verifier], deep=True).verdict


def log_of(place):
    return place.trail / "checkpoints.log"


@pytest.mark.parametrize(
    "torn",
    [b"{", b'{"ki', b'{"kind":"', b'{"kind":"checkpoint","note":"exam', b"\0", b"\0" * 5000,
     b'{"kind":"checkpoint","note":"exam' + b"\0" * 300, b'{"kind":"timestamp","size":4,"token":"AAAA"}'],
)  # fmt: skip
def test_a_torn_end_of_the_checkpoint_log_is_cut_off_and_recorded(place, torn):
    place.filled(3)
    whole = log_of(place).read_bytes()
    log_of(place).write_bytes(whole + torn)
    place.filled(1)
    assert causes(place) == [["torn-checkpoint-log"]]
    assert log_of(place).read_bytes().startswith(whole + b'{"kind":"checkpoint"')
    assert verdict(place) is TrailVerdict.VALID


@pytest.mark.parametrize(
    "end", [b"x", b"{}", b'{"kind":"a\0b', b"\0{", b'{"kind":"nonsense"}\n', b"\n", b'{"kind":"checkpoint"}\n']
)
def test_an_end_of_the_log_that_no_crash_leaves_is_refused_and_kept(place, end):
    place.filled(3)
    log_of(place).write_bytes(log_of(place).read_bytes() + end)
    before = log_of(place).read_bytes()
    with pytest.raises(TrailError, match=r"PK7(17|06)"):
        place.open()
    assert log_of(place).read_bytes() == before


@pytest.mark.parametrize("left", [0, 1, 2])
def test_a_log_without_a_head_that_is_published_or_named_is_refused(place, left):
    with place.open(checkpoint_records=2) as trail:
        for number in range(8):
            trail.append(a_decision(number))
    lines = log_of(place).read_bytes().splitlines(keepends=True)
    log_of(place).write_bytes(b"".join(lines[:left]))
    with pytest.raises(TrailError, match="PK717"):
        place.open()
    (place.trail / "checkpoint").unlink()
    with pytest.raises(TrailError, match="PK717"):
        place.open()


@pytest.mark.parametrize("left", ["older", "empty", "zeros", "gone", "cut"])
def test_a_checkpoint_that_a_power_cut_lost_is_published_again(place, left):
    place.filled(1)
    older = (place.trail / "checkpoint").read_bytes()
    place.filled(2)
    data = (place.trail / "checkpoint").read_bytes()
    path = place.trail / "checkpoint"
    path.unlink() if left == "gone" else path.write_bytes(
        {"older": older, "empty": b"", "zeros": b"\0" * len(data), "cut": data[:30]}[left]
    )
    place.filled(0)
    assert causes(place) == [["unpublished-head"]]
    assert verdict(place) is TrailVerdict.VALID


def test_a_remembered_head_older_than_the_log_is_recorded(place, tmp_path):
    place.filled(2)
    shutil.copytree(place.state, tmp_path / "old")
    place.filled(2)
    shutil.rmtree(place.state)
    shutil.copytree(tmp_path / "old", place.state)
    place.filled(0)
    assert causes(place) == [["older-remembered-head"]]
    assert verdict(place) is TrailVerdict.VALID


def test_wrong_tiles_do_not_keep_a_trail_from_being_opened(place):
    from trails import SHORT

    with place.open(sync=SyncMode.OS, checkpoint_records=10**6, checkpoint_interval_s=1e6) as trail:
        trail.append_all([SHORT] * 65_540)
    tile = place.trail / "tile" / "0" / "255"
    tile.write_bytes(b"\0" * tile.stat().st_size)
    with place.open() as trail:
        assert trail.append(a_decision()).seq == 65_541


class Dying(LocalDisk):
    """A process that dies at one of its operations: nothing that would follow takes place."""

    def __init__(self):
        self.left = None

    def step(self):
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                raise OSError(errno.EIO, "died")


def _dying(name):
    def operation(self, *arguments, **options):
        self.step()
        return getattr(LocalDisk, name)(self, *arguments, **options)

    return operation


for _name in ("_open", "write", "write_at", "read", "replace", "sync"):
    setattr(Dying, _name, _dying(_name))


def rotate(trail):
    new, old = OTHER_KEY.verifier.to_text(), KEY.verifier.to_text()
    return trail.rotate(OTHER_KEY.note_signer(), new_key=new, old_key=old, reason="yearly")


def die_while_rotating(place, step):
    disk = Dying()
    trail = place.open(disk=disk, checkpoint_interval_s=1e6, checkpoint_records=100)
    trail.append(a_decision(1))
    disk.left = step
    try:
        rotate(trail)
        is_told = not trail._owes_head
    except TrailError:
        is_told = False
    die(trail)
    return is_told


@pytest.mark.parametrize("step", range(26))
def test_an_interrupted_rotation_is_finished_with_both_keys(place, step):
    die_while_rotating(place, step)
    options = TrailOptions(state_directory=place.state, sync=SyncMode.ALWAYS)
    seq = hand_over(place.trail, KEY, OTHER_KEY, reason="yearly", options=options)
    records = [record for record in read_records(place.trail) if record.type == RecordType.KEY_ROTATION]
    assert [record.seq for record in records] == [seq], "begun once, finished once"
    heads = [json.loads(line)["note"] for line in log_of(place).read_text().splitlines()]
    above = next(note for note in heads if int(note.split("\n")[1]) > seq)
    assert above.count("\N{EM DASH} ") == 2, "the first head above the rotation is signed by both"
    with place.open(key=OTHER_KEY) as trail:
        trail.append(a_decision(2))
    newest = json.loads(log_of(place).read_text().splitlines()[-1])["note"]
    assert newest.count("\N{EM DASH} ") == 1
    assert verdict(place, KEY) is verdict(place, OTHER_KEY) is TrailVerdict.VALID
    assert standalone_verdict(standalone(), place.trail) == "VALID"


def test_an_unfinished_rotation_is_not_gone_over_with_one_key(place):
    steps = iter(range(60))
    place_of = {}
    for step in steps:
        at = Place(place.base / str(step))
        if die_while_rotating(at, step):
            break
        types = [record.type for record in read_records(at.trail)]
        if types[-1] == RecordType.KEY_ROTATION:
            place_of[step] = at
    refused = [code for at in place_of.values() for key in (KEY, OTHER_KEY) if (code := code_of_opening(at, key))]
    assert set(refused) == {"PK805"}
    assert len(refused) >= len(place_of) > 3


def code_of_opening(place, key):
    try:
        place.open(key=key).close()
    except TrailError as error:
        return error.diagnostics[0].code
    return ""


def test_a_rotation_whose_head_cannot_be_signed_yet_is_finished_by_the_next_attempt(place):
    disk = Dying()
    with place.open(disk=disk, checkpoint_interval_s=1e6) as trail:
        trail.append(a_decision(1))
        replace, failures = disk.replace, [True]

        def failing(path, data, *, durable):
            if path.name == "checkpoint" and b"\n3\n" in data and failures:
                failures.clear()
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            replace(path, data, durable=durable)

        disk.replace = failing
        seq = rotate(trail)
        assert seq == 2
        trail.append(a_decision(2))
    assert verdict(place, KEY) is TrailVerdict.VALID
    assert causes(place) == []


@pytest.mark.parametrize("other", [OTHER_KEY])
def test_a_key_that_never_signed_this_trail_does_not_open_it(place, other):
    place.filled(2)
    with pytest.raises(TrailError, match="PK805"):
        place.open(key=other)
    shutil.rmtree(place.state)
    with pytest.raises(TrailError, match="PK805"):
        place.open(key=other)


def test_a_rotation_to_the_key_that_signs_already_is_refused(place):
    text = KEY.verifier.to_text()
    with place.open() as trail, pytest.raises(TrailError, match="PK728"):
        trail.rotate(KEY.note_signer(), new_key=text, old_key=text, reason="none")


def test_a_rotation_that_names_other_keys_than_those_that_sign_is_refused(place):
    old, new = KEY.verifier.to_text(), OTHER_KEY.verifier.to_text()
    with place.open() as trail:
        for named in ({"old_key": new, "new_key": new}, {"old_key": old, "new_key": old}):
            with pytest.raises(TrailError, match="PK728"):
                trail.rotate(OTHER_KEY.note_signer(), reason="r", **named)
    assert [record.type for record in read_records(place.trail)] == [RecordType.GENESIS]


@pytest.mark.parametrize("step", range(8, 20))
def test_a_rotation_by_the_command_is_reported_only_when_its_head_is_signed(place, step):
    place.filled(1)
    disk = Dying()
    disk.left = step
    options = TrailOptions(state_directory=place.state, sync=SyncMode.ALWAYS)
    opened = Trail.open

    def opening(*arguments, **more):
        return opened(*arguments, **{**more, "disk": disk})

    with pytest.MonkeyPatch.context() as patch, contextlib.suppress(TrailError, OSError):
        patch.setattr(Trail, "open", opening)
        seq = hand_over(place.trail, KEY, OTHER_KEY, reason="r", options=options)
        assert int((place.trail / "checkpoint").read_bytes().split(b"\n")[1]) > seq
    patch.undo()
    hand_over(place.trail, KEY, OTHER_KEY, reason="r", options=options)
    assert verdict(place, KEY) is verdict(place, OTHER_KEY) is TrailVerdict.VALID


def test_two_keys_that_both_sign_go_on_signing(place):
    options = TrailOptions(state_directory=place.state, sync=SyncMode.OS)
    for _ in range(2):
        with Trail.open(place.trail, signer=[KEY, OTHER_KEY], options=options) as trail:
            trail.append(a_decision())
    assert (place.trail / "checkpoint").read_text().count("\N{EM DASH} ") == 2


def test_what_stands_before_a_rotation_is_signed_though_the_new_key_cannot_sign(place):
    """The old key signs first: a new key service that is away leaves nothing unsigned that it should have signed."""
    old, new = KEY.verifier.to_text(), OTHER_KEY.verifier.to_text()

    class Away:
        name, key_id = OTHER_KEY.note_signer().name, OTHER_KEY.note_signer().key_id

        def sign(self, _message):
            raise OSError("the key service is away")

    with place.open(checkpoint_records=10**6, checkpoint_interval_s=1e6) as trail:
        for number in range(3):
            trail.append(a_decision(number))
        trail.rotate(Away(), new_key=new, old_key=old, reason="yearly")
        assert trail._writer.synced == trail.size, "what was acknowledged is durable, signed or not"
        copied = Place(place.base / "copy")
        shutil.copytree(place.trail, copied.trail)
        trail._signers = trail._writer.heads.signers = [KEY.note_signer()]  # so that closing has a signer
    assert "\n4\n" in (copied.trail / "checkpoint").read_text()
