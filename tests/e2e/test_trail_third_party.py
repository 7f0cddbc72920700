"""Tools that others wrote check our trails: each accepts ours and refuses a changed one. Skipped where not installed."""

import base64
import os
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "trail"))

from trails import KEY, Place

from policykit.trail.format.checkpoint import parse_checkpoint
from policykit.trail.format.proof import published_checkpoint
from policykit.trail.write.options import SyncMode

GO = shutil.which("go") or next((str(p) for p in sorted(Path("/usr/lib").glob("go-*/bin/go"))), None)
GOCODE = Path("/usr/share/gocode")


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return Place(tmp_path_factory.mktemp("others") / "here").filled(700, sync=SyncMode.OS, checkpoint_records=200)


@pytest.fixture
def note(place):
    signed = published_checkpoint(place.trail)
    return signed.note.text.encode(), signed.note.signatures[0].signature


def run(*command, **options):
    return subprocess.run([str(part) for part in command], capture_output=True, check=False, timeout=600, **options)


def test_openssl_verifies_the_signature_over_the_note_s_text(note, tmp_path):
    openssl = shutil.which("openssl")
    if openssl is None or b"rawin" not in run(openssl, "pkeyutl", "-help").stderr:
        pytest.skip("openssl with `pkeyutl -rawin` is not installed")
    text, signature = note
    key, data, sig = tmp_path / "key.der", tmp_path / "text", tmp_path / "sig"
    key.write_bytes(bytes.fromhex("302a300506032b6570032100") + KEY.verifier.public)  # RFC 8410 SubjectPublicKeyInfo
    sig.write_bytes(signature)

    def verify(body):
        data.write_bytes(body)
        return run(
            openssl, "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", key, "-in", data, "-sigfile", sig
        ).returncode  # fmt: skip

    assert verify(text) == 0
    assert verify(text.replace(b"701", b"702")) != 0


def test_signify_verifies_the_same_signature(note, tmp_path):
    signify = shutil.which("signify-openbsd")
    if signify is None:
        pytest.skip("signify-openbsd is not installed")
    text, signature = note
    number = b"policyki"

    def wrap(title, data):
        return f"untrusted comment: {title}\n{base64.b64encode(b'Ed' + number + data).decode()}\n"

    (tmp_path / "key.pub").write_text(wrap("key", KEY.verifier.public))
    (tmp_path / "text.sig").write_text(wrap("verify with key.pub", signature))

    def verify(body):
        (tmp_path / "text").write_bytes(body)
        return run(
            signify, "-V", "-p", tmp_path / "key.pub", "-x", tmp_path / "text.sig", "-m", tmp_path / "text"
        ).returncode

    assert verify(text) == 0
    assert verify(text.replace(b"701", b"702")) != 0


def test_ssh_keygen_verifies_a_signature_of_the_same_key(note, tmp_path):
    ssh_keygen = shutil.which("ssh-keygen")
    if ssh_keygen is None:
        pytest.skip("ssh-keygen is not installed")
    import hashlib

    text, _ = note

    def field(data):
        return struct.pack(">I", len(data)) + data

    public = field(b"ssh-ed25519") + field(KEY.verifier.public)
    signed = b"SSHSIG" + field(b"policykit") + field(b"") + field(b"sha512") + field(hashlib.sha512(text).digest())
    blob = field(b"ssh-ed25519") + field(KEY.sign_bytes(signed))
    armoured = (
        b"SSHSIG"
        + struct.pack(">I", 1)
        + field(public)
        + field(b"policykit")
        + field(b"")
        + field(b"sha512")
        + field(blob)
    )
    body = base64.encodebytes(armoured).decode()
    (tmp_path / "sig").write_text(f"-----BEGIN SSH SIGNATURE-----\n{body}-----END SSH SIGNATURE-----\n")
    (tmp_path / "allowed").write_text(f"trail ssh-ed25519 {base64.b64encode(public).decode()}\n")
    command = (
        ssh_keygen,
        "-Y",
        "verify",
        "-f",
        tmp_path / "allowed",
        "-I",
        "trail",
        "-n",
        "policykit",
        "-s",
        tmp_path / "sig",
    )
    assert run(*command, input=text).returncode == 0
    assert run(*command, input=text + b"x").returncode != 0


