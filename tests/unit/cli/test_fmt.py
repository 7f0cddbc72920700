"""Laws of `policykit fmt`: nothing is written that was not understood, and nothing else about a file changes."""

from __future__ import annotations

import os
import stat

import pytest

MESSY = 'language 1\npolicy p version "1" # v\nparty  a "A"\n'
NEAT = 'language 1\n\npolicy p version "1"  # v\n\nparty a "A"\n'


@pytest.fixture
def messy(tmp_path):
    path = tmp_path / "messy.policy"
    path.write_bytes(MESSY.encode())
    return path


def test_a_file_is_formatted_in_place_once(policykit, messy):
    assert policykit("fmt", messy) == (0, "formatted messy.policy\n", "")
    assert messy.read_bytes() == NEAT.encode()
    assert policykit("fmt", messy) == (0, "", "")


def test_check_names_what_would_change_and_writes_nothing(policykit, messy, policy):
    ran = policykit("fmt", "--check", messy, policy)
    assert (ran.code, ran.out) == (1, "would format messy.policy\n")
    assert messy.read_bytes() == MESSY.encode()
    assert policykit("fmt", "--check", policy).code == 0


def test_diff_prints_what_would_change_and_writes_nothing(policykit, messy):
    ran = policykit("fmt", "--diff", messy)
    assert ran.code == 1
    assert '-party  a "A"\n' in ran.out
    assert '+party a "A"\n' in ran.out
    assert messy.read_bytes() == MESSY.encode()


def test_standard_input_is_formatted_to_standard_output(policykit):
    assert policykit("fmt", "-", stdin=MESSY.encode()) == (0, NEAT, "")


@pytest.mark.parametrize("text", [b"language 1\nrule ???\n", b"\xff", b"", b"language 1 \x00", b"(" * 100_000])
def test_what_is_not_understood_is_never_written_and_the_rest_is(policykit, tmp_path, messy, text):
    bad = tmp_path / "bad.policy"
    bad.write_bytes(text)
    ran = policykit("fmt", bad, messy)
    assert ran.code == 2
    assert "error[PK" in ran.err
    assert bad.read_bytes() == text
    assert messy.read_bytes() == NEAT.encode()


def test_mode_and_windows_line_ends_are_kept_and_no_file_is_left_over(policykit, messy, tmp_path):
    messy.write_bytes(MESSY.replace("\n", "\r\n").encode())
    messy.chmod(0o640)
    assert policykit("fmt", messy).code == 0
    assert messy.read_bytes() == NEAT.replace("\n", "\r\n").encode()
    assert stat.S_IMODE(messy.stat().st_mode) == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["messy.policy"]


def test_a_link_stays_a_link(policykit, messy, tmp_path):
    link = tmp_path / "link.policy"
    link.symlink_to(messy)
    assert policykit("fmt", link).code == 0
    assert link.is_symlink()
    assert messy.read_bytes() == NEAT.encode()


def test_a_file_that_cannot_be_replaced_is_said_and_kept(policykit, messy, monkeypatch):
    def refused(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refused)
    ran = policykit("fmt", messy)
    assert ran.code == 2
    assert "error[PK903]: the file cannot be written: permission denied" in ran.err
    assert messy.read_bytes() == MESSY.encode()
    assert [path.name for path in messy.parent.iterdir()] == ["messy.policy"]
