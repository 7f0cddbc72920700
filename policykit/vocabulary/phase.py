"""The phases of a call."""

from __future__ import annotations

from enum import StrEnum


class Phase(StrEnum):
    """When a rule acts on a call, in the order of the call."""

    REQUEST = "request"
    TOOL_INPUT = "tool input"
    TOOL_OUTPUT = "tool output"
    RESPONSE = "response"
    FAILURE = "failure"
