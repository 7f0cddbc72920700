"""Laws of pricing's helps: what they say to do is done to the letter; a currency is named by its meaning alone."""

import re
import shlex

import pytest
from typer.testing import CliRunner

from policykit.cli.main import application
from policykit.errors import PricesError
from policykit.pricing.table import PriceTable
from tests.helps import told
from tests.unit.language.check.kit import SETTING, checked
from tests.unit.pricing.lists import table, write


def help_of(make):
    with pytest.raises(PricesError) as raised:
        make()
    return raised.value.diagnostics[0].help


def shown_by(help_, path):
    (line,) = re.findall("`([^`]+)`", help_)
    words = shlex.split(line.replace("FILE", str(path)))
    return CliRunner().invoke(application(), words[1:])


def test_a_list_is_pinned_with_what_the_help_writes(tmp_path):
    path = write(tmp_path)
    help_ = help_of(lambda: PriceTable.load(path))
    form = 'pricing/reading.py: see its prices (`policykit prices show FILE`) and pin it: digest="{}"'
    (digest,) = told(help_, form)
    assert shown_by(help_, path).exit_code == 0
    assert PriceTable.load(path, digest=digest)


def test_another_list_is_looked_at_and_pinned(tmp_path):
    path = write(tmp_path)
    with pytest.raises(PricesError) as raised:
        PriceTable.load(path, digest="sha256:" + "0" * 64)
    found = raised.value.diagnostics[0]
    told(found.help, "pricing/reading.py: compare its prices (`policykit prices show FILE`), then pin the new digest")
    assert shown_by(found.help, path).exit_code == 0
    assert PriceTable.load(path, digest=found.got.strip("`"))


MEANT = [("usd", "USD"), ("EURO", "EUR"), ("US$", "USD"), ("US", "USD"), ("£", "GBP"), ("UKP", "GBP"), ("RMB", "CNY"),
         ("SFR", "CHF"), ("Yen", "JPY"), ("pound sterling", "GBP")]  # fmt: skip


@pytest.mark.parametrize(("word", "code"), MEANT)
def test_a_currency_is_found_by_its_meaning(tmp_path, word, code):
    help_ = help_of(lambda: table(tmp_path, currency=word))
    assert told(help_, "vocabulary/currencies.py: did you mean `{}`?") == (code,)
    assert table(tmp_path, currency=code).currency == code


@pytest.mark.parametrize("word", ["GPB", "USX", "DOLLAR", "crown", "EUX", "XBT", "pound", ""])
def test_no_currency_is_offered_because_its_code_looks_alike(tmp_path, word):
    assert help_of(lambda: table(tmp_path, currency=word)) == ""


@pytest.mark.parametrize(("word", "help_"), [("RMB", "did you mean `CNY`?"), ("UZD", "")])
def test_a_policy_is_told_the_same(word, help_):
    wrong = SETTING + f'fact new.price : money {word} "the price"\n'
    (problem,) = [d for d in checked(wrong).diagnostics if "currency" in d.message]
    assert problem.help == help_
