"""Statements that are clauses, and their parts."""

from __future__ import annotations

from typing import Any

from policykit.language import syntax as s
from policykit.language.parse.actions.conditions import bare
from policykit.language.parse.actions.declarations import declare, once
from policykit.language.parse.actions.literals import length_in, plain_number
from policykit.language.parse.actions.reductions import Build, Context, Item, first, reduces, span_of
from policykit.language.parse.actions.trust import TRUST, unknown_trust
from policykit.source import Span


def needs(context: Context, what: str, span: Span, parts: dict[str, Any], *tags: str) -> bool:
    """Report the parts that a clause cannot do without; return whether all are there."""
    missing = [tag for tag in tags if tag not in parts]
    for tag in missing:
        context.report("PK029", f"{what} has no `{tag}`", span, expected=f"a line that begins with `{tag}`")
    context.dropped = context.dropped or bool(missing)
    return not missing


# --- parts --------------------------------------------------------------------------------------------------------


_SIMPLE = {
    "owner": "owner", "because": "because", "measure": "measure", "baseline": "baseline", "unknown": "unknown",
    "from_gate": "from", "until_gate": "until",
}  # fmt: skip
"""The parts that are a keyword and one value: by grammar rule, the tag that their clause reads."""


def _simple(tag: str) -> Build:
    def part(_context: Context, args: list[Any], span: Span) -> Item:
        return Item(tag, args[0], span)

    return part


for _rule, _tag in _SIMPLE.items():
    reduces(_rule)(_simple(_tag))


@reduces("before")
def before(_context: Context, args: list[Any], span: Span) -> Item:
    """Build `before launch and every 7 days after`."""
    return Item("before", s.Before(args[0], args[1] if len(args) > 1 else None, span), span)


@reduces("remedy")
def remedy(_context: Context, args: list[Any], span: Span) -> Item:
    """Build `remedy by ...`."""
    return Item("remedy", s.Remedy(args[0], args[1], args[2], span), span)


@reduces("on")
def on(_context: Context, args: list[Any], span: Span) -> Item:
    """Build `on request, response`."""
    return Item("on", args[0].value, span)


@reduces("trust")
def trust(_context: Context, args: list[Any], span: Span) -> Item:
    """Build the least trust of evidence."""
    return Item("trust", args[0], span)


@reduces("shown_by")
def shown_by(context: Context, args: list[Any], span: Span) -> Item:
    """Build `shown by ...`."""
    level = first(Item, args)
    evidence = tuple(a for a in args if isinstance(a, s.Name))
    if level and level.value.text not in TRUST:
        unknown_trust(context, level.value, evidence)
    return Item(
        "shown by",
        s.ShownBy(evidence, TRUST.get(level.value.text, "") if level else "", length_in(args), span),
        span,
    )


@reduces("applies")
def applies(_context: Context, args: list[Any], span: Span) -> Item:
    """Build `applies when ...`."""
    return Item("applies when", bare(args[0]), span)


@reduces("check")
def check(_context: Context, args: list[Any], span: Span) -> Item:
    """Build `check ...`."""
    return Item("check", bare(args[0]), span)


@reduces("no_older")
def no_older(_context: Context, args: list[Any], span: Span) -> Item:
    """Build `no older than ...`."""
    return Item("no older than", args[0], span)


@reduces("at_least")
def at_least(_context: Context, _args: list[Any], span: Span) -> Item:
    """Build the direction of a target that is a least value."""
    return Item("at least", None, span)


@reduces("at_most")
def at_most(_context: Context, _args: list[Any], span: Span) -> Item:
    """Build the direction of a target that is a greatest value."""
    return Item("at most", None, span)


@reduces("target")
def target(_context: Context, args: list[Any], span: Span) -> Item:
    """Build `target at least 70% by 2027-06-30`."""
    operator, value, *by = args
    return Item("target", (operator.tag, value, by[0] if by else None), span)


@reduces("report")
def report(_context: Context, _args: list[Any], span: Span) -> Item:
    """Build `report only`."""
    return Item("report only", value=True, span=span)


