"""Laws of the project file: what cannot be understood is an error with its place, and layout means nothing."""

from __future__ import annotations

import os

import pytest

from policykit.errors import PolicyError, ProjectError
from policykit.readiness.check import load_project
from tests.unit.readiness.projects import AT, GOLDEN, PROJECT, verdict, write


def problems(root, project):
    (root / "policykit.yaml").write_bytes(project if isinstance(project, bytes) else project.encode())
    with pytest.raises(ProjectError) as caught:
        load_project(root)
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("member", "code", "words"),
    [
        ("polcy: x.policy", "PK601", "did you mean `policy`?"),
        ("policykit: 1", "PK601", ""),
        ("keys: [a, b]", "PK603", "text"),
        ("zone: Europe/Berlyn", "PK603", "time zone"),
        ("zone: 3", "PK603", "text"),
        ("gates: {lanch: 2027-01-15}", "PK604", "did you mean `launch`?"),
        ("gates: {launch: 2027-02-30}", "PK603", "a date"),
        ("gates: {launch: soon}", "PK603", "a date"),
        ("gates: [launch]", "PK603", "members"),
        ("gates: {pilot: 2027-02-01, launch: 2027-01-01}", "PK606", "2027-02-01 or later"),
        ("people: {run_onwer: Ada}", "PK604", "did you mean `run_owner`?"),
        ("people: {run_owner: [1]}", "PK603", "a name"),
        ("people: {run_owner: []}", "PK603", "a name"),
        ("facts: {system.reads_mial: yes}", "PK604", "did you mean `system.reads_mail`?"),
        ("facts: {system.reads_mail: sometimes}", "PK605", "yes or no"),
        ("facts: {system.reads_mail: null}", "PK605", "yes or no"),
        ("statements: {}", "PK603", "a path"),
        ("statements: ''", "PK603", "a path"),
        ("evidence: {goldn: {files: x}}", "PK604", "did you mean `golden`?"),
        ("evidence: {golden: golden.json}", "PK603", "members"),
        ("evidence: {golden: {}}", "PK602", ""),
        ("evidence: {golden: {file: x}}", "PK601", "did you mean `files`?"),
        ("evidence: {golden: {files: []}}", "PK603", "a path"),
        ("evidence: {golden: {files: [1]}}", "PK603", "a path"),
        ("evidence: {golden: {files: x, collected_at: 2026-11-20}}", "PK603", "an instant"),
        ("evidence: {golden: {files: x, collected_at: '2026-11-20T12:00:00'}}", "PK603", "an instant"),
        ("evidence: {golden: {files: x, baseline: {file: y}}}", "PK601", "did you mean `files`?"),
        ("evidence: {golden: {files: x, subject: {versoin: '1'}}}", "PK601", "did you mean `version`?"),
        ("evidence: {golden: {files: x, options: 3}}", "PK603", "members"),
        ("evidence: {golden: {files: x, trust: attested}}", "PK601", ""),
    ],
)
def test_what_cannot_be_understood_is_an_error_with_its_place_and_the_nearest_word(tmp_path, member, code, words):
    found = problems(write(tmp_path), PROJECT + member + "\n")
    assert code in {d.code for d in found}
    shown = next(d for d in found if d.code == code)
    assert shown.where().endswith(
        tuple(f"policykit.yaml:{line}:{column}" for line in range(1, 5) for column in range(1, 80))
    )
    assert words in f"{shown.expected} {shown.help}"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "PK508"),
        ("policy: claims.policy\nsubject: {name: x}\n", "PK602"),
        ("project: 1\nsubject: {name: x}\n", "PK602"),
        ("project: 1\npolicy: claims.policy\n", "PK602"),
        ("project: 1\npolicy: claims.policy\nsubject: {}\n", "PK602"),
        ("project: 2\npolicy: claims.policy\nsubject: {name: x}\n", "PK603"),
        ("project: true\npolicy: claims.policy\nsubject: {name: x}\n", "PK603"),
        ("project: 1\npolicy: claims.policy\nsubject: {name: x, version: 2.30}\n", "PK603"),
        ("project: 1\npolicy: claims.policy\nsubject: just-a-name\n", "PK603"),
        ("- project\n", "PK603"),
        ("project: 1\nproject: 1\n", "PK509"),
        ("project: 1\npolicy: ../../etc/passwd\nsubject: {name: x}\n", "PK502"),
        ("project: 1\npolicy: !!python/object:os.system x\n", "PK513"),
        ("a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
            f"{b}: &{b} [{', '.join([f'*{a}'] * 10)}]\n" for a, b in zip("abcdefg", "bcdefgh", strict=True)
        ), "PK513"),
        ("project: {{{{\n", "PK513"),
        ("project: 1\n\tpolicy: x\n", "PK508"),
        ("[" * 100_000, "PK511"),
        (b"project: \xff\xfe\n", None),
        (b"\x00\x01\x02", None),
    ],
)  # fmt: skip
def test_a_file_that_is_no_project_file_is_refused_in_bounded_time(tmp_path, text, code):
    found = problems(write(tmp_path), text)
    assert found
    assert code is None or code in {d.code for d in found}


