"""Laws of the head that a record names: it stands in the log, and the digest is that of the log through its line."""

import errno
import hashlib
import os

import pytest
from trails import KEY, SHORT, Place, a_decision

from policykit.errors import TrailError
from policykit.trail.format.checkpoint_log import log_lines, read_log_line
from policykit.trail.format.layout import MAX_RECORD_BYTES
from policykit.trail.format.record import HEADER, HEADER_BYTES, Record, RecordType, encode_record, naming, parse_record
from policykit.trail.query import read_records
from policykit.trail.storage.local import LocalDisk
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.write.cosigning import keep_timestamp
from policykit.trail.write.options import SyncMode


def digests(place):
    """Return size and digest of each head of the log, computed from the file as a shell would."""
    data = (place.trail / "checkpoints.log").read_bytes()
    found, end = [], 0
    for _, line in log_lines(place.trail / "checkpoints.log"):
        end += len(line)
        entry = read_log_line(line)
        if entry.checkpoint is not None:
            found.append((entry.size, hashlib.sha256(data[:end]).hexdigest()))
    return found


def named(place):
    return [(r.seq, r.head, r.log) for r in read_records(place.trail) if r.head is not None]


def test_the_first_record_after_each_head_names_it_and_no_other_does(place):
    with place.open(checkpoint_records=3) as trail:
        for number in range(10):
            trail.append(a_decision(number))
    heads = digests(place)
    assert [size for size, _ in heads] == [1, 4, 7, 10, 11]
    assert named(place) == [(size, size, digest) for size, digest in heads[:-1]]
    assert verify_trail(place.trail, [KEY.verifier], deep=True).verdict is TrailVerdict.VALID


def test_opening_again_names_the_last_head_whatever_lines_follow_it(place):
    place.filled(2)
    keep_timestamp(place.trail, 3, b"a token")
    place.filled(1)
    assert named(place)[-1] == (3, *digests(place)[1])


def test_lines_that_somebody_else_appends_are_covered_by_the_next_head(place):
    with place.open() as trail:
        for size in (1, 2, 3):
            keep_timestamp(place.trail, size, b"a token")
            trail.append(a_decision(size))
            trail.checkpoint()
    heads = digests(place)
    assert named(place) == [(seq, *head) for seq, head in zip((1, 2, 3), heads[:-1], strict=True)]


def test_two_writers_in_turns_name_heads_of_one_log(place):
    with place.open() as one, place.open() as two:
        for number in range(6):
            trail = one if number % 2 else two
            trail.append(a_decision(number))
            trail.checkpoint()
    heads = dict(digests(place))
    told = named(place)
    assert len(told) >= 6
    assert all(heads[size] == digest and size <= seq for seq, size, digest in told)
    assert [size for _, size, _ in told] == sorted(size for _, size, _ in told)


def test_a_record_without_room_leaves_the_naming_to_the_next(place):
    room = MAX_RECORD_BYTES - len(encode_record(SHORT, 1, "0" * 64, "2" * 27, 1_795_000_000_004_000_000, "00000000"))
    full = Record(RecordType.STOP_TRIPPED, f'"stop":"s{"x" * room}"')
    with place.open() as trail:
        trail.append(full)
        trail.append_all([SHORT, SHORT])
    assert [len(record.raw) for record in read_records(place.trail)][1] == MAX_RECORD_BYTES
    assert [(seq, head) for seq, head, _ in named(place)] == [(2, 1)]


def test_a_failed_write_does_not_lose_the_naming(place):
    class Full(LocalDisk):
        is_full = False

        def write(self, handle, data):
            if self.is_full:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(handle, data)

    disk = Full()
    with place.open(disk=disk) as trail:
        disk.is_full = True
        with pytest.raises(TrailError):
            trail.append(a_decision(1))
        disk.is_full = False
        trail.append(a_decision(2))
    assert [(seq, head) for seq, head, _ in named(place)] == [(1, 1)]


def test_a_line_is_durable_before_the_checkpoint_is_published(place):
    events = []

    class Watching(LocalDisk):
        def sync(self, handle):
            events.append(("sync", self.size(handle), os.fstat(handle).st_ino))
            super().sync(handle)

        def replace(self, path, data, *, durable):
            if path.name == "checkpoint":
                log = path.with_name("checkpoints.log").stat()
                events.append(("publish", log.st_size, log.st_ino))
            super().replace(path, data, durable=durable)

    with place.open(disk=Watching(), sync=SyncMode.OS, checkpoint_records=1) as trail:
        trail.append(a_decision())
    published = [event for event in events if event[0] == "publish"]
    assert len(published) == 2
    for event in published:
        assert ("sync", *event[1:]) in events[: events.index(event)]


@pytest.mark.parametrize(
    "between",
    ['"head":5,', f'"log":"{"a" * 64}",', f'"head":05,"log":"{"a" * 64}",', f'"head":5,"log":"{"A" * 64}",',
     f'"head":5,"log":"{"a" * 63}",', f'"log":"{"a" * 64}","head":5,', f'"head":-1,"log":"{"a" * 64}",',
     f'"head":5,"log":"{"a" * 64}","head":6,', f'"head":{10**19},"log":"{"a" * 64}",'],
)  # fmt: skip
def test_a_half_or_misshapen_naming_is_not_a_record(between):
    good = encode_record(SHORT, 7, "0" * 64, "2026-01-31T09:00:00.000000Z", 1, "boot")
    line = good.replace(b'"mono_ns"', between.encode() + b'"mono_ns"')
    with pytest.raises(TrailError, match="PK701"):
        parse_record(line)


def test_a_header_of_the_greatest_length_is_found_in_the_bytes_that_readers_take():
    line = encode_record(
        SHORT, 10**19 - 1, "f" * 64, "2026-01-31T09:00:00.000000Z", 1, "b", naming(10**19 - 1, "f" * 64)
    ).replace(b'"stop_tripped"', b'"' + b"t" * 32 + b'"')
    assert HEADER.match(line[:HEADER_BYTES])
    assert (parse_record(line).head, parse_record(line).log) == (10**19 - 1, "f" * 64)


def test_a_log_that_shrank_under_an_open_writer_stops_it(place: Place):
    log = place.trail / "checkpoints.log"
    trail = place.open()
    trail.append(a_decision(1))
    trail.checkpoint()
    log.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    trail.append(a_decision(2))
    with pytest.raises(TrailError, match="PK711"):
        trail.checkpoint()
    with pytest.raises(TrailError, match="PK713"):
        trail.append(a_decision(3))
