"""The span in which a call is made, where the application uses OpenTelemetry."""

from __future__ import annotations

import sys

TRACING = "opentelemetry.trace"
"""The module without which there is no span."""


def current_span() -> tuple[int, int] | None:
    """Return the identifiers of trace and span; None where no span is valid, or nobody has loaded OpenTelemetry."""
    trace = sys.modules.get(TRACING)
    if trace is None:
        return None
    try:
        context = trace.get_current_span().get_span_context()
        return (int(context.trace_id), int(context.span_id)) if context.is_valid else None
    except Exception:  # noqa: BLE001 - another library's state; a call does not fail because of it
        return None
