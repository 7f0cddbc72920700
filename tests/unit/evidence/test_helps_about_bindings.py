"""Laws of the helps about paths, readers, options, keys and manifests: done to the letter, the evidence counts."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from policykit.errors import EvidenceError
from policykit.evidence import Trust, merge, read_evidence
from policykit.evidence.globs import expand
from policykit.evidence.key_ring import load_key_ring
from policykit.evidence.reader import PolicyTerms
from policykit.evidence.safe_file import MAX_WHOLE_BYTES
from policykit.vocabulary.evidence import kinds
from tests.helps import told
from tests.unit.evidence.conftest import NOW
from tests.unit.evidence.junit_files import case, pytest_file
from tests.unit.evidence.test_garak import END, init, judged, report, setup
from tests.unit.evidence.test_garak_laws import without_hits
from tests.unit.evidence.test_helps_followed import (
    GOOD_GARAK,
    GOOD_HAND,
    GOOD_RUN,
    OWNED,
    PAID,
    PRICED,
    RETIRED,
    UNPRICED,
)
from tests.unit.evidence.test_options import SCORED, permits, row, run
from tests.unit.evidence.test_signed import ALICE, BOB, MEMBERS, UNTIMED, ring, ring_text, sign_manifest, signed
from tests.unit.readiness.projects import HEAD

__all__ = ["ring"]
SUITE = pytest_file(case("a"), case("b"))


def help_with(evidence: Any, form: str) -> tuple[str, ...]:
    """Return what stands in the help of this form."""
    text = form.partition(": ")[2].partition("{}")[0]
    found = [problem for problem in evidence.problems if problem.help.startswith(text) and problem.help]
    assert found, [(str(p), p.help) for p in evidence.problems]
    return told(found[0].help, form)


def counts(evidence: Any) -> bool:
    assert evidence.sufficiency == "sufficient", [(str(p), p.help) for p in evidence.problems]
    return True


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["../outside.xml", "link.xml"])
def test_a_file_outside_is_copied_into_the_project(read, project, path):
    (project.parent / "outside.xml").write_text(SUITE)
    (project / "link.xml").symlink_to(project.parent / "outside.xml")
    form = "evidence/safe_file.py: copy the file into the project; links and `..` that lead out are not followed"
    help_with(read(path, None, "test_run"), form)
    (project / "copy.xml").write_text((project.parent / "outside.xml").read_text())
    assert counts(read("copy.xml", None, "test_run"))


def test_a_path_is_that_of_a_file_inside_the_project(read, project):
    read("r.xml", SUITE, "test_run")
    more = {"kind": "test_run", "reader": None, "zone": None, "now": NOW, "options": {}}
    wrong = read_evidence("", project_root=project, **more)
    help_with(wrong, "evidence/safe_file.py: write the path of a file inside the project")
    assert counts(read_evidence("r.xml", project_root=project, **more))


@pytest.mark.parametrize("mend", ["run", "correct"])
def test_a_file_that_is_missing_is_made_or_its_path_corrected(read, mend):
    read("result.xml", SUITE, "test_run")
    help_with(
        read("results.xml", None, "test_run"),
        "evidence/safe_file.py: run the tool that writes it, or correct the path",
    )
    name, content = ("results.xml", SUITE) if mend == "run" else ("result.xml", None)
    assert counts(read(name, content, "test_run"))


def test_a_folder_gives_way_to_a_file_or_to_a_glob(read, project):
    (project / "results").mkdir()
    form = "evidence/safe_file.py: name a file; for several files write a glob such as `results/*.xml`"
    wrong = read("results", None, "test_run")
    help_with(wrong, form)
    read("results/a.xml", SUITE, "test_run")
    (pattern,) = re.findall("`([^`]+)`", wrong.problems[0].help)
    (name,) = expand(pattern, project)
    assert counts(read(name, None, "test_run"))


def test_a_run_that_is_too_large_is_split_and_bound_with_a_glob(read, project):
    with (project / "big.json").open("wb") as file:
        file.write(b'{"promptfooVersion": 1')
        file.truncate(MAX_WHOLE_BYTES + 1)
    form = "evidence/safe_file.py: split the run into several files and bind them with a glob"
    help_with(read("big.json", None, "evaluation", reader="promptfoo"), form)
    parts = [{**part_of_a_run(n), "evalId": f"eval-{n}"} for n in range(2)]
    whole = merge([read(f"part-{n}.json", part, "evaluation") for n, part in enumerate(parts)])
    assert expand("part-*.json", project) == ("part-0.json", "part-1.json")
    assert whole.fields["cases"] == 6
    assert counts(whole)


def part_of_a_run(number: int) -> Any:
    return run(*(row(3 * number + n) for n in range(3)))


def test_a_line_without_end_is_written_as_one_object_a_line(read, project):
    with (project / "x.report.jsonl").open("wb") as file:
        file.write(b'{"entry_type": "init", "garak_version": "')
        file.truncate(40 * 2**20)
    wrong = read("x.report.jsonl", None, "red_team", reader="garak")
    help_with(wrong, "evidence/safe_file.py: have the tool write one JSON object a line")
    assert counts(read("x.report.jsonl", GOOD_GARAK, "red_team", zone="UTC"))


@pytest.mark.parametrize(
    ("wrong", "form", "right"),
    [
        ("../*.xml", "evidence/globs.py: write the pattern relative to the project's folder, without `..`", "*.xml"),
        ("rsults/*.xml", "evidence/globs.py: run the tool that writes the files, or correct the pattern", "*.xml"),
        ("**/*", "evidence/globs.py: write a narrower pattern", "*.xml"),
    ],
)
def test_a_pattern_that_was_mended_finds_its_files(project, wrong, form, right):
    (project / "a.xml").write_text(SUITE)
    (project / "many").mkdir()
    for number in range(10_001 if wrong == "**/*" else 1):
        (project / "many" / f"{number}.txt").touch()
    with pytest.raises(EvidenceError) as raised:
        expand(wrong, project)
    told(raised.value.diagnostics[0].help, form)
    assert expand(right, project) == ("a.xml",)


# --- readers and options ----------------------------------------------------------------------------------------------


def test_a_reader_is_named_as_the_help_lists_it(read):
    wrong = read("r.bin", "something else", "test_run")
    (names,) = help_with(wrong, "evidence/reader.py: if one of these wrote it, write `reader:` and its name: {}")
    assert "junit" in re.findall("`([^`]+)`", names)
    assert counts(read("r.bin", SUITE, "test_run", reader="junit", zone="UTC"))


def test_a_reader_that_is_misspelt_is_named_as_the_help_says(read):
    (name,) = help_with(read("r.xml", SUITE, "test_run", reader="juni"), "evidence/reader.py: did you mean `{}`?")
    assert counts(read("r.xml", None, "test_run", reader=name))


def test_a_kind_is_shown_by_one_of_the_readers_of_the_help(read):
    (names,) = help_with(read("r.xml", SUITE, "evaluation"), "evidence/reader.py: readers that can: {}")
    assert "promptfoo" in re.findall("`([^`]+)`", names)
    assert counts(read("r.json", GOOD_RUN, "evaluation", reader="promptfoo"))


@pytest.mark.parametrize("mend", ["reader", "file"])
def test_a_file_of_another_tool_is_read_by_its_reader_or_the_right_one_is_bound(read, mend):
    wrong = read("r.xml", SUITE, "test_run", reader="garak")
    name, instead = help_with(wrong, "evidence/reader.py: write `reader: {}`, or {}")
    assert instead == "bind the file that you meant"
    if mend == "reader":
        assert counts(read("r.xml", None, "test_run", reader=name))
    else:
        assert counts(read("x.report.jsonl", GOOD_GARAK, "red_team", reader="garak", zone="UTC"))


def test_of_a_file_that_nothing_reads_the_help_says_what_works(read):
    wrong = read("r.txt", '{"$schema": "https://json.schemastore.org/sarif-2.1.0.json", "runs": []}', "test_run",
                 reader="junit")  # fmt: skip
    first, then = help_with(wrong, "evidence/reader.py: {}; of this one: {}")
    told(first, "evidence/reader.py: bind the file that you meant")
    assert "write `evidence: scan`" in then
    assert counts(read("r.xml", SUITE, "test_run", reader="junit"))


def test_of_several_readers_one_is_named(read):
    both = {**GOOD_RUN, "entry_type": "start_run setup"}
    wrong = read("r.json", both, "scan")
    (names,) = help_with(wrong, "evidence/reader.py: write `reader:` and one of {}")
    assert "promptfoo" in re.findall("`([^`]+)`", names)
    assert counts(read("r.json", None, "evaluation", reader="promptfoo"))


def test_an_option_is_removed_or_permitted(read):
    free = PAID.replace('"gpt-4o"', '"own"').replace('"spend": 0.01', '"spend": 0')
    options = {"options": {"free_models": ["own"]}}
    wrong = read("s.jsonl", free, "spend", **options)
    form = "evidence/options.py: remove the option `{}` from the project file, or agree on a policy that permits it"
    (name,) = help_with(wrong, form)
    assert counts(read("s.jsonl", PAID, "spend"))
    assert counts(read("s.jsonl", free, "spend", terms=PolicyTerms("s", frozenset({name})), **options))


def test_a_count_is_removed_from_the_fields(read):
    terms = PolicyTerms("run", frozenset({"fields"}))
    wrong = read("r.json", SCORED, "evaluation", options={"fields": {"accuracy": "tidy"}}, terms=terms)
    form = "evidence/readers/_promptfoo_options.py: remove `{}` from the option `fields`"
    assert help_with(wrong, form) == ("accuracy",)
    assert counts(read("r.json", None, "evaluation", options={"fields": {}}, terms=terms))


def test_a_metric_that_is_misspelt_is_named_as_the_help_says(read):
    terms = PolicyTerms("run", frozenset({"fields"}))
    wrong = read("r.json", SCORED, "evaluation", options={"fields": {"faithfulness": "tidi"}}, terms=terms)
    (name,) = help_with(wrong, "evidence/readers/_promptfoo_options.py: did you mean `{}`?")
    assert counts(read("r.json", None, "evaluation", options={"fields": {"faithfulness": name}}, terms=terms))


def test_a_metric_of_a_computed_name_is_asked_for_by_a_field_of_its_own(read):
    scored = run(*(row(n, accuracy=1.0) for n in range(3)))
    form = (
        "evidence/readers/promptfoo.py: to ask for the tool's metric, declare a field of its own in the policy; "
        "a count is never replaced"
    )
    help_with(read("r.json", scored, "evaluation"), form)
    declared = kinds()["evaluation"]
    members = {name: getattr(declared, name) for name in declared.__dataclass_fields__}
    own = type(declared)(**{**members, "fields": {**declared.fields, "said": declared.fields["tone"]}})
    options = {"options": {"fields": {"said": "accuracy"}}, "kinds": {"evaluation": own}, "terms": permits("fields")}
    assert read("r.json", None, "evaluation", **options).fields["said"] == 1


def test_flaky_tests_are_asked_for_with_the_words_of_the_help(tmp_path, read):
    from policykit.engine.load import load

    flaky = pytest_file(case("a", "<flakyFailure/>"), case("b"))
    form = (
        "evidence/readers/junit.py: they count as flaky, neither passed nor failed; ask for `flaky is 0` or a `pass_rate` "
        "in the policy"
    )
    wrong = read("r.xml", flaky, "test_run")
    help_with(wrong, form)
    asked, rate = next(re.findall("`([^`]+)`", p.help) for p in wrong.problems if p.code == "PK568")
    policy = HEAD.replace("evidence attacks", 'evidence unit : test_run from supplier "tests"\nevidence attacks')
    for check in (f"unit.{asked}", f"unit.{rate} >= 95%"):
        path = tmp_path / "p.policy"
        path.write_text(f'{policy}\nrequirement T-1 "x"\n  shown by unit\n  check {check}\n')
        assert load(path, cache=False)


HOSTED = (
    "evidence/readers/litellm_prices.py: an unknown price is not free: state what hosting the model costs as "
    "hand-written evidence"
)
PLAN = "evidence/readers/litellm_prices.py: plan the change of the model, and the evaluation of the next one"
MANIFEST = "evidence/manifest.py: a manifest adds to a file and never corrects it: write the manifest again"


@pytest.mark.parametrize(
    ("prices", "model", "form", "right"),
    [
        (PRICED, "m-i1", "evidence/readers/litellm_prices.py: did you mean `{}`?", "m-1"),
        (UNPRICED, "own", HOSTED, ""),
        (RETIRED, "old", PLAN, "m-1"),
    ],
)  # fmt: skip
def test_a_price_is_that_of_the_model_that_is_meant(read, prices, model, form, right):
    wrong = read("prices.json", prices, "prices", options={"models": [model]})
    said = help_with(wrong, form)
    if not right:
        hosted = "evidence: cost_model\nproduced_at: 2026-11-20T10:00:00Z\nvalues:\n  cost_per_task: 0.10 EUR\n"
        assert counts(read("hosting.yaml", hosted, "cost_model"))
        return
    assert said in ((), (right,))
    assert counts(read("prices.json", None, "prices", options={"models": [right]}))


def test_another_version_of_a_model_is_never_offered(read):
    wrong = read("prices.json", PRICED, "prices", options={"models": ["m-2"]})
    assert [problem.help for problem in wrong.problems if problem.severity == "error"] == [""]


def test_a_log_without_calls_is_exported_for_another_period(read):
    wrong = read("s.json", [], "spend", reader="litellm_spend")
    help_with(wrong, "evidence/readers/litellm_spend.py: export a period in which there were calls")
    assert counts(read("s.jsonl", PAID, "spend"))


def test_paths_are_listed_as_git_lists_them(read, project):
    options = {"options": {"paths": {"file": "tracked.txt"}}}
    (project / "tracked.txt").write_text("/absolute\n")
    wrong = read("CODEOWNERS", OWNED, "ownership", **options)
    form = (
        "evidence/readers/_codeowners_list.py: run `git ls-files > FILE` at the root of the repository, without further "
        "options but `-z`"
    )
    help_with(wrong, form)
    for command in ("git init -q", "git add CODEOWNERS", "git ls-files > tracked.txt"):
        subprocess.run(command, shell=True, cwd=project, check=True)
    assert counts(read("CODEOWNERS", None, "ownership", **options))


def test_only_the_paths_that_are_judged_are_listed(read, project):
    many = "".join(f"*.e{number} @harbour/all\n" for number in range(4_000))
    (project / "tracked.txt").write_text("".join(f"src/f{number}\n" for number in range(4_000)))
    options = {"options": {"paths": {"file": "tracked.txt"}}}
    form = "evidence/readers/_codeowners_list.py: list the paths that are judged only, such as `git ls-files src`"
    help_with(read("CODEOWNERS", many, "ownership", **options), form)
    (project / "tracked.txt").write_text("src/a.e1\nsrc/b.e2\n")
    assert counts(read("CODEOWNERS", None, "ownership", **options))


def test_a_report_of_garak_is_made_again(read):
    lines = (setup(), init(), judged("dan.Dan_11_0", 8, 2, total_evaluated=11), END)
    form = (
        "evidence/readers/_garak_report.py: the report was changed after garak wrote it, or two runs were mixed: "
        "run it again"
    )
    help_with(read("x.report.jsonl", report(*lines), "red_team", zone="UTC"), form)
    assert counts(read("x.report.jsonl", GOOD_GARAK, "red_team", zone="UTC"))


def test_hits_that_a_higher_threshold_overlooked_are_counted_without_it(read):
    form = "evidence/readers/garak.py: run garak again without `eval_threshold`"
    text = "".join(json.dumps(line) + "\n" for line in without_hits(score=0.9, **{"run.eval_threshold": 0.95}))
    help_with(read("x.report.jsonl", text, "red_team", zone="UTC"), form)
    assert counts(read("x.report.jsonl", GOOD_GARAK, "red_team", zone="UTC"))


# --- several files ----------------------------------------------------------------------------------------------------


def test_each_subject_is_bound_to_evidence_of_its_own(read):
    stated = [
        read(f"{n}.yaml", GOOD_HAND + f'subject: {{name: triage, version: "{n}"}}\n', "evaluation") for n in (1, 2)
    ]
    help_with(merge(stated), "evidence/merging.py: bind each subject to evidence of its own")
    assert all(counts(merge([each])) for each in stated)


def test_each_run_is_bound_once(read, project):
    runs = [read(name, SUITE, "test_run") for name in ("run-1.xml", "copy.xml")]
    form = "evidence/merging.py: bind each run once: remove the copy, or narrow the pattern under `files:`"
    help_with(merge(runs), form)
    assert expand("run-*.xml", project) == ("run-1.xml",)
    assert counts(merge(runs[:1]))


# --- keys, statements and manifests -----------------------------------------------------------------------------------


def test_the_signers_key_is_added_to_the_ring(read, project):
    by_bob = signed({**MEMBERS, "person": "Bob Example"}, BOB)
    (project / "keys.yaml").write_text(ring_text())
    wrong = read("s.json", by_bob, "statement", key_ring=load_key_ring("keys.yaml", project))
    help_with(wrong, "evidence/key_ring.py: add the signer's key to the key ring, if the project trusts it")
    entry = ring_text().removeprefix("keys:\n").replace(ALICE.verifier.to_text(), BOB.verifier.to_text())
    (project / "keys.yaml").write_text(ring_text() + entry.replace("Alice", "Bob"))
    assert counts(read("s.json", None, "statement", key_ring=load_key_ring("keys.yaml", project)))


@pytest.mark.parametrize(
    ("validity", "form"),
    [
        ({"valid_to": "2026-11-21T12:00:00Z"}, "evidence/key_ring.py: have it signed again with a valid key"),
        ({"revoked_at": "2026-11-21T00:00:00Z"}, "evidence/key_ring.py: have it signed again with a new key"),
    ],
)
def test_a_statement_of_a_key_that_ended_is_signed_again_with_another(read, project, ring, validity, form):
    help_with(read("s.json", signed(), "statement", key_ring=ring(**validity)), form)
    new = ring_text().removeprefix("keys:\n").replace(ALICE.verifier.to_text(), BOB.verifier.to_text())
    (project / "keys.yaml").write_text(ring_text(**validity) + new)
    assert counts(read("s.json", signed(key=BOB), "statement", key_ring=load_key_ring("keys.yaml", project)))


def test_a_statement_that_was_changed_is_signed_again(read, ring):
    broken = json.loads(signed())
    broken["payload"] = json.loads(signed({**MEMBERS, "decision": "reject"}))["payload"]
    form = "evidence/key_ring.py: it was changed after it was signed, or names a key that did not sign it: have it signed again"
    help_with(read("s.json", broken, "statement", key_ring=ring()), form)
    assert counts(read("s.json", signed({**MEMBERS, "decision": "reject"}), "statement", key_ring=ring()))


@pytest.mark.parametrize("mend", ["person", "role"])
def test_a_statement_is_signed_in_a_role_of_the_key(read, project, ring, mend):
    owner = {**MEMBERS, "role": "business_owner"}
    form = "evidence/statement.py: have it signed by a person in that role, or give the key the role in the key ring"
    help_with(read("s.json", signed(owner), "statement", key_ring=ring()), form)
    added = ring_text().replace("security]", "security, business_owner]")
    key, person = (ALICE, "Alice Example") if mend == "role" else (BOB, "Bob Example")
    added = added.replace(ALICE.verifier.to_text(), key.verifier.to_text()).replace("Alice Example", person)
    (project / "keys.yaml").write_text(added)
    text = signed({**owner, "person": person}, key)
    assert counts(read("s.json", text, "statement", key_ring=load_key_ring("keys.yaml", project)))


def test_a_member_of_a_statement_that_is_misspelt_is_written_as_the_help_says(read, ring):
    from policykit.encoding.statement import Statement, Subject, sign_statement
    from policykit.evidence.statement import PREDICATE_TYPE

    def made(members: dict[str, Any]) -> bytes:
        digest = "sha256:" + "0" * 64
        about = (Subject("definition", digest),)
        return sign_statement(Statement(about, PREDICATE_TYPE, members), [ALICE.dsse_signer()]).to_json()

    wrong = {("txt" if name == "text" else name): value for name, value in MEMBERS.items()}
    found = read("s.json", made(wrong), "statement", key_ring=ring())
    (name,) = help_with(found, "evidence/statement.py: did you mean `{}`?")
    wrong[name] = wrong.pop("txt")
    assert counts(read("s.json", made(wrong), "statement", key_ring=ring()))


@pytest.mark.parametrize("kind", ["member", "twice"])
def test_a_key_ring_is_mended_as_the_help_says(project, kind):
    form = {
        "member": "evidence/key_ring.py: did you mean `{}`?",
        "twice": "evidence/key_ring.py: keep one entry for each key",
    }[kind]
    entry = ring_text().removeprefix("keys:\n")
    text = ring_text().replace("person", "persn") if kind == "member" else ring_text() + entry
    (project / "keys.yaml").write_text(text)
    with pytest.raises(EvidenceError) as raised:
        load_key_ring("keys.yaml", project)
    said = told(raised.value.diagnostics[0].help, form)
    (project / "keys.yaml").write_text(text.replace("persn", *said) if said else ring_text())
    assert len(load_key_ring("keys.yaml", project).keys) == 1


def stated(project: Any, **members: Any) -> None:
    (project / "r.xml.manifest.json").write_text(json.dumps(members))


def test_a_manifest_is_written_again(read, project):
    plain = read("r.xml", SUITE, "test_run")
    for wrong, form in (
        ({"sha256": "sha256:" + "0" * 64}, "evidence/manifest.py: write the manifest of `{}` again"),
        ({"sha256": plain.sha256, "produced_at": "2026-11-19T09:00:00Z"}, MANIFEST),
        ({"sha256": plain.sha256, "prodced_at": "2026-11-20T09:00:00Z"}, "evidence/manifest.py: did you mean `{}`?"),
    ):  # fmt: skip
        stated(project, **wrong)
        help_with(read("r.xml", None, "test_run"), form)
    stated(project, sha256=plain.sha256, environment="ci")
    assert counts(read("r.xml", None, "test_run"))


def test_a_manifest_that_is_signed_is_attested(read, project, ring):
    digest = read("r.xml", UNTIMED, "test_run").sha256
    members = {"produced_at": "2026-11-20T09:00:00Z", "collected_at": "2026-11-20T09:05:00Z"}
    (project / "r.xml.manifest.json").write_bytes(sign_manifest(digest, members))
    assert read("r.xml", None, "test_run", key_ring=ring()).trust is Trust.ATTESTED
