"""The class of an error, as records name it."""

from __future__ import annotations


def error_type(error: BaseException) -> str:
    """Return the name of an error's class: with its module, unless it is Python's own (`ValueError`)."""
    kind = type(error)
    try:
        module, name = str(kind.__module__), str(kind.__qualname__).replace("<locals>.", "")
    except Exception:  # noqa: BLE001 - a metaclass of the application's
        return "unknown"
    return name if module == "builtins" else f"{module}.{name}"
