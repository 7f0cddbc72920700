"""The command `policykit`: finds its subcommands in the folder `commands` and turns every failure into an exit status.

The statuses stand in `statuses`. What can end any subcommand stands here: 2 the command line is not
understood, 70 a fault of policykit itself, 74 the output cannot be written, 130 interrupted, 141 the reader of the
output has gone.

A subcommand is a module in `commands` with `register(app)`. Its name is the module's, and the module is imported only
when the subcommand runs or its help is shown, so that no command waits for the imports of another.
"""

from __future__ import annotations

import errno
import gc
import importlib
import os
import pkgutil
import sys
from contextlib import suppress
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from policykit import __version__
from policykit.cli import commands
from policykit.cli.statuses import EXIT_FAULT, EXIT_INTERRUPTED, EXIT_NOT_UNDERSTOOD, EXIT_OUTPUT, EXIT_READER_GONE
from policykit.errors import PolicykitError

_DEBUG = "POLICYKIT_DEBUG"
_UsageError: type[Any] = next(kind for kind in typer.BadParameter.__mro__ if kind.__name__ == "ClickException")
"""Everything that can be wrong with a command line; typer does not export it."""
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
"""Not a fault of policykit, wherever it wrote."""


def command_names() -> list[str]:
    """Return the names of all subcommands without importing any."""
    return sorted(info.name.replace("_", "-") for info in pkgutil.iter_modules(commands.__path__))


class ReaderGoneError(Exception):
    """The reader of the output has gone; typer would end the command with the status of a verdict."""


class CommandGroup(TyperGroup):
    """The subcommands, each imported when it is needed."""

    def make_context(self, *arguments: Any, **options: Any) -> Any:
        """Read the command line; help is printed here."""
        try:
            return super().make_context(*arguments, **options)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def invoke(self, ctx: Any) -> Any:
        """Run the subcommand."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            raise ReaderGoneError from error

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - typer's signature
        """Return the names of all subcommands."""
        return command_names()

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - typer's signature
        """Return one subcommand, or None when there is no such."""
        if cmd_name not in command_names():
            return None
        module = importlib.import_module(f"{commands.__name__}.{cmd_name.replace('-', '_')}")
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        module.register(app)
        command = typer.main.get_command(app)
        return command.commands[cmd_name] if isinstance(command, TyperGroup) else command

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - typer's signature
        """Write the commands by what they are for, without importing any."""
        from policykit.cli.summaries import GROUPS

        for purpose, described in GROUPS.items():
            with formatter.section(purpose):
                formatter.write_dl(list(described.items()))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the subcommand that the arguments name; an unknown one is shown with the nearest."""
        if args and not args[0].startswith("-") and args[0] not in command_names():
            from policykit.cli.meant import command_meant
            from policykit.cli.output import fail
            from policykit.source import Diagnostic

            hint = command_meant(args[0], command_names(), lambda name: self.get_command(ctx, name))
            fail(Diagnostic("PK900", f"there is no command `{args[0]}`", help=hint))
        return super().resolve_command(ctx, args)


def application() -> typer.Typer:
    """Return the application with its own options; its commands are found when they are called."""
    app = typer.Typer(
        add_completion=True, rich_markup_mode=None, context_settings={"help_option_names": ["-h", "--help"]}
    )
    app.callback(cls=CommandGroup, invoke_without_command=True)(policykit)
    return app


def policykit(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", "-V", help="Print the version and stop.", is_eager=True)
    ] = False,
) -> None:
    """Say what production-ready means, decide it from evidence, enforce it at runtime, prove it later."""
    if version:
        typer.echo(f"policykit {__version__}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())


_COLLECTED_AFTER = 200_000
"""New objects between two collections: a command soon ends, and a tree of a large file is all alive."""


def main() -> None:
    """Run the command line of the process and end it with an exit status.

    Raises:
        SystemExit: always. What was written is on its way by then, so that a status of a verdict is never that of a
            full disk, and the other way round.
    """
    _prepare_streams()
    gc.set_threshold(_COLLECTED_AFTER, 50, 50)
    try:
        code = _run()
        sys.stdout.flush()  # at the interpreter's end nobody could say that this failed
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except (BrokenPipeError, ReaderGoneError):
        _close_output()
        code = EXIT_READER_GONE
    except OSError as error:
        _close_output()
        _say(f"policykit: the output cannot be written: {error.strerror or error}")
        code = EXIT_OUTPUT
    sys.exit(code)


def _prepare_streams() -> None:
    """Let no stream end a command: one that lacks a character, or one that was closed before the command began."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - for the life of the process
        elif hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _run() -> int:
    """Run a subcommand and return its status; what is wrong with the output is raised."""
    try:
        return int(typer.main.get_command(application()).main(prog_name="policykit", standalone_mode=False) or 0)
    except SystemExit as ended:  # a shell asks what could complete a line
        return int(ended.code or 0)
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except _UsageError as error:
        return _misused(error)
    except PolicykitError as error:
        from policykit.cli.output import show_error

        show_error(error)
        return EXIT_NOT_UNDERSTOOD
    except Exception as error:
        if _is_of_the_output(error) or os.environ.get(_DEBUG):
            raise
        _say(_fault(error))
        return EXIT_FAULT


def _is_of_the_output(error: Exception) -> bool:
    if isinstance(error, BrokenPipeError | ReaderGoneError):
        return True
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def _misused(error: Any) -> int:
    """Show a command line that is not understood; bare groups show their help, which is no mistake."""
    if not error.format_message() or type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(error.ctx.get_help() if getattr(error, "ctx", None) is not None else "", err=True)
        return EXIT_NOT_UNDERSTOOD
    from policykit.cli.output import show
    from policykit.cli.usage import usage_problem

    show([usage_problem(error)])
    return int(error.exit_code)


def _fault(error: Exception) -> str:
    first = f"{type(error).__name__}: {error}".splitlines()[0][:200]
    return f"policykit {__version__} failed ({first}); this is its fault: please report it, with what {_DEBUG}=1 prints"


def _say(line: str) -> None:
    """Write a line to standard error, on which nothing else depends."""
    with suppress(OSError):
        print(line, file=sys.stderr, flush=True)  # noqa: T201 - nothing else can be relied on here


def _close_output() -> None:
    """Let nothing be flushed where it cannot go when the process ends."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
            continue
        with suppress(OSError, ValueError):
            os.dup2(devnull, stream.fileno())
    os.close(devnull)
