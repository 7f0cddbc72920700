"""Binding functions to a guard: its decorators, and the plans of adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, ParamSpec, TypeVar

from policykit.errors import GuardError, PolicyViolation
from policykit.guard.call.calls import Bound
from policykit.guard.core import Core
from policykit.guard.covering_guard import CoveringGuard
from policykit.guard.loading import used_fallbacks
from policykit.guard.problems import problem, unknown_name
from policykit.guard.setup.argument import WHOLE, Argument, Result
from policykit.guard.setup.binding import Binding
from policykit.guard.setup.names import FunctionNames
from policykit.guard.setup.plan import CallPlan, Supplied
from policykit.guard.wrap import check_kind, is_async, is_stream, wrapped

P = ParamSpec("P")
R = TypeVar("R")


class BindingGuard(CoveringGuard):
    """The part of `policykit.guard.Guard` that binds functions."""

    def __init__(self, core: Core, required: Sequence[str]) -> None:
        """Take what was put together; use `Guard.load` or `Guard.of`."""
        super().__init__(core, required)
        self._names = FunctionNames()

    def call(  # noqa: PLR0913 - what a binding says
        self,
        facts: Mapping[str, str | Argument],
        *,
        returns: Mapping[str, Result] | None = None,
        fixed: Mapping[str, object] | None = None,
        unknown: Iterable[str] = (),
        on_deny: Callable[[PolicyViolation], Any] | None = None,
        name: str = "",
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Return a decorator that guards a function which calls a model: request, response and failure.

        Args:
            facts: each fact, and the parameter that it is (or an `Argument`, to read it out of one).
            returns: facts in what the function returns; by default that is the text of the response.
            fixed: facts that are the same for every call.
            unknown: facts that rules read and nobody supplies here, so that the rules' `unknown` decides.
            on_deny: returns what the caller gets instead of `PolicyViolation`.
            name: how records call the function; its qualified name by default.

        Raises:
            GuardError: by the decorator, when the function and the rules do not fit together.
        """
        return self._decorator("", facts, returns, fixed, unknown, on_deny, name)

    def tool(  # noqa: PLR0913 - as `call`
        self,
        tool: str,
        facts: Mapping[str, str | Argument],
        *,
        returns: Mapping[str, Result] | None = None,
        fixed: Mapping[str, object] | None = None,
        unknown: Iterable[str] = (),
        on_deny: Callable[[PolicyViolation], Any] | None = None,
        name: str = "",
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        """Return a decorator that guards a tool: tool input and tool output. The arguments are those of `call`.

        Raises:
            GuardError: the policy declares tools, and not this one; otherwise as `call`.
        """
        tools = self.policy.outline.tools
        if tools and tool not in tools:
            raise GuardError([unknown_name("PK348", "tool", tool, tools)])
        return self._decorator(tool, facts, returns, fixed, unknown, on_deny, name)

    def _decorator(  # noqa: PLR0913, PLR0917 - as `call`
        self,
        tool: str,
        facts: Mapping[str, str | Argument],
        returns: Mapping[str, Result] | None,
        fixed: Mapping[str, object] | None,
        unknown: Iterable[str],
        on_deny: Callable[[PolicyViolation], Any] | None,
        name: str,
    ) -> Callable[[Callable[P, R]], Callable[P, R]]:
        def decorate(function: Callable[P, R]) -> Callable[P, R]:
            check_kind(function)
            binding = Binding(function, facts, {"call.text": WHOLE} if returns is None else returns)
            supplied = Supplied(
                binding.entering,
                binding.changeable(entering=True),
                binding.answering,
                binding.changeable(entering=False),
                unknown,
            )
            title = name or self._names.title(function)
            plan = self.plan(title, supplied, tool=tool, fixed=fixed, is_stream=is_stream(function))
            if not is_async(function):
                self.refuse_async_fallbacks(title)
            guarded: Callable[P, R] = wrapped(Bound(plan, binding, function, on_deny))
            return guarded

        return decorate

    def plan(
        self,
        name: str,
        supplied: Supplied,
        *,
        tool: str = "",
        fixed: Mapping[str, object] | None = None,
        is_stream: bool = False,
    ) -> CallPlan:
        """For adapters: return what an `OpenCall` begins with, and count it among what is covered.

        Raises:
            GuardError: what the call supplies does not fit the rules.
        """
        plan = CallPlan(self.core, name, supplied, tool=tool, fixed=fixed, is_stream=is_stream)
        self._plans[name] = plan
        if self._recorded is not None:
            self._record_coverage()
        return plan

    def refuse_async_fallbacks(self, name: str) -> None:
        """For adapters: refuse a synchronous function, or a client's method, whose fallbacks are asynchronous.

        Raises:
            GuardError: one of them is.
        """
        used = used_fallbacks(self.policy.outline)
        found = [each for each in used if is_async(self.core.fallbacks[each].function)]
        if found:
            what = f"`{name}` is synchronous, and its fallback `{found[0]}` is not"
            raise GuardError([problem("PK347", what, help="bind a synchronous function to the fallback")])
