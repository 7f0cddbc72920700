"""Tools that run at the provider: which of them the requests of a guard have handed out."""

from __future__ import annotations

from collections.abc import Callable, Sequence

MAX_HOSTED = 1_000
"""Tools of providers that are counted: a request may name any number."""


class HostedTools:
    """Tools that requests hand out and the provider runs, past the rules on tools, as they were first seen."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self.on_new: Callable[[], None] | None = None
        """Called when there is another one, once what is covered is on record."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return their names, as `call.tools` has them."""
        return tuple(self._names)

    def note(self, names: Sequence[str]) -> None:
        """Count the tools of a request."""
        news = [name for name in names if name not in self._names][: max(0, MAX_HOSTED - len(self._names))]
        self._names.update(dict.fromkeys(news))
        if news and self.on_new is not None:
            self.on_new()
