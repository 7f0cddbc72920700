"""The reference for readers, and the command that prints it."""

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from policykit.cli.commands import vocabulary
from policykit.detect import catalogue
from policykit.vocabulary.builtin import builtin
from policykit.vocabulary.reference import markdown

PAGE = Path(__file__).parents[3] / "docs" / "vocabulary.md"


def test_the_page_says_what_the_code_says(request):
    text = markdown(builtin())
    if request.config.getoption("--rewrite-golden"):
        PAGE.write_text(text, encoding="utf-8", newline="")
    assert PAGE.read_text(encoding="utf-8") == text


def test_the_page_names_every_word():
    text = PAGE.read_text(encoding="utf-8")
    words = builtin()
    for name in [*words.facts, *words.evidence]:
        assert f"`{name}`" in text
    for kind in words.evidence.values():
        for element in kind.elements.values():
            assert f"`every {element.singular} in ... has ...`" in text


def run(*arguments):
    app = typer.Typer()
    vocabulary.register(app)
    return CliRunner(env={"COLUMNS": "120"}).invoke(app, list(arguments))


def test_without_a_word_everything_is_printed():
    done = run()
    assert done.exit_code == 0
    for name in [*builtin().facts, *builtin().evidence, *catalogue.NAMES]:
        assert name in done.output


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("call.confidence", ("percent", "the confidence in the answer", "response")),
        ("call.outcome", ("windows only",)),
        ("call.model", ("gen_ai.request.model",)),
        ("principal", ("principal.role", "principal.groups")),
        ("evaluation", ("every case in evaluation has ...", "every slice of evaluation", "touchless_rate")),
        ("evaluation.accuracy", ("percent", "the share of cases answered correctly")),
        ("pii.iban", ("pii.iban",)),
    ],
)
def test_one_word_is_printed_with_all_that_is_known_of_it(word, shown):
    done = run(word)
    assert done.exit_code == 0
    for text in shown:
        assert text in done.output


def test_json_holds_the_same():
    everything = json.loads(run("--format", "json").output)
    assert [fact["name"] for fact in everything["facts"]] == list(builtin().facts)
    assert [kind["name"] for kind in everything["evidence"]] == list(builtin().evidence)
    assert {detector["name"] for detector in everything["detectors"]} == set(catalogue.NAMES)
    one = json.loads(run("call.confidence", "--format", "json").output)
    assert one["phases"] == ["response"]
    assert (one["low"], one["high"]) == ("0%", "100%")
    assert json.loads(run("evaluation", "--format", "json").output)["elements"][0]["singular"] == "case"


@pytest.mark.parametrize("word", ["call.modell", "evalution", "evaluation.acuracy", "\x1b[31m", "x" * 5_000])
def test_an_unknown_word_is_an_error_with_the_nearest(word):
    done = run(word)
    assert done.exit_code == 2
    assert "PK910" in done.output
    assert "\x1b" not in done.output
    assert len(done.output) < 500


def test_the_nearest_word_is_named():
    assert "did you mean `call.model`?" in run("call.modell").output
    assert "did you mean `evaluation.accuracy`?" in run("evaluation.acuracy").output
    assert json.loads(run("call.modell", "--format", "json").output)["diagnostics"][0]["code"] == "PK910"


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("cost", ("cost_model", "spend.cost_per_task", "call.cost")),
        ("latency", ("load_test", "telemetry.latency_p95", "call.latency")),
        ("owner", ("ownership", "ownership.run_owner")),
        ("pii", ("data.personal", "pii.iban")),
        ("playbook", ("runbook",)),
        ("asr", ("red_team.attack_success_rate",)),
    ],
)
def test_a_word_that_is_none_of_the_vocabulary_finds_what_it_is_about(word, shown):
    done = run(word)
    assert done.exit_code == 0
    assert [name for name in shown if name not in done.output] == []
    data = json.loads(run(word, "--format", "json").output)
    assert data["about"] == word
    assert set(data["evidence"]) <= set(builtin().evidence)


@pytest.mark.parametrize("words", [[], ["cost"], ["call"], ["pii"], *([kind] for kind in builtin().evidence)])
@pytest.mark.parametrize("width", [60, 80])
def test_no_line_is_wider_than_the_terminal_and_no_word_is_broken(monkeypatch, words, width):
    monkeypatch.setenv("COLUMNS", str(width))
    app = typer.Typer()
    vocabulary.register(app)
    wide, narrow = (CliRunner(env={"COLUMNS": columns}).invoke(app, words).output for columns in ("1000", str(width)))
    assert max(map(len, narrow.splitlines())) <= width
    assert narrow.split() == wide.split()


def test_a_kind_says_which_question_it_answers_and_who_reads_it():
    output = " ".join(run("evaluation").output.split())
    assert "Is it right often enough" in output
    assert "Read from promptfoo results" in output
    assert "No reader yet" in run("cost_model").output
