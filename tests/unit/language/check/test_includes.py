"""Laws of packs: their clauses are part of the policy, in full and under their name; what is changed is only stricter or signed for."""

from __future__ import annotations

import pytest

from policykit.language import checked as c
from policykit.language.packs import DirectoryPacks, PackSource, default_folders
from policykit.source import Diagnostic
from tests.unit.language.check.kit import PACKS, SETTING, SPEED, checked, codes, policy

OUTER = """
language 1
pack outer version "2"
parameter limit : duration = 6 seconds
include speed with slowest = limit
detector number "number" matches /[0-9]+/
rule OUT-1 "o"
  on request
  when call.text contains any of number, pii.card
  then redact
"""


def clause(found: c.CheckedPolicy, id_: str):
    return next(clause for clause in found.clauses() if clause.id == id_)


def limit_of(found: c.CheckedPolicy, id_: str = "speed/SPEED-1"):
    return clause(found, id_).check.right.value


def test_clauses_of_a_pack_stand_under_its_name_with_its_words():
    found = policy("include speed\n")
    speed = clause(found, "speed/SPEED-1")
    assert speed.section == "speed/speed"
    assert found.sections["speed/speed"].title == "Speed"
    assert speed.source.name == "packs/speed.policy"
    assert "load" in found.evidence
    assert found.roles["run_owner"].party == "supplier", "the policy's own role fills the pack's"


def test_a_parameter_has_its_default_or_the_value_that_include_sets():
    assert limit_of(policy("include speed\n")) == 8
    assert limit_of(policy("include speed with slowest = 250 ms * 4\n")) == 1
    assert limit_of(policy("let l = 2 seconds\ninclude speed with slowest = l\n")) == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("slowest = 5", "PK201"),
        ("slowest = 5%", "PK202"),
        ('slowest = "5"', "PK200"),
        ("slowest = [5 seconds]", "PK208"),
        ("slowest = refund.amount", "PK218"),
        ("slowst = 5 seconds", "PK403"),
        ("slowest = 5 seconds, slowest = 6 seconds", "PK321"),
    ],
)
def test_an_argument_has_the_type_of_its_parameter(arguments, code):
    assert codes(f"include speed with {arguments}\n") == {code}


LISTED = """
language 1
pack listed version "1"
parameter models : list of text = ["a-1"] "the models"
parameter source : text = "production" "the source"
role run_owner "who runs the system"
section s "S"
  owner run_owner
rule MODEL-1 "m"
  on request
  when call.model not in models and call.team is not source
  then deny
"""


@pytest.mark.parametrize(
    ("arguments", "code", "help_"),
    [
        ('models = "b-2"', "PK208", 'write `["b-2"]`'),
        ("models = []", "PK213", ""),
        ("models = approvd", "PK100", "did you mean `approved`?"),
        ("source = production", "PK100", 'a text stands in quotes: write `"production"`'),
        ("source = 5", "PK200", ""),
    ],
)
def test_a_wrong_argument_is_one_fault_and_stands_in_the_file_that_gives_it(arguments, code, help_):
    text = f"include listed with {arguments}\n"
    found = [d for d in checked(text, packs={"listed": LISTED}).diagnostics if d.is_error]
    assert [(d.code, d.help) for d in found] == [(code, help_)]
    assert found[0].source.name == "test.policy"


def test_packs_of_packs_stand_under_both_names_with_the_outer_value():
    found = policy("include outer with limit = 3 seconds\n", packs={**PACKS, "outer": OUTER})
    assert limit_of(found, "outer/speed/SPEED-1") == 3
    assert {pack.name for pack in found.packs} == {"outer", "speed"}
    patterns = clause(found, "outer/OUT-1").then[0].patterns
    assert {pattern.name for pattern in patterns} == {"outer/number", "pii.card"}
    assert "outer/number" in found.detectors


def test_the_digest_of_a_pack_is_the_same_whatever_it_is_included_with():
    packs = {**PACKS, "outer": OUTER}
    plain = policy("include outer\n", packs=packs)
    other = policy("include outer with limit = 3 seconds\n", packs=packs)
    alone = policy(OUTER, packs=packs)
    assert plain.packs[0].digest == other.packs[0].digest == alone.digest
    assert plain.digest != other.digest


def test_a_parameter_is_not_the_same_as_a_value_equal_to_it():
    literal = SPEED.replace("<= slowest", "<= 8 seconds")
    assert policy(SPEED).digest != policy(literal).digest


