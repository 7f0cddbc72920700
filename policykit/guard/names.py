"""What records call the functions of a guard."""

from __future__ import annotations

from typing import Any


class FunctionNames:
    """Gives each function its qualified name, and its module before that where another module has the name too."""

    def __init__(self) -> None:
        self._modules: dict[str, str] = {}
        """Qualified names, and the module that had each first."""

    def title(self, function: Any) -> str:
        """Return how records call a function."""
        name: str = getattr(function, "__qualname__", "call")
        name = name.replace("<locals>.", "").replace("<lambda>", "lambda")
        module = str(getattr(function, "__module__", ""))
        return name if module == self._modules.setdefault(name, module) else f"{module}.{name}"
