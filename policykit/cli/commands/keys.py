"""`policykit keys`: make a key, print its public half."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from policykit.cli.exit import reporting
from policykit.cli.signing import PASSPHRASE, passphrase, private_key
from policykit.cli.trails.common import REFUTED
from policykit.trail.format.keys import SignatureType, SigningKey, save_signing_key

app = typer.Typer(no_args_is_help=True, help="Keys for trails, witnesses and signed statements.")


class Use(StrEnum):
    """What a key is for; one key serves one purpose."""

    TRAIL = "trail"
    WITNESS = "witness"


_TYPES = {Use.TRAIL: SignatureType.ED25519, Use.WITNESS: SignatureType.COSIGNATURE}


def register(root: typer.Typer) -> None:
    """Add the command group to the program."""
    root.add_typer(app, name="keys")


@app.command()
def generate(
    name: Annotated[str, typer.Argument(help="The key's name, such as example.com/invoices; a trail's origin.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The private key; FILE.vkey gets the public half.")],
    use: Annotated[Use, typer.Option(help="What the key is for.")] = Use.TRAIL,
) -> None:
    """Make an Ed25519 key. POLICYKIT_KEY_PASSPHRASE encrypts the private half."""
    with reporting(no=REFUTED):
        key = SigningKey.generate(name, _TYPES[use])
        save_signing_key(key, output, passphrase(PASSPHRASE))
        public = output.with_name(f"{output.name}.vkey")
        public.write_text(f"{key.verifier.to_text()}\n", "utf-8")
        typer.echo(key.verifier.to_text())


@app.command()
def show(
    file: Annotated[Path, typer.Argument(help="A private key.")],
    name: Annotated[str, typer.Argument(help="The key's name.")],
    use: Annotated[Use, typer.Option(help="What the key is for.")] = Use.TRAIL,
) -> None:
    """Print the verifier key of a private key."""
    with reporting(no=REFUTED):
        typer.echo(private_key(file, name, PASSPHRASE, _TYPES[use]).verifier.to_text())
