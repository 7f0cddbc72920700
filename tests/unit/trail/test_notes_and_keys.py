"""Laws of notes, checkpoints and keys; bad input of every kind is our own error."""

import base64
import errno
import io
import os
import stat
import subprocess

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from trails import KEY, OTHER_KEY

from policykit.errors import KeyMaterialError, TrailError
from policykit.trail.format.checkpoint import Checkpoint, parse_checkpoint, parse_size, signatures_by
from policykit.trail.format.keys import (
    SignatureType,
    SigningKey,
    VerifierKey,
    load_signing_key,
    load_verifier_key,
    mldsa_message,
    parse_verifier_key,
    save_signing_key,
)
from policykit.trail.format.note import Note, NoteSignature, parse_note, sign_note, verified_signatures

TEXT = Checkpoint("example.com/invoices", 5, bytes(32)).to_text()
SIGNER = KEY.note_signer()
SIGNED = sign_note(TEXT, [SIGNER]).to_bytes()
UNKNOWN = NoteSignature("example.com/unknown", b"\1\2\3\4", b"\5" * 64)


def test_a_signed_note_reads_back_and_verifies():
    signed = parse_checkpoint(SIGNED)
    assert signed.note.to_bytes() == SIGNED
    assert len(signatures_by(signed, [KEY.verifier])) == 1


def test_unknown_signatures_are_ignored_also_under_a_known_name_or_id():
    same_name = NoteSignature(SIGNER.name, b"\1\2\3\4", b"\5" * 64)
    same_id = NoteSignature("example.com/unknown", SIGNER.key_id, b"\5" * 64)
    note = parse_note(SIGNED).with_signatures([UNKNOWN, same_name, same_id])
    assert len(verified_signatures(note, [KEY.verifier])) == 1


def test_a_note_without_a_known_signature_is_refused():
    with pytest.raises(TrailError, match="PK707"):
        signatures_by(parse_checkpoint(SIGNED), [OTHER_KEY.verifier])


def test_a_known_key_with_a_bad_signature_rejects_the_note_beside_a_good_one_of_another_key():
    bad = NoteSignature(SIGNER.name, SIGNER.key_id, b"\5" * 64)
    good = sign_note(TEXT, [OTHER_KEY.note_signer()]).signatures[0]
    with pytest.raises(TrailError, match="PK708"):
        verified_signatures(Note(TEXT, (good, bad)), [KEY.verifier, OTHER_KEY.verifier])


@pytest.mark.parametrize(("count", "is_accepted"), [(1, True), (16, True), (100, True), (101, False)])
def test_up_to_a_hundred_signatures_are_read(count, is_accepted):
    more = [NoteSignature(f"w{n}", b"\1\2\3\4", b"\5" * 64) for n in range(count - 1)]
    data = parse_note(SIGNED).with_signatures(more).to_bytes()
    if is_accepted:
        assert len(parse_note(data).signatures) == count
    else:
        with pytest.raises(TrailError, match="too many signatures"):
            parse_note(data)


DASH = "\N{EM DASH}".encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b"text\n",
        SIGNED.replace(DASH, b"-"),
        SIGNED.replace(DASH, "\N{EN DASH}".encode()),
        SIGNED.replace(DASH + b" ", DASH),
        SIGNED.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + SIGNED.replace(b"\n\n", b"\n"),
        SIGNED[:-1],
        SIGNED + b"\n",
        SIGNED.replace(b"example.com/invoices ", b"example.com/in voices "),
        SIGNED.replace(DASH + b" example", DASH + b" ex+mple"),
        SIGNED.replace(b"\n5\n", b"\n\x005\n"),
        SIGNED.replace(b"=\n", b"\n"),
        SIGNED + b"\xff\n",
        b"x" * (1 << 20) + SIGNED,
    ],
    ids=range(16),
)
def test_what_is_no_signed_note_is_refused(data):
    with pytest.raises(TrailError, match="PK706"):
        parse_note(data)


@pytest.mark.parametrize("size", ["01", "00", "+1", "-1", "1 ", " 1", "", "1e3", "٣", str(2**63), "9" * 30, "1\x00"])
def test_a_size_is_digits_without_leading_zeros_below_2_to_the_63(size):
    with pytest.raises(TrailError, match="PK706"):
        parse_size(size)


@pytest.mark.parametrize("size", [0, 1, 10, 2**63 - 1])
def test_good_sizes_are_read(size):
    assert parse_size(str(size)) == size


