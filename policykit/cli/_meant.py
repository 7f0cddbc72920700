"""What a word may have meant that is no command: the meaning before the spelling."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from policykit.source import did_you_mean

_SYNONYMS = {
    "activate": ("agree",),
    "audit": ("trail verify",),
    "describe": ("explain",),
    "evaluate": ("decide", "check"),
    "format": ("fmt",),
    "halt": ("stops trip",),
    "kill": ("stops trip",),
    "new": ("init",),
    "pause": ("stops trip",),
    "sign": ("attest", "agree"),
    "simulate": ("replay",),
    "status": ("check",),
    "stop": ("stops trip",),
    "validate": ("lint",),
    "words": ("vocabulary",),
}
"""Words of other tools, and the commands that do what they mean."""
_MOST = 3
"""Commands that are shown; a word that more have says nothing."""


def command_meant(word: str, names: Iterable[str], find: Callable[[str], Any]) -> str:
    """Return the help for a word that is no command.

    Args:
        word: what was written.
        names: the commands that there are.
        find: returns the command of a name.
    """
    known = list(names)
    within = tuple(f"{name} {word}" for name in known if word in getattr(find(name), "commands", {}))
    meant = _SYNONYMS.get(word) or within
    if 0 < len(meant) <= _MOST:
        return f"did you mean {' or '.join(f'`policykit {each}`' for each in meant)}?"
    return did_you_mean(word, known) or "run `policykit --help` for all commands"
