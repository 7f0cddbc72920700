"""The guard: the rules of a policy enforced around AI calls (docs/guard.md, docs/adr/0030)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policykit._lazy import face

__all__ = [
    "MCP_MESSAGES",
    "TEXTS",
    "WHOLE",
    "Answer",
    "Appendable",
    "Approval",
    "ApprovalRequest",
    "ApprovalState",
    "ApprovalStore",
    "Argument",
    "Arguments",
    "Cell",
    "Checked",
    "CodedStoreError",
    "Commitments",
    "CostModel",
    "Coverage",
    "Decided",
    "Entry",
    "EventObserver",
    "ExchangeRate",
    "Fallback",
    "Guard",
    "GuardOptions",
    "Lens",
    "McpTool",
    "Mode",
    "Observer",
    "OnError",
    "PriceTable",
    "Result",
    "Settings",
    "SpanObserver",
    "Stop",
    "StopEvent",
    "StopStore",
    "StoreError",
    "Stores",
    "Totals",
    "WindowStore",
    "Wrapping",
    "facts_to_record",
]

if TYPE_CHECKING:
    from policykit.guard.adapters._mcp_facts import McpTool
    from policykit.guard.adapters._mcp_text import MCP_MESSAGES
    from policykit.guard.argument import TEXTS, WHOLE, Argument, Lens, Result
    from policykit.guard.checking import Checked
    from policykit.guard.cost import CostModel
    from policykit.guard.coverage import Coverage
    from policykit.guard.fallbacks import Fallback
    from policykit.guard.guard import Guard
    from policykit.guard.observer import Decided, Observer
    from policykit.guard.observers.events import EventObserver
    from policykit.guard.observers.spans import SpanObserver
    from policykit.guard.options import Arguments, GuardOptions, Mode, OnError
    from policykit.guard.recording.commitments import Commitments
    from policykit.guard.recording.facts import facts_to_record
    from policykit.guard.recording.writer import Appendable
    from policykit.guard.settings import Settings, Wrapping
    from policykit.guard.stores.bundle import Stores
    from policykit.guard.stores.error import StoreError
    from policykit.guard.stores.problems import CodedStoreError
    from policykit.guard.stores.protocol import (
        Answer,
        Approval,
        ApprovalRequest,
        ApprovalState,
        ApprovalStore,
        Cell,
        Entry,
        Stop,
        StopEvent,
        StopStore,
        Totals,
        WindowStore,
    )
    from policykit.pricing.exchange import ExchangeRate
    from policykit.pricing.table import PriceTable
else:
    __getattr__, __dir__ = face(
        __name__,
        {
            "policykit.guard.adapters._mcp_text": "MCP_MESSAGES",
            "policykit.guard.adapters._mcp_facts": "McpTool",
            "policykit.guard.argument": "Argument Lens Result TEXTS WHOLE",
            "policykit.guard.checking": "Checked",
            "policykit.guard.cost": "CostModel",
            "policykit.guard.coverage": "Coverage",
            "policykit.guard.fallbacks": "Fallback",
            "policykit.guard.guard": "Guard",
            "policykit.guard.observer": "Decided Observer",
            "policykit.guard.observers.events": "EventObserver",
            "policykit.guard.observers.spans": "SpanObserver",
            "policykit.guard.options": "Arguments GuardOptions Mode OnError",
            "policykit.guard.recording.commitments": "Commitments",
            "policykit.guard.recording.facts": "facts_to_record",
            "policykit.guard.recording.writer": "Appendable",
            "policykit.guard.settings": "Settings Wrapping",
            "policykit.guard.stores.bundle": "Stores",
            "policykit.guard.stores.error": "StoreError",
            "policykit.guard.stores.problems": "CodedStoreError",
            "policykit.guard.stores.protocol": (
                "Answer Approval ApprovalRequest ApprovalState ApprovalStore Cell Entry Stop StopEvent "
                "StopStore Totals WindowStore"
            ),
            "policykit.pricing.exchange": "ExchangeRate",
            "policykit.pricing.table": "PriceTable",
        },
    )
