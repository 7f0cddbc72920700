"""The arguments of a function as facts: worked out once from its signature, read by place, never guessed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from policykit.errors import GuardError
from policykit.guard.problems import problem, unknown_name
from policykit.guard.setup.argument import Argument, Result
from policykit.guard.text.parts import joined

_VARIADIC = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)

_RECEIVERS = frozenset({"self", "cls"})


class Unreadable:
    """Stands for a fact that could not be read: no value of any type, and not missing either."""

    __slots__ = ("why",)

    def __init__(self, why: str = "") -> None:
        """Take what cannot be read, in words."""
        self.why = why


UNREADABLE = Unreadable()
"""A fact that could not be read, where nothing more can be said."""
Texts = dict[str, tuple[str, ...]]
"""The texts of each fact that can be changed, as their lens gave them."""


class ArgumentPlace(NamedTuple):
    """Where one fact stands in a call."""

    fact: str
    parameter: str
    position: int
    """-1 for a parameter that is passed by name only."""
    default: object
    argument: Argument


class Binding:
    """The facts of a function's arguments and of its result."""

    tells_parameters = False
    """Whether `parameters` says anything, as it does for clients of models."""
    tells_failure = False
    """Whether what is returned may say that the call failed (`failure`)."""

    def __init__(
        self,
        function: Callable[..., Any],
        facts: Mapping[str, str | Argument],
        returns: Mapping[str, Result],
    ) -> None:
        """Work out where each fact stands.

        Raises:
            GuardError: a parameter is not the function's, or holds a varying number of arguments.
        """
        self._signature = inspect.signature(function)
        parameters = self._signature.parameters
        self._names = tuple(p.name for p in parameters.values() if p.kind not in _VARIADIC)
        by_place = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
        self._positional = tuple(p.name for p in parameters.values() if p.kind in by_place)
        self._required = sum(p.default is p.empty for p in parameters.values() if p.kind in by_place)
        self._is_plain = all(p.kind is inspect.Parameter.POSITIONAL_OR_KEYWORD for p in parameters.values())
        self._receiver = _receiver(function, self._names)
        self._places = tuple(self._place(fact, found, function) for fact, found in facts.items())
        self._returns = tuple(returns.items())

    @property
    def entering(self) -> frozenset[str]:
        """Return the facts of the arguments."""
        return frozenset(place.fact for place in self._places)

    @property
    def answering(self) -> frozenset[str]:
        """Return the facts of the result."""
        return frozenset(fact for fact, _ in self._returns)

    def changeable(self, *, entering: bool) -> frozenset[str]:
        """Return the facts whose text can be changed."""
        if entering:
            return frozenset(place.fact for place in self._places if place.argument.read is None)
        return frozenset(fact for fact, result in self._returns if result.read is None)

    def read(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], facts: dict[str, object]) -> Texts:
        """Add the facts of a call's arguments; return the texts among them.

        Raises:
            TypeError: the function cannot be called with these arguments, in the words of Python.
        """
        if kwargs or not self._is_plain or not self._required <= len(args) <= len(self._positional):
            args = self._ordered(args, kwargs)
        texts: Texts = {}
        for fact, _, position, default, argument in self._places:
            value = args[position] if position < len(args) else default
            _take(fact, argument, value, facts, texts)
        return texts

    def write(
        self, args: tuple[Any, ...], kwargs: Mapping[str, Any], texts: Mapping[str, tuple[str, ...]]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments with other texts."""
        places = [place for place in self._places if place.fact in texts]
        if not kwargs and self._is_plain and all(place.position < len(args) for place in places):
            changed = list(args)
            for place in places:
                changed[place.position] = _put(place.argument, changed[place.position], texts[place.fact])
            return tuple(changed), {}
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        for place in places:
            value = bound.arguments[place.parameter]
            bound.arguments[place.parameter] = _put(place.argument, value, texts[place.fact])
        return bound.args, bound.kwargs

    def named(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments as the function gets them, by parameter: defaults too, but not a method's own object.

        `*args` is a tuple and `**kwargs` a dictionary, under the names that the signature gives them.
        """
        if not kwargs and self._is_plain and len(args) == len(self._names) and not self._receiver:
            return dict(zip(self._names, args, strict=True))
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return {name: value for name, value in bound.arguments.items() if name != self._receiver}

    def parameters(self, kwargs: Mapping[str, Any]) -> tuple[tuple[str, object], ...]:
        """Return the parameters of a model that a request sets."""
        del kwargs
        return ()

    def failure(self, value: Any) -> str:
        """Return what kind of failure a returned value says there was; empty where there was none."""
        del value
        return ""

    def read_result(self, value: Any, facts: dict[str, object]) -> Texts:
        """Add the facts of a result; return the texts among them."""
        texts: Texts = {}
        for fact, result in self._returns:
            _take(fact, result, value, facts, texts)
        return texts

    def write_result(self, value: Any, texts: Mapping[str, tuple[str, ...]]) -> Any:
        """Return a result with other texts."""
        for fact, result in self._returns:
            if fact in texts:
                value = _put(result, value, texts[fact])
        return value

    def read_answer(self, value: Any, facts: dict[str, object], kwargs: Mapping[str, Any]) -> Texts:
        """As `read_result`, given what was asked."""
        del kwargs
        return self.read_result(value, facts)

    def write_answer(self, value: Any, texts: Mapping[str, tuple[str, ...]], kwargs: Mapping[str, Any]) -> Any:
        """As `write_result`, given what was asked."""
        del kwargs
        return self.write_result(value, texts)

    def _place(self, fact: str, found: str | Argument, function: Callable[..., Any]) -> ArgumentPlace:
        argument = Argument(found) if isinstance(found, str) else found
        parameter = self._signature.parameters.get(argument.parameter)
        where = getattr(function, "__qualname__", "")
        if parameter is None:
            what = f"parameter of `{where}`"
            raise GuardError([unknown_name("PK340", what, argument.parameter, self._names, fact)])
        if parameter.kind in _VARIADIC:
            what = "a fact cannot stand in a varying number of arguments"
            raise GuardError([problem("PK340", what, place=fact, got=f"`{parameter}` of `{where}`")])
        return ArgumentPlace(fact, parameter.name, self._names.index(parameter.name), parameter.default, argument)

    def _ordered(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, ...]:
        """Return the values of all named parameters, in the order of the signature."""
        bound = self._signature.bind(*args, **kwargs)
        bound.apply_defaults()
        return tuple(bound.arguments[name] for name in self._names)


def _receiver(function: Callable[..., Any], names: tuple[str, ...]) -> str:
    """Return the parameter that is a method's own object; empty where there is none.

    Only the first one can be it, and only of a function that a class holds: others are called `cls` or `self` too, and
    what they are given is an argument like any other.
    """
    holder = getattr(function, "__qualname__", "").rpartition(".")[0]
    is_held = bool(holder) and not holder.endswith("<locals>") and not inspect.ismethod(function)
    return names[0] if is_held and names and names[0] in _RECEIVERS else ""


def _take(fact: str, place: Argument | Result, value: Any, facts: dict[str, object], texts: Texts) -> None:
    """Add one fact; a value of another kind stays as it is, and deciding says what it is worth."""
    if place.lens is not None or place.read is not None:
        facts[fact] = UNREADABLE
        with suppress(Exception):  # what cannot be read is not understood: unknown, and never changeable
            if place.read is not None:
                facts[fact] = place.read(value)
            elif place.lens is not None and (found := place.lens.read(value)) is not None:
                facts[fact] = joined(found)
                texts[fact] = found
        return
    if isinstance(value, str):
        value = str.__str__(value)  # a class of its own is text like any other
        texts[fact] = (value,)
    facts[fact] = value


def _put(place: Argument | Result, value: Any, texts: tuple[str, ...]) -> Any:
    return texts[0] if place.lens is None else place.lens.write(value, texts)
