"""Laws of detection: whatever is changed in a closed trail is found, by both verifiers."""

import shutil

import pytest
from trails import KEY, OTHER_KEY, SHORT, Place, a_decision, standalone_verdict

from policykit.trail.format.checkpoint import Checkpoint
from policykit.trail.format.checkpoint_log import checkpoint_line
from policykit.trail.format.merkle import Frontier, leaf_hash
from policykit.trail.format.note import sign_note
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import Claim, TrailVerdict
from policykit.trail.write.options import SyncMode


def verdict(place, **options):
    return verify_trail(place.trail, [KEY.verifier], **options).verdict


def rechain(lines: list[bytes]) -> list[bytes]:
    """Do what an attacker without the key can do: number and chain the lines anew."""
    prev, chained = b"0" * 64, []
    for seq, line in enumerate(lines):
        rest = line.rstrip(b"\n")[line.index(b'"ts":') :]
        record = b'{"v":1,"seq":%d,"prev":"%b",%b' % (seq, prev, rest)
        prev = leaf_hash(record).hex().encode()
        chained.append(record + b"\n")
    return chained


def test_an_untouched_trail_is_valid(small, one_file):
    found = verify_trail(small.trail, [KEY.verifier])
    assert found.verdict is TrailVerdict.VALID
    assert (found.size, found.signed_size, found.unsigned_tail) == (13, 13, 0)
    assert standalone_verdict(one_file, small.trail) == "VALID"


def test_every_single_byte_flip_in_every_file_is_detected(tmp_path, one_file):
    place = Place(tmp_path / "p").filled(3)
    for path in sorted(p for p in place.trail.rglob("*") if p.is_file() and p.stat().st_size):
        original = path.read_bytes()
        is_tile = "tile" in path.parts
        for at in range(len(original)):
            for flip in (0x01, 0x20):
                path.write_bytes(original[:at] + bytes([original[at] ^ flip]) + original[at + 1 :])
                code = verify_trail(place.trail, [KEY.verifier]).exit_code
                assert code == 5 if is_tile else code in {1, 2}, (path, at, flip)
                if flip == 0x01 and not is_tile:
                    assert standalone_verdict(one_file, place.trail) != "VALID", (path, at, flip)
        path.write_bytes(original)
    assert verdict(place) is TrailVerdict.VALID


@pytest.mark.parametrize("rechained", [False, True], ids=["as it is", "chained anew"])
def test_every_record_removed_swapped_or_doubled_is_detected(small, tmp_path, one_file, rechained):
    place = small.copy(tmp_path / "p")
    if rechained:
        shutil.rmtree(place.trail / "tile")  # the attacker removes what would contradict
    lines = place.lines()
    count = len(lines)
    changed = [lines[:at] + lines[at + 1 :] for at in range(count)]
    changed += [[*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]] for at in range(count - 1)]
    changed += [[*lines[: at + 1], lines[at], *lines[at + 1 :]] for at in range(count)]
    for variant in changed:
        place.write_lines(rechain(variant) if rechained else variant)
        if rechained and variant[:count] == lines:  # the signed records, and one more that nobody signed
            assert verify_trail(place.trail, [KEY.verifier]).unsigned_tail == 1
            continue
        assert verdict(place) is TrailVerdict.INVALID
        assert standalone_verdict(one_file, place.trail) == "INVALID"


def test_the_first_bad_record_is_named(small, tmp_path):
    place = small.copy(tmp_path / "p")
    lines = place.lines()
    lines[5] = lines[5].replace(b'"allow"', b'"block"')
    place.write_lines(lines)
    finding = verify_trail(place.trail, [KEY.verifier]).findings[0]
    assert finding.claim is Claim.INTEGRITY
    assert finding.first_bad == 6  # record 6 names the hash that record 5 had
    assert finding.diagnostic.code == "PK702"


def test_a_tail_cut_at_any_byte_is_detected(tmp_path, one_file):
    place = Place(tmp_path / "p").filled(2)
    data = place.segment.read_bytes()
    for length in range(len(data)):
        place.segment.write_bytes(data[:length])
        assert verdict(place) is TrailVerdict.INVALID, length
        if length % 7 == 0:
            assert standalone_verdict(one_file, place.trail) == "INVALID", length


def test_rollback_of_the_whole_directory_is_seen_with_a_remembered_head_only(tmp_path, one_file):
    place = Place(tmp_path / "p").filled(5)
    shutil.copytree(place.trail, tmp_path / "old")
    place.filled(5)
    head = (place.trail / "checkpoint").read_bytes()
    shutil.rmtree(place.trail)
    shutil.copytree(tmp_path / "old", place.trail)
    without = verify_trail(place.trail, [KEY.verifier])
    assert without.verdict is TrailVerdict.VALID
    assert "rollback cannot be seen" in next(f.detail for f in without.findings if f.claim is Claim.COMPLETENESS)
    assert verdict(place, head=head) is TrailVerdict.INVALID
    assert standalone_verdict(one_file, place.trail, head) == "INVALID"


def test_a_remembered_head_that_is_continued_is_valid(tmp_path, one_file):
    place = Place(tmp_path / "p").filled(5)
    head = (place.trail / "checkpoint").read_bytes()
    place.filled(7)
    assert verdict(place, head=head) is TrailVerdict.VALID
    assert standalone_verdict(one_file, place.trail, head) == "VALID"


