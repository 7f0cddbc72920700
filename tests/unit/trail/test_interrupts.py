"""Laws of interrupts: Ctrl-C, or what a signal handler raises, can come anywhere, and leaves no half of anything."""

import fcntl
import os
import sys
from collections import Counter
from contextlib import suppress

import pytest
from trails import KEY, Place, a_decision, die, standalone, standalone_verdict

from policykit.errors import TrailError
from policykit.guard.recording.queue import RecordQueue
from policykit.trail.query import read_records
from policykit.trail.storage.local import LocalDisk
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.write.options import SyncMode

ONE_FILE = standalone()


class Interrupt:
    """Raises something at the k-th place inside the trail where Python looks for signals: after a call, in a call."""

    def __init__(self, at, kind):
        self.at, self.kind, self.places = at, kind, 0

    def __enter__(self):
        sys.setprofile(self.look)

    def __exit__(self, *_):
        sys.setprofile(None)

    def look(self, frame, event, _):
        if "/policykit/trail/" in frame.f_code.co_filename and event in {"call", "c_return"}:
            self.places += 1
            if self.places == self.at:
                raise self.kind


def is_locked(place, name="lock"):
    handle = os.open(place.trail / name, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def interrupted(place, at, kind, mode):
    """Append once with an interrupt, then go on; say whether the interrupt came."""
    trail = place.open(sync=mode, checkpoint_records=2, checkpoint_interval_s=1e6)
    trail.append(a_decision("before"))
    interrupt = Interrupt(at, kind)
    try:
        with interrupt:
            trail.append(a_decision("during"))
    except kind:
        assert not is_locked(place), at
    assert trail.append(a_decision("after")).recorded, at
    trail.close()
    place.filled(0)
    stored = Counter(record.members.get("decision_id", record.type) for record in read_records(place.trail))
    assert stored["dbefore"] == stored["dafter"] == 1, at
    assert stored["dduring"] <= 1, at
    assert stored["recovery"] == 0, at
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID, at
    assert standalone_verdict(ONE_FILE, place.trail) == "VALID", at
    return interrupt.places >= at


@pytest.mark.parametrize(
    ("first", "kind"), [(1, KeyboardInterrupt), (2, TimeoutError), (3, KeyboardInterrupt), (4, TimeoutError)]
)
def test_wherever_an_interrupt_comes_the_trail_goes_on_and_signs_nothing_wrong(place, tmp_path, first, kind):
    mode = SyncMode.GROUP if first > 2 else SyncMode.OS
    at, goes_on = first, True
    while goes_on:
        goes_on = interrupted(type(place)(tmp_path / str(at)), at, kind, mode)
        at += 8
    assert at > 90


def test_what_an_interrupt_left_is_signed_without_another_append(place):
    trail = place.open(sync=SyncMode.OS, checkpoint_records=100, checkpoint_interval_s=0.05)
    handed_over = trail._writer.disk.write

    def write(handle, data):
        handed_over(handle, data)
        raise KeyboardInterrupt

    trail._writer.disk.write = write
    with pytest.raises(KeyboardInterrupt):
        trail.append(a_decision(1))
    del trail._writer.disk.write
    thread = trail._keeper._thread
    for _ in range(1000):
        if trail._sign_due is None:
            break
        thread.join(0.01)
    assert trail._writer.heads.signed_size == 2
    die(trail)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_a_queue_writes_no_batch_again_after_an_interrupt(kind):
    written = []

    def write(batch):
        written.extend(batch)
        raise kind

    queue = RecordQueue(write, 10)
    queue._is_awake = True  # no thread: the call writes
    for note in range(3):
        queue.put(note)
    with pytest.raises(kind):
        queue.flush()
    with pytest.raises(TrailError, match="PK714"):
        queue.flush()
    with pytest.raises(TrailError, match="PK714"):
        queue.put(4)
    assert written == [0, 1, 2]


def test_those_who_share_a_group_are_told_when_the_receipts_are_cut_off(place, monkeypatch):
    trail = place.open(sync=SyncMode.GROUP, group_delay_s=1e6)
    tickets = [trail.submit(a_decision(number)) for number in range(2)]

    def cut_off(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("policykit.trail.write.committing.receipts_of", cut_off)
    with pytest.raises(KeyboardInterrupt):
        trail.flush()
    for ticket in tickets:
        with pytest.raises(TrailError, match="PK714"):
            ticket.result()
    trail.close()


def test_a_trail_that_cannot_be_opened_again_after_an_interrupt_lets_go_when_it_is_closed(tmp_path):
    """Otherwise every later writer would take this one for present, and its unsigned records for no trace of a crash."""

    class Broken(LocalDisk):
        is_broken = False

        def open_append(self, path):
            if self.is_broken:
                raise OSError(5, "input/output error")
            return super().open_append(path)

    disk, at = Broken(), 0
    place = Place(tmp_path).filled(1)
    trail = place.open(disk=disk, checkpoint_interval_s=1e6)
    while trail._interrupted is None:  # at some places an interrupt leaves nothing to be opened again
        at += 1
        with suppress(KeyboardInterrupt), Interrupt(at, KeyboardInterrupt):
            trail.append(a_decision("during"))
    assert is_locked(place, "writers")
    disk.is_broken = True
    with pytest.raises((TrailError, OSError)):
        trail.close()
    assert not is_locked(place, "writers")
