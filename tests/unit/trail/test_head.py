"""Laws of the remembered head: it is swapped only for what was seen, and survives a torn write."""

import pytest

from policykit.errors import TrailError
from policykit.trail.format.checkpoint import Checkpoint
from policykit.trail.storage.local import LocalDisk
from policykit.trail.write.signing.head import RememberedHead

ONE, TWO, THREE = (Checkpoint("o.example", size, bytes([size]) * 32) for size in (1, 2, 3))


@pytest.fixture
def head(tmp_path):
    return RememberedHead(tmp_path / "state", "o.example", LocalDisk())


def test_nothing_is_remembered_at_first(head):
    assert head.read() is None


def test_the_newest_of_two_slots_is_read(head):
    for before, after in ((None, ONE), (ONE, TWO), (TWO, THREE)):
        head.swap(before, after)
        assert head.read() == after
    assert head.path.stat().st_size == 1024


def test_a_head_that_was_not_seen_is_not_replaced(head):
    head.swap(None, ONE)
    for expected in (None, TWO):
        with pytest.raises(TrailError, match="PK711"):
            head.swap(expected, THREE)
    assert head.read() == ONE


def test_a_torn_write_costs_the_newer_slot_only(head):
    head.swap(None, ONE)
    head.swap(ONE, TWO)
    data = head.path.read_bytes()
    head.path.write_bytes(data[:600] + bytes(424))
    assert head.read() == ONE


def test_damage_to_both_slots_is_refused(head):
    head.swap(None, ONE)
    head.path.write_bytes(b"x" * 1024)
    with pytest.raises(TrailError, match="PK711"):
        head.read()


def test_the_head_of_another_trail_is_refused(head, tmp_path):
    head.swap(None, ONE)
    other = RememberedHead(tmp_path / "state", "p.example", LocalDisk())
    other.path.write_bytes(head.path.read_bytes())
    with pytest.raises(TrailError, match="another trail"):
        other.read()