def test_another_history_under_the_same_key_is_seen_with_a_remembered_head(tmp_path):
    one = Place(tmp_path / "one").filled(4)
    with Place(tmp_path / "two").open() as trail:
        for number in range(6):
            trail.append(a_decision(number, principal="user:mallory"))
    head = (one.trail / "checkpoint").read_bytes()
    found = verify_trail(tmp_path / "two" / "trail", [KEY.verifier], head=head)
    assert found.verdict is TrailVerdict.INVALID
    assert found.findings[-1].diagnostic.code == "PK718"


def test_a_trail_signed_again_with_another_key_is_unverifiable(tmp_path, one_file):
    place = Place(tmp_path / "p")
    with place.open(key=OTHER_KEY) as trail:
        trail.append(a_decision())
    assert verdict(place) is TrailVerdict.UNVERIFIABLE
    assert standalone_verdict(one_file, place.trail) == "UNVERIFIABLE"


def test_a_key_of_the_right_name_and_a_bad_signature_rejects_even_beside_a_good_one(small, tmp_path):
    place = small.copy(tmp_path / "p")
    checkpoint = place.trail / "checkpoint"
    data = checkpoint.read_bytes()
    bad = sign_note("example.com/invoices\n1\nAAAA\n", [KEY.note_signer()]).signatures[0].to_line().encode()
    checkpoint.write_bytes(data.replace("\n\n\N{EM DASH}".encode(), b"\n\n" + bad + "\N{EM DASH}".encode()))
    assert verdict(place) is TrailVerdict.INVALID


@pytest.mark.parametrize(
    ("names", "answer"),
    [
        (["seg"], (1, "INVALID")),
        (["seg", "tile"], (1, "INVALID")),
        (["checkpoints.log"], (1, "INVALID")),  # the published head is in no log
        (["checkpoint", "checkpoints.log"], (2, "UNVERIFIABLE")),  # nothing is left that was signed
        (["checkpoint"], (0, "VALID")),  # a copy, which a power cut may take; the log has it
    ],
)
def test_a_trail_without_its_records_or_its_heads_is_not_valid(small, tmp_path, one_file, names, answer):
    place = small.copy(tmp_path / "p")
    for name in names:
        path = place.trail / name
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    given = (verify_trail(place.trail, [KEY.verifier]).exit_code, standalone_verdict(one_file, place.trail))
    assert given == answer


def test_an_empty_trail_is_not_valid(small, tmp_path, one_file):
    place = small.copy(tmp_path / "p")
    place.segment.write_bytes(b"")
    assert verdict(place) is TrailVerdict.INVALID
    assert standalone_verdict(one_file, place.trail) == "INVALID"


def test_the_beginning_cut_off_is_detected(small, tmp_path):
    place = small.copy(tmp_path / "p")
    for count in range(1, 13):
        place.write_lines(small.lines()[count:])
        assert verdict(place) is TrailVerdict.INVALID


def test_one_writers_records_missing_are_detected(tmp_path, one_file):
    place = Place(tmp_path / "p")
    with place.open() as trail:
        for number in range(12):
            trail.append(a_decision(number, principal=f"writer:{number % 3}"))
    place.write_lines(rechain([line for line in place.lines() if b"writer:1" not in line]))
    assert verdict(place) is TrailVerdict.INVALID
    assert standalone_verdict(one_file, place.trail) == "INVALID"


def test_records_after_the_signed_ones_are_counted_as_unsigned(tmp_path):
    place = Place(tmp_path / "p").filled(4)
    extra = rechain([*place.lines(), place.lines()[2]])
    place.write_lines(extra)
    found = verify_trail(place.trail, [KEY.verifier])
    assert (found.size, found.signed_size, found.unsigned_tail) == (6, 5, 1)


def test_a_forged_checkpoint_of_the_changed_records_has_no_known_signature(small, tmp_path):
    place = small.copy(tmp_path / "p")
    lines = rechain([line.replace(b'"allow"', b'"block"') for line in place.lines()])
    place.write_lines(lines)
    tree = Frontier()
    for line in lines:
        tree.append(leaf_hash(line[:-1]))
    forged = sign_note(Checkpoint("example.com/invoices", tree.size, tree.root()).to_text(), [OTHER_KEY.note_signer()])
    (place.trail / "checkpoint").write_bytes(forged.to_bytes())
    (place.trail / "checkpoints.log").unlink()
    shutil.rmtree(place.trail / "tile")
    assert verdict(place) is TrailVerdict.INVALID  # a published head that is in no log
    (place.trail / "checkpoints.log").write_bytes(checkpoint_line(forged.to_bytes()))
    assert verdict(place) is TrailVerdict.UNVERIFIABLE


def test_several_segments_verify_alike_in_one_and_in_two_processes(tmp_path):
    place = Place(tmp_path / "p")
    with place.open(sync=SyncMode.OS, checkpoint_records=50_000) as trail:
        trail.append_all([SHORT] * 65_530)
        trail.append_all([SHORT] * 10_000 + [a_decision(9)] + [SHORT] * 55_539)
        trail.append_all([a_decision(n) for n in range(50)])
    alone = verify_trail(place.trail, [KEY.verifier])
    together = verify_trail(place.trail, [KEY.verifier], workers=2)
    assert alone == together
    assert (alone.verdict, alone.size) == (TrailVerdict.VALID, 131_121)
    path = place.trail / "seg" / "000001.jsonl"
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"d9"', b'"d8"', 1))
    assert verify_trail(place.trail, [KEY.verifier], workers=2).findings[0].first_bad is not None
    path.unlink()
    assert verify_trail(place.trail, [KEY.verifier]).findings[0].diagnostic.code == "PK715"
