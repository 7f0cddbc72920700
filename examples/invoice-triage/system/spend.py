"""Writes the pilot's bill and the price list, with the prices of the litellm package.

    python spend.py RELEASE FOLDER

- `prices.json`: entries of litellm's own list. The example's models are not in it, because they are made up: they are
  added to it at the price of a model that is.
- `spend.jsonl`: in the form of litellm's table of spend logs. The calls are made up; what each cost is what litellm
  says, and for a model without a price litellm's proxy records a spend of 0, as happens here for the pilot.
"""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import litellm

PRICED_LIKE = {
    "gpt-5-mini-2026-08-07": "gpt-5-mini-2025-08-07",
    "claude-haiku-5-20260915": "claude-haiku-4-5-20251001",
}
UNPRICED = "gpt-5-latest"
TASKS = 40
ENTRY = ("input_cost_per_token", "output_cost_per_token", "cache_read_input_token_cost", "litellm_provider", "mode")


def register() -> None:
    """Give the example's models a price."""
    for model, like in PRICED_LIKE.items():
        known = litellm.model_cost[like]
        # set here, because litellm's `register_model` (1.106) does not list a new model under its own name
        litellm.model_cost[model] = {name: known[name] for name in ENTRY}


def prices() -> dict[str, Any]:
    """Return the entries of the example's models, as litellm lists them."""
    return {model: litellm.model_cost[model] for model in PRICED_LIKE}


def calls(release: str, now: datetime) -> Iterator[dict[str, Any]]:
    """Yield the calls of the last week, the oldest first."""
    chance = random.Random(release)
    start = now - timedelta(days=7)
    for task in range(TASKS):
        begun = start + task * timedelta(days=7) / (TASKS + 1)
        for turn in range(1 + chance.randrange(3)):
            model = UNPRICED if release == "pilot" else list(PRICED_LIKE)[chance.random() < 0.1]
            yield _call(f"case-{task:04}", turn, model, begun + timedelta(seconds=20 * turn), chance)


def _call(task: str, turn: int, model: str, begun: datetime, chance: random.Random) -> dict[str, Any]:
    read, written = chance.randrange(3_000, 9_000), chance.randrange(200, 900)
    return {
        "request_id": f"{task}-{turn}",
        "call_type": "acompletion",
        "model": model,
        "custom_llm_provider": litellm.model_cost.get(model, {}).get("litellm_provider", "openai"),
        "spend": _spend(model, read, written),
        "total_tokens": read + written,
        "prompt_tokens": read,
        "completion_tokens": written,
        "startTime": begun.isoformat(),
        "endTime": (begun + timedelta(seconds=chance.uniform(1, 6))).isoformat(),
        "team_id": chance.choice(("claims-north", "claims-south")),
        "session_id": task,
        "cache_hit": "False",
        "status": "success",
    }


def _spend(model: str, read: int, written: int) -> float:
    if model == UNPRICED:
        return 0.0
    provider = litellm.model_cost[model]["litellm_provider"]
    costs: tuple[float, float] = litellm.cost_per_token(
        model=model, prompt_tokens=read, completion_tokens=written, custom_llm_provider=provider
    )
    return sum(costs)


def main(release: str, folder: Path) -> None:
    """Write both files."""
    register()
    lines = (json.dumps(call) for call in calls(release, datetime.now(UTC).replace(microsecond=0)))
    (folder / "spend.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    (folder / "prices.json").write_text(json.dumps(prices(), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
