"""`policykit evidence show FILE`: what a reader understands of a file, and what it cannot show."""

# ruff: noqa: PLR0913, PLR0917 - options of a command are its parameters

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from policykit.cli.console import Console
from policykit.cli.exit import reporting
from policykit.cli.format import Format, FormatOption
from policykit.cli.output import fail, show, write_json
from policykit.cli.reporting import ReadingProgress, instant_of
from policykit.cli.statuses import EXIT_NO, EXIT_NOT_UNDERSTOOD
from policykit.evidence.key_ring import NO_KEYS, load_key_ring
from policykit.evidence.model import Completeness, Evidence, Sufficiency
from policykit.evidence.reader import all_readers
from policykit.evidence.reading import read_evidence
from policykit.readiness.wording import instant_text, value_text
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import visible
from policykit.vocabulary.evidence import kinds

app = typer.Typer(no_args_is_help=True, help="Look at evidence files.")
_STATED_KIND = re.compile(rb"^evidence:\s*([a-z_]+)\s*$", re.MULTILINE)
_MAX_GROUPS = 12
_STYLES = {Sufficiency.SUFFICIENT: "green", Sufficiency.INCONCLUSIVE: "yellow", Sufficiency.ERROR: "bold red"}


def register(root: typer.Typer) -> None:
    """Add the command group to the application."""
    root.add_typer(app, name="evidence")


@app.callback()
def _group() -> None:
    """Look at evidence files."""


@app.command("show")
def show_file(
    file: Annotated[Path, typer.Argument(help="A file that a tool wrote.")],
    kind: Annotated[str | None, typer.Option(help="The kind of evidence to read it as; guessed if left out.")] = None,
    reader: Annotated[str | None, typer.Option(help="The reader; recognised if left out.")] = None,
    zone: Annotated[str | None, typer.Option(help="For times without an offset, such as Europe/Berlin.")] = None,
    keys: Annotated[Path | None, typer.Option(help="The key ring, for signed files.")] = None,
    at: Annotated[str | None, typer.Option(metavar="INSTANT", help="When; now if left out.")] = None,
    output: FormatOption = Format.TEXT,
) -> None:
    """Show what a reader understands of a file, and what it cannot show.

    Exit 0 when it can decide something, 1 when it proves nothing, 2 when it was not understood.
    """
    now = instant_of(at)
    root = Path(os.path.commonpath([file.absolute().parent, keys.absolute().parent])) if keys else file.parent
    name = os.path.relpath(file.absolute(), root) if keys else file.name
    with reporting(output.value), ReadingProgress() as progress:
        wanted = _kind(file, kind, reader)
        ring = load_key_ring(os.path.relpath(keys.absolute(), root), root) if keys else NO_KEYS
        evidence = read_evidence(
            name, kind=wanted, reader=reader, zone=zone, now=now, project_root=root, options={}, key_ring=ring,
            progress=lambda done, total: progress(name, done, total),
        )  # fmt: skip
    if output is Format.JSON:
        write_json(_document(evidence))
    else:
        console = Console(highlight=False)
        for block in _blocks(evidence):
            console.print(block)
    show(list(evidence.problems), output.value)
    if evidence.sufficiency is Sufficiency.ERROR:
        raise typer.Exit(EXIT_NOT_UNDERSTOOD)
    if evidence.sufficiency is Sufficiency.INCONCLUSIVE:
        raise typer.Exit(EXIT_NO)


def _document(evidence: Evidence) -> dict[str, object]:
    """Return what a reader understood: values as the language writes them, moments in UTC, null what is not stated."""
    subject = evidence.subject
    return {
        "file": evidence.path,
        "kind": evidence.kind if evidence.reader else None,
        "reader": evidence.reader or None,
        "tool": {"name": evidence.tool.name or None, "version": evidence.tool.version or None},
        "produced_at": _moment(evidence.produced_at),
        "expires_at": _moment(evidence.expires_at),
        "about": {
            "name": subject.name or None,
            "version": subject.version or None,
            "commit": subject.git_commit or None,
            "model": subject.model or None,
        },
        "trust": evidence.trust.value,
        "complete": evidence.completeness.complete,
        "why_not_complete": evidence.completeness.reason,
        "digest": evidence.sha256 or None,
        "fields": {name: _value(evidence, name) for name in sorted(evidence.fields)},
        "absent": dict(sorted(evidence.absent.items())),
        "elements": {singular: len(found) for singular, found in sorted(evidence.elements.items())},
        "usable": evidence.sufficiency.value,
    }


