"""Laws of the command as a whole: lazy, documented exit codes, no traceback for anything that a user does."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import policykit.cli.commands.fmt
import policykit.cli.main as command
from policykit import __version__
from policykit.cli import statuses
from policykit.errors import PolicykitError

COMMAND = [sys.executable, "-m", "policykit"]


def test_version_is_printed(policykit):
    assert policykit("--version") == (0, f"policykit {__version__}\n", "")


def test_help_lists_every_command_in_this_folder(policykit):
    ran = policykit("--help")
    assert ran.code == 0
    listed = [line.split()[0] for line in ran.out.split("Write a policy:\n")[1].splitlines() if line.startswith("  ")]
    assert sorted(listed) == sorted(command.command_names())
    assert {"decide", "explain", "fmt", "lint", "lock"} <= set(listed)
    assert policykit().out == ran.out


@pytest.mark.parametrize("name", command.command_names())
def test_every_command_has_help_that_names_its_exit_codes_or_its_subcommands(policykit, name):
    ran = policykit(name, "--help")
    assert ran.code == 0
    assert "Exit " in ran.out or "Commands:" in ran.out


@pytest.mark.parametrize("name", ["", *command.command_names()])
def test_no_summary_is_cut_at_80_columns(policykit, name, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    shown = policykit(*([name] if name else []), "-h").out
    assert "..." not in shown.replace("[ARGS]...", "").split("Commands:")[-1] if "Commands:" in shown else shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_completes_the_names_of_commands(shell):
    words = {"bash": {"COMP_WORDS": "policykit wit", "COMP_CWORD": "1"}}
    asked = words.get(shell, {"_TYPER_COMPLETE_ARGS": "policykit wit", "_TYPER_COMPLETE_FISH_ACTION": "get-args"})
    environment = {**os.environ, "_POLICYKIT_COMPLETE": f"complete_{shell}", **asked}
    done = subprocess.run(COMMAND, capture_output=True, text=True, env=environment)
    assert (done.returncode, "witness" in done.stdout, "vocabulary" in done.stdout) == (0, True, False)


def test_an_unknown_command_is_refused_with_the_nearest(policykit):
    ran = policykit("lnt")
    assert (ran.code, ran.out) == (2, "")
    assert "error[PK900]: there is no command `lnt`" in ran.err
    assert "did you mean `lint`?" in ran.err


@pytest.mark.parametrize("arguments", [("lint",), ("fmt", "--nope"), ("decide", "x"), ("lint", "--format", "xml", "x")])
def test_wrong_usage_ends_with_2_and_no_traceback(policykit, arguments):
    ran = policykit(*arguments)
    assert ran.code == 2
    assert ran.err
    assert "Traceback" not in ran.err


def test_finding_the_commands_imports_none_of_them():
    code = (
        "import sys; from policykit.cli.main import command_names; assert command_names(); "
        "heavy = {'lark', 'pydantic', 'yaml', 'structlog', 'cryptography', 're2', 'rich'} & set(sys.modules); "
        "own = [m for m in sys.modules if m.startswith('policykit.') and m not in "
        "('policykit.cli', 'policykit.cli.commands', 'policykit.cli.main', 'policykit.cli.statuses', 'policykit.errors', 'policykit._lazy', 'policykit._version')]; print(heavy, own)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set() []\n"


def test_explaining_a_code_needs_none_of_the_heavy_libraries():  # but for pydantic, which typer itself imports
    code = (
        "import sys; sys.argv = ['policykit', 'explain', 'PK001']\n"
        "from policykit.cli.main import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print({'lark', 'yaml', 'structlog', 'cryptography', 're2', 'rich'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("set()\n")


def break_fmt(monkeypatch, error: BaseException) -> None:
    def broken(*_args: object) -> None:
        raise error

    monkeypatch.setattr(policykit.cli.commands.fmt, "_formatted", broken)


def test_a_fault_of_the_program_is_one_line_and_exit_70(policykit, monkeypatch):
    break_fmt(monkeypatch, ZeroDivisionError("secret\nsecond line"))
    ran = policykit("fmt", "x")
    assert (ran.code, ran.out, ran.err.count("\n")) == (70, "", 1)
    assert "please report it" in ran.err
    assert "second line" not in ran.err


def test_a_fault_shows_its_traceback_when_asked(policykit, monkeypatch):
    break_fmt(monkeypatch, ZeroDivisionError())
    monkeypatch.setenv("POLICYKIT_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        policykit("fmt", "x")


def test_our_own_exceptions_are_shown_without_a_traceback(policykit, monkeypatch):
    break_fmt(monkeypatch, PolicykitError("the installation lacks `x`"))
    assert policykit("fmt", "x") == (
        2,
        "",
        "error[PK690]: the installation lacks `x`\n\n1 error\n`policykit explain PK690` says more\n",
    )


def test_an_interrupt_ends_quietly_with_130(policykit, monkeypatch):
    break_fmt(monkeypatch, KeyboardInterrupt())
    ran = policykit("fmt", "x")
    assert ran.code == 130
    assert "Traceback" not in ran.err


def test_a_reader_that_stops_reading_causes_no_noise(tmp_path):
    calls = tmp_path / "calls.jsonl"
    calls.write_text('{"call": {"model": "a-1"}}\n' * 20_000)
    example = Path(__file__).parents[3] / "examples" / "invoice-triage" / "invoice-triage.policy"
    line = f"{sys.executable} -m policykit decide {example} {calls} | head -1"
    done = subprocess.run(line, shell=True, capture_output=True, text=True)
    assert done.stdout.count("\n") == 1
    assert done.stderr == ""


def test_a_terminal_that_lacks_characters_does_not_end_the_command(tmp_path):
    path = tmp_path / "ü.policy"
    path.write_text('language 1\nparty a "漢"\nnonsense\n', encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "policykit", "lint", str(path)],
        capture_output=True, env={"PYTHONIOENCODING": "ascii", "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 1
    assert b"Traceback" not in done.stderr


EXAMPLE = Path(__file__).parents[3] / "examples" / "invoice-triage"
DECIDES = ["decide", str(EXAMPLE / "invoice-triage.policy"), str(EXAMPLE / "one-call.json")]
CHECKS = ["check", str(EXAMPLE), "--no-record"]
SAYS = [["--version"], ["explain", "PK201"], ["vocabulary"], ["fmt", "--help"], DECIDES, CHECKS]
"""What prints in each of the ways that there are: plain text, help, tables, and the verdict of a gate."""


@pytest.fixture(params=["", "1"], ids=["buffered", "at once"])
def environment(request):
    """Output that is written when the buffer is full, or at the end, and output that is written at once."""
    return {**os.environ, "PYTHONUNBUFFERED": request.param}


@pytest.mark.parametrize("arguments", SAYS, ids=lambda each: each[0])
def test_a_reader_that_goes_away_ends_a_command_without_a_word(arguments, environment):
    read, write = os.pipe()
    os.close(read)  # before anything is said
    ran = subprocess.run([*COMMAND, *arguments], stdout=write, stderr=subprocess.PIPE, text=True, env=environment)
    os.close(write)
    assert (ran.returncode, ran.stderr) == (141, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", SAYS, ids=lambda each: each[0])
def test_output_that_cannot_be_written_is_no_fault_and_no_success(arguments, environment):
    with open("/dev/full", "w") as full:
        ran = subprocess.run([*COMMAND, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, env=environment)
    assert (ran.returncode, ran.stderr) == (74, "policykit: the output cannot be written: No space left on device\n")


@pytest.mark.parametrize("arguments", SAYS, ids=lambda each: each[0])
def test_a_stream_that_was_closed_before_ends_no_command_with_a_traceback(arguments):
    line = f"{shlex.join([*COMMAND, *arguments])} >&- 2>&-; echo $? >&3"
    ran = subprocess.run(["bash", "-c", f"exec 3>&1; {line}"], capture_output=True, text=True)
    assert ran.stdout.strip() in {"0", "1"}


def test_tables_are_printed_on_the_one_console_that_says_when_its_reader_has_gone():
    for path in (Path(command.__file__).parent).rglob("*.py"):
        if path.name != "console.py":
            assert not re.search(r"from rich\.console import .*\bConsole\b", path.read_text()), path.name


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("lint", "--formt", "json", "x"), ("there is no option `--formt`", "did you mean `--format`?")),
        (("lint", "--format", "xml", "x"), ("`--format` is not understood", "got `xml`")),
        (("trail", "verfy"), ("no such command `verfy`", "did you mean `verify`?")),
        (("trail", "check-proof", "x", "--key", "y"), ("there is no option `--key`", "follow `--vkey`")),
        (("explain",), ("missing argument", "policykit explain --help")),
    ],
)
def test_a_command_line_that_is_not_understood_is_told_like_every_other_error(policykit, arguments, expected):
    ran = policykit(*arguments)
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("error[PK904]: ")
    assert all(each in ran.err for each in expected)


def test_the_table_of_exit_codes_is_the_one_of_the_code():
    page = (Path(__file__).parents[3] / "docs" / "commands.md").read_text()
    stated = {int(each) for row in re.findall(r"^\| ([0-9, ]+) \|", page, re.MULTILINE) for each in row.split(",")}
    known = {value for name, value in vars(statuses).items() if name.startswith("EXIT_")}
    assert stated == known | {4, 5}
