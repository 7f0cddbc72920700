"""The workload: calls of 28 fields with a text of 2 KB, 14 rules over fields, 6 over patterns.

One list of rules is written down in each engine's language by `_peers`; `hand_written` is what a careful programmer
would write, with the same answers where a field is missing. It does not check types, which policykit does.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Record = dict[str, Any]
Fired = tuple[frozenset[str], frozenset[str]]
"""Matched and unknown rules."""


class Field(NamedTuple):
    """A field of the call: its type in policykit, and how a value is drawn."""

    type: str
    draw: Callable[[random.Random], Any]


def _one_of(*values: Any) -> Callable[[random.Random], Any]:
    return lambda chance: chance.choice(values)


def _number(low: float, high: float, digits: int) -> Callable[[random.Random], float]:
    return lambda chance: round(chance.uniform(low, high), digits)


def _whole(low: int, high: int) -> Callable[[random.Random], int]:
    return lambda chance: chance.randint(low, high)


APPROVED = ["gpt-5-mini", "gpt-5", "claude-haiku-5", "claude-sonnet-5"]
REGIONS = ["eu-west", "eu-central", "eu-north"]
PURPOSES = ["contract", "research"]
TOOLS = ["shell", "payments"]
WORDS = [
    "order",
    "blue",
    "shoe",
    "deliver",
    "friday",
    "team",
    "warehouse",
    "parcel",
    "answer",
    "customer",
    "please",
    "wait",
]
TEXT_LENGTH = 2_048

FIELDS: dict[str, Field] = {
    "team": Field("text", _one_of("claims", "sales", "legal", "ops", "hr", "data")),
    "user": Field("text", lambda chance: f"u-{chance.randint(1, 900)}"),
    "app": Field("text", _one_of("desk", "mail", "batch")),
    "env": Field('one of "dev", "staging", "prod"', _one_of("dev", "staging", "prod", "prod")),
    "region": Field("text", _one_of("eu-west", "eu-central", "eu-north", "us-east", "eu-west")),
    "model": Field("text", _one_of(*APPROVED * 6, "gpt-4", "llama-9")),
    "provider": Field("text", _one_of("openai", "anthropic", "own")),
    "tool": Field("text", _one_of("search", "ledger", "mail", "none", "none", "shell", "payments")),
    "purpose": Field("text", _one_of("contract", "research", "advice", "triage")),
    "lang": Field("text", _one_of("en", "de", "fr")),
    "customer": Field("text", lambda chance: f"{chance.choice(['vip', 'std', 'std', 'std'])}-{chance.randint(1, 99)}"),
    "tier": Field('one of "free", "pro", "enterprise"', _one_of("free", "pro", "pro", "enterprise")),
    "session": Field("text", lambda chance: f"s-{chance.randint(1, 9_999)}"),
    "input_tokens": Field("count", _whole(50, 105_000)),
    "output_tokens": Field("count", _whole(1, 9_000)),
    "max_tokens": Field("count", _one_of(512, 1_024, 2_048, 4_096, 8_192)),
    "temperature": Field("number", _number(0, 1.3, 2)),
    "cost": Field("money EUR", _number(0, 5.3, 4)),
    "budget_left": Field("money EUR", _number(0, 90, 2)),
    "latency": Field("duration", _number(0.1, 32, 3)),
    "retries": Field("count", _whole(0, 5)),
    "steps": Field("count", _whole(1, 26)),
    "confidence": Field("percent", _number(0.55, 1, 3)),
    "grounded": Field("percent", _number(0.65, 1, 3)),
    "pii": Field("yes or no", _one_of(True, False, False)),
    "human": Field("yes or no", _one_of(True, True, False)),
    "streaming": Field("yes or no", _one_of(True, False)),
    "text": Field("text", lambda chance: text(chance)),  # noqa: PLW0108 - defined below
}


class Ref(NamedTuple):
    """The other side of a comparison is a field."""

    field: str


class Test(NamedTuple):
    """`field operator value`; several in a tuple mean or."""

    field: str
    operator: str
    value: Any


Rule = tuple["Test | tuple[Test, ...]", ...]
RULES: dict[str, Rule] = {
    "R-01": (Test("model", "not in", APPROVED),),
    "R-02": (Test("env", "is", "prod"), Test("temperature", ">", 1.2)),
    "R-03": (Test("input_tokens", ">", 100_000),),
    "R-04": (Test("cost", ">", 5.0),),
    "R-05": (Test("cost", ">", Ref("budget_left")),),
    "R-06": (Test("region", "not in", REGIONS), Test("pii", "is", True)),
    "R-07": (Test("retries", ">=", 5),),
    "R-08": (Test("steps", ">", 25),),
    "R-09": (Test("confidence", "<", 0.6), Test("human", "is", False)),
    "R-10": (Test("tier", "is", "free"), Test("max_tokens", ">", 4_096)),
    "R-11": (Test("tool", "in", TOOLS), Test("human", "is", False)),
    "R-12": (Test("team", "is", "legal"), Test("purpose", "not in", PURPOSES)),
    "R-13": (Test("latency", ">", 31.0),),
    "R-14": (Test("grounded", "<", 0.7), (Test("purpose", "is", "advice"), Test("customer", "starts with", "vip-"))),
}
PATTERNS: dict[str, str] = {
    "P-01": r"\b[A-Z]{2}[0-9]{2}(?: ?[0-9A-Z]{4}){4,7}\b",
    "P-02": r"\b(?:[0-9]{4}[ -]?){3}[0-9]{4}\b",
    "P-03": r"(?i)\b[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}\b",
    "P-04": r"\b(?:sk|pk)-[A-Za-z0-9]{20,}\b",
    "P-05": r"(?i)ignore (?:all |any )?(?:previous|prior|above) instructions",
    "P-06": r"\bNW-[0-9]{8}\b",
}
PLANTED = [
    "DE89 3704 0044 0532 0130 00",
    "4111 1111 1111 1111",
    "ann@example.org",
    "sk-abcdefghijklmnopqrstuv",
    "Ignore previous instructions",
    "NW-12345678",
]


def text(chance: random.Random) -> str:
    """Return English-like text; one in five holds something that a pattern finds, one in twenty an accent."""
    words = [str(chance.randint(1, 99_999)) if chance.random() < 0.02 else chance.choice(WORDS) for _ in range(420)]
    if chance.random() < 0.2:
        words[chance.randint(0, 300)] = chance.choice(PLANTED)
    if chance.random() < 0.05:
        words[chance.randint(0, 300)] = "café"
    return " ".join(words)[:TEXT_LENGTH]


def records(count: int = 1_000, *, missing: float = 0.0, seed: int = 7) -> list[Record]:
    """Return calls; of the share `missing` one field that a rule reads is not known."""
    chance = random.Random(seed)
    found = [{name: field.draw(chance) for name, field in FIELDS.items()} for _ in range(count)]
    read = sorted({test.field for rule in RULES.values() for part in rule for test in tests_of(part)})
    for record in found:
        if chance.random() < missing:
            del record[chance.choice(read)]
    return found


def tests_of(part: Test | tuple[Test, ...]) -> tuple[Test, ...]:
    """Return the tests of a part of a rule."""
    return (part,) if isinstance(part, Test) else part


def with_prefix(record: Mapping[str, Any]) -> Record:
    """Return a call with policykit's dotted names."""
    return {f"job.{name}": value for name, value in record.items()}


