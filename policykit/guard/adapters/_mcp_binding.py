"""The facts of a call to a server of MCP: what is sent to it, and what it gives back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from policykit.errors import GuardError, PolicyViolation
from policykit.guard.adapters._mcp_text import texts_of, with_texts
from policykit.guard.argument import Argument, Result
from policykit.guard.binding import UNREADABLE, Binding, Texts
from policykit.guard.plan import Supplied
from policykit.guard.recording.errors import error_type
from policykit.guard.text.parts import joined
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.guard.adapters._mcp_facts import Facts

TEXT = "call.text"
_OWN = frozenset({TEXT, "tool.kind"})
_SENT = ("uri", "arguments", "input_responses", "meta")
"""Arguments of the client's methods that hold what the server is told. (`request_state` is the server's own.)"""


class Failed(NamedTuple):
    """What the client raised: its message may be the server's text, so that it is checked like a result."""

    error: Exception


def supplied(facts: Facts, unknown: frozenset[str]) -> Supplied:
    """Return what a tool supplies. Only the text as a whole can be changed: it holds the other facts' texts too."""
    entering = {name for name, place in facts.items() if not isinstance(place, Result)}
    answering = facts.keys() - entering
    return Supplied(_OWN | entering, {TEXT}, {TEXT, "tool.succeeded", *answering}, {TEXT}, unknown)


class McpBinding(Binding):
    """The facts of one kind of call: of a tool, a resource or a prompt."""

    tells_failure = True

    def __init__(self, function: Callable[..., Any], kind: str, facts: Facts) -> None:
        super().__init__(function, {}, {})
        self._kind = kind
        self._facts = facts

    def read(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], facts: dict[str, object]) -> Texts:
        """Add the facts of a call; return the texts among them."""
        del args
        arguments = kwargs.get("arguments") or {}
        facts["tool.kind"] = self._kind
        for fact, place in self._facts.items():
            if not isinstance(place, Result):
                facts[fact] = _in_arguments(Argument(place) if isinstance(place, str) else place, arguments)
        return _taken(_sent(kwargs), facts)

    def named(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the tool gets: its arguments, the address of a resource, or name and arguments of a prompt."""
        del args
        if self._kind == "resource":
            return {"uri": kwargs["uri"]}
        arguments = dict(kwargs.get("arguments") or {})
        return {"name": kwargs["name"], "arguments": arguments} if self._kind == "prompt" else arguments

    def failure(self, value: Any) -> str:
        """Return the class of what the client raised, or `CallToolResult.isError` for a result that is an error."""
        if isinstance(value, Failed):
            return error_type(value.error)
        return "CallToolResult.isError" if getattr(value, "is_error", False) is True else ""

    def write(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], texts: Mapping[str, tuple[str, ...]]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the call with other texts."""
        return args, {**kwargs, **_rewritten(_sent(kwargs), texts[TEXT], "tool input")}

    def read_result(self, value: Any, facts: dict[str, object]) -> Texts:
        """Add the facts of a result; return the texts among them."""
        facts["tool.succeeded"] = not (isinstance(value, Failed) or getattr(value, "is_error", False))
        for fact, place in self._facts.items():
            if isinstance(place, Result):
                facts[fact] = _read(place, value)
        return _taken(_checked(value), facts)

    def write_result(self, value: Any, texts: Mapping[str, tuple[str, ...]]) -> Any:
        """Return a result with other texts."""
        if isinstance(value, Failed):
            return Failed(_said(value.error, _rewritten(_checked(value), texts[TEXT], "tool output")))
        return _rewritten(value, texts[TEXT], "tool output")


def sendable(value: Any) -> Any:
    """Return a value as the JSON that is sent, of our own, so that what is checked is what is sent.

    Raises:
        GuardError: it cannot be sent.
    """
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    try:
        return to_jsonable_python(value)
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        problem = Diagnostic(
            "PK364", "the arguments of a tool are no JSON", help="pass texts, numbers, lists and objects"
        )
        raise GuardError([problem]) from error


def _sent(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    return {name: kwargs[name] for name in _SENT if kwargs.get(name) is not None}


def _checked(value: Any) -> Any:
    """Return the part of a result that holds its texts: of an error, message and data of each that it is made of."""
    if not isinstance(value, Failed):
        return value
    return [part for error in _single(value.error) for part in _parts(error)]


def _single(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [found for each in error.exceptions for found in _single(each)]
    return [error]


def _parts(error: BaseException) -> list[Any]:
    said = getattr(error, "error", None)  # of MCPError
    return [str(error), None] if said is None else [said.message, said.data]


def _taken(value: Any, facts: dict[str, object]) -> Texts:
    """Add the text of a value; what is not understood is unknown."""
    try:
        texts = _texts(value)
    except ValueError:
        facts[TEXT] = UNREADABLE
        return {}
    facts[TEXT] = joined(texts)
    return {TEXT: texts}


def _texts(value: Any) -> tuple[str, ...]:
    """Return the texts of what is sent or given; the names of our own arguments are none."""
    return texts_of(list(value.values()) if isinstance(value, dict) else value)


def _rewritten(value: Any, texts: tuple[str, ...], phase: str) -> Any:
    try:
        if isinstance(value, dict):
            return dict(zip(value, with_texts(list(value.values()), texts), strict=True))
        return with_texts(value, texts)
    except ValueError as error:
        raise PolicyViolation(
            f"what is left cannot be passed on: {error}", reason="error:guard", phase=phase
        ) from error


def _said(error: Exception, parts: list[Any]) -> Exception:
    """Return an error that says something else."""
    from mcp import MCPError

    if isinstance(error, MCPError):
        return MCPError(error.code, parts[0], parts[1])
    return RuntimeError("; ".join(part for part in parts if isinstance(part, str)))


def _in_arguments(place: Argument, arguments: Mapping[str, Any]) -> object:
    """Return a fact that stands in the arguments; None where the argument is not given."""
    if place.parameter not in arguments:
        return None
    value = arguments[place.parameter]
    return value if place.lens is None and place.read is None else _read(place, value)


def _read(place: Argument | Result, value: Any) -> object:
    """Return a fact inside of a value; what cannot be read is unknown."""
    try:
        if place.read is not None:
            return place.read(value)
        if place.lens is None:
            return UNREADABLE
        found = place.lens.read(value)
    except Exception:  # noqa: BLE001 - whatever the application's own function meets, the fact is not known
        return UNREADABLE
    return UNREADABLE if found is None else joined(found)
