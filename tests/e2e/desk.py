"""A folder with a policy, keys and a trail, commands that are run in it, and the application that waits for people."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from policykit.cli.main import application
from tests.e2e.desk_app import POLICY

APP = Path(__file__).with_name("desk_app.py")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


class App:
    """The application, in a process of its own."""

    def __init__(self, root: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(APP), str(root)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=APP.parents[2],
        )  # fmt: skip
        assert self.heard() == "ready"

    def call(self, amount: str) -> None:
        """Begin a call; `heard` says what came of it."""
        self.process.stdin.write(f"{amount}\n")
        self.process.stdin.flush()

    def heard(self) -> str:
        return self.process.stdout.readline().strip()

    def made(self, amount: str = "1 EUR") -> str:
        self.call(amount)
        return self.heard()

    def close(self) -> None:
        self.process.stdin.close()
        assert self.process.wait(600) == 0


@dataclass(frozen=True)
class Desk:
    root: Path

    def run(self, *arguments: object, **environment: str) -> Ran:
        """Run a command of the whole program in this process, in the folder."""
        keep = {"COLUMNS": "160", "XDG_STATE_HOME": str(self.root / "xdg"), "POLICYKIT_TRAIL_KEY": ""}
        with contextlib.chdir(self.root):
            result = CliRunner().invoke(application(), list(map(str, arguments)), env=keep | environment)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert "Traceback" not in result.stderr
        return Ran(result.exit_code, result.stdout, result.stderr)

    def json(self, *arguments: object) -> dict[str, object]:
        ran = self.run(*arguments, "--format", "json")
        assert ran.code == 0, ran.err
        return json.loads(ran.out)

    def waiting(self) -> dict[str, object]:
        """Return the one call that waits, as soon as it does."""
        end = time.monotonic() + 600
        while time.monotonic() < end:
            if found := self.json("approvals", "list", "--store", "guard.db")["approvals"]:
                assert len(found) == 1
                return found[0]
            time.sleep(0.05)
        raise AssertionError("nothing waits")

    def records(self, *kinds: str) -> list[dict[str, object]]:
        lines = (self.root / "trail" / "seg" / "000000.jsonl").read_text("utf-8").splitlines()
        return [record for line in lines if (record := json.loads(line))["type"] in kinds or not kinds]

    @contextlib.contextmanager
    def app(self) -> Iterator[App]:
        started = App(self.root)
        try:
            yield started
            started.close()
        finally:
            started.process.kill()
            started.process.wait()
            started.process.stdin.close()
            started.process.stdout.close()


def make(root: Path) -> Desk:
    root.mkdir(exist_ok=True)
    desk = Desk(root)
    (root / "claims.policy").write_text(POLICY, encoding="utf-8")
    assert desk.run("keys", "generate", "example.com/claims", "-o", "trail.pem").code == 0
    return desk
