"""Laws of proofs, witnesses, rotation, revocation, pruning and commitments."""

import shutil
import threading
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from trails import KEY, ORIGIN, OTHER_KEY, SHORT, Place, a_decision, standalone_verdict

from policykit.errors import TrailError
from policykit.trail import entries
from policykit.trail.entries import approvals as entries_approval
from policykit.trail.format.checkpoint import parse_checkpoint
from policykit.trail.format.checkpoint_log import checkpoint_line
from policykit.trail.format.keys import SignatureType, SigningKey
from policykit.trail.format.merkle import Frontier, leaf_hash
from policykit.trail.format.note import sign_note
from policykit.trail.format.proof import (
    check_consistency,
    check_inclusion,
    parse_consistency_proof,
    parse_inclusion_proof,
    prove_consistency,
    prove_inclusion,
)
from policykit.trail.format.pruned_segments import named_segments, prune_records
from policykit.trail.format.record import Record
from policykit.trail.query import read_records
from policykit.trail.vault import Vault, commitment, opens, parse_opening
from policykit.trail.verify import verify_trail
from policykit.trail.verify.trust import Revocation
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.witness.client import cosign
from policykit.trail.witness.policy import parse_witness_policy
from policykit.trail.witness.server import make_server
from policykit.trail.witness.state import WitnessState, encode_request
from policykit.trail.write.cosigning import keep_cosignatures
from policykit.trail.write.options import SyncMode
from policykit.trail.write.prune import _roots_to_name, _runs, prune
from policykit.trail.write.rebuild import rebuild_tiles

WITNESS = SigningKey.from_seed("w.example/w1", bytes(range(2, 34)), SignatureType.COSIGNATURE)
SECOND = SigningKey.from_seed("w.example/w2", bytes(range(3, 35)), SignatureType.COSIGNATURE)
KEYS = [KEY.verifier]


def head(place):
    return parse_checkpoint((place.trail / "checkpoint").read_bytes())


def filled_twice(place, first, more):
    place.filled(first)
    old = head(place)
    place.filled(more)
    return old


# -- proofs


