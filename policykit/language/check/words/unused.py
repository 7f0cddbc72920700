"""Declarations that nothing uses: most often a word that was meant and misspelt as another declared one."""

from __future__ import annotations

from typing import Any

from policykit.language.check.scope import Scope
from policykit.language.check.tables import Table


def warn_unused(scope: Scope) -> None:
    """Warn of every declared word that nothing uses.

    Tools are left out: where a tool is declared no other can be called, so that each declaration has an effect.
    """
    tables: tuple[Table[Any], ...] = (*scope.tables(), scope.facts)
    for table in tables:
        if table is scope.tools:
            continue
        for name, span in table.unused():
            word = table.word
            if table is scope.values:
                word = "parameter" if name in scope.parameters else "`let`"
            scope.report.warn("PK130", f"{word} `{name}` is never used", span, help="use it or delete it")
    for name, span in scope.own_fields.items():
        if name not in scope.read_fields:
            scope.report.warn("PK130", f"field `{name}` is never used", span, help="use it or delete it")
