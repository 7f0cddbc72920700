"""A team's budget in euros, with prices in dollars: run it, and see the budget refuse. The prices are made up."""

from datetime import date
from pathlib import Path

from policykit import Guard, PolicyViolation
from policykit.guard import ExchangeRate, PriceTable, Result

HERE = Path(__file__).parent
PINNED = "sha256:f8fbae564ca2c7331f94dcaee3a7c3fe0010cc5830b629cfa8d54a5650f02c47"
"""What `policykit prices digest prices.json` printed when the prices were agreed."""

prices = PriceTable.load(
    HERE / "prices.json",
    digest=PINNED,
    rate=ExchangeRate("EUR", "0.91", as_of=date(2026, 11, 20), source="made up for this example"),
)
guard = Guard.load(HERE / "budget.policy", cost=prices, context_facts=["call.team"])


@guard.call(
    {"call.text": "prompt", "call.model": "model", "call.max_output_tokens": "limit"},
    returns={
        "call.text": Result(read=lambda answer: answer["text"]),
        "call.input_tokens": Result(read=lambda answer: answer["input_tokens"]),
        "call.output_tokens": Result(read=lambda answer: answer["output_tokens"]),
    },
)
def answer(prompt: str, model: str, limit: int) -> dict[str, object]:
    """Stand in for a provider: it uses half of what it may."""
    return {"text": f"{model} about {prompt}", "input_tokens": 40, "output_tokens": limit // 2}


def calls_until_refused(team: str, model: str, limit: int) -> tuple[int, PolicyViolation]:
    """Return how many calls a team can make, and what is said then."""
    with guard.context(team=team):
        made = 0
        while True:
            try:
                answer("invoices", model, limit)
            except PolicyViolation as refused:
                return made, refused
            made += 1


if __name__ == "__main__":
    for team, model, limit in (
        ("claims", "claude-haiku-5-20260915", 8_000),
        ("sales", "claude-haiku-5-20260915", 20_000),
        ("desk", "gpt-5-mini", 100),
    ):
        made, refused = calls_until_refused(team, model, limit)
        print(f"{team}: {made} calls, then {refused}")
