"""What happens to a call, as part of a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from policykit.language import checked as c
from policykit.language.english.words import Setting, declared, gate, roles, seconds
from policykit.vocabulary.rendering import quoted


def effects(found: Sequence[c.Effect], setting: Setting) -> str:
    """Return all effects of a rule."""
    return "; and ".join(effect(one, setting) for one in found)


def effect(found: c.Effect, setting: Setting) -> str:
    """Return one effect."""
    message = f", with the message {quoted(found.message)}" if found.message else ""
    match found.kind:
        case "deny":
            return f"the call is refused{message}"
        case "warn":
            return f"the call goes on and a warning is given{message}"
        case "allow":
            return "the call is allowed"
        case "ask":
            return _ask(found, setting)
        case "use":
            return _use(found.fallbacks, setting)
        case "redact":
            return "whatever was found is taken out of the text"
        case "pseudonymise":
            return "whatever was found is replaced by tokens, which are put back in what returns to the caller"
        case "pause":
            return _pause(found, setting)
        case other:
            return f"`{other}` is done"


def _ask(found: c.Effect, setting: Setting) -> str:
    who = roles(found.roles, "or", setting.policy)
    time = "" if found.seconds is None else f" and must answer within {seconds(found.seconds)}"
    asked = f"{who} is asked before it goes on{time}"
    if found.otherwise is None:
        return asked
    return f"{asked}; if nobody answers in time, {effect(found.otherwise, setting)}"


def _use(fallbacks: Sequence[str], setting: Setting) -> str:
    first, *others = (declared(name, setting.policy.fallbacks) for name in fallbacks)
    return f"{first} is used instead" + "".join(f"; if that fails too, {other}" for other in others)


def _pause(found: c.Effect, setting: Setting) -> str:
    calls = f"all calls to {declared(found.tool, setting.policy.tools)}" if found.tool else "all calls"
    within = "" if found.seconds is None else f" within {seconds(found.seconds)}"
    if found.gate:
        calls = f"calls go on only as after {gate(found.gate, setting.policy)}"
    told = f", and {roles(found.roles, 'and', setting.policy)} must be told" if found.roles else ""
    return f"{calls}{within}{told}" if found.gate else f"{calls} are paused{within}{told}"
