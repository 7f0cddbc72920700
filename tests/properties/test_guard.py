"""Laws of the guard: the same on all kinds of function, for every split of a stream, under any interleaving."""

import asyncio
import random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from policykit.errors import PolicyViolation
from policykit.guard import Stores
from policykit.guard.stores.protocol import Cell, Entry
from policykit.guard.text.conceal import Concealment, concealed
from policykit.guard.text.finding import finder, joined
from policykit.guard.text.tokens import TokenMap
from tests.unit.guard.guards import CARD, MAIL, guard_of

RULES = """
detector claim "claim number" matches /NW-[0-9]{4}/
rule PII-1 "x"
  on request
  when call.text contains any of pii.email
  then pseudonymise
rule PII-2 "x"
  on response
  when call.text contains any of pii.card, pii.iban, "hush", claim
  then redact
rule WORD-1 "x"
  on request, response
  when call.text contains any of "forbidden"
  then deny
"""
REDACT_ONLY = RULES[: RULES.index("rule WORD-1")]
GUARD = guard_of(RULES)
REDACTING = guard_of(REDACT_ONLY)

parts = st.lists(
    st.one_of(
        st.sampled_from(
            [CARD, CARD.replace(" ", ""), MAIL, "DE89 3704 0044 0532 0130 00", "hush", "hushush", "NW-1234", "NW-12345"]
        ),
        st.sampled_from([" ", "", ", ", "1", "４１１１", "\u200b", "e\u0301", "[", "]", "4111"]),
        st.text(max_size=6),
    ),
    max_size=8,
)
texts = parts.map("".join)


def outcome(act):
    try:
        return act()
    except PolicyViolation as violation:
        return (violation.reason, violation.clauses, violation.phase)


def split_at(text, cuts):
    places = sorted({min(cut, len(text)) for cut in cuts})
    return [text[a:b] for a, b in zip([0, *places], [*places, len(text)], strict=True)]


def functions(guard, answer, cuts):
    """The same function in its four kinds, each called with a prompt."""
    bind = guard.call({"call.text": "prompt"})

    @bind
    def plain(prompt):
        return answer(prompt)

    @bind
    async def coroutine(prompt):
        return answer(prompt)

    @bind
    def generator(prompt):
        yield from split_at(answer(prompt), cuts)

    @bind
    async def async_generator(prompt):
        for piece in split_at(answer(prompt), cuts):
            yield piece

    async def gathered(prompt):
        return "".join([piece async for piece in async_generator(prompt)])

    return {
        "function": plain,
        "coroutine": lambda prompt: asyncio.run(coroutine(prompt)),
        "generator": lambda prompt: "".join(generator(prompt)),
        "asynchronous generator": lambda prompt: asyncio.run(gathered(prompt)),
    }


@settings(max_examples=60)
@given(texts, texts, st.lists(st.integers(0, 60), max_size=6))
@example("forbidden", "x", [])
@example("x", "so forbidden", [4, 7])
def test_a_guard_is_the_same_on_all_four_kinds_of_function(prompt, tail, cuts):
    seen = {}
    for kind, function in functions(GUARD, lambda given: f"{given}|{tail}", cuts).items():
        seen[kind] = outcome(lambda function=function: function(prompt))
    assert len(set(map(str, seen.values()))) == 1, seen


@settings(max_examples=150)
@given(texts, st.lists(st.integers(0, 80), max_size=12))
@example(f"a {CARD}1 {CARD}", list(range(60)))
@example("hushushush", [3, 5])
@example(f"{CARD}e\u0301{CARD}1111 1111", [])
@example("NW-12NW-1234", list(range(12)))
def test_redaction_of_a_stream_is_that_of_the_whole_text_for_every_split(text, cuts):
    whole = functions(REDACTING, lambda _: text, [])["function"]("x")
    streamed = functions(REDACTING, lambda _: text, cuts)["generator"]("x")
    assert streamed == whole


def test_a_secret_is_redacted_whatever_the_border_between_two_pieces():
    text = f"the card is {CARD}, the word is hush, the claim is NW-1234."
    whole = functions(REDACTING, lambda _: text, [])["function"]("x")
    assert CARD not in whole
    for cut in range(len(text) + 1):
        assert functions(REDACTING, lambda _: text, [cut])["generator"]("x") == whole
    assert functions(REDACTING, lambda _: text, range(len(text)))["generator"]("x") == whole


