"""A guarded tool: of a class made from the tool's own. Callbacks are told what `_run` returns: the checked result."""
# ruff: noqa: SLF001 - `_run` and `_arun` are what LangChain asks a tool to write

from __future__ import annotations

import copy
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from policykit.errors import GuardError
from policykit.guard.adapters.langchain.messages import SENT, message_slots
from policykit.guard.adapters.shared.client import unpicklable
from policykit.guard.adapters.shared.values.walk import MAX_DEPTH, Slot, put_all, slots, text_slots
from policykit.guard.call.calls import Bound, guarded
from policykit.guard.call.overheard import OverheardText
from policykit.guard.flow.carried import carry_members
from policykit.guard.flow.drivers import run, run_async
from policykit.guard.problems import unknown_name
from policykit.guard.setup.argument import is_figure
from policykit.guard.setup.binding import UNREADABLE, Binding, Texts
from policykit.guard.setup.plan import CallPlan, Supplied
from policykit.guard.text.parts import joined

if TYPE_CHECKING:
    from policykit.guard.flow.steps import Flow
    from policykit.guard.guard import Guard

TEXT = "call.text"
_BESIDE = ("artifact", "response_metadata")
"""What a message of a tool holds beside what a model reads of it."""


def guarded_tool(
    guard: Guard,
    tool: Any,
    facts: Mapping[str, str] | None = None,
    *,
    fixed: Mapping[str, object] | None = None,
    unknown: Iterable[str] = (),
) -> Any:
    """Return a tool that does what `tool` does, guarded: tool input and tool output.

    Args:
        guard: the guard.
        tool: a tool of LangChain.
        facts: each fact that rules read, and the argument that it is.
        fixed: facts that are the same for every call.
        unknown: facts that rules read and nobody supplies here.

    Raises:
        GuardError: the policy declares tools, and not this one; or what its calls supply does not fit the rules.
    """
    if is_guarded_tool(tool):
        return tool
    declared = guard.policy.checked.tools
    if declared and tool.name not in declared:
        raise GuardError([unknown_name("PK348", "tool", tool.name, declared)])
    places = dict(facts or {})
    names = tuple(tool.tool_call_schema.model_fields) if not isinstance(tool.tool_call_schema, dict) else tuple(
        tool.tool_call_schema.get("properties", ())
    )  # fmt: skip
    problems = [
        unknown_name("PK340", f"argument of `{tool.name}`", n, names) for n in places.values() if n not in names
    ]
    if problems:
        raise GuardError(problems)
    supplied = Supplied({TEXT, *places}, {TEXT}, {TEXT}, {TEXT}, unknown)
    plan = guard.plan(f"langchain tool {tool.name}", supplied, tool=tool.name, fixed=fixed)
    made = _class_of(guard, plan, type(tool), ToolBinding(names, places))
    found = tool.model_copy()
    object.__setattr__(found, "__class__", made)
    return found


def is_guarded_tool(tool: Any) -> bool:
    """Whether a tool is guarded."""
    return hasattr(type(tool), "_policykit_plan")


def undeclared(guard: Guard, call: Mapping[str, Any]) -> Flow[None] | None:
    """Return what refuses, on record, a call of a tool that a policy with tools has not; None for any other call.

    Args:
        guard: the guard.
        call: what the model asks for: `name` and `args`.
    """
    name, arguments = str(call["name"]), dict(call.get("args") or {})
    declared = guard.policy.outline.tools
    if not declared or name in declared:
        return None
    everything = frozenset(guard.policy.outline.facts)
    plan = CallPlan(guard.core, f"langchain tool {name:.200}", Supplied((), (), (), (), everything), tool=name)
    refused = OverheardText(plan)
    refused.take(ToolBinding(tuple(arguments), {}), (), arguments)
    return refused.refused("undeclared-tool", f"the policy has no tool `{name:.200}`")


