"""The command `policykit`: finds its subcommands in this folder and turns every failure into an exit code.

0 nothing to object to, 1 findings, 2 input or usage not understood, 70 a fault of policykit itself or its output
cannot be written, 130 interrupted.

A subcommand is a module here with `register(app)`. Its name is the module's, and the module is imported only when the
subcommand runs or its help is shown, so that no command waits for the imports of another.
"""

from __future__ import annotations

import errno
import importlib
import os
import pkgutil
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from policykit import __version__, cli
from policykit.errors import PolicykitError

EXIT_NOT_UNDERSTOOD = 2
EXIT_FAULT = 70
"""Source: sysexits.h, EX_SOFTWARE."""
EXIT_INTERRUPTED = 130
_DEBUG = "POLICYKIT_DEBUG"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
"""Not a fault of policykit, wherever it wrote."""


def command_names() -> list[str]:
    """Return the names of all subcommands without importing any."""
    modules = (info.name for info in pkgutil.iter_modules(cli.__path__))
    return sorted(name.replace("_", "-") for name in modules if name != "main" and not name.startswith("_"))


class CommandGroup(TyperGroup):
    """The subcommands, each imported when it is needed."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        """Return the names of all subcommands."""
        return command_names()

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer's signature
        """Return one subcommand, or None when there is no such."""
        if cmd_name not in command_names():
            return None
        module = importlib.import_module(f"{cli.__name__}.{cmd_name.replace('-', '_')}")
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        module.register(app)
        command = typer.main.get_command(app)
        return command.commands[cmd_name] if isinstance(command, TyperGroup) else command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the subcommand that the arguments name; an unknown one is shown with the nearest."""
        if args and not args[0].startswith("-") and args[0] not in command_names():
            from policykit.cli._output import fail
            from policykit.source import Diagnostic, did_you_mean

            hint = did_you_mean(args[0], command_names()) or "run `policykit --help` for all commands"
            fail(Diagnostic("PK900", f"there is no command `{args[0]}`", help=hint))
        return super().resolve_command(ctx, args)


def application() -> typer.Typer:
    """Return the application with its own options; its commands are found when they are called."""
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.callback(cls=CommandGroup, invoke_without_command=True)(policykit)
    return app


def policykit(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and stop.", is_eager=True)] = False,
) -> None:
    """Say what production-ready means, decide it from evidence, enforce it at runtime, prove it later."""
    if version:
        typer.echo(f"policykit {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


def main() -> None:
    """Run the command line of the process and end it with an exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a character must not end the command
    try:
        try:
            _run()
        finally:
            sys.stdout.flush()  # at the interpreter's end nobody could say that this failed
    except KeyboardInterrupt:
        sys.exit(EXIT_INTERRUPTED)
    except BrokenPipeError:
        _close_output()
        sys.exit(1)
    except OSError as error:
        _close_output()
        print(f"policykit: the output cannot be written: {error.strerror}", file=sys.stderr)  # noqa: T201 - as below
        sys.exit(EXIT_FAULT)


def _run() -> None:
    try:
        typer.main.get_command(application()).main(prog_name="policykit")
    except PolicykitError as error:
        from policykit.cli._output import show_error

        show_error(error)
        sys.exit(EXIT_NOT_UNDERSTOOD)
    except (BrokenPipeError, KeyboardInterrupt):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _NO_ROOM:
            raise
        if os.environ.get(_DEBUG):
            raise
        _report_fault(error)
        sys.exit(EXIT_FAULT)


def _report_fault(error: Exception) -> None:
    first = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    print(  # noqa: T201 - nothing else can be relied on here
        f"policykit {__version__} failed ({first}); this is its fault: please report it, with what {_DEBUG}=1 prints",
        file=sys.stderr,
    )


def _close_output() -> None:
    """Let nothing be flushed into a pipe that nobody reads when the process ends."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())
    os.close(devnull)
