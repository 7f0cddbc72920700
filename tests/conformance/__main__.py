"""The table and the campaign of byte flips, as commands.

python -m tests.conformance export DIR    write base trails and the table as JSON, for a verifier in another language
python -m tests.conformance table         every row through every verifier; prints what differs
python -m tests.conformance flips [BASE]  every bit of every byte; prints what differs
"""

# ruff: noqa: T201 - commands print

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.conformance.bases import KEYS
from tests.conformance.flips import flips
from tests.conformance.rows import Shelf
from tests.conformance.table import PRUNED, SMALL
from tests.conformance.test_flips import FLIPPED
from tests.conformance.verifiers import VERIFIERS


def export(directory: Path) -> None:
    """Write `table.json` and every base trail."""
    shelf = Shelf(directory)
    rows = [shelf.resolved(row) for row in [*SMALL, *PRUNED]]
    for row in rows:
        shelf.base(row["base"])
    (directory / "table.json").write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    print(f"{len(rows)} rows")


def table(scratch: Path) -> int:
    """Run the table; print each row that some verifier answers otherwise."""
    shelf, wrong = Shelf(scratch / "shelf"), 0
    for number, row in enumerate([*SMALL, *PRUNED]):
        resolved = shelf.resolved(row)
        directory = shelf.laid_out(resolved, scratch / str(number))
        head = resolved["head"].encode() if resolved["head"] else None
        said = {name: ask(directory, resolved["keys"], head, resolved["options"]) for name, ask in VERIFIERS.items()}
        if set(said.values()) != {row["expect"]}:
            wrong += 1
            print(f"{row['base']}: {row['why']}: expected {row['expect']}, {said}")
    print(f"{len([*SMALL, *PRUNED])} rows, {wrong} differ")
    return min(wrong, 1)


def campaign(scratch: Path, names: list[str]) -> int:
    """Flip everything; print each flip that is accepted, or that verifiers answer differently."""
    shelf, all_wrong = Shelf(scratch / "shelf"), 0
    for name in names or list(FLIPPED):
        counts: Counter[tuple[int, ...]] = Counter()
        wrong = 0
        for outcome in flips(shelf.base(name), scratch / name, [KEYS[key] for key in FLIPPED[name]], VERIFIERS):
            counts[tuple(outcome.statuses.values())] += 1
            wrong += outcome.is_wrong
            if outcome.is_wrong and wrong <= 20:
                print(f"{name}: {outcome}")
        print(f"{name}: {counts.total()} flips, {wrong} wrong; answers {dict(counts)}", flush=True)
        all_wrong += wrong
    return min(all_wrong, 1)


def main() -> int:
    """Run the command that was asked for."""
    command, *rest = sys.argv[1:] or ["help"]
    if command == "export" and rest:
        export(Path(rest[0]))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        if command == "table":
            return table(Path(scratch))
        if command == "flips":
            return campaign(Path(scratch), rest)
    print(__doc__)
    return 2


if __name__ == "__main__":
    sys.exit(main())
