"""Hypothesis strategies for syntax trees: everything that the parser can return, and nothing else."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import strategies as st

from policykit.language import syntax as s
from policykit.language.parse.grammar import reserved_words
from policykit.source import SourceFile

_NO_CONTROL = st.characters(exclude_categories=("Cc", "Cs", "Cf", "Zl", "Zp"))
_WORD = st.from_regex(r"[a-z][a-z0-9_]{0,7}", fullmatch=True).filter(lambda word: word not in reserved_words())

plain_names = _WORD.map(s.Name)
pack_names = (
    st.from_regex(r"[a-z][a-z0-9]{0,4}(-[a-z0-9]{1,4}){0,2}", fullmatch=True)
    .filter(lambda word: word not in reserved_words() and word != "sign-off")
    .map(s.Name)
)
policy_names = (
    st.from_regex(r"[a-z][a-z0-9_]{0,4}([.-][a-z0-9_]{1,4}){0,3}", fullmatch=True)
    .filter(lambda word: word not in reserved_words() and word != "sign-off")
    .map(s.Name)
)
dotted_words = st.lists(_WORD, min_size=1, max_size=3).map(".".join)
dotted_names = dotted_words.map(s.Name)
clause_ids = st.from_regex(r"[A-Z][A-Z0-9]{0,4}(-[A-Z0-9]{1,3}){0,1}-[0-9]{1,3}", fullmatch=True).map(s.Name)
clause_refs = clause_ids | st.builds(lambda pack, id_: s.Name(f"{pack.text}/{id_.text}"), pack_names, clause_ids)
names_1 = st.lists(plain_names, min_size=1, max_size=4).map(tuple)
phases = st.sampled_from(["request", "response", "tool input", "tool output", "failure"]).map(s.Name)
texts = st.text(st.one_of(_NO_CONTROL, st.sampled_from('"\\\n\t#/ ')), max_size=20).map(s.Text)
refs = dotted_words.map(s.Ref)
plain_refs = _WORD.map(s.Ref)

_REGEX_ATOM = st.one_of(
    _NO_CONTROL.filter(lambda char: char not in "\\\n"),
    st.sampled_from(["\\\\", "\\d", "\\.", "/", '"', "#", "[0-9]{8}"]),
)
regexes = st.lists(_REGEX_ATOM, min_size=1, max_size=6).map("".join).map(s.Regex)

UNITS = ["", "%", "percentage points", "ms", "seconds", "minutes", "hours", "days", "weeks", "EUR", "USD", "JPY"]
decimals = (
    st.decimals(min_value=0, max_value=Decimal(10) ** 40, allow_nan=False, allow_infinity=False, places=None)
    .filter(lambda value: len(f"{value:f}") <= 60)
    .map(abs)
)
counts = st.integers(0, 10**9).map(lambda n: s.Number(Decimal(n)))
quantities = st.builds(s.Number, st.one_of(st.integers(0, 10**6).map(Decimal), decimals), st.sampled_from(UNITS))
durations = st.builds(s.Number, st.integers(1, 5000).map(Decimal), st.sampled_from(UNITS[3:9]))
negatives = quantities.map(lambda number: s.Number(number.value.copy_negate(), number.unit))
yes_no = st.booleans().map(s.YesNo)
dates = st.dates().map(lambda d: s.Moment(s.MomentKind.DATE, d.isoformat()))
moments = st.one_of(
    dates,
    st.times().map(lambda t: s.Moment(s.MomentKind.TIME, t.strftime("%H:%M"))),
    st.datetimes().map(lambda t: s.Moment(s.MomentKind.INSTANT, f"{t:%Y-%m-%dT%H:%M:%SZ}".rjust(20, "0"))),
)
literals = st.one_of(texts, quantities, negatives, yes_no, moments)


def _windows() -> st.SearchStrategy[s.Window]:
    period = st.one_of(
        st.fixed_dictionaries({"last": durations}),
        st.fixed_dictionaries({"period": st.sampled_from(s.Period)}),
        st.just({}),
    )
    tail = st.tuples(st.none() | simple_conditions, period, st.none() | refs)
    subject = st.one_of(
        st.tuples(st.just("count"), st.none(), st.none() | plain_names),
        st.tuples(st.just("share"), st.none(), st.none()),
        st.tuples(st.sampled_from(["sum", "mean", "min", "max", "p95", "p99.9"]), refs, st.none()),
    )
    return st.builds(
        lambda sub, rest: s.Window(sub[0], sub[1], sub[2], where=rest[0], per=rest[2], **rest[1]), subject, tail
    )


def _expressions(inner: st.SearchStrategy[s.Expression]) -> st.SearchStrategy[s.Expression]:
    return st.one_of(
        st.builds(s.Arithmetic, st.sampled_from("+-*"), inner, inner),
        st.lists(inner, max_size=3).map(tuple).map(s.ListOf),
        st.builds(s.FromNow, durations | plain_refs, st.sampled_from(["ago", "from now"])),
        _windows(),
    )


def _tests(inner: st.SearchStrategy[s.Expression]) -> st.SearchStrategy[s.Condition]:
    return st.one_of(
        st.builds(s.Compare, st.sampled_from(["<", "<=", ">", ">=", "is", "is not"]), inner, inner),
        st.builds(s.Compare, st.just("is"), plain_refs, literals),
        st.builds(s.Between, inner, inner, inner),
        st.builds(s.In, inner, inner, st.booleans()),
        st.builds(
            s.Contains,
            inner,
            st.sampled_from(["any", "all"]),
            st.lists(refs | texts, min_size=1, max_size=3).map(tuple),
        ),
        st.builds(s.Affix, inner, st.sampled_from(["starts", "ends"]), inner),
        st.builds(s.Matches, inner, regexes),
        st.builds(s.Supplied, refs, st.booleans()),
        st.builds(
            s.ClauseSays, clause_refs, st.sampled_from(["passes", "fails", "is unknown", "is met", "is not met"])
        ),
    )


def _joined(kind: type[s.And | s.Or], inner: st.SearchStrategy[s.Condition]) -> st.SearchStrategy[s.Condition]:
    """Conjunctions hold no conjunctions of their own: the parser flattens them."""
    items = st.lists(inner.filter(lambda item: not isinstance(item, kind)), min_size=2, max_size=3)
    return items.map(tuple).map(kind)


def _conditions(inner: st.SearchStrategy[s.Expression]) -> st.SearchStrategy[s.Condition]:
    def extend(children: st.SearchStrategy[s.Condition]) -> st.SearchStrategy[s.Condition]:
        quantifier = st.sampled_from(["every", "some", "no"])
        return st.one_of(
            _joined(s.And, children),
            _joined(s.Or, children),
            children.map(s.Not),
            st.builds(s.Quantified, quantifier, plain_names, plain_names, children),
            st.builds(
                s.Quantified, st.sampled_from(["at least", "at most"]), plain_names, plain_names, children, count=counts
            ),
            st.builds(
                s.Quantified,
                quantifier,
                st.just(s.Name("slice")),
                plain_names,
                children,
                dotted_names,
                st.none() | inner,
            ),
        )

    return st.recursive(_tests(inner), extend, max_leaves=4)


_leaves = st.one_of(literals, refs)
_all_simple_conditions = _conditions(_leaves)
simple_conditions = st.deferred(lambda: _all_simple_conditions)
_all_expressions = st.recursive(_leaves, _expressions, max_leaves=3)
expressions = st.deferred(lambda: _all_expressions)
_all_conditions = _conditions(expressions)
conditions = st.deferred(lambda: _all_conditions)
"""Deferred, so that hypothesis does not print them whole."""
optional_texts = st.none() | texts
optional_names = st.none() | plain_names
owners = st.just(()) | names_1

# --- parts --------------------------------------------------------------------------------------------------------

type_words = st.one_of(
    plain_names.map(lambda word: s.TypeName(word.text)),
    st.sampled_from(["text", "number", "percentage points", "time of day", "yes or no", "money"]).map(s.TypeName),
    st.just(s.TypeName("money", currency="EUR")),
    st.lists(texts, min_size=1, max_size=3).map(lambda choices: s.TypeName("one of", choices=tuple(choices))),
)
all_type_words = type_words | type_words.map(lambda element: s.TypeName("list of", element=element))
types = all_type_words | st.builds(
    lambda word, low, high: s.TypeName(word.word, word.currency, word.choices, word.element, low, high),
    all_type_words,
    expressions,
    expressions,
)
lengths = durations | plain_refs
shown_by = st.builds(s.ShownBy, names_1, st.sampled_from(["", "claimed", "file", "attested"]), st.none() | lengths)
before = st.builds(s.Before, plain_names, st.none() | durations)
remedies = st.builds(s.Remedy, plain_names, lengths, texts)
optional_remedy = st.none() | remedies
use = names_1.map(s.Use)
deny = optional_texts.map(s.Deny)
ask = st.just(s.Ask()) | st.builds(s.Ask, names_1, lengths, st.one_of(deny, use, st.just(s.Allow())))
pause = st.builds(s.Pause, optional_names, st.none() | lengths, st.just(()) | names_1)
rescope = st.builds(s.Rescope, plain_names, st.none() | lengths, st.just(()) | names_1)
effects = st.one_of(
    deny, ask, use, pause, optional_texts.map(s.Warn), st.sampled_from([s.Redact(), s.Pseudonymise(), s.Allow()])
)
optional_phases = st.lists(phases, max_size=3).map(tuple)
optional_count = st.none() | counts

# --- statements ---------------------------------------------------------------------------------------------------

VERBS = ["denies", "asks", "redacts", "pseudonymises", "uses", "warns", "pauses", "passes", "fails"]
expectations = st.one_of(
    st.just(s.Expect("allow")),
    st.builds(s.Expect, st.sampled_from(VERBS), clause_refs, optional_names),
    st.builds(s.Expect, st.sampled_from(["does not act", "is unknown"]), clause_refs),
)

_all_statements: st.SearchStrategy[s.Statement] = st.one_of(
    st.integers(1, 9).map(lambda n: s.LanguageStatement(s.Number(Decimal(n)))),
    st.builds(s.Header, st.just("policy"), policy_names, texts, optional_texts, optional_texts),
    st.builds(s.Header, st.just("pack"), pack_names, texts, optional_texts, optional_texts),
    st.builds(s.Party, plain_names, texts),
    st.builds(s.Role, names_1, optional_names, optional_texts),
    st.builds(s.Gate, plain_names, texts),
    st.builds(s.Include, pack_names, st.lists(st.builds(s.Argument, plain_names, expressions), max_size=3).map(tuple)),
    st.builds(s.Parameter, plain_names, types, st.none() | expressions, optional_texts),
    st.builds(s.Let, plain_names, expressions),
    st.builds(s.Evidence, plain_names, plain_names, optional_names, optional_texts,
              st.lists(plain_names, max_size=2).map(tuple)),
    st.builds(s.Fact, dotted_names, types, texts, optional_phases),
    st.builds(s.Detector, plain_names, texts, st.lists(regexes, min_size=1, max_size=3).map(tuple)),
    st.builds(s.Tool, plain_names, texts),
    st.builds(s.Fallback, plain_names, texts),
    st.builds(s.Section, plain_names, texts, owners, st.none() | before, optional_remedy, optional_phases),
    st.builds(
        s.Requirement, clause_ids, texts, conditions, optional_texts, owners, st.none() | shown_by,
        st.none() | before, st.none() | conditions, optional_remedy,
    ),
    st.builds(
        s.Scorecard, clause_ids, texts, refs, expressions, st.sampled_from(["at least", "at most"]), expressions,
        st.none() | dates, optional_texts, owners, st.none() | shown_by, st.none() | before, st.booleans(),
    ),
    st.builds(
        lambda id_, title, on, when, then, unknown, calls, because, owner, remedy: s.Rule(
            id_, title, on, when, then, unknown, None if when is None else calls, because, owner, remedy
        ),
        clause_ids, texts, optional_phases, st.none() | conditions, st.lists(effects, min_size=1, max_size=3).map(tuple),
        st.none() | effects, optional_count, optional_texts, owners, optional_remedy,
    ),
    st.builds(
        s.Rollout, clause_ids, texts, st.sampled_from(["send", "shadow"]), quantities, refs, st.none() | use,
        optional_names, optional_names, optional_texts, owners,
    ),
    st.builds(
        s.Stop, clause_ids, texts, conditions, pause | rescope, names_1, optional_count, optional_texts, owners,
        st.none() | shown_by, optional_names, st.just(()) | names_1,
    ),
    st.builds(s.Waive, clause_refs, moments, texts, names_1),
    st.builds(s.SignOff, plain_names, names_1, optional_count),
    st.builds(s.Tighten, clause_refs, conditions, st.none() | durations),
    st.builds(s.Tighten, clause_refs, st.none(), durations),
    st.builds(s.Replace, clause_refs, conditions, texts, names_1, st.none() | durations),
    st.builds(
        s.Test, texts,
        st.lists(st.builds(s.Given, dotted_names, st.none() | expressions), max_size=3).map(tuple),
        st.lists(expectations, min_size=1, max_size=3).map(tuple), st.none() | phases,
    ),
)  # fmt: skip

statements = st.deferred(lambda: _all_statements)
trees = st.lists(statements, max_size=5).map(lambda found: s.Tree(SourceFile("<text>", ""), tuple(found)))
