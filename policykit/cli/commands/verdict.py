"""`policykit verdict verify`: is this signed verdict genuine, and what does it say."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from policykit.cli.exit import reporting
from policykit.cli.format import Format, FormatOption
from policykit.cli.output import write_json
from policykit.cli.statuses import EXIT_NO
from policykit.errors import EvidenceError, ProjectError
from policykit.evidence.safe_file import open_evidence
from policykit.readiness.signed_verdict import SignedVerdict, met_property, open_verdict
from policykit.source.visible import visible
from policykit.trail.format.keys import DsseKey, load_verifier_key

_MAX_BYTES = 16 * 1024 * 1024
_REFUTED = frozenset({"PK669"})
"""None of the keys signed it."""

app = typer.Typer(no_args_is_help=True, help="Signed verdicts, as `policykit check --sign` writes them.")


def register(root: typer.Typer) -> None:
    """Add the command group to the application."""
    root.add_typer(app, name="verdict")


@app.callback()
def _group() -> None:
    """Signed verdicts, as `policykit check --sign` writes them."""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="The signed verdict.")],
    key: Annotated[
        list[str], typer.Option("--vkey", metavar="VKEY", help="A verifier key, or a file that holds it. Repeatable.")
    ],
    gate: Annotated[
        str | None, typer.Option(help="Also require that this gate is met; an empty text where there are no gates.")
    ] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Verify a signed verdict with public keys alone.

    What it says is printed.

    Exit 0 when one of the keys signed it, 1 when none did (or the gate is not met), 2 when it was not understood.
    """
    with reporting(output.value, no=_REFUTED):
        keys = [DsseKey(load_verifier_key(text).public) for text in key]
        found = open_verdict(_bytes_of(file), keys, str(file))
    is_met = None if gate is None else met_property(gate) in found.properties
    if output is Format.JSON:
        write_json(_document(found, gate, is_met=is_met))
    else:
        _print(found)
    if is_met is False:
        if output is Format.TEXT:
            typer.echo(_not_met(found, gate or ""), err=True)
        raise typer.Exit(EXIT_NO)


def _not_met(found: SignedVerdict, gate: str) -> str:
    why = f": it was judged for {found.at}, not for {found.signed_at}, when it was signed" if found.is_backdated else ""
    return f"the verdict does not say that {f'`{gate}`' if gate else 'the policy'} is met{why}"


def _document(found: SignedVerdict, gate: str | None, *, is_met: bool | None) -> dict[str, object]:
    return {
        "signature": "valid",
        "is_backdated": found.is_backdated,
        "verdict": found.headline,
        "judged_at": found.at,
        "signed_at": found.signed_at,
        "ended_before": list(found.ended),
        "claimed": list(found.claims),
        "looser": list(found.loosened),
        "definition": found.definition,
        "digest": found.digest,
        "judged": [{"name": each.name, "digest": each.digest} for each in found.subjects[1:]],
        **({} if gate is None else {"gate": gate, "is_met": is_met}),
    }


def _bytes_of(file: Path) -> bytes:
    try:
        with open_evidence(file.name, file.parent) as opened:
            return opened.whole(_MAX_BYTES)
    except EvidenceError as problem:
        raise ProjectError(problem.diagnostics) from None


def _print(found: SignedVerdict) -> None:
    lines = (
        (
            "signature",
            f"VALID, but judged for {found.at} and signed at {found.signed_at}: it does not say what held then"
            if found.is_backdated
            else "VALID",
        ),
        ("verdict", found.headline),
        ("judged at", found.at),
        ("signed at", found.signed_at),
        *(("ended before", ended) for ended in found.ended),
        *(("claimed", claim) for claim in found.claims),
        *(("looser", item) for item in found.loosened),
        ("definition", found.definition),
        ("digest", found.digest),
        *(("judged", f"{subject.name} {subject.digest}") for subject in found.subjects[1:]),
    )
    for name, value in lines:
        typer.echo(f"{name:<13}{visible(value)}")