@reduces("when")
def when(context: Context, args: list[Any], span: Span) -> Item:
    """Build `when ..., with at least 200 calls`."""
    condition, *calls = args
    return Item("when", (bare(condition), plain_number(context, calls[0], span_of(calls[0])) if calls else None), span)


@reduces("then", "stop_then")
def then(_context: Context, args: list[Any], span: Span) -> Item:
    """Build `then ...`."""
    return Item("then", args[0], span)


@reduces("send")
def send(_context: Context, args: list[Any], span: Span) -> Item:
    """Build `send 5% of calls by ...`."""
    mode, share, by, *others = args
    return Item(mode.text, (mode.text, share, s.Ref(by.text, by.span), others[0] if others else None), span)


@reduces("resume")
def resume(_context: Context, args: list[Any], span: Span) -> Item:
    """Build `resume by ...`."""
    return Item("resume", args[0], span)


@reduces("approved")
def approved(_context: Context, args: list[Any], span: Span) -> Item:
    """Build `approved by ...`."""
    return Item("approved", args[0], span)


# --- effects ------------------------------------------------------------------------------------------------------


@reduces("deny")
def deny(_context: Context, args: list[Any], span: Span) -> s.Deny:
    """Build `deny`."""
    return s.Deny(first(s.Text, args), span)


@reduces("ask")
def ask(_context: Context, args: list[Any], span: Span) -> s.Ask:
    """Build `ask ...`."""
    if not args:
        return s.Ask(span=span)
    return s.Ask(args[0], args[1], args[2], span)


@reduces("redact")
def redact(_context: Context, _args: list[Any], span: Span) -> s.Redact:
    """Build `redact`."""
    return s.Redact(span)


@reduces("pseudonymise")
def pseudonymise(_context: Context, _args: list[Any], span: Span) -> s.Pseudonymise:
    """Build `pseudonymise`."""
    return s.Pseudonymise(span)


@reduces("use")
def use(_context: Context, args: list[Any], span: Span) -> s.Use:
    """Build `use ..., otherwise ...`."""
    return s.Use(tuple(args), span)


@reduces("warn")
def warn(_context: Context, args: list[Any], span: Span) -> s.Warn:
    """Build `warn`."""
    return s.Warn(first(s.Text, args), span)


@reduces("allow")
def allow(_context: Context, _args: list[Any], span: Span) -> s.Allow:
    """Build `allow`."""
    return s.Allow(span)


@reduces("pause_all", "pause_tool")
def paused(_context: Context, args: list[Any], span: Span) -> Item:
    """Build what is paused: all calls, or those to a tool."""
    return Item("paused", first(s.Name, args), span)


@reduces("pause")
def pause(_context: Context, args: list[Any], span: Span) -> s.Pause:
    """Build `pause ...`."""
    told = [a for a in args if isinstance(a, tuple) and not isinstance(a, Item)]
    return s.Pause(args[0].value, length_in(args), told[0] if told else (), span)


# --- clauses ------------------------------------------------------------------------------------------------------


