"""Laws of what a writer signs over: no line of the log and no record that a verifier refuses is ever made permanent."""

import datetime as dt
import shutil
from contextlib import suppress

import pytest
from trails import KEY, ORIGIN, OTHER_KEY, SHORT, Place, a_decision, die, standalone

from policykit.errors import TrailError
from policykit.trail.format.checkpoint import Checkpoint
from policykit.trail.format.checkpoint_log import checkpoint_line
from policykit.trail.format.layout import TrailPaths
from policykit.trail.format.merkle import leaf_hash, perfect_root
from policykit.trail.format.note import sign_note
from policykit.trail.format.record import Record, RecordType, encode_record
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.write.prune import prune


def log_of(place):
    return place.trail / "checkpoints.log"


def strange_head(size, origin=ORIGIN):
    text = Checkpoint(origin, size, b"\x05" * 32).to_text()
    return checkpoint_line(sign_note(text, [OTHER_KEY.note_signer()]).to_bytes())


BETWEEN = {
    "junk": lambda lines: b"junk\n",
    "an older head": lambda lines: lines[1],
    "a head of other records": lambda lines: strange_head(5),
    "a head of more records": lambda lines: strange_head(400),
    "a head of fewer records": lambda lines: strange_head(2),
    "half a cosignature": lambda lines: b'{"kind":"cosignature","size":5,"line":"no"}\n',
}


@pytest.mark.parametrize("what", BETWEEN)
@pytest.mark.parametrize("act", ["append", "checkpoint", "add_log_line"])
def test_an_open_writer_binds_no_foreign_line_that_a_genuine_head_hides(place, what, act):
    trail = place.filled(3, checkpoint_records=1).open(checkpoint_records=1)
    trail.append(a_decision(7))
    lines = log_of(place).read_bytes().splitlines(keepends=True)
    log_of(place).write_bytes(b"".join([*lines, BETWEEN[what](lines), lines[-1]]))
    before = place.lines()
    with suppress(TrailError):
        getattr(trail, act)(*{"append": [a_decision(8)], "checkpoint": [], "add_log_line": [lines[-1]]}[act])
    with pytest.raises(TrailError, match=r"PK717|PK706|PK805"):
        trail.checkpoint()
    die(trail)
    assert place.lines()[: len(before)] == before
    log_of(place).write_bytes(b"".join(lines))
    place.filled(1)
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID


@pytest.mark.parametrize("what", BETWEEN)
@pytest.mark.parametrize("is_state_lost", [False, True])
def test_opening_binds_no_foreign_line_that_a_genuine_head_hides(place, what, is_state_lost):
    place.filled(3, checkpoint_records=1)
    lines = log_of(place).read_bytes().splitlines(keepends=True)
    log_of(place).write_bytes(b"".join([*lines, BETWEEN[what](lines), lines[-1]]))
    if is_state_lost:
        shutil.rmtree(place.state)
    before = place.lines()
    with pytest.raises(TrailError, match=r"PK717|PK706|PK805"):
        place.open()
    assert place.lines() == before


def test_a_head_put_between_two_that_no_record_names_yet_is_not_bound(place):
    trail = place.filled(2, checkpoint_records=1).open(checkpoint_records=100, checkpoint_interval_s=1e6)
    trail.append_all([a_decision(number) for number in range(4)])
    trail.close()
    *lines, last = log_of(place).read_bytes().splitlines(keepends=True)
    log_of(place).write_bytes(b"".join([*lines, strange_head(5), last]))
    with pytest.raises(TrailError, match="PK805"):
        place.open()


def test_a_genuine_head_may_stand_twice(place):
    place.filled(3, checkpoint_records=1)
    lines = log_of(place).read_bytes().splitlines(keepends=True)
    log_of(place).write_bytes(b"".join([*lines, lines[-1]]))
    with place.open(checkpoint_records=1) as trail:
        trail.append(a_decision(4))
        with log_of(place).open("ab") as file:
            file.write(log_of(place).read_bytes().splitlines(keepends=True)[-1])
        trail.append(a_decision(5))
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID


PRUNED = b',"first":0,"end":65536,"roots":["' + b"0" * 64 + b'"],"genesis":{"origin":"' + ORIGIN.encode() + b'"}}'
UNREADABLE = {
    "a name that is no UTF-8": (b"approval", b',"by":"\xff"}'),
    "a page of zeros": (b"approval", b',"by":"' + bytes(64) + b'"}'),
    "a control character": (b"approval", b',"by":"\x02"}'),
    "a carriage return": (b"approval", b',"by":""}\r'),
    "no end": (b"approval", b',"by":"x"'),
    "too many bytes": (b"approval", b',"by":"' + b"x" * 65_536 + b'"}'),
    "a head that the log has not": (b"approval", b',"head":2,"log":"' + b"a" * 64 + b'"}'),
    "a second genesis": (b"genesis", b',"origin":"' + ORIGIN.encode() + b'"}'),
    "a recovery with a name twice": (b"recovery", b',"causes":[],"causes":[]}'),
    "a recovery of no fragment": (b"recovery", b',"torn":{"file":"../x","bytes":1,"sha256":"0"}}'),
    "a prune record of nothing": (b"prune", b',"first":0,"end":0,"roots":[]}'),
    "a prune record of what is not there": (b"prune", PRUNED),
    "a prune record of another trail": (b"prune", PRUNED.replace(ORIGIN.encode(), b"example.com/other")),
}


