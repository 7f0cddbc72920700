"""LiteLLM's arguments: which of them a model reads, and which would send something else than was checked."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from policykit.errors import GuardError
from policykit.guard.adapters._client_binding import add_reach, check_hosted
from policykit.guard.adapters._request import RequestBinding
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.guard.adapters._shape import Shape
    from policykit.guard.binding import Texts
    from policykit.guard.core import Core

_ELSEWHERE = frozenset(
    {
        "fallbacks", "context_window_fallback_dict", "context_window_fallbacks", "content_policy_fallbacks",
        "default_fallbacks", "model_list", "model_alias_map", "deployment_id", "engine", "azure", "silent_model",
        "auto_router_config", "auto_router_config_path", "auto_router_default_model",
        "complexity_router_config", "quality_router_config", "adaptive_router_config",
    }
)  # fmt: skip
"""They name models that no rule was asked about."""
_TEMPLATES = frozenset(
    {
        "prompt_id", "prompt_variables", "prompt_label", "prompt_version", "prompt_environment",
        "custom_prompt_dict", "initial_prompt_value", "final_prompt_value", "roles", "bos_token", "eos_token",
        "prompt_spec", "dotprompt_content", "vector_store_ids",
    }
)  # fmt: skip
"""They put other text around or in place of the messages, after the guard has seen them."""
REDIRECTING = _ELSEWHERE | _TEMPLATES
_FORMS = frozenset({"text_completion", "atext_completion", "acompletion", "litellm_logging_obj", "original_function"})
"""They change what comes back, or what LiteLLM does with the call."""
_SETTINGS = frozenset(
    {
        "model", "timeout", "stream", "base_url", "api_base", "api_version", "api_key", "shared_session",
        "retry_strategy", "retry_policy", "custom_llm_provider", "client", "organization", "litellm_call_id",
        "litellm_trace_id", "cache", "cache_key", "preset_cache_key", "additional_drop_params", "allowed_openai_params",
        "model_info", "base_model", "hf_model_name", "ssl_verify", "logger_fn", "mock_response", "mock_tool_calls",
        "region_name", "request_timeout", "stream_timeout", "provider_specific_header", "specific_deployment",
        "litellm_credential_name", "proxy_server_request",
    }
)  # fmt: skip
"""What LiteLLM uses itself to send the call, or to stand in for a provider."""
_SECRETS = ("aws_", "azure_", "vertex_", "gcs_", "s3_", "langfuse_", "langsmith_", "arize_", "wandb_")
"""Beginnings of names of places and credentials."""
_OF_ROUTERS = inspect.signature(lambda model, messages, **others: None)  # noqa: ARG005 - only its names are read
"""Since 1.110 a router shows `(*args, **kwargs)`; these are the two that it takes by position."""


class LiteLLMBinding(RequestBinding):
    """The facts of a completion: everything that is not known to be a setting is text that a model reads."""

    settings = _SETTINGS

    def __init__(
        self,
        core: Core,
        shape: Shape,
        function: Callable[..., Any],
        told: Callable[[Mapping[str, Any]], tuple[object, object]],
    ) -> None:
        """Take, besides, what tells model and provider of a request."""
        super().__init__(core, shape, function)
        self._told = told
        if any(each.kind is each.VAR_POSITIONAL for each in self._signature.parameters.values()):
            self._signature = _OF_ROUTERS
        self._order = tuple(self._signature.parameters)

    def named(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return all arguments by their names.

        Raises:
            TypeError: there are too many, or one is given twice, in the words of Python.
        """
        if not args:
            return dict(kwargs)
        self._signature.bind(*args, **kwargs)
        return {**dict(zip(self._order, args, strict=False)), **kwargs}

    def prepared(self, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments with what the model reads as values of our own.

        Raises:
            GuardError: one of them would send the call elsewhere, or send something else.
        """
        request = super().prepared(kwargs)
        problems = [*_refused(request), *_gateway_tools(request.get("tools"))]
        if problems:
            raise GuardError(problems)
        check_hosted(self._core, "litellm", request)
        return request

    def read(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], facts: dict[str, object]) -> Texts:
        """Add the facts of a request; return the texts among them."""
        texts = super().read(args, kwargs, facts)
        facts["call.model"], facts["call.provider"] = self._told(kwargs)
        add_reach(kwargs, facts)
        return texts

    def _held(self, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in super()._held(kwargs).items() if not name.startswith(_SECRETS)}


def _refused(kwargs: Mapping[str, Any]) -> list[Diagnostic]:
    found = []
    for name, value in kwargs.items():
        if value is None or value is False or value in ([], {}):
            continue
        if name in _ELSEWHERE:
            problem = f"`{name}` would let models answer that no rule was asked about"
            help_ = "leave it out; what may answer instead stands in the policy: `use FALLBACK`"
        elif name in _TEMPLATES:
            problem, help_ = f"`{name}` would change the prompt after it was checked", "write it into `messages`"
        elif name in _FORMS or name.startswith("_"):
            problem, help_ = f"`{name}` is LiteLLM's own", "leave it out"
        else:
            continue
        found.append(Diagnostic("PK361", problem, place="litellm", help=help_))
    return found


def _gateway_tools(tools: Any) -> list[Diagnostic]:
    """Refuse tools that LiteLLM itself would call, and answer the model with, out of the guard's sight."""
    found = tools if isinstance(tools, list) else []
    if not any(isinstance(tool, dict) and tool.get("type") == "mcp" for tool in found):
        return []
    problem = "LiteLLM would call the tools of an `mcp` server itself, unguarded"
    return [Diagnostic("PK361", problem, place="litellm", help="call them in the application, through `guard.tool`")]
