"""`policykit replay RULES TRAIL|CALLS`: what another version of the rules would have decided."""

# ruff: noqa: PLR0913, PLR0917 - options of a command are its parameters

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from policykit.cli._exit import reporting
from policykit.cli._format import Format, FormatOption
from policykit.cli._output import show
from policykit.replay.model import Absent, Told
from policykit.replay.report import Conclusion, ReplayReport
from policykit.source import Diagnostic

if TYPE_CHECKING:
    from policykit.trail.vault import Vault
    from policykit.vocabulary.phase import PhaseName

_STEP_BYTES = 256 * 1024
"""How often the bar is told: more often would cost more than replaying does."""


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("replay")(replay)


def replay(
    rules: Annotated[str, typer.Argument(help="The policy file to try.")],
    recording: Annotated[
        str, typer.Argument(help="A trail's folder, one file of its records, or call records (`-`: standard input).")
    ],
    against: Annotated[
        str | None, typer.Option(metavar="POLICY", help="Compare with these rules, not with what was recorded.")
    ] = None,
    key: Annotated[
        list[str] | None,
        typer.Option("--vkey", metavar="VKEY", help="The trail's verifier key, or a file that holds it. Repeatable."),
    ] = None,
    vault: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The vault that holds the texts of the trail.")
    ] = None,
    absent: Annotated[
        Absent, typer.Option(help="What a fact that is not in a call record means; `null` is always missing.")
    ] = Absent.UNRECORDED,
    phase: Annotated[str, typer.Option(help="The phase of call records that name none.")] = "request",
    examples: Annotated[int, typer.Option("--show", min=0, help="Examples of each change of effect.")] = 3,
    output: FormatOption = Format.TEXT,
    progress: Annotated[
        bool | None, typer.Option("--progress/--no-progress", help="A bar on standard error; by default on a terminal.")
    ] = None,
) -> None:
    """Say what other rules would have decided about calls of the past.

    Exit 0 when no decision changes, 1 when some do, 2 when an input is not understood, when there was nothing to
    replay, or when none is known to change and of some it cannot be told.
    """
    from policykit.engine.load import load
    from policykit.replay.run import replay as run
    from policykit.trail.keys import load_verifier_key

    with reporting(output.value):
        is_shown = output is Format.TEXT and (sys.stderr.isatty() if progress is None else progress)
        with _progress(is_shown=is_shown, is_asked=bool(progress)) as told:
            report = run(
                load(rules),
                recording,
                against=None if against is None else load(against),
                keys=[load_verifier_key(text) for text in key or ()],
                vault=_vault(vault),
                absent=absent,
                phase=cast("PhaseName", phase),
                show=examples,
                told=told,
            )
    _print(report, as_json=output is Format.JSON)
    raise typer.Exit(report.exit_code)


def _vault(folder: Path | None) -> Vault | None:
    from policykit.trail.problems import trail_problem
    from policykit.trail.vault import Vault

    if folder is not None and not folder.is_dir():
        raise trail_problem("PK963", "there is no such vault", place=str(folder), expected="a directory")
    return None if folder is None else Vault(folder)


def _print(report: ReplayReport, *, as_json: bool) -> None:
    from policykit.cli._replay_text import lines

    if report.problems:
        show(report.problems)
    if report.problem_count > len(report.problems):
        sys.stderr.write(f"{report.problem_count:,} records are not understood; these are the first\n")
    if as_json:
        sys.stdout.write(json.dumps(report.to_dict(), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in lines(report))
    sys.stdout.flush()
    found = _why_not(report)
    if found is not None:
        show([found])


def _why_not(report: ReplayReport) -> Diagnostic | None:
    """Return why the replay cannot say that nothing changes."""
    from policykit.replay.call_source import NO_DECISION

    if report.conclusion is Conclusion.NOTHING_REPLAYED:
        if NO_DECISION in report.not_replayable:
            problem = "no call has a decision to compare with"
            help_ = (
                'give `--against POLICY`, or write into each line what was decided: `"decision": {"effect": "allow"}`'
            )
            return Diagnostic("PK959", problem, place=report.source, help=help_)
        return Diagnostic("PK958", "there is no decision to replay", place=report.source)
    if report.conclusion is Conclusion.CANNOT_TELL:
        problem = f"of {report.untold:,} of {report.replayed:,} decisions it cannot be told whether they change"
        help_ = (
            "write the facts that are not on record into the call records, `null` where a call had none; "
            "a guard records them for a trail with `recorded_facts`"
        )
        return Diagnostic("PK964", problem, place=report.source, help=help_)
    return None


@contextmanager
def _progress(*, is_shown: bool, is_asked: bool) -> Iterator[Told | None]:
    """Yield what is told of each piece read: a bar on standard error, when a person looks on."""
    if not is_shown:
        yield None
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    from policykit.cli._console import Console

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    console = Console(stderr=True, force_terminal=True if is_asked else None)
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("")
        last = ("", 0)

        def told(what: str, done: int, total: int) -> None:
            nonlocal last
            if what != last[0] or done - last[1] >= _STEP_BYTES or done == total:
                last = (what, done)
                bar.update(task, description=what, completed=done, total=None if total < 0 else total)

        yield told