def _moment(moment: datetime | None) -> str | None:
    return None if moment is None else instant_text(moment)


def _value(evidence: Evidence, name: str) -> str:
    field = kinds()[evidence.kind].fields.get(name)
    value = evidence.fields[name]
    return str(value) if field is None else value_text(value, field.type)


def _kind(file: Path, kind: str | None, reader: str | None) -> str:
    """Return the kind to read a file as: as asked, as a hand-written file says, or the first that its reader yields."""
    if kind is not None:
        _require(kind, kinds(), "kind of evidence")
        return kind
    if reader is not None:
        _require(reader, all_readers(), "reader")
    head = _head(file)
    chosen = (
        all_readers()[reader]
        if reader is not None
        else max(all_readers().values(), key=lambda r: r.detect(head, file.name))
    )
    stated = _STATED_KIND.search(head)
    if chosen.kinds is None:
        return stated[1].decode() if stated and stated[1].decode() in kinds() else "evaluation"
    return min(chosen.kinds)


def _require(word: str, known: object, what: str) -> None:
    names = sorted(known)  # type: ignore[call-overload]
    if word in names:
        return
    shown = visible(word, 40)
    expected = ", ".join(f"`{name}`" for name in names)
    fail(Diagnostic("PK680", f"there is no {what} `{shown}`", expected=expected, help=did_you_mean(word, names)))


def _head(file: Path) -> bytes:
    """Return the first bytes; whatever is wrong with the file is said when it is read."""
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):
        return b""
    try:
        return os.read(descriptor, 65_536)
    except OSError:
        return b""
    finally:
        os.close(descriptor)


def _blocks(evidence: Evidence) -> Iterator[RenderableType]:
    yield _about(evidence)
    words = kinds()[evidence.kind].fields
    if evidence.fields:
        table = _table("What a policy can read", "field", "value", "meaning")
        for name in sorted(evidence.fields):
            field = words.get(name)
            table.add_row(Text(name), Text(_line(_value(evidence, name))), Text(field.words if field else ""))
        yield table
    if evidence.absent:
        table = _table("What this file cannot show", "field", "why")
        for name in sorted(evidence.absent):
            table.add_row(Text(name), Text(_line(evidence.absent[name])))
        yield table
    yield from _elements(evidence)


def _about(evidence: Evidence) -> Table:
    table = _table(evidence.path, "", "")
    subject = evidence.subject
    stated = ", ".join(filter(None, (subject.name, subject.version, subject.git_commit, subject.model)))
    rows = (
        ("read as", f"{evidence.kind}, by {evidence.reader}" if evidence.reader else "nothing: no reader read it"),
        ("tool", f"{evidence.tool.name} {evidence.tool.version}".strip() or "not stated"),
        ("produced", instant_text(evidence.produced_at) if evidence.produced_at is not None else "not stated"),
        ("expires", instant_text(evidence.expires_at) if evidence.expires_at is not None else ""),
        ("about", stated or "not stated: the project file says it"),
        ("trust", evidence.trust.value),
        ("complete", _complete_text(evidence.completeness)),
        ("digest", evidence.sha256 or "none"),
    )
    for name, value in rows:
        if value:
            table.add_row(Text(name), Text(_line(value)))
    table.add_row("usable", Text(evidence.sufficiency.value, style=_STYLES[evidence.sufficiency]))
    return table


def _complete_text(completeness: Completeness) -> str:
    if completeness.complete is None:
        return "not stated"
    return "yes" if completeness.complete else f"no: {completeness.reason}"


def _elements(evidence: Evidence) -> Iterator[RenderableType]:
    for singular, elements in sorted(evidence.elements.items()):
        if not elements:
            continue
        yield Text(f"\n{len(elements)} {singular}{'' if len(elements) == 1 else 's'}", style="bold")
        known = kinds()[evidence.kind].elements[singular].fields
        labels = Counter(name for element in elements for name in element if name not in known)
        for label in sorted(labels):
            groups = sorted({str(element[label]) for element in elements if label in element})
            if 1 < len(groups) <= _MAX_GROUPS:
                yield Text(f"  every slice by {_line(label)}: {', '.join(map(_line, groups))}")


def _table(title: str, *heads: str) -> Table:
    table = Table(title=Text(title, style="bold"), title_justify="left", box=box.SIMPLE, show_header=any(heads))
    for head in heads:
        table.add_column(head, overflow="fold")
    return table


def _line(text: str) -> str:
    """Return a text out of a file on one line and without control characters."""
    return visible(text, 500)
