"""The facts of a client's call, by the names of the provider's arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from policykit.errors import GuardError
from policykit.guard.adapters._at_once import SAID_BACK, without_said_back
from policykit.guard.adapters._own import own
from policykit.guard.adapters._parameters import parameters_of
from policykit.guard.adapters._unread import is_absent, unread_in
from policykit.guard.adapters._walk import put_all, replaced, slots, text_slots
from policykit.guard.binding import UNREADABLE, Binding, Texts, Unreadable
from policykit.guard.plan import Supplied
from policykit.guard.text.parts import joined
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.guard.adapters._shape import Shape
    from policykit.guard.core import Core

TEXT = "call.text"
_READ = (
    "call.prompt",
    "call.instructions",
    "call.model",
    "call.temperature",
    "call.max_output_tokens",
    "call.choices",
    "call.tools",
)
_READ_ARGUMENTS = frozenset({"model", "stream", "temperature", "tools", "messages", "input", "system"})
"""Arguments that are checked as they are; in `extra_body` they would replace what was checked."""
_NOT_COMPLETED = frozenset({"failed", "cancelled", "incomplete"})
"""States of a response that ended. Source: openai-python 3, `types/responses/response_status.py`."""
_TOLD = (
    "call.response_model",
    "call.input_tokens",
    "call.output_tokens",
    "call.cached_tokens",
    "call.cache_write_tokens",
    "call.reasoning_tokens",
    "call.finish_reason",
)
SUPPLIED = Supplied({TEXT, "call.streaming", *_READ}, {TEXT}, {TEXT, *_TOLD}, {TEXT})
"""What every operation supplies."""


class RequestBinding(Binding):
    """The facts of one operation: its arguments have names only, and several of them are the text."""

    tells_parameters = True
    tells_failure = True
    settings: frozenset[str] = frozenset({"model", "timeout", "stream"})
    """Arguments that hold no text: `model` is a fact of its own, and the others are not sent as a person wrote them."""

    def __init__(self, core: Core, shape: Shape, function: Callable[..., Any]) -> None:
        super().__init__(function, {}, {})
        self._core = core
        self.shape = shape

    def prepared(self, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments with what the model reads as values of our own, so that what is checked is what is sent.

        Raises:
            GuardError: something of it is said in `extra_body`, where it would replace what was checked, or it is
                nested too deep.
        """
        shape = self.shape
        body = kwargs.get("extra_body")
        hidden = (
            sorted(_READ_ARGUMENTS.union(shape.prompt, shape.limits) & set(body)) if isinstance(body, Mapping) else []
        )
        if hidden:
            problem = f"`{hidden[0]}` in `extra_body` would replace what was checked"
            taken = hidden[0] in self._signature.parameters
            help_ = (
                f"pass `{hidden[0]}` as an argument" if taken else "leave it out: this operation has no such argument"
            )
            raise GuardError([Diagnostic("PK358", problem, place=shape.name, help=help_)])
        return own(kwargs, self.settings, shape.name)

    def read(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], facts: dict[str, object]) -> Texts:
        """Add the facts of a request; return the texts among them."""
        del args
        facts["call.model"] = _known(kwargs.get("model"), str)
        facts["call.temperature"] = _known(kwargs.get("temperature"), int | float)
        limits = [found for name in self.shape.limits if (found := _known(kwargs.get(name), int)) is not None]
        facts["call.max_output_tokens"] = limits[0] if limits else None
        facts["call.choices"] = _known(kwargs.get("n", 1), int)
        facts["call.streaming"] = bool(kwargs.get("stream"))
        facts["call.tools"] = _tool_names(kwargs.get("tools"))
        facts["call.instructions"] = joined(self._instructions(kwargs)) or None
        held = self._held(kwargs)
        unread = unread_in(held, self._core.options.unread)
        if unread:
            facts[TEXT] = facts["call.prompt"] = Unreadable(unread)
            return {}
        texts = tuple(slot.text for slot in slots(held, is_request=True))
        facts[TEXT] = facts["call.prompt"] = joined(texts)
        return {TEXT: texts}

    def parameters(self, kwargs: Mapping[str, Any]) -> tuple[tuple[str, object], ...]:
        """Return the parameters that the request sets."""
        return parameters_of(kwargs)

    def write(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], texts: Mapping[str, tuple[str, ...]]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments with other texts."""
        return args, {**kwargs, **replaced(self._held(kwargs), texts[TEXT], is_request=True)}

    def failure(self, value: Any) -> str:
        """Return `Response.failed` or the like for a response that says of itself that it was not completed."""
        status = getattr(value, "status", None) if getattr(value, "object", None) == "response" else None
        return f"Response.{status}" if status in _NOT_COMPLETED else ""

    def read_result(self, value: Any, facts: dict[str, object]) -> Texts:
        """Add the facts of an answer; return the texts among them."""
        if isinstance(value, str):
            texts = tuple(slot.text for slot in text_slots([value], 0, value))
            facts.update(dict.fromkeys(_TOLD))
        else:
            try:
                facts.update(self.shape.answer_facts(value))
                texts = tuple(slot.text for slot in slots(self.shape.content(value)))
            except (AttributeError, TypeError, ValueError):
                facts[TEXT] = UNREADABLE
                return {}
        facts[TEXT] = joined(texts)
        return {TEXT: texts}

    def write_result(self, value: Any, texts: Mapping[str, tuple[str, ...]]) -> Any:
        """Return an answer with other texts."""
        if isinstance(value, str):
            held = [value]
            put_all(text_slots(held, 0, value), texts[TEXT])
            return held[0]
        changed = value.model_copy(deep=True)
        put_all(slots(self.shape.content(changed)), texts[TEXT])
        self.shape.cleaned(changed)
        return changed

    def read_answer(self, value: Any, facts: dict[str, object], kwargs: Mapping[str, Any]) -> Texts:
        """As `read_result`, but for what the answer says of its request."""
        return self.read_result(without_said_back(value, kwargs), facts)

    def write_answer(self, value: Any, texts: Mapping[str, tuple[str, ...]], kwargs: Mapping[str, Any]) -> Any:
        """As `write_result`, with what the answer says of its request as it is."""
        news = without_said_back(value, kwargs)
        changed = self.write_result(news, texts)
        for name in SAID_BACK if news is not value else ():
            if getattr(news, name, None) is not getattr(value, name, None):
                setattr(changed, name, getattr(value, name))
        return changed

    def _held(self, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments that may hold texts: all but settings, what the model reads first.

        What stands there for "not given" holds none and is not sent.
        """
        first = [name for name in self.shape.prompt if name in kwargs]
        others = [name for name in kwargs if name not in self.shape.prompt and name not in self.settings]
        return {name: kwargs[name] for name in (*first, *others) if not _is_figure(kwargs[name])}

    def _instructions(self, kwargs: Mapping[str, Any]) -> list[str]:
        found = [slot.text for name in self.shape.instructions for slot in slots({name: kwargs.get(name)})]
        for name in self.shape.prompt:
            messages = kwargs.get(name)
            for each in messages if isinstance(messages, list) else ():
                if isinstance(each, dict) and each.get("role") in {"system", "developer"}:
                    found += [slot.text for slot in slots(each)]
        return found


def _is_figure(value: Any) -> bool:
    """Whether an argument is left out, or says yes or no."""
    return value is None or isinstance(value, bool) or is_absent(value)


def _known(value: Any, kind: Any) -> Any:
    """Return a value of the right kind; None for what a library passes to say that there is none."""
    return value if isinstance(value, kind) else None


def _tool_names(tools: Any) -> tuple[str, ...] | None:
    """Return the names of tools; None where one of them has none, so that it cannot be known what they are."""
    if not isinstance(tools, list):
        return ()
    found = []
    for tool in tools:
        inner = tool.get("function") or tool.get("custom") if isinstance(tool, dict) else None
        name = (inner if isinstance(inner, dict) else tool).get("name") if isinstance(tool, dict) else None
        name = name or (tool.get("type") if isinstance(tool, dict) else None)
        if not isinstance(name, str):
            return None
        found.append(name)
    return tuple(found)
