"""Recording what people decide at the desk on a trail that is there already, signed with the trail's key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from policykit.cli.people.options import problem
from policykit.cli.signing import TRAIL_PASSPHRASE, private_key

if TYPE_CHECKING:
    from policykit.trail.format.record import Record

TrailFolder = Annotated[
    Path | None,
    typer.Option("--trail", metavar="DIR", readable=False, help="Record it on this trail too, before it counts."),
]
TrailKey = Annotated[
    Path | None,
    typer.Option(
        "--key",
        "--trail-key",
        envvar="POLICYKIT_TRAIL_KEY",
        metavar="FILE",
        readable=False,
        help="The trail's private key; POLICYKIT_TRAIL_KEY_PASSPHRASE opens an encrypted one.",
    ),
]
TrailState = Annotated[
    Path | None,
    typer.Option("--state", metavar="DIR", help="Where to store the trail head (default: the user's state directory)."),
]


class DeskTrail:
    """A trail, open for the record of one command. Its writers take turns: a guard may have it open too."""

    def __init__(self, folder: Path, key: Path, state: Path | None) -> None:
        """Open an existing trail.

        Raises:
            TrailError: there is none, or it cannot be written.
            KeyMaterialError: the key cannot be used.
            GuardError: the key does not sign for this trail.
        """
        from policykit.trail.format.note import verified_signatures
        from policykit.trail.format.proof import published_checkpoint
        from policykit.trail.write.append import Trail
        from policykit.trail.write.options import SyncMode, TrailOptions

        published = published_checkpoint(folder)
        origin = published.checkpoint.origin
        signing = private_key(key, origin, TRAIL_PASSPHRASE)
        if not verified_signatures(published.note, [signing.verifier]):
            problem("PK950", "this key does not sign for the trail", place=str(key), expected=f"the key of `{origin}`")
        options = TrailOptions(sync=SyncMode.ALWAYS, state_directory=state)
        self._trail = Trail.open(folder, signer=signing.note_signer(), options=options)
        self.origin = origin
        self.seq = -1

    def append(self, record: Record) -> None:
        """Append a record; it is on disk afterwards.

        Raises:
            TrailError: it is not.
        """
        self.seq = self._trail.append(record).seq

    def close(self) -> None:
        """Sign the head, and let go of the trail."""
        self._trail.close()

    @property
    def place(self) -> dict[str, object] | None:
        """Return where the record stands; None before there is one."""
        return {"trail": self.origin, "record": self.seq} if self.seq >= 0 else None


@contextmanager
def recording(folder: Path | None, key: Path | None, state: Path | None) -> Iterator[DeskTrail | None]:
    """Open the trail that the options name; None where they name none.

    Raises:
        GuardError: a trail is named without its key.
        TrailError, KeyMaterialError: see `DeskTrail`.
    """
    check_trail_options(folder, key)
    if folder is None or key is None:
        yield None
        return
    trail = DeskTrail(folder, key, state)
    try:
        yield trail
    finally:
        trail.close()


def check_trail_options(folder: Path | None, key: Path | None) -> None:
    """Check that a trail comes with its key; a key alone, which the environment may name, does nothing.

    Raises:
        GuardError: it does not.
    """
    if folder is not None and key is None:
        problem("PK950", "a trail is named, and no key to record with", expected="`--key FILE` beside `--trail DIR`")