@pytest.mark.parametrize("what", UNREADABLE)
@pytest.mark.parametrize("is_state_lost", [False, True])
def test_opening_signs_no_record_that_a_verifier_would_refuse(place, what, is_state_lost):
    place.filled(2)
    kind, rest = UNREADABLE[what]
    prev = leaf_hash(place.lines()[-1][:-1]).hex().encode()
    line = b'{"v":1,"seq":3,"prev":"%b","ts":"2026-01-31T09:00:00.000000Z","type":"%b"%b\n' % (prev, kind, rest)
    before = place.lines()
    place.segment.write_bytes(b"".join([*before, line]))
    if is_state_lost:
        shutil.rmtree(place.state)
    with pytest.raises(TrailError, match=r"PK710|PK717"):
        place.open()
    place.write_lines(before)
    place.filled(1)
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID
    assert standalone().main([str(place.trail), "--key", KEY.verifier.to_text()]) == 0


@pytest.fixture(scope="module")
def long_trail(tmp_path_factory):
    place = Place(tmp_path_factory.mktemp("long"))
    with place.open(retention_days=1, checkpoint_records=10**6) as trail:
        trail.append_all([SHORT] * 65_540)
    return place


def pruning(place, root=None):
    """Return the record that lets the first segment go, as the page describes it."""
    leaves = [leaf_hash(line) for line in place.segment.read_bytes().split(b"\n")[:-1]]
    root = root or perfect_root(leaves).hex()
    return Record(
        RecordType.PRUNE,
        f'"first":0,"end":65536,"roots":["{root}"],"genesis":{{"origin":"{ORIGIN}","retention_days":1}}',
    )


def forge_pruning(place, root=None):
    last = TrailPaths(place.trail).segment(1)
    lines = last.read_bytes().split(b"\n")[:-1]
    seq = 65_536 + len(lines)
    prev = leaf_hash(lines[-1]).hex()
    line = encode_record(pruning(place, root), seq, prev, "2026-01-31T09:00:00.000000Z", 1, "b")
    last.write_bytes(b"".join(one + b"\n" for one in [*lines, line]))


@pytest.mark.parametrize("is_gone", [False, True])
@pytest.mark.parametrize("is_state_lost", [False, True])
def test_a_foreign_prune_record_is_not_signed_and_excuses_no_missing_segment(
    long_trail, tmp_path, is_gone, is_state_lost
):
    place = long_trail.copy(tmp_path / "copy")
    forge_pruning(place)
    if is_gone:
        place.segment.unlink()
    if is_state_lost:
        shutil.rmtree(place.state)
    with pytest.raises(TrailError, match="PK729"):
        place.open()
    assert verify_trail(place.trail, [KEY.verifier]).verdict is not TrailVerdict.VALID or not is_gone


@pytest.mark.parametrize("root", [None, "0" * 64])
def test_a_prune_record_that_a_killed_writer_left_is_adopted_if_its_roots_are_true(long_trail, tmp_path, root):
    place = long_trail.copy(tmp_path / "copy")
    trail = place.open(checkpoint_records=10**6, checkpoint_interval_s=1e6)
    trail.append(a_decision(1))  # signed at once, being the first for a long time
    assert not trail.append(pruning(place, root)).signed
    die(trail)
    if root is not None:
        with pytest.raises(TrailError, match="PK710"):
            place.open()
        return
    with place.open() as trail:
        assert prune(trail, segments=1, authority="a", now=dt.datetime(2100, 1, 1, tzinfo=dt.UTC)) == 65_536
    assert verify_trail(place.trail, [KEY.verifier]).verdict is TrailVerdict.VALID


@pytest.mark.parametrize("counts", [(3, 0), (3, 1), (1, 3)])
def test_two_trails_of_one_name_in_one_state_directory_are_told_what_to_do(tmp_path, counts):
    first, other = Place(tmp_path / "first").filled(counts[0]), Place(tmp_path / "other")
    if counts[1]:
        with other.open() as trail:
            trail.append_all([a_decision(90 + number) for number in range(counts[1])])
    shutil.rmtree(other.state, ignore_errors=True)
    shutil.copytree(first.state, other.state)
    with pytest.raises(TrailError, match=r"PK711|PK705") as caught:
        other.open()
    assert "its own name or state directory" in caught.value.diagnostics[0].help
