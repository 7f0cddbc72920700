"""`policykit lock FILE`: pins the packs that a policy includes."""

from __future__ import annotations

from typing import Annotated

import typer

from policykit.cli.output import fail, unwritable
from policykit.source import display_path, errors_of


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("lock")(lock)


def lock(file: Annotated[str, typer.Argument(help="A policy file.")]) -> None:
    """Write the lock file beside a policy: which version of each pack it was written against.

    Exit 0, or 2 when the policy has errors or the file cannot be written.
    """
    from policykit.engine.load import standard_vocabulary
    from policykit.language.load import load_file
    from policykit.language.lock import lock_path, write_lock

    loaded = load_file(file, standard_vocabulary(), pinned=False)
    if loaded.policy is None:
        fail(*errors_of(loaded.diagnostics))
    path = lock_path(file)
    name = display_path(path)
    try:
        write_lock(path, loaded.policy.packs)
    except OSError as error:
        fail(unwritable(name, error))
    for pack in loaded.policy.packs:
        typer.echo(f"{pack.name} {pack.version} {pack.digest}")
    count = len(loaded.policy.packs)
    typer.echo(f"{name}: {count} pack{'' if count == 1 else 's'} locked")
