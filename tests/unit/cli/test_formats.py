"""The law of `--format`: each command that answers a question prints JSON when asked, and so do its errors."""

from __future__ import annotations

import json

import pytest
import typer

from policykit.cli.main import application
from tests.unit.pricing.lists import write as write_prices

WORKS = {
    "agree build-started": "its work is on the trail",
    "agree sign": "its work is a signed file or a record",
    "attest evidence": "its work is a signed file",
    "attest sign-off": "its work is a signed file",
    "attest statement": "its work is a signed file",
    "init": "its work is files",
    "keys generate": "its work is two files; it prints the public key as other commands take it",
    "keys show": "prints the public key as other commands take it",
    "lock": "its work is a file",
    "trail consistency": "prints a proof, which is a format of its own",
    "trail cosign": "its work is on the trail",
    "trail export": "has formats of its own",
    "trail head": "prints a checkpoint, which is a format of its own",
    "trail prove": "its work is two files",
    "trail prune": "its work is on the trail",
    "trail rotate": "its work is on the trail",
    "trail tiles": "its work is files",
    "trail timestamp": "its work is on the trail, or a file",
    "witness serve": "serves",
}
"""Commands without `--format json`, and why."""


def commands() -> dict[str, set[str]]:
    """Return every command, subcommands included, with its options."""
    options: dict[str, set[str]] = {}
    root = typer.main.get_command(application())
    waiting = [((name,), root.get_command(None, name)) for name in root.list_commands(None)]
    while waiting:
        path, command = waiting.pop()
        if hasattr(command, "commands"):
            waiting += [((*path, name), each) for name, each in command.commands.items()]
        else:
            options[" ".join(path)] = {option for each in command.params for option in each.opts}
    return options


def test_every_command_that_answers_has_the_option_and_no_other_is_excused():
    without = {name for name, options in commands().items() if "--format" not in options}
    assert without | {"trail export"} == set(WORKS)


def documents(ran, code):
    assert ran.code == code, ran
    return json.loads(ran.out or "null"), json.loads(ran.err or "null")


def test_fmt_says_of_each_file_whether_it_changed(policykit, policy, tmp_path):
    (tmp_path / "messy.policy").write_text('language 1\npolicy p version "1"\nparty  a "A"\n')
    found, problems = documents(policykit("fmt", ".", "--check", "--format", "json"), 1)
    assert (found, problems) == (
        {"files": [{"file": "messy.policy", "changed": True}, {"file": "small.policy", "changed": False}]},
        None,
    )
    found, _ = documents(policykit("fmt", "--diff", "messy.policy", "--format", "json"), 1)
    assert '-party  a "A"\n' in found["files"][0]["diff"]
    found, _ = documents(policykit("fmt", "-", "--format", "json", stdin=b"language 1\npolicy p version '1'"), 2)
    assert found == {"files": []}
    (tmp_path / "bad.policy").write_text("rule ???")
    found, problems = documents(policykit("fmt", ".", "--format", "json"), 2)
    assert [each["file"] for each in found["files"]] == ["messy.policy", "small.policy"]
    assert {each["place"].split(":")[0] for each in problems["diagnostics"]} == {"bad.policy"}


def test_standard_input_comes_back_as_a_text(policykit):
    text = 'language 1\npolicy p version "1"\nparty  a "Ä"\n'
    found, _ = documents(policykit("fmt", "-", "--format", "json", stdin=text.encode()), 0)
    assert found["files"][0]["text"].endswith('\nparty a "Ä"\n')


def test_explanations_come_in_their_parts(policykit, policy):
    assert documents(policykit("explain", "pk001", "--format", "json"), 0)[0]["code"] == "PK001"
    found, _ = documents(policykit("explain", "MODEL-1", policy, "--format", "json"), 0)
    assert found["clause"] == "MODEL-1"
    assert "\n" not in found["text"]
    found, _ = documents(policykit("explain", policy, "--format", "json"), 0)
    assert found["policy"] == "small"
    assert found["parts"][0].keys() == {"heading", "paragraphs"}
    for arguments, code in ((["PK0001"], "PK901"), (["MODEL-2", policy], "PK902"), (["none.policy"], "PK001")):
        nothing, problems = documents(policykit("explain", *arguments, "--format", "json"), 2)
        assert nothing is None
        assert [each["code"] for each in problems["diagnostics"]] == [code]


def test_prices_are_exact_texts_and_unknown_ones_null(policykit, tmp_path):
    write_prices(tmp_path)
    asked = ("--input", "1000", "--output", "3", "--cached", "999", "--format", "json")
    found, problems = documents(
        policykit("prices", "show", "prices.json", "--model", "cached", "--model", "m", *asked), 1
    )
    assert found["models"] == [
        {"model": "cached", "entry": "cached", "is_priced": True, "cost": "0.0003477", "currency": "USD"},
        {"model": "m", "is_priced": False, "why": "the list does not have it"},
    ]
    assert [each["code"] for each in problems["diagnostics"]] == ["PK368"]
    text = policykit("prices", "digest", "prices.json").out.strip()
    assert documents(policykit("prices", "digest", "prices.json", "--format", "json"), 0)[0] == {"digest": text}


@pytest.mark.parametrize(
    "arguments",
    [
        ("prices", "digest", "none.json"),
        ("prices", "show", "none.json"),
        ("prices", "check", "none.json", "small.policy"),
        ("evidence", "show", "none.json"),
        ("lint", "none.policy"),
        ("test", "none.policy"),
        ("trail", "check-proof", "none.proof", "--vkey", "none.vkey"),
        ("trail", "open-commitment", "hmac-sha256:00", "--opening", "none"),
        ("verdict", "verify", "none.json", "--vkey", "none.vkey"),
        ("vocabulary", "nonesuch"),
    ],
)
def test_errors_are_json_where_the_answer_would_be(policykit, policy, arguments):
    ran = policykit(*arguments, "--format", "json")
    assert ran.code == 2
    problems = json.loads(ran.err or ran.out)
    assert problems["diagnostics"][0]["code"].startswith("PK")


def test_evidence_is_shown_with_its_values_in_the_words_of_the_language(policykit, tmp_path):
    (tmp_path / "e.yaml").write_text(
        "evidence: evaluation\nproduced_at: 2026-11-01T10:00:00Z\nvalues:\n  cases: 12\n  pass_rate: 91.7%\n"
    )
    found, _ = documents(policykit("evidence", "show", "e.yaml", "--format", "json", "--at", "2026-11-02T10:00:00Z"), 0)
    assert found["fields"] == {"cases": "12", "pass_rate": "91.7%"}
    assert found["produced_at"] == "2026-11-01T10:00:00Z"
    assert found["usable"] == "sufficient"
    assert (found["tool"], found["about"]["model"]) == ({"name": None, "version": None}, None)  # not stated
