"""Whatever operation of the storage fails, what a program is told is true.

A receipt means that the trail holds the record, once; an error means that it does not. Only after a failed sync, or a
write that could not be undone, nobody knows, and the error says so.
"""

import errno
import os
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "unit" / "trail"))

from trails import KEY, SHORT, Place, a_decision, die

from policykit.errors import TrailError
from policykit.trail.problems import UnknownOutcomeError
from policykit.trail.query import read_records
from policykit.trail.storage.local import LocalDisk
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.write.options import FailurePolicy, SyncMode

SHORT_WRITE = -1


class FailingDisk(LocalDisk):
    """A disk whose k-th operation fails, alone or with all that follow. Nothing is synced: no power is cut here."""

    def __init__(self):
        self.count = 0
        self.fails_at = None
        self.code = 0
        self.for_ever = False
        self.names = []

    def arm(self, fails_at, code, for_ever):
        self.count, self.fails_at, self.code, self.for_ever = 0, fails_at, code, for_ever

    def is_failing(self, name):
        self.names.append(name)
        self.count += 1
        at = self.fails_at
        return at is not None and (self.count >= at if self.for_ever else self.count == at)

    def step(self, name):
        if self.is_failing(name) and self.code != SHORT_WRITE:
            raise OSError(self.code, os.strerror(self.code))

    def write(self, handle, data):
        if self.is_failing("write"):
            written = os.write(handle, data[: max(1, len(data) * 2 // 3)])
            if self.code != SHORT_WRITE:
                raise OSError(self.code, os.strerror(self.code))
            return written
        return os.write(handle, data)

    def sync(self, handle):
        self.step("sync")

    def sync_directory(self, path):
        self.step("sync_directory")


def _failing(name):
    def operation(self, *arguments, **options):
        self.step(name)
        return getattr(LocalDisk, name)(self, *arguments, **options)

    return operation


for _name in ("_open", "size", "write_at", "read", "truncate", "replace", "lock", "unlock", "make_directory"):
    setattr(FailingDisk, _name, _failing(_name))


class Diary:
    """What the program was told about each record."""

    def __init__(self):
        self.told = {}

    def of(self, numbers, ask):
        names = [f"d{number}" for number in numbers]
        try:
            receipts = ask([a_decision(number) for number in numbers])
        except UnknownOutcomeError:
            self.told.update(dict.fromkeys(names, "unknown"))
        except TrailError:
            self.told.update(dict.fromkeys(names, "absent"))
        else:
            for name, receipt in zip(names, receipts, strict=True):
                is_unknown = isinstance(receipt.problem, UnknownOutcomeError) and not receipt.recorded
                self.told[name] = receipt.seq if receipt.recorded else "unknown" if is_unknown else "absent"

    def agrees_with(self, place):
        records = [record for record in read_records(place.trail) if record.type == "decision"]
        copies = Counter(record.members["decision_id"] for record in records)
        numbers = {record.members["decision_id"]: record.seq for record in records}
        for name, told in self.told.items():
            if told == "unknown":
                assert copies[name] <= 1, name
            elif told == "absent":
                assert copies[name] == 0, name
            else:
                assert (copies[name], numbers[name]) == (1, told), name


def a_day(trail, diary):
    """Append in every way there is."""
    diary.of([0], lambda records: [trail.append(records[0])])
    diary.of([1, 2, 3], trail.append_all)
    diary.of([4], lambda records: [trail.append(records[0])])
    tickets = []
    diary_numbers = [5, 6]
    for number in diary_numbers:
        try:
            tickets.append(trail.submit(a_decision(number)))
        except TrailError:
            tickets.append(None)
    for number, ticket in zip(diary_numbers, tickets, strict=True):
        diary.of([number], lambda _, ticket=ticket: [ticket.result()] if ticket else _raise())
    diary.of([7], lambda records: [trail.append(records[0])])


def _raise():
    raise TrailError("not taken")


def options_of(policy):
    heard = []
    alarm = {"on_failure": policy, "alarm": heard.append} if policy is FailurePolicy.ALLOW_AND_ALARM else {}
    return {**alarm, "checkpoint_records": 3, "checkpoint_interval_s": 1e6, "group_delay_s": 1e6}


def live(base, mode, policy, fails_at, failure):
    """Spend a day with a failing disk, let the process die, open again; return whether the failure took place."""
    place, disk, diary = Place(base), FailingDisk(), Diary()
    code, for_ever = failure
    trail = place.open(disk=disk, sync=mode, **options_of(policy))
    disk.arm(fails_at, code, for_ever)
    a_day(trail, diary)
    took_place = disk.count >= fails_at
    disk.arm(None, 0, for_ever=False)
    die(trail)
    place.filled(0)
    diary.agrees_with(place)
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID
    return took_place


FAILURES = [(errno.ENOSPC, False), (errno.EIO, True), (errno.EMFILE, False), (SHORT_WRITE, False), (errno.EIO, False)]


@pytest.mark.parametrize("policy", list(FailurePolicy))
@pytest.mark.parametrize("mode", list(SyncMode))
def test_every_operation_may_fail_and_what_is_told_is_true(tmp_path, mode, policy):
    fails_at, goes_on = 1, True
    while goes_on:
        base = tmp_path / str(fails_at)
        failure = FAILURES[(fails_at + 2 * list(SyncMode).index(mode)) % len(FAILURES)]
        goes_on = live(base, mode, policy, fails_at, failure)
        shutil.rmtree(base)
        fails_at += 1
    assert fails_at > 40


@pytest.fixture(scope="module")
def nearly_full(tmp_path_factory):
    """A trail whose first segment has room for two records, and the batch reaches over its end."""
    place = Place(tmp_path_factory.mktemp("full") / "p")
    with place.open(sync=SyncMode.OS, checkpoint_records=10**6, checkpoint_interval_s=1e6) as trail:
        trail.append_all([SHORT] * 65_533)
    return place


@pytest.mark.parametrize("fails_at", range(1, 19))
def test_a_batch_over_the_end_of_a_segment_is_written_whole_or_not_at_all(nearly_full, tmp_path, fails_at):
    place, disk, diary = nearly_full.copy(tmp_path / "p"), FailingDisk(), Diary()
    trail = place.open(disk=disk, sync=SyncMode.ALWAYS, checkpoint_interval_s=1e6)
    disk.arm(fails_at, errno.ENOSPC, for_ever=False)
    diary.of(range(5), trail.append_all)
    assert len(set(map(type, diary.told.values()))) == 1, "one fate for all"
    diary.of([7], lambda records: [trail.append(records[0])])
    die(trail)
    place.filled(0)
    diary.agrees_with(place)
    assert verify_trail(place.trail, [KEY.verifier]).verdict is TrailVerdict.VALID
