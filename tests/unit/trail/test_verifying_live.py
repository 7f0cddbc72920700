"""Laws of verifying while a writer is at work, and of what is looked at that is only a cache."""

import multiprocessing
import os
import shutil
import threading

import pytest
from trails import KEY, SHORT, Place, a_decision

from policykit.trail import verify
from policykit.trail.format.keys import parse_verifier_key
from policykit.trail.format.layout import SEGMENT_RECORDS, TrailPaths
from policykit.trail.verify import scan, tile_check, verify_trail
from policykit.trail.verify.tile_check import stored_records
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.verify.waiting import has_writer, wait_for_head
from policykit.trail.write.options import SyncMode
from policykit.trail.write.rebuild import rebuild_tiles
from tests.conformance.bases import OLD
from tests.conformance.builder import Builder

KEYS = [KEY.verifier]


def verified(place, **options):
    return verify_trail(place.trail, KEYS, **options)


# -- while a writer is at work


def test_a_trail_that_is_being_written_verifies_each_time(place):
    stop = threading.Event()

    def write():
        with place.open(sync=SyncMode.OS, checkpoint_records=50) as trail:
            while not stop.is_set():
                trail.append_all([SHORT] * 40)

    place.filled(300)
    writer = threading.Thread(target=write)
    writer.start()
    try:
        found = [verified(place) for _ in range(25)]
    finally:
        stop.set()
        writer.join()
    assert {(item.verdict, item.is_cache_wrong) for item in found} == {(TrailVerdict.VALID, False)}
    assert found[-1].size > found[0].size


@pytest.mark.parametrize("count", [1, 255, 256, 700])
def test_tiles_of_records_that_came_after_the_segments_were_read_are_looked_at_again(place, monkeypatch, count):
    """Between the segments and the tiles a writer appends: the worst moment, every time."""
    place.filled(300)
    real = scan.scan_segment

    def scan_then_append(task):
        result = real(task)
        place.filled(count)
        return result

    monkeypatch.setattr("policykit.trail.verify.records.scan_segment", scan_then_append)
    found = verified(place)
    assert (found.size, found.exit_code) == (301, 0)


@pytest.mark.parametrize("count", [1, 300])
def test_tiles_that_are_newer_than_the_records_are_compared_with_the_records_and_not_believed(
    place, monkeypatch, count
):
    place.filled(300)
    real = verify.check_tiles

    def append_and_spoil(state):
        place.filled(count)
        newest = max((path for path in (place.trail / "tile" / "0").rglob("*") if path.is_file()), key=tile_end)
        newest.write_bytes(newest.read_bytes()[:-32] + bytes(32))
        real(state)

    monkeypatch.setattr(verify, "check_tiles", append_and_spoil)
    assert verified(place).exit_code == 5


def tile_end(path):
    partial = path.parent.name.endswith(".p")
    index = int((path.parent.name if partial else path.name).removesuffix(".p"))
    return index * 256 + (int(path.name) if partial else 256)


def test_a_head_that_was_published_between_two_reads_is_no_contradiction(place, monkeypatch):
    place.filled(3)
    real = verify.read_published

    def read_then_append(paths):
        data = real(paths)
        if not read:
            read.append(data)
            place.filled(2)
        return data

    read = []
    monkeypatch.setattr(verify, "read_published", read_then_append)
    found = verified(place)
    assert (found.exit_code, found.size, found.signed_size) == (0, 6, 6)
    assert not any("checkpoint" in note for note in found.notes)


def test_records_that_came_after_verifying_began_are_counted_apart(place):
    place.filled(4)
    with place.open(checkpoint_records=1000, checkpoint_interval_s=1e12) as trail:
        trail.append(a_decision())
        found = verified(place, present=5)
        assert (found.exit_code, found.unsigned_tail, found.appended_since) == (0, 0, 1)
        assert verified(place, present=6).exit_code == verified(place).exit_code == 4


# -- waiting for a head


