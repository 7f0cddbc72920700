"""Diagnostics for people, in the form of the better compilers.

error[PK101]: `refund.amont` is not a known fact
  --> triage.policy:12:8
   |
12 |   when refund.amont > 500 EUR
   |        ^^^^^^^^^^^^
   |
   = help: did you mean `refund.amount`?

1 error
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from policykit.source import pages
from policykit.source.diagnostic import Diagnostic, Label, Severity
from policykit.source.render._excerpt import Mark, Row, excerpt, place
from policykit.source.text import SourceFile
from policykit.source.visible import visible

MAX_SHOWN = 200
"""So many are written out for a person; the rest is counted."""
_RESET = "\x1b[0m"
_BOLD = "\x1b[1m"
_GUTTER = "\x1b[1;34m"
_COLOURS = {Severity.ERROR: "\x1b[1;31m", Severity.WARNING: "\x1b[1;33m", Severity.INFO: "\x1b[1;36m"}
_NOUNS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}


def render(diagnostics: Sequence[Diagnostic], *, colour: bool = False) -> str:
    """Return the diagnostics with quoted lines and a summary, or an empty text when there are none.

    Args:
        diagnostics: In the order in which they are shown.
        colour: Whether to use ANSI colours; only for a terminal.
    """
    if not diagnostics:
        return ""
    paint = _Paint(colour)
    blocks = ["\n".join(_block(diagnostic, paint)) for diagnostic in diagnostics[:MAX_SHOWN]]
    left = len(diagnostics) - MAX_SHOWN
    if left > 0:
        blocks.append(f"... and {left:,} more")
    return "\n\n".join([*blocks, "\n".join(filter(None, (summary(diagnostics), more(diagnostics))))]) + "\n"


def more(diagnostics: Sequence[Diagnostic]) -> str:
    """Return the line that names the pages of the codes, or nothing when none has a page."""
    codes = sorted({d.code for d in diagnostics if pages.page(d.code)})
    if not codes:
        return ""
    others = f"; the same goes for {', '.join(codes[1:])}" if len(codes) > 1 else ""
    return f"`policykit explain {codes[0]}` says more{others}"


def summary(diagnostics: Sequence[Diagnostic]) -> str:
    """Return `2 errors, 1 warning`, or `no findings`."""
    counts = [(sum(d.severity is severity for d in diagnostics), noun) for severity, noun in _NOUNS.items()]
    return ", ".join(f"{n:,} {noun}{'' if n == 1 else 's'}" for n, noun in counts if n) or "no findings"


class _Paint:
    """Wraps text in colours, or leaves it alone."""

    def __init__(self, enabled: bool) -> None:  # noqa: FBT001 - it is the object's one property
        self._enabled = enabled

    def __call__(self, style: str, text: str) -> str:
        return f"{style}{text}{_RESET}" if self._enabled and text else text


def _block(diagnostic: Diagnostic, paint: _Paint) -> Iterator[str]:
    colour = _COLOURS[diagnostic.severity]
    head = paint(colour, f"{_NOUNS[diagnostic.severity]}[{visible(diagnostic.code)}]")
    yield head + paint(_BOLD, f": {visible(diagnostic.message)}")
    groups = _excerpts(diagnostic)
    margin = max((len(str(row.number or "")) for _, rows in groups for row in rows), default=1)
    bar = paint(_GUTTER, " " * margin + " |")
    for index, (where, rows) in enumerate(groups):
        arrow = "-->" if index == 0 else ":::"
        yield f"{' ' * margin}{paint(_GUTTER, arrow)} {where}"
        if rows:
            yield bar
            yield from (_row(row, margin, bar, colour, paint) for row in rows)
    notes = list(_notes(diagnostic))
    if notes and any(rows for _, rows in groups):
        yield bar
    for name, text in notes:
        yield f"{' ' * margin} {paint(_GUTTER, '=')} {paint(_BOLD, name)}{visible(text)}"


def _excerpts(diagnostic: Diagnostic) -> list[tuple[str, list[Row]]]:
    """Return the places to show: the diagnostic's own file first, then each other file that a label lies in."""
    if diagnostic.source is None or diagnostic.place:
        return [(visible(diagnostic.place), [])] if diagnostic.place else []
    source, span = diagnostic.source, diagnostic.span
    own = [Mark(span, "^"), *_marks(diagnostic.labels, source, source)]
    groups = [(place(source, span), excerpt(source, own))]
    others = dict.fromkeys(label.source for label in diagnostic.labels if label.source not in {None, source})
    for other in others:
        if other is not None:
            marks = _marks(diagnostic.labels, other, source)
            groups.append((place(other, marks[0].span), excerpt(other, marks)))
    return groups


def _marks(labels: Sequence[Label], source: SourceFile, default: SourceFile) -> list[Mark]:
    return [Mark(label.span, "-", label.text) for label in labels if (label.source or default) == source]


def _row(row: Row, margin: int, bar: str, colour: str, paint: _Paint) -> str:
    if row.number is not None:
        return f"{paint(_GUTTER, f'{row.number:>{margin}} |')} {row.text}".rstrip()
    if row.mark is None:
        return paint(_GUTTER, row.text)
    style = colour if row.mark.character == "^" else _GUTTER
    return f"{bar} {paint(style, f'{row.text} {visible(row.mark.text)}'.rstrip())}"


def _notes(diagnostic: Diagnostic) -> Iterator[tuple[str, str]]:
    if diagnostic.expected:
        yield "expected ", diagnostic.expected
    if diagnostic.got:
        yield "got ", diagnostic.got
    if diagnostic.help:
        yield "help: ", diagnostic.help
    elif diagnostic.fix is not None:
        yield "help: ", f"write `{diagnostic.fix.replacement}`" if diagnostic.fix.replacement else "delete it"
