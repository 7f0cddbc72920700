"""Laws of helps: every help in the code is followed to the letter by a test, and what it tells to run can be run."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from policykit.cli.main import application
from policykit.source import pages
from tests.helps import PACKAGE, TESTS, named, stated

STATED = stated()
NOT_TO_FOLLOW = {
    "detect/adapters/presidio.py: pip install presidio-analyzer": "a package index would be asked",
    "trail/timestamp/token.py: install it: `pip install 'policykit-ai[timestamp]'`": "a package index would be asked",
}
"""Helps that no test can follow, each with the reason."""
LEFT = {"language": 170, "trail": 29}
"""How many helps of each room no test follows yet. The numbers may only fall; a new help comes with a test."""


def room_of(form: str) -> str:
    return form.split("/", 1)[0]


def test_every_help_is_followed_by_a_test():
    left = sorted(STATED - named() - set(NOT_TO_FOLLOW))
    counted = dict(Counter(map(room_of, left)))
    shown = "\n".join(form for form in left if counted[room_of(form)] != LEFT.get(room_of(form), 0))
    assert counted == {room: number for room, number in LEFT.items() if number}, f"not followed:\n{shown}"


def test_tests_name_only_helps_that_the_code_states():
    assert not named() - STATED
    assert not set(NOT_TO_FOLLOW) - STATED
    assert not set(NOT_TO_FOLLOW) & named()


def commands_in(text: str) -> list[str]:
    """Return the command lines that a text shows between backticks."""
    return re.findall(r"`(policykit [^`]+)`", text)


def command_at(words: list[str]) -> tuple[Any, list[str]]:
    """Return the command that some words name, and the words behind it."""
    command: Any = typer.main.get_command(application())
    while words and isinstance(command, TyperGroup):
        found = command.get_command(typer.Context(command), words[0])
        if found is None:
            break
        command, words = found, words[1:]
    return command, words


def options_of(command: Any) -> set[str]:
    """Return the options of a command; `agree` runs its command `sign` when none is named."""
    params = command.params if command is not None else ()
    return {name for each in params for name in (*each.opts, *each.secondary_opts)}


def unfit(line: str) -> str:
    """Return what cannot be run of a command line; an empty text when all of it can."""
    command, rest = command_at(shlex.split(line)[1:])
    names = options_of(command) | options_of(getattr(command, "commands", {}).get("sign")) | {"--help", "-h"}
    unknown = [word for word in rest if word.startswith("-") and word != "-" and word.split("=")[0] not in names]
    if isinstance(command, TyperGroup) and rest and not command.invoke_without_command and rest[0][0] not in "-{":
        unknown.append(rest[0])
    return ", ".join(unknown)


LINES = sorted({line for form in STATED for line in commands_in(form)})


@pytest.mark.parametrize("line", LINES)
def test_a_command_that_a_help_shows_is_one_and_has_these_options(line):
    assert unfit(line) == ""


@pytest.mark.parametrize("code", [code for code in pages.all_codes() if "policykit " in (pages.page(code) or "")])
def test_a_command_that_a_page_shows_is_one_and_has_these_options(code):
    text = pages.page(code) or ""
    right = text.split("## Right")[1].split("## Why")[0]
    shown = [line.removeprefix("$ ") for line in right.splitlines() if re.match(r"(\$ )?policykit ", line)]
    for line in [*shown, *commands_in(text.split("## Wrong")[0]), *commands_in(text.split("## Why")[1])]:
        assert unfit(line.split(" | ")[0].split(" > ")[0]) == "", line


def test_a_line_that_cannot_be_run_is_noticed():
    assert unfit("policykit check --gate") == ""
    assert unfit("policykit check --gates launch") == "--gates"
    assert unfit("policykit trail verfy") == "verfy"


def test_the_source_is_read_where_it_stands():
    assert (PACKAGE / "source").is_dir()
    assert (TESTS / "helps.py").is_file()
    assert len(STATED) > 400
