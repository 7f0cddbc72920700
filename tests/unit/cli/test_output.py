"""Colours and bars are for people who look on, never for files and pipes."""

from __future__ import annotations

import io
import sys

import pytest

from policykit.cli.commands import decide
from policykit.cli.output import wants_colour


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def plain_environment(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_a_terminal_gets_colours_and_anything_else_does_not():
    assert wants_colour(Terminal())
    assert not wants_colour(io.StringIO())


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_a_user_can_decline_colours(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    assert not wants_colour(Terminal())


@pytest.mark.parametrize(("stream", "shown"), [(Terminal(), True), (io.StringIO(), False)])
def test_a_bar_is_drawn_on_standard_error_only_for_a_person(monkeypatch, tmp_path, stream, shown):
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b"x" * 1_000)
    monkeypatch.setattr(decide, "_PROGRESS_FROM_BYTES", 500)
    monkeypatch.setattr(sys, "stderr", stream)
    with decide._progress(str(path)) as told:
        told(1_000)
    assert bool(stream.getvalue()) is shown


def test_a_small_file_needs_no_bar(monkeypatch, tmp_path):
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b"x")
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    with decide._progress(str(path)) as told:
        told(1)
    assert stream.getvalue() == ""
