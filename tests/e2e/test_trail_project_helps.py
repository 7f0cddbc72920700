"""Laws of the helps about a project with a trail: what a command says to do is done, and the command then works."""

from __future__ import annotations

import re
import shlex
import shutil

import pytest

from tests.e2e.trail_project import POLICY, PROJECT, TRAIL_LINE, Done, Place, make
from tests.helps import told


@pytest.fixture
def place(tmp_path) -> Place:
    return make(tmp_path / "claims of Ben")


def help_in(done: Done, code: str) -> str:
    """Return the help that a command showed with a code."""
    block = next(part for part in re.split(r"(?m)^(?=(?:error|warning)\[)", done.err) if f"[{code}]" in part)
    return " ".join(block.split("= help: ")[1].split("\n\n")[0].split())


def run_line(place: Place, line: str, *more: str) -> Done:
    words = shlex.split(line)
    assert words[0] == "policykit"
    return place.run(*words[1:], *more)


# --- the trail and its key --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mend", ["output", "key"])
def test_an_agreement_without_the_trails_key_is_written_to_a_file_or_signed_with_the_key(place, mend):
    done = place.agree(POLICYKIT_TRAIL_KEY="")
    told(help_in(done, "PK660"), "cli/agree.py: `--output FILE` writes the statement for somebody who has the key")
    if mend == "output":
        assert place.agree("Ada Lund", "--output", "ada.json", POLICYKIT_TRAIL_KEY="").code == 0
        assert place.run("agree", "--statement", "ada.json").code == 0
    else:
        assert place.agree("Ada Lund", "--trail-key", "trail.pem", POLICYKIT_TRAIL_KEY="").code == 0


def test_the_beginning_of_the_build_is_recorded_with_the_trails_key(place):
    done = place.run("agree", "build-started", "--by", "Ben Ito", POLICYKIT_TRAIL_KEY="")
    told(help_in(done, "PK660"), "cli/agree.py: ask whoever has the trail's key")
    place.agree_all()
    given = place.run("agree", "build-started", "--by", "Ben Ito", "--trail-key", "trail.pem", POLICYKIT_TRAIL_KEY="")
    assert (given.code, given.err) == (0, "")


def test_a_verdict_without_the_trails_key_is_shown_when_it_need_not_be_recorded(place):
    place.agree_all()
    done = place.run("check", POLICYKIT_TRAIL_KEY="")
    told(help_in(done, "PK660"), "cli/check.py: `--no-record` checks without recording, for trying things out")
    assert place.run("check", "--no-record", POLICYKIT_TRAIL_KEY="").code == 1


@pytest.mark.parametrize("mend", ["give", "correct"])
def test_the_key_and_the_project_file_are_made_to_agree(place, mend):
    place.run("keys", "generate", "example.com/other", "-o", "other.pem")
    done = place.agree("Ada Lund", "--trail-key", "other.pem")
    form = "readiness/project_trail.py: give the trail's private key, or correct `trail.key` in the project file"
    told(help_in(done, "PK661"), form)
    if mend == "give":
        assert place.agree("Ada Lund", "--trail-key", "trail.pem").code == 0
    else:
        place.edit("policykit.yaml", "trail.pem.vkey", "other.pem.vkey")
        assert place.agree("Ada Lund", "--trail-key", "other.pem").code == 0


@pytest.mark.parametrize("mend", ["printed", "file"])
def test_the_trails_key_is_what_was_printed_or_the_name_of_its_file(place, mend):
    place.edit("policykit.yaml", "key: trail.pem.vkey", "key: keys.yaml")
    form = (
        "readiness/project_trail.py: `trail.key` is what `policykit keys generate` printed, or the name of its file "
        "FILE.vkey"
    )
    told(help_in(place.agree(), "PK651"), form)
    printed = place.run("keys", "generate", "example.com/claims", "-o", "new.pem").out.strip()
    key = f"'{printed}'" if mend == "printed" else "new.pem.vkey"
    place.edit("policykit.yaml", "key: keys.yaml", f"key: {key}")
    assert place.agree("Ada Lund", "--trail-key", "new.pem").code == 0


