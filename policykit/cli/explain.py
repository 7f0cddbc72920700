"""`policykit explain PK012`, `policykit explain FILE` and `policykit explain EVAL-1 FILE`."""

from __future__ import annotations

import os
import shlex
import sys
import textwrap
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated

import typer

from policykit.cli._format import Format, FormatOption
from policykit.cli._output import fail, write_json
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
    output: FormatOption = Format.TEXT,
) -> None:
    """Explain a code, a whole policy, or one clause in plain English.

    Exit 0, or 2 when there is no such code, policy or clause.
    """
    if file is None and _is_code(subject):
        text, document = _page(subject, output)
    elif file is None:
        text, document = _whole(_checked(subject, output))
    else:
        text, document = _clause(subject, file, output)
    if output is Format.JSON:
        write_json(document)
    else:
        sys.stdout.write(text)


Explained = tuple[str, dict[str, object]]
"""What is printed as text, and as JSON."""


def _is_code(subject: str) -> bool:
    return not (subject.endswith(_SUFFIX) or os.path.isfile(subject))


def _page(code: str, output: Format) -> Explained:
    name = code.upper()
    page = pages.page(name)
    if page is not None:
        return page, {"code": name, "title": pages.title(name), "page": page}
    problem = Diagnostic("PK901", f"there is no code `{code[:60]}`", help=did_you_mean(name, pages.all_codes()))
    if not name.startswith("PK"):
        word = shlex.quote(code[:60])
        hint = f"`policykit explain {word} FILE` explains a clause, `policykit vocabulary {word}` looks a word up"
        problem = Diagnostic("PK901", f"`{code[:60]}` is not a code", help=hint)
    return fail(problem, format_name=output.value)


def _whole(policy: CheckedPolicy) -> Explained:
    from policykit.detect import catalogue
    from policykit.language.english import explain_policy

    title = f"{policy.title or policy.name} (version {policy.version})"
    parts = explain_policy(policy, catalogue.NAMES)
    blocks = [_filled(title)]
    for part in parts:
        heading = _filled(part.heading)
        longest = max(map(len, heading.splitlines()))
        blocks.append("\n".join((f"{heading}\n{'-' * longest}", *(f"\n{_filled(text)}" for text in part.paragraphs))))
    listed = [{"heading": part.heading, "paragraphs": list(part.paragraphs)} for part in parts]
    document: dict[str, object] = {
        "policy": policy.name,
        "version": policy.version,
        "title": policy.title,
        "parts": listed,
    }
    return "\n\n".join(blocks) + "\n", document


def _clause(clause_id: str, file: str, output: Format) -> Explained:
    from policykit.detect import catalogue
    from policykit.language.english import explain_clause

    policy = _checked(file, output)
    known = [clause.id for clause in policy.clauses()]
    if clause_id not in known:
        hint = did_you_mean(clause_id, known)
        problem = Diagnostic("PK902", f"the policy has no clause `{clause_id[:60]}`", place=file, help=hint)
        fail(problem, format_name=output.value)
    text = explain_clause(policy, clause_id, catalogue.NAMES)
    return f"{_filled(text)}\n", {"clause": clause_id, "text": text}


def _checked(file: str, output: Format) -> CheckedPolicy:
    from policykit.engine.load import standard_vocabulary
    from policykit.language.load import load_file
    from policykit.source import errors_of

    loaded = load_file(file, standard_vocabulary())
    if loaded.policy is None:
        fail(*errors_of(loaded.diagnostics), format_name=output.value)
    return loaded.policy


def _filled(text: str) -> str:
    """Return a paragraph for the terminal at hand; long lines tire, so that a wide one is not used up."""
    width = min(_WIDEST, max(20, get_terminal_size((_WIDEST, 24)).columns))
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
