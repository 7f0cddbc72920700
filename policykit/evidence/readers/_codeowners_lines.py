"""The lines of a CODEOWNERS file, as GitHub or GitLab reads them.

Both hosts skip what they do not understand. Sections, roles (`@@maintainer`), nested groups (`@a/b/c`) and dots in a
name exist at GitLab alone, so that the file is GitLab's where one of them stands; a folder `.github` or `.gitlab`
says it too.

Source: GitHub documentation, "About code owners", with the names of Enterprise Managed Users (`ada_acme`); GitLab
documentation, "Syntax of CODEOWNERS file" and "Troubleshooting Code Owners".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

_MAX_PARTS = 64
_MAIL = re.compile(r"[\w.%+'-]{1,64}@([A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\Z")
_WORD = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,250}"
_GITHUB = re.compile(r"@[A-Za-z0-9][A-Za-z0-9_-]{0,100}(/[A-Za-z0-9_-][A-Za-z0-9._-]{0,100})?\Z")
_GITLAB = re.compile(rf"@{_WORD}(/{_WORD}){{0,20}}\Z|@@(developer|maintainer|owner)s?\Z", re.IGNORECASE)
_HEADING = re.compile(r"\^?\[(?P<name>[^\]\n]{1,255})\](\[\d{1,3}\])?(?P<rest>[ \t].*)?\Z")
_ESCAPED = re.compile(r"(?:\\.|[^ \t\\])+|\\\Z")


class Host(Enum):
    """Whose rules a file follows."""

    GITHUB = "GitHub"
    GITLAB = "GitLab"


@dataclass(frozen=True, slots=True)
class Rule:
    """A pattern and its owners, none where the file takes ownership away."""

    line: int
    pattern: str
    owners: tuple[str, ...]
    section: str = ""
    """Lower case; empty before the first heading."""
    excluded: bool = False
    """Nobody owns what it matches, whatever follows in the section."""


@dataclass(frozen=True, slots=True)
class Wrong:
    """A line that the host skips, and the word because of which."""

    line: int
    word: str


@dataclass(frozen=True, slots=True)
class _Section:
    name: str = ""
    owners: tuple[str, ...] = ()


def host_of(text: str, name: str) -> Host:
    """Return whose rules a file follows.

    Args:
        text: the file.
        name: its path as the user wrote it.
    """
    folder = f"/{name}".replace("\\", "/").rpartition("/")[0].rpartition("/")[2]
    if folder in {".github", ".gitlab"}:
        return Host.GITLAB if folder == ".gitlab" else Host.GITHUB
    return Host.GITLAB if any(_only_at_gitlab(words) for _, words in _lines(text)) else Host.GITHUB


def _only_at_gitlab(words: Sequence[str]) -> bool:
    if _HEADING.match(" ".join(words)):
        return True
    return any(_GITLAB.match(word) and not _GITHUB.match(word) for word in words[1:])


def parse(text: str, host: Host) -> tuple[list[Rule], list[Wrong]]:
    """Return the rules of a file, and the lines that its host skips."""
    rules: list[Rule] = []
    wrong: list[Wrong] = []
    section = _Section()
    for number, words in _lines(text):
        heading = _HEADING.match(" ".join(words)) if host is Host.GITLAB else None
        if heading:
            owners = tuple((heading["rest"] or "").split())
            section = _Section(heading["name"].strip().lower(), owners)
            wrong.extend(Wrong(number, word) for word in _no_owners(owners, host))
            continue
        bad = next(_no_patterns(words[0], host), "") or next(iter(_no_owners(words[1:], host)), "")
        if bad:
            wrong.append(Wrong(number, bad))
        else:
            rules.append(_rule(number, words, section, host))
    return rules, wrong


def _rule(number: int, words: Sequence[str], section: _Section, host: Host) -> Rule:
    excluded = host is Host.GITLAB and words[0].startswith("!")
    pattern = re.sub(r"\\(.)", r"\1", words[0].removeprefix("!") if excluded else words[0])
    owners = () if excluded else tuple(words[1:]) or section.owners
    return Rule(number, pattern, owners, section.name, excluded)


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the words of each line, without comments.

    Only a line feed ends a line: whatever else looks like an end would turn the rest of a comment into a rule that no
    host sees.
    """
    for number, line in enumerate(text.split("\n"), 1):
        words = _without_comment(_ESCAPED.findall(line.strip(" \t\r")))
        if words:
            yield number, words


def _without_comment(words: Iterable[str]) -> list[str]:
    found: list[str] = []
    for word in words:
        if word.startswith("#"):
            break
        found.append(word)
    return found


def _no_patterns(pattern: str, host: Host) -> Iterator[str]:
    """Yield the pattern if its host does not take it."""
    text = pattern.replace("\\ ", "").removeprefix("\\#" if host is Host.GITLAB else "\\ ")
    ranges = ("!", "[") if host is Host.GITHUB else ("[",)
    begins_wrong = text.startswith(ranges)
    holds_wrong = "\\" in text or (host is Host.GITHUB and ("[" in text or "]" in text))
    if begins_wrong or holds_wrong or pattern.count("/") > _MAX_PARTS or text == "!":
        yield pattern


def _no_owners(words: Sequence[str], host: Host) -> list[str]:
    form = _GITHUB if host is Host.GITHUB else _GITLAB
    return [word for word in words if not form.match(word) and not _MAIL.match(word)]