def test_witnesses_are_named_by_a_file_with_the_lines_that_the_help_shows(place):
    place.edit("policykit.yaml", "vkey}", "vkey, witnesses: keys.yaml}")
    form = "readiness/project_trail.py: `trail.witnesses` names a file with lines such as `witness w1 VKEY` and `quorum w1`"
    help_ = help_in(place.agree(), "PK651")
    told(help_, form)
    key = place.run("keys", "generate", "w", "-o", "w.pem", "--use", "witness").out.strip()
    witness, quorum = re.findall("`([^`]+)`", help_)[1:]
    place.write("witnesses", f"{witness.replace('VKEY', key)}\n{quorum}\n")
    place.edit("policykit.yaml", "witnesses: keys.yaml", "witnesses: witnesses")
    assert "PK651" not in place.agree().err
    (line,) = told(place.clause()["reasons"][0]["help"], "evidence/project_trail.py: `{}` says more")
    said = run_line(place, line)
    assert (said.code, "no checkpoint has the quorum" in said.out + said.err) == (1, True)


def test_a_project_names_its_trail_with_the_members_that_the_help_shows(place):
    place.agree_all()
    place.edit("policykit.yaml", f"{TRAIL_LINE}\n", "")
    form = (
        "readiness/agree.py: write `trail:` with `folder` and `key` in the project file; "
        "`policykit keys generate` makes a key"
    )
    told(help_in(place.agree(), "PK667"), form)
    evidence_help = place.clause()["reasons"][0]["help"]
    told(evidence_help, "evidence/readers/trail.py: write `trail:` with `folder` and `key` in the project file")
    place.run("keys", "generate", "example.com/new", "-o", "new.pem")
    place.write("policykit.yaml", PROJECT.replace("trail, key: trail.pem.vkey", "new, key: new.pem.vkey"))
    assert place.agree("Ada Lund", "--trail-key", "new.pem").code == 0


def test_a_trail_is_begun_by_agreeing_and_a_verdict_then_recorded(place):
    done = place.run("check")
    told(
        help_in(done, "PK662"), "readiness/project_trail.py: `policykit agree` begins it; if there was one, restore it"
    )
    assert place.agree().code == 0
    assert place.run("check").code == 1
    assert len(place.records("verdict")) == 1


@pytest.mark.parametrize("mend", ["repair", "see"])
def test_what_stopped_a_verdict_from_being_recorded_is_repaired(place, mend):
    place.agree_all()
    shutil.move(place.root / "trail", place.root / "kept")
    done = place.run("check")
    form = "readiness/recording.py: repair what is named below, or see the verdict without recording it: `--no-record`"
    told(help_in(done, "PK664"), form)
    assert done.err.index("[PK664]") < done.err.index("[PK662]")
    if mend == "see":
        assert place.run("check", "--no-record").code == 1
    else:
        shutil.move(place.root / "kept", place.root / "trail")
        assert place.run("check").code == 1


def test_the_command_that_says_more_about_a_trail_runs_as_it_stands(place):
    place.agree_all()
    checkpoint = place.root / "trail" / "seg" / "000000.jsonl"
    checkpoint.write_bytes(checkpoint.read_bytes().replace(b"Ada Lund", b"Eda Lund"))
    (line,) = told(place.clause()["reasons"][0]["help"], "evidence/project_trail.py: `{}` says more")
    done = run_line(place, line)
    assert (done.code, "INVALID" in done.out) == (1, True)


def test_an_option_that_the_trail_contradicts_is_removed(place):
    place.agree_all()
    place.build()
    place.edit(
        "policykit.yaml", "trail/checkpoint}", "trail/checkpoint, options: {build_started_at: 2126-01-01T00:00:00Z}}"
    )
    help_ = place.clause()["reasons"][0]["help"]
    (option,) = told(help_, "evidence/readers/trail.py: remove the option `{}`: the trail knows better")
    text = (place.root / "policykit.yaml").read_text()
    place.write("policykit.yaml", re.sub(rf", options: {{{option}: \S+}}}}", "}", text))
    assert place.clause()["outcome"] == "pass"


# --- who agrees -------------------------------------------------------------------------------------------------------


def test_who_has_not_agreed_agrees_and_the_trail_cannot_show_it_was_before_the_build(place):
    place.agree("Ada Lund")
    done = place.run("agree", "build-started", "--by", "Ben Ito")
    form = "cli/agree.py: have them agree too, with `policykit agree`: {}"
    assert told(help_in(done, "PK658"), form) == ("customer",)
    assert place.agree("Cleo Marsh").out.splitlines()[-1] == "every party has agreed"
    assert place.run("agree", "show").code == 0
    assert place.clause()["outcome"] == "fail", "as the page of PK658 says"


