"""Messages with `{fact}` placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterable

from policykit.language import syntax as s
from policykit.language.check.logic.names import known_here
from policykit.language.check.report import Report
from policykit.language.check.scope import Place
from policykit.source import Span

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


def message(place: Place, node: s.Text | None) -> str:
    """Return a message whose placeholders all name facts that are known here; others are reported."""
    if node is None:
        return ""
    raw, at = place.report.source.quote(node.span), 0
    for found in _PLACEHOLDER.finditer(node.value):
        start = raw.find(found[0], at)
        at = max(start, at)
        begin = node.span.start + start
        # an escape inside of the braces hides them from the raw text
        _placeholder(place, found[1], node.span if start < 0 else Span(begin, begin + len(found[0])))
        at += start >= 0
    if "{" in (rest := _PLACEHOLDER.sub("", node.value)) or "}" in rest:
        place.report.error(
            "PK124",
            "a brace in this message has no counterpart",
            node.span,
            expected="`{` and `}` around the name of a fact",
        )
    return node.value


def warn_of_quotes(report: Report, searched: frozenset[str], nodes: Iterable[s.Effect]) -> None:
    """Warn of messages that quote a fact in which their own rule looks for what must not be seen."""
    for node in nodes:
        said = node.message if isinstance(node, s.Deny | s.Warn) else None
        if said is None:
            continue
        for name in dict.fromkeys(_PLACEHOLDER.findall(said.value)):
            if name in searched:
                report.warn(
                    "PK329",
                    f"the message quotes `{name}`, in which this rule looks for what must not be seen",
                    said.span,
                    help=f"leave `{{{name}}}` out: messages end in logs; the rule's identifier says enough",
                )


def _placeholder(place: Place, name: str, span: Span) -> None:
    scope = place.scope
    fact = scope.fact(name)
    if name in scope.facts:
        scope.facts.find(s.Name(name, span))
    elif fact is None:
        known = {*scope.vocabulary.facts, *scope.facts.entries}
        place.report.error(
            "PK124",
            f"the message names `{name}`, which is no fact",
            span,
            expected="a built-in or declared fact between braces",
            help=place.report.suggest(name, known) or "a message shows facts of the call, such as `{call.model}`",
        )
    if fact is not None:
        known_here(place, fact, s.Ref(name, span))
