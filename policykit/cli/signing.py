"""What commands that sign share: keys, and the passphrases that open them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policykit.errors import ProjectError
from policykit.evidence.project_trail import ProjectTrail
from policykit.readiness.project_trail import require_own_key
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.trail.format.keys import SignatureType, SigningKey

TRAIL_PASSPHRASE = "POLICYKIT_TRAIL_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable
"""Opens a trail's private key, in every command; where it is not set, POLICYKIT_KEY_PASSPHRASE does."""
NEW_TRAIL_PASSPHRASE = "POLICYKIT_NEW_TRAIL_KEY_PASSPHRASE"  # noqa: S105 - as above
"""Opens the key that signing is handed over to, where it has a passphrase of its own."""
PASSPHRASE = "POLICYKIT_KEY_PASSPHRASE"  # noqa: S105 - as above
"""Opens every other private key: a person's, a witness's."""

TrailKey = Annotated[
    Path | None,
    typer.Option(
        "--trail-key",
        envvar="POLICYKIT_TRAIL_KEY",
        metavar="FILE",
        help="The trail's private key; POLICYKIT_TRAIL_KEY_PASSPHRASE opens an encrypted one.",
    ),
]


def private_key(path: Path, name: str, variable: str, type: SignatureType | None = None) -> SigningKey:  # noqa: A002
    """Return a private key: a plain one needs no passphrase; an encrypted one is opened by the one that is found first.

    The one rule for all keys: the variable of its kind, POLICYKIT_KEY_PASSPHRASE, a question on the terminal.

    Raises:
        KeyMaterialError: it cannot be used.
    """
    from policykit.trail.format.key_files import read_key_file
    from policykit.trail.format.keys import SignatureType, load_signing_key

    is_encrypted = b"ENCRYPTED" in read_key_file(path, is_private=True)
    return load_signing_key(
        path,
        name,
        passphrase=_passphrase_for(path, variable) if is_encrypted else None,
        type=type or SignatureType.ED25519,
        passphrase_from=variable,
    )


def signing_key(path: Path, name: str = "policykit-attest") -> SigningKey:
    """Return a person's private key; POLICYKIT_KEY_PASSPHRASE opens an encrypted one.

    Raises:
        KeyMaterialError: it cannot be used.
    """
    return private_key(path, name, PASSPHRASE)


def trail_key(path: Path | None, trail: ProjectTrail, without: str) -> SigningKey:
    """Return the private key of the project's trail.

    Args:
        path: as the option or the environment names it.
        trail: whose key it must be.
        without: what can be done without a key.

    Raises:
        ProjectError: none is given, or it is another's.
        KeyMaterialError: it cannot be used.
    """
    if path is None:
        raise ProjectError(
            [
                Diagnostic(
                    "PK660",
                    "the project names a trail, and there is no key to record with",
                    expected="`--trail-key FILE`, or POLICYKIT_TRAIL_KEY in the environment",
                    help=without,
                )
            ]
        )
    key = private_key(path, trail.key.name, TRAIL_PASSPHRASE)
    require_own_key(key, trail, str(path))
    return key


def _passphrase_for(path: Path, variable: str) -> bytes | None:
    found = passphrase(variable) or passphrase(PASSPHRASE)
    if found is not None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return found
    asked = f"passphrase of {path}"
    return typer.prompt(asked, hide_input=True, err=True, default="", show_default=False).encode() or None


def passphrase(variable: str) -> bytes | None:
    """Return what an environment variable holds; None when it holds nothing."""
    return os.environ.get(variable, "").encode() or None
