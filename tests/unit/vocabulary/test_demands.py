"""Each concrete demand that is made on a system in production has words in which a policy can ask for its proof.

The numbers are those of the list that the vocabulary was built from; the phrases are ours. `statement` is for what only a
person can say, `audit_trail` for what only a dated record shows.
"""

import pytest

from policykit.vocabulary.builtin import builtin

DEMANDS = {
    1: ("a written definition of readiness", "audit_trail.definition_digest"),
    2: ("agreed before the build", "audit_trail.definition_agreed_at audit_trail.build_started_at"),
    3: ("over all five areas", "statement.decision"),
    4: ("in the statement of work", "audit_trail.definition_digest sign_off.subject"),
    5: ("measurable success", "evaluation.accuracy slo.objectives"),
    6: ("a scorecard on day one", "audit_trail.definition_agreed_at"),
    7: ("one number", "evaluation.touchless_rate"),
    8: ("with a baseline", "evaluation.baseline_accuracy evaluation.human_accuracy"),
    9: ("with a target", "slo.met_rate"),
    10: ("agreed with the business", "sign_off.roles statement.role"),
    11: ("a date for go or no-go", "statement.effective_on"),
    12: ("written stop conditions", "statement.requirement"),
    13: ("written limits", "statement.value statement.amount statement.period statement.share"),
    14: ("a plan for each gap", "statement.link"),
    15: ("a readiness thread beside the pilot", "statement.decided_on"),
    16: ("engineers for production", "statement.text"),
    17: ("an evaluation harness", "evaluation.tool evaluation.cases"),
    18: ("built with the feature", "audit_trail.released_at evaluation.finished_at"),
    19: ("a golden set", "evaluation.dataset evaluation.dataset_version evaluation.dataset_locked"),
    20: ("from production data", "evaluation:case.source"),
    21: ("with edge cases", "evaluation.edge_cases"),
    22: ("with questions out of scope", "evaluation.out_of_scope_cases evaluation.refusal_rate"),
    23: ("scored automatically", "evaluation.automated"),
    24: ("by what matters", "evaluation.tone evaluation.completeness evaluation.safety evaluation:metric.value"),
    25: ("consistent when repeated", "evaluation.consistency evaluation.repetitions evaluation.accuracy_low"),
    26: ("by slice", "evaluation/accuracy evaluation/cases"),
    27: ("good enough for the volume", "evaluation.accuracy cost_model.tasks_per_day"),
    28: ("comparable with a baseline", "evaluation.baseline_accuracy evaluation.baseline_model"),
    29: ("regressions raise an alert", "observability.regression_alert"),
    30: ("model updates are noticed", "evaluation.model_pinned telemetry.unpinned_models model_card.retires_on"),
    31: ("monthly regression runs", "evaluation.finished_at"),
    32: ("evaluated on live traffic", "evaluation.live_traffic telemetry.accuracy"),
    33: ("losses noticed within hours", "observability.detection_time incident.mean_time_to_notice"),
    34: ("drift is seen", "telemetry.drift observability.drift_alert"),
    35: ("adversarial probes", "red_team.probes red_team:probe.name"),
    36: ("prompt injection", "red_team.prompt_injection"),
    37: ("jailbreaks", "red_team.jailbreak"),
    38: ("constrained outputs", "evaluation.format_validity evaluation.safety"),
    39: ("people review where it matters", "telemetry.escalation_rate"),
    40: ("unsure answers go to people", "telemetry.escalation_rate"),
    41: ("an answer to model failure", "runbook.model_failure"),
    42: ("fallbacks", "runbook:scenario.fallback telemetry.fallback_rate"),
    43: ("escalation paths", "runbook.escalation_paths runbook:scenario.escalation"),
    44: ("structured logs", "observability.structured_logs"),
    45: ("dashboards", "observability.dashboards"),
    46: ("alerts that page", "observability.paging_alerts observability:alert.pages"),
    47: ("instrumented from day one", "telemetry.first_at telemetry.latency_p95 telemetry.fallback_rate"),
    48: ("monitoring is live", "telemetry.last_at telemetry.traced_rate observability.signals"),
    49: ("feedback as data", "observability.user_feedback telemetry.feedback_rate"),
    50: ("baselines on record", "telemetry.baseline_accuracy"),
    51: ("runbooks", "runbook.runbooks runbook.scenarios observability.alerts_with_runbook_rate"),
    52: ("incidents at 3 a.m.", "runbook.incident_response on_call.coverage on_call.response_time"),
    53: ("others than the builder can diagnose", "runbook:scenario.rehearsed_by_builder"),
    54: ("rate limits", "load_test.rate_limited"),
    55: ("holds under load", "load_test.error_rate load_test.peak_requests_per_second load_test.latency_p95"),
    56: ("staged rollout", "statement.share audit_trail.released_at"),
    57: ("handed over", "runbook.handed_over"),
    58: ("improved after launch", "review.open_actions"),
    59: ("a named owner", "ownership.owner ownership.named_since ownership.placeholder_owners"),
    60: ("a build owner", "ownership.build_owner"),
    61: ("a run owner", "ownership.run_owner"),
    62: ("a business owner", "ownership.business_owner"),
    63: ("a payer", "ownership.payer cost_model.payer_agreed"),
    64: ("owned before the pilot", "ownership.named_since"),
    65: ("on call, with the builders", "on_call.includes_builders on_call.covered_ahead"),
    66: ("a person on call by name", "on_call.names on_call:shift.person"),
    67: ("weekly reviews", "review.longest_gap review.topics"),
    68: ("operable without the vendor", "statement.decision"),
    69: ("accountable on a bad day", "ownership.owned_components_rate"),
    70: ("personal data is taken out", "red_team.data_leakage test_run.pass_rate"),
    71: ("policy as code", "audit_trail.definition_digest"),
    72: ("an audit trail", "audit_trail.verified audit_trail.recorded_rate"),
    73: ("provenance", "provenance.verified provenance.subject_sha256 provenance:material.licence"),
    74: ("risk signs", "sign_off.roles"),
    75: ("security signs", "sign_off.roles scan.critical_findings"),
    76: ("legal signs", "sign_off.roles control.satisfied_rate"),
    77: ("a joint review", "sign_off.people sign_off:signature.role"),
    78: ("reviews planned early", "statement.effective_on"),
    79: ("compliance can read how it decides", "statement.decision"),
    80: ("training data on record", "model_card.training_data_described model_card.training_data"),
    81: ("audited interfaces", "inventory:part.access_controlled scan.findings"),
    82: ("real systems, no mocks", "inventory.mocks test_run.environment red_team.real_target"),
    83: ("real permissions", "inventory:part.access_controlled inventory:part.authenticated"),
    84: ("no credentials in the code", "scan.secrets"),
    85: ("the whole system listed", "inventory.parts inventory.types"),
    86: ("live pipelines", "data_quality.live_sources data_quality.sources data_quality.age"),
    87: ("data quality checks", "data_quality.pass_rate data_quality.valid_rate"),
    88: ("schema drift", "data_quality.schema_checked"),
    89: ("bad rows", "data_quality.bad_rows_handled"),
    90: ("data ready in the pilot", "data_quality.finished_at"),
    91: ("cost of a task", "spend.cost_per_task spend.cost_per_call prices:model.input_price"),
    92: ("calls in a task", "spend.calls_per_task cost_model.calls_per_task"),
    93: ("expected volume", "cost_model.tasks_per_day cost_model.peak_tasks_per_day"),
    94: ("a ceiling", "cost_model.ceiling_per_month cost_model.cost_per_month"),
    95: ("cost at target volume", "cost_model.measured cost_model.cost_per_month"),
    96: ("all classes of cost", "cost_model.includes spend.compute_cost spend.storage_cost spend.network_cost"),
    97: ("worth more than it costs", "cost_model.value_per_task cost_model.cost_per_task"),
}


def exists(path: str) -> bool:
    """Return whether the vocabulary has `kind.field`, `kind:element.field` or, for a slice, `kind/field`."""
    kinds = builtin().evidence
    if "/" in path:
        kind, field = path.split("/")
        return field in kinds[kind].slice_fields
    place, field = path.split(".")
    kind, _, element = place.partition(":")
    return field in (kinds[kind].elements[element].fields if element else kinds[kind].fields)


def test_the_list_is_whole():
    assert list(DEMANDS) == list(range(1, 98))


@pytest.mark.parametrize("number", DEMANDS)
def test_a_policy_can_ask_for_its_proof(number):
    _, paths = DEMANDS[number]
    missing = [path for path in paths.split() if not exists(path)]
    assert not missing
