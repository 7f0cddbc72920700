"""The phases of a call."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal


class Phase(StrEnum):
    """When a rule acts on a call, in the order of the call."""

    REQUEST = "request"
    TOOL_INPUT = "tool input"
    TOOL_OUTPUT = "tool output"
    RESPONSE = "response"
    FAILURE = "failure"


PhaseName = Phase | Literal["request", "tool input", "tool output", "response", "failure"]
"""A phase as callers write it."""
