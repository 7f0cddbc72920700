"""Laws of the trail's helps: what they say to do is done to the letter, and the trail is opened, proved or valid."""

from __future__ import annotations

import errno
import os
import re
import shlex
import shutil
import subprocess
from typing import NamedTuple

import pytest
from test_after_a_crash import die_while_rotating, rotate
from test_appending import FailingDisk, Interrupting
from test_authorship import forge
from trails import KEY, ORIGIN, OTHER_KEY, Place, a_decision, die
from typer.testing import CliRunner

from policykit.cli.main import application
from policykit.errors import PolicykitError
from policykit.trail.format.chained import ChainedRecords
from policykit.trail.format.keys import (
    SigningKey,
    load_signing_key,
    load_verifier_key,
    parse_verifier_key,
    save_signing_key,
)
from policykit.trail.format.note import parse_note
from policykit.trail.format.proof import prove_inclusion
from policykit.trail.format.record import Record, RecordType
from policykit.trail.query import read_records
from policykit.trail.vault import Vault
from policykit.trail.verify import verify_trail
from policykit.trail.verify.verdict import TrailVerdict
from policykit.trail.witness.policy import parse_witness_policy
from policykit.trail.write.append import Trail
from policykit.trail.write.options import SyncMode, TrailOptions
from policykit.trail.write.rotation import hand_over
from tests.helps import told

ELSEWHERE = "if another trail of this name is written on this host, give each its own name or state directory"


class Ran(NamedTuple):
    exit_code: int
    stdout: str
    help: str


def run(*arguments, group="trail"):
    """Run a command of the whole program."""
    done = CliRunner().invoke(application(), [group, *map(str, arguments)], env={"COLUMNS": "200"})
    help_ = " ".join(done.stderr.split("= help: ")[1].split("\n\n")[0].split()) if "= help: " in done.stderr else ""
    return Ran(done.exit_code, done.stdout, help_)


def help_of(make):
    with pytest.raises(PolicykitError) as raised:
        make()
    return raised.value.diagnostics[0].help


def opened(place, key=KEY):
    with place.open(key=key) as trail:
        trail.append(a_decision(99))


def is_valid(place):
    return verify_trail(place.trail, [KEY.verifier]).verdict is TrailVerdict.VALID


@pytest.fixture(scope="module")
def often(tmp_path_factory):
    """A trail that was closed three times, so that its log holds several heads."""
    place = Place(tmp_path_factory.mktemp("often") / "here")
    for _ in range(3):
        place.filled(5)
    return place


# --- restored from a copy ---------------------------------------------------------------------------------------------


def without(name, which):
    def damage(place):
        lines = (place.trail / name).read_bytes().splitlines(keepends=True)
        del lines[which]
        (place.trail / name).write_bytes(b"".join(lines))

    return damage


def flipped(name, at):
    def damage(place):
        data = bytearray((place.trail / name).read_bytes())
        data[int(len(data) * at)] ^= 1
        (place.trail / name).write_bytes(bytes(data))

    return damage


OPENING = [
    (flipped("seg/000000.jsonl", 0.5),
     "trail/write/recovery.py: damage that no crash explains is not repaired; restore the trail from a copy"),
    (lambda place: (place.trail / "seg" / "000000.jsonl").unlink(),
     "trail/write/opening.py: the trail was removed: restore it, or begin one under another name; {}"),
    (without("seg/000000.jsonl", -1),
     "trail/write/recovery.py: the trail was rolled back or cut: restore it, or begin one under another name; {}"),
    (lambda place: (place.trail / "checkpoints.log").unlink(), "trail/write/opening.py: restore the log from a copy"),
    (flipped("checkpoints.log", 0.5), "trail/write/signing/signed_log.py: restore the trail from a copy"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "form"), OPENING, ids=range(len(OPENING)))
def test_a_trail_that_was_restored_from_a_copy_is_opened(often, tmp_path, damage, form):
    place = often.copy(tmp_path / "here")
    damage(place)
    said = told(help_of(lambda: opened(place)), form)
    assert said in ((), (ELSEWHERE,))
    shutil.rmtree(place.trail)
    shutil.copytree(often.trail, place.trail)
    opened(place)
    assert is_valid(place)


def test_a_trail_of_another_name_is_begun_as_the_help_says(often, tmp_path):
    place = often.copy(tmp_path / "here")
    shutil.rmtree(place.trail)
    told(help_of(lambda: opened(place)), OPENING[1][1])
    opened(place, SigningKey.from_seed("example.com/another", bytes(range(32))))


def finding_of(place):
    found = verify_trail(place.trail, [KEY.verifier])
    return next(each.diagnostic for each in found.findings if each.diagnostic is not None)


