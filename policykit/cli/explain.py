"""`policykit explain PK012` and `policykit explain EVAL-1 FILE`."""

from __future__ import annotations

import sys
import textwrap
from typing import Annotated

import typer

from policykit.cli._output import fail
from policykit.source import Diagnostic, did_you_mean, pages

_WIDTH = 100


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("explain")(explain)


def explain(
    subject: Annotated[str, typer.Argument(metavar="CODE|CLAUSE", help="A code such as PK012, or the ID of a clause.")],
    file: Annotated[str | None, typer.Argument(help="The policy that the clause stands in.")] = None,
) -> None:
    """Explain what a code means, or a clause of a policy in plain English.

    Exit 0, or 2 when there is no such code or clause.
    """
    sys.stdout.write(_page(subject) if file is None else _clause(subject, file))


def _page(code: str) -> str:
    page = pages.page(code.upper())
    if page is not None:
        return page
    if not code.upper().startswith("PK"):
        hint = f"to explain a clause: policykit explain {code[:60]} FILE"
        fail(Diagnostic("PK901", f"`{code[:60]}` is not a code", help=hint))
    return fail(
        Diagnostic("PK901", f"there is no code `{code[:60]}`", help=did_you_mean(code.upper(), pages.all_codes()))
    )


def _clause(clause_id: str, file: str) -> str:
    from policykit.detect import catalogue
    from policykit.engine.load import standard_vocabulary
    from policykit.language.english import explain_clause
    from policykit.language.load import load_file
    from policykit.source import errors_of

    loaded = load_file(file, standard_vocabulary())
    if loaded.policy is None:
        fail(*errors_of(loaded.diagnostics))
    known = [clause.id for clause in loaded.policy.clauses()]
    if clause_id not in known:
        found = Diagnostic(
            "PK902", f"the policy has no clause `{clause_id[:60]}`", place=file, help=did_you_mean(clause_id, known)
        )
        fail(found)
    text = explain_clause(loaded.policy, clause_id, catalogue.NAMES)
    return textwrap.fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False) + "\n"
