"""Commitments to the texts of calls: records hold these, never the texts.

The key of each commitment is derived from a secret: HMAC-SHA-256(secret, decision ID, 0x00, label). Whoever holds the
secret and a text can prove that the text was recorded; equal texts have different commitments. With a vault, texts are
kept with random keys of their own instead, one by one, so that each can be destroyed.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from policykit.errors import GuardError
from policykit.guard.problems import problem
from policykit.trail.vault import commitment

if TYPE_CHECKING:
    from policykit.trail.vault import Vault

MIN_SECRET = 32


class Commitments:
    """Makes the commitments of one guard."""

    def __init__(self, *, secret: bytes | None = None, vault: Vault | None = None) -> None:
        """Take a secret of 32 bytes at least, or a vault.

        Raises:
            GuardError: neither was given, both were, or the secret is too short.
        """
        if (secret is None) == (vault is None) or (secret is not None and len(secret) < MIN_SECRET):
            what = "commitments need a secret or a vault"
            raise GuardError([problem("PK353", what, expected=f"a secret of {MIN_SECRET} bytes, or a vault")])
        self._secret = secret
        self._vault = vault

    def key(self, decision_id: str, label: str) -> bytes:
        """Return the key of a commitment. Requires a secret."""
        assert self._secret is not None
        return hmac.digest(self._secret, f"{decision_id}\0{label}".encode(), "sha256")

    def make(self, decision_id: str, label: str, text: str) -> str:
        """Return the commitment to a text of a decision.

        Raises:
            TrailError: the vault cannot keep it.
        """
        payload = text.encode("utf-8", "surrogatepass")
        if self._vault is not None:
            return self._vault.put(label, payload)
        return commitment(self.key(decision_id, label), label, payload)
