"""`policykit witness`: remember the heads of other trails, and cosign them."""

# ruff: noqa: PLR0913, PLR0917 - options of a command are its parameters

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from policykit.cli.exit import reporting
from policykit.cli.signing import PASSPHRASE, private_key
from policykit.cli.trails.common import REFUTED
from policykit.trail.format.keys import SignatureType, load_verifier_key
from policykit.trail.witness.server import make_server
from policykit.trail.witness.state import WitnessState

app = typer.Typer(no_args_is_help=True, help="A witness: remembers the heads of trails and cosigns them.")


def register(root: typer.Typer) -> None:
    """Add the command group to the program."""
    root.add_typer(app, name="witness")


@app.callback()
def _group() -> None:
    """A witness: remembers the heads of trails and cosigns them."""


@app.command()
def serve(
    name: Annotated[str, typer.Argument(help="The witness's name, as in its verifier key.")],
    key: Annotated[Path, typer.Option(metavar="FILE", help="The witness's private key.")],
    state: Annotated[Path, typer.Option(metavar="DIR", help="Where it remembers heads.")],
    log: Annotated[list[str], typer.Option(metavar="VKEY", help="A trail that it witnesses. Repeatable.")],
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = 8410,
) -> None:
    """Serve POST /add-checkpoint (C2SP tlog-witness) until interrupted."""
    with reporting(no=REFUTED):
        signing = private_key(key, name, PASSPHRASE, SignatureType.COSIGNATURE)
        logs = [load_verifier_key(text) for text in log]
        witness = WitnessState(state, signing.note_signer(lambda: int(time.time())), logs)
        server = make_server(witness, host, port)
        typer.echo(f"{signing.verifier.to_text()} at http://{host}:{server.server_address[1]}/")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            typer.echo("stopped")
        finally:
            server.server_close()
