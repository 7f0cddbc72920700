"""Who signs a trail's heads: keys and signers of notes, as programs hand them in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from policykit.trail.format.note import NoteSigner, NoteVerifier
from policykit.trail.problems import trail_problem


@runtime_checkable
class SigningMaterial(Protocol):
    """A key that makes a signer of notes, such as `policykit.trail.format.keys.SigningKey`."""

    def note_signer(self) -> NoteSigner:
        """Return the signer."""


Signing = NoteSigner | SigningMaterial


def signers_of(signer: object) -> list[NoteSigner]:
    """Return the signers that were handed in, one or several.

    Raises:
        CodedTrailError: when something else was handed in.
    """
    given = list(signer) if isinstance(signer, Sequence) and not isinstance(signer, str | bytes) else [signer]
    return [_signer_of(one) for one in given]


def _signer_of(given: object) -> NoteSigner:
    signer = given.note_signer() if isinstance(given, SigningMaterial) else given
    if all(hasattr(signer, name) for name in ("name", "key_id", "sign_note")):
        return signer  # type: ignore[return-value] # the members of the protocol, looked for above
    raise trail_problem(
        "PK713", "not a signer", expected="a `SigningKey`, or what its `note_signer()` returns",
        got=f"a value of the type `{type(given).__name__}`", help="`load_signing_key` reads a key file",
    )  # fmt: skip


def verifier_of(signer: NoteSigner) -> NoteVerifier | None:
    """Return the public half of a signer, where it has one."""
    verifier: NoteVerifier | None = getattr(getattr(signer, "key", None), "verifier", None)
    return verifier
