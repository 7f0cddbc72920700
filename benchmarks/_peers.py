"""The workload in the language of each engine; an engine is a function from its own form of a record to fired rules."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from benchmarks import _workload as w
from benchmarks._harness import skipped

SCALE = 1_000
"""Cedar has no floats: it gets whole thousandths."""


class Peer(NamedTuple):
    """An engine with its rules loaded."""

    name: str
    decide: Callable[[Any], object]
    """What is measured: from a record to the engine's own answer."""
    fired: Callable[[Any], frozenset[str]]
    """The rules in an answer."""
    form: Callable[[w.Record], Any]
    """The record as the engine takes it, made before the clock starts."""


def policykit_text(*, patterns: bool = False) -> str:
    """Return the workload as a policy file."""
    lines = ["language 1", 'policy bench version "1.0.0"', 'party us "Us"', "role keeper of us"]
    lines += [f'fact job.{name} : {field.type} "{name}"' for name, field in w.FIELDS.items()]
    rules = {name: " and ".join(_ours(part) for part in rule) for name, rule in w.RULES.items()}
    if patterns:
        rules |= {name: f"job.text matches /{pattern}/" for name, pattern in w.PATTERNS.items()}
    for name, condition in rules.items():
        lines.append(f'rule {name} "{name}" owner keeper on request when {condition} then deny')
    return "\n".join(lines) + "\n"


def _ours(part: w.Test | tuple[w.Test, ...]) -> str:
    if isinstance(part, w.Test):
        return f"job.{part.field} {part.operator} {_our_value(part)}"
    return "(" + " or ".join(_ours(test) for test in part) + ")"


def _our_value(test: w.Test) -> str:
    kind = w.FIELDS[test.field].type
    if isinstance(test.value, w.Ref):
        return f"job.{test.value.field}"
    if isinstance(test.value, bool):
        return "yes" if test.value else "no"
    if isinstance(test.value, str | list):
        return json.dumps(test.value)
    if kind == "percent":
        return f"{test.value:.0%}"
    return (
        f"{test.value:g}{ {'money EUR': ' EUR', 'duration': ' seconds'}.get(kind, '') }"
        if test.value < 1e5
        else str(test.value)
    )


def _condition(rule: w.Rule, one: Callable[[w.Test], str], join: tuple[str, str]) -> str:
    """Return a rule in a language with operators for `and` and `or`."""
    parts = [join[1].join(one(test) for test in w.tests_of(part)) for part in rule]
    return join[0].join(f"({part})" for part in parts)


def _infix(test: w.Test, field: str, reference: str, scale: int = 0) -> str:
    operator = {"is": "==", "in": "in", "not in": "not in"}.get(test.operator, test.operator)
    if isinstance(test.value, w.Ref):
        return f"{field}{test.field} {operator} {reference}{test.value.field}"
    value = test.value
    if scale and isinstance(value, float):
        value = round(value * scale)
    return f"{field}{test.field} {operator} {json.dumps(value)}"


# --- CEL ----------------------------------------------------------------------------------------------------------


def _cel(test: w.Test) -> str:
    if test.operator == "not in":
        return f"!({test.field} in {json.dumps(test.value)})"
    if test.operator == "starts with":
        return f"{test.field}.startsWith({json.dumps(test.value)})"
    return _infix(test, "", "")


def cel_expression() -> str:
    """Return all rules as one expression whose value has a bit for each rule that fires."""
    bits = [f"({_condition(rule, _cel, (' && ', ' || '))} ? {1 << k} : 0)" for k, rule in enumerate(w.RULES.values())]
    return " + ".join(bits)


def _from_bits(value: int) -> frozenset[str]:
    return frozenset(name for k, name in enumerate(w.RULES) if value >> k & 1)


