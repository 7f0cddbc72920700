"""Laws of the command's helps: what a help says is done to the letter, and then the command works."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from policykit.source import pages
from policykit.trail.append import Trail
from policykit.trail.keys import SigningKey
from policykit.trail.options import TrailOptions
from tests.helps import told
from tests.unit.pricing.lists import write


def help_in(text: str) -> str:
    """Return the last help that a command showed."""
    return " ".join(text.rsplit("= help: ", maxsplit=1)[-1].split("\n\n", maxsplit=1)[0].split())


def run_line(policykit, line: str, **names: str):
    """Run a command line that a help shows, with its words in capitals replaced."""
    words = shlex.split(line)
    assert words[0] == "policykit"
    return policykit(*(names.get(word, word) for word in words[1:]))


@pytest.mark.parametrize(
    ("line", "form", "right"),
    [
        (("lnt small.policy", "lnt"), "cli/_meant.py: did you mean `{}`?", "lint"),
        (("lint smal.policy", "smal.policy"), "source/reading.py: did you mean `{}`?", "small.policy"),
        (("lint sub/smal.policy", "sub/smal.policy"), "source/reading.py: did you mean `{}`?", "sub/small.policy"),
        (("lint --formt json small.policy", "--formt"), "cli/_usage.py: did you mean `{}`?", "--format"),
        (("trail verfy --help", "verfy"), "cli/_usage.py: did you mean `{}`?", "verify"),
        (("explain PK0012", "PK0012"), "cli/explain.py: did you mean `{}`?", "PK012"),
        (("explain HUMAN-2 small.policy", "HUMAN-2"), "cli/explain.py: did you mean `{}`?", "HUMAN-1"),
        (("vocabulary call.modl", "call.modl"), "cli/vocabulary.py: did you mean `{}`?", "call.model"),
        (("prices show prices.json --model chached", "chached"), "cli/prices.py: did you mean `{}`?", "cached"),
        (("check --format jsn", "jsn"), "cli/check.py: did you mean `{}`?", "json"),
        (("evidence show e.yaml --kind evaluaton", "evaluaton"), "cli/evidence.py: did you mean `{}`?", "evaluation"),
        (("trail show trail --type decison", "decison"), "cli/trail.py: did you mean `{}`?", "decision"),
        (("trail export trail --format jsnl", "jsnl"), "cli/trail.py: did you mean `{}`?", "jsonl"),
    ],
)
def test_a_near_word_in_the_wrong_ones_place_works(policykit, project, line, form, right):
    wrong, misspelt = line
    ran = policykit(*wrong.split())
    assert (ran.code != 0, told(help_in(ran.err or ran.out), form)) == (True, (right,))
    repaired = policykit(*(right if word == misspelt else word for word in wrong.split()))
    assert repaired.err == ""
    assert repaired.code in {0, 1}


@pytest.fixture
def project(policy):
    """Write one file of each sort, and a folder whose name is nearer to a mistake than the file's."""
    root = policy.parent
    (root / "sub").mkdir()
    (root / "sub" / "small.policy").write_text(policy.read_text())
    (root / "smal.policies").mkdir()
    (root / "policykit.yaml").write_text("project: 1\npolicy: small.policy\nsubject: {name: small, version: '1'}\n")
    (root / "e.yaml").write_text("evidence: evaluation\nproduced_at: 2026-11-19T12:00:00Z\nvalues:\n  cases: 5\n")
    write(root)
    key = SigningKey.from_seed("example.com/t", b"k" * 32)
    with Trail.open(root / "trail", signer=key.note_signer(), options=TrailOptions(state_directory=root / "state")):
        pass


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("validate", ["policykit lint"]),
        ("verify", ["policykit trail verify", "policykit verdict verify"]),
        ("format", ["policykit fmt"]),
        ("approve", ["policykit approvals approve"]),
        ("sign", ["policykit attest", "policykit agree"]),
        ("stop", ["policykit stops trip"]),
        ("prune", ["policykit trail prune"]),
    ],
)
def test_a_command_of_another_name_is_found_by_its_meaning(policykit, word, meant):
    (shown,) = told(help_in(policykit(word, "x").err), "cli/_meant.py: did you mean {}?")
    assert re.findall("`([^`]+)`", shown) == meant
    for line in meant:
        assert policykit(*line.split()[1:], "--help").code == 0


def test_all_commands_are_listed_where_nothing_is_near(policykit):
    ran = policykit("frobnicate")
    told(help_in(ran.err), "cli/_meant.py: run `policykit --help` for all commands")
    assert "lint" in policykit("--help").out


def test_what_can_stand_there_is_what_the_help_of_the_command_shows(policykit):
    ran = policykit("lint")
    (line,) = told(help_in(ran.err), "cli/_usage.py: `{} --help` shows what can stand here")
    assert run_line(policykit, f"{line} --help").code == 0


