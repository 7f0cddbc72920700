"""CODEOWNERS, as GitHub reads it: the last pattern that matches a path decides, and may say that nobody owns it.

Lines that GitHub would skip (an owner that is no owner, a negation, a character range) make the evidence inconclusive:
what skipping them means differs between hosts. Sections in brackets are GitLab's and are refused by name.

Source: GitHub documentation, "About code owners"; files of 3 MB and more are not loaded by GitHub.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from policykit.evidence.model import Reading, Tool
from policykit.evidence.problems import doubt, note, quoted, refusal
from policykit.evidence.reader import Reader, Request
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.summaries.ownership import OwnershipSummary, Path
from policykit.evidence.tool_json import decode_utf8
from policykit.source import Diagnostic

_MAX_BYTES = 3 * 1024 * 1024 - 1
_OWNER = re.compile(r"@[A-Za-z0-9][A-Za-z0-9-]{0,100}(/[A-Za-z0-9._-]{1,100})?\Z|[^@\s]{1,64}@[^@\s]{1,255}\Z")
_CATCH_ALL = frozenset({"*", "**", "/**", "**/*", "/**/*"})
_MAX_PARTS = 64


@dataclass(frozen=True, slots=True)
class Rule:
    """One line."""

    line: int
    pattern: str
    owners: tuple[str, ...]


def detect(head: bytes, name: str) -> float:  # noqa: ARG001 - the form alone says nothing
    """Return how sure this is a CODEOWNERS file: its name says so."""
    base = name.replace("\\", "/").rpartition("/")[2]
    if base == "CODEOWNERS" or base.endswith(".CODEOWNERS"):
        return 0.9
    return 0.0


def read(file: EvidenceFile, request: Request) -> Reading:
    """Return who owns what: the paths that the option `paths` lists, or else the patterns of the file."""
    text = decode_utf8(file.whole(_MAX_BYTES), file.name)
    rules, problems = _parse(text, file.name)
    paths = _paths(request, file.name)
    last = _last_of_each(rules)
    things = [Path(path, owner_of(rules, path)) for path in paths] or [Path(p, owners) for p, owners in last.items()]
    default = any(last.get(pattern) for pattern in _CATCH_ALL)
    if not rules:
        problems.append(
            doubt("PK530", "the file names no owner", place=file.name, help="write `* @team` and commit the file")
        )
    problems.extend(
        note(
            "PK541",
            f"{quoted(thing.pattern)} has no owner",
            place=file.name,
            help="add a line with an owner at the end",
        )
        for thing in things
        if not thing.owners
    )
    summary = OwnershipSummary(paths=tuple(things), default_owner=default)
    return Reading(summary, Tool("CODEOWNERS"), problems=tuple(problems))


def _parse(text: str, name: str) -> tuple[list[Rule], list[Diagnostic]]:
    rules, problems = [], []
    for number, line in enumerate(text.splitlines(), 1):
        words = line.partition(" #")[0].partition("\t#")[0].split()
        if not words or words[0].startswith("#"):
            continue
        place = f"{name}: line {number}"
        if words[0].startswith(("[", "^[")):
            raise refusal(
                "PK515", "sections are GitLab's form of this file", place=place, expected="a pattern and its owners",
                help="this reader knows GitHub's form: write the owners without sections",
            )  # fmt: skip
        wrong = _what_is_wrong(words)
        if wrong:
            problems.append(
                doubt(
                    "PK548",
                    f"{quoted(wrong)} is not understood, so hosts skip the line",
                    place=place,
                    help="correct the line",
                )
            )
        else:
            rules.append(Rule(number, words[0], tuple(words[1:])))
    return rules, problems


def _what_is_wrong(words: Sequence[str]) -> str:
    pattern = words[0]
    if (
        pattern.startswith("!")
        or "[" in pattern
        or "]" in pattern
        or pattern.count("/") > _MAX_PARTS
        or "\\" in pattern
    ):
        return pattern
    return next((owner for owner in words[1:] if not _OWNER.match(owner)), "")


def _paths(request: Request, name: str) -> tuple[str, ...]:
    paths: Any = request.options.get("paths", ())
    if not isinstance(paths, list | tuple) or not all(isinstance(p, str) for p in paths):
        raise refusal("PK521", "`paths` must be a list of paths", place=name, got=quoted(paths))
    return tuple(path.strip("/") for path in paths)


def owner_of(rules: Sequence[Rule], path: str) -> tuple[str, ...]:
    """Return the owners of a path, relative to the repository: those of the last rule that matches, or none."""
    for rule in reversed(rules):
        if matches(rule.pattern, path):
            return rule.owners
    return ()


def _last_of_each(rules: Sequence[Rule]) -> dict[str, tuple[str, ...]]:
    """Return the owners of each pattern, of its last line; all patterns that take everything are one."""
    last: dict[str, tuple[str, ...]] = {}
    for rule in rules:
        pattern = "*" if rule.pattern in _CATCH_ALL else rule.pattern
        if pattern == "*":
            last.clear()  # what stands before a line that takes everything never decides
        last.pop(pattern, None)
        last[pattern] = rule.owners
    return last


def matches(pattern: str, path: str) -> bool:
    """Return whether a CODEOWNERS pattern matches a path.

    As in gitignore files: without a slash at the start or in the middle it matches at any depth; a folder matches all
    that is below it; except that `folder/*` does not reach into folders below it.
    """
    parts = pattern.strip("/").split("/")
    names = path.split("/")
    anchored = "/" in pattern.rstrip("/")
    if not anchored:
        parts = ["**", *parts]
    ends = _ends(parts, names)
    if pattern.endswith("/"):
        return any(end < len(names) for end in ends)
    if anchored and parts[-1] == "*":
        return len(names) in ends
    return bool(ends)


def _ends(parts: Sequence[str], names: Sequence[str]) -> set[int]:
    """Return how many leading names the parts can match, in time parts x names."""
    ends = {0}
    for index, part in enumerate(parts):
        if part == "**":
            at_least = 1 if index == len(parts) - 1 else 0  # at the end it stands for something inside
            ends = set(range(min(ends, default=len(names)) + at_least, len(names) + 1))
        else:
            ends = {end + 1 for end in ends if end < len(names) and fnmatchcase(names[end], part)}
    return ends


READER = Reader(
    "codeowners", "CODEOWNERS", frozenset({"ownership"}), detect, read, frozenset({"paths"}), frozenset({"paths"})
)