@pytest.mark.parametrize(
    ("old", "new"),
    [("= 8 seconds", "= 9 seconds"), ("acceptable", "bearable"), ("slowest", "slow"), ("<= slowest", "< slowest")],
)
def test_the_digest_of_a_pack_tells_its_parameters_apart(old, new):
    assert policy(SPEED).digest != policy(SPEED.replace(old, new)).digest


def test_the_gates_of_a_pack_find_their_place_in_time():
    pack = SPEED.replace('gate launch "calls from all customers"', 'gate early "e"\ngate launch "l"\ngate late "x"')
    found = policy("include speed\n", packs={"speed": pack})
    assert list(found.gates) == ["canary", "early", "launch", "late"]


def test_a_circle_is_named_from_end_to_end():
    found = [d for d in checked("include circle-one\n").diagnostics if d.code == "PK402"]
    assert "`circle-one` -> `circle-two` -> `circle-one`" in found[0].message


def test_packs_that_double_at_each_step_are_cut_off():
    packs = {f"p{i}": f'language 1\npack p{i} version "1"\ninclude p{i + 1}\ninclude q{i + 1}\n' for i in range(30)}
    packs |= {f"q{i}": f'language 1\npack q{i} version "1"\ninclude p{i + 1}\n' for i in range(31)}
    assert "PK416" in codes("include p0\n", packs=packs)


def test_the_errors_of_a_pack_stand_in_its_own_file_and_its_warnings_are_its_writers():
    found = checked("include broken\n")
    assert found.policy is None
    places = {(d.code, d.source.name) for d in found.diagnostics if d.is_error}
    assert places == {("PK105", "packs/broken.policy"), ("PK418", "test.policy")}
    unused = SPEED + 'tool unused "x"\n'
    assert "PK130" not in {
        d.code for d in checked("include speed\n", packs={"speed": unused}).diagnostics if "unused" in d.message
    }


def test_a_pack_with_mistakes_of_syntax_gives_them():
    found = checked("include speed\n", packs={"speed": SPEED + "requirment X\n"})
    assert {"PK020", "PK418"} <= {d.code for d in found.diagnostics}


def test_an_include_of_a_pack_without_clauses_is_an_error():
    assert codes("include hollow\n", packs={"hollow": 'language 1\npack hollow version "1"\n'}) == {"PK304", "PK418"}


@pytest.mark.parametrize(
    ("pack", "code"),
    [
        (SPEED.replace("8 seconds", "8"), "PK201"),
        (SPEED + 'waive SPEED-1 through 2027-01-01\n  because "x"\n  approved by run_owner\n', "PK326"),
        (SPEED.replace('title "Answers', 'timezone "UTC"\n  title "Answers'), "PK326"),
        (SPEED.replace("pack speed", "policy speed"), "PK410"),
    ],
)
def test_what_does_not_belong_into_a_pack_is_an_error(pack, code):
    assert code in codes("include speed\n", packs={"speed": pack})


def test_tighten_adds_a_condition_and_lowers_the_age():
    found = policy("""
include speed
tighten speed/SPEED-1
  check load.latency_p99 <= 20 seconds and load.latency_p50 <= 1 second
  no older than 7 days
tighten speed/SPEED-1
  check golden.cases >= 5
""")
    tight = clause(found, "speed/SPEED-1")
    assert isinstance(tight.check, c.And)
    assert len(tight.check.items) == 4
    assert len(tight.tightened) == 2
    assert tight.shown_by == c.Trust(("load", "golden"), "", 604_800)


@pytest.mark.parametrize("age", ["30 days", "31 days"])
def test_tighten_to_an_age_that_is_not_lower_is_an_error(age):
    assert codes(f"include speed\ntighten speed/SPEED-1\n  no older than {age}\n") == {"PK408"}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("include speed\ntighten speed/SPEED-2\n  check golden.cases > 5\n", "PK116"),
        ("include quota with ceiling = 5\ntighten quota/QUOTA-1\n  check golden.cases > 5\n", "PK409"),
        ("tighten EVAL-1\n  check golden.cases > 5\n", "PK409"),
    ],
)
def test_only_requirements_of_packs_are_tightened(text, code):
    assert codes(text) == {code}


def test_replace_puts_another_condition_in_its_place_and_keeps_who_approved():
    found = clause(
        policy("""
include speed
replace speed/SPEED-1
  check load.latency_p95 <= 20 seconds
  because "attachments"
  approved by risk, security
"""),
        "speed/SPEED-1",
    )
    assert found.check.right.value == 20
    assert (found.replaced, found.replaced_by) == ("attachments", ("risk", "security"))
    assert found.shown_by == c.Trust(("load",), "", 2_592_000), "the age asked for stays"


