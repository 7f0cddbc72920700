"""What a LiteLLM router is set to do. Releases since 1.110 show it through entry points, earlier ones as attributes."""

from __future__ import annotations

from typing import Any

FALLBACKS = ("fallbacks", "context_window_fallbacks", "content_policy_fallbacks")
CHOOSERS = ("auto", "complexity", "adaptive", "quality", "switchyard")
"""Routers within a router, by kind, that choose the model themselves."""


def redirections(router: Any) -> list[str]:
    """Return the names of the settings by which a router lets another model answer.

    A setting that an entry point no longer has is an error of the adapter and must not pass for one that is off, so no
    default is given there. An earlier release may not have a kind of chooser yet.
    """
    if not _has_entry_points(router):
        names = (*FALLBACKS, *(f"{kind}_routers" for kind in CHOOSERS))
        return [name for name in names if getattr(router, name, None)]
    settings, registry = router.settings(), router.registry()
    choosers = [f"{kind}_routers" for kind in CHOOSERS if registry.plugins(kind)]
    return [name for name in FALLBACKS if getattr(settings, name)] + choosers


def deployments(router: Any, group: str | None = None) -> list[Any]:
    """Return the deployments of a group, or of all groups."""
    found = router.registry().deployments(group) if _has_entry_points(router) else router.get_model_list(group)
    return list(found or ())


def default_parameters(router: Any) -> dict[str, Any]:
    """Return the parameters that a router adds to every call."""
    source = router.settings() if _has_entry_points(router) else router
    return dict(source.default_litellm_params or {})


def _has_entry_points(router: Any) -> bool:
    return callable(getattr(type(router), "settings", None)) and callable(getattr(type(router), "registry", None))
