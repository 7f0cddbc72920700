"""The language reference is true: its examples check, and its wrong ones give the error they announce."""

from dataclasses import replace
from pathlib import Path

import pytest

from policykit.detect.catalogue import NAMES
from policykit.language import syntax
from policykit.language.check.tables import NEVER_CONFUSED
from policykit.language.format import format_tree
from policykit.language.load import Loaded, load_text
from policykit.language.parse import STATEMENTS, parse
from policykit.language.parse.grammar import reserved_words
from policykit.source import SourceFile
from policykit.vocabulary.builtin import builtin
from tests.spec.blocks import blocks

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "grammar" / "README.md"
BLOCKS = blocks(REFERENCE, "policy")
(SETTING,) = [b for b in BLOCKS if b.info == "policy setting"]
EXAMPLES = [b for b in BLOCKS if b.info == "policy"]


def load(name: str, text: str) -> Loaded:
    return load_text(name, text, replace(builtin(), detectors=NAMES))


def whole(text: str) -> tuple[str, int]:
    """An example as a file, and the number of lines put before it; clauses of the setting that it repeats give way."""
    if text.lstrip().startswith("language"):
        return text, 0
    clauses = {
        s.id.text
        for s in parse(SourceFile("x", text)).tree.statements
        if isinstance(s, syntax.Requirement | syntax.Rule)
    }
    head, *rest = SETTING.text.split("\n\n\n", 1)
    body = "\n\n".join(
        part
        for part in rest[0].split("\n\n")
        if not any(f"{kind} {c} " in part for c in clauses for kind in ("rule", "requirement"))
    )
    before = f"{head}\n\n\n{body}\n\n"
    return before + text, before.count("\n")


@pytest.mark.parametrize("block", EXAMPLES, ids=lambda b: f"line {b.line}")
def test_every_example_says_what_the_page_says(block):
    text, offset = whole(block.text)
    loaded = load(f"README.md:{block.line}", text)
    found: dict[int, list[str]] = {}
    for diagnostic in loaded.diagnostics:
        if diagnostic.is_error:
            assert diagnostic.source is not None
            line = diagnostic.source.position(diagnostic.span.start).line - offset
            found.setdefault(line, []).append(diagnostic.code)
    assert found == block.expected(), "\n".join(map(str, loaded.diagnostics))


@pytest.mark.parametrize("block", [b for b in BLOCKS if not b.expected()], ids=lambda b: f"line {b.line}")
def test_every_right_example_is_laid_out_as_the_formatter_does(block):
    parsed = parse(SourceFile("README.md", block.text))
    assert format_tree(parsed.tree).strip() == block.text.strip()


def test_the_setting_checks_without_a_warning_that_matters():
    assert [d for d in load("setting", SETTING.text).diagnostics if d.is_error] == []


def test_every_statement_stands_in_an_example():
    text = "\n".join(b.text for b in BLOCKS) + REFERENCE.read_text()
    for keyword in STATEMENTS:
        assert f"\n{keyword} " in text, f"show `{keyword}` in an example"


def test_the_words_of_the_language_are_listed_and_current():
    page = REFERENCE.read_text()
    listed = page.split("<!-- words: generated -->")[1].split("<!-- /words -->")[0]
    assert set(listed.replace("`", " ").replace(",", " ").split()) == reserved_words() - NEVER_CONFUSED


def test_the_detectors_named_in_the_reference_exist():
    import re

    named = set(re.findall(r"\b(?:pii|secret|injection)\.[a-z_]+", REFERENCE.read_text()))
    assert named <= set(NAMES)
