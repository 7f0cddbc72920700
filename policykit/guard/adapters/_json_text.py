"""JSON as adapters read it: `policykit.guard.text.readable`, under the name that they import."""

from __future__ import annotations

from policykit.guard.text.readable import JsonText, readable

__all__ = ["JsonText", "readable"]
