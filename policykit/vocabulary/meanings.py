"""Everyday words for the words of the vocabulary: what somebody most likely means who does not know its spelling.

Example: `fact_meant("call.price")` is `("call.cost",)`, `kinds_meant("pii_scan")` is `("scan",)`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from functools import cache

from policykit.vocabulary.fields import Field

FACTS: dict[str, str] = {
    "call.text": "output answer reply completion content message body result_text response args arguments",
    "call.prompt": "prompt input question query user_message request",
    "call.instructions": "system_prompt system instruction",
    "call.provider": "vendor supplier",
    "call.model": "model_name llm engine model_id deployment",
    "call.input_tokens": "tokens prompt_tokens tokens_in",
    "call.output_tokens": "completion_tokens tokens_out response_tokens",
    "call.cost": "price charge spend spending expense fee amount budget",
    "call.latency": "duration elapsed response_time runtime time_taken speed delay",
    "call.time_to_first_token": "ttft first_token",
    "call.finish_reason": "stop_reason finish",
    "call.confidence": "certainty probability sureness",
    "call.grounded": "groundedness faithfulness grounding hallucination",
    "call.outcome": "status result verdict feedback rating",
    "call.score": "grade quality",
    "call.error": "exception failure",
    "call.error_type": "error_kind failure_kind error_code",
    "call.status_code": "http_status code http_code",
    "call.attempt": "retry retries attempts tries",
    "call.time": "timestamp at date started_at now",
    "call.day_of_week": "weekday day dow",
    "call.time_of_day": "hour clock hours local_time",
    "call.team": "department cost_centre group",
    "call.application": "app service product client",
    "call.environment": "env stage",
    "call.session": "conversation thread chat dialogue session_id conversation_id",
    "call.language": "lang locale",
    "call.labels": "tags label",
    "principal.id": "user user_id customer customer_id caller username who person employee",
    "principal.tenant": "org organisation organization company account",
    "principal.role": "user_role job",
    "principal.country": "country nation user_country",
    "principal.adult": "age minor",
    "principal.consented": "consent",
    "principal.authenticated": "logged_in login authentication",
    "tool.name": "tool tool_name function function_name action",
    "tool.server": "mcp_server",
    "tool.side_effects": "destructive reversible irreversible effect",
    "data.classification": "classification confidentiality sensitivity",
    "data.personal": "pii personal_data",
    "retrieval.documents": "chunks document_count",
    "retrieval.sources": "documents_used citations",
}
"""Each fact and the last words of names under which people look for it."""

_HEADS = frozenset(
    {"", "call", "principal", "tool", "data", "retrieval", "request", "response", "model", "llm", "ai", "user", "agent"}
)
"""First parts of names that speak of the call."""

FIELDS: dict[str, str] = {
    "accuracy": "correctness correct correct_rate precision quality accuracy_rate error_rate",
    "pass_rate": "success success_rate passing passed_rate",
    "cases": "samples size examples questions rows n count number total case_count total_cases",
    "passed": "pass passes ok success successful result outcome status verdict state",
    "failed": "failures fails fail broken",
    "errors": "error exceptions",
    "touchless_rate": "automation automation_rate touchless straight_through",
    "faithfulness": "groundedness grounded grounding hallucination hallucinations hallucination_rate",
    "completeness": "complete_answers",
    "latency_p95": "latency p95 response_time duration speed",
    "latency_mean": "average_latency mean_latency",
    "latency": "duration response_time time elapsed",
    "cost_per_task": "cost price unit_cost cost_per_case",
    "cost_per_case": "price unit_cost cost_per_task",
    "cost_per_month": "monthly_cost budget monthly",
    "ceiling_per_month": "budget limit cap monthly_limit",
    "cost": "price charge spend",
    "total": "cost spend sum amount",
    "source": "origin provenance from",
    "open": "status state resolved closed unresolved",
    "outcome": "status result state verdict passed",
    "state": "status outcome result",
    "resolved": "status state closed open",
    "met": "status state reached",
    "severity": "sev level priority impact",
    "level": "severity sev",
    "attack_success_rate": "asr success_rate success attack_rate breach_rate block_rate blocked_rate",
    "attacks": "cases probes_run samples count",
    "succeeded": "successes breaches successful",
    "open_findings": "findings unresolved open_issues",
    "decision": "approved status outcome verdict result answer",
    "person": "name who signer signed_by author",
    "decided_at": "signed_at date approved_at",
    "definition_agreed_at": "agreed_at agreed",
    "verified": "valid signed intact",
    "run_owner": "owner operator",
    "build_owner": "builder developer",
    "owner": "team responsible assignee maintainer",
    "paging_alerts": "alerts pages alarms",
    "detection_time": "time_to_detect detect_time alert_time mttd",
    "response_time": "time_to_respond acknowledge_time",
    "recovery_time": "mttr time_to_recover restore_time",
    "covered_now": "staffed manned on_duty",
    "people": "persons staff headcount",
    "last_rehearsed_on": "last_drill drill_date rehearsed",
    "longest_gap": "interval gap cadence",
    "rehearsed_on": "drilled tested_on last_drill",
    "real": "mock mocked live",
    "version": "release revision",
    "name": "id title label",
    "id": "name number key",
    "drift": "shift",
    "availability": "uptime downtime",
    "retention": "kept_for keep",
}
"""Each field of evidence and its elements, and the names under which people look for it."""

KINDS: dict[str, str] = {
    "audit_trail": "audit trail log logs agreement agreed ledger record history journal",
    "control": "controls compliance framework iso nist assessment audit_report soc2",
    "cost_model": "cost costs budget economics business_case forecast estimate price",
    "coverage": "code_coverage lines",
    "data_quality": "data dataset pipeline schema freshness",
    "evaluation": "eval evals benchmark golden accuracy quality harness goldenset golden_set",
    "fairness": "bias discrimination equality equity",
    "incident": "incidents outage outages postmortem",
    "inventory": "sbom bom components architecture parts assets system dependencies",
    "load_test": "load stress performance latency throughput capacity",
    "model_card": "card datasheet model training_data model_facts",
    "observability": "monitoring alerts alerting dashboard dashboards logging watch",
    "on_call": "oncall rota rotation pager pagerduty duty roster shift",
    "ownership": "owner owners codeowners responsibility responsible raci catalog",
    "prices": "price pricing tariff price_list rates",
    "provenance": "lineage origin build slsa supply_chain",
    "red_team": "redteam attack attacks pentest pen_test penetration_test adversarial jailbreak injection penetration",
    "review": "reviews meeting meetings retrospective retro",
    "runbook": "runbooks playbook procedure fallback rehearsal drill",
    "scan": "scanner sast vulnerability vulnerabilities secrets security pii code_scan",
    "sign_off": "signoff approvals signature signatures signing",
    "slo": "sla objective objectives service_level",
    "spend": "bill billing charges usage invoice invoices cost costs",
    "statement": "agreement attestation declaration letter confirmation approval contract consent promise attested",
    "telemetry": "metrics traces production live usage drift latency runtime",
    "test_run": "test tests unit_test integration junit pytest qa",
}
"""Each kind of evidence and the words with which people ask for it, nearest first."""


CONTRARY: dict[str, str] = {
    "faithfulness": "hallucination hallucinations hallucination_rate hallucinated", "open": "resolved closed",
    "call.grounded": "hallucination hallucinations hallucination_rate", "resolved": "open unresolved",
    "real": "mock mocked", "principal.adult": "minor", "accuracy": "error_rate", "pass_rate": "error_rate failure_rate",
    "availability": "downtime", "attack_success_rate": "block_rate blocked_rate",
}  # fmt: skip
"""Each field and the words that ask for its contrary: put in their place, it would turn a condition round."""


def offered(asked: str, meant: Sequence[str]) -> str:
    """Return the help for a name that is none; it says so where what is meant is the contrary of what was asked.

    Args:
        asked: the name that was written.
        meant: what was most likely meant, likeliest first; none for no help.
    """
    last = asked.rpartition(".")[2]
    turned = [
        name for name in meant if last in _split(CONTRARY.get(name) or CONTRARY.get(name.rpartition(".")[2]) or "")
    ]
    if turned:
        return f"`{turned[0]}` says the contrary: take it, and turn the comparison round"
    names = [f"`{name}`" for name in meant[:3]]
    return f"did you mean {' or '.join([', '.join(names[:-1]), names[-1]] if names[1:] else names)}?" if names else ""


@cache
def _split(words: str) -> frozenset[str]:
    return frozenset(words.split())


def facts_meant(name: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the facts that a name most likely means: those looked for under its last words.

    Args:
        name: a dotted or plain name that nothing declares.
        known: the facts that may stand in its place.
    """
    head, _, last = name.rpartition(".")
    if head not in _HEADS:
        return ()  # facts of the application's own: `invoice.amount` has nothing to do with the cost of a call
    found = [fact for fact, words in FACTS.items() if last in _split(words) and fact in known]
    if not found and head and f"{head}_{last}" not in known:
        found = [fact for fact, words in FACTS.items() if f"{head}_{last}" in _split(words) and fact in known]
    return tuple(sorted(found, key=lambda fact: not fact.startswith(f"{head}.")))


