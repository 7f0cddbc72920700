"""One module a format of the verdict, found by package scan; each has a constant `EXPORT`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from policykit.readiness.exports._export import Export


@cache
def exports() -> Mapping[str, Export]:
    """Return all formats by name, in alphabetical order."""
    found = {}
    for info in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        if not info.name.startswith("_"):
            export = importlib.import_module(f"{__name__}.{info.name}").EXPORT
            assert isinstance(export, Export)
            found[export.name] = export
    return MappingProxyType(found)


__all__ = ["Export", "exports"]
