"""What happens to a call, as part of a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence

from policykit.language import checked as c
from policykit.language.english.nouns import stands_for
from policykit.language.english.words import Setting, declared, gate, listed, roles, seconds
from policykit.vocabulary.rendering import quoted

_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)\}")


def effects(found: Sequence[c.Effect], setting: Setting) -> str:
    """Return all effects of a rule."""
    said = [effect(one, setting) for one in found]
    if len({one.kind for one in found}) > 1:  # whether the call goes on is said by the effects beside the warning
        said = [text.removeprefix("the call goes on and ") for text in said]
    return "; and ".join(said)


def effect(found: c.Effect, setting: Setting) -> str:
    """Return one effect."""
    message = _message(found.message, setting) if found.message else ""
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
            return "every match is taken out of the text"
        case "pseudonymise":
            return (
                "every match is replaced by a token before the text goes on, and the original text is put back in what "
                "returns to the caller"
            )
        case "pause":
            return _pause(found, setting)
        case other:
            return f"`{other}` is done"


def _message(message: str, setting: Setting) -> str:
    """Return a message and what its placeholders stand for."""
    names = dict.fromkeys(_PLACEHOLDER.findall(message))
    facts = setting.policy.facts
    meant = [f"`{{{name}}}` stands for {stands_for(facts.get(name), name, setting.phases)}" for name in names]
    return f", with the message {quoted(message)}" + (f" (where {listed(meant, 'and')})" if meant else "")


def _ask(found: c.Effect, setting: Setting) -> str:
    who = roles(found.roles, "or", setting.policy)
    time = "" if found.seconds is None else f" and must answer within {seconds(found.seconds, setting.policy)}"
    asked = f"{who} is asked before the call goes on{time}"
    if found.otherwise is None:
        return asked
    return f"{asked}; if nobody answers in time, {effect(found.otherwise, setting)}"


def _use(fallbacks: Sequence[str], setting: Setting) -> str:
    first, *others = (declared(name, setting.policy.fallbacks) for name in fallbacks)
    return f"the fallback {first} is used instead" + "".join(f"; if that fails too, {other}" for other in others)


def _pause(found: c.Effect, setting: Setting) -> str:
    calls = f"all calls to the tool {declared(found.tool, setting.policy.tools)}" if found.tool else "all calls"
    within = "" if found.seconds is None else f" within {seconds(found.seconds, setting.policy)}"
    told = f", and {roles(found.roles, 'and', setting.policy)} must be told" if found.roles else ""
    if found.gate:
        return f"{within.strip()} calls go on only as after {gate(found.gate, setting.policy)}{told}".strip()
    return f"{calls} are paused{within}{told}"
