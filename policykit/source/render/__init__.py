"""Diagnostics as text for people, as JSON, as SARIF, and as GitHub workflow commands.

Each module beside this one is a format and has `render(diagnostics) -> str`; adding a format is adding a module.
"""

from __future__ import annotations

from collections.abc import Sequence

from policykit.errors import PolicykitError
from policykit.source.diagnostic import Diagnostic
from policykit.source.suggest import did_you_mean

_MODULES = {"text": "terminal"}
"""Formats whose module has another name than the format."""
_PRIVATE = "_"


def formats() -> tuple[str, ...]:
    """Return the names of all formats, `text` first."""
    import pkgutil

    modules = {info.name for info in pkgutil.iter_modules(__path__) if not info.name.startswith(_PRIVATE)}
    return (*_MODULES, *sorted(modules - set(_MODULES.values())))


def render_as(format_name: str, diagnostics: Sequence[Diagnostic]) -> str:
    """Return diagnostics in a format chosen by name.

    Raises:
        PolicykitError: there is no such format.
    """
    known = formats()
    if format_name not in known:
        hint = did_you_mean(format_name, known)
        raise PolicykitError(
            f"there is no format `{format_name}`: expected one of {', '.join(known)}; {hint}".rstrip("; ")
        )
    from importlib import import_module

    module = import_module(f"{__name__}.{_MODULES.get(format_name, format_name)}")
    rendered: str = module.render(diagnostics)
    return rendered
