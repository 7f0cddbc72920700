"""Laws of keys: a key counts because it was given, or because a key that counts proves it; never because a record says so."""

import itertools
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from forging import Forge
from trails import KEY, ORIGIN, OTHER_KEY, Place, a_decision

from policykit.trail import verify
from policykit.trail.format.keys import SignatureType, SigningKey
from policykit.trail.verify import verify_trail
from policykit.trail.verify.trust import Revocation
from policykit.trail.verify.verdict import TrailVerdict

THIRD = SigningKey.from_seed(ORIGIN, bytes(range(2, 34)))
EVIL = SigningKey.from_seed(ORIGIN, bytes(range(40, 72)))
WITNESS = SigningKey.from_seed("w.example/w1", bytes(range(5, 37)), SignatureType.COSIGNATURE)
FOREIGN = SigningKey.from_seed("example.com/payroll", bytes(range(6, 38)))


def answer(trail, *keys, **options):
    return verify_trail(trail, [key.verifier for key in keys], **options).exit_code


def genuine():
    """Four records, each under a head of its own, by the victim's key."""
    return Forge().head(KEY).records(1).head(KEY).records(2).head(KEY)


# -- what does not prove a predecessor


@pytest.mark.parametrize("signers", [(EVIL,), (EVIL, OTHER_KEY)])
def test_a_trail_that_was_made_with_the_victims_public_key_alone_is_not_valid(tmp_path, signers):
    """Every record invented; the last one says that the attacker's key handed over to the victim's."""
    invented = Forge().records(5).rotation(EVIL, KEY).head(*signers)
    assert answer(invented.write(tmp_path / "t"), KEY) == 2


@pytest.mark.parametrize("at", range(4))
def test_a_forged_continuation_of_a_genuine_trail_is_not_valid_wherever_the_rotation_stands(tmp_path, at):
    forged = genuine()
    head = forged.published
    forged.records(at).rotation(EVIL, KEY).records(3 - at).head(EVIL)
    trail = forged.write(tmp_path / "t")
    assert answer(trail, KEY) == 2
    assert answer(trail, KEY, head=head) == 2


def test_a_rotation_among_records_that_nobody_signed_proves_nothing(tmp_path):
    forged = Forge().records(3).head(EVIL).rotation(EVIL, KEY)
    assert answer(forged.write(tmp_path / "t"), KEY) == 2


def test_a_chain_of_keys_whose_last_one_did_not_sign_proves_nothing(tmp_path):
    forged = genuine().rotation(EVIL, OTHER_KEY).rotation(OTHER_KEY, KEY).head(EVIL, OTHER_KEY)
    assert answer(forged.write(tmp_path / "t"), KEY) == 2


def test_a_genuine_signature_over_another_head_proves_nothing(tmp_path):
    """The victim's line is copied from a genuine head: it names the key, and does not verify here."""
    line = genuine().published.decode().split("\n\n")[1]
    forged = Forge().records(9).rotation(EVIL, KEY).head(EVIL, more=line)
    assert answer(forged.write(tmp_path / "t"), KEY) == 1


def test_a_head_kept_elsewhere_is_not_believed_because_an_unproved_rotation_names_its_key(tmp_path):
    forged = genuine().rotation(KEY, EVIL)
    later = Forge().records(3).head(EVIL).published
    trail = forged.write(tmp_path / "t")
    found = verify_trail(trail, [KEY.verifier], head=later)
    assert found.verdict is not TrailVerdict.VALID


# -- what proves one


def rotated_twice():
    made = genuine().rotation(KEY, OTHER_KEY).head(KEY, OTHER_KEY).records(2).head(OTHER_KEY)
    return made.rotation(OTHER_KEY, THIRD).head(OTHER_KEY, THIRD).records(1).head(THIRD)


@pytest.mark.parametrize(
    "keys", [keys for count in (1, 2, 3) for keys in itertools.combinations((KEY, OTHER_KEY, THIRD), count)]
)
def test_each_key_of_a_rotated_trail_leads_to_all_the_others(tmp_path, keys):
    trail = rotated_twice().write(tmp_path / "t")
    found = verify_trail(trail, [key.verifier for key in keys])
    assert (found.exit_code, found.signers) == (0, (f"{ORIGIN}+{THIRD.verifier.key_id.hex()}",))
    assert sum("hands signing over" in note for note in found.notes) == 2


