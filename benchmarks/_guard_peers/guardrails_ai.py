"""guardrails-ai: a `Guard` with two validators of our own, as it brings none. Metrics are off by its settings file."""

from __future__ import annotations

from typing import Any

from benchmarks._guard_peers import _task as task

VARIANTS = {"2 rules": "two validators with `re`: one refuses, one masks; history in memory"}
SETTINGS_FILE = (".guardrailsrc", "id=local\ntoken=\nenable_metrics=false\nuse_remote_inferencing=false\n")


def make(model: task.Model, variant: str) -> task.Call:  # noqa: ARG001 - one variant
    """Return the guarded call."""
    import warnings

    warnings.simplefilter("ignore")
    from guardrails import Guard
    from guardrails.validator_base import FailResult, PassResult, Validator, register_validator

    forbidden, e_mail = task.forbidden(), task.e_mail()

    @register_validator(name="bench/forbidden", data_type="string")
    class Forbidden(Validator):  # type: ignore[misc]
        def _validate(self, value: Any, metadata: Any) -> Any:  # noqa: ARG002 - its form
            return FailResult(error_message="not allowed") if forbidden.search(value) else PassResult()

    @register_validator(name="bench/e_mail", data_type="string")
    class EMail(Validator):  # type: ignore[misc]
        def _validate(self, value: Any, metadata: Any) -> Any:  # noqa: ARG002 - its form
            masked = e_mail.sub("[e-mail]", value)
            return PassResult() if masked == value else FailResult(error_message="e-mail", fix_value=masked)

    guard = Guard().use(Forbidden(on_fail="exception"), EMail(on_fail="fix"))
    return lambda prompt: model(guard.validate(prompt).validated_output)
