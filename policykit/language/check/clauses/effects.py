"""What rules want: each effect complete, and in a place where it can happen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from policykit.language import checked as c
from policykit.language import syntax as s
from policykit.language.check.amounts import seconds
from policykit.language.check.clauses.messages import message
from policykit.language.check.parts import each_once, roles
from policykit.language.check.scope import Place
from policykit.language.walk import positive_patterns
from policykit.source import Label
from policykit.vocabulary.types import Phase

_AFTER_DENY = frozenset({"redact", "pseudonymise", "use"})
"""Effects on a call that does not take place."""
_IN_VAIN = {"redact": frozenset({Phase.FAILURE}), "pseudonymise": frozenset({Phase.FAILURE, Phase.RESPONSE})}
"""Phases in which an effect changes nothing: a failure has no text, and the caller gets values put back."""


@dataclass(frozen=True, slots=True)
class Effects:
    """The effects of one rule, in the making."""

    place: Place
    when: c.Check | None
    broken: bool
    """Whether the condition is wrong, so that nothing can be said about its patterns."""


def then_effects(ctx: Effects, nodes: tuple[s.Effect, ...]) -> tuple[c.Effect, ...]:
    """Return the effects behind `then`; several add up."""
    _each_kind_once(ctx, nodes)
    effects = []
    for node in nodes:
        if isinstance(node, s.Allow):
            ctx.place.report.error(
                "PK312",
                "`allow` cannot stand behind `then`: a rule only ever restricts, and what no rule restricts is allowed",
                node.span,
                expected="`allow` behind `unknown` or `otherwise`",
            )
        elif isinstance(node, s.Ask) and not node.roles:
            _report_bare_ask(ctx, node)
        else:
            effects.append(_effect(ctx, node))
    return tuple(effects)


def unknown_effects(ctx: Effects, node: s.Effect, then: tuple[c.Effect, ...]) -> tuple[c.Effect, ...]:
    """Return what happens when the condition is unknown."""
    if not isinstance(node, s.Ask) or node.roles:
        return (_effect(ctx, node),)
    asks = tuple(effect for effect in then if effect.kind == "ask")
    if not asks:
        ctx.place.report.error(
            "PK311",
            "`unknown ask` repeats the rule's own `ask`, and the rule has none",
            node.span,
            expected="`ask ROLE, answer within ..., otherwise deny`",
        )
    return asks


def _effect(ctx: Effects, node: s.Effect) -> c.Effect:
    scope, place = ctx.place.scope, ctx.place
    match node:
        case s.Deny():
            return c.Effect("deny", message(place, node.message))
        case s.Warn():
            return c.Effect("warn", message(place, node.message))
        case s.Allow():
            return c.Effect("allow")
        case s.Ask():
            return _ask(ctx, node)
        case s.Use():
            each_once(place.report, node.fallbacks, "fallback")
            return c.Effect("use", fallbacks=tuple(scope.fallback(name) for name in node.fallbacks))
        case s.Pause():
            return pause(place, node)
        case s.Redact():
            return _taking_out(ctx, node, "redact")
        case s.Pseudonymise():
            return _taking_out(ctx, node, "pseudonymise")
        case _:
            assert_never(node)


def pause(place: Place, node: s.Pause) -> c.Effect:
    """Return a `pause` with the tool, the roles told and the time in which it takes hold."""
    within = seconds(place.scope, node.within, "the time until the pause") if node.within is not None else None
    tool = place.scope.tool(node.tool) if node.tool is not None else None
    return c.Effect("pause", roles=roles(place.scope, node.tell), seconds=within, tool=tool)


def _ask(ctx: Effects, node: s.Ask) -> c.Effect:
    if node.answer_within is None or node.otherwise is None:
        _report_bare_ask(ctx, node)
        return c.Effect("ask")
    within = seconds(ctx.place.scope, node.answer_within, "the time to answer")
    otherwise = None
    if isinstance(node.otherwise, s.Deny | s.Use | s.Allow):
        otherwise = _effect(ctx, node.otherwise)
    else:
        ctx.place.report.error(
            "PK310",
            "nothing else can happen when nobody answers",
            node.otherwise.span,
            expected="`deny`, `use ...` or `allow`",
        )
    return c.Effect("ask", roles=roles(ctx.place.scope, node.roles), seconds=within, otherwise=otherwise)


def _report_bare_ask(ctx: Effects, node: s.Ask) -> None:
    ctx.place.report.error(
        "PK310",
        "this `ask` does not say whom, how long, and what happens when nobody answers",
        node.span,
        expected="`ask ROLE, answer within 4 hours, otherwise deny`",
    )


def _taking_out(ctx: Effects, node: s.Effect, what: str) -> c.Effect:
    phases = ctx.place.phases
    if phases and phases <= _IN_VAIN[what]:
        on_failure = phases == {Phase.FAILURE}
        why = "a call that failed has no text to change" if on_failure else "the caller gets the values themselves back"
        places = "`request`, `tool input`, `tool output`" + ("" if what == "pseudonymise" else ", `response`")
        ctx.place.report.error(
            "PK328",
            f"`{what}` changes nothing here: {why}",
            node.span,
            expected=f"one of the phases {places}" + ("" if on_failure else ", or `redact`"),
            got=", ".join(f"`{phase}`" for phase in Phase if phase in phases),
        )
    return c.Effect(what, patterns=_patterns(ctx, node, what))


def _patterns(ctx: Effects, node: s.Effect, what: str) -> tuple[c.Pattern, ...]:
    patterns = tuple(dict.fromkeys(positive_patterns(ctx.when))) if ctx.when is not None else ()
    if not patterns and not ctx.broken:
        ctx.place.report.error(
            "PK313",
            f"nothing says what to {what}: the rule's condition looks for nothing in a text",
            node.span,
            expected="`when call.text contains any of ...` or `matches /.../`, not behind `not`",
        )
    return patterns


def _each_kind_once(ctx: Effects, nodes: tuple[s.Effect, ...]) -> None:
    seen: dict[str, s.Effect] = {}
    for kind, node in _kinds(nodes):
        first = seen.setdefault(kind, node)
        if first is not node and kind != "warn":
            ctx.place.report.error(
                "PK314",
                f"`{kind}` stands twice in this rule",
                node.span,
                labels=(Label(first.span, "first here"),),
                help="effects add up, so say each once",
            )
    if "redact" in seen and "pseudonymise" in seen:
        ctx.place.report.error(
            "PK314",
            "what is redacted cannot be pseudonymised too",
            seen["pseudonymise"].span,
            labels=(Label(seen["redact"].span, "already taken out here"),),
        )
    for kind in sorted(_AFTER_DENY & seen.keys()):
        if "deny" in seen:
            ctx.place.report.error(
                "PK314",
                f"`{kind}` can never happen, because this rule also says `deny`",
                seen[kind].span,
                labels=(Label(seen["deny"].span, "the call ends here"),),
            )


def _kinds(nodes: tuple[s.Effect, ...]) -> Iterator[tuple[str, s.Effect]]:
    """Yield each effect with the word that it begins with; pauses of different tools are different."""
    for node in nodes:
        if isinstance(node, s.Pause):
            yield (f"pause calls to {node.tool.text}" if node.tool is not None else "pause all calls"), node
        else:
            yield type(node).__name__.lower(), node
