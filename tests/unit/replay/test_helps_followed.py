"""Laws of the replay's helps: what they say to do is done to the letter."""

import json
import re
import shlex
import shutil

import pytest
from typer.testing import CliRunner

from policykit.cli.main import application
from policykit.engine.load import load
from policykit.errors import TrailError
from policykit.replay import replay
from policykit.trail.vault import Vault
from tests.helps import told
from tests.unit.replay.recordings import KEY, record


def help_of(make):
    with pytest.raises(TrailError) as raised:
        make()
    return raised.value.diagnostics[0].help


def test_a_field_that_is_misspelt_is_written_as_the_help_says(tmp_path):
    place = record(tmp_path)
    calls = tmp_path / "calls.jsonl"
    calls.write_text('{"call": {"modle": "a"}}\n')
    report = replay(load(place.new), calls, against=load(place.old))
    (name,) = told(report.problems[0].help, "replay/call_source.py: did you mean `{}`?")
    calls.write_text(json.dumps({name: "a"}) + "\n")
    report = replay(load(place.new), calls, against=load(place.old))
    assert (report.problem_count, report.replayed) == (0, 1)


@pytest.mark.parametrize("mend", ["folder", "key"])
def test_records_without_signatures_are_replayed_as_the_help_says(tmp_path, mend):
    place = record(tmp_path)
    one = place.trail / "seg" / "000000.jsonl"
    help_ = help_of(lambda: replay(load(place.old), one, keys=[KEY.verifier]))
    told(help_, "replay/trail_source.py: give the trail's folder, or leave `--vkey` out")
    path, keys = (place.trail, [KEY.verifier]) if mend == "folder" else (one, [])
    assert replay(load(place.old), path, keys=keys).replayed


def test_the_command_that_says_more_about_a_trail_says_what_is_wrong(tmp_path):
    place = record(tmp_path)
    whole = (place.trail / "checkpoint").read_bytes()
    lines = (place.trail / "seg" / "000000.jsonl").read_bytes().splitlines(keepends=True)
    (place.trail / "seg" / "000000.jsonl").write_bytes(b"".join(lines[:-1]))
    help_ = help_of(lambda: replay(load(place.old), place.trail))
    told(help_, "replay/trail_source.py: `policykit trail verify FOLDER --vkey VKEY` says more")
    (line,) = re.findall("`([^`]+)`", help_)
    names = {"FOLDER": str(place.trail), "VKEY": KEY.verifier.to_text()}
    done = CliRunner().invoke(application(), [names.get(word, word) for word in shlex.split(line)[1:]])
    assert (done.exit_code, whole == (place.trail / "checkpoint").read_bytes()) == (1, True)


def test_a_payload_that_was_changed_is_restored_or_counts_as_not_kept(tmp_path):
    place = record(tmp_path, with_vault=True)
    shutil.copytree(place.vault, tmp_path / "copy")
    for path in place.vault.rglob("*.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | {"payload": "AAAA"}))

    def replayed():
        return replay(load(place.old), place.trail, keys=[KEY.verifier], vault=Vault(place.vault))

    form = "trail/vault.py: restore this file of the vault from a copy; without it the text counts as not kept"
    told(help_of(replayed), form)
    for path in place.vault.rglob("*.json"):
        path.unlink()
    assert replayed().replayed
    shutil.copytree(tmp_path / "copy", place.vault, dirs_exist_ok=True)
    assert replayed().replayed
