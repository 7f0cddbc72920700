"""A command line that is not understood, in the form of every other error."""

from __future__ import annotations

import re
from typing import Any

from policykit.source import Diagnostic, did_you_mean

_QUOTED = re.compile(r"'([^'\n]*)'")
_VALUE = re.compile(r"^Invalid value for (?P<what>.+?): (?P<why>.+)$", re.DOTALL)
_CHOICE = re.compile(r"^'(.*)' is not one of (.+?)\.?$", re.DOTALL)
_NO_COMMAND = re.compile(r"^No such command '([^']*)'")
_PUBLIC_KEYS_MOVED = "`--key` takes a private key; public keys follow `--vkey`"


def usage_problem(error: Any) -> Diagnostic:
    """Return the diagnostic for an error of usage.

    Args:
        error: what the library for command lines raised: its `ClickException`.
    """
    command = error.ctx.command_path if getattr(error, "ctx", None) is not None else "policykit"
    help_ = _meant(error) or f"`{command} --help` shows what can stand here"
    message, expected, got = _said(error)
    return Diagnostic("PK904", message, place=command, expected=expected, got=got, help=help_)


def _said(error: Any) -> tuple[str, str, str]:
    """Return the library's message in our form, what was expected, and what was there."""
    option = getattr(error, "option_name", "")
    if option and hasattr(error, "possibilities"):
        return f"there is no option `{option[:60]}`", "", ""
    text = str(error.format_message()).split(" Did you mean ")[0].strip().rstrip(".")
    found = _VALUE.match(text)
    if found is None:
        return _ours(text[:1].lower() + text[1:]), "", ""
    why = found["why"].strip().removeprefix("Value error, ")
    choice = _CHOICE.match(why)
    if choice is not None:
        return f"{_ours(found['what'])} is not understood", _ours(choice[2]), f"`{choice[1][:60]}`"
    return f"{_ours(found['what'])} is not understood", "", _ours(why[:300]).rstrip(".")


def _ours(text: str) -> str:
    return _QUOTED.sub(r"`\1`", " ".join(text.split()))


def _meant(error: Any) -> str:
    """Return what was probably meant: a public key, or the nearest option or command."""
    misspelt = _NO_COMMAND.search(str(error.format_message()))
    if misspelt is not None and hasattr(error.ctx.command, "list_commands"):
        return did_you_mean(misspelt[1], error.ctx.command.list_commands(error.ctx))
    option = getattr(error, "option_name", "")
    if not option or getattr(error, "ctx", None) is None:
        return ""
    known = [name for each in error.ctx.command.params for name in each.opts if name.startswith("--")]
    if option == "--key" and "--vkey" in known:
        return _PUBLIC_KEYS_MOVED
    return did_you_mean(option, known)
