"""CODEOWNERS, as GitHub and GitLab read it: the last pattern that matches a path decides, and may take it away.

The file holds patterns, not paths. Whether every path has an owner is known from it only where a pattern for
everything has an owner and nothing after it takes ownership away; otherwise the option `paths` must list the paths.
A placeholder is no owner. Lines that the host would skip make the evidence inconclusive.

Source: GitHub documentation, "About code owners": files of 3 MB and more are not loaded.
"""

from __future__ import annotations

from collections.abc import Sequence

from policykit.evidence.model import Reading, Tool
from policykit.evidence.problems import doubt, note
from policykit.evidence.reader import Reader, Request
from policykit.evidence.readers._codeowners_lines import Host, Rule, host_of, parse
from policykit.evidence.readers._codeowners_list import listed_paths, require_feasible
from policykit.evidence.readers._codeowners_paths import (
    by_section,
    last_of_each,
    owners_of,
    rules_everywhere,
    takes_everything,
)
from policykit.evidence.readers._owner_names import is_template, placeholder_handle
from policykit.evidence.safe_file import EvidenceFile
from policykit.evidence.summaries.ownership import OwnershipSummary, Path, Pattern
from policykit.evidence.tool_json import decode_utf8
from policykit.source import Diagnostic
from policykit.source.visible import quoted

_MAX_BYTES = 3 * 1024 * 1024 - 1
_PATTERNS = "the file states patterns, not paths"


def detect(head: bytes, name: str) -> float:  # noqa: ARG001 - the form alone says nothing
    """Return how sure this is a CODEOWNERS file: its name says so."""
    base = name.replace("\\", "/").rpartition("/")[2]
    if base == "CODEOWNERS" or base.endswith(".CODEOWNERS"):
        return 0.9
    return 0.0


def read(file: EvidenceFile, request: Request) -> Reading:
    """Return who owns the patterns of the file, and the paths that the option `paths` lists."""
    text = decode_utf8(file.whole(_MAX_BYTES), file.name)
    host = host_of(text, file.name)
    rules, problems = _rules(text, host, file.name)
    deciding = [last_of_each(section, host) for section in by_section(rules)]
    kept = [rule for section in deciding for rule in section]
    listed = listed_paths(request, file.name)
    require_feasible(len(listed.paths), rules_everywhere(rules, host), file.name)
    paths = tuple(Path(path, _real(owners)) for path, owners in owners_of(rules, listed.paths, host))
    patterns = tuple(Pattern(_written(rule), _real(rule.owners)) for rule in kept)
    all_owned = any(_owns_everything(section, host) for section in deciding)
    problems.extend(_about_owners(kept, paths, file.name))
    summary = OwnershipSummary(
        paths=paths,
        patterns=patterns,
        placeholders=len({owner.lower() for rule in kept for owner in rule.owners if placeholder_handle(owner)}),
        default_owner=any(takes_everything(rule.pattern, host) and bool(_real(rule.owners)) for rule in kept),
        unlisted=() if paths else (all_owned,),
        groups_unmarked=host is Host.GITLAB,
    )
    return Reading(
        summary,
        Tool("CODEOWNERS"),
        absent=_absent(paths, deciding, host),
        problems=tuple(problems),
        lists=listed.files,
    )


def _rules(text: str, host: Host, name: str) -> tuple[list[Rule], list[Diagnostic]]:
    rules, wrong = parse(text, host)
    problems = [_skipped(line.word, f"{name}: line {line.line}", host) for line in wrong]
    if not rules and not wrong:
        problems.append(
            doubt(
                "PK530",
                "the file names no owner",
                place=name,
                help="write who owns everything, such as `* @acme/platform`, with your own team",
            )
        )
    return rules, problems


def _skipped(word: str, place: str, host: Host) -> Diagnostic:
    if is_template(word):
        return doubt(
            "PK540", f"{quoted(word)} is a placeholder", place=place,
            help="this is a template that was never filled in: bind the file that it produces",
        )  # fmt: skip
    return doubt(
        "PK548", f"{quoted(word)} is not understood, so {host.value} skips the line", place=place,
        expected="a pattern and its owners, such as `*.py @acme/platform`", help="correct the line",
    )  # fmt: skip


def _about_owners(rules: Sequence[Rule], paths: Sequence[Path], name: str) -> list[Diagnostic]:
    """Return a note for each placeholder, and for whatever has no owner."""
    named = {owner: rule.line for rule in reversed(rules) for owner in rule.owners if placeholder_handle(owner)}
    found = [
        note(
            "PK540", f"the owner {quoted(owner)} is a placeholder", place=f"{name}: line {line}",
            help="name the team or the person who answers for it",
        )
        for owner, line in sorted(named.items())
    ]  # fmt: skip
    unowned = [path.path for path in paths if not path.owners] or [
        _written(rule) for rule in rules if not _real(rule.owners) and not paths
    ]
    help_text = "add a line with an owner at the end"
    return [*found, *(note("PK541", f"{quoted(u)} has no owner", place=name, help=help_text) for u in unowned)]


def _absent(paths: Sequence[Path], deciding: Sequence[Sequence[Rule]], host: Host) -> dict[str, str]:
    if paths:
        return {}
    found = {"paths": _PATTERNS, "owned_paths": _PATTERNS}
    if not any(_owns_everything(section, host) for section in deciding):
        rest = any(takes_everything(rule.pattern, host) and _real(rule.owners) for s in deciding for rule in s)
        why = "a line takes the owner away from what it matches" if rest else "no line gives every path an owner"
        found["owned_paths_rate"] = f"{why}, and {_PATTERNS}"
    return found


def _owns_everything(section: Sequence[Rule], host: Host) -> bool:
    """Return whether the rules of a section that can decide leave no path without an owner."""
    return any(takes_everything(rule.pattern, host) for rule in section) and all(_real(rule.owners) for rule in section)


def _real(owners: Sequence[str]) -> tuple[str, ...]:
    return tuple(owner for owner in owners if not placeholder_handle(owner))


def _written(rule: Rule) -> str:
    return f"!{rule.pattern}" if rule.excluded else rule.pattern


READER = Reader(
    "codeowners", "CODEOWNERS", frozenset({"ownership"}), detect, read, frozenset({"paths"}), frozenset({"paths"})
)