class Clock:
    def __init__(self, at=()):
        self.now = 0.0
        self.at = dict(at)

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        for moment in [moment for moment in self.at if moment <= self.now]:
            self.at.pop(moment)()


def test_nobody_waits_for_a_trail_that_nobody_writes(place):
    place.filled(3)
    clock = Clock()
    assert wait_for_head(TrailPaths(place.trail), 3.0, now_s=clock, sleep=clock.sleep) is None
    assert clock.now == 0


def test_a_head_is_waited_for_as_long_as_a_writer_is_there_and_three_seconds_at_most(place):
    paths = TrailPaths(place.trail)
    with place.open(checkpoint_records=1000, checkpoint_interval_s=1e12) as trail:
        trail.append(a_decision())
        clock = Clock()
        assert wait_for_head(paths, 3.0, now_s=clock, sleep=clock.sleep) == 2
        assert 3.0 <= clock.now < 3.2
        clock = Clock({1.0: trail.checkpoint})
        assert wait_for_head(paths, 3.0, now_s=clock, sleep=clock.sleep) == 2
        assert 1.0 <= clock.now < 1.2
        assert wait_for_head(paths, 3.0, now_s=clock, sleep=clock.sleep) == 2
        assert clock.now < 1.2
        assert verified(place, present=2).exit_code == 0


def hold(base, is_open, done):
    with Place(base).open():
        is_open.set()
        done.wait(600)


def test_a_writer_in_another_process_is_seen_and_not_disturbed(place):
    place.filled(1)
    context = multiprocessing.get_context("spawn")
    is_open, done = context.Event(), context.Event()
    process = context.Process(target=hold, args=(place.base, is_open, done))
    assert not has_writer(TrailPaths(place.trail))
    process.start()
    try:
        assert is_open.wait(600)
        assert has_writer(TrailPaths(place.trail))
    finally:
        done.set()
        process.join()
    assert not has_writer(TrailPaths(place.trail))


def test_records_are_counted_without_being_verified(place):
    assert stored_records(TrailPaths(place.trail)) == 0
    place.filled(7)
    with place.segment.open("ab") as file:
        file.write(b"not a whole line")
    assert stored_records(TrailPaths(place.trail)) == 8


# -- tiles are a cache


def tile_names(place):
    return sorted(str(path.relative_to(place.trail)) for path in (place.trail / "tile").rglob("*") if path.is_file())


@pytest.fixture(scope="module")
def tiled(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("tiled") / "p").filled(600, sync=SyncMode.OS, checkpoint_records=100)


def test_a_wrong_tile_is_no_wrong_record_and_a_missing_one_is_nothing(tiled, tmp_path):
    for number, name in enumerate(tile_names(tiled)):
        place = tiled.copy(tmp_path / str(number))
        path = place.trail / name
        data = path.read_bytes()
        for bad in (data[:-1] + bytes([data[-1] ^ 1]), data[:-32], b"", data + bytes(32), b"x"):
            path.write_bytes(bad)
            found = verified(place)
            assert (found.verdict, found.exit_code) == (TrailVerdict.VALID, 5), (name, len(bad))
            assert rebuild_tiles(place.trail) == 601
            assert verified(place).exit_code == 0
        path.unlink()
        assert verified(place).exit_code == 0


@pytest.mark.parametrize(
    "name",
    ["0/003", "0/002.p/90", "1/000.p/3", "2/000", "0/000.p/0", "0/000.p/01", "00/000", "0/x000/000", "0/0", "x", "0/000/x",
     "9/000.p/1", "0/000.p/256"],
)  # fmt: skip
def test_a_file_that_is_no_tile_of_this_trail_is_named(tiled, tmp_path, name):
    place = tiled.copy(tmp_path / "p")
    path = place.trail / "tile" / name
    if name == "0/000/x":
        path.parent.unlink()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(32))
    found = verified(place)
    assert (found.verdict, found.exit_code) == (TrailVerdict.VALID, 5)


