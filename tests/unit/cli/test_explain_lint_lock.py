"""Laws of `explain`, `lint` and `lock`."""

from __future__ import annotations

import json

import pytest

from policykit.cli.format import ReportFormat as Format
from policykit.source import pages
from policykit.source.render import formats

PACK = """language 1
pack base version "2.1.0"
role lead
gate launch "the launch"
evidence golden : evaluation
requirement EVAL-1 "Enough cases"
  owner lead
  shown by golden
  before launch
  check golden.cases >= 100
"""
WITH_PACK = 'language 1\npolicy p version "1"\nparty a "A"\nrole lead of a\ngate launch "l"\ninclude base\n'


@pytest.fixture
def including(tmp_path):
    (tmp_path / "packs" / "base").mkdir(parents=True)
    (tmp_path / "packs" / "base" / "base.policy").write_text(PACK)
    path = tmp_path / "p.policy"
    path.write_text(WITH_PACK)
    return path


# --- explain ------------------------------------------------------------------------------------------------------


def test_a_code_is_explained_by_its_page(policykit):
    assert policykit("explain", "PK001") == (0, pages.page("PK001"), "")
    assert policykit("explain", "pk001").out == pages.page("PK001")


def test_an_unknown_code_is_refused_with_the_nearest(policykit):
    ran = policykit("explain", "PK0001")
    assert (ran.code, ran.out) == (2, "")
    assert "there is no code `PK0001`" in ran.err
    assert "did you mean `PK001`?" in ran.err


def test_a_clause_without_a_file_is_told_how_to_ask(policykit):
    assert "policykit explain EVAL-1 FILE" in policykit("explain", "EVAL-1").err


def test_a_clause_is_explained_in_english(policykit, policy):
    ran = policykit("explain", "MODEL-1", policy)
    assert ran.code == 0
    assert " ".join(ran.out.split()) == (
        "MODEL-1, Only approved models. Before a request goes to the model, if the model that was asked is neither "
        '"a-1" nor "b-2": the call is refused, with the message "the model {call.model} is not approved" '
        "(where `{call.model}` stands for the model that was asked). "
        "If a missing or unreadable fact leaves this condition undecided, the rule acts all the same. "
        "The duty role of the supplier (Acme AI GmbH) answers for it. "
        "Reason given, which does not bind: others were not tested."
    )
    assert max(map(len, ran.out.splitlines())) <= 100


def test_an_unknown_clause_is_refused_with_the_nearest(policykit, policy):
    ran = policykit("explain", "MODEL-2", policy)
    assert ran.code == 2
    assert "error[PK902]: the policy has no clause `MODEL-2`" in ran.err
    assert "did you mean `MODEL-1`?" in ran.err


# --- lint ---------------------------------------------------------------------------------------------------------


def test_the_formats_of_lint_are_the_renderers_that_there_are():
    assert sorted(Format) == sorted(formats())


def test_a_policy_without_findings_ends_with_0(policykit, policy):
    assert policykit("lint", policy) == (0, "no findings in 1 file\n", "")


def test_all_findings_of_all_files_are_printed_with_exit_1(policykit, policy, tmp_path):
    wrong = tmp_path / "wrong.policy"
    wrong.write_text(policy.read_text().replace("call.model", "call.modle").replace("500 EUR", "500"))
    ran = policykit("lint", policy, wrong)
    assert ran.code == 1
    assert "did you mean `call.model`?" in ran.out
    assert "wrong.policy:18:" in ran.out
    assert "wrong.policy:23:" in ran.out
    *_, counts, pages = ran.out.splitlines()
    assert counts.endswith("errors")
    assert pages == "`policykit explain PK100` says more; the same goes for PK124, PK201"


@pytest.mark.parametrize("name", ["json", "sarif"])
def test_machine_formats_are_one_document_even_when_a_file_is_missing(policykit, policy, name):
    ran = policykit("lint", "--format", name, policy, "missing.policy")
    assert (ran.code, ran.err) == (2, "")
    assert "PK001" in json.dumps(json.loads(ran.out))


def test_github_gets_one_line_a_finding(policykit):
    ran = policykit("lint", "--format", "github", "missing.policy")
    assert ran.out == "::error title=PK001::missing.policy: there is no such file\n"


def test_a_lint_report_names_no_colours_outside_a_terminal(policykit):
    assert "\x1b" not in policykit("lint", "missing.policy").out


# --- lock ---------------------------------------------------------------------------------------------------------


def test_locking_silences_the_warning_about_packs_that_are_not_pinned(policykit, including):
    assert "base" in policykit("lint", including).out
    ran = policykit("lock", including)
    assert ran.code == 0
    assert ran.out.startswith("base 2.1.0 sha256:")
    assert ran.out.endswith("policykit.lock: 1 pack locked\n")
    assert policykit("lint", including).code == 0


def test_a_changed_pack_is_an_error_until_it_is_locked_again(policykit, including, tmp_path):
    policykit("lock", including)
    pack = tmp_path / "packs" / "base" / "base.policy"
    pack.write_text(PACK.replace("100", "50"))
    assert policykit("lint", including).code == 1
    assert policykit("explain", "base/EVAL-1", including).code == 2
    assert policykit("lock", including).code == 0
    assert policykit("lint", including).code == 0


def test_a_policy_with_errors_is_not_locked(policykit, including, tmp_path):
    including.write_text(WITH_PACK.replace("include base", "include bsae"))
    ran = policykit("lock", including)
    assert ran.code == 2
    assert "did you mean" in ran.err
    assert not (tmp_path / "policykit.lock").exists()


def test_a_lock_that_cannot_be_written_is_said(policykit, including, tmp_path):
    (tmp_path / "policykit.lock").mkdir()
    assert "error[PK903]: the file cannot be written" in policykit("lock", including).err


@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_a_whole_policy_is_explained_clause_by_clause(policykit, policy, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    ran = policykit("explain", policy)
    assert ran.code == 0
    one_by_one = [policykit("explain", name, policy).out for name in ("MODEL-1",)]
    assert all(text in ran.out for text in one_by_one)
    assert max(map(len, ran.out.splitlines())) <= min(100, int(columns))


def test_a_policy_that_is_not_there_is_told_as_one(policykit):
    ran = policykit("explain", "nothing.policy")
    assert (ran.code, "PK001" in ran.err) == (2, True)
