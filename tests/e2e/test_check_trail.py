"""Laws of the check with a trail: verdicts are recorded, and the trail is evidence that was verified."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
from datetime import UTC, datetime

import pytest

from policykit.encoding.digest import Digest
from policykit.readiness.check import load_project
from policykit.trail import entries
from policykit.trail.format.keys import SignatureType, SigningKey, load_signing_key, load_verifier_key
from policykit.trail.format.note import NoteSignature
from policykit.trail.format.proof import published_checkpoint
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.write.append import Trail
from policykit.trail.write.cosigning import keep_cosignatures
from policykit.trail.write.options import TrailOptions
from tests.e2e.trail_project import PACK, PEOPLE, PROJECT, TRAIL_LINE, Place, make

POLICY_REF = entries.PolicyRef("claims-helper", "1.0.0", Digest("sha256:" + "1" * 64))
DECISION = entries.decision(entries.DecisionRecord("d-1", "request", "allow", POLICY_REF, {"R-1": "allow"}))
ACTIVATED = entries.policy_activated(policy=POLICY_REF, previous=None, by="guard")
APPROVED = entries.approval(decision_id="d-1", clause="R-1", approver="Cleo", granted=True, reason="fine")
STARTED = entries.build_started(policy=POLICY_REF, by="Ben Ito")


@pytest.fixture
def place(tmp_path) -> Place:
    return make(tmp_path / "claims")


@pytest.fixture
def agreed(place) -> Place:
    place.agree_all()
    place.build()
    return place


class Clock:
    """A clock whose hands are moved."""

    def __init__(self, moment: datetime) -> None:
        self.now = moment

    def now_ns(self) -> int:
        return int(self.now.timestamp()) * 10**9

    def monotonic_ns(self) -> int:
        return 1


def append(place: Place, *records, clock=None) -> None:
    """Append as a program that writes to the same trail does."""
    key = load_signing_key(place.root / "trail.pem", "example.com/claims")
    state = place.root.parent / f"{place.root.name}-state" / "policykit" / "trails"
    options = TrailOptions(state_directory=state)
    with Trail.open(place.root / "trail", signer=key.note_signer(), options=options, clock=clock) as trail:
        for record in records:
            trail.append(record)


def is_valid(place: Place) -> bool:
    key = load_verifier_key(str(place.root / "trail.pem.vkey"))
    return verify_trail(place.root / "trail", [key]).verdict is TrailVerdict.VALID


# -- "agreed before the build"


def test_the_packs_requirement_passes_when_the_definition_was_agreed_before_the_build(tmp_path):
    place = make(tmp_path / "claims", policy=PACK)
    place.agree_all()
    assert place.clause("production-gap/OWN-3")["outcome"] == "inconclusive"  # nothing was built yet
    place.build()
    assert place.clause("production-gap/OWN-3")["outcome"] == "pass"


def test_the_packs_requirement_fails_when_the_definition_was_agreed_after_the_build_began(tmp_path):
    place = make(tmp_path / "claims", policy=PACK)
    place.agree("Ada Lund")
    place.build()
    place.agree("Cleo Marsh")
    assert place.clause("production-gap/OWN-3")["outcome"] == "fail"


@pytest.mark.parametrize("record", [DECISION, ACTIVATED, APPROVED, STARTED])
def test_the_first_record_that_shows_building_is_when_building_began(tmp_path, record):
    early, late = make(tmp_path / "early"), make(tmp_path / "late")
    append(early, record)
    early.agree_all()
    early.build()
    assert early.clause()["outcome"] == "fail"
    late.agree_all()
    append(late, record)
    assert late.clause()["outcome"] == "pass"


def test_a_verdict_on_evidence_before_the_agreement_shows_that_building_had_begun(place):
    place.edit("claims.policy", "evidence agreement", 'evidence plan : statement "the plan"\nevidence agreement')
    place.agree("Ada Lund")
    place.run("check")
    assert place.records("verdict")[0]["evidence"] == {}  # the trail's own file shows no building
    place.run("attest", "statement", "it is planned", "--person", "Ada Lund", "--role", "evaluation_lead",
              "--key", "ada.pem", "-o", "plan.json")  # fmt: skip
    place.write("policykit.yaml", PROJECT + "  plan: {files: plan.json}\n")
    place.run("check")
    assert list(place.records("verdict")[1]["evidence"]) == ["plan"]
    place.agree("Cleo Marsh")
    place.build()
    assert place.clause()["outcome"] == "fail"


def test_what_stands_later_is_never_earlier_whatever_the_writers_clock_says(place):
    append(place, STARTED)
    (started,) = place.records("build_started")
    for person in PEOPLE:
        place.agree(person, "-o", f"{person}.json")
        record = entries.definition_agreed(
            policy=entries.PolicyRef("claims-helper", "1.0.0", Digest(load_project(place.root)[0].digest)),
            signers=[person], agreed_at=datetime.now(UTC), envelope=(place.root / f"{person}.json").read_text(),
        )  # fmt: skip
        append(place, record, clock=Clock(datetime(2026, 2, 1, tzinfo=UTC)))
    assert {record["ts"] < started["ts"] for record in place.records("definition_agreed")} == {True}
    assert place.clause()["outcome"] == "fail"
    shown = place.run("agree", "show")
    assert (shown.code, shown.out.count(started["ts"]) >= 3) == (0, True)
    assert is_valid(place)


def test_a_record_that_its_signed_statement_does_not_bear_out_is_no_agreement(place):
    """Whoever holds the trail's key can write any record, and still speaks for nobody."""
    digest = Digest(load_project(place.root)[0].digest)
    other = Digest("sha256:" + "2" * 64)
    place.agree("Ada Lund")
    place.agree("Cleo Marsh", "-o", "cleo.json")
    envelope = (place.root / "cleo.json").read_text()
    place.run("attest", "statement", "no", "--decision", "reject", "--person", "Cleo Marsh", "--role", "business_owner",
              "--key", "cleo.pem", "-o", "no.json")  # fmt: skip
    rejected = (place.root / "no.json").read_text()
    for number, (named, amends, statement) in enumerate(
        (
            (digest, None, ""),
            (digest, None, "{}"),
            (digest, None, envelope[:-20]),
            (digest, None, rejected),
            (digest, None, json.dumps({**json.loads(envelope), "signatures": [{"keyid": "", "sig": "AAAA"}]})),
            (other, None, envelope),
            (digest, other, envelope),
        ),
        start=1,
    ):
        reference = entries.PolicyRef("claims-helper", "1.0.0", named)
        append(place, entries.definition_agreed(policy=reference, signers=["Cleo Marsh (business_owner)"],
               agreed_at=datetime.now(UTC), amends=amends, envelope=statement))  # fmt: skip
        shown = place.run("agree", "show")
        assert (shown.code, shown.err.count("[PK732]")) == (1, number), number
    place.build()
    assert place.clause()["outcome"] == "inconclusive"


