"""Laws of reading a trail's history: only what was verified is told, and order goes before clocks."""

from datetime import UTC, datetime, timedelta

import pytest
from trails import KEY, OTHER_KEY, SHORT, TurnedClock, a_decision

import policykit.trail.verify.history as history_module
from policykit.errors import TrailError
from policykit.trail import entries
from policykit.trail.verify.history import read_history
from policykit.trail.write.append import Trail
from policykit.trail.write.options import SyncMode, TrailOptions
from policykit.trail.write.prune import prune

KEYS = [KEY.verifier]


def checkpoint(place):
    return (place.trail / "checkpoint").read_bytes()


def read(place, keys=KEYS, **wanted):
    return read_history(place.trail, checkpoint(place), keys, **wanted)


def test_every_record_is_counted_and_those_that_were_asked_for_are_kept(place):
    with place.open() as trail:
        trail.append_all([*map(a_decision, range(5)), SHORT, SHORT])
    told = read(place, kept=frozenset({"stop_tripped"}), first=frozenset({"decision", "genesis"}))
    assert (told.size, told.first_seq) == (8, 0)
    assert told.counts == {"genesis": 1, "decision": 5, "stop_tripped": 2}
    assert [item.record.seq for item in told.kept] == [0, 1, 6, 7]
    assert told.first_at == told.kept[0].record.ts
    assert told.last_at == told.kept[-1].record.ts
    assert (told.witnesses, told.steps_back) == (None, ())


def test_what_the_checkpoint_does_not_cover_is_not_told(place):
    place.filled(3)
    with place.open(checkpoint_records=1000, checkpoint_interval_s=1e6) as trail:
        trail.checkpoint()
        covered = checkpoint(place)
        trail.append(a_decision(9, "user:mallory"))
        told = read_history(place.trail, covered, KEYS, kept=frozenset({"decision"}))
    assert len(told.kept) == 3
    assert "mallory" not in str(told.kept)


def test_an_older_checkpoint_tells_the_records_up_to_it(place):
    place.filled(3)
    old = checkpoint(place)
    place.filled(4)
    assert read_history(place.trail, old, KEYS).counts["decision"] == 3
    assert read(place).counts["decision"] == 7


def test_a_later_record_is_never_earlier(place):
    for start_ns in (1_795_000_000_000_000_000, 1_700_000_000_000_000_000, 1_796_000_000_000_000_000):
        options = TrailOptions(sync=SyncMode.ALWAYS, state_directory=place.state)
        with Trail.open(place.trail, signer=KEY.note_signer(), clock=TurnedClock(start_ns), options=options) as trail:
            trail.append(SHORT)
    told = read(place, kept=frozenset({"stop_tripped"}))
    times = [item.at for item in told.kept]
    assert times == sorted(times)
    assert times[1] == times[0]  # written with the clock set back three years
    assert told.kept[1].record.ts < times[1]
    assert told.steps_back == (2,)


def test_another_key_and_a_checkpoint_of_another_trail_are_refused(place, tmp_path):
    place.filled(3)
    with pytest.raises(TrailError):
        read(place, [OTHER_KEY.verifier])
    other = type(place)(tmp_path / "other")
    with other.open() as trail:
        trail.append_all([SHORT, SHORT])
    with pytest.raises(TrailError):
        read_history(place.trail, checkpoint(other), KEYS)
    for bad in (b"", b"\xff", checkpoint(place)[:-5], checkpoint(place).replace(b"\n4\n", b"\n3\n")):
        with pytest.raises(TrailError):
            read_history(place.trail, bad, KEYS)


def test_records_that_change_after_verifying_are_refused(place, monkeypatch):
    """What is interpreted is hashed while it is read: an attacker who is quick gains nothing."""
    place.filled(5)
    real = history_module.verify_trail

    def verify_then_change(*arguments, **options):
        found = real(*arguments, **options)
        lines = place.lines()
        place.write_lines([*lines[:3], lines[3].replace(b"alice", b"mally"), *lines[4:]])
        return found

    monkeypatch.setattr(history_module, "verify_trail", verify_then_change)
    with pytest.raises(TrailError, match="PK718"):
        read(place)


def test_a_tail_and_a_wrong_tile_refuse_no_evidence_and_a_wrong_record_does(place):
    place.filled(5)
    with place.open(checkpoint_records=1000, checkpoint_interval_s=1e12) as trail:
        trail.checkpoint()
        covered = checkpoint(place)
        trail.append(a_decision(9))
        tile = next((place.trail / "tile").rglob("6"))
        tile.write_bytes(bytes(192))
        told = read_history(place.trail, covered, KEYS)
        assert (told.verification.unsigned_tail, told.verification.is_cache_wrong) == (1, True)
        assert told.counts["decision"] == 5
    place.write_lines([line.replace(b"alice", b"mally") for line in place.lines()])
    with pytest.raises(TrailError):
        read(place)


def test_a_trail_whose_beginning_was_pruned_says_so(place):
    with place.open(sync=SyncMode.OS, checkpoint_records=60_000, retention_days=30) as trail:
        trail.append(entries.build_started(policy=entries.PolicyRef("p", "1", "sha256:" + "1" * 64), by="Ben"))
        trail.append_all([SHORT] * 65_600)
        trail.checkpoint()
        prune(trail, segments=1, authority="dpo", now=datetime(2026, 11, 21, tzinfo=UTC) + timedelta(days=100))
    told = read(place, first=frozenset({"build_started"}))
    assert told.first_seq == 65_536
    assert (told.kept, sum(told.counts.values())) == ((), told.size - 65_536)
