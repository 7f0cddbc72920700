"""`policykit decide POLICY CALLS`: what the rules say about recorded calls."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, cast

import typer

from policykit.cli.output import show
from policykit.cli.statuses import EXIT_NO, EXIT_NOT_UNDERSTOOD
from policykit.cli.undecided import effect_without, unmade
from policykit.engine.call_records import Call, read_calls, size_of
from policykit.errors import FactsError
from policykit.source import Diagnostic
from policykit.source.visible import visible

if TYPE_CHECKING:  # the engine is imported when the command runs
    from collections.abc import Mapping

    from policykit.engine.decision import Decision, EffectKind, Obligation
    from policykit.engine.policy import Policy
    from policykit.vocabulary.phase import PhaseName

_PROGRESS_FROM_BYTES = 4 * 1024 * 1024
_MAX_PROBLEMS_SHOWN = 50
_REFUSED = frozenset({"deny", "ask"})


class Format(StrEnum):
    """How decisions are printed."""

    TEXT = "text"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("decide")(decide)


def decide(
    policy: Annotated[str, typer.Argument(help="The policy file.")],
    calls: Annotated[str, typer.Argument(help="Call records: JSONL, one .json document, or `-` for standard input.")],
    phase: Annotated[str, typer.Option(help="The phase of records that name none.")] = "request",
    why: Annotated[bool, typer.Option("--why", help="Show what each rule read and what would change it.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How decisions are printed.")] = Format.TEXT,
) -> None:
    """Decide recorded calls.

    Exit 0 when all are allowed, 1 when some are denied, need an answer or are not decided, 2 when an input is not
    understood.
    """
    from policykit.engine.load import load

    run = Run(load(policy), cast("PhaseName", phase), output, explain=why)
    with _progress(calls) as told:
        for call in read_calls(calls, told):
            run.take(call, calls)
    run.summarise()
    if run.problems:
        raise typer.Exit(EXIT_NOT_UNDERSTOOD)
    if run.undecided or any(run.effects[effect] for effect in _REFUSED):
        raise typer.Exit(EXIT_NO)


class Run:
    """The decisions of one run, printed as they are made and counted."""

    def __init__(self, policy: Policy, phase: PhaseName, output: Format, *, explain: bool) -> None:
        self._policy = policy
        self._phase = phase
        self._output = output
        self._explain = explain
        self.effects: Counter[str] = Counter()
        self.problems = 0
        self.undecided: Counter[str] = Counter()

    def take(self, call: Call, path: str) -> None:
        """Decide one call and print the decision, or what is wrong with the record."""
        if call.problem is not None:
            self._refuse([call.problem])
            return
        phase = call.phase or self._phase
        try:
            facts = self._policy.facts(call.record)
            decision = self._policy.decide(facts, phase)
        except FactsError as error:
            where = f"{'<stdin>' if path == '-' else path}:{call.line}"
            self._refuse([replace(d, place=f"{where}: {d.place}" if d.place else where) for d in error.diagnostics])
            return
        needed = unmade(self._policy, facts, phase)
        effect = effect_without(self._policy, facts, phase, needed) if needed else decision.effect
        self.effects[effect.value] += 1
        self.undecided.update(needed.keys())
        if self._output is Format.JSON:
            self._write_json(call, phase, effect, decision, facts, needed)
        else:
            self._write_text(call, phase, effect, decision, facts, needed)

    def summarise(self) -> None:
        """Print how many calls got which effect."""
        total = self.effects.total()
        parts = [f"{count:,} {effect}" for effect, count in sorted(self.effects.items())]
        parts += [f"{self.problems:,} not understood"] if self.problems else []
        calls = f"{total + self.problems:,} call{'' if total + self.problems == 1 else 's'}"
        out = sys.stderr if self._output is Format.JSON else sys.stdout
        out.write(f"{calls}: {', '.join(parts)}\n")
        for clause, count in sorted(self.undecided.items()):
            out.write(f"{clause} was not decided for {count:,} of them: its window is not in the call record\n")
        if self.undecided:
            out.write("`policykit replay` counts calls for windows; or give each its value in the record\n")

    def _refuse(self, found: list[Diagnostic]) -> None:
        self.problems += 1
        if self.problems <= _MAX_PROBLEMS_SHOWN:
            show(found)
        elif self.problems == _MAX_PROBLEMS_SHOWN + 1:
            sys.stderr.write("further records that are not understood are only counted\n")

    def _write_json(  # noqa: PLR0913, PLR0917 - all that one line says
        self,
        call: Call,
        phase: PhaseName,
        effect: EffectKind,
        decision: Decision,
        facts: dict[str, object],
        needed: Mapping[str, tuple[str, ...]],
    ) -> None:
        found = self._policy.explain(facts, phase).to_dict() if self._explain else decision.to_dict()
        more: dict[str, object] = (
            {"not_decided": {clause: list(keys) for clause, keys in needed.items()}} if needed else {}
        )
        if needed and not self._explain:
            acting = [o.to_dict() for o in decision.obligations if not set(o.clauses) <= needed.keys()]
            more |= {"effect": effect.value, "obligations": acting}
        sys.stdout.write(json.dumps({"line": call.line, "phase": phase, **found, **more}) + "\n")

    def _write_text(  # noqa: PLR0913, PLR0917 - all that one line says
        self,
        call: Call,
        phase: PhaseName,
        effect: EffectKind,
        decision: Decision,
        facts: dict[str, object],
        needed: Mapping[str, tuple[str, ...]],
    ) -> None:
        unknown = [f"{clause} (unknown)" for clause in decision.unknown if clause not in needed]
        clauses = [*decision.matched, *unknown, *(f"{clause} (not decided)" for clause in needed)]
        sys.stdout.write(f"{call.line:>6}  {phase:<11}  {effect.value:<12}  {', '.join(clauses)}".rstrip() + "\n")
        windows = {key for keys in needed.values() for key in keys}
        for fact in decision.unknown_facts:
            if fact.name not in windows:
                sys.stdout.write(f"        {fact.name} is {visible(fact.reason)}\n")
        for obligation in decision.obligations:
            if not set(obligation.clauses) <= needed.keys():
                sys.stdout.write(f"        {visible(_obligation(obligation))}\n")
        if self._explain:
            from policykit.cli.why import why

            sys.stdout.writelines(f"{line}\n" for line in why(self._policy.explain(facts, phase)))


def _obligation(obligation: Obligation) -> str:
    effect = obligation.effect
    within = obligation.to_dict().get("within")
    parts = [
        obligation.message,
        " or ".join(effect.roles),
        f"within {within}" if within else "",
        f"otherwise {effect.otherwise.kind}" if effect.otherwise else "",
        ", then ".join(effect.fallbacks),
        f"calls to {effect.tool}" if effect.tool else "",
        ", ".join(pattern.name for pattern in effect.patterns),
    ]
    details = "; ".join(part for part in parts if part)
    return f"{obligation.kind.value}: {details}" if details else obligation.kind.value


@contextmanager
def _progress(path: str) -> Iterator[Callable[[int], None]]:
    """Yield what is told of each piece read: a bar on standard error for a large file, when a person looks on."""
    size = size_of(path)
    if size is None or size < _PROGRESS_FROM_BYTES or not sys.stderr.isatty():
        yield lambda _bytes: None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

    from policykit.cli.console import Console

    columns = (BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=sys.stdout.isatty()) as bar:
        task = bar.add_task("", total=size)
        yield lambda count: bar.advance(task, count)
