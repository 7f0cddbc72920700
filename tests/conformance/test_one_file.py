"""The one-file verifier as a command: what it prints, what it refuses, what it never does."""

import os
import re
import shutil
import subprocess
import sys
import tracemalloc

import pytest

from tests.conformance.bases import KEYS, NEW, OLD, honest, recoveries
from tests.conformance.builder import ORIGIN, SEGMENT, Builder, Signer, tiles_of
from tests.conformance.rows import Shelf
from tests.conformance.verifiers import ROOT, load_one_file

SCRIPT = ROOT / "standalone" / "policykit_verify.py"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return Shelf(tmp_path_factory.mktemp("shelf"))


def asked(capsys, *arguments):
    """Run the command in this process; return its exit status and the lines it printed."""
    try:
        status = load_one_file().main([str(argument) for argument in arguments])
    except SystemExit as left:
        status = left.code
    return status, capsys.readouterr().out.splitlines()


def test_it_runs_alone(shelf):
    command = [sys.executable, "-I", SCRIPT, shelf.base("plain"), "--key", KEYS["old"]]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, timeout=600)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("VALID\n")


def test_the_page_says_how_long_it_is():
    (claimed,) = re.findall(r"one file of about (\d+) lines", (ROOT / "docs/trail-format.md").read_text())
    assert abs(len(SCRIPT.read_text().splitlines()) - int(claimed)) <= 50


@pytest.mark.parametrize(
    ("base", "options", "status", "first"),
    [
        ("plain", [], 0, "VALID"),
        ("another_log", [], 1, "INVALID"),
        ("never_signed", [], 2, "UNVERIFIABLE"),
        ("tail", [], 4, "VALID UP TO RECORD 3; 3 later records are not signed"),
        ("rotation_in_the_tail", [], 4, "VALID UP TO RECORD 3; 1 later record is not signed"),
        ("tail", ["--accept-unsigned"], 0, "VALID UP TO RECORD 3; 3 later records are not signed"),
        ("plain", ["--revoked", f"{OLD.id.hex()}@9"], 1, "INVALID"),
        ("plain", ["--revoked", f"{OLD.id.hex()}@9", "--revoked", f"{OLD.id.hex()}@10"], 1, "INVALID"),
        ("plain", ["--revoked", f"{OLD.id.hex()}@10"], 0, "VALID"),
        ("plain", ["--revoked", "yesterday"], 3, "NO ANSWER"),
        ("plain", ["--head", "/nonexistent"], 3, "NO ANSWER"),
        ("plain", ["--key", "x+y"], 3, "NO ANSWER"),
        ("plain", ["--keys", "x"], 3, "NO ANSWER"),
        ("plain", ["--key", KEYS["witness"], "--key", NEW.text], 0, "VALID"),
    ],
)
def test_the_first_line_and_the_exit_status_are_the_answer(shelf, capsys, base, options, status, first):  # noqa: PLR0917
    found, lines = asked(capsys, shelf.base(base), "--key", KEYS["old"], *options)
    assert (found, lines[0]) == (status, first)


def test_the_rest_is_plain_words(shelf, capsys):
    _, lines = asked(capsys, shelf.base("tail"), "--key", KEYS["old"])
    text = "\n".join(lines)
    assert (
        f"Trail: '{ORIGIN}'. Records: 0 to 6, 7 in all, written from 2026-01-02T03:00:00.000000Z to 2026-01-02T03:00:06"
        in text
    )
    assert f"Signed: records up to 3, by '{ORIGIN}+{OLD.id.hex()}'." in text
    assert "Not signed: records from 4 on; nobody vouches for them." in text
    assert "without --head, that the trail was not rolled back" in text
    assert "Not checked: witnesses, time stamps, the JSON of records" in text
    assert lines[-1].startswith("What to do next: have the writer sign")
    assert asked(capsys, shelf.base("plain"), "--key", KEYS["old"])[1][-1].startswith("What to do next: keep a copy")


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ([{"file": "seg/000000.jsonl", "drop_line": 4}], "Record 4 is missing, doubled or moved: this one is 5."),
        ([{"file": "seg/000000.jsonl", "replace_in_line": [4, '"s"', '"t"']}], "Record 5 does not follow record 4."),
        (
            [{"file": "seg/000000.jsonl", "replace_in_line": [-1, '"s"', '"t"']}],
            "The records are not those of the head of size 10.",
        ),
        ([{"file": "seg/000000.jsonl", "drop_line": -1}], "The trail has 9 records, 10 were signed."),
        (
            [{"file": "checkpoints.log", "drop_line": 0}],
            "Record 1 names a head that checkpoints.log does not hold as it was.",
        ),
    ],
)
def test_what_is_wrong_is_named(shelf, capsys, tmp_path, edits, said):
    directory = shelf.laid_out({"base": "plain", "edits": edits}, tmp_path / "trail")
    status, lines = asked(capsys, directory, "--key", KEYS["old"])
    assert (status, lines[2]) == (1, said)


