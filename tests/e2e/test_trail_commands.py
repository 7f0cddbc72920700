"""The commands of the trail, run as a person runs them."""

import json
import os
import pty
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "trail"))

from trails import ROOT, Place, a_decision

from policykit.cli.commands import keys, trail, witness
from policykit.trail.format.keys import SignatureType, load_signing_key, load_verifier_key
from policykit.trail.witness.server import make_server
from policykit.trail.witness.state import WitnessState
from policykit.trail.write.append import Trail
from policykit.trail.write.options import SyncMode, TrailOptions

APP = typer.Typer()
for module in (trail, keys, witness):
    module.register(APP)


@dataclass(frozen=True)
class Ran:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def policykit(tmp_path, monkeypatch):
    """Run a command in this process, in the test's directory."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments, **environment):
        result = CliRunner().invoke(APP, [str(part) for part in arguments], env={"COLUMNS": "160", **environment})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Ran(result.exit_code, result.stdout, result.stderr)

    return run


@pytest.fixture
def made(tmp_path, policykit):
    """A key made by the command, and a trail of 41 records signed with it."""
    assert policykit("keys", "generate", "example.com/invoices", "-o", "key.pem").returncode == 0
    return fill(tmp_path, 40)


def fill(base, count, mode=SyncMode.GROUP):
    key = load_signing_key(base / "key.pem", "example.com/invoices")
    options = TrailOptions(sync=mode, state_directory=base / "state")
    with Trail.open(base / "trail", signer=key.note_signer(), options=options) as opened:
        for number in range(count):
            opened.append(a_decision(number))
    return Place(base)


def test_verify_says_valid_and_exits_0_then_1_when_changed_2_for_another_key_3_for_nothing(made, policykit, tmp_path):
    good = policykit("trail", "verify", "trail", "--vkey", "key.pem.vkey")
    assert good.returncode == 0
    assert "integrity     VALID" in good.stdout
    assert good.stdout.startswith("VALID\n")
    policykit("keys", "generate", "example.com/invoices", "-o", "other.pem")
    other = policykit("trail", "verify", "trail", "--vkey", "other.pem.vkey")
    assert (other.returncode, "UNVERIFIABLE" in other.stdout) == (2, True)
    none = policykit("trail", "verify", "nothing", "--vkey", "key.pem.vkey")
    assert (none.returncode, "PK700" in none.stderr) == (3, True)
    bad_key = policykit("trail", "verify", "trail", "--vkey", "a+b+c")
    assert (bad_key.returncode, "PK801" in bad_key.stderr) == (3, True)
    lines = made.lines()
    made.write_lines([*lines[:7], lines[7].replace(b"allow", b"block"), *lines[8:]])
    bad = policykit("trail", "verify", "trail", "--vkey", "key.pem.vkey", "--deep")
    assert (bad.returncode, "first bad record: 8" in bad.stdout) == (1, True)
    for shown in (good, other, none, bad_key, bad):
        assert "Traceback" not in shown.stderr


def test_a_kept_head_shows_a_rollback(made, policykit, tmp_path):
    old = made.segment.read_bytes(), {p: p.read_bytes() for p in (tmp_path / "trail").glob("checkpoint*")}
    fill(tmp_path, 5)
    (tmp_path / "kept").write_text(policykit("trail", "head", "trail").stdout)
    arguments = ("trail", "verify", "trail", "--vkey", "key.pem.vkey", "--head", "kept")
    assert policykit(*arguments).returncode == 0
    made.segment.write_bytes(old[0])
    for path, data in old[1].items():
        path.write_bytes(data)
    rolled = policykit(*arguments)
    assert (rolled.returncode, "PK711" in rolled.stdout) == (1, True)


def test_show_is_a_table_with_filters_and_json_lines(made, policykit):
    table = policykit("trail", "show", "trail", "--clause", "GOV-1", "--limit", "3").stdout
    assert "user:alice" in table
    assert "genesis" not in table
    assert len(table.strip().splitlines()) == 4
    stored = policykit("trail", "show", "trail", "--type", "genesis", "--format", "json").stdout
    assert json.loads(stored)["type"] == "genesis"
    assert policykit("trail", "show", "trail", "--since", "2099-01-01").stdout.count("\n") == 1
    wrong = policykit("trail", "show", "trail", "--type", "decison")
    assert (wrong.returncode, "did you mean `decision`" in wrong.stderr) == (2, True)


def test_export_writes_lines_tables_and_events(made, policykit, tmp_path):
    assert policykit("trail", "export", "trail", "-o", "out.jsonl").returncode == 0
    assert (tmp_path / "out.jsonl").read_bytes() == made.segment.read_bytes()
    rows = policykit("trail", "export", "trail", "--format", "csv").stdout.splitlines()
    assert rows[0].startswith("seq,ts,type")
    assert len(rows) == 42
    event = json.loads(policykit("trail", "export", "trail", "--format", "cloudevents").stdout.splitlines()[1])
    assert (event["specversion"], event["id"]) == ("1.0", "example.com/invoices/1")
    assert policykit("trail", "export", "trail", "--format", "xml").returncode == 2


def test_a_proof_is_made_and_checked_offline(made, policykit, tmp_path):
    assert policykit("trail", "prove", "trail", "17").returncode == 0
    check = ("trail", "check-proof", "17.tlog-proof", "--vkey", "key.pem.vkey")
    assert policykit(*check).stdout.startswith("VALID: record 17")
    record = tmp_path / "17.tlog-proof.record"
    record.write_bytes(record.read_bytes().replace(b"allow", b"block"))
    assert policykit(*check).returncode == 1
    assert policykit("trail", "prove", "trail", "999").returncode == 2


def test_consistency_since_a_kept_head_is_proved_and_checked(made, policykit, tmp_path):
    (tmp_path / "kept").write_text(policykit("trail", "head", "trail").stdout)
    fill(tmp_path, 300)
    assert policykit("trail", "consistency", "trail", "--since", "kept", "-o", "grown").returncode == 0
    checked = policykit("trail", "check-proof", "grown", "--vkey", "key.pem.vkey")
    assert checked.stdout.strip() == "VALID: size 341 of example.com/invoices begins with size 41"


def test_a_witness_is_asked_and_its_policy_verified(made, policykit, tmp_path):
    assert policykit("keys", "generate", "w.example/w1", "-o", "w.pem", "--use", "witness").returncode == 0
    signing = load_signing_key(tmp_path / "w.pem", "w.example/w1", type=SignatureType.COSIGNATURE)
    logs = [load_verifier_key(str(tmp_path / "key.pem.vkey"))]
    server = make_server(WitnessState(tmp_path / "w", signing.note_signer(lambda: 1_795_000_000), logs), "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        url = f"http://127.0.0.1:{server.server_address[1]}"
        asked = policykit("trail", "cosign", "trail", "--witness", "w.pem.vkey", "--url", url)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert asked.stdout.strip() == "size 41 cosigned by w.example/w1"
    (tmp_path / "policy").write_text(f"witness w1 {signing.verifier.to_text()}\nquorum w1\n")
    arguments = ("trail", "verify", "trail", "--vkey", "key.pem.vkey", "--witness-policy", "policy")
    found = policykit(*arguments)
    assert (found.returncode, "anchoring     VALID" in found.stdout) == (0, True)
    unreachable = policykit("trail", "cosign", "trail", "--witness", "w.pem.vkey", "--url", url)
    assert (unreachable.returncode, "PK722" in unreachable.stderr) == (2, True)


@pytest.mark.parametrize("own", [True, False])
def test_the_trails_key_is_opened_by_one_variable_and_the_new_one_by_its_own(made, policykit, own):
    new = "another horse" if own else "correct horse"
    made_keys = [("old.pem", "correct horse"), ("new.pem", new)]
    for file, secret in made_keys:
        policykit("keys", "generate", "example.com/invoices", "-o", file, POLICYKIT_KEY_PASSPHRASE=secret)
    environment = {"POLICYKIT_TRAIL_KEY_PASSPHRASE": "correct horse"}
    if own:
        environment["POLICYKIT_NEW_TRAIL_KEY_PASSPHRASE"] = new
    for key, new_key in (("key.pem", "old.pem"), ("old.pem", "new.pem"), ("old.pem", "new.pem")):
        turn = ("--key", key, "--new-key", new_key, "--reason", "yearly", "--state", "state")
        refused = policykit("trail", "rotate", "trail", *turn)
        assert (refused.returncode, "POLICYKIT_TRAIL_KEY_PASSPHRASE" in refused.stderr) == (2, True)
        again = {**environment, "POLICYKIT_NEW_TRAIL_KEY_PASSPHRASE": ""} if key == "key.pem" else environment
        rotated = policykit("trail", "rotate", "trail", *turn, **again)
        assert rotated.returncode == 0, rotated.stderr
    assert policykit("trail", "verify", "trail", "--vkey", "key.pem.vkey").returncode == 0
    shown = policykit("trail", "show", "trail", "--type", "key_rotation", "--format", "json").stdout
    assert len(shown.splitlines()) == 2, "the third command found that it was done"


def test_a_trails_key_that_others_can_read_signs_nothing(made, policykit, tmp_path):
    policykit("keys", "generate", "example.com/invoices", "-o", "new.pem")
    before = (tmp_path / "trail" / "seg" / "000000.jsonl").read_bytes()
    for exposed in ("key.pem", "new.pem"):
        (tmp_path / exposed).chmod(0o644)
        done = policykit(
            "trail", "rotate", "trail", "--key", "key.pem", "--new-key", "new.pem", "--reason", "r", "--state", "state"
        )
        assert (done.returncode, "PK803" in done.stderr, f"chmod 600 {exposed}" in done.stderr) == (2, True, True)
        (tmp_path / exposed).chmod(0o600)
    assert (tmp_path / "trail" / "seg" / "000000.jsonl").read_bytes() == before


def test_a_key_is_rotated_and_a_key_with_a_passphrase_is_read(made, policykit, tmp_path):
    secret = {"POLICYKIT_KEY_PASSPHRASE": "correct horse"}
    assert policykit("keys", "generate", "example.com/invoices", "-o", "new.pem", **secret).returncode == 0
    shown = policykit("keys", "show", "new.pem", "example.com/invoices", **secret)
    assert shown.stdout.strip() == (tmp_path / "new.pem.vkey").read_text().strip()
    assert policykit("keys", "show", "new.pem", "example.com/invoices").returncode == 2
    again = policykit("keys", "generate", "example.com/invoices", "-o", "plain.pem")
    assert again.returncode == 0
    rotated = policykit(
        "trail",
        "rotate",
        "trail",
        "--key",
        "key.pem",
        "--new-key",
        "plain.pem",
        "--reason",
        "yearly",
        "--state",
        "state",
    )
    assert rotated.returncode == 0, rotated.stderr
    for key in ("key.pem.vkey", "plain.pem.vkey"):
        assert policykit("trail", "verify", "trail", "--vkey", key).returncode == 0


def test_tiles_are_written_again(made, policykit, tmp_path):
    import shutil

    shutil.rmtree(tmp_path / "trail" / "tile")
    assert policykit("trail", "tiles", "trail").stdout == "tiles of 41 records written\n"
    assert policykit("trail", "verify", "trail", "--vkey", "key.pem.vkey").returncode == 0


def test_an_opened_commitment_is_checked(policykit, tmp_path):
    from policykit.trail.vault import Vault

    vault = Vault(tmp_path / "vault")
    value, other = vault.put("input", b"secret"), vault.put("input", b"other")
    (tmp_path / "opening").write_bytes(vault.get(value).to_json())
    assert policykit("trail", "open-commitment", value, "--opening", "opening").returncode == 0
    assert policykit("trail", "open-commitment", other, "--opening", "opening").returncode == 1


def test_the_one_file_verifier_runs_by_itself(made, tmp_path):
    script = ROOT / "standalone" / "policykit_verify.py"
    key = (tmp_path / "key.pem.vkey").read_text().strip()

    def verify(directory, *more):
        command = [sys.executable, "-I", script, directory, "--key", key, *more]
        return subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=600)

    assert verify(made.trail).stdout.startswith("VALID\n\nTrail: 'example.com/invoices'. Records: 0 to 40, 41 in all, ")
    assert verify(tmp_path / "none").returncode == 3
    assert verify(made.trail, "--revoked", "last week").returncode == 3
    made.write_lines(made.lines()[:-1])
    cut = verify(made.trail)
    assert (cut.returncode, cut.stdout.splitlines()[0]) == (1, "INVALID")


@pytest.mark.parametrize(("typed", "code"), [("s3cret", 0), ("wrong", 2)])
def test_an_encrypted_key_is_opened_by_a_passphrase_that_is_typed(tmp_path, typed, code):
    command = [sys.executable, "-m", "policykit", "keys"]
    clean = {name: value for name, value in os.environ.items() if not name.endswith("PASSPHRASE")}
    made = {**clean, "POLICYKIT_KEY_PASSPHRASE": "s3cret"}
    subprocess.run([*command, "generate", "ex/one", "-o", "k.pem"], cwd=tmp_path, env=made, check=True)
    ours, theirs = pty.openpty()
    child = subprocess.Popen([*command, "show", "k.pem", "ex/one"], cwd=tmp_path, env=clean,
                             stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, start_new_session=True)  # fmt: skip
    asked = b""
    while b": " not in asked:
        asked += os.read(ours, 1_000)
    assert asked == b"passphrase of k.pem: "
    os.write(ours, typed.encode() + b"\n")
    out, _ = child.communicate(timeout=60)
    assert (child.returncode, out.startswith(b"ex/one+")) == (code, code == 0)
    os.close(ours)
    os.close(theirs)
