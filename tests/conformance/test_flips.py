"""Every flipped bit is found, and by every verifier alike. `python -m tests.conformance flips` flips them all."""

import random

import pytest

from tests.conformance.bases import KEYS
from tests.conformance.flips import flips
from tests.conformance.rows import Shelf
from tests.conformance.verifiers import VERIFIERS

FLIPPED = {
    "plain": ["old"], "heads": ["old"], "rotated": ["old"], "rotated_twice": ["third"], "witnessed": ["old"],
    "torn": ["old"], "tail": ["old"], "two_at_once": ["new"], "genesis_only": ["old"], "odd_signer": ["old"],
}  # fmt: skip
"""Base trails, each with the keys it is verified with."""
PER_TRAIL = 400


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return Shelf(tmp_path_factory.mktemp("shelf"))


@pytest.mark.parametrize("name", FLIPPED)
def test_no_flipped_bit_is_accepted_and_all_verifiers_agree(name, shelf, tmp_path):
    base = shelf.base(name)
    bits = 8 * sum(path.stat().st_size for path in base.rglob("*") if path.is_file())
    stride = max(1, bits // PER_TRAIL)
    start = random.randrange(stride)  # another sample each time; the message names it
    outcomes = list(
        flips(base, tmp_path / "trail", [KEYS[key] for key in FLIPPED[name]], VERIFIERS, stride=stride, start=start)
    )
    assert len(outcomes) >= min(bits, PER_TRAIL)
    wrong = [str(outcome) for outcome in outcomes if outcome.is_wrong]
    assert not wrong, f"stride {stride}, start {start}: {wrong[:20]}"


def test_a_sampled_pruned_trail_too(shelf, tmp_path):
    base = shelf.base("pruned")
    start = random.randrange(200_001)
    outcomes = list(flips(base, tmp_path / "trail", [KEYS["old"]], VERIFIERS, stride=200_001, start=start))
    assert {outcome.file.split("/")[0] for outcome in outcomes} >= {"tile"}
    wrong = [str(outcome) for outcome in outcomes if outcome.is_wrong]
    assert not wrong, f"start {start}: {wrong[:20]}"


def test_bytes_that_nothing_covers_exist_and_are_those_of_the_page(shelf, tmp_path):
    outcomes = flips(shelf.base("witnessed"), tmp_path / "trail", [KEYS["old"]], VERIFIERS, stride=29)
    accepted = [outcome for outcome in outcomes if 0 in outcome.statuses.values()]
    assert accepted
    assert all(outcome.file == "checkpoints.log" and outcome.is_uncovered for outcome in accepted)
