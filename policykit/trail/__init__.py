"""The trail: a signed, hash-chained record that an outsider verifies with a public key.

The format is described in `docs/trail-format.md`. Names are imported on first use; only `policykit.trail.keys` needs
cryptography, and the verifier (`policykit.trail.verify`) never imports the appender.
"""

from __future__ import annotations

_LAZY: dict[str, str] = {
    "Checkpoint": "policykit.trail.checkpoint",
    "Decision": "policykit.trail.entries",
    "FailurePolicy": "policykit.trail.options",
    "ModelRef": "policykit.trail.entries",
    "PolicyRef": "policykit.trail.entries",
    "Receipt": "policykit.trail.options",
    "Record": "policykit.trail.record",
    "RecordType": "policykit.trail.record",
    "SigningKey": "policykit.trail.keys",
    "SyncMode": "policykit.trail.options",
    "Trail": "policykit.trail.append",
    "TrailOptions": "policykit.trail.options",
    "Vault": "policykit.trail.vault",
    "Verification": "policykit.trail.verdict",
    "VerifierKey": "policykit.trail.keys",
    "verify_trail": "policykit.trail.verify",
}

__all__ = list(_LAZY)


def __getattr__(name: str) -> object:
    """Import a public name on first use."""
    module = _LAZY.get(name)
    if module is None:
        raise AttributeError(f"policykit.trail has no `{name}`")
    import importlib

    value: object = getattr(importlib.import_module(module), name)
    globals()[name] = value
    return value
