"""Decisions as structlog events and OpenTelemetry spans."""

import pytest
import structlog
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from policykit.errors import PolicyViolation
from policykit.guard import GuardOptions, Mode
from policykit.guard.observers.events import EventObserver
from policykit.guard.observers.spans import SpanObserver
from tests.unit.guard.guards import CARD, guard_of

RULES = """
rule W-1 "x"
 on request
 when call.text contains any of "stop"
 then deny
rule P-1 "x"
 on request
 when call.text contains any of pii.card
 then redact
"""


def used(observer, **settings):
    guard = guard_of(RULES, observers=[observer], **settings)
    guard.check({"call.text": "fine", "call.model": "m-1"})
    guard.check({"call.text": f"card {CARD}"})
    if settings:
        guard.check({"call.text": "stop"})
        return
    with pytest.raises(PolicyViolation):
        guard.check({"call.text": "stop"})


def test_every_decision_is_an_event_without_texts():
    with structlog.testing.capture_logs() as logs:
        used(EventObserver())
    assert [(each["log_level"], each["verdict"], each["action"], each["clauses"]) for each in logs] == [
        ("info", "allow", "allow", []),
        ("warning", "redact", "redact", ["P-1"]),
        ("warning", "deny", "deny", ["W-1"]),
    ]
    assert CARD not in str(logs)


def spans_of(**settings):
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    used(SpanObserver("guarded", "1.0.0", provider.get_tracer("test")), **settings)
    provider.shutdown()
    return exporter.get_finished_spans()


def pairs(spans):
    names = "gen_ai.security.verdict.type", "gen_ai.security.action.type"
    return [tuple(span.attributes[name] for name in names) for span in spans]


def test_every_decision_is_a_span_with_its_findings():
    spans = spans_of()
    assert pairs(spans) == [("allow", "allow"), ("modify", "modify"), ("deny", "block")]
    assert [[event.attributes["gen_ai.security.policy.rule.id"] for event in span.events] for span in spans] == [
        [],
        ["P-1"],
        ["W-1"],
    ]
    assert spans[0].attributes["gen_ai.request.model"] == "m-1"
    assert CARD not in "".join(span.to_json() for span in spans)


def test_verdict_and_action_differ_where_a_guard_only_watches():
    assert pairs(spans_of(options=GuardOptions(mode=Mode.SHADOW))) == [
        ("allow", "allow"),
        ("modify", "allow"),
        ("deny", "allow"),
    ]


ASK = 'rule A-1 "x"\n on request\n when call.text contains any of "pay"\n then ask duty, answer within 5 minutes, otherwise deny\n'


@pytest.mark.parametrize("granted", [True, False])
def test_an_ask_that_was_granted_is_told_from_one_that_was_not(granted):
    from policykit.guard.stores.protocol import Answer

    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    spans = SpanObserver("guarded", "1.0.0", provider.get_tracer("test"))
    approvers = {"duty": lambda _: Answer("ann", "duty", granted)}
    with structlog.testing.capture_logs() as logs:
        guard = guard_of(ASK, observers=[EventObserver(), spans], approvers=approvers)
        if granted:
            guard.check({"call.text": "pay"})
        else:
            with pytest.raises(PolicyViolation):
                guard.check({"call.text": "pay"})
    provider.shutdown()
    assert pairs(exporter.get_finished_spans()) == [("escalate", "escalate" if granted else "block")]
    assert [(each["action"], each["is_refused"], each["reason"]) for each in logs] == [
        ("ask", not granted, "" if granted else "ask")
    ]
