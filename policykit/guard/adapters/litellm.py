"""LiteLLM: the module's and routers' `completion` and `acompletion`, with and without streams."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from policykit.errors import GuardError
from policykit.guard.adapters._litellm_router import default_parameters, deployments, redirections
from policykit.guard.adapters._provider import placed
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.guard.guard import Guard

Told = tuple[object, object]
"""Model and provider; None for what cannot be known before the call."""
_HELPERS = ("token_counter", "completion_cost", "stream_chunk_builder", "get_llm_provider", "get_model_info")
"""Functions of the module that call no model."""


class LiteLLMAdapter:
    """Guards the module `litellm`, and its routers."""

    library = "litellm"

    def wrap(self, guard: Guard, client: Any) -> Any | None:
        """Return the module or a router with its calls guarded; None when it is neither.

        Raises:
            GuardError: the router sends calls to models that no rule was asked about.
        """
        import litellm

        if client is litellm:
            return self._module(guard, client)
        if not isinstance(client, litellm.Router):
            return None
        _check_router(client)

        def told(request: Mapping[str, Any]) -> Told:
            _check_router(client)
            _check_module(litellm, [each["litellm_params"].get("model") for each in deployments(client)])
            return _of_deployments(client, request)

        return _part(guard, "litellm.Router", client, told, {})

    def _module(self, guard: Guard, module: Any) -> Any:
        def told(request: Mapping[str, Any]) -> Told:
            _check_module(module, [request.get("model")])
            return _of_request(request)

        def router(*args: Any, **settings: Any) -> Any:
            return self.wrap(guard, module.Router(*args, **settings))

        more = {**{name: getattr(module, name) for name in _HELPERS}, "Router": router, "exceptions": module.exceptions}
        return _part(guard, "litellm", module, told, more)


def _part(guard: Guard, path: str, part: Any, told: Callable[[Mapping[str, Any]], Told], more: dict[str, Any]) -> Any:
    from policykit.guard.adapters._client import GuardedPart, operation
    from policykit.guard.adapters._litellm_request import LiteLLMBinding
    from policykit.guard.adapters._litellm_shape import LiteLLMCompletion
    from policykit.guard.adapters._litellm_streams import AsyncClosing, Closing
    from policykit.guard.carried import carrying

    def send(**request: Any) -> Any:
        answer = part.completion(**request)
        return Closing(answer) if request.get("stream") else answer

    async def send_async(**request: Any) -> Any:
        answer = await part.acompletion(**request)
        return AsyncClosing(answer) if request.get("stream") else answer

    shape = LiteLLMCompletion(f"{path} completion")
    binding = LiteLLMBinding(guard.core, shape, part.completion, told)
    create = operation(guard, shape, send, is_async=False, binding=binding)
    shape_async = LiteLLMCompletion(f"{path} acompletion")
    binding_async = LiteLLMBinding(guard.core, shape_async, part.acompletion, told)
    create_async = operation(guard, shape_async, send_async, is_async=True, binding=binding_async)

    def completion(*args: Any, **kwargs: Any) -> Any:
        return create(**binding.named(args, kwargs))

    @carrying
    async def acompletion(*args: Any, **kwargs: Any) -> Any:
        return await create_async(**binding_async.named(args, kwargs))

    return GuardedPart(path, part, {"completion": completion, "acompletion": acompletion, **more})


def _of_request(request: Mapping[str, Any]) -> Told:
    """Return what is asked for, and of which provider, as LiteLLM works it out from the name."""
    import litellm

    model, base = request.get("model"), request.get("api_base") or request.get("base_url")
    if not isinstance(model, str):
        return None, None
    try:
        found = litellm.get_llm_provider(
            model=model, custom_llm_provider=request.get("custom_llm_provider"), api_base=base
        )
    except Exception:  # noqa: BLE001 - LiteLLM says in its own words, when it is called, what is wrong with the name
        return model, None
    address = base or found[3] or _default_address(litellm, found[1])
    return found[0], placed(found[1], address)


def _default_address(module: Any, provider: str) -> object:
    """Return the address at which LiteLLM looks for a provider where neither the call nor the provider has one."""
    import os

    named = [os.environ.get(name) for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE")] if provider == "openai" else []
    return getattr(module, "api_base", None) or next((each for each in named if each), None)


def _of_deployments(router: Any, request: Mapping[str, Any]) -> Told:
    """Return model and provider where all deployments of a group agree; None for that in which they do not."""
    group = request.get("model")
    named = deployments(router, group) if isinstance(group, str) else []
    usual = default_parameters(router)
    more = {name: request[name] for name in ("api_base", "base_url", "custom_llm_provider") if request.get(name)}
    found = [_of_request({**usual, **each["litellm_params"], **more}) for each in named]
    models, providers = {model for model, _ in found}, {provider for _, provider in found}
    return models.pop() if len(models) == 1 else None, providers.pop() if len(providers) == 1 else None


def _check_module(module: Any, models: list[Any]) -> None:
    """Refuse settings of the module that send a call to another model, or add to its prompt."""
    for name in ("model_fallbacks", "vector_store_registry"):
        if getattr(module, name, None):
            _refuse("litellm", f"the module's `{name}`")
    aliases = getattr(module, "model_alias_map", None) or {}
    for model in models:
        if isinstance(model, str) and model in aliases:
            _refuse("litellm", f"the module's `model_alias_map` for `{model}`")


def _check_router(router: Any) -> None:
    """Refuse a router that lets another group answer, or copies calls to one; it can be changed at any time."""
    from policykit.guard.adapters._litellm_request import REDIRECTING

    for name in redirections(router):
        _refuse("litellm.Router", f"the router's `{name}`")
    groups = [(each["model_name"], each["litellm_params"]) for each in deployments(router)]
    for group, settings in [*groups, ("every group", default_parameters(router))]:
        found = next((name for name in settings if name in REDIRECTING and settings[name]), None)
        if found is not None:
            _refuse("litellm.Router", f"`{found}` of a deployment of `{group}`")


def _refuse(place: str, what: str) -> None:
    problem = f"{what} would send something that no rule was asked about, or send it elsewhere"
    help_ = "leave it out; what may answer instead stands in the policy: `use FALLBACK`"
    raise GuardError([Diagnostic("PK362", problem, place=place, help=help_)])


ADAPTER = LiteLLMAdapter()
