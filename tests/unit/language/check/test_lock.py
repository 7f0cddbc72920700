"""Laws of the lock file: a pack that is not the one that was locked is an error, until somebody locks again."""

from __future__ import annotations

import json

import pytest

from policykit.language.lock import Lock, Pin, lock_path, lock_text, read_lock, write_lock
from policykit.source import Diagnostic
from tests.unit.language.check.kit import SPEED, checked, policy

TEXT = "include speed\n"


def locked(tmp_path) -> Lock:
    path = lock_path(tmp_path / "triage.policy")
    write_lock(path, policy(TEXT).packs)
    found = read_lock(path)
    assert isinstance(found, Lock)
    return found


def test_what_was_locked_is_accepted_without_a_warning(tmp_path):
    result = checked(TEXT, lock=locked(tmp_path))
    assert result.policy is not None
    assert {d.code for d in result.diagnostics} == {"PK130"}


def test_a_pack_that_is_not_the_one_locked_is_an_error_that_names_both(tmp_path):
    lock = locked(tmp_path)
    changed = {"speed": SPEED.replace("8 seconds", "80 seconds").replace('"1.0.0"', '"1.0.1"')}
    result = checked(TEXT, lock=lock, packs=changed)
    assert result.policy is None
    (found,) = [d for d in result.diagnostics if d.is_error]
    assert found.code == "PK411"
    assert lock.packs["speed"].digest in found.expected
    assert "version 1.0.0" in found.expected
    assert "version 1.0.1" in found.got
    assert "sha256:" in found.got


def test_a_pack_whose_title_changed_is_the_one_locked(tmp_path):
    changed = {"speed": SPEED.replace("Answers come in time", "Fast enough")}
    assert checked(TEXT, lock=locked(tmp_path), packs=changed).policy is not None


@pytest.mark.parametrize("lock", [None, Lock({})])
def test_a_pack_that_is_not_pinned_is_a_warning(lock):
    result = checked(TEXT, lock=lock)
    assert result.policy is not None
    assert [d.help for d in result.diagnostics if d.code == "PK412"] == ["run `policykit lock`"]


def test_packs_of_packs_are_pinned_too():
    outer = 'language 1\npack outer version "1"\ninclude speed\n'
    packs = {"speed": SPEED, "outer": outer}
    found = policy("include outer\n", packs=packs)
    assert set(json.loads(lock_text(found.packs))["packs"]) == {"outer", "speed"}
    pins = {pack.name: Pin(pack.version, pack.digest) for pack in found.packs}
    assert checked("include outer\n", packs=packs, lock=Lock(pins)).policy is not None
    pins["speed"] = Pin("1", "sha256:" + "0" * 64)
    assert "PK411" in {d.code for d in checked("include outer\n", packs=packs, lock=Lock(pins)).diagnostics}


def test_the_lock_of_the_same_packs_has_the_same_bytes(tmp_path):
    packs = policy(TEXT).packs
    assert lock_text(packs) == lock_text(tuple(reversed(packs)))
    path = tmp_path / "policykit.lock"
    write_lock(path, packs)
    assert path.read_text(encoding="utf-8") == lock_text(packs)
    assert [entry.name for entry in tmp_path.iterdir()] == ["policykit.lock"]


def test_without_a_file_there_is_no_lock(tmp_path):
    assert read_lock(tmp_path / "policykit.lock") is None


DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"null",
        b'{"lock": 1}',
        b'{"lock": 2, "packs": {}}',
        b'{"lock": true, "packs": {}}',
        b'{"lock": 1, "packs": []}',
        b'{"lock": 1, "packs": {}, "more": 1}',
        b'{"lock": 1, "packs": {"a": 1}}',
        b'{"lock": 1, "packs": {"a": {"version": "1"}}}',
        b'{"lock": 1, "packs": {"a": {"version": "1", "digest": "sha256:00"}}}',
        b'{"lock": 1, "packs": {"a": {"version": 1, "digest": "%s"}}}' % DIGEST.encode(),
        b'{"lock": 1, "packs": {"a": {"version": "1", "digest": "%s", "more": 1}}}' % DIGEST.encode(),
        b'{"lock": 1, "lock": 1, "packs": {}}',
        b"[" * 100_000,
        b'{"lock": 1, "packs": {"a": {"version": "1", "digest": "%s\\n"}}}' % DIGEST.encode(),
    ],
    ids=lambda content: content[:60].decode("latin-1"),
)
def test_what_is_no_lock_file_is_an_error_and_never_an_empty_lock(content, tmp_path):
    path = tmp_path / "policykit.lock"
    path.write_bytes(content)
    found = read_lock(path)
    assert isinstance(found, Diagnostic)
    assert found.code == "PK413"


def test_a_lock_file_that_is_too_large_is_refused(tmp_path):
    path = tmp_path / "policykit.lock"
    path.write_bytes(b" " * (1024 * 1024 + 1))
    found = read_lock(path)
    assert isinstance(found, Diagnostic)
    assert found.code == "PK004"


def test_a_link_to_nowhere_is_an_error_and_not_no_lock(tmp_path):
    path = tmp_path / "policykit.lock"
    path.symlink_to(tmp_path / "gone")
    assert isinstance(read_lock(path), Diagnostic)
