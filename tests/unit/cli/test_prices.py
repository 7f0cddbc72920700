"""`policykit prices`: what is printed, and how it ends."""

import subprocess
import sys

import pytest

from policykit.encoding.digest import digest_of_file
from tests.unit.pricing.lists import write

POLICY = """language 1
policy p version "1.0.0"
  title    "x"
  timezone "UTC"
party supplier "Acme"
role boss of supplier
let approved = ["m-1", "nearly"]
section s "x"
  owner boss
rule R-1 "x"
  on   request
  when {when}
  then deny
"""


def run(folder, *arguments):
    program = "from policykit.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "prices", *arguments], cwd=folder, capture_output=True, text=True
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_the_digest_is_that_of_the_bytes(tmp_path):
    path = write(tmp_path)
    assert run(tmp_path, "digest", "prices.json") == (0, f"{digest_of_file(path)}\n", "")


@pytest.mark.parametrize("text", ["", "[]", '{"a": 1, "a": 2}', '{"a": NaN}'])
@pytest.mark.parametrize("command", ["digest", "show"])
def test_what_is_no_price_list_is_not_understood(tmp_path, text, command):
    write(tmp_path, text)
    code, out, err = run(tmp_path, command, "prices.json")
    assert (code, out) == (2, "")
    assert "error[PK" in err


def test_costs_are_exact_and_a_model_without_a_price_is_a_finding(tmp_path):
    write(tmp_path)
    asked = ("--input", "1000", "--output", "3", "--cached", "999")
    code, out, err = run(tmp_path, "show", "prices.json", "--model", "cached", "--model", "m", *asked)
    assert code == 1
    assert "cached  0.0003477 USD\n" in out
    assert "m  not known: the list does not have it\n" in out
    assert "PK368" in err
    assert "0 of them cached" in run(tmp_path, "show", "prices.json")[1]


def test_the_provider_chooses_between_two_prices(tmp_path):
    write(tmp_path)
    assert "azure/m-1  0.015 USD" in run(tmp_path, "show", "prices.json", "--model", "m-1", "--provider", "azure")[1]


def test_more_cached_than_input_tokens_are_not_understood(tmp_path):
    write(tmp_path)
    code, _, err = run(tmp_path, "show", "prices.json", "--input", "1", "--cached", "2")
    assert code == 2
    assert "PK371" in err


@pytest.mark.parametrize(
    "when",
    [
        "call.model not in approved",
        'call.team is "x" and (call.model is "m-1" or not call.model in approved)',
        "count of calls where call.model in approved today > 3",
    ],
)  # fmt: skip
def test_a_policys_models_are_looked_up_wherever_they_stand(tmp_path, when):
    write(tmp_path)
    (tmp_path / "p.policy").write_text(POLICY.format(when=when))
    code, out, err = run(tmp_path, "check", "prices.json", "p.policy")
    assert (code, out) == (1, "1 of 2 models have a price\n")
    assert "the price of `nearly` is not known" in err


def test_a_policy_without_models_has_not_been_checked(tmp_path):
    write(tmp_path)
    (tmp_path / "p.policy").write_text(POLICY.format(when='call.team is "x"'))
    code, out, err = run(tmp_path, "check", "prices.json", "p.policy")
    assert (code, out) == (1, "0 of 0 models have a price\n")
    assert "PK372" in err
