"""One word of a whole policy changed, and the law that what is checked then is the same, or somebody is told.

`python -m tests.fuzz_checked --count 20000 --seed 1` runs so many and prints how they ended; the suite runs fewer.
"""

from __future__ import annotations

import argparse
import random
import re
import sys
from collections import Counter
from functools import cache

from policykit.language.check import check
from policykit.language.checked import CheckedPolicy
from policykit.language.parse.grammar import reserved_words
from policykit.source import Diagnostic
from tests.fuzz_words import _TOKEN, _misspelt, read
from tests.unit.language.check.kit import VOCABULARY, TextPacks
from tests.unit.language.every_form import EVERY_FORM, PACKS_OF_FORM

CHANGES = ("glue", "double", "drop", "misspell", "pluralise")
OWN_WORDS = frozenset({
    "reference", "more",  # a policy's name and sections, which nothing refers to
    "minutes", "case_number", "evaluation_lead", "reviewer", "auditor", "limits", "floor", "code_name", "large_refund",
    "launch", "risk", "security", "run_owner",  # where they are declared: the pack, or another word, then has its own
    "end_customer.group",  # a label of the tool's own
})  # fmt: skip
"""Names of which a misspelling can be another name; `lint` warns where nothing uses the one or the other."""

OPTIONAL = frozenset({"today", "claims_duty", "EUR"})
"""Whole parts of one word that may be left out: the period of a window, whom a test expects to be asked, and the currency of a type."""


def understood(text: str) -> tuple[CheckedPolicy | None, tuple[Diagnostic, ...]]:
    """Return the checked policy, or None for one with an error, and what is said of it."""
    parsed = read(text)
    if parsed.diagnostics:
        return None, parsed.diagnostics
    result = check(parsed.tree, VOCABULARY, packs=TextPacks(PACKS_OF_FORM))
    failed = any(found.is_error for found in result.diagnostics)
    return None if failed else result.policy, tuple(result.diagnostics)


@cache
def original() -> tuple[CheckedPolicy, frozenset[str]]:
    """Return the policy without a slip, and what is said of it."""
    policy, found = understood(EVERY_FORM.strip() + "\n")
    assert policy is not None
    return policy, frozenset(each.message for each in found)


def slip(rng: random.Random) -> tuple[str, str, str]:
    """Return the policy with one slip, the kind of slip, and the word that was changed; comments stay as they are."""
    text = EVERY_FORM.strip() + "\n"
    places = [match.span() for match in _TOKEN.finditer(text) if text[match.start()].isalpha()]
    index = rng.randrange(len(places))
    start, end = places[index]
    word, kind = text[start:end], rng.choice(CHANGES)
    changed = {
        "glue": text[:end] + text[end:].lstrip(),
        "double": f"{text[:end]} {word}{text[end:]}",
        "drop": text[:start] + text[end:],
        "misspell": text[:start] + _misspelt(word, rng) + text[end:],
        "pluralise": f"{text[:end]}s{text[end:]}",
    }
    return changed[kind], kind, word


def outcome(text: str, kind: str, word: str) -> str:
    """Return `error`, `same`, `warned`, `other word` (a name of the writer's own) or `changed` in silence."""
    policy, found = understood(text)
    if policy is None:
        return "error"
    whole, said = original()
    if policy == whole:
        return "same"
    if any(each.message not in said for each in found):
        return "warned"
    if (kind == "drop" and word in OPTIONAL) or (kind in {"drop", "double"} and word in {"not", "no"}):
        return "other word"
    own = word not in reserved_words() and (word in OWN_WORDS or re.search(r"[0-9\"-]", word))
    return "other word" if own else "changed"


def run(count: int, seed: int) -> tuple[Counter[str], list[tuple[str, str, str]]]:
    """Try so many slips; return how they ended, and those that changed the policy in silence."""
    rng = random.Random(seed)
    ended: Counter[str] = Counter()
    silent = []
    for _ in range(count):
        text, kind, word = slip(rng)
        end = outcome(text, kind, word)
        ended[end] += 1
        if end == "changed":
            silent.append((kind, word, text))
    return ended, silent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    ended, silent = run(options.count, options.seed)
    for kind, word, _ in silent[:20]:
        sys.stdout.write(f"--- changed in silence: {word} ({kind})\n")
    sys.stdout.write(", ".join(f"{number:,} {name}" for name, number in ended.most_common()) + "\n")


if __name__ == "__main__":
    main()