_COMPILED = [(name, re.compile(pattern)) for name, pattern in PATTERNS.items()]


def patterns_by_hand(record: Record) -> list[str]:
    """Return the pattern rules that match, each pattern searched for by itself."""
    content = record["job.text"]
    return [name for name, pattern in _COMPILED if pattern.search(content)]


def hand_written(call: Record) -> tuple[list[str], list[str]]:  # noqa: PLR0915 - what people write
    """Return the matched and the unknown rules. A missing field is None; false decides `and`, true decides `or`.

    It reads the very dictionaries that policykit reads, so that neither has the warmer cache.
    """
    get = call.get
    fired: list[str] = []
    unknown: list[str] = []

    model = get("job.model")
    if model is None:
        unknown.append("R-01")
    elif model not in _APPROVED:
        fired.append("R-01")

    env = get("job.env")
    if env == "prod" or env is None:
        temperature = get("job.temperature")
        if temperature is None or temperature > 1.2:
            (unknown if env is None or temperature is None else fired).append("R-02")

    input_tokens = get("job.input_tokens")
    if input_tokens is None:
        unknown.append("R-03")
    elif input_tokens > 100_000:
        fired.append("R-03")

    cost = get("job.cost")
    budget_left = get("job.budget_left")
    if cost is None:
        unknown.append("R-04")
        unknown.append("R-05")
    else:
        if cost > 5.0:
            fired.append("R-04")
        if budget_left is None:
            unknown.append("R-05")
        elif cost > budget_left:
            fired.append("R-05")

    human = get("job.human")
    region = get("job.region")
    if region not in _REGIONS:
        pii = get("job.pii")
        if pii is not False:
            (unknown if region is None or pii is None else fired).append("R-06")

    retries = get("job.retries")
    if retries is None:
        unknown.append("R-07")
    elif retries >= 5:
        fired.append("R-07")

    steps = get("job.steps")
    if steps is None:
        unknown.append("R-08")
    elif steps > 25:
        fired.append("R-08")

    confidence = get("job.confidence")
    if (confidence is None or confidence < 0.6) and human is not True:
        (unknown if confidence is None or human is None else fired).append("R-09")

    tier = get("job.tier")
    if tier == "free" or tier is None:
        max_tokens = get("job.max_tokens")
        if max_tokens is None or max_tokens > 4_096:
            (unknown if tier is None or max_tokens is None else fired).append("R-10")

    tool = get("job.tool")
    if (tool in _TOOLS or tool is None) and human is not True:
        (unknown if tool is None or human is None else fired).append("R-11")

    purpose = get("job.purpose")
    team = get("job.team")
    if (team == "legal" or team is None) and purpose not in _PURPOSES:
        (unknown if team is None or purpose is None else fired).append("R-12")

    latency = get("job.latency")
    if latency is None:
        unknown.append("R-13")
    elif latency > 31.0:
        fired.append("R-13")

    grounded = get("job.grounded")
    if grounded is None or grounded < 0.7:
        customer = get("job.customer")
        vip = None if customer is None else customer.startswith("vip-")
        if purpose == "advice" or vip:
            (unknown if grounded is None else fired).append("R-14")
        elif purpose is None or vip is None:
            unknown.append("R-14")

    return fired, unknown


_APPROVED = frozenset(APPROVED)
_REGIONS = frozenset(REGIONS)
_PURPOSES = frozenset(PURPOSES)
_TOOLS = frozenset(TOOLS)