def test_a_waiver_names_a_clause_of_a_pack_with_the_packs_name():
    waiver = 'waive {} through 2027-03-31\n  because "x"\n  approved by risk\n'
    assert codes("include speed\n" + waiver.format("speed/SPEED-1")) == set()
    found = checked("include speed\n" + waiver.format("SPEED-1")).diagnostics
    assert "did you mean `speed/SPEED-1`?" in {d.help for d in found}


def test_a_fact_that_means_something_else_in_the_pack_is_an_error():
    pack = (
        SPEED
        + 'fact refund.amount : money USD "x"\nrule R-1 "r"\n  on request\n  when refund.amount > 5 USD\n  then deny\n'
    )
    assert codes("include speed\n", packs={"speed": pack}) == {"PK407"}


def test_a_fact_known_in_fewer_phases_than_the_pack_needs_is_an_error():
    pack = SPEED + 'fact a.b : text "x"\nrule R-1 "r"\n  on request\n  when a.b is "x"\n  then deny\n'
    assert codes('include speed\nfact a.b : text "x" known on response\n', packs={"speed": pack}) == {"PK407"}
    assert codes('include speed\nfact a.b : text "x"\n', packs={"speed": pack}) == set()


def test_fields_that_policy_and_pack_add_to_the_same_evidence_are_all_there():
    pack = (
        SPEED
        + 'fact load.extra : percent "x"\nrequirement S-2 "s"\n  owner run_owner\n  before launch\n  check load.extra > 5%\n'
    )
    text = 'include speed\nevidence load : load_test from supplier "x"\nfact load.own : percent "x"\nrequirement S-3 "s"\n  check load.own > 5% and load.extra > 5%\n'
    fields = policy(text, packs={"speed": pack}).evidence["load"].kind.fields
    assert {"own", "extra"} <= fields.keys()


def test_packs_are_found_in_folders_in_order(tmp_path):
    for folder, seconds in (("one", "1 second"), ("two", "2 seconds")):
        (tmp_path / folder / "speed").mkdir(parents=True)
        (tmp_path / folder / "speed" / "speed.policy").write_text(SPEED.strip().replace("8 seconds", seconds))
    (tmp_path / "two" / "empty").mkdir()
    packs = DirectoryPacks([tmp_path / "none", tmp_path / "one", tmp_path / "two"])
    found = packs.find("speed")
    assert isinstance(found, PackSource)
    assert "1 second" in found.tree.source.text
    assert packs.names() == ("speed",)
    assert packs.find("missing") is None


@pytest.mark.parametrize("name", ["../speed", "/etc/passwd", "", "Speed", "a/b", "..", "speed\x00"])
def test_a_name_that_is_no_name_leads_to_no_file(name, tmp_path):
    (tmp_path / "speed").mkdir()
    (tmp_path / "speed" / "speed.policy").write_text(SPEED)
    assert DirectoryPacks([tmp_path / "speed"]).find(name) is None


def test_a_pack_that_cannot_be_read_says_why(tmp_path):
    (tmp_path / "speed").mkdir()
    (tmp_path / "speed" / "speed.policy").write_bytes(b"\xff\xfe")
    found = DirectoryPacks([tmp_path]).find("speed")
    assert isinstance(found, Diagnostic)
    assert found.code == "PK005"


def test_packs_are_looked_for_beside_the_policy_first():
    folders = default_folders("contracts/triage.policy")
    assert [folder.replace("\\", "/") for folder in folders[:2]] == ["contracts/rules", "contracts/packs"]


def test_the_pack_that_ships_has_no_errors_by_itself():
    packs = DirectoryPacks(default_folders("x.policy"))
    for name in packs.names():
        found = packs.find(name)
        assert isinstance(found, PackSource)
        assert found.diagnostics == ()


def test_a_role_that_only_the_pack_declares_has_no_party():
    found = checked("include roled\n")
    assert found.policy is not None
    assert [d.code for d in found.diagnostics if d.code == "PK415"] == ["PK415"]
    assert found.policy.roles["operator"].party == ""


def test_a_policy_of_nothing_but_an_include_is_a_policy():
    head = SETTING[: SETTING.index("section reference")]
    assert policy(head + "include speed\n").requirements[0].id == "speed/SPEED-1"
