"""The parser's tables, computed once when the grammar changes, so that no command computes them at its start.

`grammar/policykit.tables.json.gz` is made from the grammar by `make_tables`; a test holds it current and rewrites it
with `--rewrite-golden`. It is data, not code. Tables of another grammar or of another lark are not used: the parser is
then made from the grammar itself, which takes longer and gives the same.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from typing import Any

import lark
from lark import Lark
from lark.grammar import Rule
from lark.lexer import TerminalDef

from policykit._resources import resource_path
from policykit.errors import ResourceMissingError

OPTIONS: dict[str, Any] = {
    "parser": "lalr",
    "lexer": "contextual",
    "keep_all_tokens": True,
    "maybe_placeholders": False,
}
"""How the parser is made; part of what the tables depend on."""

NAME = "policykit.tables.json.gz"


def make_tables(grammar: str) -> bytes:
    """Return the tables of a grammar as they are stored; lark numbers the states anew each time, so bytes differ."""
    data, memo = Lark(grammar, **OPTIONS).memo_serialize([TerminalDef, Rule])
    body = {"key": _key(grammar), "data": data, "memo": memo}
    text = json.dumps(body, separators=(",", ":"), sort_keys=False)
    return gzip.compress(text.encode(), mtime=0)


def parser_from_tables(grammar: str, **callbacks: Any) -> Lark | None:
    """Return a parser from the stored tables, or None when they do not belong to this grammar and lark."""
    try:
        with gzip.open(resource_path("grammar", NAME), "rt", encoding="utf-8") as file:
            stored = json.load(file)
        if stored["key"] != _key(grammar):
            return None
        load: Any = Lark._load_from_dict  # noqa: SLF001 - what lark's own stand-alone parsers call
        parser: Lark = load(_with_numbers(stored["data"]), _numbered(stored["memo"]), **callbacks)
    except (ResourceMissingError, OSError, ValueError, KeyError, AttributeError, EOFError):
        return None
    return parser


def _key(grammar: str) -> str:
    basis = f"{lark.__version__}\n{json.dumps(OPTIONS, sort_keys=True)}\n{grammar}"
    return hashlib.sha256(basis.encode()).hexdigest()


def _with_numbers(data: dict[str, Any]) -> dict[str, Any]:
    """Give the keys of the tables back their numbers, which JSON keeps as text."""
    table = data["parser"]["parser"]
    table["tokens"] = _numbered(table["tokens"])
    table["states"] = {int(state): _numbered(actions) for state, actions in table["states"].items()}
    return data


def _numbered(mapping: dict[str, Any]) -> dict[int, Any]:
    return {int(key): value for key, value in mapping.items()}
