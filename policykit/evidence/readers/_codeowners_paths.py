"""Which paths a CODEOWNERS pattern matches, and who owns them: the last rule of each section decides.

Source: GitHub documentation, "About code owners"; GitLab documentation, "Advanced CODEOWNERS configuration"
(`File::fnmatch` with `FNM_DOTMATCH` and `FNM_PATHNAME`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

from policykit.evidence.readers._codeowners_lines import Host, Rule

_CATCH_ALL = frozenset({"*", "**", "/**", "**/*", "/**/*"})
_GLOB = re.compile(r"[*?\[\]\\]")


def by_section(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Return the rules of each section, in the order of the file; sections of one name are one."""
    found: dict[str, list[Rule]] = {}
    for rule in rules:
        found.setdefault(rule.section, []).append(rule)
    return list(found.values())


def owners_of(rules: Sequence[Rule], paths: Sequence[str], host: Host) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield paths, relative to the repository, with their owners: of every section those of the last rule that fits."""
    sections = [[(_top_folder(rule.pattern, host), rule) for rule in section[::-1]] for section in by_section(rules)]
    for path in paths:
        top = path.partition("/")[0]
        near = [[rule for folder, rule in section if folder is None or folder == top] for section in sections]
        found = [owner for section in near for owner in _decided(section, path, host)]
        yield path, tuple(dict.fromkeys(found))


def rules_everywhere(rules: Sequence[Rule], host: Host) -> int:
    """Return how many rules have to be tried on every path."""
    return sum(_top_folder(rule.pattern, host) is None for rule in rules)


def _top_folder(pattern: str, host: Host) -> str | None:
    """Return the name with which every path begins that a pattern matches; None where there is no such name."""
    parts = _gitlab_parts(pattern) if host is Host.GITLAB else pattern.strip("/").split("/")
    tied = host is Host.GITLAB or "/" in pattern.rstrip("/")
    return parts[0] if tied and not _GLOB.search(parts[0]) else None


def _decided(latest_first: Sequence[Rule], path: str, host: Host) -> tuple[str, ...]:
    """Return the owners that a section gives a path; an exclusion counts wherever in the section it stands."""
    if any(rule.excluded and matches(rule.pattern, path, host) for rule in latest_first):
        return ()
    return next((rule.owners for rule in latest_first if matches(rule.pattern, path, host)), ())


def takes_everything(pattern: str, host: Host) -> bool:
    """Return whether a pattern matches every path."""
    if host is Host.GITHUB:
        return pattern in _CATCH_ALL
    *parts, last = _gitlab_parts(pattern)
    return bool(parts) and set(parts) == {"**"} and last in {"*", "**"}


def last_of_each(section: Sequence[Rule], host: Host) -> list[Rule]:
    """Return the rules of a section that can decide: the last of each pattern, none before one for everything."""
    last: dict[tuple[str, bool], Rule] = {}
    for rule in section:
        everything = takes_everything(rule.pattern, host)
        if everything and not rule.excluded:
            last = {key: kept for key, kept in last.items() if kept.excluded}
        key = ("*" if everything else rule.pattern, rule.excluded)
        last.pop(key, None)
        last[key] = rule
    return list(last.values())


def matches(pattern: str, path: str, host: Host = Host.GITHUB) -> bool:
    """Return whether a CODEOWNERS pattern matches a path.

    At GitHub as in gitignore files: without a slash at the start or in the middle it matches at any depth; a folder
    matches all that is below it; except that `folder/*` does not reach into folders below it. At GitLab only a slash
    at the start ties it to the root, and only a slash at the end makes it a folder.
    """
    names = path.split("/")
    if host is Host.GITLAB:
        parts = _gitlab_parts(pattern)
        inside = ["*" if part == "**" else part for part in parts[-1:]]
        return len(names) in _ends([*parts[:-1], *inside], names)
    parts = pattern.strip("/").split("/")
    anchored = "/" in pattern.rstrip("/")
    if not anchored:
        parts = ["**", *parts]
    ends = _ends(parts, names)
    if pattern.endswith("/"):
        return any(end < len(names) for end in ends)
    if anchored and parts[-1] == "*":
        return len(names) in ends
    return bool(ends)


def _gitlab_parts(pattern: str) -> list[str]:
    rooted = pattern if pattern.startswith("/") else f"/**/{pattern}"
    return (f"{rooted}**/*" if rooted.endswith("/") else rooted).removeprefix("/").split("/")


def _ends(parts: Sequence[str], names: Sequence[str]) -> set[int]:
    """Return how many leading names the parts can match, in time parts x names."""
    ends = {0}
    for index, part in enumerate(parts):
        if part == "**":
            at_least = 1 if index == len(parts) - 1 else 0  # at the end it stands for something inside
            ends = set(range(min(ends, default=len(names)) + at_least, len(names) + 1))
        else:
            glob = part.replace("[^", "[!")
            ends = {end + 1 for end in ends if end < len(names) and fnmatchcase(names[end], glob)}
    return ends
