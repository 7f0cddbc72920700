"""`policykit explain PK012`, `policykit explain FILE` and `policykit explain EVAL-1 FILE`."""

from __future__ import annotations

import os
import shlex
import sys
import textwrap
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import typer

from policykit.cli._output import fail
from policykit.source import Diagnostic, did_you_mean, pages

if TYPE_CHECKING:
    from policykit.language.checked import CheckedPolicy

_WIDEST = 100
_SUFFIX = ".policy"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("explain")(explain)


def explain(
    subject: Annotated[
        str, typer.Argument(metavar="CODE|FILE|CLAUSE", help="A code such as PK012, a policy, or the ID of a clause.")
    ],
    file: Annotated[str | None, typer.Argument(help="The policy that the clause stands in.")] = None,
) -> None:
    """Explain a code, a whole policy, or one clause in plain English.

    Exit 0, or 2 when there is no such code, policy or clause.
    """
    if file is None and _is_code(subject):
        sys.stdout.write(_page(subject))
    elif file is None:
        sys.stdout.write(_whole(subject))
    else:
        sys.stdout.write(_clause(subject, file))


def _is_code(subject: str) -> bool:
    return not (subject.endswith(_SUFFIX) or os.path.isfile(subject))


def _page(code: str) -> str:
    page = pages.page(code.upper())
    if page is not None:
        return page
    if not code.upper().startswith("PK"):
        word = shlex.quote(code[:60])
        hint = f"`policykit explain {word} FILE` explains a clause, `policykit vocabulary {word}` looks a word up"
        fail(Diagnostic("PK901", f"`{code[:60]}` is not a code", help=hint))
    return fail(
        Diagnostic("PK901", f"there is no code `{code[:60]}`", help=did_you_mean(code.upper(), pages.all_codes()))
    )


def _whole(file: str) -> str:
    from policykit.detect import catalogue
    from policykit.language.english import explain_policy

    policy = _checked(file)
    title = f"{policy.title or policy.name} (version {policy.version})"
    blocks = [_filled(title)]
    for part in explain_policy(policy, catalogue.NAMES):
        heading = _filled(part.heading)
        longest = max(map(len, heading.splitlines()))
        blocks.append("\n".join((f"{heading}\n{'-' * longest}", *(f"\n{_filled(text)}" for text in part.paragraphs))))
    return "\n\n".join(blocks) + "\n"


def _clause(clause_id: str, file: str) -> str:
    from policykit.detect import catalogue
    from policykit.language.english import explain_clause

    policy = _checked(file)
    known = [clause.id for clause in policy.clauses()]
    if clause_id not in known:
        found = Diagnostic(
            "PK902", f"the policy has no clause `{clause_id[:60]}`", place=file, help=did_you_mean(clause_id, known)
        )
        fail(found)
    return _filled(explain_clause(policy, clause_id, catalogue.NAMES)) + "\n"


def _checked(file: str) -> CheckedPolicy:
    from policykit.engine.load import standard_vocabulary
    from policykit.language.load import load_file
    from policykit.source import errors_of

    loaded = load_file(file, standard_vocabulary())
    return loaded.policy if loaded.policy is not None else fail(*errors_of(loaded.diagnostics))


def _filled(text: str) -> str:
    """Return a paragraph for the terminal at hand; long lines tire, so that a wide one is not used up."""
    width = min(_WIDEST, max(20, get_terminal_size((_WIDEST, 24)).columns))
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