@pytest.mark.parametrize(
    "lines", [["o"], ["o", "1"], ["o", "1", "AAAA"], ["", "1", "A" * 43 + "="], ["o", "1", "A" * 44]]
)
def test_what_is_no_checkpoint_text_is_refused(lines):
    text = "".join(f"{line}\n" for line in lines)
    with pytest.raises(TrailError, match="PK706"):
        parse_checkpoint(sign_note(text, [SIGNER]).to_bytes())


def test_extension_lines_are_kept_and_signed():
    text = f"{TEXT}an extension\n"
    signed = parse_checkpoint(sign_note(text, [SIGNER]).to_bytes())
    assert signed.checkpoint.extensions == ("an extension",)
    assert signatures_by(signed, [KEY.verifier])


def test_base64_with_loose_padding_bits_is_refused():
    line = SIGNED.rsplit(b" ", 1)[1].strip()
    assert line.endswith(b"=")
    loose = line[:-2] + bytes([line[-2] + 1]) + b"="
    assert base64.b64decode(loose) == base64.b64decode(line)
    with pytest.raises(TrailError, match="PK706"):
        parse_note(SIGNED.replace(line, loose))


@given(st.binary(max_size=300))
@example(SIGNED)
def test_any_bytes_are_a_checkpoint_or_our_own_error(data):
    try:
        parse_checkpoint(data)
    except TrailError:
        return


@given(st.integers(0, len(SIGNED) - 1), st.binary(max_size=3))
def test_a_changed_note_is_refused_or_verifies_only_if_text_and_signature_are_the_same(at, put):
    data = SIGNED[:at] + put + SIGNED[at + 1 :]
    try:
        signatures_by(parse_checkpoint(data), [KEY.verifier])
    except TrailError:
        return
    assert data == SIGNED


def test_composed_and_decomposed_names_are_different_keys():
    composed = SigningKey.from_seed("caf\u00e9.example", bytes(32)).verifier
    decomposed = VerifierKey("cafe\u0301.example", composed.type, composed.public)
    note = sign_note(TEXT, [SigningKey.from_seed("caf\u00e9.example", bytes(32)).note_signer()])
    assert verified_signatures(note, [composed])
    assert not verified_signatures(note, [decomposed])


def test_a_verifier_key_reads_back():
    assert parse_verifier_key(KEY.verifier.to_text()) == KEY.verifier


@pytest.mark.parametrize(
    "change",
    [
        lambda t: t[:-1],
        lambda t: t.replace("+", " "),
        lambda t: t.replace("invoices", "invoicez"),
        lambda t: "+" + t,
        lambda t: t.replace(t.split("+")[1], "00000000"),
        lambda t: "",
        lambda t: "a+b",
        lambda t: f"a+00000000+{base64.b64encode(bytes([0x77]) + bytes(32)).decode()}",
        lambda t: f"a+00000000+{base64.b64encode(bytes([0x01]) + bytes(31)).decode()}",
        lambda t: f"a+00000000+{base64.b64encode(bytes([0x01])).decode()}",
    ],
)
def test_a_text_that_is_no_verifier_key_is_our_own_error(change):
    with pytest.raises(KeyMaterialError, match="PK801"):
        parse_verifier_key(change(KEY.verifier.to_text()))


def test_a_cosignature_covers_the_time_it_states():
    witness = SigningKey.generate("w.example", SignatureType.COSIGNATURE)
    note = sign_note(TEXT, [witness.note_signer(lambda: 1_679_315_147)])
    (signature,) = note.signatures
    assert verified_signatures(note, [witness.verifier])
    later = NoteSignature(signature.name, signature.key_id, signature.signature[:7] + b"\0" + signature.signature[8:])
    with pytest.raises(TrailError, match="PK708"):
        verified_signatures(Note(TEXT, (later,)), [witness.verifier])


def test_a_trail_key_and_a_witness_key_over_the_same_bytes_have_different_ids():
    one = SigningKey.from_seed("a.example", bytes(32)).verifier
    two = SigningKey.from_seed("a.example", bytes(32), SignatureType.COSIGNATURE).verifier
    assert one.key_id != two.key_id


def test_a_second_post_quantum_signature_line_verifies():
    from cryptography.hazmat.primitives.asymmetric import mldsa

    private = mldsa.MLDSA44PrivateKey.generate()
    key = VerifierKey("pq.example", SignatureType.MLDSA_COSIGNATURE, private.public_key().public_bytes_raw())
    message = mldsa_message("pq.example", 7, "example.com/invoices", 5, bytes(32))
    line = NoteSignature("pq.example", key.key_id, (7).to_bytes(8, "big") + private.sign(message))
    note = parse_note(SIGNED).with_signatures([line])
    note = parse_note(note.to_bytes())
    assert len(verified_signatures(note, [KEY.verifier, parse_verifier_key(key.to_text())])) == 2
    other = Note(TEXT.replace("\n5\n", "\n6\n"), (line,))
    with pytest.raises(TrailError, match="PK708"):
        verified_signatures(other, [key])


