"""Edges that no row of the table reaches: sizes of tiles, rotations without a head between, heads kept elsewhere."""

from __future__ import annotations

import base64

import pytest

from tests.conformance.bases import EVIL, KEYS, NEW, OLD, OTHER, THIRD, honest
from tests.conformance.builder import ORIGIN, SEGMENT, Builder, tree_hash
from tests.conformance.forms import note_over
from tests.conformance.rows import Shelf
from tests.conformance.table_row import INVALID, TILES, UNVERIFIABLE, VALID
from tests.conformance.verifiers import VERIFIERS

pytestmark = pytest.mark.parametrize("verify", VERIFIERS.values(), ids=list(VERIFIERS))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return Shelf(tmp_path_factory.mktemp("shelf"))


def signed(root, size, *signers):
    """Return a head of the ledger with any root."""
    text = f"{ORIGIN}\n{size}\n{base64.b64encode(root).decode()}\n"
    return (text + "\n" + "".join(signer.line(text) for signer in signers)).encode()


def test_a_full_tile_is_not_named_as_a_part_of_one(tmp_path, verify):
    directory = Builder().records(300).head(OLD).write(tmp_path / "trail")
    assert verify(directory, [KEYS["old"]], None, {}) == VALID
    (directory / "tile/0/000.p").mkdir(exist_ok=True)
    (directory / "tile/0/000.p/256").write_bytes((directory / "tile/0/000").read_bytes())
    assert verify(directory, [KEYS["old"]], None, {}) == TILES


@pytest.mark.parametrize("name", ["tile/0/007", "tile/1/000"])
def test_a_tile_of_what_was_pruned_holds_all_its_hashes(shelf, tmp_path, name, verify):
    """Not the one hash that all of them lead to."""
    directory = shelf.laid_out({"base": "pruned", "edits": []}, tmp_path / "trail")
    data = (directory / name).read_bytes()
    (directory / name).write_bytes(tree_hash([data[at : at + 32] for at in range(0, len(data), 32)]))
    assert verify(directory, [KEYS["old"]], None, {}) == TILES


def test_a_tile_of_what_was_pruned_may_be_gone(shelf, tmp_path, verify):
    directory = shelf.laid_out({"base": "pruned", "edits": []}, tmp_path / "trail")
    for name in ("tile/0/007", "tile/1/000"):
        (directory / name).unlink()
        assert verify(directory, [KEYS["old"]], None, {}) == VALID


def test_a_head_holds_no_control_characters(tmp_path, verify):
    text = f"{honest().text()}more\there\n"
    directory = honest().note(f"{text}\n{OLD.line(text)}").write(tmp_path / "trail")
    assert verify(directory, [KEYS["old"]], None, {}) == INVALID


@pytest.mark.parametrize("key", ["old", "new", "third"])
def test_two_rotations_may_come_before_the_next_head(tmp_path, key, verify):
    builder = Builder().head(OLD).rotation(OLD, NEW).rotation(NEW, THIRD).head(OLD, NEW, THIRD)
    directory = builder.records(1).head(THIRD).write(tmp_path / "trail")
    assert verify(directory, [KEYS[key]], None, {}) == VALID
    assert verify(directory, [KEYS[key]], note_over(builder, 1, OLD), {}) == VALID


def test_a_head_kept_elsewhere_needs_a_key_that_counts(tmp_path, verify):
    """A record names the key, but hands over from one that never counted."""
    builder = Builder().head(OLD).rotation(EVIL, OTHER).head(OLD, OTHER)
    directory = builder.write(tmp_path / "trail")
    assert verify(directory, [KEYS["old"]], None, {}) == VALID
    assert verify(directory, [KEYS["old"]], note_over(builder, 1, OTHER), {}) == UNVERIFIABLE
    assert verify(directory, [KEYS["old"]], note_over(builder, 1, OLD), {}) == VALID


@pytest.mark.parametrize(("size", "status"), [(3, VALID), (4, UNVERIFIABLE)])
def test_a_revoked_key_does_not_vouch_for_a_later_head_kept_elsewhere(tmp_path, size, status, verify):
    builder = Builder().head(OLD).records(1).rotation(OLD, NEW).head(OLD, NEW).records(1).head(NEW)
    directory = builder.write(tmp_path / "trail")
    found = verify(directory, [KEYS["old"]], note_over(builder, size, OLD), {"revoked": {OLD.text: 3}})
    assert found == status


def test_a_head_kept_elsewhere_may_lie_between_two_of_the_log(tmp_path, verify):
    builder = Builder().head(OLD).records(4).head(OLD)
    directory = builder.write(tmp_path / "trail")
    assert verify(directory, [KEYS["old"]], note_over(builder, 3, OLD), {}) == VALID
    assert verify(directory, [KEYS["old"]], signed(b"x" * 32, 3, OLD), {}) == INVALID


@pytest.fixture(scope="module")
def long():
    """A trail of one segment and two records."""
    return Builder().records(SEGMENT + 1)


def test_a_head_where_the_pruning_ended_is_not_taken_on_trust(tmp_path, long, verify):
    builder = Builder()
    builder.lines, builder.leaves = list(long.lines), list(long.leaves)
    builder.head(OLD).prune(0, [builder.root_of(0)]).head(OLD)
    directory = builder.write(tmp_path / "trail", first=1, tiles=False)
    assert verify(directory, [KEYS["old"]], None, {}) == VALID
    assert verify(directory, [KEYS["old"]], signed(b"x" * 32, SEGMENT, OLD), {}) in {INVALID, UNVERIFIABLE}


def test_every_segment_that_is_gone_is_named(tmp_path, long, verify):
    """A record that names another one does not do."""
    builder = Builder()
    builder.lines, builder.leaves = list(long.lines), list(long.leaves)
    builder.head(OLD).prune(1, [builder.root_of(0)]).head(OLD)
    directory = builder.write(tmp_path / "trail", first=1, tiles=False)
    assert verify(directory, [KEYS["old"]], None, {}) == INVALID


def test_the_first_record_follows_nothing(tmp_path, verify):
    line = Builder().lines[0].replace(b"0" * 64, b"1" * 64)
    directory = Builder(genesis=False).line(line).records(1).head(OLD).write(tmp_path / "trail")
    assert verify(directory, [KEYS["old"]], None, {}) == INVALID
