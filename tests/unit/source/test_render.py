"""Laws of rendering: marks stand under what they mean, nothing acts on the terminal, every format says the same."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policykit.errors import PolicykitError
from policykit.source import Applicability, Diagnostic, Fix, Label, Severity, SourceFile, Span
from policykit.source.render import formats, render_as, terminal

TEXT = 'language 1\n\nrule HUMAN-1 "Refunds"\n  on response\n  when refund.amont > 500 EUR\n  then deny\n'
SOURCE = SourceFile("triage.policy", TEXT)


def span_of(text: str, source: SourceFile = SOURCE) -> Span:
    start = source.text.index(text)
    return Span(start, start + len(text))


def typo(**changes: object) -> Diagnostic:
    values: dict[str, object] = {
        "source": SOURCE,
        "span": span_of("refund.amont"),
        "expected": "a declared fact",
        "got": "`refund.amont`",
        "help": "did you mean `refund.amount`?",
    }
    return Diagnostic("PK999", "`refund.amont` is not a known fact", **(values | changes))


def several() -> list[Diagnostic]:
    other = SourceFile("packs/base.policy", 'fact refund.amount : money EUR "amount"\n')
    fix = Fix(span_of("refund.amont"), "refund.amount", Applicability.SAFE)
    return [
        typo(
            fix=fix,
            labels=(Label(span_of("500 EUR"), "compared here"), Label(span_of("amount", other), "declared", other)),
        ),
        Diagnostic("PK001", "there is no such file", place="100%, missing:file.policy"),
        typo(
            severity=Severity.WARNING, span=Span(TEXT.index("rule"), TEXT.index("then")), help="", expected="", got=""
        ),
        typo(severity=Severity.INFO, labels=(Label(span_of("language 1"), "since here"),)),
    ]


@pytest.mark.parametrize("name", formats())
def test_the_rendering_is_the_golden_one(name, golden):
    golden(f"render/several.{name}", render_as(name, several()))


def test_colours_change_nothing_but_colours(golden):
    coloured = terminal.render(several(), colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == terminal.render(several())
    golden("render/several.ansi", coloured)


@pytest.mark.parametrize("name", formats())
def test_nothing_found_is_valid_in_every_format(name):
    text = render_as(name, [])
    if name in {"json", "sarif"}:
        assert json.loads(text)
    else:
        assert text == ""


def test_an_unknown_format_is_refused_with_the_nearest():
    with pytest.raises(PolicykitError) as raised:
        render_as("sarrif", [])
    assert "did you mean `sarif`?" in str(raised.value)


def columns(text: str) -> int:
    """Return the columns that a terminal uses for text: the slow, literal reference."""
    total = 0
    for char in text:
        if unicodedata.category(char) in {"Mn", "Me", "Cf"}:
            continue
        total += 2 if unicodedata.east_asian_width(char) in "WF" else 1
    return total


@pytest.mark.parametrize(
    "before", ["", "  ", "\t", "漢字 ", "e\u0301 ", "\t漢\t", "👩\u200d💻 ", "x" * 300, "漢" * 300, "\u202e\x1b[31m"]
)
@pytest.mark.parametrize("marked", ["bad", "漢字", "e\u0301"])
def test_carets_stand_under_the_marked_text(before, marked):
    source = SourceFile("a", f"{before}{marked} rest" + "y" * 300)
    text = terminal.render([Diagnostic("PK999", "m", source=source, span=Span(len(before), len(before) + len(marked)))])
    line, carets = text.splitlines()[3:5]
    at = line.index(marked + " rest")
    assert columns(carets[: carets.index("^")]) == columns(line[:at])
    assert carets.count("^") == columns(marked)
    assert columns(line) <= 110


def test_the_end_of_a_line_and_of_a_file_can_be_marked():
    for at in (10, len(TEXT)):
        rendered = terminal.render([typo(span=Span(at, at))])
        assert rendered.count("^") == 1


def test_a_label_far_right_on_a_long_line_gets_its_own_window():
    source = SourceFile("a", "bad " + "x" * 2_000 + " worse")
    label = Label(Span(len(source.text) - 5, len(source.text)), "here")
    rendered = terminal.render([Diagnostic("PK999", "m", source=source, span=Span(0, 3), labels=(label,))])
    assert "1 | bad xxx" in rendered
    assert "xxx worse\n" in rendered
    assert "----- here" in rendered


@given(st.text(), st.text(), st.data())
def test_no_text_of_a_user_acts_on_the_terminal_or_adds_a_line_of_its_own(message, text, data):
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    found = Diagnostic(
        "PK999", message, source=SourceFile(message, text), span=Span(start, end), got=text, help=message
    )
    rendered = terminal.render([found])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", rendered)
    assert rendered.startswith("error[PK999]: ")
    for name in formats():
        render_as(name, [found]).encode("utf-8")


@given(st.text(), st.text())
def test_a_github_command_is_one_line_whatever_its_text(message, name):
    found = Diagnostic("PK999", message, source=SourceFile(name, "x"), span=Span(0, 1))
    rendered = render_as("github", [found])
    assert rendered.count("\n") == 1
    assert "\r" not in rendered
    properties = rendered.removeprefix("::error ").split("::", 1)[0]
    assert len(properties.split(",")) == 6


@pytest.mark.parametrize("text", ["x" * 4_000_000, "漢" * 1_000_000])
def test_a_huge_line_gives_a_short_excerpt(text):
    source = SourceFile("a", text)
    found = [Diagnostic("PK999", "m", source=source, span=Span(i * 1_000, len(text))) for i in range(50)]
    assert len(terminal.render(found)) < 50 * 600


def test_sarif_columns_count_characters_and_rules_carry_their_pages():
    log = json.loads(render_as("sarif", several()))
    (run,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert run["columnKind"] == "unicodeCodePoints"
    rules = run["tool"]["driver"]["rules"]
    assert all(rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in run["results"])
    known = next(rule for rule in rules if rule["id"] == "PK001")
    assert known["help"]["markdown"].startswith("# PK001: ")
    region = run["results"][0]["locations"][0]["physicalLocation"]["region"]
    assert region == {"startLine": 5, "startColumn": 8, "endLine": 5, "endColumn": 20}


def test_a_sarif_path_is_a_valid_uri():
    source = SourceFile("my policies/ü#1.policy", "x")
    log = json.loads(render_as("sarif", [Diagnostic("PK999", "m", source=source, span=Span(0, 1))]))
    location = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == "my%20policies/%C3%BC%231.policy"


def test_json_names_the_end_of_a_span_over_several_lines():
    document = json.loads(render_as("json", several()))
    assert document["diagnostics"][2]["location"] == {
        "file": "triage.policy",
        "line": 3,
        "column": 1,
        "end_line": 6,
        "end_column": 3,
    }
    assert document["summary"] == {"error": 2, "warning": 1, "info": 1}


@pytest.mark.parametrize(
    ("severities", "words"),
    [
        ([], "no findings"),
        (["error"], "1 error"),
        (["error", "error", "warning"], "2 errors, 1 warning"),
        (["info", "info"], "2 notes"),
    ],
)
def test_the_summary_counts(severities, words):
    assert terminal.summary([typo(severity=Severity(s)) for s in severities]) == words


def test_a_terminal_shows_so_many_findings_and_counts_the_rest():
    from policykit.source.render.terminal import MAX_SHOWN

    text = terminal.render([Diagnostic("PK020", f"fault {index}") for index in range(MAX_SHOWN + 4_321)])
    assert f"fault {MAX_SHOWN - 1}" in text
    assert f"fault {MAX_SHOWN}\n" not in text
    assert "... and 4,321 more" in text