@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
def test_a_trail_that_goes_back_to_an_earlier_key_is_valid_under_either(tmp_path, key):
    made = genuine().rotation(KEY, OTHER_KEY).head(KEY, OTHER_KEY).records(1).head(OTHER_KEY)
    made.rotation(OTHER_KEY, KEY).head(OTHER_KEY, KEY).records(1).head(KEY)
    assert answer(made.write(tmp_path / "t"), key) == 0


@pytest.mark.parametrize(
    ("signers", "keys", "code"),
    [
        ([(KEY,), (OTHER_KEY,)], [KEY], 1),  # the new key never proved that it exists
        ([(KEY,), (OTHER_KEY,)], [KEY, OTHER_KEY], 1),
        ([(KEY,), (OTHER_KEY,)], [OTHER_KEY], 2),  # a later head proves no predecessor
        ([(OTHER_KEY,), (OTHER_KEY,)], [OTHER_KEY], 0),  # the new key vouches for all before it
        ([(OTHER_KEY,), (OTHER_KEY,)], [KEY], 2),  # nothing leads from the old key to the new one
        ([(KEY, OTHER_KEY), (KEY,)], [KEY], 1),  # the old key signs on
        ([(KEY, OTHER_KEY), (KEY,)], [OTHER_KEY], 1),
        ([(KEY, OTHER_KEY), (KEY, OTHER_KEY)], [KEY], 0),
        ([(KEY, OTHER_KEY), (EVIL,)], [KEY], 2),
    ],
)
def test_who_signs_the_heads_after_a_rotation_decides(tmp_path, signers, keys, code):
    made = genuine().rotation(KEY, OTHER_KEY).head(*signers[0]).records(1).head(*signers[1])
    assert answer(made.write(tmp_path / "t"), *keys) == code


@pytest.mark.parametrize("new", [FOREIGN, WITNESS, SigningKey.from_seed(ORIGIN, bytes(32), SignatureType.COSIGNATURE)])
def test_a_rotation_to_a_key_of_another_name_or_kind_is_invalid_when_signed_and_nothing_otherwise(tmp_path, new):
    assert answer(genuine().rotation(KEY, new).head(KEY).write(tmp_path / "signed"), KEY) == 1
    assert answer(genuine().rotation(KEY, new).head(KEY, new).write(tmp_path / "by both"), KEY) == 1
    assert answer(genuine().rotation(new, KEY).head(KEY, new).write(tmp_path / "the other way"), KEY) == 1
    assert answer(genuine().rotation(KEY, new).write(tmp_path / "unsigned"), KEY) == 4


# -- key sets


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        ([KEY], 0), ([KEY, KEY], 0), ([OTHER_KEY], 2), ([FOREIGN], 2), ([WITNESS], 2), ([KEY, FOREIGN, WITNESS], 0),
        ([FOREIGN, KEY], 0), ([OTHER_KEY, EVIL], 2),
    ],
)  # fmt: skip
def test_the_answer_to_a_set_of_keys_rests_on_those_of_the_trail(tmp_path, keys, code):
    assert answer(genuine().write(tmp_path / "t"), *keys) == code


@pytest.mark.parametrize("key", [OTHER_KEY, FOREIGN, WITNESS])
def test_a_key_of_another_trail_is_told_apart_from_tampering(place, key):
    place.filled(3)
    found = verify_trail(place.trail, [key.verifier])
    problem = found.findings[0].diagnostic
    assert (found.verdict, problem.code) == (TrailVerdict.UNVERIFIABLE, "PK707")
    assert problem.message == "this key does not belong to this trail"
    assert f"`{ORIGIN}+{KEY.verifier.key_id.hex()}`" in problem.expected
    assert f"`{key.name}+{key.verifier.key_id.hex()}`" in problem.got
    assert all(f.verdict is not TrailVerdict.INVALID for f in found.findings)