@reduces("section")
def section(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `section ...` with its defaults."""
    name, title, *items = args
    p = once(context, items)
    return declare(
        context, s.Section(name, title, p.get("owner", ()), p.get("before"), p.get("remedy"), p.get("on", ()), span)
    )


@reduces("requirement")
def requirement(context: Context, args: list[Any], span: Span) -> s.Statement | None:
    """Build a requirement."""
    id_, title, *items = args
    p = once(context, items)
    if not needs(context, f"requirement `{id_.text}`", id_.span, p, "check"):
        return None
    return declare(
        context,
        s.Requirement(
            id_, title, p["check"], p.get("because"), p.get("owner", ()), p.get("shown by"), p.get("before"),
            p.get("applies when"), p.get("remedy"), span,
        ),
    )  # fmt: skip


@reduces("scorecard")
def scorecard(context: Context, args: list[Any], span: Span) -> s.Statement | None:
    """Build a scorecard line."""
    id_, title, *items = args
    p = once(context, items)
    if not needs(context, f"scorecard `{id_.text}`", id_.span, p, "measure", "baseline", "target"):
        return None
    operator, value, by = p["target"]
    measure = s.Ref(p["measure"].text, p["measure"].span)
    return declare(
        context,
        s.Scorecard(
            id_, title, measure, p["baseline"], operator, value, by, p.get("because"), p.get("owner", ()),
            p.get("shown by"), p.get("before"), p.get("report only", False), span,
        ),
    )  # fmt: skip


@reduces("rule")
def rule(context: Context, args: list[Any], span: Span) -> s.Statement | None:
    """Build a rule; several `then` lines add up."""
    id_, title, *items = args
    effects = tuple(i.value for i in items if i.tag == "then")
    p = once(context, [i for i in items if i.tag != "then"])
    if effects:
        p["then"] = effects
    if not needs(context, f"rule `{id_.text}`", id_.span, p, "then"):
        return None
    condition, calls = p.get("when", (None, None))
    return declare(
        context,
        s.Rule(
            id_, title, p.get("on", ()), condition, effects, p.get("unknown"), calls, p.get("because"),
            p.get("owner", ()), p.get("remedy"), span,
        ),
    )  # fmt: skip


@reduces("rollout")
def rollout(context: Context, args: list[Any], span: Span) -> s.Statement | None:
    """Build a rollout."""
    id_, title, *items = args
    p = once(context, [Item("send", i.value, i.span) if i.tag == "shadow" else i for i in items])
    if not needs(context, f"rollout `{id_.text}`", id_.span, p, "send"):
        return None
    mode, share, by, others = p["send"]
    return declare(
        context,
        s.Rollout(
            id_, title, mode, share, by, others, p.get("from"), p.get("until"), p.get("because"),
            p.get("owner", ()), span,
        ),
    )  # fmt: skip


@reduces("stop")
def stop(context: Context, args: list[Any], span: Span) -> s.Statement | None:
    """Build a stop condition."""
    id_, title, *items = args
    p = once(context, items)
    if not needs(context, f"stop `{id_.text}`", id_.span, p, "when", "then", "resume"):
        return None
    condition, calls = p["when"]
    return declare(
        context,
        s.Stop(
            id_, title, condition, p["then"], p["resume"], calls, p.get("because"), p.get("owner", ()),
            p.get("shown by"), p.get("from"), p.get("unknown", ()), span,
        ),
    )  # fmt: skip


@reduces("waive")
def waive(context: Context, args: list[Any], span: Span) -> s.Statement | None:
    """Build a waiver."""
    clause, through, *items = args
    p = once(context, items)
    if not needs(context, f"the waiver of `{clause.text}`", clause.span, p, "because", "approved"):
        return None
    return declare(context, s.Waive(clause, through, p["because"], p["approved"], span))


@reduces("sign_off")
def sign_off(context: Context, args: list[Any], span: Span) -> s.Statement:
    """Build `sign-off for ... by ...`."""
    gate, *quorum, roles = args
    least = plain_number(context, quorum[0], span_of(quorum[0])) if quorum else None
    return declare(context, s.SignOff(gate, roles, least, span))


@reduces("tighten")
def tighten(context: Context, args: list[Any], span: Span) -> s.Statement | None:
    """Build `tighten ...`."""
    clause, *items = args
    p = once(context, items)
    if not p:
        context.report(
            "PK029", f"`tighten {clause.text}` says nothing", clause.span, expected="`check ...` or `no older than ...`"
        )
        context.dropped = True
        return None
    return declare(context, s.Tighten(clause, p.get("check"), p.get("no older than"), span))


@reduces("replace")
def replace(context: Context, args: list[Any], span: Span) -> s.Statement | None:
    """Build `replace ...`."""
    clause, *items = args
    p = once(context, items)
    if not needs(context, f"`replace {clause.text}`", clause.span, p, "check", "because", "approved"):
        return None
    return declare(context, s.Replace(clause, p["check"], p["because"], p["approved"], p.get("no older than"), span))