@pytest.mark.parametrize("passphrase", [None, b"correct horse"])
def test_a_private_key_file_reads_back_and_is_its_owner_s_alone(tmp_path, passphrase):
    path = tmp_path / "key.pem"
    save_signing_key(KEY, path, passphrase)
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_signing_key(path, KEY.name, passphrase=passphrase).verifier == KEY.verifier
    with pytest.raises(KeyMaterialError, match="PK800"):
        load_signing_key(path, KEY.name, passphrase=None if passphrase else b"x")
    with pytest.raises(KeyMaterialError, match="never overwritten"):
        save_signing_key(KEY, path)


@pytest.mark.parametrize(
    "data", [b"", b"x", b"-----BEGIN PRIVATE KEY-----\n!\n-----END PRIVATE KEY-----\n", b"x" * 20_000]
)
def test_a_file_that_is_no_key_is_our_own_error(tmp_path, data):
    path = tmp_path / "key.pem"
    path.write_bytes(data)
    with pytest.raises(KeyMaterialError):
        load_signing_key(path, "a")
    with pytest.raises(KeyMaterialError):
        load_verifier_key(str(path))
    with pytest.raises(KeyMaterialError):
        load_signing_key(tmp_path / "none", "a")
    with pytest.raises(KeyMaterialError):
        load_verifier_key("\0")


def test_a_key_of_another_kind_is_refused(tmp_path):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = tmp_path / "key.pem"
    path.write_bytes(pem)
    path.chmod(0o600)
    with pytest.raises(KeyMaterialError, match="PK802"):
        load_signing_key(path, "a")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601, 0o644, 0o777])
def test_a_private_key_that_others_may_use_is_refused_until_the_help_is_followed(tmp_path, mode):
    path = tmp_path / "a key's.pem"
    save_signing_key(KEY, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(mode)
    with pytest.raises(KeyMaterialError, match="PK803") as caught:
        load_signing_key(path, KEY.name)
    subprocess.run(caught.value.diagnostics[0].help, shell=True, check=True)
    assert load_signing_key(str(path), KEY.name).verifier == KEY.verifier


@pytest.mark.parametrize("passphrase", [None, b"a passphrase"])
def test_whoever_gives_the_private_key_for_the_verifier_key_is_told_where_that_is(tmp_path, passphrase):
    path = tmp_path / "trail.pem"
    save_signing_key(KEY, path, passphrase)
    with pytest.raises(KeyMaterialError, match="PK801") as caught:
        load_verifier_key(str(path))
    assert caught.value.diagnostics[0].got == "a private key"
    assert "FILE.vkey" in caught.value.diagnostics[0].help


def test_what_is_not_a_private_key_is_not_told_to_be_hidden(tmp_path):
    path = tmp_path / "keys.yaml"
    path.write_text("keys: []\n")
    path.chmod(0o644)
    with pytest.raises(KeyMaterialError, match="PK800"):
        load_signing_key(path, KEY.name)


def test_the_message_names_the_variable_that_holds_the_passphrase(tmp_path):
    path = tmp_path / "key.pem"
    save_signing_key(KEY, path, b"correct horse")
    for passphrase in (None, b"wrong"):
        with pytest.raises(KeyMaterialError, match="PK800") as caught:
            load_signing_key(path, KEY.name, passphrase=passphrase, passphrase_from="SOME_VARIABLE")
        assert "SOME_VARIABLE" in caught.value.diagnostics[0].help


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\tb", "a\u2003b", "x" * 256, "a\x00"])
def test_a_key_name_holds_no_spaces_plus_or_control_characters(name):
    with pytest.raises(KeyMaterialError, match="PK802"):
        SigningKey.generate(name)


@pytest.mark.parametrize("step", ["write", "fsync"])
def test_a_key_is_written_whole_or_not_at_all(tmp_path, monkeypatch, step):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "key.pem"
    with monkeypatch.context() as patch:
        if step == "fsync":
            patch.setattr(os, "fsync", full)
        else:
            patch.setattr(os, "fdopen", lambda handle, mode: Full(handle, mode, full))
        with pytest.raises(KeyMaterialError, match="No space left"):
            save_signing_key(KEY, path)
    assert not path.exists()
    save_signing_key(KEY, path)
    assert load_signing_key(path, KEY.name).verifier == KEY.verifier


class Full(io.FileIO):
    """A file on a full disk."""

    def __init__(self, handle, mode, write):
        super().__init__(handle, mode)
        self.write = write
