"""Tests that a policy brings along."""

from __future__ import annotations

from typing import Any

from policykit.language import syntax as s
from policykit.language.parse.actions.clauses import needs
from policykit.language.parse.actions.declarations import declare, once
from policykit.language.parse.actions.reductions import Context, Item, every, reduces
from policykit.source import Span


@reduces("given_value", "given_missing")
def given_one(_context: Context, args: list[Any], span: Span) -> s.Given:
    """Build one fact of a test."""
    return s.Given(args[0], args[1] if len(args) > 1 else None, span)


@reduces("given")
def given(_context: Context, args: list[Any], span: Span) -> Item:
    """Build the facts of a test."""
    return Item("given", every(s.Given, args), span)


@reduces("expect_allow", "expect_unknown", "expect_silent")
def expect_phrase(context: Context, args: list[Any], span: Span) -> s.Expect:
    """Build an expectation whose verb is a phrase."""
    clause = args[0] if args else None
    start = clause.span.end if clause else span.start
    return s.Expect(" ".join(context.words(Span(start, span.end))), clause, None, span)


@reduces("expect_verb")
def expect_verb(_context: Context, args: list[Any], span: Span) -> s.Expect:
    """Build `HUMAN-1 asks claims_duty`."""
    clause, verb, *object_ = args
    return s.Expect(verb.text, clause, object_[0] if object_ else None, span)


@reduces("expect")
def expect(_context: Context, args: list[Any], span: Span) -> Item:
    """Build what a test expects."""
    return Item("expect", every(s.Expect, args), span)


@reduces("test")
def test(context: Context, args: list[Any], span: Span) -> s.Statement | None:
    """Build a test."""
    name, *items = args
    p = once(context, items)
    if not needs(context, f"test `{name.value}`", name.span, p, "expect"):
        return None
    phases = p.get("on", ())
    if len(phases) > 1:
        context.report("PK031", "a test runs in one phase", phases[1].span, help="write one test a phase")
    return declare(context, s.Test(name, p.get("given", ()), p["expect"], phases[0] if phases else None, span))