def test_a_beginning_of_building_that_the_project_file_states_is_only_claimed(place):
    place.agree_all()
    stated = "files: trail/checkpoint, options: {build_started_at: 2099-01-01T00:00:00Z}"
    place.edit("policykit.yaml", "files: trail/checkpoint", stated)
    assert (place.clause()["outcome"], place.codes()) == ("inconclusive", {"PK624"})
    place.edit("claims.policy", ", attested", "")
    place.agree_all()
    assert place.clause()["outcome"] == "pass"
    place.build()
    assert (place.clause()["outcome"], place.codes()) == ("error", {"PK733"})
    place.edit("policykit.yaml", "2099-01-01", "2026-01-01")
    assert place.clause()["outcome"] == "fail"
    for wrong in ("yesterday", "3"):
        place.write(
            "policykit.yaml", PROJECT.replace("checkpoint}", f"checkpoint, options: {{build_started_at: {wrong}}}}}")
        )
        assert place.clause()["outcome"] == "error"


# -- recording


def test_a_verdict_is_recorded_with_its_digest_before_it_is_shown(agreed):
    done = agreed.run("check", "--format", "json")
    shown = json.loads(done.out)
    assert (done.code, done.err) == (0, "recorded: record 4 of trail\n")
    (record,) = agreed.records("verdict")
    assert (record["digest"], record["verdict"], record["gate"]) == (shown["digest"], "met", "launch")
    assert record["at"] == shown["at"]
    assert record["clauses"] == {"OWN-3": "pass"}
    assert record["subject"] == "claims-helper 1.0.0"
    assert record["policy"]["digest"] == shown["policy"]["digest"]
    assert is_valid(agreed)