GO_PROGRAM = r"""
package main

import (
	"encoding/base64"
	"fmt"
	"io/ioutil"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type reader struct {
	root string
	tree tlog.Tree
}

func (r reader) Height() int                              { return 8 }
func (r reader) SaveTiles(tiles []tlog.Tile, d [][]byte) {}
func (r reader) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		path := strings.Replace(t.Path(), "tile/8/", "tile/", 1)
		data, err := ioutil.ReadFile(filepath.Join(r.root, path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func check(err error) {
	if err != nil {
		fmt.Println("REFUSED", err)
		os.Exit(1)
	}
}

func main() {
	root, vkey := os.Args[1], os.Args[2]
	verifier, err := note.NewVerifier(vkey)
	check(err)
	data, err := ioutil.ReadFile(filepath.Join(root, "checkpoint"))
	check(err)
	opened, err := note.Open(data, note.VerifierList(verifier))
	check(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err)
	raw, err := base64.StdEncoding.DecodeString(lines[2])
	check(err)
	var head tlog.Hash
	copy(head[:], raw)
	tree := tlog.Tree{N: size, Hash: head}
	hashes := tlog.TileHashReader(tree, reader{root, tree})
	records, err := ioutil.ReadFile(filepath.Join(root, "seg", "000000.jsonl"))
	check(err)
	leaves := strings.Split(strings.TrimSuffix(string(records), "\n"), "\n")
	for _, n := range []int64{0, 1, 255, 256, size - 1} {
		proof, err := tlog.ProveRecord(size, n, hashes)
		check(err)
		check(tlog.CheckRecord(proof, size, head, n, tlog.RecordHash([]byte(leaves[n]))))
	}
	for _, n := range []int64{1, 100, 256, size} {
		old, err := tlog.TreeHash(n, hashes)
		check(err)
		proof, err := tlog.ProveTree(size, n, hashes)
		check(err)
		check(tlog.CheckTree(proof, size, head, n, old))
	}
	fmt.Println("ACCEPTED", size)
}
"""


def test_go_s_sumdb_packages_open_the_note_and_check_proofs_from_our_tiles(place, tmp_path):
    if GO is None or not (GOCODE / "src/golang.org/x/mod/sumdb/tlog").is_dir():
        pytest.skip("Go and golang-golang-x-mod-dev are not installed")
    source = tmp_path / "main.go"
    source.write_text(GO_PROGRAM)
    environment = {
        **os.environ, "GO111MODULE": "off", "GOPATH": str(GOCODE), "GOCACHE": str(tmp_path / "cache"), "GOFLAGS": ""
    }  # fmt: skip
    binary = tmp_path / "check"
    built = run(GO, "build", "-o", binary, source, env=environment)
    assert built.returncode == 0, built.stderr.decode()
    good = run(binary, place.trail, KEY.verifier.to_text())
    assert good.stdout.strip() == b"ACCEPTED 701"
    bad = place.copy(tmp_path / "bad")
    bad.segment.write_bytes(bad.segment.read_bytes().replace(b"user:alice", b"user:mallo", 1))
    lines = bad.lines()
    assert lines[0] == place.lines()[0]
    bad.write_lines([lines[0].replace(b"policykit-trail", b"policykit-trial"), *lines[1:]])
    assert run(binary, bad.trail, KEY.verifier.to_text()).stdout.startswith(b"REFUSED")
    head = place.copy(tmp_path / "head")
    data = (head.trail / "checkpoint").read_bytes()
    (head.trail / "checkpoint").write_bytes(data.replace(b"\n701\n", b"\n700\n"))
    assert run(binary, head.trail, KEY.verifier.to_text()).stdout.startswith(b"REFUSED")
    assert parse_checkpoint(data).checkpoint.size == 701