def test_tiles_that_stand_for_records_that_are_gone_say_so(tiled, tmp_path):
    """Segment, log and checkpoint are rolled back, and the tiles forgotten."""
    old = Place(tmp_path / "old").filled(100, sync=SyncMode.OS)
    place = tiled.copy(tmp_path / "p")
    for name in ("seg/000000.jsonl", "checkpoints.log", "checkpoint"):
        (place.trail / name).write_bytes((old.trail / name).read_bytes())
    found = verified(place)
    assert (found.exit_code, found.size) == (5, 101)
    assert any("records that do not exist" in problem.message for problem in found.cache_problems)


def test_a_few_wrong_tiles_are_named_and_the_others_counted(place):
    place.filled(3)
    for number in range(40):
        (place.trail / "tile" / f"x{number}").touch()
    found = verified(place)
    assert (len(found.cache_problems), found.notes) == (5, ("35 further tiles are wrong",))
    assert tile_check.stored_records(TrailPaths(place.trail)) == 4


# -- what is read while segments go, and what never ends


def _pruned_while_read(monkeypatch, place, after):
    """Replace the trail by a pruned one after its log was read: the worst moment. Say how often it was read."""
    times = []
    real = verify.read_segments

    def replaced_first(*arguments, **options):
        times.append(1)
        if after.exists():
            shutil.rmtree(place)
            after.rename(place)
        return real(*arguments, **options)

    monkeypatch.setattr(verify, "read_segments", replaced_first)
    return times


def test_a_beginning_that_is_pruned_while_the_trail_is_read_is_read_again(tmp_path, monkeypatch):
    builder = Builder().records(SEGMENT_RECORDS + 1).head(OLD)
    before = builder.write(tmp_path / "t", tiles=False)
    builder.prune(0, [builder.root_of(0)]).head(OLD)
    times = _pruned_while_read(monkeypatch, before, builder.write(tmp_path / "after", first=1, tiles=False))
    found = verify_trail(before, [parse_verifier_key(OLD.text)])
    assert (found.exit_code, found.pruned, len(times)) == (0, SEGMENT_RECORDS, 2)


def test_a_bad_answer_is_given_at_once_when_nobody_wrote_meanwhile(place, monkeypatch):
    place.filled(3)
    place.segment.write_bytes(place.segment.read_bytes().replace(b"seq", b"sec", 1))
    times = _pruned_while_read(monkeypatch, place.trail, place.trail / "nowhere")
    assert (verified(place).exit_code, len(times)) == (1, 1)


def test_a_log_that_grows_all_the_time_is_read_a_few_times_at_most(place, monkeypatch):
    place.filled(3)
    place.segment.write_bytes(place.segment.read_bytes().replace(b"seq", b"sec", 1))
    grown = iter(range(100))
    monkeypatch.setattr(verify, "_log_bytes", lambda _: next(grown))
    times = _pruned_while_read(monkeypatch, place.trail, place.trail / "nowhere")
    assert (verified(place).exit_code, len(times)) == (1, 3)


@pytest.mark.parametrize(
    "name", ["seg/000000.jsonl", "checkpoints.log", "checkpoint", "tile/0/000.p/5", "seg/000001.jsonl"]
)
def test_a_file_of_a_terabyte_of_nothing_ends_soon(place, name):
    place.filled(4)
    (place.trail / name).touch()
    os.truncate(place.trail / name, 1 << 40)
    assert verified(place).exit_code == (5 if name.startswith("tile") else 1)
    assert stored_records(TrailPaths(place.trail)) in {0, 5, SEGMENT_RECORDS}


def test_a_tree_of_directories_deeper_than_the_stack_is_no_tile(place, monkeypatch):
    place.filled(4)
    monkeypatch.chdir(place.trail / "tile")
    for _ in range(1100):
        os.mkdir("a")
        os.chdir("a")
    assert verified(place).exit_code == 5
    for _ in range(1100):
        os.chdir("..")
        os.rmdir("a")