def test_a_broken_trail_is_invalid_under_any_key(place):
    place.filled(3)
    place.write_lines(place.lines()[::-1])
    assert answer(place.trail, OTHER_KEY) == answer(place.trail, KEY) == 1


# -- revocation


def test_a_revocation_holds_for_the_size_that_it_names_and_the_smallest_of_several_counts(tmp_path):
    trail = genuine().write(tmp_path / "t")
    revoked = {size: Revocation(KEY.verifier.key_id, size) for size in range(6)}
    assert [answer(trail, KEY, revoked=[revoked[size]]) for size in (3, 4, 5)] == [1, 0, 0]
    assert (
        answer(trail, KEY, revoked=[revoked[3], revoked[4]])
        == answer(trail, KEY, revoked=[revoked[4], revoked[3]])
        == 1
    )
    assert answer(trail, KEY, revoked=[Revocation(EVIL.verifier.key_id, 0)]) == 0


def test_a_key_that_was_revoked_before_its_rotation_hands_nothing_over(tmp_path):
    trail = rotated_twice().write(tmp_path / "t")
    assert answer(trail, KEY, revoked=[Revocation(KEY.verifier.key_id, 4)]) == 1
    assert answer(trail, KEY, revoked=[Revocation(KEY.verifier.key_id, 5)]) == 0
    assert answer(trail, KEY, revoked=[Revocation(OTHER_KEY.verifier.key_id, 5)]) != 0


# -- heads kept elsewhere


def test_a_head_of_an_earlier_key_counts_when_that_key_is_proved(tmp_path):
    made = genuine()
    head = made.published
    made.rotation(KEY, OTHER_KEY).head(KEY, OTHER_KEY).records(1).head(OTHER_KEY)
    trail = made.write(tmp_path / "t")
    assert answer(trail, OTHER_KEY, head=head) == answer(trail, KEY, head=head) == 0
    assert answer(trail, KEY, head=Forge().records(3).head(EVIL).published) != 0


def test_what_verifies_under_the_real_writer_verifies_here(tmp_path):
    place = Place(tmp_path / "p").filled(3)
    with place.open() as trail:
        texts = {"new_key": OTHER_KEY.verifier.to_text(), "old_key": KEY.verifier.to_text()}
        trail.rotate(OTHER_KEY.note_signer(), **texts, reason="yearly")
        trail.append(a_decision())
    assert answer(place.trail, KEY) == answer(place.trail, OTHER_KEY) == 0
    assert answer(place.trail, THIRD) == 2


COSIGNING = SigningKey.from_seed(ORIGIN, bytes(range(7, 39)), SignatureType.COSIGNATURE)


@pytest.mark.parametrize("key", [FOREIGN, WITNESS, COSIGNING])
def test_a_head_that_only_a_key_of_another_name_or_kind_signed_is_not_the_trails(tmp_path, key):
    """Whoever gives more keys than the trail's does not make more keys count."""
    trail = genuine().records(1).head(key).write(tmp_path / "t")
    assert answer(trail, KEY, key) == 2
    alone = Forge().records(1).head(key).write(tmp_path / "alone")
    assert answer(alone, KEY, key) == answer(alone, key) == 2


@pytest.mark.parametrize("spoiled", [None, 0, 700, 1099])
def test_many_heads_that_nothing_binds_are_verified_alike_by_one_and_by_several_workers(tmp_path, monkeypatch, spoiled):
    made = Forge(naming=False)
    for number in range(1100):
        made.records(1).head(EVIL if number == spoiled else KEY)
    trail = made.write(tmp_path / "t")
    alone = verify_trail(trail, [KEY.verifier])
    assert alone.exit_code == (0 if spoiled is None else 2)

    @contextmanager
    def pool(*_):
        with ThreadPoolExecutor(2) as threads:
            used.append(threads)
            yield threads

    used = []
    monkeypatch.setattr(verify, "_pool", pool)
    assert verify_trail(trail, [KEY.verifier], workers=2) == alone
    assert used
