"""The paths of the repository that the option `paths` names: a list, or a file that holds what `git ls-files` prints.

Source: git documentation, `git-ls-files`, and `core.quotePath` in `git-config`: a path with unusual characters stands
in double quotes, with the escapes of C; with `-z` a NUL ends each path and nothing is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from policykit.errors import EvidenceError
from policykit.evidence.problems import refusal
from policykit.evidence.reader import Request
from policykit.evidence.safe_file import open_evidence
from policykit.source.visible import quoted

_MAX_BYTES = 16 * 1024 * 1024
_MAX_TRIALS = 10_000_000
_FORM = "a list of paths, or `{file: FILE}` with what `git ls-files` prints"
_QUOTED = re.compile(rb'"((?:[^"\\]|\\(?:[abfnrtv"\\]|[0-3][0-7]{2}))*)"')
_ESCAPE = re.compile(rb'\\([abfnrtv"\\]|[0-3][0-7]{2})')
_LETTERS = dict(zip(b"abfnrtv", b"\a\b\f\n\r\t\v", strict=True))


@dataclass(frozen=True, slots=True)
class Listed:
    """The paths, and the file that they came from with its digest."""

    paths: tuple[str, ...] = ()
    files: tuple[tuple[str, str], ...] = ()


def listed_paths(request: Request, name: str) -> Listed:
    """Return the paths that the project file lists, each once; none where it lists none.

    Raises:
        EvidenceError: the option is of another form (PK521), or its file lists no paths (PK556).
    """
    stated: Any = request.options.get("paths", ())
    if isinstance(stated, dict) and stated.keys() == {"file"} and isinstance(stated["file"], str):
        return _from_file(stated["file"], request)
    if not isinstance(stated, list | tuple) or not all(isinstance(p, str) and p.strip("./ ") for p in stated):
        raise refusal(
            "PK521", "`paths` must be a list of paths", place=name, expected=_FORM, got=quoted(stated),
            help="write the paths, or run `git ls-files > FILE` at the root of the repository and name the file",
        )  # fmt: skip
    return Listed(tuple(dict.fromkeys(path.removeprefix("./").strip("/") for path in stated)))


def require_feasible(paths: int, patterns: int, name: str) -> None:
    """Refuse more trials of a pattern on a path than end in about a minute.

    Raises:
        EvidenceError: PK556.
    """
    if paths * patterns > _MAX_TRIALS:
        raise refusal(
            "PK556", "there are too many paths for so many patterns", place=name,
            expected=f"at most {_MAX_TRIALS:,} pairs of a path and a pattern that could match anywhere",
            got=f"{paths:,} paths and {patterns:,} such patterns",
            help="list the paths that are judged only, such as `git ls-files src`",
        )  # fmt: skip


def _from_file(path: str, request: Request) -> Listed:
    with open_evidence(path, request.project_root) as file:
        data = file.whole(_MAX_BYTES)
        digest = file.digest()
    found = tuple(dict.fromkeys(_each(data, path)))
    if not found:
        raise _no_list(path, "", "the list holds no path")
    return Listed(found, ((path, digest),))


def _each(data: bytes, place: str) -> Iterator[str]:
    with_nul = b"\0" in data
    for number, line in enumerate(data.split(b"\0" if with_nul else b"\n"), start=1):
        written = line if with_nul else line.removesuffix(b"\r")
        if not written:
            continue
        raw = written if with_nul else _unquoted(written)
        text = None if raw is None else _decoded(raw)
        if text is None or not text.strip("./ ") or text.startswith(("/", "../")):
            raise _no_list(f"{place}: {'path' if with_nul else 'line'} {number}", quoted(_shown(written)))
        yield text


def _unquoted(line: bytes) -> bytes | None:
    """Return the path of a line; None for a line that git would not write."""
    if line.startswith(b'"'):
        inner = _QUOTED.fullmatch(line)
        return None if inner is None else _ESCAPE.sub(_unescaped, inner[1])
    return None if re.search(rb"[\x00-\x1f\x7f\"\\]", line) else line


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found[1]
    return bytes([int(code, 8) if len(code) == 3 else _LETTERS.get(code[0], code[0])])


def _decoded(raw: bytes) -> str | None:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _shown(line: bytes) -> str:
    return line[:200].decode("utf-8", "replace")


def _no_list(place: str, got: str, message: str = "this is not a path of a repository") -> EvidenceError:
    return refusal(
        "PK556", message, place=place, expected="paths as `git ls-files` prints them, one a line", got=got,
        help="run `git ls-files > FILE` at the root of the repository, without further options but `-z`",
    )  # fmt: skip