class ToolBinding(Binding):
    """The facts of a tool's call: what the model gave as arguments, and what the tool returned."""

    tells_failure = True

    def __init__(self, names: tuple[str, ...], places: Mapping[str, str]) -> None:
        """Take the arguments that the model gives (others are LangChain's own), and the facts among them."""
        self._order = names
        self._given_names = frozenset(names)
        self._facts = places

    def read(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], facts: dict[str, object]) -> Texts:
        """Add the facts of the arguments; return the texts among them."""
        given = self._given(args, kwargs)
        for fact, name in self._facts.items():
            facts[fact] = kwargs.get(name)
        return _read(given, facts)

    def named(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments by name, as the tool gets them: without those that the model does not give."""
        given = {name: value for name, value in kwargs.items() if name in self._given_names}
        return {**dict(zip(self._order, args, strict=False)), **given}

    def failure(self, value: Any) -> str:
        """Return `ToolMessage.error` for a message that says that the tool failed."""
        return "ToolMessage.error" if getattr(value, "status", None) == "error" else ""

    def write(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], texts: Mapping[str, tuple[str, ...]]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments with other texts."""
        positional, named = _written(self._given(args, kwargs), texts[TEXT])
        return tuple(positional), {**kwargs, **named}

    def read_result(self, value: Any, facts: dict[str, object]) -> Texts:
        """Add the facts of a result; return the texts among them."""
        return _read([value], facts)

    def write_result(self, value: Any, texts: Mapping[str, tuple[str, ...]]) -> Any:
        """Return a result with other texts."""
        return _written([value], texts[TEXT])[0]

    def _given(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> list[Any]:
        return [list(args), {name: value for name, value in kwargs.items() if name in self._given_names}]


def _read(value: Any, facts: dict[str, object]) -> Texts:
    if not _is_legible(value, 0):
        facts[TEXT] = UNREADABLE
        return {}
    texts = tuple(slot.text for slot in _slots(_listed(value)))
    facts[TEXT] = joined(texts)
    return {TEXT: texts}


def _written(value: Any, texts: Iterable[str]) -> Any:
    changed = _listed(copy.deepcopy(value))
    put_all(_slots(changed), tuple(texts))
    return _as_before(value, changed)


def _slots(value: Any) -> Iterator[Slot]:
    """Yield every text; of a message, those that a model reads of it, and what it hands to the application.

    What a provider's answer calls `id` or `status` is the provider's; what a tool is given, or gives, is anybody's.
    """
    for index, item in enumerate(value):
        if _is_message(item):
            yield from message_slots([item], is_request=True)
            for name in _BESIDE:
                yield from _held_in(item, name, getattr(item, name, None))
        elif isinstance(item, list):
            yield from _slots(item)
        elif isinstance(item, str):
            yield from text_slots(value, index, item)
        else:
            yield from _held_in(value, index, item)


def _held_in(holder: Any, key: Any, item: Any) -> Iterator[Slot]:
    """Yield the texts of a member; a number is one itself, and is replaced where it stands."""
    held = {key: item}
    for slot in slots(held, is_request=True):
        yield slot._replace(holder=holder) if slot.holder is held else slot


def _is_message(value: Any) -> bool:
    return hasattr(value, "response_metadata")


def _listed(value: Any) -> Any:
    """Return a value with lists in place of tuples, whose members can be replaced, and texts as Python's own."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, list | tuple):
        return [_listed(item) for item in value]
    return {name: _listed(item) for name, item in value.items()} if isinstance(value, dict) else value


def _as_before(value: Any, changed: Any) -> Any:
    if isinstance(value, list | tuple):
        items = [_as_before(old, new) for old, new in zip(value, changed, strict=True)]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        pairs = zip(value.values(), changed.items(), strict=True)  # a name may be another one, in the same place
        return {name: _as_before(old, new) for old, (name, new) in pairs}
    return changed


def _is_legible(value: Any, depth: int) -> bool:
    if depth > MAX_DEPTH:
        return False
    if isinstance(value, str) or is_figure(value):
        return True
    if _is_message(value):
        return all(_is_walked(getattr(value, name, None), depth + 1) for name in (*SENT, *_BESIDE))
    if hasattr(value, "model_dump"):
        return all(
            _is_walked(item, depth + 1) for item in (*value.__dict__.values(), *(value.model_extra or {}).values())
        )
    if isinstance(value, dict):
        return all(_is_legible(item, depth + 1) for item in value.values())
    return type(value) in {list, tuple} and all(_is_legible(item, depth + 1) for item in value)


def _is_walked(value: Any, depth: int) -> bool:
    """Whether what stands in a data object is found there: in a tuple, a text could not be replaced."""
    is_tuple = isinstance(value, tuple)
    return (not is_tuple or not any(isinstance(item, str | list | dict) for item in value)) and _is_legible(
        value, depth
    )


def _class_of(guard: Guard, plan: CallPlan, kind: type, binding: ToolBinding) -> type:
    def bare(tool: Any) -> Any:
        found = tool.model_copy()
        object.__setattr__(found, "__class__", kind)
        return found

    @functools.wraps(kind._run)  # type: ignore[attr-defined]  # LangChain looks at its parameters
    def _run(self: Any, *args: Any, **kwargs: Any) -> Any:
        guard.refuse_async_fallbacks(plan.name)
        return run(guarded(Bound(plan, binding, bare(self)._run), args, kwargs))

    @functools.wraps(kind._arun)  # type: ignore[attr-defined]
    async def _arun(self: Any, *args: Any, **kwargs: Any) -> Any:
        call: Callable[..., Any] = bare(self)._arun
        return await run_async(guarded(Bound(plan, binding, call), args, kwargs))

    members: dict[str, Any] = {"__module__": __name__, "_run": _run, "_arun": _arun}
    members["__reduce_ex__"] = unpicklable(kind.__name__)
    made = type(kind)(f"Guarded{kind.__name__}", (kind,), members)
    carry_members(made, kind, ("ainvoke", "arun", "abatch", "stream", "astream", "transform", "atransform"))
    made._policykit_plan = plan  # type: ignore[attr-defined]
    return made
