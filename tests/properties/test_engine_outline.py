"""The outline of a policy says what its definition says, whether compiled just now or taken from bytes of the cache."""

from __future__ import annotations

import marshal
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace

from hypothesis import given
from hypothesis import strategies as st

from policykit.engine.compile import compiled
from policykit.engine.policy import Policy
from policykit.language import checked as c
from policykit.vocabulary.fields import Field
from policykit.vocabulary.types import COUNT, TEXT
from tests.strategies import EFFECTS, TYPES, conditions, policy_of, rule_sets

names = st.lists(st.sampled_from(["one", "two", "three"]), unique=True, max_size=3)
several = names.map(tuple)
effects = st.one_of(
    st.sampled_from(EFFECTS),
    st.builds(c.Effect, st.just("pause"), tool=st.sampled_from([None, "ledger", "mail"])),
    st.builds(c.Effect, st.just("use"), fallbacks=several),
    st.builds(
        c.Effect, st.just("ask"), otherwise=st.builds(c.Effect, st.just("use"), fallbacks=several), roles=several
    ),
    st.builds(c.Effect, st.just("warn"), message=st.sampled_from(["{call.team}", "{call.nothing} {", "{{call.kind}}"])),
)
windows = st.builds(
    c.WindowRead,
    st.just("count of calls today"),
    st.just("count"),
    st.none(),
    st.none(),
    st.none() | conditions,
    st.none(),
    st.just("today"),
    st.none() | st.just(c.FactRead("call.team", TEXT)),
    st.just(COUNT),
)


@st.composite
def checked_policies(draw: st.DrawFn) -> c.CheckedPolicy:
    """Rules with more effects than one and with windows, rollouts, stops and declared names."""
    rules = []
    for rule in draw(rule_sets()):
        when = rule.when
        if draw(st.booleans()):
            over = c.Compare(">", draw(windows), c.Constant(3, COUNT))
            when = over if when is None else c.Or((c.Not(when), over))
        more = {"then": tuple(draw(st.lists(effects, min_size=1, max_size=3))), "unknown": (draw(effects),)}
        rules.append(replace(rule, when=when, **(more if draw(st.booleans()) else {})))
    words = {"title": "", "because": "", "section": "", "owners": ()}
    stop = c.Stop(id="S-1", when=c.Supplied(draw(windows)), pause=draw(effects), resume_by=draw(several), **words)
    rollout = c.Rollout(id="O-1", mode="send", share=0, by=c.FactRead("call.team", TEXT), others=draw(several), **words)
    declared = {name: c.Declared(name, name) for name in draw(names)}
    policy = policy_of(tuple(rules), draw(st.sampled_from([(), (stop,)])))
    return replace(
        policy,
        tools=declared,
        fallbacks=declared,
        gates=declared,
        roles={name: c.Role(name, "us", name) for name in draw(names)},
        rollouts=draw(st.sampled_from([(), (rollout,)])),
        facts={**policy.facts, **{name: Field(name, TEXT, words=name) for name in draw(names)}},
    )


def nodes(value: object, kind: type) -> Iterator[object]:
    """Every node of a kind inside of a value, by nothing but the shape of the tree; windows and quantifiers are closed."""
    if isinstance(value, kind):
        yield value
    if isinstance(value, tuple):
        for item in value:
            yield from nodes(item, kind)
    elif is_dataclass(value) and not isinstance(value, c.WindowRead | c.Quantified):
        for field in fields(value):
            yield from nodes(getattr(value, field.name), kind)


def sought(rule: c.Rule) -> Mapping[str, set[tuple[object, ...]]]:
    found: dict[str, set[tuple[object, ...]]] = {}
    for node in nodes(rule.when, c.ContainsPattern):
        found.setdefault(node.value.name, set()).update((p.name, p.detector, p.regexes, p.text) for p in node.patterns)
    return found


def quoted(rule: c.Rule, facts: Mapping[str, object]) -> set[str]:
    messages = [effect.message for effect in (*rule.then, *rule.unknown)]
    return {name for text in messages for name in re.findall(r"\{([a-z][a-z0-9_.]*)\}", text) if name in facts}


@given(checked=checked_policies())
def test_the_outline_agrees_with_the_definition(checked):
    program = marshal.loads(marshal.dumps(compiled(checked)))
    policy = Policy(program)
    outline = policy.outline
    assert outline == Policy(compiled(checked)).outline
    assert policy.checked == checked
    for kind in ("facts", "roles", "gates", "tools", "fallbacks"):
        assert getattr(outline, kind) == tuple(getattr(checked, kind))
    assert [rule.id for rule in outline.rules] == [rule.id for rule in checked.rules]
    for short, rule in zip(outline.rules, checked.rules, strict=True):
        acting = (*rule.then, *rule.unknown)
        used = [name for effect in nodes(acting, c.Effect) for name in effect.fallbacks]
        assert short.phases == {phase.value for phase in rule.phases}
        assert short.effects == {effect.kind for effect in acting}
        counted = {"call.time"} if any(nodes(rule.when, c.FromNow)) else set()
        assert short.reads == counted | {read.name for read in nodes(rule.when, c.FactRead)}
        assert short.quoted == quoted(rule, checked.facts)
        assert list(short.fallbacks) == list(dict.fromkeys(used))
        assert short.tools == {effect.tool for effect in acting if effect.tool}
        assert {fact: set(patterns) for fact, patterns in short.patterns} == sought(rule)
    assert outline.rollouts == tuple((each.id, each.by.name, each.others) for each in checked.rollouts)
    assert outline.stops == tuple(
        (each.id, each.pause.tool or "", each.resume_by, each.is_of_record) for each in checked.stops
    )


@given(checked=checked_policies())
def test_a_rule_that_reads_a_fact_reads_it_in_each_of_its_phases(checked):
    policy = Policy(compiled(checked))
    for phase in policy.phases:
        read = {name for rule in policy.outline.rules if phase in rule.phases for name in rule.reads}
        assert policy.reads(phase) == read
        assert set(TYPES) | set(checked.facts) >= read
