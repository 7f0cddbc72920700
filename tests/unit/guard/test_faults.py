"""`on_error` is about faults of the guard. A fault undoes no decision, and what cannot be searched is no fault."""

from __future__ import annotations

import httpx
import openai
import pytest

from policykit.detect.scan import PatternSet
from policykit.errors import GuardError, PolicyViolation, TrailError
from policykit.guard import GuardOptions, OnError, Stores
from policykit.guard.stores.protocol import StoreError
from policykit.guard.text.tokens import TokenMap
from tests.unit.guard.guards import CARD, MAIL, ListTrail, guard_of

ALLOW = GuardOptions(on_error=OnError.ALLOW)
REDACT = 'rule PII-1 "x"\n on request, response\n when call.text contains any of pii.email\n then {}\n'
FILE = {"type": "file", "file": {"file_id": "file-1"}}
MODEL = "gpt-5-mini"
ANSWER = {
    "id": "c", "object": "chat.completion", "created": 1, "model": MODEL,
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "fine"}}],
}  # fmt: skip


def deep(levels: int) -> object:
    value: object = "x"
    for _ in range(levels):
        value = [value]
    return value


def message(*parts: object) -> dict:
    return {"messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}, *parts]}]}


UNSEARCHED = {
    "a file": message(FILE),
    "an object": message(object()),
    "a conversation": {"conversation": "c-1", **message()},
    "a prompt of the provider": {"prompt": {"id": "p"}, **message()},
    "a text in bytes": {"messages": [{"role": "user", "content": b"ann@example.com"}]},
}
MISUSES = {
    "an argument in the body": {**message(), "extra_body": {"messages": []}},
    "a tool of the provider": {**message(), "extra_body": {"tools": [{"type": "web_search"}]}},
    "nested too deep": message({"type": "text", "text": deep(500)}),
}


def sent(rules: str, request: dict, options: GuardOptions) -> list[httpx.Request]:
    """Return what reaches the provider."""
    requests = []

    def provider(request):
        requests.append(request)
        return httpx.Response(200, json=ANSWER)

    client = openai.OpenAI(
        base_url="https://provider.example/v1",
        api_key="k",
        max_retries=0,
        http_client=httpx.Client(transport=httpx.MockTransport(provider)),
    )
    with guard_of(rules, options=options) as guard:
        try:
            guard.wrap(client).chat.completions.create(model=MODEL, **request)
        except PolicyViolation as refused:
            assert refused.reason == "unread"  # noqa: PT017 - what passes is asked of the requests
            assert refused.clauses == ("PII-1",)  # noqa: PT017 - as above
        except GuardError as refused:
            assert refused.diagnostics[0].code in {"PK358", "PK369", "PK392"}  # noqa: PT017 - as above
    return requests


@pytest.mark.parametrize("options", [GuardOptions(), ALLOW], ids=["deny", "allow"])
@pytest.mark.parametrize("effect", ["redact", "pseudonymise"])
@pytest.mark.parametrize("request_", UNSEARCHED.values(), ids=UNSEARCHED)
def test_what_cannot_be_searched_is_refused_whatever_the_options_say_of_faults(request_, effect, options):
    assert sent(REDACT.format(effect), request_, options) == []


@pytest.mark.parametrize("options", [GuardOptions(), ALLOW], ids=["deny", "allow"])
@pytest.mark.parametrize("request_", MISUSES.values(), ids=MISUSES)
def test_a_misuse_is_refused_whatever_the_options_say_of_faults(request_, options):
    assert sent(REDACT.format("redact"), request_, options) == []


@pytest.mark.parametrize("options", [GuardOptions(), ALLOW], ids=["deny", "allow"])
def test_what_cannot_be_searched_goes_on_where_the_rule_says_so(options):
    assert len(sent(REDACT.format("redact\n unknown allow"), message(FILE), options)) == 1


@pytest.mark.parametrize("on_error", OnError)
def test_what_cannot_be_searched_goes_on_where_the_application_sees_to_it(on_error):
    assert len(sent(REDACT.format("redact"), message(FILE), GuardOptions(unread=["files"], on_error=on_error))) == 1


@pytest.mark.parametrize("prompt", [MAIL.encode(), 7, [MAIL]], ids=["bytes", "number", "list"])
def test_an_argument_that_is_not_a_text_is_refused_on_record_with_its_rule(prompt):
    trail = ListTrail()
    guard = guard_of(REDACT.format("redact"), options=ALLOW, trail=trail)
    with pytest.raises(PolicyViolation, match=r"^PII-1: `call.text` is not") as caught:
        guard.call({"call.text": "prompt"})(lambda prompt: prompt)(prompt)
    guard.flush()
    (record,) = trail.of_type("decision")
    assert caught.value.decision.effect == "redact"
    assert '"reason":"unread"' in record
    assert '"error"' not in record
    assert '"outcome":"deny","refused":true' in record


def test_a_text_on_which_the_pattern_engine_gives_up_is_refused(monkeypatch):
    guard = guard_of(REDACT.format("redact"), options=ALLOW)
    ask = guard.call({"call.text": "prompt"})(lambda prompt: prompt)
    assert ask(f"to {MAIL}") == "to [pii.email redacted]"
    monkeypatch.setattr(PatternSet, "_match", lambda *_: None)
    with pytest.raises(PolicyViolation) as caught:
        ask(f"again to {MAIL}")
    assert caught.value.reason == "error:detector"


def test_a_value_for_which_there_is_no_token_is_refused(monkeypatch):
    guard = guard_of(REDACT.format("pseudonymise"), options=ALLOW)
    monkeypatch.setattr(TokenMap, "_letters", lambda *_: "a" * 12)
    with pytest.raises(PolicyViolation) as caught:
        guard.call({"call.text": "prompt"})(lambda prompt: prompt)(f"{MAIL} and bob@example.com")
    assert caught.value.reason == "unread"


# --- a fault undoes no decision -----------------------------------------------------------------------------------------


class Failing:
    """An observer, or a role's callback, that fails."""

    def decided(self, _event):
        raise RuntimeError("down")

    def __call__(self, _asked):
        raise RuntimeError("down")


class NoStops:
    """A store of stops that can be asked, and in which nothing can be written."""

    blocking = False
    has_unrecorded = False

    def tripped(self):
        return ()

    def trip(self, _stop):
        raise StoreError("the disk is gone")


class SomeStops(NoStops):
    """A store of stops in which writing fails until it is mended."""

    def __init__(self):
        self.is_mended = False
        self.found = []

    def trip(self, stop):
        if not self.is_mended:
            raise StoreError("the disk is gone")
        self.found.append(stop)
        return True


def with_broken_trail(rules: str, **settings):
    trail = ListTrail()
    guard = guard_of(rules, trail=trail, options=GuardOptions(on_error=OnError.ALLOW, durable=True), **settings)
    trail.problem = TrailError("the disk is full")
    return guard


def with_broken_observer(rules: str, **settings):
    return guard_of(rules, observers=[Failing()], options=ALLOW, **settings)


def with_broken_stops(rules: str, **settings):
    stores = Stores.in_memory()
    return guard_of(
        'section s "S"\n owner boss\nrule STOP-1 "x"\n on request, response\n then pause all calls\n' + rules,
        stores=Stores(stores.windows, stores.approvals, NoStops()),
        options=ALLOW,
        **settings,
    )


BROKEN = [with_broken_trail, with_broken_observer, with_broken_stops]


def name_of(part: object) -> str:
    return getattr(part, "__name__", str(part))


@pytest.mark.parametrize("broken", BROKEN, ids=name_of)
@pytest.mark.parametrize("phase", ["request", "response"])
def test_a_refusal_stands_where_something_fails(broken, phase):
    rules = f'rule PII-1 "x"\n on {phase}\n when call.text contains any of pii.card\n then deny\n'
    made = []
    ask = broken(rules).call({"call.text": "prompt"})(lambda prompt: made.append(prompt) or CARD)
    with pytest.raises(PolicyViolation) as caught:
        ask(CARD)
    assert caught.value.reason == "deny"
    assert made == ([] if phase == "request" else [CARD])


@pytest.mark.parametrize("broken", BROKEN, ids=name_of)
@pytest.mark.parametrize("effect", ["redact", "pseudonymise"])
def test_what_is_taken_out_stays_out_where_something_fails(broken, effect):
    made = []
    ask = broken(REDACT.format(effect)).call({"call.text": "prompt"})(lambda prompt: made.append(prompt) or "fine")
    assert ask(f"to {MAIL}") == "fine"
    assert len(made) == 1
    assert MAIL not in made[0]


def test_a_rule_sends_to_its_fallback_where_something_fails():
    rules = 'rule USE-1 "x"\n on request\n when call.text contains any of pii.card\n then use queue\n'
    for broken in BROKEN:
        assert broken(rules).call({"call.text": "prompt"})(lambda prompt: prompt)(CARD) == "from the queue"


def test_the_kill_switch_stands_where_its_record_fails(tmp_path):
    trail = ListTrail()
    options = GuardOptions(on_error=OnError.ALLOW, durable=True, kill_switch=str(tmp_path))
    guard = guard_of(REDACT.format("redact"), trail=trail, options=options)
    trail.problem = TrailError("the disk is full")
    with pytest.raises(PolicyViolation) as caught:
        guard.call({"call.text": "prompt"})(lambda prompt: prompt)("hi")
    assert caught.value.reason == "kill-switch"


def test_a_stop_that_could_not_be_written_is_tripped_by_the_next_look():
    rules = REDACT.format("redact") + (
        'stop STOP-1 "x"\n when count of calls over the last 1 hour >= 1\n then pause all calls\n resume by duty\n'
    )
    memory, stops = Stores.in_memory(), SomeStops()
    guard = guard_of(rules, stores=Stores(memory.windows, memory.approvals, stops), options=ALLOW)
    ask = guard.call({"call.text": "prompt"})(lambda prompt: prompt)
    assert ask("one") == "one"
    stops.is_mended = True
    assert ask("two") == "two"
    assert ask("three") == "three"
    assert [stop.clause for stop in stops.found] == ["STOP-1"]
