"""Law: no way to break a trail's files makes a requirement met that the whole trail does not meet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.trail_project import Place, make
from tests.unit.evidence.breaking import broken, doubled

_CUTS = 5


@pytest.fixture
def late(tmp_path) -> Place:
    """Return a project whose parties agreed after the build had begun."""
    place = make(tmp_path / "claims")
    place.agree("Ada Lund")
    place.build()
    place.agree("Cleo Marsh")
    assert place.clause()["outcome"] == "fail"
    return place


def _files(place: Place) -> list[Path]:
    return sorted(path for path in (place.root / "trail").rglob("*") if path.is_file() and path.stat().st_size)


def _cut(data: bytes) -> Iterator[bytes]:
    yield from (data[: len(data) * part // _CUTS] for part in range(_CUTS))
    lines = data.splitlines(keepends=True)
    yield from (b"".join(lines[:number]) for number in range(1, len(lines)))
    yield from (b"".join(lines[:number] + lines[number + 1 :]) for number in range(len(lines)))
    yield from (b"".join([*lines[: number + 1], *lines[number:]]) for number in range(len(lines)))


def _assert_never_met(place: Place, path: Path, contents: Iterator[bytes]) -> None:
    whole = path.read_bytes()
    for content in contents:
        path.write_bytes(content)
        assert place.clause()["outcome"] != "pass", (path.name, content[-200:])
    path.write_bytes(whole)


def test_a_file_cut_or_with_a_line_less_or_twice_meets_nothing(late):
    for path in _files(late):
        _assert_never_met(late, path, _cut(path.read_bytes()))
    assert late.clause()["outcome"] == "fail"


def test_a_record_with_a_member_less_twice_or_of_another_type_meets_nothing(late):
    path = late.root / "trail" / "seg" / "000000.jsonl"
    lines = path.read_text("utf-8").splitlines()
    number = next(n for n, line in enumerate(lines) if json.loads(line)["type"] == "build_started")
    record = json.loads(lines[number])
    texts = [text for _, text in doubled(record)]
    texts += [json.dumps(other) for _, other in broken(record)][:: len(record)]

    def contents() -> Iterator[bytes]:
        for text in texts:
            yield "\n".join([*lines[:number], text, *lines[number + 1 :], ""]).encode()

    _assert_never_met(late, path, contents())