def test_a_public_key_follows_the_option_that_is_named(policykit, tmp_path):
    assert policykit("keys", "generate", "example.com/t", "-o", "t.pem").code == 0
    ran = policykit("verdict", "verify", "t", "--key", "t.pem.vkey")
    told(help_in(ran.err), "cli/_usage.py: `--key` takes a private key; public keys follow `--vkey`")
    after = policykit("verdict", "verify", "t", "--vkey", "t.pem.vkey")
    assert "PK904" not in after.err
    assert "--> t\n" in after.err, "what is looked for is the verdict, which is not there"


@pytest.mark.parametrize("word", ["HUMAN-1", "call.cost"])
def test_a_clause_and_a_word_are_explained_by_the_commands_shown(policykit, policy, word):
    form = "cli/explain.py: `policykit explain {} FILE` explains a clause, `policykit vocabulary {}` looks a word up"
    help_ = help_in(policykit("explain", word).err)
    assert told(help_, form) == (word, word)
    clause, found = re.findall("`([^`]+)`", help_)
    line = clause if word == "HUMAN-1" else found
    ran = run_line(policykit, line, FILE=str(policy))
    assert ran.code == 0, ran.err


def test_all_words_are_listed_where_none_is_near(policykit):
    told(help_in(policykit("vocabulary", "zzz").err), "cli/vocabulary.py: run `policykit vocabulary` for all words")
    assert "call.cost" in policykit("vocabulary").out


@pytest.mark.parametrize("name", ["m-2", "m", "whisper", "azure/m-2"])
def test_a_price_that_is_added_to_a_copy_is_known_and_no_other_model_is_offered(policykit, tmp_path, name):
    path = write(tmp_path)
    ran = policykit("prices", "show", path, "--model", name)
    form = "cli/prices.py: add its price to a copy of the list, and pin the copy: `policykit prices digest COPY`"
    told(help_in(ran.err), form)
    prices = json.loads(path.read_text())
    prices[name] = {"input_cost_per_token": 1e-06, "output_cost_per_token": 1e-06}
    (tmp_path / "copy.json").write_text(json.dumps(prices))
    pinned = run_line(policykit, "policykit prices digest COPY", COPY=str(tmp_path / "copy.json"))
    assert pinned.out.startswith("sha256:")
    shown = policykit("prices", "show", tmp_path / "copy.json", "--model", name)
    assert (shown.code, f"{name}  0.002 USD" in shown.out) == (0, True)


def test_a_folder_with_too_many_policies_is_named_smaller(policykit, policy, tmp_path):
    for name in ("a", "b"):
        (tmp_path / "many" / name).mkdir(parents=True)
    for number in range(10_001):
        (tmp_path / "many" / "ab"[number > 0] / f"{number}.policy").hardlink_to(policy)
    told(help_in(policykit("lint", "many").err), "cli/_policy_files.py: name a smaller folder")
    assert policykit("lint", "many/a").code == 0


def test_a_replay_can_tell_what_is_written_into_the_records(policykit, policy, tmp_path):
    calls = tmp_path / "calls.jsonl"
    calls.write_text('{"call.model": "a-1", "phase": "response"}\n')
    ran = policykit("replay", policy, calls, "--against", policy)
    form = (
        "cli/replay.py: write the facts that are not on record into the call records, `null` where a call had none; "
        "a guard records them for a trail with `recorded_facts`"
    )
    told(help_in(ran.err), form)
    lacking = re.findall(r"not on record: ([a-z_.]+)", ran.out)
    assert lacking == ["refund.amount"]
    for value in ("3 EUR", None):
        calls.write_text(json.dumps({"call.model": "a-1", "phase": "response", lacking[0]: value}) + "\n")
        assert policykit("replay", policy, calls, "--against", policy).code == 0


@pytest.mark.parametrize("mend", ["keep", "against"])
def test_calls_without_a_decision_are_compared_once_there_is_one(policykit, policy, tmp_path, mend):
    calls = tmp_path / "calls.jsonl"
    calls.write_text('{"call.model": "a-1"}\n')
    ran = policykit("replay", policy, calls)
    (option,) = re.findall(r"`(--\w+) POLICY`", help_in(ran.err))
    form = (
        'cli/replay.py: give `--against POLICY`, or write into each line what was decided: `"decision": '
        '{"effect": "allow"}`'
    )
    told(help_in(ran.err), form)
    (member,) = re.findall('`("decision".*)`', help_in(ran.err))
    if mend == "keep":
        calls.write_text(f'{{"call.model": "a-1", {member}}}\n')
        again = policykit("replay", policy, calls)
    else:
        again = policykit("replay", policy, calls, option, policy)
    assert (again.code, again.err) == (0, "")


def test_every_code_that_commands_show_has_a_page_to_read(policykit):
    ran = policykit("lnt")
    (code,) = re.findall(r"`policykit explain (PK\d+)` says more", ran.err)
    assert policykit("explain", code).out == pages.page(code)