def test_every_record_of_a_trail_has_a_proof_that_holds_for_it_alone(place):
    place.filled(300)
    for index in (0, 1, 255, 256, 299, 300):
        record, proof = prove_inclusion(place.trail, index)
        again = parse_inclusion_proof(proof.to_bytes())
        check_inclusion(again, record, KEYS)
        with pytest.raises(TrailError, match="PK721"):
            check_inclusion(again, record + b" ", KEYS)
        with pytest.raises(TrailError, match="PK707"):
            check_inclusion(again, record, [OTHER_KEY.verifier])
    with pytest.raises(TrailError, match="PK720"):
        prove_inclusion(place.trail, 301)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_changed_proof_never_holds(small, data):
    place = small
    record, proof = prove_inclusion(place.trail, 5)
    whole = proof.to_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    try:
        changed = parse_inclusion_proof(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        check_inclusion(changed, record, KEYS)
    except TrailError:
        return
    raise AssertionError(at)


def test_a_proof_needs_no_tiles_and_a_wrong_tile_makes_none(place):
    import shutil

    place.filled(300)
    shutil.rmtree(place.trail / "tile")
    record, proof = prove_inclusion(place.trail, 100)
    check_inclusion(proof, record, KEYS)
    assert rebuild_tiles(place.trail) == 301
    assert verify_trail(place.trail, KEYS).verdict is TrailVerdict.VALID
    tile = place.trail / "tile" / "0" / "000"
    tile.write_bytes(bytes(8192))
    with pytest.raises(TrailError, match="PK721"):
        prove_inclusion(place.trail, 100)
    found = verify_trail(place.trail, KEYS)
    assert (found.verdict, found.is_cache_wrong, found.exit_code) == (TrailVerdict.VALID, True, 5)
    assert found.cache_problems[0].code == "PK716"


def test_consistency_with_an_older_head_is_proved(place):
    old = filled_twice(place, 20, 300)
    proof = parse_consistency_proof(prove_consistency(place.trail, old).to_bytes())
    check_consistency(proof, KEYS)
    with pytest.raises(TrailError, match="PK721"):
        check_consistency(type(proof)(proof.new, proof.hashes, proof.old), KEYS)


def test_a_trail_that_does_not_continue_an_older_head_proves_nothing(place, tmp_path):
    old = filled_twice(place, 20, 5)
    with Place(tmp_path / "other").open() as trail:
        for number in range(40):
            trail.append(a_decision(number, principal="user:mallory"))
    with pytest.raises(TrailError, match="PK718"):
        prove_consistency(tmp_path / "other" / "trail", old)


# -- witnesses


@pytest.fixture
def witness(tmp_path):
    return WitnessState(tmp_path / "witness", WITNESS.note_signer(lambda: 1_795_000_000), KEYS)


@pytest.fixture
def post(witness):
    def send(address, body):
        answer = witness.add_checkpoint(body)
        return answer.status, answer.body

    return send


def policy(text):
    return parse_witness_policy(text.encode())


ONE_WITNESS = f"witness w1 {WITNESS.verifier.to_text()}\nquorum w1\n"


def test_a_witness_cosigns_a_growing_trail_over_http(place, witness):
    server = make_server(witness, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        for count in (3, 40, 0):
            place.filled(count)
            signed = cosign(place.trail, url, WITNESS.verifier)
            keep_cosignatures(place.trail, signed.size, signed.signatures)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    found = verify_trail(place.trail, KEYS, witness_policy=policy(ONE_WITNESS))
    assert (found.verdict, found.anchored_size, found.unanchored_tail) == (TrailVerdict.VALID, 44, 0)
    place.filled(2)
    found = verify_trail(place.trail, KEYS, witness_policy=policy(ONE_WITNESS))
    assert (found.verdict, found.anchored_size, found.unanchored_tail) == (TrailVerdict.VALID, 44, 2)


def test_a_trail_that_was_rolled_back_gets_no_cosignature(place, tmp_path, post):
    import shutil

    place.filled(3)
    shutil.copytree(place.base, tmp_path / "old")
    place.filled(3)
    cosign(place.trail, "http://w", WITNESS.verifier, post)
    with pytest.raises(TrailError, match="PK711"):
        cosign(tmp_path / "old" / "trail", "http://w", WITNESS.verifier, post)


def test_a_second_history_of_the_same_length_or_longer_gets_no_cosignature(place, tmp_path, post):
    place.filled(3)
    cosign(place.trail, "http://w", WITNESS.verifier, post)
    other = Place(tmp_path / "other")
    for count in (3, 5):
        with other.open() as trail:
            while trail.size <= count:
                trail.append(a_decision(9, principal="user:mallory"))
        with pytest.raises(TrailError, match="PK722"):
            cosign(other.trail, "http://w", WITNESS.verifier, post)


def tree_of(count):
    tree = Frontier()
    for number in range(count):
        tree.append(leaf_hash(b"%d" % number))
    return tree


def note_of(count, key=KEY):
    from policykit.trail.format.checkpoint import Checkpoint

    return sign_note(Checkpoint(ORIGIN, count, tree_of(count).root()).to_text(), [key.note_signer()]).to_bytes()


def test_the_witness_answers_as_the_protocol_says(witness):
    from policykit.trail.format.checkpoint import Checkpoint

    other = sign_note(Checkpoint("example.com/unknown", 1, bytes(32)).to_text(), [KEY.note_signer()]).to_bytes()
    ask = witness.add_checkpoint
    assert ask(encode_request(0, (), other)).status == 404
    assert ask(encode_request(0, (), note_of(2, OTHER_KEY))).status == 403
    assert ask(encode_request(3, (), note_of(2))).status == 400
    assert ask(b"old 1\n").status == 400
    assert ask(b"old 01\n\n" + note_of(2)).status == 400
    assert ask(encode_request(0, [bytes(32)], note_of(2))).status == 422
    assert ask(encode_request(0, [bytes(32)] * 64, note_of(2))).status == 400
    assert ask(encode_request(0, (), note_of(2))).status == 200
    conflict = ask(encode_request(0, (), note_of(3)))
    assert (conflict.status, conflict.body, conflict.content_type) == (409, b"2\n", "text/x.tlog.size")
    assert ask(encode_request(2, (), note_of(3))).status == 422
    assert ask(encode_request(2, (), note_of(2))).status == 200


def test_the_race_of_the_specification_cannot_roll_a_witness_back(witness):
    ask = witness.add_checkpoint
    assert ask(encode_request(0, (), note_of(4))).status == 200
    from policykit.trail.format.merkle import perfect_root
    from policykit.trail.format.tiles import consistency_proof

    leaves = [leaf_hash(b"%d" % number) for number in range(9)]

    def node(level, index):
        return perfect_root(leaves[index << level : (index + 1) << level])

    bodies = [encode_request(4, consistency_proof(4, size, node), note_of(size)) for size in (5, 9)] * 8
    answers = []
    threads = [threading.Thread(target=lambda b=b: answers.append(ask(b).status)) for b in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers.count(200) == 1
    assert ask(encode_request(0, (), note_of(4))).body in (b"5\n", b"9\n")


@pytest.mark.parametrize(
    ("quorum", "signed", "is_met"),
    [
        ("quorum none", [], True),
        ("quorum w1", [WITNESS], True),
        ("quorum w1", [SECOND], False),
        ("group g all w1 w2\nquorum g", [WITNESS], False),
        ("group g all w1 w2\nquorum g", [WITNESS, SECOND], True),
        ("group g any w1 w2\nquorum g", [SECOND], True),
        ("group g 2 w1 w2\nquorum g", [SECOND], False),
        ("group a any w1\ngroup g all a w2\nquorum g", [WITNESS, SECOND], True),
    ],
)
def test_a_quorum_is_met_as_the_policy_says(place, quorum, signed, is_met):
    place.filled(2)
    note = head(place).note
    for key in signed:
        cosignatures = sign_note(note.text, [key.note_signer(lambda: 1_795_000_000)]).signatures
        keep_cosignatures(place.trail, 3, cosignatures)
    text = f"witness w1 {WITNESS.verifier.to_text()}\nwitness w2 {SECOND.verifier.to_text()} http://w\n{quorum}\n"
    found = verify_trail(place.trail, KEYS, witness_policy=policy(text))
    assert (found.verdict is TrailVerdict.VALID) is is_met
    assert found.anchored_size == (3 if is_met else 0)


@pytest.mark.parametrize(
    "text",
    [
        "", "quorum w1", "witness w1", "quorum none\nquorum none", "qourum none", "quorum none\r\n",
        f"witness none {WITNESS.verifier.to_text()}\nquorum none",
        f"witness w {KEY.verifier.to_text()}\nquorum w",
        f"{ONE_WITNESS}witness w2 {WITNESS.verifier.to_text()}",
        f"{ONE_WITNESS}group g 2 w1", f"{ONE_WITNESS}group g 0 w1", f"{ONE_WITNESS}group g 01 w1",
        f"{ONE_WITNESS}group g any", f"{ONE_WITNESS}group g any w1 w1", f"{ONE_WITNESS}group g any w9",
        f"{ONE_WITNESS}group a any w1\ngroup b any w1",
        f"log {KEY.verifier.to_text()}\nlog {KEY.verifier.to_text()}\nquorum none",
    ],
)  # fmt: skip
def test_a_policy_that_cannot_be_understood_is_refused(text):
    with pytest.raises(TrailError, match="PK723"):
        policy(text)


def test_a_policy_of_another_log_is_refused(place):
    place.filled(1)
    text = f"log {OTHER_KEY.verifier.to_text()}\nquorum none\n"
    with pytest.raises(TrailError, match="PK723"):
        verify_trail(place.trail, KEYS, witness_policy=policy(text))


# -- rotation and revocation


def rotated(place):
    place.filled(3)
    with place.open() as trail:
        seq = trail.rotate(
            OTHER_KEY.note_signer(),
            new_key=OTHER_KEY.verifier.to_text(),
            old_key=KEY.verifier.to_text(),
            reason="yearly",
        )
        trail.append(a_decision())
    with place.open(key=OTHER_KEY) as trail:
        trail.append(a_decision())
    return seq


@pytest.mark.parametrize("key", [KEY, OTHER_KEY], ids=["old", "new"])
def test_a_trail_whose_key_was_rotated_is_valid_under_either_key(place, key):
    assert rotated(place) == 4
    found = verify_trail(place.trail, [key.verifier])
    assert (found.verdict, found.size) == (TrailVerdict.VALID, 7)


def test_the_one_file_verifier_follows_a_rotation(place, one_file):
    rotated(place)
    assert standalone_verdict(one_file, place.trail) == "VALID"


def test_the_old_key_no_longer_opens_a_rotated_trail(place):
    rotated(place)
    with pytest.raises(TrailError, match="PK805"):
        place.open(key=KEY)


def test_the_old_key_s_signature_no_longer_counts_after_a_rotation(place, one_file):
    rotated(place)
    forged = sign_note(head(place).note.text, [KEY.note_signer()]).to_bytes()
    (place.trail / "checkpoint").write_bytes(forged)
    assert verify_trail(place.trail, [KEY.verifier]).findings[0].diagnostic.code == "PK706"  # not in the log
    with (place.trail / "checkpoints.log").open("ab") as log:
        log.write(checkpoint_line(forged))
    assert verify_trail(place.trail, [KEY.verifier]).findings[0].diagnostic.code == "PK805"
    assert standalone_verdict(one_file, place.trail) != "VALID"


def test_another_process_stops_when_the_key_was_rotated(place):
    with place.open() as other:
        with place.open() as trail:
            trail.rotate(
                OTHER_KEY.note_signer(),
                new_key=OTHER_KEY.verifier.to_text(),
                old_key=KEY.verifier.to_text(),
                reason="r",
            )
        other.append(a_decision())
        with pytest.raises(TrailError, match="PK805"):
            other.checkpoint()


def test_a_revoked_key_counts_up_to_its_last_size(place):
    filled_twice(place, 3, 3)
    revoked = [Revocation(KEY.verifier.key_id, 4)]
    assert verify_trail(place.trail, KEYS, revoked=revoked).verdict is TrailVerdict.INVALID
    revoked = [Revocation(KEY.verifier.key_id, 7)]
    assert verify_trail(place.trail, KEYS, revoked=revoked).verdict is TrailVerdict.VALID


# -- pruning


def test_pruned_segments_leave_a_trail_that_verifies_and_proofs_that_hold(place, one_file):
    with place.open(sync=SyncMode.OS, checkpoint_records=60_000, retention_days=30) as trail:
        trail.append_all([SHORT] * 65_600)
        trail.checkpoint()
        old = head(place)
        record, proof = prove_inclusion(place.trail, 70)
        now = datetime(2026, 11, 21, tzinfo=UTC)
        with pytest.raises(TrailError, match="PK725"):
            prune(trail, segments=2, authority="dpo", now=now)
        with pytest.raises(TrailError, match="must still be kept"):
            prune(trail, segments=1, authority="dpo", now=now + timedelta(days=10))
        assert prune(trail, segments=1, authority="dpo", now=now + timedelta(days=100)) == 65_536
    found = verify_trail(place.trail, KEYS)
    assert (found.verdict, found.size) == (TrailVerdict.VALID, 65_602)
    assert standalone_verdict(one_file, place.trail) == "VALID"
    check_inclusion(proof, record, KEYS)
    check_consistency(prove_consistency(place.trail, old), KEYS)
    place.filled(1)
    assert verify_trail(place.trail, KEYS).verdict is TrailVerdict.VALID
    record = next(r for r in read_records(place.trail) if r.type == "prune")
    assert record.members["genesis"]["retention_days"] == 30


def test_a_trail_that_is_pruned_again_and_again_still_verifies(place, one_file):
    """The second time a segment goes that holds the record of the first time: what that one named is named again."""
    now = datetime(2030, 1, 1, tzinfo=UTC)
    with place.open(sync=SyncMode.OS, checkpoint_records=60_000, retention_days=30) as trail:
        trail.append_all([SHORT] * 65_600)
        prune(trail, segments=1, authority="dpo", now=now)
        trail.append_all([SHORT] * 65_600)
        from_tiles = _roots_to_name(trail.paths, [1], ())
        assert from_tiles.keys() == {0, 1}
        assert _roots_to_name(trail.paths, [1], prune_records(trail.paths)) == from_tiles
        prune(trail, segments=1, authority="dpo", now=now)
    assert [path.name for path in sorted((place.trail / "seg").iterdir())] == ["000002.jsonl"]
    found = verify_trail(place.trail, KEYS)
    assert (found.verdict, found.pruned) == (TrailVerdict.VALID, 131_072)
    assert standalone_verdict(one_file, place.trail) == "VALID"
    (record,) = (r for r in read_records(place.trail) if r.type == "prune")
    assert named_segments(record) == from_tiles


@pytest.fixture
def without_tiles(place):
    """A pruned trail, all tiles of which are lost."""
    with place.open(sync=SyncMode.OS, checkpoint_records=60_000, retention_days=30) as trail:
        trail.append_all([SHORT] * 65_600)
        prune(trail, segments=1, authority="dpo", now=datetime(2030, 1, 1, tzinfo=UTC))
    shutil.rmtree(place.trail / "tile")
    return place


def test_a_pruned_trail_opens_without_its_tiles_because_they_are_a_cache(without_tiles, one_file):
    place = without_tiles.filled(2)
    assert verify_trail(place.trail, KEYS).exit_code == 0
    assert standalone_verdict(one_file, place.trail) == "VALID"
    assert not [record for record in read_records(place.trail) if record.type == "recovery"]


@pytest.mark.parametrize(("is_signed", "code"), [(True, "PK705"), (False, "PK715")])
def test_a_made_up_beginning_opens_no_trail(without_tiles, is_signed, code):
    """Without tiles the prune record stands for the beginning: a head proves it, or it stands for nothing."""
    (named,) = (record for record in read_records(without_tiles.trail) if record.type == "prune")
    root = named.members["roots"][0].encode()
    path = without_tiles.trail / "seg" / "000001.jsonl"
    path.write_bytes(path.read_bytes().replace(root, root[::-1]))
    if not is_signed:
        shutil.rmtree(without_tiles.state)
        for name in ("checkpoint", "checkpoints.log"):
            (without_tiles.trail / name).unlink()
    with pytest.raises(TrailError, match=code):
        without_tiles.filled(1)


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([3], [(3, ["3"])]),
        ([0, 1, 2], [(0, ["0", "1"]), (2, ["2"])]),
        ([0, 2, 3], [(0, ["0"]), (2, ["2", "3"])]),
        ([0, 1, 2, 3, 5], [(0, ["0", "1"]), (2, ["2", "3"]), (5, ["5"])]),
    ],
)
def test_a_prune_record_names_segments_that_follow_each_other_and_not_too_many(monkeypatch, numbers, expected):
    monkeypatch.setattr("policykit.trail.write.prune._MAX_SEGMENTS_A_RECORD", 2)
    assert list(_runs({number: str(number) for number in numbers})) == expected


def test_a_beginning_that_is_missing_without_a_prune_record_is_invalid(place, one_file):
    with place.open(sync=SyncMode.OS, checkpoint_records=60_000) as trail:
        trail.append_all([SHORT] * 65_600)
        with pytest.raises(TrailError, match="for ever"):
            prune(trail, segments=1, authority="dpo", now=datetime.now(UTC))
    place.segment.unlink()
    assert verify_trail(place.trail, KEYS).findings[0].diagnostic.code == "PK715"
    assert standalone_verdict(one_file, place.trail) == "INVALID"


def test_nothing_is_pruned_whose_record_could_not_be_written_whatever_the_policy(place):
    from policykit.trail.storage.local import LocalDisk
    from policykit.trail.write.options import FailurePolicy

    class Full(LocalDisk):
        is_full = False

        def write(self, handle, data):
            if self.is_full:
                raise OSError(28, "no space left on device")
            return super().write(handle, data)

    disk = Full()
    options = {"retention_days": 1, "on_failure": FailurePolicy.ALLOW_AND_ALARM, "alarm": lambda _: None}
    with place.open(sync=SyncMode.OS, disk=disk, **options) as trail:
        trail.append_all([SHORT] * 65_540)
        disk.is_full = True
        with pytest.raises(TrailError, match="PK712"):
            prune(trail, segments=1, authority="dpo", now=datetime(2030, 1, 1, tzinfo=UTC))
        disk.is_full = False
    assert place.segment.exists()


@pytest.mark.parametrize("more", [4, 300])
def test_segments_that_were_changed_are_not_pruned(place, more):
    with place.open(sync=SyncMode.OS, checkpoint_records=60_000, retention_days=1) as trail:
        trail.append_all([SHORT] * (65_535 + more))
        trail.checkpoint()
        whole = place.segment.read_bytes()
        place.segment.write_bytes(whole.replace(b'"stop":"s"', b'"stop":"t"', 1))
        with pytest.raises(TrailError, match="not those that were signed"):
            prune(trail, segments=1, authority="dpo", now=datetime(2030, 1, 1, tzinfo=UTC))
        assert trail.size == 65_536 + more
        place.segment.write_bytes(whole)
        assert prune(trail, segments=1, authority="dpo", now=datetime(2030, 1, 1, tzinfo=UTC)) == 65_536
    assert verify_trail(place.trail, KEYS).verdict is TrailVerdict.VALID


def test_a_prune_record_that_nobody_signed_explains_nothing(place, one_file):
    with place.open(sync=SyncMode.OS, checkpoint_records=60_000) as trail:
        trail.append_all([SHORT] * 65_600)
    tree = Frontier()
    for line in place.segment.read_bytes().splitlines():
        tree.append(leaf_hash(line))
    rest = place.trail / "seg" / "000001.jsonl"
    lines = rest.read_bytes().splitlines()
    built = entries.prune(first=0, end=65_536, roots=[tree.root().hex()], authority="mallory", genesis={})
    line = b'{"v":1,"seq":%d,"prev":"%b","ts":"2026-01-01T00:00:00.000000Z","type":"prune",%b}' % (
        65_536 + len(lines), leaf_hash(lines[-1]).hex().encode(), built.members.encode()
    )  # fmt: skip
    rest.write_bytes(rest.read_bytes() + line + b"\n")
    place.segment.unlink()
    assert verify_trail(place.trail, KEYS).verdict is TrailVerdict.INVALID
    assert standalone_verdict(one_file, place.trail) == "INVALID"


# -- commitments


@given(st.binary(max_size=100), st.binary(max_size=100), st.sampled_from(["input", "output"]))
def test_a_commitment_opens_with_its_own_payload_label_and_key_only(payload, other, label):
    key = b"k" * 32
    value = commitment(key, label, payload)
    assert opens(value, key, label, payload)
    assert opens(value, key, label, other) is (other == payload)
    assert not opens(value, b"l" * 32, label, payload)
    assert not opens(value, key, label + "x", payload)


def test_the_same_payload_has_another_commitment_each_time(tmp_path):
    vault = Vault(tmp_path / "vault")
    assert vault.put("input", b"yes") != vault.put("input", b"yes")


def test_a_destroyed_payload_cannot_be_opened_and_the_trail_does_not_change(place, tmp_path):
    vault = Vault(tmp_path / "vault")
    value = vault.put("input", b"alice@example.com")
    opening = vault.get(value)
    assert opening is not None
    assert parse_opening(opening.to_json()).verify()
    with place.open() as trail:
        trail.append(a_decision())
        before = place.segment.read_bytes()
        assert vault.destroy(value)
        assert place.segment.read_bytes() == before
        trail.append(entries.erasure(commitments=[value], authority="dpo", reason="request 7"))
    assert vault.get(value) is None
    assert not vault.destroy(value)
    assert not any(b"alice@" in p.read_bytes() for p in tmp_path.rglob("*") if p.is_file())
    assert verify_trail(place.trail, KEYS).verdict is TrailVerdict.VALID


def test_a_changed_payload_in_the_vault_is_our_own_error(tmp_path):
    vault = Vault(tmp_path / "vault")
    value = vault.put("input", b"one")
    path = next(p for p in (tmp_path / "vault").rglob("*.json"))
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(path.read_bytes().replace(b'"b25l"', b'"dHdv"'))
    with pytest.raises(TrailError, match="PK724"):
        vault.get(value)
    with pytest.raises(TrailError, match="PK724"):
        vault.get("../../etc/passwd")


# -- builders


def test_every_type_of_record_has_a_builder_that_a_strict_reader_reads(place):
    now = datetime(2026, 11, 21, tzinfo=UTC)
    from trails import POLICY

    built = [
        entries.definition_agreed(policy=POLICY, signers=["alice", "bob"], agreed_at=now),
        entries.policy_activated(policy=POLICY, previous=None, by="alice"),
        entries.decision(
            entries.DecisionRecord("d", "request", "deny", POLICY, {"GOV-1": "deny", 'G"2': "not evaluated"},
                             model=entries.ModelRef("p", "m", "1", {"temperature": 0.5}), input_tokens=3,
                             cost_usd=__import__("decimal").Decimal("0.00001"), effects=["redact"], approver="bob",
                             commitments={"input": commitment(b"k" * 32, "input", b"x")}, error="timeout", sdk="0.1")
        ),
        entries_approval.approval_requested(
            request="r", decision_id="d", clauses=["GOV-1"], roles=["boss"], digest="hmac-sha256:0", policy=POLICY,
            phase="request", function="f", asked_at=now, expires=now, principal="ann",
        ),
        entries.approval(decision_id="d", clause="GOV-1", approver="bob", granted=False, reason="no"),
        entries_approval.approval_used(request="r", decision_id="d", clause="GOV-1", digest="hmac-sha256:0"),
        entries_approval.approval_lapsed(request="r", decision_id="d", clause="GOV-1", reason="expired"),
        entries.verdict(policy=POLICY, verdict="no-go", clauses={"E-1": "open"}, evidence={"a": "sha256:0"}),
        entries.stop_tripped(stop="s", cause="errors", scope="all"),
        entries.stop_resumed(stop="s", by="bob", reason="fixed"),
        entries.waiver(clause="E-1", owner="bob", reason="later", expires=now, policy=POLICY),
        entries.erasure(commitments=["hmac-sha256:0"], authority="dpo", reason="r"),
    ]  # fmt: skip
    with place.open() as trail:
        trail.append_all(built)
    read = list(read_records(place.trail))[1:]
    assert [r.type for r in read] == [b.type for b in built]
    assert read[2].members["cost_usd"] == "0.00001"
    assert read[2].members["clauses"] == {"GOV-1": "deny", 'G"2': "not evaluated"}
    assert verify_trail(place.trail, KEYS, deep=True).verdict is TrailVerdict.VALID


def test_a_type_of_record_that_a_verifier_does_not_know_is_verified_and_read_as_any_other(place, one_file):
    class Newer(StrEnum):
        TYPE = "from_a_newer_version"

    with place.open() as trail:
        trail.append(Record(Newer.TYPE, '"said":"something"'))
    assert verify_trail(place.trail, KEYS, deep=True).verdict is TrailVerdict.VALID
    assert standalone_verdict(one_file, place.trail) == "VALID"
    assert [record.type for record in read_records(place.trail)] == ["genesis", "from_a_newer_version"]


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=3))
def test_any_text_in_a_decision_is_read_back_or_refused(tmp_path_factory, text, clauses):
    from trails import POLICY

    from policykit.trail.format.record import encode_record, parse_record

    record = entries.decision(entries.DecisionRecord(text, "request", "allow", POLICY, clauses, principal=text))
    try:
        line = encode_record(record, 1, "0" * 64, "2026-01-01T00:00:00.000000Z", 1, "0" * 8)
    except TrailError:
        assert any("\ud800" <= char <= "\udfff" for part in (text, *clauses, *clauses.values()) for char in part)
        return
    assert b"\n" not in line
    assert parse_record(line).members["decision_id"] == text
    assert parse_record(line).members["clauses"] == clauses