def test_a_statement_about_another_definition_is_signed_again(place):
    place.agree("Cleo Marsh", "-o", "cleo.json")
    place.edit("claims.policy", "agreement.build_started_at\n", "agreement.build_started_at - 1 day\n")
    done = place.run("agree", "--statement", "cleo.json")
    told(help_in(done, "PK665"), "readiness/agree.py: sign again: `policykit agree`")
    assert place.agree("Cleo Marsh").code == 0


def test_what_can_be_amended_is_what_is_listed(place):
    first = place.agree_all()
    place.edit("claims.policy", "agreement.build_started_at\n", "agreement.build_started_at - 1 day\n")
    done = place.agree("Ada Lund", "--amends", "sha256:" + "0" * 64)
    told(help_in(done, "PK666"), "readiness/agree.py: `policykit agree show` lists what was agreed")
    listed = place.run("agree", "show").out
    (digest,) = set(re.findall("sha256:[0-9a-f]{64}", listed)) & {first} or {first}
    assert place.agree("Ada Lund", "--amends", digest).code == 0


def test_a_role_that_is_misspelt_is_written_as_the_help_says(place):
    done = place.agree("Ada Lund", role="evaluation_led")
    (role,) = told(help_in(done, "PK671"), "readiness/agree.py: did you mean `{}`?")
    assert place.agree("Ada Lund", role=role).code == 0


# --- who signs --------------------------------------------------------------------------------------------------------

SIGN_OFF = POLICY + "\nsign-off for launch by business_owner, evaluation_lead\n"


def sign_off(place: Place, person: str, key: str, role: str = "business_owner", *, gate: str = "launch") -> Done:
    return place.run(
        "attest",
        "sign-off",
        gate,
        "--person",
        person,
        "--role",
        role,
        "--key",
        key,
        "-o",
        f"{len(list(place.root.iterdir()))}.json",
    )


@pytest.fixture
def signing(tmp_path) -> Place:
    return make(tmp_path / "claims", policy=SIGN_OFF)


@pytest.mark.parametrize("mend", ["key", "person"])
def test_somebody_signs_with_their_own_key_or_under_their_own_name(signing, mend):
    done = sign_off(signing, "Cleo Marsh", "ada.pem")
    form = "readiness/attest.py: sign with the key of that person; this one signs with `--person {}`"
    (person,) = shlex.split(*told(help_in(done, "PK673"), form))
    if mend == "key":
        assert sign_off(signing, "Cleo Marsh", "cleo.pem").code == 0
    else:
        assert sign_off(signing, person, "ada.pem", "evaluation_lead").code == 0


@pytest.mark.parametrize("mend", ["role", "added"])
def test_somebody_signs_in_a_role_of_the_key_ring(signing, mend):
    done = sign_off(signing, "Ada Lund", "ada.pem")
    form = "readiness/attest.py: sign in a role that the key ring gives you, or have the role added there first"
    told(help_in(done, "PK673"), form)
    if mend == "added":
        signing.edit("keys.yaml", "[evaluation_lead]", "[evaluation_lead, business_owner]")
    assert sign_off(signing, "Ada Lund", "ada.pem", "evaluation_lead" if mend == "role" else "business_owner").code == 0


def test_a_key_is_added_to_the_ring_with_what_the_command_prints(signing):
    signing.run("keys", "generate", "eva", "-o", "eva.pem")
    done = sign_off(signing, "Eva Roth", "eva.pem")
    form = "readiness/attest.py: have it added to the key ring first; `policykit keys show` prints what to add"
    told(help_in(done, "PK673"), form)
    key = signing.run("keys", "show", "eva.pem", "eva").out.strip()
    entry = f"  - {{key: {key}, person: Eva Roth, roles: [business_owner], valid_from: 2026-01-01T00:00:00Z}}\n"
    signing.write("keys.yaml", (signing.root / "keys.yaml").read_text() + entry)
    assert sign_off(signing, "Eva Roth", "eva.pem").code == 0


def test_a_file_that_exists_is_not_overwritten_and_another_is_named(signing):
    line = ("attest", "sign-off", "launch", "--person", "Ada Lund", "--role", "evaluation_lead", "--key", "ada.pem")
    done = signing.run(*line, "-o", "keys.yaml")
    told(help_in(done, "PK674"), "readiness/attest.py: name another file with `--output`")
    assert signing.run(*line, "--output", "ada.json").code == 0


