"""Laws of `policykit test`, and of folders in the place of files."""

from __future__ import annotations

import json

import pytest

POLICY = """language 1
policy desk version "1.0.0"
party us "Us"
role duty of us
fact loan.amount : money EUR "the amount of the loan"
rule BIG-1 "Large" owner duty on request when loan.amount > 900 EUR then deny
"""
GOOD = 'test "large" given loan.amount is 901 EUR expect BIG-1 denies\n'
BAD = 'test "too strict" given loan.amount is 900 EUR expect BIG-1 denies\n'


@pytest.fixture
def write(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def put(name, *tests):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(POLICY + "".join(tests))

    return put


def test_all_pass(policykit, write):
    write("a.policy", GOOD)
    assert policykit("test", "a.policy") == (0, "a.policy: 1 test passed\n", "")


def test_a_failure_is_shown_with_its_place_and_ends_with_1(policykit, write):
    write("a.policy", GOOD, BAD)
    ran = policykit("test", "a.policy")
    assert ran.code == 1
    assert ran.out.startswith("a.policy: 1 of 2 tests failed\n")
    assert "error[PK455]: the test `too strict` fails" in ran.out
    assert "--> a.policy:8:55" in ran.out
    assert "= expected `BIG-1` denies" in ran.out
    assert "= got `BIG-1` does not act" in ran.out


def test_json_says_the_same(policykit, write):
    write("a.policy", GOOD, BAD)
    ran = policykit("test", "a.policy", "--format", "json")
    (file,) = json.loads(ran.out)["files"]
    assert (ran.code, [each["passed"] for each in file["tests"]]) == (1, [True, False])
    assert file["tests"][1]["failures"] == [{"expected": "`BIG-1` denies", "got": "`BIG-1` does not act"}]


@pytest.mark.parametrize("form", ["sarif", "github"])
def test_the_forms_of_lint_are_there_too(policykit, write, form):
    write("a.policy", BAD)
    ran = policykit("test", "a.policy", "--format", form)
    assert (ran.code, "PK455" in ran.out) == (1, True)


def test_a_run_without_a_test_is_no_success(policykit, write):
    write("a.policy")
    ran = policykit("test", "a.policy")
    assert (ran.code, ran.out) == (2, "")
    assert "PK456" in ran.err


def test_a_policy_with_errors_is_not_tested_and_the_others_are(policykit, write):
    write("a.policy", GOOD)
    write("b.policy", "nonsense\n")
    ran = policykit("test", "b.policy", "a.policy")
    assert (ran.code, ran.out) == (2, "a.policy: 1 test passed\n")
    assert "b.policy" in ran.err


@pytest.mark.parametrize("command", ["lint", "test"])
def test_a_folder_stands_for_the_policies_below_it(policykit, write, command):
    write("x/b.policy", GOOD)
    write("x/deep/a.policy", BAD)
    write("x/.hidden/c.policy", BAD)
    by_folder, by_name = policykit(command, "x"), policykit(command, "x/b.policy", "x/deep/a.policy")
    assert by_folder == by_name
    assert by_folder.code == (1 if command == "test" else 0)


def test_fmt_takes_a_folder(policykit, write, tmp_path):
    write("x/deep/a.policy", GOOD)
    assert policykit("fmt", "--check", "x").code == 1
    assert policykit("fmt", "x").code == 0
    assert policykit("fmt", "--check", "x").code == 0


@pytest.mark.parametrize("command", ["lint", "fmt", "test"])
def test_a_folder_without_a_policy_is_told(policykit, tmp_path, command):
    ran = policykit(command, str(tmp_path))
    assert (ran.code, ran.out) == (2, "")
    assert "PK905" in ran.err