VERIFYING = [
    (lambda place: (place.trail / "checkpoints.log").unlink(),
     "trail/verify/published.py: one of the two files was changed or removed; restore both from one copy"),
    (lambda place: (place.trail / "seg" / "notes.txt").write_text("x"), "trail/verify/records.py: move it out of `seg/`"),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "form"), VERIFYING, ids=range(len(VERIFYING)))
def test_a_trail_is_valid_once_its_files_are_what_the_help_says(often, tmp_path, damage, form):
    place = often.copy(tmp_path / "here")
    damage(place)
    told(finding_of(place).help, form)
    if "move it" in form:
        (place.trail / "seg" / "notes.txt").rename(place.trail / "notes.txt")
    for name in ("checkpoints.log", "checkpoint"):
        shutil.copy(often.trail / name, place.trail / name)
    assert is_valid(place)


def test_heads_that_are_missing_are_asked_for(often, tmp_path):
    place = often.copy(tmp_path / "here")
    for name in ("checkpoints.log", "checkpoint"):
        (place.trail / name).unlink()
    form = "trail/verify/signatures.py: ask whoever keeps the trail for `checkpoints.log` and `checkpoint`"
    told(finding_of(place).help, form)
    for name in ("checkpoints.log", "checkpoint"):
        shutil.copy(often.trail / name, place.trail / name)
    assert is_valid(place)


def test_a_trail_is_verified_with_its_own_key(often):
    found = verify_trail(often.trail, [SigningKey.from_seed("example.com/else", b"x" * 32).verifier])
    helps = [each.diagnostic.help for each in found.findings if each.diagnostic is not None]
    form = "trail/verify/signatures.py: ask for the trail's own verifier key; never take it from the trail's folder"
    told(helps[0], form)
    assert is_valid(often)


def test_the_folder_of_the_trail_is_the_one_that_the_help_names(often):
    (folder,) = told(
        help_of(lambda: verify_trail(often.base, [KEY.verifier])), "trail/verify/__init__.py: did you mean `{}`?"
    )
    assert verify_trail(folder, [KEY.verifier]).verdict is TrailVerdict.VALID


# --- proofs -----------------------------------------------------------------------------------------------------------


def test_a_proof_is_made_of_the_folder_that_holds_the_records(often, tmp_path):
    place = often.copy(tmp_path / "here")
    shown = run("prove", place.base, "3", "-o", tmp_path / "p")
    told(shown.help, "trail/format/proof.py: give the trail's own folder, the one that holds `seg`")
    assert (place.trail / "seg").is_dir()
    assert run("prove", place.trail, "3", "-o", tmp_path / "p").exit_code == 0


def test_a_record_is_given_as_it_is_stored(often, tmp_path):
    proof = tmp_path / "p"
    assert run("prove", often.trail, "3", "-o", proof).exit_code == 0
    record = tmp_path / "p.record"
    stored = record.read_bytes()
    record.write_bytes(stored + b"\n")
    shown = run("check-proof", proof, "--vkey", KEY.verifier.to_text())
    told(shown.help, "trail/format/proof.py: give the record's bytes exactly as stored, without the line feed")
    record.write_bytes(stored)
    assert run("check-proof", proof, "--vkey", KEY.verifier.to_text()).exit_code == 0


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_key_is_hidden_by_the_command_that_the_help_shows(tmp_path):
    path = tmp_path / "a key's.pem"
    save_signing_key(KEY, path)
    path.chmod(0o644)
    help_ = help_of(lambda: load_signing_key(path, KEY.name))
    assert told(help_, "trail/format/key_files.py: chmod 600 {}") == (shlex.quote(str(path)),)
    subprocess.run(help_, shell=True, check=True)
    assert load_signing_key(path, KEY.name).verifier == KEY.verifier