@settings(max_examples=100)
@given(texts, st.lists(st.integers(0, 80), max_size=12))
def test_no_text_leaves_that_a_whole_check_would_keep_back(text, cuts):
    """What has left at any time is the beginning of the checked answer, or of an answer that is refused later."""
    got = []
    bind = GUARD.call({"call.text": "prompt"})

    @bind
    def generator(prompt):
        yield from split_at(text, cuts)

    try:
        for piece in generator("x"):
            got.append(piece)  # noqa: PERF402 - what came before the refusal counts
    except PolicyViolation:
        pass
    left = "".join(got)
    assert "forbidden" not in left
    checked = functions(REDACTING, lambda _: text, [])["function"]("x")
    assert checked.startswith(left)


@settings(max_examples=150)
@given(st.lists(texts, min_size=1, max_size=4))
def test_what_is_taken_out_of_several_texts_is_what_is_found_in_them_joined(several):
    patterns = REDACTING.core.clauses.patterns("PII-2")["call.text"]
    what = Concealment(patterns, ())
    after = concealed(several, what, TokenMap(bytes(32)))
    whole = "\n".join(several)
    found = joined(finder(patterns).found(whole))
    kept = [char for place, char in enumerate(whole) if not any(f.start <= place < f.end for f in found)]
    left = "\n".join(after)
    for each in found:
        left = left.replace(f"[{each.label} redacted]", "", 1)
    crossed = sum("\n" in whole[each.start : each.end] for each in found)
    assert len(after) == len(several)
    assert crossed or left == "".join(kept)


@settings(max_examples=150)
@given(texts)
def test_putting_tokens_back_gives_the_text_that_they_stood_in(text):
    patterns = REDACTING.core.clauses.patterns("PII-1")["call.text"]
    tokens = TokenMap(bytes(32))
    (after,) = concealed([text], Concealment((), patterns), tokens)
    assert tokens.put_back(after) == text


@settings(max_examples=80)
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_windows_agree_with_a_list_of_all_calls(seed, steps):
    """Against the slow, literal reference: keep every call, and add up those whose slot is still live."""
    choice = random.Random(seed)
    store = Stores.in_memory().windows
    made: dict[str, Entry] = {}
    now = 0
    for number in range(steps):
        now += choice.randrange(3)
        cell = Cell("w", choice.choice("ab"), now, now - 5)
        entry = Entry(cell, choice.random() < 0.7, choice.choice([None, 1, 2, 5]), "", True)
        claim = f"c{choice.randrange(number + 1)}" if choice.random() < 0.3 else f"c{number}"
        act = choice.choice(["reserve", "settle", "release"])
        if act == "release":
            store.release(claim)
            if made.get(claim, (None, False))[1] is True:
                del made[claim]
            continue
        read = Cell("w", cell.group, now, now - 5)
        if act == "reserve":
            if claim in made and made[claim][1] is False:
                continue  # settled for good
            found = store.reserve(claim, [entry], [read], 0, 0)["w"]
            made[claim] = (entry, True)
        else:
            if claim in made and made[claim][1] is False:
                continue
            found = store.settle(claim, [entry], [read], 0)["w"]
            made[claim] = (entry, False)
        live = [e for e, _ in made.values() if e.cell.group == cell.group and e.cell.slot >= now - 5]
        valued = [e.value for e in live if e.counts and e.value is not None]
        assert (found.calls, found.counted) == (len(live), sum(e.counts for e in live))
        assert (found.total, found.valued) == (sum(valued), len(valued))
        assert sorted(found.values.items()) == sorted((v, valued.count(v)) for v in set(valued))
        assert (found.low, found.high) == (min(valued, default=None), max(valued, default=None))


@pytest.mark.parametrize("pieces", [1, 7, 50])
def test_a_long_clean_stream_leaves_as_it_came(pieces):
    text = "Nothing in here is of any interest. " * 200
    size = -(-len(text) // pieces)
    cuts = range(0, len(text), size)
    assert functions(GUARD, lambda _: text, cuts)["generator"]("x") == text