def test_without_the_key_there_is_no_verdict_unless_it_need_not_be_recorded(agreed):
    done = agreed.run("check", POLICYKIT_TRAIL_KEY="")
    assert (done.code, done.out, "PK660" in done.err, "--no-record" in done.err) == (2, "", True, True)
    assert agreed.run("check", "--no-record", POLICYKIT_TRAIL_KEY="").code == 0
    assert agreed.run("check", "--trail-key", "trail.pem", POLICYKIT_TRAIL_KEY="").code == 0
    assert len(agreed.records("verdict")) == 1


def test_the_key_of_another_origin_records_nothing(agreed):
    agreed.run("keys", "generate", "example.com/other", "-o", "other.pem")
    for key, code in (("other.pem", "PK661"), ("ada.pem", "PK661"), ("none.pem", "PK800"), ("keys.yaml", "PK800")):
        done = agreed.run("check", "--trail-key", key)
        assert (done.code, done.out, code in done.err) == (2, "", True), done.err
    assert not agreed.records("verdict")


def test_an_encrypted_trail_key_needs_its_own_passphrase(place):
    for name in ("trail.pem", "trail.pem.vkey"):
        (place.root / name).unlink()
    place.run("keys", "generate", "example.com/claims", "-o", "trail.pem", POLICYKIT_KEY_PASSPHRASE="one")
    done = place.agree()
    assert (done.code, "PK800" in done.err) == (2, True)
    assert place.agree(POLICYKIT_TRAIL_KEY_PASSPHRASE="one").code == 0


def test_a_check_never_begins_a_trail(place):
    done = place.run("check")
    assert (done.code, done.out) == (2, "")
    assert ("[PK664]" in done.err, "[PK662]" in done.err) == (True, True)
    assert not (place.root / "trail").exists()
    assert place.run("check", "--no-record").code == 1


def test_a_trail_that_was_rolled_back_is_refused_when_recording(agreed):
    shutil.copytree(agreed.root / "trail", agreed.root / "old")
    assert agreed.run("check").code == 0
    shutil.rmtree(agreed.root / "trail")
    (agreed.root / "old").rename(agreed.root / "trail")
    done = agreed.run("check")
    assert (done.code, done.out, "PK664" in done.err, "PK711" in done.err) == (2, "", True, True)
    assert not agreed.records("verdict")


def test_two_processes_that_check_at_once_both_record_and_the_trail_stays_valid(agreed):
    running = [agreed.start("check", "--format", "json") for _ in range(2)]
    done = [process.communicate(timeout=600) for process in running]
    assert [process.returncode for process in running] == [0, 0], done
    assert {record["digest"] for record in agreed.records("verdict")} == {json.loads(out)["digest"] for out, _ in done}
    assert is_valid(agreed)


def unrecorded(place: Place, process: subprocess.Popen[str]) -> str:
    """Require that a check gave no verdict and recorded none; return what it said."""
    out, err = process.communicate(timeout=600)
    assert (process.returncode, out, "PK664" in err, "Traceback" in err) == (2, "", True, False), err
    assert not place.records("verdict")
    return err


def test_a_full_disk_gives_no_verdict(agreed):
    err = unrecorded(
        agreed, agreed.start("check", preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1, 1)))
    )
    assert "PK712" in err or "PK710" in err
    assert is_valid(agreed)
    assert agreed.run("check").code == 0


def test_a_folder_that_may_only_be_read_gives_no_verdict(agreed):
    """Root may write anywhere, unless it gives that right up first."""
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        pytest.skip("root needs `setpriv` (util-linux) to be kept from writing")
    prefix = ("setpriv", "--bounding-set", "-dac_override") if os.geteuid() == 0 else ()
    everything = [agreed.root / "trail", *(agreed.root / "trail").rglob("*")]
    for path in everything:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        unrecorded(agreed, agreed.start("check", prefix=prefix))
        seen = agreed.start("check", "--no-record", prefix=prefix)
        assert seen.communicate(timeout=600)[0].count("MET") == 1
        assert seen.returncode == 0
    finally:
        for path in everything:
            path.chmod(0o700)
    assert is_valid(agreed)


