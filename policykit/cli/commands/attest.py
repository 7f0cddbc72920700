"""`policykit attest`: write a signed statement: a sign-off, a statement that serves as evidence, or a manifest."""

# ruff: noqa: PLR0913, PLR0917 - options of a command are its parameters

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from policykit.cli.exit import reporting
from policykit.cli.output import fail
from policykit.cli.reporting import instant_of
from policykit.cli.signing import signing_key
from policykit.encoding.dsse import Envelope
from policykit.errors import ProjectError
from policykit.evidence.manifest import SUFFIX
from policykit.readiness import attest
from policykit.readiness.attest import Signing
from policykit.readiness.check import load_keys, load_project
from policykit.readiness.project import Project
from policykit.source import Diagnostic
from policykit.source.visible import visible

app = typer.Typer(no_args_is_help=True, help="Write a signed statement. Needs a key: see `policykit keys`.")

ProjectPath = Annotated[Path, typer.Option("--project", help="The project file, or its folder.")]
Person = Annotated[str, typer.Option(help="Who signs, as the key ring names the person.")]
Role = Annotated[str, typer.Option(help="In which role of the policy.")]
Key = Annotated[Path, typer.Option(help="The private key; POLICYKIT_KEY_PASSPHRASE opens an encrypted one.")]
Expires = Annotated[str | None, typer.Option(metavar="DATE", help="The last day on which it counts.")]
At = Annotated[str | None, typer.Option(metavar="INSTANT", help="When it was decided; now if left out.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Where to write; never overwrites.")]


class Choice(StrEnum):
    """What a sign-off says."""

    APPROVE = "approve"
    REJECT = "reject"


class Answer(StrEnum):
    """What a statement says."""

    YES = "yes"
    NO = "no"
    APPROVE = "approve"
    REJECT = "reject"
    NOT_APPLICABLE = "not applicable"


def register(root: typer.Typer) -> None:
    """Add the command group to the application."""
    root.add_typer(app, name="attest")


@app.command("sign-off")
def sign_off(
    gate: Annotated[str, typer.Argument(help="The gate that is signed for.")],
    person: Person,
    role: Role,
    key: Key,
    project: ProjectPath = Path(),
    decision: Annotated[Choice, typer.Option(help="Approve, or hold the gate up.")] = Choice.APPROVE,
    text: Annotated[str, typer.Option(help="A remark.")] = "",
    expires: Expires = None,
    at: At = None,
    output: Output = None,
) -> None:
    """Sign for a gate.

    The signature holds for this very definition and this version of the system. Exit 0 when it was written, 2 when not.
    """
    last_day = _day(expires)
    with reporting():
        policy, bound = load_project(project)
        signing = _signing(person, role, key, at)
        envelope = attest.sign_gate(
            policy, bound, signing, gate=gate, decision=decision.value, expires=last_day, text=text
        )
        name = attest.file_name(gate, role, person, f"{signing.at:%Y%m%dT%H%M%S}")
        _write(envelope, output or bound.root / "statements" / name, bound, signing)


@app.command("statement")
def statement(
    text: Annotated[str, typer.Argument(help="What is stated, in one sentence.")],
    person: Person,
    role: Role,
    key: Key,
    output: Annotated[Path, typer.Option("--output", "-o", help="Where to write; never overwrites.")],
    project: ProjectPath = Path(),
    decision: Annotated[Answer, typer.Option(help="What the statement says.")] = Answer.YES,
    requirement: Annotated[str, typer.Option(help="The clause that it is for.")] = "",
    expires: Expires = None,
    at: At = None,
) -> None:
    """State something that no tool can show.

    Bind the file as evidence of the kind `statement`. Exit 0 when it was written, 2 when not.
    """
    last_day = _day(expires)
    with reporting():
        policy, bound = load_project(project)
        signing = _signing(person, role, key, at)
        envelope = attest.human_statement(
            policy, bound, signing, text=text, decision=decision.value, requirement=requirement, expires=last_day
        )
        _write(envelope, output, bound, signing)


@app.command("evidence")
def evidence(
    file: Annotated[str, typer.Argument(help="The evidence file, relative to the project's folder.")],
    person: Person,
    key: Key,
    project: ProjectPath = Path(),
    produced_at: Annotated[
        str | None, typer.Option(metavar="INSTANT", help="When the tool ran, for files that do not say.")
    ] = None,
    at: At = None,
) -> None:
    """Sign an evidence file, which makes it `attested`.

    Writes FILE.manifest.json beside it. Exit 0 when it was written, 2 when not.
    """
    with reporting():
        _, bound = load_project(project)
        signing = _signing(person, "", key, at)
        produced = instant_of(produced_at) if produced_at is not None else None
        envelope = attest.manifest(file, bound, signing, produced)
        _write(envelope, bound.root / f"{file}{SUFFIX}", bound, signing)


def _signing(person: str, role: str, key: Path, at: str | None) -> Signing:
    return Signing(person, role, signing_key(key).dsse_signer(), instant_of(at))


def _write(envelope: Envelope, path: Path, project: Project, signing: Signing) -> None:
    ring, _ = load_keys(project)
    found = list(attest.objections(ring, signing))
    if found:
        raise ProjectError(found)
    attest.write_new(path, envelope.to_json())
    typer.echo(f"wrote {path}")
    if not ring.keys:
        typer.echo("the project has no keys yet: this counts once its key ring holds the key", err=True)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        if len(text) == 10 and text.isascii():
            return date.fromisoformat(text)
    except ValueError:
        pass
    shown = visible(text, 40)
    return fail(Diagnostic("PK608", "`--expires` is not a day", expected="a day such as 2027-03-31", got=f"`{shown}`"))
