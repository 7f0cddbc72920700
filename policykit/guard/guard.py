"""`Guard`: the rules of a policy around the AI calls of an application.

guard = Guard.load("governance.policy", trail=trail, context_facts=["call.team"])

@guard.call({"call.text": "prompt", "call.model": "model"})
def answer(prompt: str, model: str) -> str: ...

with guard.context(team="claims"):
    answer("How are you?", "gpt-5-mini")
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import ModuleType
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar, Unpack

from policykit.errors import GuardError
from policykit.guard.binding_guard import BindingGuard
from policykit.guard.carried import carrying
from policykit.guard.context import LAST_CALL, entered
from policykit.guard.drivers import run, run_async
from policykit.guard.loading import core_of
from policykit.guard.problems import problem, unknown_name

if TYPE_CHECKING:
    from policykit.engine.policy import Policy
    from policykit.guard.checking import Checked
    from policykit.guard.settings import Settings, Wrapping
    from policykit.guard.stores.protocol import Stop
    from policykit.vocabulary.phase import PhaseName

C = TypeVar("C")
_SHORT = {"principal": "principal.id", "tenant": "principal.tenant"}


class Guard(BindingGuard):
    """Enforces a policy. Shared by threads and tasks; close it, or use it in a `with`."""

    @classmethod
    def load(cls, path: str | os.PathLike[str], **settings: Unpack[Settings]) -> Self:
        """Return the guard of a policy file. `policykit.guard.Settings` says what each setting means.

        Raises:
            PolicyError: the policy cannot be used.
            GuardError: a setting names something that the policy does not have, or lacks something that it needs.
        """
        from policykit.engine.load import load

        return cls.of(load(path), **settings)

    @classmethod
    def of(cls, policy: Policy, **settings: Unpack[Settings]) -> Self:
        """Return the guard of a policy. `policykit.guard.Settings` says what each setting means.

        Raises:
            GuardError: see `load`.
        """
        return cls(core_of(policy, settings), settings.get("require", ()))

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self.policy!r}>"

    def __reduce__(self) -> NoReturn:
        """Refuse to be pickled or copied.

        Raises:
            TypeError: always, as Python expects of what cannot be pickled.
        """
        raise TypeError("a guard cannot be pickled or copied: load the policy in each process (`Guard.load`)")

    def wrap(self, client: C, **binding: Unpack[Wrapping]) -> C:
        """Return a client of another library with its calls guarded.

        It passes for one of its class, and has those of its members that are guarded or send nothing; any other raises
        `UnguardedError`.

        Args:
            client: the client.
            binding: what the adapter of its library takes besides (`policykit.guard.Wrapping`).

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
                guarded: C | None = adapter.wrap(self, client, **binding) if adapter.library in libraries else None
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
        _check_context(session, facts)
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
        self, facts: Mapping[str, object], *, phase: PhaseName = "request", name: str = "check", call_id: str = ""
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
        self, facts: Mapping[str, object], *, phase: PhaseName = "request", name: str = "check", call_id: str = ""
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

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _check_context(session: object, facts: object) -> None:
    """Refuse what is no session, or no facts.

    Raises:
        GuardError: one of them is not.
    """
    for name, value, kind, expected in (
        ("session", session, str, "a text"),
        ("facts", facts, Mapping | None, "a dictionary of facts by their names"),
    ):
        if not isinstance(value, kind):
            got = f"`{value!s:.80}`"
            raise GuardError([problem("PK351", f"`{name}` cannot be that", expected=expected, got=got)])


def _libraries(client: Any) -> set[str]:
    """Return the libraries that a client comes from: a module's own, or those of its class and of its bases."""
    places = [client.__name__] if isinstance(client, ModuleType) else [kind.__module__ for kind in type(client).__mro__]
    return {place.partition(".")[0] for place in places}