# -- a trail that is not what it should be


def broken(place: Place) -> str:
    """Return the outcome of the requirement, after requiring that it is an error of the trail."""
    clause = place.clause()
    assert {reason["code"] for reason in clause["reasons"]} == {"PK731"}, clause["reasons"]
    return clause["outcome"]


def test_a_flipped_byte_a_missing_record_and_a_cut_are_errors_and_never_a_pass(agreed):
    path = agreed.root / "trail" / "seg" / "000000.jsonl"
    good = path.read_bytes()
    lines = good.splitlines(keepends=True)
    for bad in (
        good.replace(b"Ada Lund", b"Eda Lund", 1),
        b"".join([*lines[:2], *lines[3:]]),
        b"".join(lines[:-1]),
        good[:-1],
        good[: len(good) // 2],
        b"",
        b"\xff" * 300,
    ):
        path.write_bytes(bad)
        assert broken(agreed) == "error"
        assert agreed.run("agree", "show").code == 2
    path.write_bytes(good)
    assert agreed.clause()["outcome"] == "pass"


def test_a_checkpoint_that_is_not_there_or_no_checkpoint_is_never_a_pass(agreed):
    path = agreed.root / "trail" / "checkpoint"
    for bad in (b"hello\n", path.read_bytes().replace(b"claims", b"claimz", 1), b"\n"):
        path.write_bytes(bad)
        assert agreed.clause()["outcome"] == "error", bad


def test_a_checkpoint_that_a_power_cut_took_is_found_in_the_log_and_without_the_log_nothing_is_supplied(agreed):
    path = agreed.root / "trail" / "checkpoint"
    whole = path.read_bytes()
    for left in (b"", whole[:-10]):
        path.write_bytes(left)
        assert agreed.clause()["outcome"] == "pass", left
    path.unlink()
    assert agreed.clause()["outcome"] == "pass"
    log = agreed.root / "trail" / "checkpoints.log"
    whole = log.read_bytes()
    log.write_bytes(whole.replace(b'"note":"', b'"note":"x', 1))
    assert agreed.clause()["outcome"] == "error"
    log.unlink()
    assert agreed.clause()["outcome"] == "not supplied"


def test_an_older_checkpoint_beside_a_good_log_is_the_newest_one(agreed):
    path = agreed.root / "trail" / "checkpoint"
    older = path.read_bytes()
    agreed.run("check")
    path.write_bytes(older)
    assert agreed.clause()["outcome"] == "pass"


def test_the_trail_of_another_project_is_an_error(agreed, tmp_path):
    other = make(tmp_path / "other", origin="example.com/other")
    other.agree_all()
    other.build()
    shutil.rmtree(agreed.root / "trail")
    shutil.copytree(other.root / "trail", agreed.root / "trail")
    assert broken(agreed) == "error"
    assert agreed.run("check").code == 2
    same_name = make(tmp_path / "same-name")
    shutil.rmtree(agreed.root / "trail")
    same_name.agree_all()
    shutil.copytree(same_name.root / "trail", agreed.root / "trail")
    assert broken(agreed) == "error"


def test_a_trail_of_another_system_under_the_same_key_shows_no_agreement(agreed):
    agreed.edit("policykit.yaml", "name: claims-helper", "name: other-helper")
    assert agreed.clause()["outcome"] == "inconclusive"


def test_a_trail_outside_of_the_binding_is_refused(agreed):
    shutil.copytree(agreed.root / "trail", agreed.root / "copy")
    agreed.edit("policykit.yaml", "files: trail/checkpoint", "files: copy/checkpoint")
    assert (agreed.clause()["outcome"], agreed.codes()) == ("error", {"PK730"})
    agreed.write("policykit.yaml", PROJECT.replace(f"{TRAIL_LINE}\n", ""))
    assert (agreed.clause()["outcome"], agreed.codes()) == ("error", {"PK730"})


def test_a_kept_head_shows_that_the_trail_was_rolled_back(agreed):
    shutil.copytree(agreed.root / "trail", agreed.root / "old")
    agreed.run("check")
    shutil.copy(agreed.root / "trail" / "checkpoint", agreed.root / "kept")
    agreed.edit("policykit.yaml", "vkey}", "vkey, head: kept}")
    assert agreed.clause()["outcome"] == "pass"
    shutil.rmtree(agreed.root / "trail")
    (agreed.root / "old").rename(agreed.root / "trail")
    assert broken(agreed) == "error"


def test_witnesses_count_once_they_have_cosigned(agreed):
    witness = SigningKey.from_seed("w.example/one", bytes(range(32)), SignatureType.COSIGNATURE)
    agreed.write("witnesses", f"witness one {witness.verifier.to_text()}\nquorum one\n")
    agreed.edit("policykit.yaml", "vkey}", "vkey, witnesses: witnesses}")
    agreed.edit(
        "claims.policy", "agreement.build_started_at", "agreement.build_started_at and agreement.witnesses >= 1"
    )
    assert broken(agreed) == "error"
    signed = published_checkpoint(agreed.root / "trail")
    signer = witness.note_signer(lambda: 1_790_000_000)
    signature = NoteSignature(signer.name, signer.key_id, signer.sign_note(signed.note.text.encode()))
    keep_cosignatures(agreed.root / "trail", signed.checkpoint.size, (signature,))
    clause = agreed.clause()
    assert {read["name"]: read["value"] for read in clause["reads"]}["agreement.witnesses"] == "1"


# -- the project file


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("trail: trail", "PK603", "members"),
        ("trail: {folder: trail}", "PK602", "key"),
        ("trail: {key: trail.pem.vkey}", "PK602", "folder"),
        ("trail: {folder: trail, key: trail.pem.vkey, keys: x}", "PK601", "did you mean `key`?"),
        ("trail: {folder: [trail], key: trail.pem.vkey}", "PK603", "text"),
        ("trail: {folder: ../trail, key: trail.pem.vkey}", "PK502", "leads out"),
        ("trail: {folder: trail, key: none.vkey}", "PK500", "none.vkey"),
        ("trail: {folder: trail, key: ../x.vkey}", "PK502", "leads out"),
        ("trail: {folder: trail, key: keys.yaml}", "PK651", "not a verifier key"),
        ("trail: {folder: trail, key: trail.pem}", "PK651", "not a verifier key"),
        ("trail: {folder: trail, key: a+b+c}", "PK651", "not a verifier key"),
        ("trail: {folder: trail, key: trail.pem.vkey, witnesses: keys.yaml}", "PK651", "witness"),
        ("trail: {folder: trail, key: trail.pem.vkey, head: none}", "PK500", "none"),
        ("trial: {folder: trail, key: trail.pem.vkey}", "PK601", "did you mean `trail`?"),
    ],
)
def test_a_trail_that_is_not_understood_is_an_error_of_the_project_file(place, line, code, words):
    place.write("policykit.yaml", PROJECT.replace(TRAIL_LINE, line))
    done = place.run("check", "--no-record")
    assert (done.code, done.out) == (2, "")
    assert code in done.err
    assert words in done.err


def test_a_witness_key_is_no_key_of_a_trail_and_a_key_can_stand_in_the_project_file_itself(agreed):
    text = (agreed.root / "trail.pem.vkey").read_text().strip()
    agreed.edit("policykit.yaml", "trail.pem.vkey", f"'{text}'")
    assert agreed.run("check").code == 0
    key = agreed.run("keys", "generate", "w", "-o", "w.pem", "--use", "witness").out.strip()
    agreed.edit("policykit.yaml", text, key)
    done = agreed.run("check", "--no-record")
    assert (done.code, "PK651" in done.err) == (2, True)


def test_a_head_that_is_no_checkpoint_is_an_error_of_the_evidence(agreed):
    agreed.edit("policykit.yaml", "vkey}", "vkey, head: keys.yaml}")
    assert broken(agreed) == "error"