def test_the_verifier_key_is_in_the_file_that_the_help_names(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("generate", "example.com/k", "-o", "FILE", group="keys").exit_code == 0
    help_ = help_of(lambda: load_verifier_key("FILE"))
    form = "trail/format/key_files.py: the verifier key is the public half; `policykit keys generate` writes it to FILE.vkey"
    told(help_, form)
    assert load_verifier_key(re.search(r"writes it to (\S+)", help_)[1]).name == "example.com/k"


def test_a_verifier_key_is_copied_again_whole():
    name, key_id, data = KEY.verifier.to_text().split("+", 2)
    wrong = f"{name}+{int(key_id, 16) ^ 1:08x}+{data}"
    told(
        help_of(lambda: parse_verifier_key(wrong)), "trail/format/keys.py: copy it again, whole: it was cut or changed"
    )
    assert parse_verifier_key(KEY.verifier.to_text()) == KEY.verifier


@pytest.mark.parametrize(
    ("encrypted", "given", "form"),
    [
        (b"right", None, "trail/format/keys.py: set {}"),
        (None, b"right", "trail/format/keys.py: the key is not encrypted: unset {}"),
        (b"right", b"wrong", "trail/format/keys.py: put its passphrase into {}"),
    ],
)
def test_a_passphrase_is_given_where_the_help_says(tmp_path, encrypted, given, form):
    path = tmp_path / "k.pem"
    save_signing_key(KEY, path, encrypted)

    def load(passphrase):
        return load_signing_key(path, KEY.name, passphrase=passphrase, passphrase_from="PHRASE")

    assert told(help_of(lambda: load(given)), form) == ("PHRASE",)
    assert load(encrypted).verifier == KEY.verifier


def test_a_witness_policy_names_what_the_help_says(tmp_path):
    witness = run("generate", "w", "-o", tmp_path / "w.pem", "--use", "witness", group="keys").stdout.strip()
    wrong = f"witness first {witness}\nquorum frist\n".encode()
    (name,) = told(help_of(lambda: parse_witness_policy(wrong, "p")), "trail/witness/policy.py: did you mean `{}`?")
    assert parse_witness_policy(wrong.replace(b"frist", name.encode()), "p").quorum == name


def test_a_note_is_given_with_its_own_line_ends(often):
    data = (often.trail / "checkpoint").read_bytes()
    help_ = help_of(lambda: parse_note(data.replace(b"\n", b"\r\n")))
    told(help_, "trail/format/note.py: line ends are LF, without CR")
    assert parse_note(data)


# --- writers ----------------------------------------------------------------------------------------------------------


def test_a_key_file_is_read_by_the_function_that_the_help_names(place, tmp_path):
    save_signing_key(KEY, tmp_path / "k.pem")
    options = TrailOptions(state_directory=place.state)
    help_ = help_of(lambda: Trail.open(place.trail, signer=tmp_path / "k.pem", options=options))
    told(help_, "trail/format/signers.py: `load_signing_key` reads a key file")
    (name,) = re.findall("`([^`]+)`", help_)
    signer = {"load_signing_key": load_signing_key}[name](tmp_path / "k.pem", ORIGIN).note_signer()
    with Trail.open(place.trail, signer=signer, options=options) as trail:
        assert trail.append(a_decision()).recorded


NOTHING = "nothing was recorded; "
TOO_MANY = "trail/storage/local.py: this process has too many files open; close some, or raise its limit (`ulimit -n`)"


@pytest.mark.parametrize(
    ("code", "form"),
    [
        (errno.ENOSPC, "trail/storage/local.py: free space on this file system, then try again"),
        (errno.EDQUOT, "trail/storage/local.py: this user's quota is used up; free space, then try again"),
        (errno.EROFS, "trail/storage/local.py: the file system is read-only; mount it for writing"),
        (errno.EACCES, "trail/storage/local.py: this user may not write here; give it write permission"),
        (errno.EMFILE, TOO_MANY),
    ],
)  # fmt: skip
def test_a_record_is_written_once_the_disk_is_what_the_help_asks_for(place, code, form):
    disk = FailingDisk()
    with place.open(disk=disk) as trail:
        disk.write_errors = [code]
        told(help_of(lambda: trail.append(a_decision(1))).removeprefix(NOTHING), form)
        assert trail.append(a_decision(1)).seq == 1
    assert is_valid(place)


def test_after_a_failed_sync_the_trail_is_opened_again_and_the_record_looked_for(place):
    disk = FailingDisk()
    trail = place.open(disk=disk)
    disk.sync_errors = [errno.EIO]
    form = (
        "trail/storage/local.py: close the trail and open it again: opening reads what is there; look for the record "
        "before you append it again"
    )
    told(help_of(lambda: trail.append(a_decision(1))), form)
    told(help_of(lambda: trail.append(a_decision(2))).removeprefix(NOTHING), "trail/write/writer.py: open it again")
    trail.close()
    with place.open() as again:
        kept = [record.members.get("decision_id") for record in read_records(place.trail)]
        assert kept.count("d1") == 1
        assert again.append(a_decision(2)).recorded
    assert is_valid(place)


def test_records_of_somebody_else_are_looked_at_and_adopted_by_opening(place):
    trail = place.open()
    trail.append(a_decision(1))
    trail.checkpoint()
    first = forge(place)
    form = (
        "trail/write/writer.py: nothing is signed; look at these records, then open the trail again: opening adopts them with "
        "a record that says so"
    )
    told(help_of(lambda: trail.append(a_decision(2))), form)
    die(trail)
    assert [record.seq for record in read_records(place.trail)][-1] >= first
    opened(place)
    assert is_valid(place)
    assert [record.type for record in read_records(place.trail)].count(RecordType.RECOVERY) == 1


def test_large_payloads_are_kept_in_the_vault(place, tmp_path):
    long = Record(RecordType.STOP_TRIPPED, f'"stop":"{"x" * (2 << 20)}"')
    with place.open() as trail:
        help_ = help_of(lambda: trail.append(long))
        told(help_, "trail/format/record.py: keep large payloads in the vault and record their commitments")
        commitment = Vault(tmp_path / "vault").put("text", b"x" * (2 << 20))
        assert trail.append(Record(RecordType.STOP_TRIPPED, f'"stop":"{commitment}"')).recorded


# --- keys that change -------------------------------------------------------------------------------------------------


def test_a_rotation_needs_another_key(place):
    text = KEY.verifier.to_text()
    with place.open() as trail:
        help_ = help_of(lambda: trail.rotate(KEY.note_signer(), new_key=text, old_key=text, reason="none"))
        told(help_, "trail/write/append.py: generate another key")
        assert rotate(trail)


def test_a_trail_is_opened_with_its_own_key(place):
    place.filled(2)
    form = "trail/write/signing/heads.py: open the trail with its own key: the last `key_rotation` record names it, or else record 0"
    told(help_of(lambda: opened(place, OTHER_KEY)), form)
    named = next(iter(read_records(place.trail))).members["keys"]
    assert KEY.verifier.to_text() in str(named)
    opened(place, KEY)


def test_after_a_rotation_by_another_writer_the_trail_is_opened_with_the_new_key(place):
    first = place.open()
    first.append(a_decision(1))
    with place.open() as second:
        rotate(second)
    help_ = help_of(lambda: first.append(a_decision(2)) and first.checkpoint())
    told(help_.removeprefix(NOTHING), "trail/write/signing/heads.py: open the trail with the new key")
    die(first)
    opened(place, OTHER_KEY)


def test_a_rotation_that_was_interrupted_is_run_again_with_both_keys(tmp_path):
    for step in range(60):
        place = Place(tmp_path / str(step))
        assert not die_while_rotating(place, step), "no step left a rotation that is not finished"
        if list(read_records(place.trail))[-1].type != RecordType.KEY_ROTATION:
            continue
        form = "trail/write/signing/handing_over.py: run `policykit trail rotate` again with the same two keys"
        told(help_of(lambda at=place: opened(at, OTHER_KEY)), form)
        options = TrailOptions(state_directory=place.state, sync=SyncMode.ALWAYS)
        hand_over(place.trail, KEY, OTHER_KEY, reason="yearly", options=options)
        opened(place, OTHER_KEY)
        return
    raise AssertionError(os.fspath(tmp_path))


def test_an_append_inside_an_append_is_made_after_it_has_returned(place):
    refused = []

    def handler():
        refused.append(help_of(lambda: trail.append(a_decision(99))))

    disk = Interrupting(before=True)
    with place.open(disk=disk) as trail:
        disk.handler = handler
        trail.append(a_decision(1))
        told(refused[0].removeprefix(NOTHING), "trail/write/writer.py: append after it has returned")
        assert trail.append(a_decision(99)).seq == 2
    assert is_valid(place)


def test_wrong_tiles_are_written_again_by_the_command_that_the_help_shows(often, tmp_path):
    place = often.copy(tmp_path / "here")
    (tile,) = (place.trail / "tile").rglob("000.p/*")
    data = bytearray(tile.read_bytes())
    data[40] ^= 1
    tile.write_bytes(bytes(data))
    shown = run("verify", place.trail, "--vkey", KEY.verifier.to_text(), "--format", "json")
    assert shown.exit_code == 5
    help_ = help_of(lambda: prove_inclusion(place.trail, 3))
    form = "trail/format/proof.py: the trail or its tiles were changed: verify the trail; `policykit trail tiles` writes tiles again"
    told(help_, form)
    (line,) = re.findall("`([^`]+)`", help_)
    assert run(*shlex.split(line)[2:], place.trail).exit_code == 0
    assert is_valid(place)
    assert prove_inclusion(place.trail, 3)


def test_what_was_filtered_gives_way_to_the_folder(often, tmp_path):
    lines = often.segment.read_bytes().splitlines(keepends=True)
    (tmp_path / "some.jsonl").write_bytes(b"".join([*lines[:2], *lines[4:]]))
    help_ = help_of(lambda: list(ChainedRecords([tmp_path / "some.jsonl"], None, lambda _: None)))
    told(help_, "trail/format/chained.py: give the trail's folder: what was filtered or cut cannot be checked")
    records = ChainedRecords([often.trail / "seg" / "000000.jsonl"], None, lambda _: None)
    assert len(list(records)) == len(lines)


def test_the_record_behind_a_changed_one_is_named_and_the_copy_is_whole(often, tmp_path):
    place = often.copy(tmp_path / "here")
    flipped("seg/000000.jsonl", 0.5)(place)
    told(
        finding_of(place).help,
        "trail/verify/scan.py: the record before was changed, or one was removed or put in between",
    )
    assert finding_of(place).place
    shutil.copy(often.segment, place.segment)
    assert is_valid(place)
