"""The libraries' own helpers, `parse` and `stream`, over a guarded `create`.

A helper builds a request, and parses or assembles the answer. It is run on a stand-in for its resource, which has
nothing but ways to the guarded operation: so it can neither send what was not checked nor see it. What a later version
of a library tries beyond that is an error.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from policykit.errors import GuardError
from policykit.guard.adapters.shared.client import FINISH
from policykit.guard.adapters.shared.streams.parsed_streams import parsing_stream
from policykit.guard.adapters.shared.unfit import parsing
from policykit.guard.flow.carried import called_in
from policykit.guard.flow.context import CURRENT
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.guard.core import Core

_ARGUMENTS = {"headers": "extra_headers", "params": "extra_query", "extra_json": "extra_body", "timeout": "timeout"}
"""Options of a request, and the arguments of an operation that say the same."""
_OWN = frozenset({"security", "span_name", "span_route", "span_attributes"})
"""Options that an operation sets itself."""


def helpers(
    core: Core, part: Any, create: Callable[..., Any], names: Iterable[str], *, is_async: bool
) -> dict[str, Any]:
    """Return those helpers of a resource that its library has, over a guarded operation."""
    kind = _AsyncResource if is_async else _Resource
    found = {name: getattr(type(part), name, None) for name in names}
    return {name: _over(core, kind, part, create, helper) for name, helper in found.items() if helper is not None}


def _over(
    core: Core, kind: type[_Resource], part: Any, create: Callable[..., Any], helper: Callable[..., Any]
) -> Callable[..., Any]:
    def called(**request: Any) -> Any:
        """Call the helper; a manager of a stream, which sends its request later, does so in the context of now."""
        made = helper(kind(core, part, functools.partial(called_in, CURRENT.get(), create)), **request)
        return parsing_stream(core, made) if helper.__name__ == "stream" else made

    return called


class _Client:
    """What helpers ask of the client itself: how long a request may take."""

    def __init__(self, client: Any) -> None:
        self.timeout = client.timeout
        calculated = "_calculate_nonstreaming_timeout"
        if hasattr(client, calculated):
            setattr(self, calculated, getattr(client, calculated))


class _Resource:
    """A resource of which only the guarded operation is left."""

    def __init__(self, core: Core, part: Any, create: Callable[..., Any]) -> None:
        self.create = create
        self._core = core
        self._client = _Client(part._client)  # noqa: SLF001 - the libraries give no other way to it

    def _post(
        self, _path: str, *, body: Mapping[str, Any], options: Mapping[str, Any], stream: bool = False, **_forms: Any
    ) -> Any:
        """Do in place of the library what it does to send a request."""
        return self.create(**self._arguments(*_request(body, options, stream=stream)))

    def _arguments(self, request: dict[str, Any], parser: Callable[[Any], Any] | None) -> dict[str, Any]:
        return request if parser is None else {**request, FINISH: functools.partial(_parsed, self._core, parser)}


class _AsyncResource(_Resource):
    """As `_Resource`, for asynchronous clients."""

    async def _post(
        self, _path: str, *, body: Mapping[str, Any], options: Mapping[str, Any], stream: bool = False, **_forms: Any
    ) -> Any:
        return await self.create(**self._arguments(*_request(body, options, stream=stream)))


def _parsed(core: Core, parser: Callable[[Any], Any], answer: Any) -> Any:
    with parsing(core):
        return parser(answer)


def _request(
    body: Mapping[str, Any], options: Mapping[str, Any], *, stream: bool
) -> tuple[dict[str, Any], Callable[[Any], Any] | None]:
    """Return the arguments of an operation for a request, and what parses its answer.

    Raises:
        GuardError: the request says something that is not known, or asks for a stream to be parsed.
    """
    left = {name: value for name, value in options.items() if name not in _OWN}
    parser = left.pop("post_parser", None)
    unknown = sorted(left.keys() - _ARGUMENTS.keys())
    if unknown or bool(body.get("stream")) is not stream:
        problem = f"a helper sets `{(*unknown, 'stream')[0]}`, which is not guarded"
        raise GuardError([Diagnostic("PK359", problem, help="use `create`, or a version of the library that is known")])
    return {**body, **{_ARGUMENTS[name]: value for name, value in left.items()}}, parser
