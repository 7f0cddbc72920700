"""Text -> syntax tree, with every mistake of the file in one run.

After a mistake, reading goes on at the next line that begins with a statement's keyword. Nothing here recurses, so no
depth of nesting can exhaust the stack; nesting deeper than `MAX_DEPTH` is an error, which later passes rely on.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass

from lark import Token, UnexpectedInput

from policykit.language import syntax as s
from policykit.language.parse.actions.reductions import Context
from policykit.language.parse.depth import MAX_DEPTH, deep_brackets, too_deep
from policykit.language.parse.faults import Fault, Reading, read
from policykit.language.parse.grammar import LOCK, STATEMENTS, callbacks, reserved_words
from policykit.language.parse.mistakes import mistake_of
from policykit.source import Diagnostic, SourceFile, Span, in_order, nearest

MAX_LENGTH = 1 << 20
"""Characters of a policy or pack; a thousand clauses take a quarter of it. Commands end within seconds up to there."""

MAX_MISTAKES = 50
"""Reading stops after so many mistakes of syntax: what follows is hardly worth a person's time."""

MAX_SEARCHES = 500
"""So many words at the beginning of lines are compared with the statements' keywords, and no more."""

_NEXT = re.compile(rf"^(?:[ \t]*(?:{'|'.join(STATEMENTS)})(?=[\s\"])|[a-z][a-z_-]*\b)", re.MULTILINE)
"""A statement's keyword at the beginning of a line; or, not indented, a word that may be a misspelt one."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """What could be read, and what could not."""

    tree: s.Tree
    diagnostics: tuple[Diagnostic, ...]
    complete: bool
    """Whether every statement is in the tree; if not, names may seem undeclared only because of an earlier mistake."""


def parse(source: SourceFile) -> Parsed:
    """Return the syntax tree of a file and everything that is wrong with its form.

    Args:
        source: text without bidirectional controls and the like, as `policykit.source.reading` lets through.
    """
    context = Context(source)
    bracket = deep_brackets(source.text)
    if bracket is not None:
        context.report("PK023", f"brackets nest deeper than {MAX_DEPTH}", bracket, help="use `let` to name a part")
        return Parsed(s.Tree(source, (), ()), tuple(context.diagnostics), complete=False)
    if len(source.text) > MAX_LENGTH:
        context.report(
            "PK038", f"a policy of more than {MAX_LENGTH:,} characters", Span(0, 1), got=f"{len(source.text):,}",
            help="divide it into packs, and `include` them",
        )  # fmt: skip
        return Parsed(s.Tree(source, (), ()), tuple(context.diagnostics), complete=False)
    with LOCK:
        callbacks().context = context
        try:
            complete = _read(context)
        finally:
            callbacks().context = None
    statements = tuple(_shallow(context))
    complete = complete and not context.dropped and len(statements) == len(context.statements)
    tree = s.Tree(source, statements, _comments(context))
    return Parsed(tree, in_order(context.diagnostics), complete)


def _read(context: Context) -> bool:
    """Read statement after statement; return whether all were understood."""
    text = context.source.text
    at, mistakes = 0, 0
    while at < len(text):
        reading = read(text, at)
        if reading.fault is None:
            break
        mistakes += 1
        context.diagnostics.append(mistake_of(context.source, reading.fault))
        _finish(context, reading, reading.fault)
        at = _resume(context, at, min(reading.fault.start, len(text)))
        if mistakes >= MAX_MISTAKES:
            return False
    return mistakes == 0


def _finish(context: Context, reading: Reading, fault: Fault) -> None:
    """Keep the statement before the mistake when it is whole as it stands: the mistake then begins a line.

    What a statement lacks may stand behind the mistake, so that is not reported; and half a line (`let x = 0` of
    `let x = 0,35 GBP`) says something else than was meant, so it is left out.
    """
    text = context.source.text
    if text[text.rfind("\n", 0, fault.start) + 1 : fault.start].strip():
        context.dropped = True
        return
    reported = len(context.diagnostics)
    with suppress(UnexpectedInput):
        reading.parser.feed_eof()
    context.diagnostics[reported:] = [d for d in context.diagnostics[reported:] if d.code != "PK029"]


def _resume(context: Context, began: int, mistake: int) -> int:
    """Return where the next statement begins: behind the mistake, or at it when it is itself a statement's keyword."""
    line = context.source.text.rfind("\n", began, mistake) + 1
    found = _NEXT.search(context.source.text, max(line, began))
    while found is not None and not _is_behind(context, found, began, mistake):
        found = _NEXT.search(context.source.text, found.end())
    return found.start() if found else len(context.source.text)


def _is_behind(context: Context, found: re.Match[str], began: int, mistake: int) -> bool:
    """Whether a keyword begins a statement that has not been read yet."""
    word = found.group().strip()
    keyword = found.end() - len(word)
    if word not in STATEMENTS:  # perhaps a misspelt one; at the mistake itself it was reported already
        return keyword > mistake and _is_misspelt(context, word)
    done = max((n.span.end for n in context.statements[-1:]), default=0)
    first = context.source.text[began:keyword].strip() == ""
    return keyword >= max(done, mistake) and not first


def _is_misspelt(context: Context, word: str) -> bool:
    """Whether a word is nearly a statement's; asked only so often in a file, since each answer costs a search."""
    if word in reserved_words() or context.searches >= MAX_SEARCHES:
        return False
    context.searches += 1
    return nearest(word, STATEMENTS) is not None


def _shallow(context: Context) -> list[s.Statement]:
    """Leave out statements that nest too deeply, reporting each."""
    kept: list[s.Statement] = []
    for statement in context.statements:
        if too_deep(statement):
            context.report(
                "PK023",
                f"conditions nest deeper than {MAX_DEPTH}",
                statement.span,
                help="use `let` to name a part, or several clauses",
            )
        else:
            kept.append(statement)
    return kept


def _comments(context: Context) -> tuple[s.Comment, ...]:
    by_start: dict[int, Token] = {t.start_pos: t for t in context.comments if t.start_pos is not None}
    return tuple(_comment(context.source, start, str(token)) for start, token in sorted(by_start.items()))


def _comment(source: SourceFile, start: int, text: str) -> s.Comment:
    line_start = source.text.rfind("\n", 0, start) + 1
    own_line = source.text[line_start:start].strip() == ""
    kept = text.rstrip()
    return s.Comment(kept, own_line, Span(start, start + len(kept)))
