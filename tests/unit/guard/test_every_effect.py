"""Every effect in every phase, on every kind of function: what leaves, what is recorded, and nothing at all in shadow."""

import asyncio
from typing import NamedTuple

import pytest

from policykit.errors import PolicyViolation
from policykit.guard import Answer, GuardOptions, Mode
from tests.unit.guard.guards import MAIL, ListTrail, guard_of

PHASES = ("request", "response", "tool input", "tool output", "failure")
EFFECTS = {
    "deny": 'deny "no"',
    "ask granted": "ask duty, answer within 1 hour, otherwise deny",
    "ask denied": "ask boss, answer within 1 hour, otherwise deny",
    "redact": "redact",
    "pseudonymise": "pseudonymise",
    "use": "use queue",
    "warn": 'warn "careful"',
    "pause": "pause all calls",
}
KINDS = ("function", "coroutine", "generator", "async generator")


class Seen(NamedTuple):
    """What a call looked like from both sides."""

    sent: list[str]
    got: object


def rules(phase, effect):
    fact = "call.error" if phase == "failure" else "call.text"
    return f'rule R-1 "x"\n on {phase}\n when {fact} contains any of pii.email\n then {EFFECTS[effect]}\n'


def possible(phase, effect):
    """Whether the language lets the effect stand in the phase (PK328): elsewhere it would change nothing."""
    return not (
        (phase == "failure" and effect == "redact") or (phase in {"failure", "response"} and effect == "pseudonymise")
    )


MATRIX = [(phase, effect) for phase in PHASES for effect in EFFECTS if possible(phase, effect)]


def guard_for(phase, effect, **settings):
    approvers = {"duty": lambda _: Answer("Ann", "duty", True), "boss": lambda _: Answer("Bo", "boss", False)}
    return guard_of(rules(phase, effect), approvers=approvers, **settings)


def called(guard, phase, kind="function"):
    """Call a function of a kind so that the rule of the phase finds an address; return what both sides saw."""
    sent = []
    tool = phase.startswith("tool")
    bind = guard.tool("ledger", {"call.text": "text"}) if tool else guard.call({"call.text": "text"})
    says = f"write to {MAIL}" if phase in {"response", "tool output"} else "done"

    def act(text):
        sent.append(text)
        if phase == "failure":
            raise OSError(f"no such user {MAIL}")
        return says

    @bind
    def function(text):
        return act(text)

    @bind
    async def coroutine(text):
        await asyncio.sleep(0)
        return act(text)

    @bind
    def generator(text):
        said = act(text)
        yield said[:8]
        yield said[8:]

    @bind
    async def async_generator(text):
        said = act(text)
        yield said[:8]
        await asyncio.sleep(0)
        yield said[8:]

    async def gathered(text):
        return "".join([piece async for piece in async_generator(text)])

    text = f"I am {MAIL}" if phase in {"request", "tool input"} else "hello"
    run = {
        "function": lambda: function(text),
        "coroutine": lambda: asyncio.run(coroutine(text)),
        "generator": lambda: "".join(generator(text)),
        "async generator": lambda: asyncio.run(gathered(text)),
    }[kind]
    try:
        got = run()
    except (PolicyViolation, OSError) as error:
        got = error
    return Seen(sent, got)


def refused(got, reason):
    return isinstance(got, PolicyViolation) and got.reason == reason


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("phase", "effect"), MATRIX)
def test_an_effect_does_what_it_says_in_every_phase_on_every_kind_of_function(phase, effect, kind):
    seen = called(guard_for(phase, effect), phase, kind)
    entering = phase in {"request", "tool input"}
    if effect in {"deny", "ask denied"}:
        assert refused(seen.got, effect.split()[0])
        assert bool(seen.sent) is not entering
    elif effect == "pause" and entering:
        assert refused(seen.got, "pause")
        assert seen.sent == []
    elif effect == "use":
        assert seen.got == "from the queue"
        assert bool(seen.sent) is not entering
    elif effect in {"redact", "pseudonymise"}:
        changed = seen.sent[0] if entering else seen.got
        assert MAIL not in str(changed)
        assert "[pii.email" in str(changed)
    elif phase == "failure":
        assert isinstance(seen.got, OSError)
    else:
        assert seen.got == (f"write to {MAIL}" if not entering else "done")
        assert MAIL in (seen.sent[0] if entering else seen.got)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("phase", "effect"), MATRIX)
def test_shadow_changes_nothing_that_either_side_sees_and_records_the_decision(phase, effect, kind):
    trail = ListTrail()
    guard = guard_for(phase, effect, trail=trail, options=GuardOptions(mode=Mode.SHADOW))
    free = guard_of('rule R-0 "x"\n on request\n when call.text contains any of "never there"\n then deny\n')
    watched, bare = called(guard, phase, kind), called(free, phase, kind)
    assert watched.sent == bare.sent
    assert str(watched.got) == str(bare.got)
    assert type(watched.got) is type(bare.got)
    guard.flush()
    assert any('"R-1":"true, shadow"' in members for members in trail.of_type("decision"))
    assert not trail.of_type("stop_tripped")
    assert not trail.of_type("approval")


@pytest.mark.parametrize(("phase", "effect"), MATRIX)
def test_every_effect_is_on_record_with_its_phase_and_without_the_text(phase, effect):
    trail = ListTrail()
    guard = guard_for(phase, effect, trail=trail)
    called(guard, phase)
    guard.flush()
    of_phase = [each for each in trail.of_type("decision") if f'"phase":"{phase}"' in each and '"R-1":"true"' in each]
    assert of_phase, trail.records
    assert MAIL not in str(trail.records)