def test_everything_that_is_wrong_is_said_in_one_run(tmp_path):
    text = PROJECT + "gates: {lanch: 2027-01-15}\npeople: {boss: Ada}\nfacts: {system.reads_mail: maybe}\n"
    assert [d.code for d in problems(write(tmp_path), text)] == ["PK604", "PK604", "PK605"]


def test_no_project_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ProjectError, match="PK600"):
        load_project(tmp_path)
    with pytest.raises(ProjectError, match="PK600"):
        load_project(tmp_path / "gone.yaml")


def test_a_folder_or_pipe_in_place_of_the_project_file_is_refused(tmp_path):
    (tmp_path / "policykit.yaml").mkdir()
    with pytest.raises(ProjectError):
        load_project(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ProjectError):
        load_project(tmp_path / "pipe")


def test_a_policy_that_does_not_check_is_reported_with_the_policys_own_diagnostics(tmp_path):
    root = write(tmp_path, 'requirement EVAL-1 "x"\n  check golden.casse >= 500\n')
    with pytest.raises(PolicyError):
        load_project(root)


def test_layout_comments_and_the_order_of_members_do_not_change_the_digest(tmp_path):
    first = load_project(write(tmp_path, project=PROJECT + "people: {risk: [B, A]}\n" + GOLDEN))[1]
    text = (
        "# a comment\nevidence:\n  golden:\n    collected_by: 'Ada Lund'\n    files: [golden.yaml]\n"
        'people:\n  risk:\n    - A\n    - B\nsubject:\n  version: "1.0.0"\n  name: "claims-helper"\n'
        "policy: claims.policy\nproject: 1\n"
    )
    assert load_project(write(tmp_path, project=text))[1].digest == first.digest


@pytest.mark.parametrize(
    "text",
    [
        PROJECT.replace("1.0.0", "1.0.1") + GOLDEN,
        PROJECT.replace("claims-helper,", "other,") + GOLDEN,
        PROJECT + GOLDEN.replace("Ada Lund", "Ben Ito"),
        PROJECT + GOLDEN.replace("golden.yaml", "./golden.yaml"),
        PROJECT + GOLDEN.replace("files:", "reader: hand_written, files:"),
        PROJECT + GOLDEN.replace("files:", "zone: UTC, files:"),
        PROJECT + GOLDEN.replace("files:", "options: {a: 1}, files:"),
        PROJECT + GOLDEN.replace("files:", "baseline: x, files:"),
        PROJECT + GOLDEN + "zone: UTC\n",
        PROJECT + GOLDEN + "keys: keys.yaml\n",
        PROJECT + GOLDEN + "gates: {launch: 2027-01-15}\n",
        PROJECT + GOLDEN + "people: {risk: A}\n",
        PROJECT + GOLDEN + "facts: {system.reads_mail: yes}\n",
        PROJECT + GOLDEN + "statements: s.json\n",
    ],
)
def test_everything_that_the_project_file_says_is_in_its_digest(tmp_path, text):
    before = load_project(write(tmp_path))[1].digest
    assert load_project(write(tmp_path, project=text))[1].digest != before


def test_the_sample_of_the_documentation_is_understood(tmp_path):
    from pathlib import Path

    import policykit
    from policykit.readiness.project_file import open_project

    page = (Path(policykit.__file__).parent.parent / "docs" / "project-file.md").read_text(encoding="utf-8")
    path = tmp_path / "policykit.yaml"
    path.write_text(page.split("```yaml\n")[1].split("```")[0], encoding="utf-8")
    opened = open_project(path)
    assert opened.form.evidence["golden"].baseline is not None
    members = page[: page.index("\n## Subject")]
    documented = {line.split("`")[1] for line in members.splitlines() if line.startswith("| `")}
    assert documented == {*type(opened.form).model_fields, *type(opened.form.evidence["golden"]).model_fields}


def test_a_link_that_leaves_the_project_is_refused_and_never_a_pass(tmp_path):
    outside = tmp_path / "outside.yaml"
    outside.write_text("evidence: evaluation\nproduced_at: 2026-11-19T12:00:00Z\nvalues: {cases: 512}\n")
    root = write_in = tmp_path / "project"
    write_in.mkdir()
    write(root)
    (root / "golden.yaml").unlink()
    (root / "golden.yaml").symlink_to(outside)
    found = verdict(root, AT)
    assert (found.result, found.clauses[0].reasons[0].code) == ("not met", "PK502")
    for files in ("../outside.yaml", "../*.yaml", "/etc/hostname"):
        write(root / ".", project=PROJECT + f"evidence: {{golden: {{files: '{files}'}}}}\n")
        assert verdict(root, AT).clauses[0].reasons[0].code == "PK502"
