"""Long and hostile texts through a guard with 40 patterns: time in proportion to the text, whatever it holds.

A text is checked by a rule that denies, which asks whether anything is found, and by one that redacts, which asks where
it is. Hostile texts are made of what nearly is something: some cost more than prose, because near matches are looked at
one by one, but by a factor that does not grow with the text.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from benchmarks._harness import Result
from benchmarks.detect import prose
from policykit.detect import detector
from policykit.errors import PolicyViolation

DETECTORS = (
    "pii.card",
    "pii.email",
    "pii.phone",
    "pii.us_ssn",
    "secret.jwt",
    "secret.private_key",
    "secret.assignment",
)
OWN = (r"case-\d{4}-\d+", r"(?:x+x+)+y", r"internal use only", r"project (?:heron|ibis|crane)", r"\bINV\d{6,}\b")
OWN += tuple(rf"contract {letter}\d{{3}}-\d+" for letter in "abcde")
SIZES = {"20 KB": 20_480, "200 KB": 204_800, "2 MB": 2_097_152}
HOSTILE = {
    "one digit again and again": "4",
    "digits and spaces": "4 ",
    "cards with a wrong check digit": "4111 1111 1111 1112 ",
    "a@a.": "a@a.",
    "-----BEGIN": "-----BEGIN ",
    "heads of tokens": "eyJaaaaaaaaaa-",
    "token=": "token=",
    "bait for nested repeats": "x",
    "combining characters": "e\u0301",
    "combining characters alone": "\u0301",
    "zero-width characters": "4\u200b",
    "full-width digits": "\uff14",
    "one character that folds to eighteen": "\ufdfa",
}


def policy_text(effect: str) -> str:
    """Return a policy with one rule over all patterns."""
    wanted = [f"call.text contains any of {', '.join(DETECTORS)}", *(f"call.text matches /{each}/" for each in OWN)]
    return "\n".join(
        [
            "language 1",
            'policy long version "1.0.0"',
            'rule R-1 "None leave"',
            "  on   request",
            f"  when {' or '.join(wanted)}",
            f"  then {effect}",
            "",
        ]
    )


def pattern_count() -> int:
    """Return the number of regular expressions of the policy."""
    return sum(len(detector(name).patterns) for name in DETECTORS) + len(OWN)


def measure(sizes: dict[str, int] | None = None, hostile: Sequence[str] = tuple(HOSTILE)) -> Iterator[Result]:
    """Yield the figures.

    Args:
        sizes: names and lengths of texts, ascending; hostile ones have the last.
        hostile: names of texts.
    """
    from policykit.guard import Guard

    sizes = sizes or SIZES
    with tempfile.TemporaryDirectory() as folder:
        guards = []
        for effect in ('deny "no"', "redact"):
            path = Path(folder, "long.policy")
            path.write_text(policy_text(effect))
            guards.append((effect.split()[0], Guard.load(path)))
    plain: dict[str, float] = {}
    for name, guard in guards:
        first = 0.0
        for label, length in sizes.items():
            plain[name] = _seconds(guard, prose(length))
            a_kb = plain[name] * 1e6 / (length / 1024)
            first = first or a_kb
            yield Result(f"{pattern_count()} patterns, {name}, {label}: a KB", a_kb, "us", a_kb / first, "the shortest")
    label, length = list(sizes.items())[-1]
    for text in hostile:
        unit = HOSTILE[text]
        for name, guard in guards:
            seconds = _seconds(guard, (unit * (length // len(unit) + 1))[:length], rounds=1)
            yield Result(f"{text}, {name}, {label}", seconds * 1e3, "ms", seconds / plain[name], "prose")
    for _, guard in guards:
        guard.close()


def _seconds(guard: Any, text: str, rounds: int = 5) -> float:
    """Return the least CPU time of a check; the text is not the same object twice, as no answer is kept."""
    found = []
    for _ in range(rounds):
        start = time.process_time()
        with suppress(PolicyViolation):
            guard.check({"call.text": text}, phase="request")
        found.append(time.process_time() - start)
    return min(found)
