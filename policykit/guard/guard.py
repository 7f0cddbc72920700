"""`Guard`: the rules of a policy around the AI calls of an application.

guard = Guard.load("governance.policy", trail=trail, context_facts=["call.team"])

@guard.call({"call.text": "prompt", "call.model": "model"})
def answer(prompt: str, model: str) -> str: ...

with guard.context(team="claims"):
    answer("How are you?", "gpt-5-mini")
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, Self, TypeVar, Unpack

from policykit.errors import GuardError, PolicyViolation
from policykit.guard.argument import WHOLE, Argument, Result
from policykit.guard.binding import Binding
from policykit.guard.calls import Bound
from policykit.guard.carried import carrying
from policykit.guard.context import LAST_CALL, entered
from policykit.guard.core import Core
from policykit.guard.drivers import run, run_async
from policykit.guard.loading import core_of, used_fallbacks
from policykit.guard.names import FunctionNames
from policykit.guard.plan import Plan, Supplied
from policykit.guard.problems import problem, unknown_name
from policykit.guard.wrap import check_kind, is_async, is_stream, wrapped

if TYPE_CHECKING:
    from policykit.engine.policy import Policy
    from policykit.guard.checking import Checked
    from policykit.guard.coverage import Coverage
    from policykit.guard.settings import Settings
    from policykit.guard.stores.protocol import Stop

P = ParamSpec("P")
R = TypeVar("R")
_SHORT = {"principal": "principal.id", "tenant": "principal.tenant"}


class Guard:
    """Enforces a policy. Shared by threads and tasks; close it, or use it in a `with`."""

    def __init__(self, core: Core, required: Sequence[str]) -> None:
        """Take what was put together; use `Guard.load` or `Guard.of`."""
        self.core = core
        self._required = tuple(required)
        self._plans: dict[str, Plan] = {}
        self._names = FunctionNames()
        self._recorded: Coverage | None = None

    @classmethod
    def load(cls, path: str | os.PathLike[str], **settings: Unpack[Settings]) -> Self:
        """Return the guard of a policy file. `policykit.guard.settings.Settings` says what each setting means.

        Raises:
            PolicyError: the policy cannot be used.
            GuardError: a setting names something that the policy does not have, or lacks something that it needs.
        """
        from policykit.engine.load import load

        return cls.of(load(path), **settings)

    @classmethod
    def of(cls, policy: Policy, **settings: Unpack[Settings]) -> Self:
        """Return the guard of a policy. `policykit.guard.settings.Settings` says what each setting means.

        Raises:
            GuardError: see `load`.
        """
        return cls(core_of(policy, settings), settings.get("require", ()))

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied.

        Raises:
            TypeError: always, as Python expects of what cannot be pickled.
        """
        raise TypeError("a guard cannot be pickled or copied: load the policy in each process (`Guard.load`)")

    @property
    def policy(self) -> Policy:
        """Return the policy that is enforced."""
        return self.core.policy

    # --- binding ------------------------------------------------------------------------------------------------------

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
    ) -> Plan:
        """Return what adapters begin an `OpenCall` with, and count it among what is covered.

        Raises:
            GuardError: what the call supplies does not fit the rules.
        """
        plan = Plan(self.core, name, supplied, tool=tool, fixed=fixed, is_stream=is_stream)
        self._plans[name] = plan
        if self._recorded is not None:
            self._record_coverage()
        return plan

    def refuse_async_fallbacks(self, name: str) -> None:
        """Refuse to guard a synchronous function, or a client's method, whose fallbacks are asynchronous.

        Raises:
            GuardError: one of them is.
        """
        used = used_fallbacks(self.policy.outline)
        found = [each for each in used if is_async(self.core.fallbacks[each].function)]
        if found:
            what = f"`{name}` is synchronous, and its fallback `{found[0]}` is not"
            raise GuardError([problem("PK347", what, help="bind a synchronous function to the fallback")])

    def wrap(self, client: Any, **binding: Any) -> Any:
        """Return a client of another library with its calls guarded.

        Args:
            client: the client.
            binding: what the adapter of its library takes besides, such as `tools` (`policykit.guard.adapters.mcp`).

        Raises:
            GuardError: there is no adapter for it.
        """
        import importlib
        import pkgutil

        from policykit.guard import adapters

        libraries = _libraries(client)
        for module in pkgutil.iter_modules(adapters.__path__):
            if not module.name.startswith("_"):
                adapter = importlib.import_module(f"{adapters.__name__}.{module.name}").ADAPTER
                guarded = adapter.wrap(self, client, **binding) if adapter.library in libraries else None
                if guarded is not None:
                    return guarded
        raise GuardError([problem("PK354", "there is no adapter for this client", got=f"`{type(client)!r:.80}`")])

    # --- calls --------------------------------------------------------------------------------------------------------

    def context(
        self, *, session: str = "", facts: Mapping[str, object] | None = None, **short: object
    ) -> AbstractContextManager[None]:
        """Return a `with` that supplies facts to all calls inside, in this thread or task and the tasks it starts.

        Args:
            session: the session that the calls belong to.
            facts: facts by their dotted names.
            short: facts of the call by their last name (`team`, `purpose`); `principal` is `principal.id`.

        Raises:
            GuardError: a name is no declared fact.
        """
        found = {_SHORT.get(name, f"call.{name}"): value for name, value in short.items()} | dict(facts or {})
        known = self.policy.outline.facts
        problems = [unknown_name("PK342", "fact", name, known, "context") for name in found if name not in known]
        if problems:
            raise GuardError(problems)
        return entered(found, self.core.sessions.get(session) if session else None)

    def end_session(self, session: str) -> None:
        """Forget the windows and the pseudonyms of a session."""
        self.core.sessions.end(session)
        self.core.stores.windows.end_session(session)

    def check(
        self, facts: Mapping[str, object], *, phase: str = "request", name: str = "check", call_id: str = ""
    ) -> Checked:
        """Decide about a call of which only the facts are here; apply the effects to its texts, and record it.

        A request counts in the windows as a call that was made, and stays at its estimate: checking a response settles
        nothing, because it is a call of its own. Where windows must count what was used, bind the function or wrap the
        client.

        Args:
            facts: what is known of the call in this phase.
            phase: where the call stands.
            name: how records call it.
            call_id: the `Checked.call_id` of the request, given with its response or failure: records of both then
                belong to one call, and say that it returned, or raised (`call.error_type`).

        Raises:
            PolicyViolation: it is refused.
            GuardError: a fact that rules of the phase read is not given, or there cannot be such a call.
        """
        from policykit.guard.checking import checked

        return run(checked(self.core, facts, phase, name, call_id))

    @carrying
    async def check_async(
        self, facts: Mapping[str, object], *, phase: str = "request", name: str = "check", call_id: str = ""
    ) -> Checked:
        """Do as `check`, without holding up the event loop."""
        from policykit.guard.checking import checked

        return await run_async(checked(self.core, facts, phase, name, call_id))

    @property
    def last_call_id(self) -> str:
        """Return the call of a model that ended last in this thread or task, for `report`; empty before the first.

        Calls of tools do not count, nor do refused ones; of calls inside of each other it is the outermost. Empty, too,
        when the call that ended last was another guard's.
        """
        mark, call_id = LAST_CALL.get()
        return call_id if mark is self.core.mark else ""

    def report(self, call_id: str, facts: Mapping[str, object]) -> None:
        """Add facts that came after a call, such as `call.outcome`, to the windows.

        Args:
            call_id: the call, as `last_call_id`, `check` and observers name it.
            facts: the facts by their dotted names.

        Raises:
            GuardError: the call is not known, or no longer; or a fact is not declared.
        """
        known = self.policy.outline.facts
        problems = [unknown_name("PK342", "fact", name, known, "report") for name in facts if name not in known]
        if problems:
            raise GuardError(problems)
        core = self.core
        if core.board is None:
            return
        core.board.learn(call_id, facts, core.clock.now_ns())
        if self.policy.outline.stops:
            from policykit.guard.stopping import look

            run(look(core, core.board.for_stops(core.session.id, core.clock.now_ns())))

    def resume(self, clause: str, *, role: str, by: str, reason: str) -> None:
        """Lift a stop, on record; where it cannot be recorded, it stays. `policykit stops resume` does the same.

        Args:
            clause: the stop, or the rule that paused calls.
            role: in which role.
            by: who does it.
            reason: why calls may go on.

        Raises:
            StoreError: it is not tripped, or the role may not lift it.
            TrailError: it could not be recorded.
        """
        from policykit.trail.entries import stop_resumed

        def recorded(_: Stop) -> None:
            self.core.put_record(stop_resumed(stop=clause, by=by, role=role, reason=reason))

        now = self.core.clock.now_ns()
        self.core.stores.stops.resume(clause, role=role, person=by, reason=reason, now_ns=now, recorded=recorded)

    # --- beginning and end --------------------------------------------------------------------------------------------

    @property
    def coverage(self) -> Coverage:
        """Return what is covered so far."""
        from policykit.guard.coverage import covered

        return covered(self.core, list(self._plans.values()), self._required)

    def start(self) -> Coverage:
        """Record what is covered.

        Raises:
            GuardError: a required binding is missing.
        """
        found = self.coverage
        missing = [name for name in self._required if name in found.missing or f"tool {name}" in found.missing]
        if missing:
            problems = [problem("PK355", f"nothing is bound to `{name}`, which is required") for name in missing]
            raise GuardError(problems)
        self._record_coverage()
        return found

    def _record_coverage(self) -> None:
        from policykit.guard.coverage import coverage_record

        self._recorded = self.coverage
        self.core.hosted.on_new = self._record_coverage
        names = {plan.name: plan.reference.name for plan in self._plans.values()}
        self.core.put_record(coverage_record(self.core, self._recorded, names))

    def flush(self) -> None:
        """Return when everything that was decided is recorded.

        Raises:
            TrailError: it could not be.
        """
        if self.core.queue is not None:
            self.core.queue.flush()

    def close(self) -> None:
        """Record what waits. The trail stays open: whoever opened it closes it."""
        self.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _libraries(client: Any) -> set[str]:
    """Return the libraries that a client comes from: a module's own, or those of its class and of its bases."""
    places = [client.__name__] if isinstance(client, ModuleType) else [kind.__module__ for kind in type(client).__mro__]
    return {place.partition(".")[0] for place in places}
