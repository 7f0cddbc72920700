"""Texts that can only be one of the declared words: the name of a tool.

A comparison with a tool that is not declared is never true, so that the rule never acts while it seems to.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from policykit.language import checked as c
from policykit.language.check.scope import Place
from policykit.language.check.wording import distance_at_most_two, listed
from policykit.source import Span

_TOOL_NAME = "tool.name"
_ON_OFFER = "call.tools"
_MCP_METHODS = frozenset(
    {
        "get_prompt",
        "initialize",
        "instructions",
        "list_prompts",
        "list_resource_templates",
        "list_resources",
        "list_tools",
        "read_resource",
    }
)
"""What an MCP server says without a tool call is checked under these names. Source: docs/guard.md, on MCP."""


def check_equal(place: Place, value: c.Operand, constant: c.Constant) -> bool:
    """Return whether a value can be equal to a text; report it when it is a tool's name and no tool bears it."""
    text = constant.value
    if not _is_closed(place, value, constant.name) or not isinstance(text, str):
        return True
    scope = place.scope
    if text in scope.tools.entries or text in _MCP_METHODS:
        return True
    tools = scope.tools.entries
    near = place.report.nearest(text, tools)
    place.report.error(
        "PK128",
        f'no tool is called "{text}", so this comparison always gives the same answer',
        constant.span,
        expected=f"a declared tool: {listed(list(tools)[:8], 'or')}" if tools else "a declared tool; there is none",
        got=f'"{text}"',
        help=f'did you mean "{near}"?' if near else f'declare it: `tool {_word(text)} "..."`',
    )
    return False


def _word(text: str) -> str:
    """Return a text as a name that may be declared, or the placeholder."""
    return text if re.fullmatch("[a-z][a-z0-9_]{0,60}", text) else "NAME"


def _is_closed(place: Place, value: c.Operand, parameter: str = "") -> bool:
    """Return whether a value is a tool's name, compared with a text of this file.

    An include may give a parameter the name of a tool that only its own file declares.
    """
    return isinstance(value, c.FactRead) and value.name == _TOOL_NAME and parameter not in place.scope.parameters


def warn_near_tool(place: Place, value: c.Operand, texts: Iterable[c.Constant | None]) -> None:
    """Warn of a text that is nearly a declared tool, where the tools on offer are searched; others are not declared."""
    if not isinstance(value, c.FactRead) or value.name != _ON_OFFER:
        return
    tools = place.scope.tools.entries
    for text in texts:
        if text is None or text.value in tools or text.name in place.scope.parameters:
            continue
        near = place.report.nearest(str(text.value), tools)
        if near is not None and distance_at_most_two(str(text.value), near):
            place.report.warn(
                "PK156",
                f'no tool is called "{text.value}", while a tool is called "{near}"',
                text.span,
                help=f'did you mean "{near}"? If another tool is meant, declare it',
            )


def check_affix(place: Place, value: c.Operand, where: str, constant: c.Constant) -> bool:
    """Return whether a tool can have a name that starts or ends so; report it when none does."""
    text = str(constant.value)
    if not _is_closed(place, value, constant.name):
        return True
    test = str.startswith if where.startswith("start") else str.endswith
    return _some_tool(
        place, f'"{text}"', any(test(name, text) for name in _names(place)), constant.span, f"{where} with"
    )


def check_pattern(place: Place, value: c.Operand, pattern: c.Pattern, span: Span) -> bool:
    """Return whether a tool's name can hold what is looked for; report it when none does."""
    if not _is_closed(place, value) or pattern.detector:
        return True
    if pattern.text is not None:
        folded = pattern.text.casefold()
        return _some_tool(place, pattern.name, any(folded in name for name in _names(place)), span, "contains")
    matches = [re.compile(regex) for regex in pattern.regexes if _compiles(regex)]
    if len(matches) < len(pattern.regexes):
        return True
    found = any(regex.search(name) for regex in matches for name in _names(place))
    return _some_tool(place, f"`{pattern.name}`", found, span, "matches")


def _compiles(regex: str) -> bool:
    """Return whether Python reads a pattern as the engine does; where in doubt, nothing is refused."""
    return re.fullmatch(r"[A-Za-z0-9_^$.|-]{1,200}", regex) is not None


def _names(place: Place) -> tuple[str, ...]:
    return (*place.scope.tools.entries, *_MCP_METHODS)


def _some_tool(place: Place, wanted: str, found: bool, span: Span, test: str) -> bool:  # noqa: FBT001 - the answer
    if found:
        return True
    tools = list(place.scope.tools.entries)
    place.report.error(
        "PK128",
        f"no tool has a name that {test} {wanted}, so this test always gives the same answer",
        span,
        expected=f"part of a declared tool's name: {listed(tools[:8], 'or')}" if tools else "a declared tool",
        help="declare the tool that is meant, or correct the text",
    )
    return False
