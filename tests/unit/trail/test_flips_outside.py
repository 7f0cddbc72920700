"""Laws of what lies outside of a trail: no flipped bit of it makes anything pass for what it is not.

Remembered head and tail note: a writer that opens beside a flipped one refuses, or goes on and says what it found; it
never signs in silence what it cannot account for. Openings in the vault: they open to what was committed to, or not at all.
"""

import pytest
from trails import KEY, Place, a_decision, die, standalone_verdict

from policykit.errors import TrailError
from policykit.trail.format.checkpoint import Checkpoint
from policykit.trail.problems import CodedTrailError
from policykit.trail.query import read_records
from policykit.trail.storage.local import LocalDisk
from policykit.trail.vault import Vault, parse_opening
from policykit.trail.verify import verify_trail
from policykit.trail.write.signing.head import RememberedHead

ONE, TWO = (Checkpoint("o.example", size, bytes([size]) * 32) for size in (1, 2))
SAMPLED = 7
"""Every so many bytes for laws that open a trail; one bit of each."""


def flips(data: bytes, step: int = 1, masks: tuple[int, ...] = tuple(1 << bit for bit in range(8))):
    for at in range(0, len(data), step):
        for mask in masks:
            yield (at, mask), data[:at] + bytes([data[at] ^ mask]) + data[at + 1 :]


def test_no_bit_of_a_remembered_head_makes_it_another(tmp_path):
    head = RememberedHead(tmp_path / "state", "o.example", LocalDisk())
    head.swap(None, ONE)
    head.swap(ONE, TWO)
    found = set()
    for where, data in flips(head.path.read_bytes()):
        head.path.write_bytes(data)
        try:
            found.add(head.read())
        except TrailError:
            continue
        assert found <= {ONE, TWO}, where
    assert found == {ONE, TWO}


@pytest.mark.parametrize("secret", [b"", b"what was said, \xf0\x9f\x94\x92"])
def test_no_bit_of_an_opening_opens_a_commitment_to_something_else(tmp_path, secret):
    vault = Vault(tmp_path / "vault")
    commitment = vault.put("call.text", secret)
    (path,) = (path for path in (tmp_path / "vault").rglob("*") if path.is_file())
    data = path.read_bytes()
    assert parse_opening(data).verify()
    for where, changed in flips(data):
        try:
            opening = parse_opening(changed)
        except CodedTrailError:
            continue
        holds = opening.commitment == commitment and opening.verify()
        assert not holds or (opening.label, opening.payload) == ("call.text", secret), where


@pytest.fixture
def crashed(tmp_path):
    """A trail whose writer died with two records unsigned."""
    place = Place(tmp_path / "crashed").filled(2)
    trail = place.open(checkpoint_records=1000, checkpoint_interval_s=1e9)
    for number in range(2):
        trail.append(a_decision(number))
    die(trail)
    return place


def reopened(place: Place) -> list[dict[str, object]] | None:
    """Open and close a trail; return what the recovery records say, None where opening was refused."""
    try:
        place.open().close()
    except TrailError:
        return None
    return [dict(record.members) for record in read_records(place.trail) if record.type == "recovery"]


@pytest.mark.parametrize("kind", ["head", "tail"])
def test_no_bit_of_the_state_makes_opening_silent_about_unsigned_records(crashed, tmp_path, one_file, kind):
    (path,) = crashed.state.glob(f"*.{kind}")
    seen = set()
    for (at, mask), data in flips(path.read_bytes(), SAMPLED, (0x01,)):
        place = crashed.copy(tmp_path / f"{kind}-{at}")
        (place.state / path.name).write_bytes(data)
        told = reopened(place)
        if told is None:
            seen.add("refused")
            continue
        assert {"unsigned-records", "foreign-records"} & {*told[-1]["causes"]}, (at, mask)
        seen.update(told[-1]["causes"])
        assert verify_trail(place.trail, [KEY.verifier]).exit_code == 0, (at, mask)
        assert standalone_verdict(one_file, place.trail) == "VALID", (at, mask)
    assert seen - {"refused"}
