"""`policykit agree`: sign that the definition is what all parties mean, and record it in the project's trail."""

# ruff: noqa: PLR0913, PLR0917 - options of a command are its parameters

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from policykit.cli.console import Console
from policykit.cli.exit import reporting
from policykit.cli.format import Format, FormatOption
from policykit.cli.output import show, write_json
from policykit.cli.signing import TrailKey, signing_key, trail_key
from policykit.cli.statuses import EXIT_NO
from policykit.errors import ProjectError
from policykit.language.checked import CheckedPolicy
from policykit.readiness import agree, attest
from policykit.readiness.attest import Signing
from policykit.readiness.check import load_keys, load_project
from policykit.readiness.project import Project
from policykit.readiness.project_trail import trail_of
from policykit.readiness.recording import record_build_started
from policykit.readiness.wording import instant_text
from policykit.source import Diagnostic, Severity

_SIGN = "sign"


class _SignUnlessNamed(TyperGroup):
    """`policykit agree` without the name of a command signs."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the command `sign` in front unless a command, or help, is asked for."""
        asked = args[0] if args else ""
        return super().parse_args(ctx, args if asked in {*self.commands, "--help"} else [_SIGN, *args])


app = typer.Typer(cls=_SignUnlessNamed, help="Agree on the definition: sign its digest, and record that in the trail.")

ProjectPath = Annotated[Path, typer.Argument(metavar="[PROJECT]", help="The project file, or its folder.")]
Person = Annotated[str | None, typer.Option(help="Who agrees, as the key ring names the person.")]
Role = Annotated[str | None, typer.Option(help="In which role of the policy.")]
Key = Annotated[
    Path | None, typer.Option(help="The person's private key; POLICYKIT_KEY_PASSPHRASE opens an encrypted one.")
]


def register(root: typer.Typer) -> None:
    """Add the command group to the application."""
    root.add_typer(app, name="agree")


@app.command(_SIGN)
def sign(
    project: ProjectPath = Path(),
    person: Person = None,
    role: Role = None,
    key: Key = None,
    amends: Annotated[
        str | None, typer.Option(metavar="DIGEST", help="The agreed definition that this one takes the place of.")
    ] = None,
    statement: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="Record this signed statement. Repeatable.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the statement to a file, and record nothing.")
    ] = None,
    trail_key_file: TrailKey = None,
) -> None:
    """Agree to the definition as it stands, and record it (what `policykit agree` does without a command).

    Exit 0 when it was recorded or written, 2 when not.
    """
    now = datetime.now(UTC)
    with reporting():
        policy, bound = load_project(project)
        own = _own_statement(policy, bound, person, role, key, amends or "", now)
        if output is not None:
            if own is None or statement:
                raise _usage("`--output` writes one statement that is signed now")
            attest.write_new(output, own)
            typer.echo(f"{policy.digest}\nwrote {output}: `policykit agree --statement {output}` records it")
            return
        files = [(str(path), agree.read_statement(path)) for path in statement or ()]
        if own is not None:
            files.append(("the statement", own))
        if not files:
            raise _usage("nobody signs, and no statement is given")
        _record(files, policy, bound, trail_key_file, now)


def _own_statement(
    policy: CheckedPolicy,
    bound: Project,
    person: str | None,
    role: str | None,
    key: Path | None,
    amends: str,
    at: datetime,
) -> bytes | None:
    given = [value is not None for value in (person, role, key)]
    if not any(given):
        return None
    if person is None or role is None or key is None:
        raise _usage("somebody signs with a name, a role and a key")
    signing = Signing(person, role, signing_key(key).dsse_signer(), at)
    return agree.sign_agreement(policy, bound, signing, amends).to_json()


def _usage(message: str) -> ProjectError:
    expected = "`--person`, `--role` and `--key`, or `--statement FILE`"
    return ProjectError([Diagnostic("PK663", message, expected=expected)])


def _record(
    files: list[tuple[str, bytes]], policy: CheckedPolicy, bound: Project, key_file: Path | None, now: datetime
) -> None:
    ring, _ = load_keys(bound)
    trail = trail_of(bound, policy)
    if trail is None:
        agree.standing_of(policy, bound, ring, now)  # says that the project names none
        return
    key = trail_key(key_file, trail, "`--output FILE` writes the statement for somebody who has the key")
    places = agree.record_agreements(files, policy, bound, ring=ring, key=key, at=now)
    typer.echo(policy.digest)
    for place in places:
        typer.echo(f"agreed: {place}")
    standing = agree.standing_of(policy, bound, ring, now)
    typer.echo(_missing(standing) or "every party has agreed")