def test_what_a_stranger_needs_is_said(shelf, capsys):
    _, lines = asked(capsys, shelf.base("plain"), "--key", KEYS["other"])
    assert "the given keys do not belong to this trail" in "\n".join(lines)
    assert f"ask the owner for the key that signs ('{ORIGIN}'+{OLD.id.hex()})" in lines[-1]


def test_notes_say_what_happened(shelf, capsys):
    _, lines = asked(capsys, shelf.base("rotated"), "--key", KEYS["old"])
    assert f"Note: record 2 hands signing over to '{ORIGIN}+{NEW.id.hex()}'." in lines
    assert f"by '{ORIGIN}+{NEW.id.hex()}'." in "\n".join(lines)
    pruned_lines = asked(capsys, shelf.base("pruned"), "--key", KEYS["old"])[1]
    assert "Pruned: the first 65536 records; their hashes are part of what is signed." in pruned_lines


def test_a_head_kept_elsewhere_is_read_from_a_file(shelf, capsys, tmp_path):
    (tmp_path / "head").write_bytes(honest().published)
    status, lines = asked(capsys, shelf.base("built"), "--key", KEYS["old"], "--head", tmp_path / "head")
    assert status == 0
    assert "Head kept elsewhere: of size 4, continued." in lines
    assert "rolled back" not in "\n".join(lines)


@pytest.mark.parametrize(("size", "status"), [(2**63 - 1, 1), (2**63, 3)])
def test_a_size_has_63_bits(shelf, capsys, tmp_path, size, status):
    (tmp_path / "head").write_bytes(honest().published.replace(b"\n4\n", b"\n%d\n" % size))
    assert asked(capsys, shelf.base("built"), "--key", KEYS["old"], "--head", tmp_path / "head")[0] == status


def test_names_from_the_trail_are_printed_without_control_characters(capsys, tmp_path):
    signer = Signer(1, "evil\u009b31m\u200b")
    directory = Builder(signer.name).records(1).head(signer).write(tmp_path / "trail")
    for key in (signer.text, KEYS["old"]):
        assert "\u009b" not in "\n".join(asked(capsys, directory, "--key", key)[1])


@pytest.mark.parametrize(
    ("index", "path"),
    [(0, "000"), (7, "007"), (999, "999"), (1000, "x001/000"), (1001, "x001/001"), (2_003_004, "x002/x003/004")],
)
def test_the_path_of_a_tile(index, path):
    assert load_one_file().Tiles._path(index) == path