def _cel_cpp() -> Peer:
    from cel_expr_python import cel

    kinds = {str: cel.Type.STRING, bool: cel.Type.BOOL, int: cel.Type.INT, float: cel.Type.DOUBLE}
    sample = w.records(1)[0]
    environment = cel.NewEnv(variables={name: kinds[type(value)] for name, value in sample.items()})
    compiled = environment.compile(cel_expression())
    return Peer("CEL C++ (cel-expr-python)", lambda record: compiled.eval(data=record).value(), _from_bits, dict)


def _cel_rust() -> Peer:
    import cel

    program = cel.compile(cel_expression())
    return Peer("CEL Rust (common-expression-language)", program.execute, lambda value: _from_bits(int(value)), dict)


# --- Rego ---------------------------------------------------------------------------------------------------------


def _rego(test: w.Test) -> str:
    if test.operator == "not in":
        return f"not input.{test.field} in {json.dumps(test.value)}"
    if test.operator == "starts with":
        return f"startswith(input.{test.field}, {json.dumps(test.value)})"
    return _infix(test, "input.", "input.")


def rego_module() -> str:
    """Return the rules as a set of fired IDs; `or` becomes two rules."""
    lines = ["package bench", "import rego.v1"]
    for name, rule in w.RULES.items():
        bodies: list[list[str]] = [[]]
        for part in rule:
            bodies = [[*body, _rego(test)] for body in bodies for test in w.tests_of(part)]
        lines += [f'fired contains "{name}" if {{ {"; ".join(body)} }}' for body in bodies]
    return "\n".join(lines) + "\n"


def _regorus() -> Peer:
    import tempfile
    from pathlib import Path

    import opa_eval

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "bench.rego")
        path.write_text(rego_module())
        engine = opa_eval.OpaEval(str(path), query="data.bench.fired")

    def decide(record: w.Record) -> object:
        return engine.evaluate_parsed(json.dumps(record))

    return Peer("regorus (opa-eval)", decide, frozenset, dict)


# --- Cedar --------------------------------------------------------------------------------------------------------


def _cedar(test: w.Test) -> str:
    if test.operator in ("in", "not in"):
        found = f"{json.dumps(test.value)}.contains(context.{test.field})"
        return found if test.operator == "in" else f"!({found})"
    if test.operator == "starts with":
        return f'context.{test.field} like "{test.value}*"'
    return _infix(test, "context.", "context.", SCALE)


def cedar_policies() -> str:
    """Return the rules as forbids, in the order of the rules."""
    forbids = [
        f'@id("{name}") forbid(principal, action, resource) when {{ {_condition(rule, _cedar, (" && ", " || "))} }};'
        for name, rule in w.RULES.items()
    ]
    return "\n".join([*forbids, "permit(principal, action, resource);"])


def _cedarpy() -> Peer:
    import cedarpy

    policies = cedarpy.PolicySet.from_str(cedar_policies())
    entities = cedarpy.Entities.from_json_str("[]")
    ids = {f"policy{k}": name for k, name in enumerate(w.RULES)} | {name: name for name in w.RULES}

    def form(record: w.Record) -> dict[str, object]:
        context = {name: round(v * SCALE) if isinstance(v, float) else v for name, v in record.items()}
        return {"principal": 'U::"u"', "action": 'Action::"call"', "resource": 'R::"r"', "context": context}

    def fired(result: Any) -> frozenset[str]:
        assert not result.diagnostics.errors, result.diagnostics.errors
        return frozenset(ids[reason] for reason in result.diagnostics.reasons if reason in ids)

    return Peer("Cedar (cedarpy)", lambda request: cedarpy.is_authorized(request, policies, entities), fired, form)


def peers() -> Iterator[Peer]:
    """Yield the engines that are installed."""
    for name, make in (
        ("cel-expr-python", _cel_cpp),
        ("common-expression-language", _cel_rust),
        ("opa-eval", _regorus),
        ("cedarpy", _cedarpy),
    ):
        try:
            yield make()
        except ImportError as error:
            skipped(name, f"not installed ({error})")
