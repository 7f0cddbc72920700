"""`policykit prices`: the digest of a price list, what calls cost by it, and which models of a policy it lacks."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from policykit.cli._exit import EXIT_NO
from policykit.cli._output import fail, show
from policykit.pricing.entry import Unpriced
from policykit.pricing.members import TEMPLATE
from policykit.pricing.model_price import ModelPrice, Usage
from policykit.pricing.reading import PriceList, read_list
from policykit.pricing.table import PriceTable
from policykit.source import Diagnostic, did_you_mean
from policykit.vocabulary.exact import quoted_input

_NUMBERS = re.compile("[0-9]+")
MAX_SHOWN = 20
"""Models that are shown where none is named."""

app = typer.Typer(no_args_is_help=True, help="Price lists of models, in LiteLLM's format.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="A model_prices_and_context_window.json.")]


def register(root: typer.Typer) -> None:
    """Add the command group to the program."""
    root.add_typer(app, name="prices")


@app.command()
def digest(file: File) -> None:
    """Print the digest to pin.

    The file is checked first. Exit 0, or 2 when it is no price list.
    """
    typer.echo(read_list(file).digest)


@app.command("show")
def show_prices(  # noqa: PLR0913, PLR0917 - the options of the command
    file: File,
    model: Annotated[list[str] | None, typer.Option("--model", help="A model; may be given again.")] = None,
    provider: Annotated[str, typer.Option(help="The provider, as `call.provider` has it.")] = "",
    input_tokens: Annotated[int, typer.Option("--input", min=0, max=10**12, help="Input tokens of a call.")] = 1_000,
    output_tokens: Annotated[int, typer.Option("--output", min=0, max=10**12, help="Output tokens.")] = 1_000,
    cached_tokens: Annotated[int, typer.Option("--cached", min=0, max=10**12, help="Of the input: from a cache.")] = 0,
) -> None:
    """Print what a call costs, by model. Exit 1 when one of the models that were named has no price."""
    found = read_list(file)
    table = PriceTable(found)
    names = model or [name for name in found.entries if name != TEMPLATE][:MAX_SHOWN]
    used = Usage(input_tokens, output_tokens, cached_tokens)
    if not used.is_consistent:
        expected = f"at most {input_tokens:,}"
        fail(Diagnostic("PK371", "more cached tokens than input tokens", expected=expected, got=f"{cached_tokens:,}"))
    problems = []
    typer.echo(f"{input_tokens:,} input tokens, {cached_tokens:,} of them cached, and {output_tokens:,} output tokens")
    for name in names:
        price = table.look_up(name, provider)
        if isinstance(price, Unpriced):
            problems.append(_unpriced(name, price, found))
            typer.echo(f"{_shown(name)}  not known: {price.reason}")
        else:
            typer.echo(f"{_shown(price.model)}  {_cost(price, used)}")
    if not model and len(found.entries) > len(names) + (TEMPLATE in found.entries):
        typer.echo(f"... of {len(found.entries):,} entries; name others with --model")
    if model and problems:
        show(problems)
        raise typer.Exit(EXIT_NO)


@app.command()
def check(
    file: File,
    policy: Annotated[Path, typer.Argument(metavar="POLICY", help="A policy that names models.")],
    provider: Annotated[str, typer.Option(help="The provider, as `call.provider` has it.")] = "",
) -> None:
    """Say which models that a policy names have no price. Exit 1 when one has none, or the policy names none."""
    from policykit.cli._policy_models import named_models
    from policykit.engine.load import load

    found = read_list(file)
    table = PriceTable(found)
    models = named_models(load(policy).checked)
    problems = [
        _unpriced(name, price, found) for name in models if isinstance(price := table.look_up(name, provider), Unpriced)
    ]
    if not models:
        problems = [
            Diagnostic("PK372", "the policy names no model", place=str(policy),
                       expected="a condition such as `call.model in approved`", got="none")
        ]  # fmt: skip
    typer.echo(f"{len(models) - len(problems) if models else 0} of {len(models)} models have a price")
    if problems:
        show(problems)
        raise typer.Exit(EXIT_NO)


def _cost(price: ModelPrice, used: Usage) -> str:
    cost = price.cost(used)
    assert not isinstance(cost, Fraction)  # prices are decimals, and so are their sums
    return "not known" if cost is None else f"{Decimal(cost):f} USD"


def _unpriced(name: str, price: Unpriced, found: PriceList) -> Diagnostic:
    hint = did_you_mean(name, _misspelt(name, found)) if name not in found.entries else ""
    return Diagnostic(
        "PK368", f"the price of {quoted_input(name)} is not known", place=found.name, got=price.reason,
        help=hint or "add its price to a copy of the list, and pin the copy: `policykit prices digest COPY`",
    )  # fmt: skip


def _misspelt(name: str, found: PriceList) -> list[str]:
    """Return the models with a price whose name has the same numbers: with others it is another model."""
    table = PriceTable(found)
    alike = [each for each in found.entries if _NUMBERS.findall(each) == _NUMBERS.findall(name)]
    return [each for each in alike if not isinstance(table.look_up(each, ""), Unpriced)]


def _shown(name: str) -> str:
    return "".join(c if c.isprintable() else "�" for c in name[:80])