@pytest.mark.parametrize("spoiled", [None, "2/000", "2/001", "2/002.p/3", "3/000.p/2"])
def test_tiles_that_stand_for_many_segments(tmp_path, spoiled):
    """515 roots of segments, fed as if 33 million records had been read."""
    module = load_one_file()
    roots = [bytes([at % 256, at // 256]) * 16 for at in range(515)]
    for name, data in tiles_of(roots).items():
        _, level, rest = name.split("/", 2)
        path = tmp_path / "tile" / str(int(level) + 2) / rest
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if f"{int(level) + 2}/{rest}" != spoiled else data[::-1])
    tiles = module.Tiles(tmp_path, [])
    for root in roots:
        tiles.add(root, 2)
    tiles.finish()
    assert tiles.wrong == ({spoiled} if spoiled else set())
    assert max(tiles.ends()) == (515 * SEGMENT, "2/002.p/3")


def test_a_tile_of_records_that_were_appended_meanwhile_is_not_wrong(tmp_path):
    """The verifier has read the segments; then a writer appends, and stores tiles of what it appended."""
    module = load_one_file()
    before, after = honest(), honest().records(300)
    directory = before.write(tmp_path / "trail")
    log = module.Log(directory, before.published, set())
    records = module.Records(directory, log, 4)
    (directory / "seg/000000.jsonl").write_bytes(b"".join(line + b"\n" for line in after.lines))
    for name, data in tiles_of(after.leaves).items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_bytes(data)
    assert records.check_tiles() == set()
    assert (records.size, records.tree.size) == (4, 304)
    (directory / "tile/0/001.p/49").write_bytes(bytes(49 * 32))
    records = module.Records(directory, log, 4)
    assert records.check_tiles() == {"0/001.p/49"}


def test_a_beginning_that_is_pruned_while_the_trail_is_read_is_read_again(tmp_path, monkeypatch):
    """The log is read; then a writer records and signs that a segment goes, and drops it."""
    module = load_one_file()
    builder = Builder().records(SEGMENT + 1).head(OLD)
    directory = builder.write(tmp_path / "trail", tiles=False)
    after = builder.prune(0, [builder.root_of(0)]).head(OLD).write(tmp_path / "after", first=1, tiles=False)
    real = module.Records

    def pruned_first(*arguments):
        if after.exists():
            shutil.rmtree(directory)
            after.rename(directory)
        return real(*arguments)

    monkeypatch.setattr(module, "Records", pruned_first)
    found = module.answer(directory, [module.Key(KEYS["old"])])
    assert (found.status, found.lines[0]) == (0, "VALID")


@pytest.mark.parametrize("name", ["checkpoints.log", "checkpoint", "seg/000000.jsonl", "tile/0/000.p/10"])
def test_a_file_of_many_gigabytes_of_nothing_ends_soon(shelf, tmp_path, name):
    directory = shelf.laid_out({"base": "plain", "edits": []}, tmp_path / "trail")
    os.truncate(directory / name, 1 << 40)
    module = load_one_file()
    assert module.answer(directory, [module.Key(KEYS["old"])]).status == (5 if name.startswith("tile") else 1)


def test_a_file_that_may_not_be_read_gives_no_answer(shelf, tmp_path, monkeypatch):
    module = load_one_file()
    directory = shelf.laid_out({"base": "plain", "edits": []}, tmp_path / "trail")
    real = os.open

    def refused(path, *more):
        if str(path).endswith(".jsonl"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path, *more)

    monkeypatch.setattr(module.os, "open", refused)
    found = module.answer(directory, [module.Key(KEYS["old"])])
    assert (found.status, found.lines[0]) == (3, "NO ANSWER")
    assert "Permission denied" in found.lines[2]


@pytest.mark.parametrize(("count", "status"), [(516, 0), (517, 1)])
def test_at_most_32_mib_of_a_segment_are_parsed(tmp_path, count, status):
    module = load_one_file()
    directory = recoveries(count).write(tmp_path / "trail", tiles=False)
    assert module.answer(directory, [module.Key(KEYS["old"])]).status == status


@pytest.mark.parametrize(("length", "is_key"), [(255, True), (256, False)])
def test_a_key_s_name_has_at_most_255_bytes(capsys, shelf, length, is_key):
    status, _ = asked(capsys, shelf.base("plain"), "--key", Signer(1, "n" * length).text)
    assert status == (2 if is_key else 3)


def test_a_large_segment_is_read_in_pieces(tmp_path):
    """A segment of 20 MB, and never more than a few pieces of it in memory."""
    builder = Builder().records(1)
    for _ in range(320):
        builder.record(x="y" * 65_000)
    directory = builder.head(OLD).write(tmp_path / "trail", tiles=False)
    module = load_one_file()
    key = module.Key(KEYS["old"])
    tracemalloc.start()
    try:
        assert module.answer(directory, [key]).status == 0
        assert tracemalloc.get_traced_memory()[1] < 8 << 20
    finally:
        tracemalloc.stop()
