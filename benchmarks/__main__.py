"""Runs the benchmarks: `python -m benchmarks [--json] [NAME ...]`; a name is that of a file here, without `.py`."""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
from collections.abc import Iterable

import benchmarks
from benchmarks._harness import Result


def names() -> list[str]:
    """Return the names of the modules that measure."""
    return sorted(m.name for m in pkgutil.iter_modules(benchmarks.__path__) if not m.name.startswith("_"))


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmarks that are named, or all; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object a line")
    parser.add_argument("names", nargs="*", choices=[*names(), []], help="what to measure; everything by default")
    options = parser.parse_args(arguments)
    for name in options.names or names():
        measure = importlib.import_module(f"benchmarks.{name}").measure
        if not options.json:
            print(f"\n{name}")
        _print(measure(), as_json=options.json)
    return 0


def _print(results: Iterable[Result], *, as_json: bool) -> None:
    for result in results:
        if as_json:
            print(json.dumps(result._asdict()), flush=True)
        else:
            ratio = "" if result.ratio is None else f"  {result.ratio:8.2f} x {result.against}"
            print(f"  {result.name:<52} {result.value:12,.2f} {result.unit:<4}{ratio}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
