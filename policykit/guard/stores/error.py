"""The one exception of the stores."""

from __future__ import annotations

from policykit.errors import PolicykitError


class StoreError(PolicykitError):
    """A store that cannot answer; refuses the call unless the guard's options say otherwise."""