def fields_meant(name: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the fields of evidence, or of one of its elements, that a name most likely means."""
    return tuple(field for field, words in FIELDS.items() if name in _split(words) and field in known)


def kinds_meant(name: str, known: Collection[str]) -> tuple[str, ...]:
    """Return the kinds of evidence that a word most likely means: by the whole word first, then by its parts."""
    whole = [kind for kind, words in KINDS.items() if name in _split(words) and kind in known]
    if whole:
        return tuple(whole)
    parts = name.split("_")
    names = [kind for kind in KINDS if kind in known and set(kind.split("_")) & set(parts)]
    by_words = [kind for kind, words in KINDS.items() if kind in known and _split(words) & set(parts)]
    return tuple(dict.fromkeys((*names, *by_words)))


def fields_about(word: str, fields: Collection[Field]) -> tuple[Field, ...]:
    """Return the fields that a word is about: by a part of their name, by everyday words, or by their meaning."""
    wanted = {word, word.removesuffix("s"), f"{word}s"}
    named = [field for field in fields if wanted & set(re.split(r"[._]", field.name))]
    meant = [field for field in fields if word in _split(FACTS.get(field.name) or FIELDS.get(field.name) or "")]
    said = [field for field in fields if wanted & set(re.findall("[a-z]+", field.words.lower()))]
    return tuple({field.name: field for field in (*named, *meant, *said)}.values())
