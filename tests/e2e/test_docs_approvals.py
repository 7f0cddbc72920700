"""The page `docs/approvals.md` is true: its commands are run in order, while the application of the page waits."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

from tests.e2e.desk import make
from tests.e2e.desk_app import POLICY

PAGE = (Path(__file__).parents[2] / "docs" / "approvals.md").read_text("utf-8")
SHOWN_ID = "3f9a1c0d"


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def same_form(text: str) -> str:
    """Return a listing without what differs from run to run."""
    text = re.sub(r"\b[0-9a-f]{8}  ", "ID  ", text)
    return re.sub(r"time left .*", "time left", text)


def test_the_commands_of_the_page_do_what_it_says(tmp_path):
    desk = make(tmp_path / "desk")
    commands = [line for block in blocks("sh") for line in block.splitlines()]
    assert len(commands) == 9
    with desk.app() as app:
        app.call("800 EUR")
        waits = str(desk.waiting()["id"])
        for command in commands:
            program, *arguments = shlex.split(command.replace(SHOWN_ID, waits[:8]))
            assert program == "policykit"
            state = ["--state", "state"] if "--trail" in arguments else []
            ran = desk.run(*arguments, *state)
            assert ran.code == 0, f"{command}\n{ran.err}"
            if command == commands[0]:
                assert same_form(ran.out) == same_form(blocks("text")[0])
            if arguments[:2] == ["approvals", "approve"]:
                assert app.heard() == "made"
            if arguments[:2] == ["stops", "trip"]:
                assert app.made() == "stop"
            if arguments[:2] == ["stops", "resume"]:
                assert app.made() == "made"
    assert desk.run("trail", "verify", "trail", "--vkey", "trail.pem.vkey").code == 0
    kinds = [record["type"] for record in desk.records()]
    assert [kind for kind in kinds if kind.startswith(("approval", "stop"))] == [
        "approval_requested", "approval", "approval", "approval_used", "stop_tripped", "stop_resumed",
    ]  # fmt: skip


def test_the_rule_of_the_page_is_the_one_that_is_run():
    (rule,) = blocks("policy")
    assert rule in POLICY
