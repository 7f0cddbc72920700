"""The stored tables are those of the grammar, and a parser from them reads the same."""

from pathlib import Path

import pytest
from lark import Lark

from policykit._resources import resource_path
from policykit.language.parse.grammar import callbacks
from policykit.language.parse.tables import NAME, OPTIONS, make_tables, parser_from_tables

GRAMMAR = Path(resource_path("grammar", "policykit.lark"))


@pytest.fixture(autouse=True)
def rewritten(request):
    if request.config.getoption("--rewrite-golden") and parser_from_tables(GRAMMAR.read_text()) is None:
        GRAMMAR.with_name(NAME).write_bytes(make_tables(GRAMMAR.read_text()))


def test_the_stored_tables_are_current():
    assert parser_from_tables(GRAMMAR.read_text()) is not None, (
        "run pytest --rewrite-golden tests/unit/language/test_tables.py"
    )


def test_tables_of_another_grammar_are_not_used():
    assert parser_from_tables(GRAMMAR.read_text() + "\n// another\n") is None


@pytest.mark.parametrize("content", [b"", b"x", b"\x1f\x8b\x08", None])
def test_broken_tables_are_not_used(content, tmp_path, monkeypatch):
    path = tmp_path / NAME
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setattr("policykit.language.parse.tables.resource_path", lambda *_: str(path))
    assert parser_from_tables(GRAMMAR.read_text()) is None


def test_a_parser_from_tables_reads_the_same_as_one_from_the_grammar():
    from_tables = parser_from_tables(GRAMMAR.read_text())
    assert from_tables is not None
    from_grammar = Lark(GRAMMAR.read_text(), **OPTIONS)
    for path in sorted(GRAMMAR.parents[1].glob("rules/*/*.policy")) + sorted(
        GRAMMAR.parents[1].glob("examples/*/*.policy")
    ):
        assert from_tables.parse(path.read_text()) == from_grammar.parse(path.read_text())
    assert callbacks().context is None
