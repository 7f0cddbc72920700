"""The facts of a call of a client besides its texts: who answers, with which tools, for how much at most."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from policykit.errors import GuardError
from policykit.guard.adapters._beyond import beyond
from policykit.guard.adapters._hosted import hosted_tools, tool_name
from policykit.guard.adapters._provider import provider_at
from policykit.guard.adapters._request import RequestBinding
from policykit.guard.binding import UNREADABLE
from policykit.pricing.beyond import KEY, Beyond
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.guard.adapters._shape import Shape
    from policykit.guard.binding import Texts
    from policykit.guard.core import Core

_NAME = re.compile("[a-z][a-z0-9_]*")
"""A name as policies write it. Source: grammar/policykit.lark, NAME."""
_OTHER_MODELS = ("models", "fallbacks", "fallback_models", "preset", "route")
"""Members of a body by which a router lets other models answer. Source: OpenRouter's page on model routing."""


class ClientBinding(RequestBinding):
    """The facts of one operation of a client."""

    def __init__(self, core: Core, shape: Shape, create: Callable[..., Any], client: Any, provider: str = "") -> None:
        """Take, besides, the client, and the provider that the application knows to be behind its address."""
        super().__init__(core, shape, create)
        self._client = client
        self._provider = provider

    def prepared(self, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments with what the model reads as values of our own.

        Raises:
            GuardError: something of it would replace what was checked, or hand out a tool that the policy has not.
        """
        request = super().prepared({**kwargs, **_of_client(self._client, kwargs)})
        check_hosted(self._core, self.shape.name, request)
        return request

    def read(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], facts: dict[str, object]) -> Texts:
        """Add the facts of a request; return the texts among them."""
        texts = super().read(args, kwargs, facts)
        facts["call.provider"] = self._provider or provider_at(getattr(self._client, "base_url", None))
        deployment = getattr(self._client, "_azure_deployment", None)
        if isinstance(deployment, str) and deployment:
            facts["call.model"] = deployment  # it stands in the address, and the request's own is not looked at
        add_reach(kwargs, facts, is_priced=self._core.cost is not None)
        limits = [value for name in self.shape.limits if type(value := kwargs.get(name)) is int]
        if limits:
            facts["call.max_output_tokens"] = max(limits)
        return texts

    def write(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], texts: Mapping[str, tuple[str, ...]]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments with other texts.

        Raises:
            ValueError: one is a name that the client adds to every request, under whatever other name it is passed.
        """
        args, changed = super().write(args, kwargs, texts)
        for name, kept in _of_client(self._client, {}).items():
            if not kept.keys() <= changed[name].keys():
                raise ValueError(f"a name in the client's own `{name.replace('extra', 'default')}` cannot be changed")
        return args, changed

    def read_result(self, value: Any, facts: dict[str, object]) -> Texts:
        """Add the facts of an answer; return the texts among them."""
        if getattr(value, "service_tier", None) in {"priority", "fast"}:
            facts[KEY] = Beyond.ANYTHING  # by a setting of the account; the list says no price for it
        return super().read_result(value, facts)


_OF_CLIENT = {"extra_headers": "_custom_headers", "extra_query": "_custom_query"}
"""Arguments of a request, and where a client keeps what it sends in the same place with every request.

Source: openai 3.57 and anthropic 2.14, `_base_client.py`."""


def _of_client(client: Any, request: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a client adds to every request as arguments of this one, where it is checked and can be changed."""
    kept = {name: getattr(client, member, None) for name, member in _OF_CLIENT.items()}
    return {
        name: {**each, **(request.get(name) or {})} for name, each in kept.items() if isinstance(each, Mapping) and each
    }


def add_reach(request: Mapping[str, Any], facts: dict[str, object], *, is_priced: bool = True) -> None:
    """Add what a request says of tools, models and answers beside its ordinary arguments, and how far it goes.

    Args:
        request: the arguments.
        facts: get what is found.
        is_priced: whether somebody asks what the call can cost, for which alone it matters how far it goes.
    """
    body = request.get("extra_body")
    more = body if isinstance(body, Mapping) else {}
    tools = request.get("tools")
    named = [tool_name(tool) for tool in tools] if isinstance(tools, list | tuple) else []
    hosted = [name for name in hosted_tools(request) if name not in named]
    facts["call.tools"] = None if None in named else (*(name or "" for name in named), *hosted)
    answers = more.get("n")
    if answers is not None:
        facts["call.choices"] = answers if type(answers) is int else UNREADABLE
    others = [more.get(name) or request.get(name) for name in _OTHER_MODELS if name in more or name in request]
    if others and any(other and other not in (facts.get("call.model"), [facts.get("call.model")]) for other in others):
        facts["call.model"] = UNREADABLE
    if is_priced and (reach := beyond(request)):
        facts[KEY] = reach


def check_hosted(core: Core, place: str, request: Mapping[str, Any]) -> None:
    """Refuse tools of the provider that a policy with tools does not declare; count the others as handed out.

    Raises:
        GuardError: there is one.
    """
    declared, found = core.policy.outline.tools, hosted_tools(request)
    undeclared = [name for name in found if name not in declared] if declared else []
    if undeclared:
        problem = f"`{undeclared[0]}` runs at the provider, past the rules, and the policy does not declare it"
        known = ", ".join(f"`{name}`" for name in declared)
        help_ = "leave it out: no policy can declare a tool of this name"
        if _NAME.fullmatch(undeclared[0]):
            help_ = f'declare it in the policy (`tool {undeclared[0]} "..."`), or leave it out'
        raise GuardError([Diagnostic("PK392", problem, place=place, expected=known, help=help_)])
    core.hosted.note(found)
