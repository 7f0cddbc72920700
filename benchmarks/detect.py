"""Detectors: one pass of all patterns over a text against the patterns one by one, and precision and recall."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks._harness import Result
from policykit.detect import FAMILIES, PatternSet, detector, kinds, score, source
from tests.data.detect_labelled import cases

SENTENCES = (
    "the customer asked whether an order of blue shoes could be delivered before friday and we answered that it left "
    "our warehouse yesterday so please allow three working days for it to arrive thank you for your patience and write "
    "again when anything about the parcel is wrong or missing"
)
PER_CENT_NUMBERS = 4


def prose(length: int, seed: int = 1) -> str:
    """Return English-like text in which some words are numbers and which holds nothing that a detector finds."""
    chosen = random.Random(seed)
    vocabulary = SENTENCES.split()
    words = (
        str(chosen.randint(1, 9_999)) if chosen.random() * 100 < PER_CENT_NUMBERS else chosen.choice(vocabulary)
        for _ in range(length // 3)
    )
    return " ".join(words)[:length]


def microseconds(act: Callable[[], object], rounds: int = 9, seconds: float = 0.05) -> float:
    """Return the CPU time of one call: the least mean over some rounds, after one round to warm up."""
    repeats = 1
    while True:
        start = time.process_time()
        for _ in range(repeats):
            act()
        if time.process_time() - start >= seconds or repeats > 1 << 20:
            break
        repeats *= 2
    means = []
    for _ in range(rounds):
        start = time.process_time()
        for _ in range(repeats):
            act()
        means.append((time.process_time() - start) / repeats)
    return min(means) * 1e6


def measure() -> Iterator[Result]:
    """Yield all figures; precision and recall are shares of our own synthetic texts."""
    for row in _rows():
        yield Result(**row)


def _rows() -> Iterator[dict[str, Any]]:
    names = [f"{family}.{kind}" for family in FAMILIES for kind in kinds(family)]
    patterns = [pattern for name in names for pattern in detector(name).patterns]
    every = PatternSet([source(name) for name in names])
    plain = [re.compile(pattern, re.ASCII) for pattern in patterns]
    text = prose(2_048)
    undecoded = PatternSet([source(name)._replace(decodes=False) for name in names])  # expressions decode nothing
    # the labelled texts are what both must agree on before anything is timed
    disagreeing = [
        case.text
        for case in cases()
        if case.text.isascii() and found_one_by_one(plain, case.text) < bool(undecoded.hits(case.text))
    ]
    if disagreeing or every.hits(text) or found_one_by_one(plain, text):
        raise SystemExit(f"the ways disagree on {len(disagreeing)} texts: nothing is timed")
    against = microseconds(lambda: [expression.search(text) for expression in plain])
    for label, length in (("2 KB", 2_048), ("20 KB", 20_480), ("200 KB", 204_800), ("2 MB", 2_097_152)):
        body = prose(length)
        value = microseconds(lambda body=body: every.hits(body))
        row = {"name": f"{len(patterns)} patterns of {len(names)} detectors, {label}", "value": value, "unit": "us"}
        yield row | ({"ratio": value / against, "against": "re, one by one"} if length == len(text) else {})
    accented = text.replace("e", "é", 40)
    yield {"name": "the same, 2 KB with accents", "value": microseconds(lambda: every.hits(accented)), "unit": "us"}
    yield {"name": f"{len(patterns)} patterns with re one by one, 2 KB", "value": against, "unit": "us"}
    found = f"{text} card 4111 1111 1111 1111 of anna@example.com"
    yield {
        "name": "hits, 2 KB with a card and an e-mail",
        "value": microseconds(lambda: every.hits(found)),
        "unit": "us",
    }
    yield {
        "name": "spans, 2 KB with a card and an e-mail",
        "value": microseconds(lambda: every.spans(found)),
        "unit": "us",
    }
    for name, result in score(cases()).items():
        for measure, share in (("precision", result.precision), ("recall", result.recall)):
            yield {"name": f"{name} {measure}, own synthetic texts", "value": share, "unit": "share"}


def found_one_by_one(plain: list[re.Pattern[str]], text: str) -> bool:
    return any(expression.search(text) for expression in plain)
