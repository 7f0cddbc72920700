"""Observers: decisions as structlog events and as OpenTelemetry spans. Both are optional, and hold no texts."""