def _missing(standing: agree.Standing) -> str:
    parties = ", ".join(standing.missing)
    return f"still to agree: {parties}" if parties or standing.agreement is None else ""


def _have_agreed(standing: agree.Standing) -> str:
    return f"have them agree too, with `policykit agree`: {', '.join(standing.missing)}" if standing.missing else ""


@app.command("show")
def show_agreement(project: ProjectPath = Path(), output: FormatOption = Format.TEXT) -> None:
    """Show who agreed to the definition, and when. Exit 0 when every party has, 1 when not, 2 not understood."""
    now = datetime.now(UTC)
    with reporting(output.value):
        policy, bound = load_project(project)
        ring, _ = load_keys(bound)
        standing = agree.standing_of(policy, bound, ring, now)
    if output is Format.JSON:
        write_json(_document(standing, policy))
    else:
        _print(standing, policy)
    show(list(standing.notes), output.value)
    if standing.agreement is None:
        raise typer.Exit(EXIT_NO)


def _document(standing: agree.Standing, policy: CheckedPolicy) -> dict[str, object]:
    """Return what the trail says of the agreement; moments are in UTC, null where there is none."""
    agreed, started = standing.agreement, standing.build_started_at
    return {
        "policy": policy.name,
        "version": policy.version,
        "definition": policy.digest,
        "is_agreed": agreed is not None,
        "agreed_at": instant_text(agreed.at) if agreed is not None else None,
        "first_agreed_at": instant_text(agreed.since) if agreed is not None else None,
        "still_to_agree": list(standing.missing),
        "building_began_at": instant_text(started) if started is not None else None,
        "records": [
            {
                "record": each.seq,
                "recorded_at": instant_text(each.at),
                "person": each.person,
                "role": each.role,
                "definition": each.definition,
                "amends": each.amends or None,
            }
            for each in standing.consents
        ],
    }


def _print(standing: agree.Standing, policy: CheckedPolicy) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(Text(f"{policy.name} {policy.version}", style="bold"))
    console.print(Text(policy.digest))
    table = Table(box=box.SIMPLE_HEAD)
    for head in ("record", "recorded", "person", "role", "definition"):
        table.add_column(head, overflow="fold")
    for consent in standing.consents:
        which = "this one" if consent.definition == policy.digest else consent.definition
        amends = f", amends {consent.amends}" if consent.amends else ""
        cells = (str(consent.seq), instant_text(consent.at), consent.person, consent.role, f"{which}{amends}")
        table.add_row(*map(Text, cells))
    if standing.consents:
        console.print(table)
    agreed = standing.agreement
    if agreed is None:
        console.print(Text(f"NOT AGREED: {_missing(standing)}", style="bold red"))
    else:
        since = f"; it amends one that was agreed {instant_text(agreed.since)}" if agreed.amends else ""
        console.print(
            Text(f"AGREED {instant_text(agreed.at)} by {', '.join(agreed.people)}{since}", style="bold green")
        )
    started = standing.build_started_at
    console.print(Text(f"building began {instant_text(started)}" if started else "no record shows that building began"))


@app.command("build-started")
def build_started(
    by: Annotated[str, typer.Option(help="Who says so.")],
    project: ProjectPath = Path(),
    reason: Annotated[str, typer.Option(help="A remark.")] = "",
    trail_key_file: TrailKey = None,
) -> None:
    """Record that building begins now. Exit 0 when it was recorded, 2 when not."""
    with reporting():
        policy, bound = load_project(project)
        ring, _ = load_keys(bound)
        standing = agree.standing_of(policy, bound, ring, datetime.now(UTC))
        trail = trail_of(bound, policy)
        assert trail is not None  # or the line before would have said so
        key = trail_key(trail_key_file, trail, "ask whoever has the trail's key")
        place = record_build_started(policy, bound, key, by=by, reason=reason)
        if standing.agreement is None:
            early = "building begins before the definition is agreed"
            show([Diagnostic("PK658", early, Severity.WARNING, help=_have_agreed(standing))])
        typer.echo(f"building began: {place}")
