"""The facts of a chat model's call, by LangChain's own names for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from policykit.errors import GuardError
from policykit.guard.adapters._client_binding import add_reach
from policykit.guard.adapters._langchain_messages import (
    SENT,
    copied,
    message_slots,
    parse_again,
    result_of,
    told,
    usage_facts,
    with_messages,
)
from policykit.guard.adapters._langchain_settings import flat, moved
from policykit.guard.adapters._own import legible_depth, own
from policykit.guard.adapters._parameters import parameters_of
from policykit.guard.adapters._provider import placed
from policykit.guard.adapters._request import TEXT, _known, _tool_names
from policykit.guard.adapters._unread import is_absent, unread_in
from policykit.guard.adapters._walk import Slot, plain, put_all, slots
from policykit.guard.binding import UNREADABLE, Binding, Texts, Unreadable
from policykit.guard.text.parts import joined
from policykit.source import Diagnostic

_SETTINGS = frozenset(
    {"model", "model_name", "timeout", "stream", "ls_structured_output_format", "structured_output_format"}
)
"""Arguments that are not sent as text: the model is a fact of its own, and LangChain keeps the others to itself."""
_LIMITS = frozenset({"max_tokens", "max_completion_tokens", "max_output_tokens"})
"""One limit under its names at different providers."""
ADDRESS = "address"
"""Where a call's parameters hold the base URL to which the model's client sends it."""


_ELSEWHERE = {
    "model": "name it where the model is made",
    "system": "pass it as a system message of the model's input",
    "tools": "hand them to the model with `bind_tools`",
}
"""Where LangChain takes what must not stand in a body of one's own."""


class ChatBinding(Binding):
    """The facts of one call. A request is `messages`, and what else was passed to the model."""

    tells_parameters = True

    def __init__(
        self,
        params: Mapping[str, Any],
        sent: Callable[[], Mapping[str, Any]],
        *,
        is_stream: bool,
        unread: Collection[str] = (),
    ) -> None:
        """Take what LangChain tells its tracers of the call (`ls_model_name` and the like), and what gives the rest.

        Args:
            params: facts of the call, under LangChain's own names.
            sent: returns the model's settings under the provider's names; called where they go on record.
            is_stream: whether the answer streams.
            unread: what the application sees to itself (`GuardOptions.unread`).
        """
        self._unread = unread
        self._params = params
        self._sent = sent
        self._is_stream = is_stream

    @staticmethod
    def prepared(messages: list[Any], more: Mapping[str, Any]) -> dict[str, Any]:
        """Return a request whose texts are our own.

        Raises:
            GuardError: something of it would replace what was checked.
        """
        sent = flat(more)
        bodies = (more.get("extra_body"), sent.get("extra_body"))
        hidden = {"messages", "input", "model", "prompt", "system", "tools"} & {
            name for each in bodies for name in each or ()
        }
        hidden |= {"messages", "input", "prompt"} & set(sent)
        if hidden:
            name = min(hidden)
            problem = f"`{name}` would replace what was checked"
            raise GuardError(
                [
                    Diagnostic(
                        "PK358", problem, place="langchain", help=_ELSEWHERE.get(name, "pass it as the model's input")
                    )
                ]
            )
        with legible_depth("langchain"):
            return {"messages": copied(messages), **own(more, _SETTINGS, "langchain")}

    def read(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], facts: dict[str, object]) -> Texts:
        """Add the facts of a request; return the texts among them."""
        del args
        params = self._params
        facts["call.model"] = _known(params.get("ls_model_name"), str)
        facts["call.provider"] = placed(_known(params.get("ls_provider"), str), params.get(ADDRESS))
        facts["call.temperature"] = _known(params.get("ls_temperature"), int | float)
        facts["call.max_output_tokens"] = _known(params.get("ls_max_tokens"), int)
        sent = flat(kwargs)
        facts["call.choices"] = _known(sent.get("n"), int)
        facts["call.streaming"] = self._is_stream
        facts["call.tools"] = _tool_names(sent.get("tools"))
        contents = [each.content for each in kwargs["messages"]]
        others = {name: value for name, value in sent.items() if name != "messages"}
        add_reach({**others, "messages": [{"content": content} for content in contents]}, facts)
        system = [each for each in kwargs["messages"] if each.type in {"system", "developer"}]
        facts["call.instructions"] = joined([slot.text for slot in message_slots(system)]) or None
        legible = [_unmarked(each) for each in kwargs["messages"]]
        unread = unread_in({**_others(sent), "messages": legible}, self._unread)
        if unread:
            facts[TEXT] = facts["call.prompt"] = Unreadable(unread)
            return {}
        texts = tuple(slot.text for slot in _slots(dict(kwargs)))
        facts[TEXT] = facts["call.prompt"] = joined(texts)
        return {TEXT: texts}

    def parameters(self, kwargs: Mapping[str, Any]) -> tuple[tuple[str, object], ...]:
        """Return the parameters of the model and of this request."""
        sent = {name: value for name, value in {**self._sent(), **flat(kwargs)}.items() if value is not None}
        told = {"temperature": self._params.get("ls_temperature")}
        if not _LIMITS & set(sent):
            told["max_tokens"] = self._params.get("ls_max_tokens")
        return parameters_of({**told, **sent})

    def write(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], texts: Mapping[str, tuple[str, ...]]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the request with other texts."""
        others = {name: plain(value) for name, value in _others(kwargs).items()}
        changed = {"messages": copied(kwargs["messages"]), **others}
        put_all(_slots(changed), texts[TEXT])
        return args, {**kwargs, **moved(kwargs, changed)}

    def read_result(self, value: Any, facts: dict[str, object]) -> Texts:
        """Add the facts of an answer; return the texts among them."""
        try:
            result = result_of(value)
            messages = [each.message for each in result.generations]
            texts = tuple(slot.text for slot in message_slots(messages))
        except (AttributeError, TypeError, ValueError):
            facts[TEXT] = UNREADABLE
            return {}
        first = result.generations[0] if messages else None
        asides = [first.generation_info, first.message.response_metadata] if first is not None else []
        facts.update(told(*asides, result.llm_output))
        facts.update(usage_facts(getattr(messages[0], "usage_metadata", None) if messages else None))
        facts[TEXT] = joined(texts)
        return {TEXT: texts}

    def write_result(self, value: Any, texts: Mapping[str, tuple[str, ...]]) -> Any:
        """Return an answer with other texts."""
        result = result_of(value)
        messages = copied(each.message for each in result.generations)
        put_all(message_slots(messages), texts[TEXT])
        for message in messages:
            parse_again(message)
        return with_messages(result, messages)


def _others(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return the other arguments that may hold texts: integrations hand them on to the provider."""
    return {
        name: value
        for name, value in kwargs.items()
        if name != "messages" and name not in _SETTINGS and not isinstance(value, bool | None) and not is_absent(value)
    }


def _unmarked(message: Any) -> dict[str, Any]:
    """Return what of a message is sent, as a dictionary."""
    return {name: getattr(message, name, None) for name in SENT}


def _slots(kwargs: dict[str, Any]) -> Iterator[Slot]:
    yield from message_slots(kwargs["messages"], is_request=True)
    others = _others(kwargs)
    for slot in slots(others, is_request=True):
        yield slot._replace(holder=kwargs) if slot.holder is others else slot
