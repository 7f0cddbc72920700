"""Which facts of a call are texts of people and models; apart from the model of a call, so that it loads without it."""

from __future__ import annotations

CALL_TEXTS = frozenset({"call.text", "call.prompt", "call.instructions", "call.error"})
"""Never recorded in the clear, and neither observers nor approvers are told. A vault keeps them."""
