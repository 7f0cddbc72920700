"""What `policykit trail verify` says and how it ends, as a person or a program gets it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "trail"))

from forging import Forge
from trails import KEY, ORIGIN, OTHER_KEY, Place, a_decision

from policykit.cli.commands import trail
from policykit.cli.trails.text import Asked, verification_text
from policykit.source.visible import visible
from policykit.trail.format.checkpoint_log import cosignature_line
from policykit.trail.format.keys import SignatureType, SigningKey
from policykit.trail.format.note import sign_note
from policykit.trail.verify import verify_trail

APP = typer.Typer()
trail.register(APP)
GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "verify"
WITNESS = SigningKey.from_seed("w.example/w1", bytes(range(5, 37)), SignatureType.COSIGNATURE)
VKEY = KEY.verifier.to_text()


def genuine():
    return Forge().records(3).head(KEY)


def with_tail():
    return genuine().records(2)


def recovered():
    texts = ('"causes":["no-remembered-head","foreign-records"],"adopted":2,"foreign":{"first":1,"last":2}',
             '"causes":["torn-checkpoint-log","unsigned-records"],"adopted":1')  # fmt: skip
    made = Forge().records(2)
    for members in texts:
        made.record("recovery", members)
    return made.head(KEY)


def rotated():
    return genuine().rotation(KEY, OTHER_KEY).head(KEY, OTHER_KEY).records(1).head(OTHER_KEY)


def cosigned():
    made = genuine()
    line = sign_note(made.text(), [WITNESS.note_signer(lambda: 1_795_000_000)]).signatures[0]
    return made.log_line(cosignature_line(made.size, line))


def set_back():
    return Forge().records(2).record("decision", ts="2025-12-31T23:59:59.000000Z").head(KEY)


def no_heads(folder):
    (folder / "checkpoint").unlink()
    (folder / "checkpoints.log").unlink()


def changed(folder):
    path = folder / "seg" / "000000.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"d2"', b'"x2"'))


def wrong_tile(folder):
    (folder / "tile" / "0").mkdir(parents=True)
    (folder / "tile" / "0" / "000").write_bytes(bytes(8192))


def torn(folder):
    (folder / "checkpoint").write_bytes((folder / "checkpoint").read_bytes()[:30])
    with (folder / "checkpoints.log").open("ab") as log:
        log.write(b'{"kind":"check')


def unlogged(folder):
    (folder / "checkpoints.log").unlink()


POLICY = f"witness w1 {WITNESS.verifier.to_text()}\nquorum w1\n"
CASES = {
    "valid": (genuine, None, [], 0),
    "valid_with_a_head": (genuine, None, ["--head", "kept"], 0),
    "unsigned": (with_tail, None, [], 4),
    "unsigned_accepted": (with_tail, None, ["--accept-unsigned"], 0),
    "wrong_tile": (genuine, wrong_tile, [], 5),
    "wrong_tile_and_unsigned": (with_tail, wrong_tile, [], 4),
    "wrong_tile_and_unsigned_accepted": (with_tail, wrong_tile, ["--accept-unsigned"], 5),
    "recovered": (recovered, None, [], 0),
    "rotated": (rotated, None, [], 0),
    "cosigned": (cosigned, None, [], 0),
    "witnessed": (cosigned, None, ["--witness-policy", "policy"], 0),
    "set_back": (set_back, None, [], 0),
    "torn": (genuine, torn, [], 0),
    "changed": (genuine, changed, [], 1),
    "unlogged": (genuine, unlogged, [], 1),
    "no_heads": (genuine, no_heads, [], 2),
    "revoked": (genuine, None, ["--revoked", f"{KEY.verifier.key_id.hex()}@3"], 1),
}


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run the command in this process, in the test's directory."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy").write_text(POLICY)
    (tmp_path / "kept").write_bytes(genuine().published)

    def run(*arguments):
        result = CliRunner().invoke(APP, ["trail", "verify", *map(str, arguments)])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.mark.parametrize("name", CASES)
def test_the_text_is_the_one_that_was_read_and_approved(name, run, tmp_path):
    made, spoil, options, code = CASES[name]
    made().write(tmp_path / "trail")
    if spoil is not None:
        spoil(tmp_path / "trail")
    result = run("trail", "--vkey", VKEY, *options)
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("POLICYKIT_RENEW_GOLDEN"):
        path.write_text(result.stdout)
    assert (result.stdout, result.exit_code) == (path.read_text(), code)


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.txt")), ids=lambda path: path.stem)
def test_every_text_has_its_case_fits_80_columns_and_is_plain(path):
    assert path.stem in {*CASES, "other_key"}
    text = path.read_text()
    assert text.isascii()
    lines = text.splitlines()
    assert lines[1] == ""
    assert all(len(line) <= 80 or " " not in line.strip() for line in lines)
    assert lines[0].split(";")[0].split(",")[0].split(" UP")[0] in {"VALID", "INVALID", "UNVERIFIABLE"}
    assert "Next: " in text


def test_another_trails_key_is_said_to_be_one(run, tmp_path):
    genuine().write(tmp_path / "trail")
    result = run("trail", "--vkey", OTHER_KEY.verifier.to_text())
    path = GOLDEN / "other_key.txt"
    if os.environ.get("POLICYKIT_RENEW_GOLDEN"):
        path.write_text(result.stdout)
    assert (result.stdout, result.exit_code) == (path.read_text(), 2)
    told = " ".join(result.stdout.split())
    assert f"the trail is signed by `{ORIGIN}+{KEY.verifier.key_id.hex()}`; the key you gave is `{ORIGIN}+" in told


def test_json_says_the_same_with_exact_values(run, tmp_path):
    with_tail().write(tmp_path / "trail")
    result = run("trail", "--vkey", VKEY, "--format", "json")
    told = json.loads(result.stdout)
    assert (told["exit"], result.exit_code, told["verdict"]) == (4, 4, "VALID")
    assert told["answer"] == "VALID UP TO RECORD 3; 2 later records are not signed"
    assert (told["size"], told["signed_size"], told["unsigned"]) == (6, 4, 2)
    assert told["signers"] == [f"{ORIGIN}+{KEY.verifier.key_id.hex()}"]
    assert told["signed_time"] == "2026-02-03T04:00:03.000000Z"
    assert [finding["claim"] for finding in told["findings"]] == ["integrity", "completeness"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["trail", "--vkey", "nothing-here"], "nothing-here"),
        (["trail", "--vkey", "a+b+c"], "PK801"),
        (["trail", "--vkey", VKEY, "--head", "none"], "none"),
        (["trail", "--vkey", VKEY, "--head", "policy"], ("PK706", "--> policy")),
        (["trail", "--vkey", VKEY, "--revoked", "xyz"], ("PK805", "--> --revoked")),
        (["trail", "--vkey", VKEY, "--revoked", "00000000@01"], ("PK706", "--> --revoked")),
        (["trail", "--vkey", VKEY, "--revoked", "00 00 00@1"], ("PK805", "--> --revoked")),
        (["trail", "--vkey", VKEY, "--witness-policy", "kept"], "kept"),
        (["trail", "--kee", VKEY], "--kee"),
        (["trail"], "--vkey"),
        (["trail", "--vkey", VKEY, "--workers", "-1"], "--workers"),
        (["trail", "another", "--vkey", VKEY], "another"),
        (["hosp", "--vkey", VKEY], "did you mean `hosp/trail`?"),
        (["nowhere", "--vkey", VKEY], "PK700"),
    ],
)  # fmt: skip
def test_what_is_not_understood_ends_with_3_and_names_the_place(run, tmp_path, arguments, said):
    genuine().write(tmp_path / "trail")
    genuine().write(tmp_path / "hosp" / "trail")
    result = run(*arguments)
    assert result.exit_code == 3
    assert all(each in result.stderr for each in (said if isinstance(said, tuple) else (said,)))
    assert result.stdout == ""
    assert "Traceback" not in result.stderr


def test_help_states_every_exit_status(run):
    told = " ".join(run("--help").stdout.split())
    for status in ("0 valid", "1 invalid", "2 unverifiable", "3 no answer", "4 valid up to a record", "5 valid, but"):
        assert status in told


@pytest.mark.parametrize(
    "environment", [{"LANG": "C", "LC_ALL": "C"}, {"TERM": "dumb"}, {"NO_COLOR": "1"}, {"COLUMNS": "20"}]
)
def test_in_a_pipe_the_text_is_the_same_whatever_the_terminal(tmp_path, environment):
    genuine().write(tmp_path / "trail")
    command = [sys.executable, "-m", "policykit", "trail", "verify", "trail", "--vkey", VKEY]
    base = {
        key: value for key, value in os.environ.items() if key not in {"LANG", "LC_ALL", "TERM", "NO_COLOR", "COLUMNS"}
    }
    shown = subprocess.run(
        command, cwd=tmp_path, env={**base, **environment}, capture_output=True, text=True, timeout=600
    )
    assert (shown.stdout, shown.stderr, shown.returncode) == ((GOLDEN / "valid.txt").read_text(), "", 0)


def test_colours_mark_the_answer_and_nothing_else(tmp_path):
    folder = genuine().write(tmp_path / "trail")
    found = verify_trail(folder, [KEY.verifier])
    asked = Asked(Path("trail"), has_head=False, has_witnesses=False, accepts_unsigned=False)
    painted = verification_text(found, asked, colour=True)
    assert painted.startswith("\x1b[1;32mVALID\x1b[0m\n")
    plain = painted.replace("\x1b[1;32m", "").replace("\x1b[0m", "")
    assert plain == verification_text(found, asked, colour=False) == (GOLDEN / "valid.txt").read_text()


@pytest.mark.parametrize("width", [48, 60])
def test_in_a_narrow_terminal_the_text_is_the_same_in_more_lines_and_no_word_is_broken(tmp_path, width):
    folder = genuine().write(tmp_path / "trail")
    found = verify_trail(folder, [KEY.verifier])
    asked = Asked(Path("trail"), has_head=False, has_witnesses=False, accepts_unsigned=False)
    narrow = verification_text(found, asked, colour=False, width=width)
    assert narrow.split() == verification_text(found, asked, colour=False).split()
    command = "    policykit trail head trail > kept-head"  # is to be copied as a whole
    assert all(len(line) <= width or line == command or len(line.split()) <= 3 for line in narrow.splitlines())


@pytest.mark.parametrize("name", ["naïve.example/\N{SNOWMAN}", "x" * 120, "a\u200bb"])
def test_a_name_is_never_broken_and_never_spoils_a_terminal(run, tmp_path, name):
    made = Forge(name)
    text = made.text()
    key = SigningKey.from_seed("k", bytes(32))
    made.note(sign_note(text, [key.note_signer()]).to_bytes().replace(b" k ", f" {name} ".encode()))
    made.write(tmp_path / "trail")
    result = run("trail", "--vkey", VKEY)
    assert result.exit_code == 2
    assert any(visible(name) in line for line in result.stdout.splitlines())
    assert all(char.isprintable() for char in result.stdout if char != "\n")


def test_a_trail_that_is_being_written_is_verified_while_it_is(run, tmp_path):
    place = Place(tmp_path)
    with place.open(checkpoint_records=1000, checkpoint_interval_s=0.3) as opened:
        opened.append(a_decision())
        opened.checkpoint()
        result = run("trail", "--vkey", VKEY)
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "VALID")