def test_a_gate_that_is_misspelt_is_signed_for_as_the_help_says(signing):
    done = sign_off(signing, "Ada Lund", "ada.pem", "evaluation_lead", gate="lanch")
    code = re.search(r"\[(PK\d+)\]", done.err)[1]
    (gate,) = told(help_in(done, code), "readiness/attest.py: did you mean `{}`?")
    assert sign_off(signing, "Ada Lund", "ada.pem", "evaluation_lead", gate=gate).code == 0


@pytest.mark.parametrize("mend", ["init", "folder", "option"])
def test_a_project_is_begun_or_its_folder_named(signing, mend, tmp_path):
    (tmp_path / "empty").mkdir()
    empty = Place(tmp_path / "empty", signing.environment)
    form = (
        "readiness/project_file.py: `policykit init FOLDER` writes one; if there is one, name its folder: "
        "`policykit check FOLDER`, or `--project FOLDER` where a command has that option"
    )
    help_ = help_in(empty.run("check"), "PK600")
    told(help_, form)
    init, check, option = (line.replace("FOLDER", str(signing.root)) for line in re.findall("`([^`]+)`", help_))
    if mend == "init":
        done = run_line(
            empty,
            init.replace(str(signing.root), "new"),
            "--name",
            "new",
            "--title",
            "N",
            "--supplier",
            "A",
            "--customer",
            "B",
        )
        assert done.code == 0, done.err
        assert "PK600" not in empty.run("check", "new", "--no-record").err
    elif mend == "folder":
        assert "PK600" not in run_line(empty, check, "--no-record").err
    else:
        line = (
            "attest",
            "sign-off",
            "launch",
            *shlex.split(option),
            "--person",
            "Ada Lund",
            "--role",
            "evaluation_lead",
        )
        assert empty.run(*line, "--key", signing.root / "ada.pem", "-o", "ada.json").code == 0


# --- signed verdicts --------------------------------------------------------------------------------------------------


def test_a_signed_verdict_is_verified_with_the_key_that_the_help_asks_for(place):
    place.agree_all()
    assert place.run("check", "--sign", "ada.pem", "-o", "v.json").code == 1
    done = place.run("verdict", "verify", "v.json", "--vkey", "cleo.pem.vkey")
    told(
        help_in(done, "PK669"),
        "readiness/signed_verdict.py: give the signer's public key with `--vkey`, if you trust it",
    )
    assert "VALID" in place.run("verdict", "verify", "v.json", "--vkey", "ada.pem.vkey").out


@pytest.mark.parametrize("mend", ["ask", "again"])
def test_a_verdict_that_was_changed_is_asked_for_or_signed_again(place, mend):
    place.agree_all()
    assert place.run("check", "--sign", "ada.pem", "-o", "v.json").code == 1
    sent = (place.root / "v.json").read_text()
    place.write("v.json", re.sub(r'("sig": ?")(.)', lambda m: m[1] + ("A" if m[2] != "A" else "B"), sent))
    done = place.run("verdict", "verify", "v.json", "--vkey", "ada.pem.vkey")
    form = (
        "readiness/signed_verdict.py: ask the signer for the verdict as it was signed, or run "
        "`policykit check --sign` again"
    )
    told(help_in(done, "PK669"), form)
    if mend == "ask":
        place.write("v.json", sent)
    else:
        (place.root / "v.json").unlink()
        assert place.run("check", "--sign", "ada.pem", "-o", "v.json").code == 1
    assert "VALID" in place.run("verdict", "verify", "v.json", "--vkey", "ada.pem.vkey").out


def test_a_folder_that_holds_a_project_is_not_written_over_and_another_is_named(place):
    line = ("--name", "claims", "--title", "C", "--supplier", "A", "--customer", "B")
    (place.root / "made").mkdir()
    assert place.run("init", "made", *line).code == 0
    done = place.run("init", "made", *line)
    help_ = help_in(done, "PK674")
    told(help_, "readiness/init.py: name another folder: `policykit init FOLDER`")
    (command,) = re.findall("`([^`]+)`", help_)
    assert run_line(place, command.replace("FOLDER", "other"), *line).code == 0
