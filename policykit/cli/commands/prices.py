"""`policykit prices`: the digest of a price list, what calls cost by it, and which models of a policy it lacks."""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import typer

from policykit.cli.exit import reporting
from policykit.cli.format import Format, FormatOption
from policykit.cli.output import fail, show, write_json
from policykit.cli.statuses import EXIT_NO
from policykit.pricing.entry import Unpriced
from policykit.pricing.members import TEMPLATE
from policykit.pricing.model_price import ModelPrice, Usage
from policykit.pricing.reading import PriceList, read_list
from policykit.pricing.table import PriceTable
from policykit.source import Diagnostic, did_you_mean
from policykit.source.visible import visible
from policykit.vocabulary.exact import quoted_input

_NUMBERS = re.compile("[0-9]+")
MAX_SHOWN = 20
"""Models that are shown where none is named."""

app = typer.Typer(no_args_is_help=True, help="Price lists of models, in LiteLLM's format.")

Provider = Annotated[str, typer.Option(help="The provider, as `call.provider` has it.")]
File = Annotated[Path, typer.Argument(metavar="FILE", help="A model_prices_and_context_window.json.")]


def register(root: typer.Typer) -> None:
    """Add the command group to the program."""
    root.add_typer(app, name="prices")


@app.command()
def digest(file: File, output: FormatOption = Format.TEXT) -> None:
    """Print the digest to pin.

    The file is checked first. Exit 0, or 2 when it is no price list.
    """
    with reporting(output.value):
        found = read_list(file)
    if output is Format.JSON:
        write_json({"digest": found.digest})
    else:
        typer.echo(found.digest)


@app.command("show")
def show_prices(  # noqa: PLR0913, PLR0917 - the options of the command
    file: File,
    model: Annotated[list[str] | None, typer.Option("--model", help="A model; may be given again.")] = None,
    provider: Provider = "",
    input_tokens: Annotated[int, typer.Option("--input", min=0, max=10**12, help="Input tokens of a call.")] = 1_000,
    output_tokens: Annotated[int, typer.Option("--output", min=0, max=10**12, help="Output tokens.")] = 1_000,
    cached_tokens: Annotated[int, typer.Option("--cached", min=0, max=10**12, help="Of the input: from a cache.")] = 0,
    output: FormatOption = Format.TEXT,
) -> None:
    """Print what a call costs, by model. Exit 1 when one of the models that were named has no price."""
    with reporting(output.value):
        listed = read_list(file)
    used = Usage(input_tokens, output_tokens, cached_tokens)
    if not used.is_consistent:
        expected, got = f"at most {input_tokens:,}", f"{cached_tokens:,}"
        problem = Diagnostic("PK371", "more cached tokens than input tokens", expected=expected, got=got)
        fail(problem, format_name=output.value)
    prices = _looked_up(listed, model or [name for name in listed.entries if name != TEMPLATE][:MAX_SHOWN], provider)
    others = 0 if model else len(listed.entries) - len(prices) - (TEMPLATE in listed.entries)
    if output is Format.JSON:
        models = [_as_data(name, price, used) for name, price in prices.items()]
        write_json({**_tokens(used), "models": models, "not_shown": others})
    else:
        _print(prices, used)
        if others:
            typer.echo(f"... of {len(listed.entries):,} entries; name others with --model")
    if model:
        _end(_problems(prices, listed), output)


@app.command()
def check(
    file: File,
    policy: Annotated[Path, typer.Argument(metavar="POLICY", help="A policy that names models.")],
    provider: Provider = "",
    output: FormatOption = Format.TEXT,
) -> None:
    """Say which models that a policy names have no price. Exit 1 when one has none, or the policy names none."""
    from policykit.cli.policy_models import named_models
    from policykit.engine.load import load

    with reporting(output.value):
        listed = read_list(file)
        prices = _looked_up(listed, named_models(load(policy).checked), provider)
    problems = _problems(prices, listed) or ([] if prices else [_no_model(policy)])
    priced = sum(not isinstance(price, Unpriced) for price in prices.values())
    if output is Format.JSON:
        write_json({"models": [_as_data(name, price) for name, price in prices.items()]})
    else:
        typer.echo(f"{priced} of {len(prices)} models have a price")
    _end(problems, output)


Prices = dict[str, ModelPrice | Unpriced]
"""By the name that was asked for."""


def _looked_up(listed: PriceList, names: Iterable[str], provider: str) -> Prices:
    table = PriceTable(listed)
    return {name: table.look_up(name, provider) for name in names}


def _end(problems: list[Diagnostic], output: Format) -> None:
    if problems:
        show(problems, output.value)
        raise typer.Exit(EXIT_NO)


def _no_model(policy: Path) -> Diagnostic:
    expected = "a condition such as `call.model in approved`"
    return Diagnostic("PK372", "the policy names no model", place=str(policy), expected=expected, got="none")


def _print(prices: Prices, used: Usage) -> None:
    asked = f"{used.input:,} input tokens, {used.cached:,} of them cached, and {used.output:,} output tokens"
    typer.echo(asked)
    for name, price in prices.items():
        if isinstance(price, Unpriced):
            typer.echo(f"{visible(name, 80)}  not known: {price.reason}")
        else:
            cost = _cost(price, used)
            typer.echo(f"{visible(price.model, 80)}  {'not known' if cost is None else f'{cost} USD'}")


def _tokens(used: Usage) -> dict[str, object]:
    return {"input_tokens": used.input, "cached_tokens": used.cached, "output_tokens": used.output}


def _as_data(name: str, price: ModelPrice | Unpriced, used: Usage | None = None) -> dict[str, object]:
    """Return one model; an amount is a text, exact, and null where it is not known."""
    if isinstance(price, Unpriced):
        return {"model": name, "is_priced": False, "why": price.reason}
    cost = {} if used is None else {"cost": _cost(price, used), "currency": "USD"}
    return {"model": name, "entry": price.model, "is_priced": True, **cost}


def _cost(price: ModelPrice, used: Usage) -> str | None:
    cost = price.cost(used)
    assert not isinstance(cost, Fraction)  # prices are decimals, and so are their sums
    return None if cost is None else f"{Decimal(cost):f}"


def _problems(prices: Prices, listed: PriceList) -> list[Diagnostic]:
    return [_unpriced(name, price, listed) for name, price in prices.items() if isinstance(price, Unpriced)]


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
