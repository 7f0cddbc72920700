"""Runs the command in this process, through the same `main` that users start."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from policykit.cli.main import main


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def policykit(monkeypatch, capfdbinary, tmp_path) -> Callable[..., Ran]:
    """Return a function that runs `policykit` with arguments and returns exit code, standard output and error."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / ".cache"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / ".config"))
    monkeypatch.delenv("POLICYKIT_DEBUG", raising=False)

    def run(*arguments: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "argv", ["policykit", *map(str, arguments)])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 0
        out.flush()
        err.flush()
        return Ran(code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode())

    return run


POLICY = """\
language 1

policy small version "1.0.0"

party supplier "Acme AI GmbH"

role duty of supplier

fact refund.amount : money EUR "the amount to be refunded"


section rules "Rules"
  owner duty

rule MODEL-1 "Only approved models"
  because "others were not tested"
  on      request
  when    call.model not in ["a-1", "b-2"]
  then    deny "the model {call.model} is not approved"

rule HUMAN-1 "Large refunds go to a person"
  on   response
  when refund.amount > 500 EUR
  then ask duty, answer within 4 hours, otherwise deny

rule COUNT-1 "Not too many"
  on   tool input
  when count of calls today > 3
  then warn
"""


@pytest.fixture
def policy(tmp_path):
    """Return the path of a small policy without findings, in the working directory."""
    path = tmp_path / "small.policy"
    path.write_text(POLICY, encoding="utf-8", newline="")
    return path
