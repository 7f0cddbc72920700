"""How many different cases a promptfoo configuration has, where the file lets that be known.

A list of texts as a variable stands for one case for each text, and several lists for each combination. A repetition is
no further case, and neither is a test that was copied.

Source: promptfoo 0.123, src/evaluator.ts (`generateVarCombinations`, `buildTestsFromSuite`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any

from policykit.evidence.readers._promptfoo_grading import mapping

_MOST = 200_000
"""Combinations that are written out; beyond them only their number counts."""
_ELSEWHERE = "file://"


def planned_cases(config: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the number of different cases in the configuration.

    None where it names a file, a generator, a scenario or a hook, where a test goes to some of several prompts or
    providers only, and where the rows show that lists were not expanded.
    """
    tests, default = config.get("tests"), config.get("defaultTest")
    written_out = isinstance(tests, list) and tests and all(_is_plain(test) for test in tests)
    if not written_out or config.get("scenarios") or config.get("extensions") or not _is_plain(default or {}):
        return None
    if any(isinstance(value, list) and _expands(value) for row in rows for value in _vars_of(row).values()):
        return None
    common = mapping(mapping(default).get("vars"))
    options = mapping(mapping(default).get("options"))
    seen: set[str] = set()
    beyond = 0
    for test in tests if isinstance(tests, list) else ():
        values = {**common, **mapping(test.get("vars"))}
        whole = options.get("disableVarExpansion") or mapping(test.get("options")).get("disableVarExpansion")
        lists = [
            value if isinstance(value, list) and _expands(value) and not whole else [value] for value in values.values()
        ]
        if (number := prod(map(len, lists))) + len(seen) > _MOST:
            beyond += number
            continue
        names = tuple(values)
        seen.update(_texts(names, lists))
    return len(seen) + beyond


def _texts(names: tuple[str, ...], lists: list[list[Any]]) -> Iterator[str]:
    order = sorted(range(len(names)), key=names.__getitem__)
    return (repr([(names[i], values[i]) for i in order]) for values in product(*lists))


def _is_plain(test: object) -> bool:
    """Return whether a test is written out: no file, no function, no choice among prompts and providers."""
    if not isinstance(test, dict):
        return False
    asked, options = test.get("vars", {}), mapping(test.get("options"))
    if not isinstance(asked, dict) or any(test.get(name) for name in ("prompts", "providers", "provider")):
        return False
    elsewhere = any(isinstance(value, str) and value.startswith(_ELSEWHERE) for value in asked.values())
    return not elsewhere and not options.get("transformVars")


def _expands(value: list[Any]) -> bool:
    return bool(value) and isinstance(value[0], str)


def _vars_of(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return mapping(row.get("vars") or mapping(row.get("testCase")).get("vars"))
