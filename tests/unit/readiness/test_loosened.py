"""Law: whoever reads a verdict in any format learns which parameters of packs are looser than the pack's own."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console as Terminal

from policykit.cli.verdict_text import print_verdict
from policykit.readiness.exports import exports
from policykit.readiness.signed_verdict import EXTENSION, open_verdict, sign_verdict, signed_at
from policykit.trail.format.keys import DsseKey
from tests.unit.readiness.projects import AT, CASES, key_of, verdict, write

PACK = """language 1
pack inner version "1"
  title "Inner"
parameter min_cases : count = 500 "how many cases"
parameter max_refusals : percent = 5% "how many refusals"
role evaluation_lead "leads"
gate launch "all"
evidence golden : evaluation "it"
section s "S"
  owner evaluation_lead
  before launch
requirement R-1 "many"
  shown by golden
  check golden.cases >= min_cases
requirement R-2 "few refusals"
  shown by golden
  check golden.refusal_rate <= max_refusals
"""
LOOSE = "min_cases = 1 (the pack: 500)"


def _text(found) -> str:
    out = io.StringIO()
    print_verdict(found, Terminal(file=out, width=200))
    return out.getvalue()


def _signed(found) -> str:
    key = key_of("Ada Lund")
    envelope = sign_verdict(signed_at(found, AT), [key.dsse_signer()])
    return "\n".join(open_verdict(envelope.to_json(), [DsseKey(key.verifier.public)], "v").loosened)


FORMATS = {**{name: export.render for name, export in exports().items()}, "terminal": _text, "signed": _signed}


@pytest.fixture
def including(tmp_path):
    """Return the verdict on a project whose policy includes the pack with arguments."""

    def judged(arguments: str):
        write(tmp_path, f"include inner {arguments}\n{CASES}")
        return verdict(tmp_path)

    folder = tmp_path / "rules" / "inner"
    folder.mkdir(parents=True)
    (folder / "inner.policy").write_text(PACK)
    return judged


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_a_loosened_parameter_stands_in_every_format(including, name):
    text = FORMATS[name](including("with min_cases = 1"))
    assert LOOSE in text.replace("\\", "")  # Markdown escapes the underscore


@pytest.mark.parametrize("name", sorted(FORMATS))
@pytest.mark.parametrize("arguments", ["", "with min_cases = 501", "with min_cases = 500, max_refusals = 4%"])
def test_a_pack_as_it_is_or_stricter_is_not_called_looser(including, name, arguments):
    found = including(arguments)
    assert found.loosened == ()
    assert "(the pack: " not in FORMATS[name](found)


def test_each_loosened_parameter_is_listed_with_its_pack(including):
    found = json.loads(including("with min_cases = 1, max_refusals = 6%").to_json())
    assert found["loosened"] == [
        {"pack": "inner", "says": LOOSE},
        {"pack": "inner", "says": "max_refusals = 6% (the pack: 5%)"},
    ]


def test_the_signed_statement_holds_what_the_verdict_holds(including):
    found = including("with min_cases = 1")
    envelope = sign_verdict(signed_at(found, AT), [key_of("Ada Lund").dsse_signer()])
    own = json.loads(envelope.payload)["predicate"][EXTENSION]
    assert own["loosened"] == [item.model_dump(mode="json") for item in found.loosened]
