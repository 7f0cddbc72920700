"""`policykit test FILES...`: runs the tests that stand in policies."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from policykit.cli.format import ReportFormat
from policykit.cli.output import diagnostics_of, fail, show, write_json
from policykit.cli.policy_files import policy_files
from policykit.cli.statuses import EXIT_NO, EXIT_NOT_UNDERSTOOD
from policykit.errors import PolicyError
from policykit.source import Diagnostic, display_path

if TYPE_CHECKING:
    from policykit.engine.policy_tests import TestResult


def register(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("test")(run_policies)


def run_policies(
    files: Annotated[list[str], typer.Argument(help="Policy files, or folders of them.")],
    output: Annotated[ReportFormat, typer.Option("--format", help="How results are printed.")] = ReportFormat.TEXT,
) -> None:
    """Run the tests that stand in policies.

    Exit 0 when all pass, 1 when some fail, 2 when a policy has errors or there is no test.
    """
    from policykit.engine.load import load
    from policykit.engine.policy_tests import run_tests

    results: dict[str, tuple[TestResult, ...]] = {}
    problems: list[Diagnostic] = []
    for file in policy_files(files):
        try:
            results[file] = run_tests(load(file))
        except PolicyError as error:
            problems += diagnostics_of(error)
    if not problems and not any(results.values()):
        places = ", ".join(map(display_path, results))
        fail(Diagnostic("PK456", "there is no test", place=places, expected="`test`"), format_name=output.value)
    show(problems, output.value)
    _print(results, output)
    if problems:
        raise typer.Exit(EXIT_NOT_UNDERSTOOD)
    if any(not each.passed for found in results.values() for each in found):
        raise typer.Exit(EXIT_NO)


def _print(results: dict[str, tuple[TestResult, ...]], output: ReportFormat) -> None:
    failures = [problem for found in results.values() for each in found for problem in each.failures]
    if output is ReportFormat.JSON:
        write_json({"files": [_plain(file, found) for file, found in results.items()]})
        return
    if output is not ReportFormat.TEXT:
        show(failures, output.value, stream=sys.stdout)
        return
    for file, found in results.items():
        sys.stdout.write(f"{display_path(file)}: {_count(found)}\n")
    if failures:
        sys.stdout.write("\n")
        show(failures, stream=sys.stdout)


def _count(found: tuple[TestResult, ...]) -> str:
    failed = sum(not each.passed for each in found)
    if not found:
        return "no tests"
    tests = f"{len(found):,} test{'' if len(found) == 1 else 's'}"
    return f"{failed:,} of {tests} failed" if failed else f"{tests} passed"


def _plain(file: str, found: tuple[TestResult, ...]) -> dict[str, object]:
    return {
        "file": display_path(file),
        "tests": [
            {
                "name": each.case.name,
                "phase": each.case.phase.value,
                "passed": each.passed,
                "failures": [{"expected": problem.expected, "got": problem.got} for problem in each.failures],
            }
            for each in found
        ],
    }
