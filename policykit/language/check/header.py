"""The head of a file: its language version, its name and version, its time zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo, available_timezones

from policykit.language import syntax as s
from policykit.language.check.report import Report
from policykit.language.check.wording import spelled
from policykit.source import NO_SPAN, Label, Span

LANGUAGE_VERSION = 1
"""The only version that this tool reads."""

_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Head:
    """What a file says about itself."""

    kind: str
    name: str
    version: str
    title: str
    timezone: str
    span: Span


def readable(report: Report, tree: s.Tree) -> bool:
    """Return whether this tool reads the file's version of the language; otherwise nothing in it is certain."""
    nodes = [node for node in tree.statements if isinstance(node, s.LanguageStatement)]
    if not nodes or tree.statements[0] is not nodes[0]:
        span = nodes[0].span if nodes else Span(0, 0)
        report.error(
            "PK300",
            "the file does not begin with its language version",
            span,
            expected=f"`language {LANGUAGE_VERSION}` as the first statement",
            help="the version fixes what the words mean for the life of a contract",
        )
        return bool(nodes)
    for extra in nodes[1:]:
        report.error(
            "PK300",
            "the language version is stated twice",
            extra.span,
            labels=(Label(nodes[0].span, "first stated here"),),
            help="delete one of them",
        )
    version = nodes[0].version
    if version.value == LANGUAGE_VERSION and not version.unit:
        return True
    report.error(
        "PK300",
        f"this tool reads language {LANGUAGE_VERSION}",
        version.span,
        expected=f"`language {LANGUAGE_VERSION}`",
        got=f"`language {spelled(version)}`",
        help="a newer version needs a newer policykit",
    )
    return False


def head(report: Report, tree: s.Tree, *, wanted: str | None = None) -> Head:
    """Return what a file says about itself; a missing or second header is reported.

    Args:
        report: where problems go.
        tree: the file.
        wanted: the name under which a pack was found, or None for the file that was asked for.
    """
    nodes = [node for node in tree.statements if isinstance(node, s.Header)]
    if not nodes:
        report.error(
            "PK301",
            "the file does not say what it is",
            tree.statements[0].span if tree.statements else NO_SPAN,
            expected='`policy NAME version "1.0.0"`, or `pack ...` for a pack',
        )
        return Head("policy" if wanted is None else "pack", wanted or "", "", "", "UTC", NO_SPAN)
    for extra in nodes[1:]:
        report.error(
            "PK301",
            "a file holds one policy or one pack",
            extra.span,
            labels=(Label(nodes[0].span, f"`{nodes[0].name.text}` begins here"),),
            help="put the other into a file of its own",
        )
    node = nodes[0]
    _check_version(report, node.version)
    timezone = _timezone(report, node)
    _check_wanted(report, node, wanted)
    title = node.title.value if node.title is not None else ""
    return Head(node.kind, node.name.text, node.version.value, title, timezone, node.span)


def _check_version(report: Report, version: s.Text) -> None:
    if not _VERSION.fullmatch(version.value):
        report.error(
            "PK302",
            "this is no version",
            version.span,
            expected='letters, digits, dots and hyphens, such as `"1.2.0"`',
            got=f"`{spelled(version)[:60]}`",
        )


def _timezone(report: Report, node: s.Header) -> str:
    if node.timezone is None:
        return "UTC"
    name = node.timezone.value
    if node.kind == "pack":
        report.error(
            "PK326",
            "a pack has no time zone: it takes that of the policy that includes it",
            node.timezone.span,
            expected="`timezone` in a policy",
        )
    elif not _is_zone(name):
        report.error(
            "PK303",
            f"unknown time zone `{name[:60]}`",
            node.timezone.span,
            expected='a name of the IANA time zone database, such as `"Europe/Berlin"` or `"UTC"`',
            help=report.suggest(name, available_timezones()),
        )
    return name


def _is_zone(name: str) -> bool:
    if len(name) > 60 or not name.isascii():
        return False
    try:
        zone = ZoneInfo(name)
    except (OSError, ValueError, KeyError):  # no such zone is a KeyError, a folder an OSError, a path a ValueError
        return False
    return zone.key == name


def _check_wanted(report: Report, node: s.Header, wanted: str | None) -> None:
    if wanted is None:
        return
    if node.kind == "policy":
        report.error(
            "PK410", "a policy cannot be included, only a pack", node.span, expected=f"`pack {wanted} version ...`"
        )
    elif node.name.text != wanted:
        report.error(
            "PK410",
            f"this pack was looked for as `{wanted}`",
            node.name.span,
            expected=f"`pack {wanted}`",
            got=f"`pack {node.name.text}`",
            help="folder, file and pack have the same name",
        )
